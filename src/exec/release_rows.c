/* Exact sums by the engine's own GROUP BY: where no unit has more than one row. */
#include "exec/release_private.h"

#include "base/banned.h"

static weir_status not_expected(struct weir_releasing *releasing) {
    return weir_fail(releasing->error, WEIR_ERROR_INTERNAL,
                     "the data engine gave sums of another form");
}

/* A sum in raw units; a group without values has none. */
static weir_status read_sum(struct weir_releasing *releasing, const struct weir_measure *measure,
                            const struct weir_value *value, weir_int128 *sum) {
    if (value->is_null) {
        *sum = 0;
        return WEIR_OK;
    }
    if (value->type == WEIR_TYPE_BIGINT) {
        *sum = value->as.integer;
        return WEIR_OK;
    }
    int scale = measure->decimal_scale > 0 ? measure->decimal_scale : 0;
    if (value->type != WEIR_TYPE_NUMERIC || value->as.numeric.scale != scale)
        return not_expected(releasing);
    *sum = value->as.numeric.digits;
    return WEIR_OK;
}

/* Takes the centre off each value that was counted, and goes over to the lattice. */
static weir_status to_lattice(struct weir_releasing *releasing, weir_int128 *sums) {
    const struct weir_release_plan *plan = releasing->plan;
    for (size_t i = 0; i < plan->measure_count; i++)
        if (plan->measures[i].contribution.centre != 0)
            sums[i] -= plan->measures[i].contribution.centre * sums[plan->measures[i].counted_by];
    for (size_t i = 0; i < plan->measure_count; i++)
        if (__builtin_mul_overflow(sums[i], (weir_int128)1 << plan->measures[i].noise.lattice_bits,
                                   &sums[i]))
            return weir_fail(releasing->error, WEIR_ERROR_INTERNAL, "a sum is too large");
    return WEIR_OK;
}

static weir_status check_form(struct weir_releasing *releasing, const struct weir_rows *rows) {
    const struct weir_release_plan *plan = releasing->plan;
    size_t measures = plan->measure_count == 0 ? 1 : plan->measure_count;
    if (rows->column_count != plan->key_count + measures)
        return not_expected(releasing);
    for (size_t i = 0; i < plan->key_count; i++)
        if (rows->types[i] != plan->release->columns[i].type)
            return not_expected(releasing);
    return WEIR_OK;
}

weir_status weir_release_rows(struct weir_releasing *releasing, struct weir_exact_groups *groups) {
    const struct weir_release_plan *plan = releasing->plan;
    struct weir_release_sql sql = weir_release_sums_sql(releasing->arena, plan);
    struct weir_rows rows;
    if (sql.text == NULL)
        return WEIR_FAILED;
    WEIR_TRY(releasing->backend->operations->query(
        releasing->backend, releasing->arena, releasing->cancel, sql.text, sql.constants,
        sql.constant_count, SIZE_MAX, &rows, releasing->error));
    WEIR_TRY(check_form(releasing, &rows));
    groups->count = rows.row_count;
    groups->keys =
        WEIR_NEW_ARRAY(releasing->arena, rows.row_count * plan->key_count, struct weir_value);
    groups->sums =
        WEIR_NEW_ARRAY(releasing->arena, rows.row_count * plan->measure_count, weir_int128);
    if (groups->keys == NULL || groups->sums == NULL)
        return WEIR_FAILED;
    for (size_t group = 0; group < rows.row_count; group++) {
        const struct weir_value *row = &rows.values[group * rows.column_count];
        weir_int128 *sums = &groups->sums[group * plan->measure_count];
        for (size_t i = 0; i < plan->key_count; i++)
            groups->keys[group * plan->key_count + i] = row[i];
        for (size_t i = 0; i < plan->measure_count; i++)
            WEIR_TRY(read_sum(releasing, &plan->measures[i], &row[plan->key_count + i], &sums[i]));
        WEIR_TRY(to_lattice(releasing, sums));
    }
    for (size_t i = 0; i < plan->measure_count; i++)
        releasing->noise[i] = plan->measures[i].noise;
    return WEIR_OK;
}
