/* Making a run, feeding its parts, ending it. */
#include "bound/bounder_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const int64_t widest_end = (int64_t)1 << 53; /* of low and high, raw units */

weir_status weir_bound_out_of_memory(struct weir_error *error) {
    return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200",
                           "the statement needs more memory than it may use");
}

weir_status weir_bound_not_allowed(struct weir_error *error) {
    return weir_fail(error, WEIR_ERROR_INTERNAL,
                     "the bounding operator was given what it cannot "
                     "take");
}

weir_status weir_bound_check_cancel(const struct weir_bounder *bounder, struct weir_error *error) {
    const struct weir_bounder_options *options = &bounder->options;
    if (options->is_cancelled != NULL && options->is_cancelled(options->cancel_context))
        return weir_fail(error, WEIR_ERROR_CANCELLED, "the statement was cancelled");
    return WEIR_OK;
}

/* ---- creating ---- */

static bool is_power_of_two(double number) {
    int exponent;
    return isfinite(number) && number > 0 && frexp(number, &exponent) == 0.5;
}

static bool is_measure_allowed(const struct weir_bounder_options *options,
                               const struct weir_bounder_measure *measure) {
    if (measure->kind == WEIR_BOUNDER_ROWS || measure->kind == WEIR_BOUNDER_PEOPLE)
        return true;
    if (measure->argument >= options->argument_count)
        return false;
    if (measure->kind == WEIR_BOUNDER_VALUES)
        return true;
    const struct weir_contribution *contribution = &measure->contribution;
    enum weir_type type = options->arguments[measure->argument].type;
    return weir_type_is_number(type) &&
           (type != WEIR_TYPE_DOUBLE || is_power_of_two(contribution->raw_unit)) &&
           contribution->low >= -widest_end && contribution->high <= widest_end &&
           contribution->low <= contribution->high && contribution->centre >= -widest_end &&
           contribution->centre <= widest_end;
}

static bool are_options_allowed(const struct weir_bounder_options *options) {
    if (options->key_count > WEIR_BOUNDER_KEYS_MAX ||
        options->argument_count > WEIR_BOUNDER_ARGUMENTS_MAX || options->measure_count == 0 ||
        options->measure_count > WEIR_BOUNDER_MEASURES_MAX || options->threads < 1)
        return false;
    for (size_t i = 0; i < options->measure_count; i++)
        if (!is_measure_allowed(options, &options->measures[i]))
            return false;
    return true;
}

/* So many rows that neither a count nor a sum of contributions (each below 2^55) can overflow. */
static size_t row_limit(const struct weir_bounder_options *options) {
    int64_t limit = (int64_t)1 << 31;
    for (size_t i = 0; i < options->measure_count; i++) {
        const struct weir_contribution *own = &options->measures[i].contribution;
        if (options->measures[i].kind != WEIR_BOUNDER_SUM)
            continue;
        int64_t below = own->centre - own->low, above = own->high - own->centre;
        below = below < 0 ? -below : below;
        above = above < 0 ? -above : above;
        int64_t largest = (below > above ? below : above) + 1;
        limit = limit < INT64_MAX / largest ? limit : INT64_MAX / largest;
    }
    return (size_t)limit;
}

static enum weir_bounder_storage usual_storage(enum weir_type type) {
    switch (type) {
    case WEIR_TYPE_BOOLEAN:
        return WEIR_BOUNDER_BOOL;
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_DATE:
        return WEIR_BOUNDER_INT32;
    case WEIR_TYPE_BIGINT:
    case WEIR_TYPE_TIMESTAMP:
        return WEIR_BOUNDER_INT64;
    case WEIR_TYPE_NUMERIC:
        return WEIR_BOUNDER_INT128;
    case WEIR_TYPE_DOUBLE:
        return WEIR_BOUNDER_DOUBLE;
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        return WEIR_BOUNDER_STRING;
    }
    weir_check(false && "a type has a storage");
}

static void *copy_of(const void *array, size_t count, size_t size) {
    void *copy = calloc(count + 1, size);
    if (copy != NULL && count != 0)
        memcpy(copy, array, count * size);
    return copy;
}

static bool copy_options(struct weir_bounder *bounder, const struct weir_bounder_options *options) {
    bounder->options = *options;
    bounder->keys = copy_of(options->keys, options->key_count, sizeof *options->keys);
    bounder->arguments =
        copy_of(options->arguments, options->argument_count, sizeof *options->arguments);
    bounder->measures =
        copy_of(options->measures, options->measure_count, sizeof *options->measures);
    bounder->options.keys = bounder->keys;
    bounder->options.arguments = bounder->arguments;
    bounder->options.measures = bounder->measures;
    return bounder->keys != NULL && bounder->arguments != NULL && bounder->measures != NULL;
}

