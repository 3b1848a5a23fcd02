/* The engine's rows as groups with exact sums. */
#include "exec/release_private.h"

#include <stdlib.h>

#include "base/banned.h"

static weir_status not_expected(struct weir_error *error) {
    return weir_fail(error, WEIR_ERROR_INTERNAL, "the data engine gave sums of another form");
}

/* A sum in raw units; a group without values has none. */
static weir_status read_sum(const struct weir_measure *measure, const struct weir_value *value,
                            weir_int128 *sum, struct weir_error *error) {
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
        return not_expected(error);
    *sum = value->as.numeric.digits;
    return WEIR_OK;
}

/* Takes the centre off each value that was counted: exact, before any noise. */
static void centre(const struct weir_release_plan *plan, weir_int128 *sums) {
    for (size_t i = 0; i < plan->measure_count; i++)
        if (plan->measures[i].contribution.centre != 0)
            sums[i] -= plan->measures[i].contribution.centre * sums[plan->measures[i].counted_by];
}

static weir_status read_sums(const struct weir_release_plan *plan, const struct weir_value *row,
                             weir_int128 *sums, struct weir_error *error) {
    for (size_t i = 0; i < plan->measure_count; i++)
        WEIR_TRY(read_sum(&plan->measures[i], &row[plan->key_count + i], &sums[i], error));
    centre(plan, sums);
    return WEIR_OK;
}

/* ---- declared groups ---- */

static int by_value(const void *left, const void *right) {
    return weir_value_compare(left, right);
}

/* The place of a row's keys in the product of the domains; false when a key is outside its domain.
 */
static bool find_group(const struct weir_release_plan *plan, const struct weir_value *row,
                       size_t *place) {
    *place = 0;
    for (size_t i = 0; i < plan->key_count; i++) {
        const struct weir_domain *domain = &plan->domains[i];
        if (domain->count == 0)
            return false;
        weir_check(row[i].type == domain->values[0].type);
        const struct weir_value *found =
            bsearch(&row[i], domain->values, domain->count, sizeof row[i], by_value);
        if (found == NULL)
            return false;
        *place = *place * domain->count + (size_t)(found - domain->values);
    }
    return true;
}

static void fill_declared_keys(const struct weir_release_plan *plan, struct weir_value *keys) {
    for (size_t group = 0; group < plan->declared_group_count; group++) {
        size_t rest = group;
        for (size_t i = plan->key_count; i-- > 0;) {
            const struct weir_domain *domain = &plan->domains[i];
            keys[group * plan->key_count + i] = domain->values[rest % domain->count];
            rest /= domain->count;
        }
    }
}

static weir_status declared_groups(struct weir_arena *arena, const struct weir_release_plan *plan,
                                   const struct weir_rows *rows, struct weir_exact_groups *groups,
                                   struct weir_error *error) {
    size_t count = plan->declared_group_count;
    struct weir_value *keys = WEIR_NEW_ARRAY(arena, count * plan->key_count, struct weir_value);
    weir_int128 *sums = WEIR_NEW_ARRAY(arena, count * plan->measure_count, weir_int128);
    if (keys == NULL || sums == NULL)
        return WEIR_FAILED;
    fill_declared_keys(plan, keys);
    for (size_t i = 0; i < rows->row_count; i++) {
        const struct weir_value *row = &rows->values[i * rows->column_count];
        size_t place;
        if (find_group(plan, row, &place))
            WEIR_TRY(read_sums(plan, row, &sums[place * plan->measure_count], error));
    }
    *groups = (struct weir_exact_groups){count, keys, sums};
    return WEIR_OK;
}

/* ---- groups from the data ---- */

static int by_keys(const void *left, const void *right, void *key_count) {
    const struct weir_value *a = *(const struct weir_value *const *)left;
    const struct weir_value *b = *(const struct weir_value *const *)right;
    for (size_t i = 0; i < *(const size_t *)key_count; i++) {
        int order = weir_value_compare(&a[i], &b[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

static weir_status found_groups(struct weir_arena *arena, const struct weir_release_plan *plan,
                                const struct weir_rows *rows, struct weir_exact_groups *groups,
                                struct weir_error *error) {
    size_t count = rows->row_count, key_count = plan->key_count;
    const struct weir_value **order = WEIR_NEW_ARRAY(arena, count, const struct weir_value *);
    struct weir_value *keys = WEIR_NEW_ARRAY(arena, count * key_count, struct weir_value);
    weir_int128 *sums = WEIR_NEW_ARRAY(arena, count * plan->measure_count, weir_int128);
    if (order == NULL || keys == NULL || sums == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < count; i++)
        order[i] = &rows->values[i * rows->column_count];
    qsort_r(order, count, sizeof(*order), by_keys, &key_count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < key_count; k++)
            keys[i * key_count + k] = order[i][k];
        WEIR_TRY(read_sums(plan, order[i], &sums[i * plan->measure_count], error));
    }
    *groups = (struct weir_exact_groups){count, keys, sums};
    return WEIR_OK;
}

weir_status weir_release_groups(struct weir_arena *arena, const struct weir_release_plan *plan,
                                const struct weir_rows *rows, struct weir_exact_groups *groups,
                                struct weir_error *error) {
    size_t measures = plan->measure_count == 0 ? 1 : plan->measure_count;
    if (rows->column_count != plan->key_count + measures)
        return not_expected(error);
    for (size_t i = 0; i < plan->key_count; i++)
        if (rows->types[i] != plan->release->columns[i].type)
            return not_expected(error);
    return plan->groups_declared ? declared_groups(arena, plan, rows, groups, error)
                                 : found_groups(arena, plan, rows, groups, error);
}
