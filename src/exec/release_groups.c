/* Which groups there are, and in what order. */
#include "exec/release_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static weir_status make(struct weir_releasing *releasing, size_t count,
                        struct weir_exact_groups *groups) {
    const struct weir_release_plan *plan = releasing->plan;
    groups->count = count;
    groups->keys = WEIR_NEW_ARRAY(releasing->arena, count * plan->key_count, struct weir_value);
    groups->sums = WEIR_NEW_ARRAY(releasing->arena, count * plan->measure_count, weir_int128);
    return groups->keys == NULL || groups->sums == NULL ? WEIR_FAILED : WEIR_OK;
}

static void copy_group(const struct weir_release_plan *plan, const struct weir_exact_groups *from,
                       size_t source, struct weir_exact_groups *to, size_t target) {
    memcpy(&to->sums[target * plan->measure_count], &from->sums[source * plan->measure_count],
           plan->measure_count * sizeof *to->sums);
}

/* ---- declared groups ---- */

static int by_value(const void *left, const void *right) {
    return weir_value_compare(left, right);
}

/* The place of keys in the product of the domains; false when one is outside its domain. */
static bool find_group(const struct weir_release_plan *plan, const struct weir_value *keys,
                       size_t *place) {
    *place = 0;
    for (size_t i = 0; i < plan->key_count; i++) {
        const struct weir_domain *domain = &plan->domains[i];
        if (domain->count == 0)
            return false;
        weir_check(keys[i].type == domain->values[0].type);
        const struct weir_value *found =
            bsearch(&keys[i], domain->values, domain->count, sizeof keys[i], by_value);
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

static weir_status declared_groups(struct weir_releasing *releasing,
                                   const struct weir_exact_groups *found,
                                   struct weir_exact_groups *groups) {
    const struct weir_release_plan *plan = releasing->plan;
    WEIR_TRY(make(releasing, plan->declared_group_count, groups));
    fill_declared_keys(plan, groups->keys);
    for (size_t i = 0; i < found->count; i++) {
        size_t place;
        if (find_group(plan, &found->keys[i * plan->key_count], &place))
            copy_group(plan, found, i, groups, place);
    }
    return WEIR_OK;
}

/* ---- groups from the data ---- */

struct sorting {
    const struct weir_value *keys;
    size_t key_count;
};

static int by_keys(const void *left, const void *right, void *context) {
    const struct sorting *sorting = context;
    const struct weir_value *a = &sorting->keys[*(const size_t *)left * sorting->key_count];
    const struct weir_value *b = &sorting->keys[*(const size_t *)right * sorting->key_count];
    for (size_t i = 0; i < sorting->key_count; i++) {
        int order = weir_value_compare(&a[i], &b[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

static weir_status found_groups(struct weir_releasing *releasing,
                                const struct weir_exact_groups *found,
                                struct weir_exact_groups *groups) {
    const struct weir_release_plan *plan = releasing->plan;
    size_t *order = WEIR_NEW_ARRAY(releasing->arena, found->count, size_t);
    struct sorting sorting = {found->keys, plan->key_count};
    if (order == NULL)
        return WEIR_FAILED;
    WEIR_TRY(make(releasing, found->count, groups));
    for (size_t i = 0; i < found->count; i++)
        order[i] = i;
    qsort_r(order, found->count, sizeof *order, by_keys, &sorting);
    for (size_t i = 0; i < found->count; i++) {
        copy_group(plan, found, order[i], groups, i);
        memcpy(&groups->keys[i * plan->key_count], &found->keys[order[i] * plan->key_count],
               plan->key_count * sizeof *groups->keys);
    }
    return WEIR_OK;
}

weir_status weir_release_arrange(struct weir_releasing *releasing,
                                 const struct weir_exact_groups *found,
                                 struct weir_exact_groups *groups) {
    return releasing->plan->groups_declared ? declared_groups(releasing, found, groups)
                                            : found_groups(releasing, found, groups);
}