weir_status weir_bounder_create(const struct weir_bounder_options *options,
                                struct weir_bounder **bounder, struct weir_error *error) {
    *bounder = NULL;
    if (!are_options_allowed(options))
        return weir_bound_not_allowed(error);
    struct weir_bounder *made = calloc(1, sizeof *made);
    if (made == NULL)
        return weir_bound_out_of_memory(error);
    weir_check(pthread_mutex_init(&made->lock, NULL) == 0);
    made->memory.limit = options->memory_limit_bytes;
    if (!copy_options(made, options)) {
        weir_bounder_destroy(made);
        return weir_bound_out_of_memory(error);
    }
    for (size_t i = 0; i < options->key_count; i++)
        made->key_storages[i] = usual_storage(options->keys[i].type);
    for (size_t i = 0; i < options->argument_count; i++)
        made->argument_storages[i] = usual_storage(options->arguments[i].type);
    for (enum weir_bound_width width = WEIR_BOUND_SMALL; width <= WEIR_BOUND_WIDEST; width++)
        made->layouts[width] =
            weir_bound_layout_make(options->measures, options->measure_count, width);
    for (size_t i = 0; i < options->measure_count; i++)
        made->array_count += options->measures[i].kind != WEIR_BOUNDER_PEOPLE;
    weir_bound_candidates_make(&made->candidates);
    made->run_row_limit = row_limit(options);
    made->slice = made->run_row_limit < WEIR_BOUND_SLICE ? made->run_row_limit : WEIR_BOUND_SLICE;
    *bounder = made;
    return WEIR_OK;
}

struct weir_bounder_part *weir_bound_parts(struct weir_bounder *bounder) {
    weir_check(pthread_mutex_lock(&bounder->lock) == 0);
    struct weir_bounder_part *parts = bounder->parts;
    weir_check(pthread_mutex_unlock(&bounder->lock) == 0);
    for (struct weir_bounder_part *part = parts; part != NULL; part = part->next)
        (void)atomic_load_explicit(&part->batches, memory_order_acquire);
    return parts;
}

static void free_part(struct weir_bounder_part *part) {
    struct weir_bound_memory *memory = &part->bounder->memory;
    weir_bound_grouping_free(&part->grouping);
    weir_bound_cells_free(&part->cells);
    weir_bound_give(memory, part->group_map, part->group_map_room, sizeof *part->group_map);
    weir_bound_give(memory, part, 1, sizeof *part);
}

void weir_bounder_destroy(struct weir_bounder *bounder) {
    if (bounder == NULL)
        return;
    for (struct weir_bounder_part *part = weir_bound_parts(bounder), *next; part != NULL;
         part = next) {
        next = part->next;
        free_part(part);
    }
    weir_bound_grouping_free(&bounder->grouping);
    weir_bound_give(&bounder->memory, bounder->group_order, bounder->group_order_room,
                    sizeof *bounder->group_order);
    for (size_t i = 0; i < bounder->worker_count && bounder->merged != NULL; i++)
        weir_bound_slab_free(&bounder->merged[i].slab);
    weir_bound_give(&bounder->memory, bounder->merged, bounder->worker_count,
                    sizeof *bounder->merged);
    weir_bound_give(&bounder->memory, bounder->histograms,
                    bounder->options.measure_count * (WEIR_BOUNDER_TAU_COUNT + 1),
                    sizeof *bounder->histograms);
    weir_check(atomic_load(&bounder->memory.used) == 0);
    weir_check(pthread_mutex_destroy(&bounder->lock) == 0);
    free(bounder->keys);
    free(bounder->arguments);
    free(bounder->measures);
    free(bounder);
}

const struct weir_bounder_options *weir_bounder_options_of(const struct weir_bounder *bounder) {
    return &bounder->options;
}

/* ---- storage ---- */

static bool can_hold(enum weir_bounder_storage storage, enum weir_type type) {
    if (storage == usual_storage(type))
        return true;
    return type == WEIR_TYPE_NUMERIC &&
           (storage == WEIR_BOUNDER_INT16 || storage == WEIR_BOUNDER_INT32 ||
            storage == WEIR_BOUNDER_INT64);
}

static bool all_can_hold(const enum weir_bounder_storage *storages,
                         const struct weir_bounder_column *columns, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!can_hold(storages[i], columns[i].type))
            return false;
    return true;
}

