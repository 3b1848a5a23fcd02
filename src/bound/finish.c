/* From parts to one set of groups and one record a unit. */
#include "bound/bounder_private.h"

#include "bound/workers.h"

#include "base/banned.h"

static const size_t bytes_worth_a_thread = (size_t)1 << 20;

/* Ends the runs; how many threads are worth while for what was logged. */
static bool end_parts(struct weir_bounder *bounder) {
    size_t bytes = 0;
    for (struct weir_bounder_part *part = weir_bound_parts(bounder); part != NULL;
         part = part->next) {
        if (!weir_bound_cells_end(&part->cells))
            return false;
        for (size_t i = 0; i < WEIR_COUNT(part->cells.logs); i++) {
            weir_bound_log_seal(&part->cells.logs[i]);
            bytes += part->cells.logs[i].bytes;
        }
    }
    size_t worth = 1 + bytes / bytes_worth_a_thread, most = (size_t)bounder->options.threads;
    bounder->worker_count = worth < most ? worth : most;
    bounder->merged =
        weir_bound_take(&bounder->memory, bounder->worker_count, sizeof *bounder->merged);
    for (size_t i = 0; i < bounder->worker_count && bounder->merged != NULL; i++)
        bounder->merged[i].slab.memory = &bounder->memory;
    return bounder->merged != NULL;
}

/* ---- groups ---- */

static bool join_groups(struct weir_bounder *bounder) {
    weir_bound_grouping_init(&bounder->grouping, &bounder->memory, bounder->options.key_count,
                             bounder->key_storages);
    for (struct weir_bounder_part *part = bounder->parts; part != NULL; part = part->next) {
        uint32_t count = weir_bound_grouping_count(&part->grouping);
        part->group_map = weir_bound_take(&bounder->memory, count, sizeof *part->group_map);
        part->group_map_room = count;
        if (part->group_map == NULL ||
            !weir_bound_grouping_merge(&bounder->grouping, &part->grouping, part->group_map))
            return false;
        weir_bound_grouping_free(&part->grouping);
    }
    bounder->group_count = weir_bound_grouping_count(&bounder->grouping);
    return true;
}

/* Group ids become ranks by key. */
static bool sort_groups(struct weir_bounder *bounder) {
    uint32_t count = bounder->group_count;
    bounder->group_order = weir_bound_take(&bounder->memory, count, sizeof *bounder->group_order);
    bounder->group_order_room = count;
    uint32_t *ranks = weir_bound_take(&bounder->memory, count, sizeof *ranks);
    bool done = bounder->group_order != NULL && ranks != NULL &&
                weir_bound_grouping_sort(&bounder->grouping, bounder->keys, bounder->group_order);
    if (done) {
        for (uint32_t rank = 0; rank < count; rank++)
            ranks[bounder->group_order[rank]] = rank;
        for (struct weir_bounder_part *part = bounder->parts; part != NULL; part = part->next)
            for (uint32_t i = 0; i < part->group_map_room; i++)
                part->group_map[i] = ranks[part->group_map[i]];
    }
    weir_bound_give(&bounder->memory, ranks, count, sizeof *ranks);
    return done;
}

/* ---- records ---- */

struct gathering {
    struct weir_bounder *bounder;
    struct weir_bound_gatherer **gatherers;
};

static weir_status gather(void *context, size_t worker, size_t partition,
                          struct weir_error *error) {
    struct gathering *gathering = context;
    struct weir_bound_gatherer **own = &gathering->gatherers[worker];
    if (*own == NULL)
        *own = weir_bound_gatherer_create(gathering->bounder, &gathering->bounder->merged[worker]);
    if (*own == NULL)
        return weir_bound_out_of_memory(error);
    return weir_bound_gather(*own, partition, error);
}

static weir_status gather_all(struct weir_bounder *bounder, struct weir_error *error) {
    struct gathering gathering = {.bounder = bounder};
    size_t workers = bounder->worker_count;
    gathering.gatherers = weir_bound_take(&bounder->memory, workers, sizeof *gathering.gatherers);
    if (gathering.gatherers == NULL)
        return weir_bound_out_of_memory(error);
    weir_status status =
        weir_bound_workers_run((int)workers, WEIR_BOUND_PARTITIONS, &gathering, gather, error);
    for (size_t i = 0; i < workers; i++) {
        if (status.ok && gathering.gatherers[i] != NULL)
            weir_bound_gatherer_count(gathering.gatherers[i], bounder->histograms);
        weir_bound_gatherer_destroy(gathering.gatherers[i]);
        weir_bound_log_seal(&bounder->merged[i]);
    }
    weir_bound_give(&bounder->memory, gathering.gatherers, workers, sizeof *gathering.gatherers);
    return status;
}

static weir_status finish(struct weir_bounder *bounder, struct weir_error *error) {
    WEIR_TRY(weir_bound_check_cancel(bounder, error));
    if (atomic_load(&bounder->stage) != WEIR_BOUND_FED)
        return weir_bound_not_allowed(error);
    bounder->histograms = weir_bound_take(
        &bounder->memory, bounder->options.measure_count * (WEIR_BOUNDER_TAU_COUNT + 1),
        sizeof *bounder->histograms);
    if (bounder->histograms == NULL || !end_parts(bounder) || !join_groups(bounder) ||
        !sort_groups(bounder))
        return weir_bound_out_of_memory(error);
    return gather_all(bounder, error);
}

weir_status weir_bounder_finish(struct weir_bounder *bounder, struct weir_error *error) {
    if (!finish(bounder, error).ok)
        return weir_bound_break(bounder, error);
    atomic_store(&bounder->stage, WEIR_BOUND_FINISHED);
    return WEIR_OK;
}

/* ---- reading ---- */

size_t weir_bounder_group_count(const struct weir_bounder *bounder) {
    weir_check(atomic_load(&bounder->stage) == WEIR_BOUND_FINISHED);
    return bounder->group_count;
}

weir_status weir_bounder_groups(const struct weir_bounder *bounder, struct weir_arena *arena,
                                const struct weir_value **keys) {
    size_t count = weir_bounder_group_count(bounder), key_count = bounder->options.key_count;
    struct weir_value *values = WEIR_NEW_ARRAY(arena, count * key_count, struct weir_value);
    if (values == NULL)
        return WEIR_FAILED;
    for (size_t rank = 0; rank < count; rank++)
        weir_bound_grouping_values(&bounder->grouping, bounder->keys, bounder->group_order[rank],
                                   values + rank * key_count);
    for (size_t i = 0; i < count * key_count; i++) {
        bool is_text = values[i].type == WEIR_TYPE_TEXT || values[i].type == WEIR_TYPE_BLOB;
        if (!is_text || values[i].is_null)
            continue;
        values[i].as.text.bytes =
            weir_arena_copy(arena, values[i].as.text.bytes, values[i].as.text.len);
        if (values[i].as.text.bytes == NULL)
            return WEIR_FAILED;
    }
    *keys = values;
    return WEIR_OK;
}

const uint64_t *weir_bounder_histogram(const struct weir_bounder *bounder, size_t measure) {
    weir_check(atomic_load(&bounder->stage) == WEIR_BOUND_FINISHED);
    weir_check(measure < bounder->options.measure_count);
    return bounder->histograms + measure * (WEIR_BOUNDER_TAU_COUNT + 1);
}
