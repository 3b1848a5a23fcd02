/* Sums by the bounding operator: where a unit may have many rows. */
#include "exec/release_private.h"

#include "exec/choose_tau.h"

#include "base/banned.h"

static bool is_cancelled(void *context) {
    return context != NULL && weir_cancel_is_requested(context);
}

static enum weir_bounder_measure_kind kind_of(const struct weir_measure *measure) {
    switch (measure->kind) {
    case WEIR_MEASURE_ROWS:
        return WEIR_BOUNDER_ROWS;
    case WEIR_MEASURE_NOT_NULL:
        return WEIR_BOUNDER_VALUES;
    case WEIR_MEASURE_SUM:
        return WEIR_BOUNDER_SUM;
    case WEIR_MEASURE_PEOPLE:
        return WEIR_BOUNDER_PEOPLE;
    }
    return WEIR_BOUNDER_PEOPLE;
}

/* Arguments in the order of the feeding statement: one for each measure that has one. */
static weir_status create(struct weir_releasing *releasing, struct weir_bounder **bounder) {
    const struct weir_release_plan *plan = releasing->plan;
    const struct weir_column *scope = plan->release->input->columns;
    struct weir_bounder_column keys[WEIR_BOUNDER_KEYS_MAX], arguments[WEIR_BOUNDER_ARGUMENTS_MAX];
    struct weir_bounder_measure measures[WEIR_BOUNDER_MEASURES_MAX];
    size_t argument_count = 0;
    if (plan->key_count > WEIR_BOUNDER_KEYS_MAX || plan->measure_count > WEIR_BOUNDER_MEASURES_MAX)
        return weir_fail(releasing->error, WEIR_ERROR_LIMIT,
                         "the question asks for too much at once");
    for (size_t i = 0; i < plan->key_count; i++) {
        const struct weir_expression *key = plan->release->as.aggregate.keys[i];
        keys[i] = (struct weir_bounder_column){key->type, weir_expression_scale(scope, key)};
    }
    for (size_t i = 0; i < plan->measure_count; i++) {
        const struct weir_measure *measure = &plan->measures[i];
        measures[i] = (struct weir_bounder_measure){kind_of(measure),
                                                    measure->argument == NULL ? 0 : argument_count,
                                                    measure->contribution};
        if (measure->argument == NULL)
            continue;
        weir_check(argument_count < WEIR_BOUNDER_ARGUMENTS_MAX);
        arguments[argument_count++] = (struct weir_bounder_column){
            measure->argument->type, weir_expression_scale(scope, measure->argument)};
    }
    const struct weir_bounder_options options = {.memory_limit_bytes =
                                                     releasing->options->memory_bytes,
                                                 .threads = releasing->options->threads,
                                                 .key_count = plan->key_count,
                                                 .argument_count = argument_count,
                                                 .measure_count = plan->measure_count,
                                                 .keys = keys,
                                                 .arguments = arguments,
                                                 .measures = measures,
                                                 .is_cancelled = is_cancelled,
                                                 .cancel_context = releasing->cancel};
    return weir_bounder_create(&options, bounder, releasing->error);
}

/* One measure after the other, from the operator's vector into the table of groups. */
static weir_status clip(struct weir_releasing *releasing, struct weir_bounder *bounder,
                        struct weir_exact_groups *groups) {
    const struct weir_release_plan *plan = releasing->plan;
    weir_int128 *vector = WEIR_NEW_ARRAY(releasing->arena, groups->count, weir_int128);
    if (vector == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < plan->measure_count; i++) {
        struct weir_measure_noise *noise = &releasing->noise[i];
        WEIR_TRY(weir_choose_tau(releasing->env, bounder, i, &plan->measures[i], noise,
                                 releasing->error));
        WEIR_TRY(weir_bounder_clip(bounder, i, noise->tau, noise->lattice_bits, vector,
                                   releasing->error));
        for (size_t group = 0; group < groups->count; group++)
            groups->sums[group * plan->measure_count + i] = vector[group];
    }
    return WEIR_OK;
}

static weir_status read_groups(struct weir_releasing *releasing, struct weir_bounder *bounder,
                               struct weir_exact_groups *groups) {
    const struct weir_release_plan *plan = releasing->plan;
    const struct weir_value *keys;
    groups->count = weir_bounder_group_count(bounder);
    groups->sums =
        WEIR_NEW_ARRAY(releasing->arena, groups->count * plan->measure_count, weir_int128);
    if (groups->sums == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_bounder_groups(bounder, releasing->arena, &keys));
    groups->keys = (struct weir_value *)keys;
    return clip(releasing, bounder, groups);
}

weir_status weir_release_fill(struct weir_releasing *releasing, struct weir_bounder **bounder) {
    struct weir_release_sql sql = weir_release_feed_sql(releasing->arena, releasing->plan);
    *bounder = NULL;
    if (sql.text == NULL)
        return WEIR_FAILED;
    WEIR_TRY(create(releasing, bounder));
    WEIR_TRY(releasing->backend->operations->bound(releasing->backend, releasing->arena,
                                                   releasing->cancel, sql.text, sql.constants,
                                                   sql.constant_count, *bounder, releasing->error));
    return weir_bounder_finish(*bounder, releasing->error);
}

weir_status weir_release_bounded(struct weir_releasing *releasing,
                                 struct weir_exact_groups *groups) {
    struct weir_bounder *bounder;
    weir_status status = weir_release_fill(releasing, &bounder);
    if (status.ok)
        status = read_groups(releasing, bounder, groups);
    weir_bounder_destroy(bounder);
    return status;
}