weir_status weir_bounder_set_storage(struct weir_bounder *bounder,
                                     const enum weir_bounder_storage *keys,
                                     const enum weir_bounder_storage *arguments,
                                     struct weir_error *error) {
    const struct weir_bounder_options *options = &bounder->options;
    if (bounder->parts != NULL || !all_can_hold(keys, options->keys, options->key_count) ||
        !all_can_hold(arguments, options->arguments, options->argument_count))
        return weir_bound_not_allowed(error);
    for (size_t i = 0; i < options->key_count; i++)
        bounder->key_storages[i] = keys[i];
    for (size_t i = 0; i < options->argument_count; i++)
        bounder->argument_storages[i] = arguments[i];
    return WEIR_OK;
}

/* ---- feeding ---- */

/* The first failure is the one that every thread reports from then on. */
weir_status weir_bound_break(struct weir_bounder *bounder, struct weir_error *error) {
    weir_check(pthread_mutex_lock(&bounder->lock) == 0);
    if (atomic_exchange(&bounder->stage, WEIR_BOUND_BROKEN) != WEIR_BOUND_BROKEN)
        bounder->failure = *error;
    *error = bounder->failure;
    weir_check(pthread_mutex_unlock(&bounder->lock) == 0);
    return WEIR_FAILED;
}

weir_status weir_bounder_part_create(struct weir_bounder *bounder, struct weir_bounder_part **part,
                                     struct weir_error *error) {
    struct weir_bounder_part *made = weir_bound_take(&bounder->memory, 1, sizeof *made);
    if (made == NULL) {
        weir_bound_out_of_memory(error);
        return weir_bound_break(bounder, error);
    }
    made->bounder = bounder;
    weir_bound_grouping_init(&made->grouping, &bounder->memory, bounder->options.key_count,
                             bounder->key_storages);
    made->cells.memory = &bounder->memory;
    made->cells.layouts = bounder->layouts;
    made->cells.measure_count = bounder->options.measure_count;
    made->cells.array_count = bounder->array_count;
    made->cells.measures = bounder->measures;
    made->cells.storages = bounder->argument_storages;
    made->cells.candidates = &bounder->candidates;
    made->cells.run_row_limit = bounder->run_row_limit;
    for (size_t i = 0; i < WEIR_COUNT(made->cells.logs); i++)
        made->cells.logs[i].slab.memory = &bounder->memory;
    weir_check(pthread_mutex_lock(&bounder->lock) == 0);
    made->next = bounder->parts;
    bounder->parts = made;
    weir_check(pthread_mutex_unlock(&bounder->lock) == 0);
    *part = made;
    return WEIR_OK;
}

static bool has_null(const struct weir_bounder_vector *vector, size_t count) {
    if (vector->validity == NULL)
        return false;
    for (size_t i = 0; i < count / 64; i++)
        if (vector->validity[i] != UINT64_MAX)
            return true;
    uint64_t rest = (UINT64_C(1) << count % 64) - 1;
    return count % 64 != 0 && (vector->validity[count / 64] & rest) != rest;
}

static bool feed_slice(struct weir_bounder_part *part, const struct weir_bounder_batch *batch,
                       size_t first, size_t count) {
    return weir_bound_grouping_lookup(&part->grouping, batch->keys, first, count, part->groups) &&
           weir_bound_cells_add(&part->cells, batch, first, count, part->groups,
                                weir_bound_grouping_count(&part->grouping));
}

static weir_status feed_rows(struct weir_bounder_part *part, const struct weir_bounder_batch *batch,
                             struct weir_error *error) {
    struct weir_bounder *bounder = part->bounder;
    for (size_t first = 0; first < batch->row_count; first += bounder->slice) {
        size_t left = batch->row_count - first;
        if (!feed_slice(part, batch, first, left < bounder->slice ? left : bounder->slice)) {
            weir_bound_out_of_memory(error);
            return weir_bound_break(bounder, error);
        }
    }
    return WEIR_OK;
}

weir_status weir_bounder_feed(struct weir_bounder_part *part,
                              const struct weir_bounder_batch *batch, struct weir_error *error) {
    struct weir_bounder *bounder = part->bounder;
    if (!weir_bound_check_cancel(bounder, error).ok)
        return weir_bound_break(bounder, error);
    if (atomic_load(&bounder->stage) != WEIR_BOUND_FED ||
        has_null(&batch->unit, batch->row_count)) {
        weir_bound_not_allowed(error);
        return weir_bound_break(bounder, error);
    }
    weir_status status = feed_rows(part, batch, error);
    atomic_fetch_add_explicit(&part->batches, 1, memory_order_release);
    return status;
}
