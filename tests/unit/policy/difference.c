/* Whether two models say the same. */
#include "support.h"

#include "base/banned.h"

#define DIFFERS_UNLESS(condition, what)                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return what;                                                                           \
    } while (0)

#define TRY_DIFFERENCE(call)                                                                       \
    do {                                                                                           \
        const char *difference = (call);                                                           \
        if (difference != NULL)                                                                    \
            return difference;                                                                     \
    } while (0)

static bool same_text(const char *left, const char *right) {
    return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static bool same_budget(const struct weir_budget_terms *left,
                        const struct weir_budget_terms *right) {
    return left->given == right->given && left->epsilon == right->epsilon &&
           left->delta == right->delta && left->period == right->period &&
           left->has_until == right->has_until && left->until == right->until;
}

static bool same_value(const struct weir_value *left, const struct weir_value *right) {
    bool same_scale =
        left->type != WEIR_TYPE_NUMERIC || left->as.numeric.scale == right->as.numeric.scale;
    return left->type == right->type && left->is_null == right->is_null && same_scale &&
           weir_value_compare(left, right) == 0;
}

static bool same_table(const struct weir_policy_table *left,
                       const struct weir_policy_table *right) {
    if (left == NULL || right == NULL)
        return left == right;
    return same_text(left->schema, right->schema) && same_text(left->name, right->name);
}

static bool same_column(const struct weir_policy_column *left,
                        const struct weir_policy_column *right) {
    return left == NULL || right == NULL ? left == right : same_text(left->name, right->name);
}

static const char *column_difference(const struct weir_policy_column *left,
                                     const struct weir_policy_column *right) {
    DIFFERS_UNLESS(same_text(left->name, right->name), "column name");
    DIFFERS_UNLESS(left->type == right->type && left->precision == right->precision &&
                       left->scale == right->scale,
                   "column type");
    DIFFERS_UNLESS(left->role == right->role, "column role");
    DIFFERS_UNLESS(left->not_null == right->not_null, "NOT NULL");
    DIFFERS_UNLESS(left->is_key == right->is_key, "KEY");
    DIFFERS_UNLESS(left->has_range == right->has_range, "RANGE");
    DIFFERS_UNLESS(!left->has_range || (same_value(&left->range_low, &right->range_low) &&
                                        same_value(&left->range_high, &right->range_high)),
                   "ends of RANGE");
    DIFFERS_UNLESS(left->value_count == right->value_count, "count of VALUES");
    for (size_t i = 0; i < left->value_count; i++)
        DIFFERS_UNLESS(same_value(&left->values[i], &right->values[i]), "VALUES");
    DIFFERS_UNLESS(same_table(left->values_table, right->values_table) &&
                       same_column(left->values_column, right->values_column),
                   "VALUES FROM");
    DIFFERS_UNLESS(same_table(left->via_table, right->via_table) &&
                       same_column(left->via_column, right->via_column),
                   "UNIT VIA");
    return NULL;
}

static const char *table_difference(const struct weir_policy_table *left,
                                    const struct weir_policy_table *right) {
    DIFFERS_UNLESS(same_table(left, right), "table name");
    DIFFERS_UNLESS(left->is_public == right->is_public, "PUBLIC");
    DIFFERS_UNLESS(
        (left->dataset == NULL) == (right->dataset == NULL) &&
            (left->dataset == NULL || same_text(left->dataset->name, right->dataset->name)),
        "dataset");
    DIFFERS_UNLESS(left->has_retain == right->has_retain &&
                       left->retain_count == right->retain_count &&
                       left->retain_period == right->retain_period &&
                       same_column(left->retain_from, right->retain_from),
                   "RETAIN");
    DIFFERS_UNLESS(left->bound_rows == right->bound_rows, "BOUND");
    DIFFERS_UNLESS(left->column_count == right->column_count, "count of columns");
    for (size_t i = 0; i < left->column_count; i++)
        TRY_DIFFERENCE(column_difference(&left->columns[i], &right->columns[i]));
    return NULL;
}

static const char *purpose_difference(const struct weir_policy_purpose *left,
                                      const struct weir_policy_purpose *right) {
    DIFFERS_UNLESS(same_text(left->name, right->name) && same_text(left->term, right->term) &&
                       same_text(left->legal_basis, right->legal_basis) &&
                       same_text(left->because, right->because) &&
                       left->has_until == right->has_until && left->until == right->until,
                   "purpose");
    return NULL;
}

static const char *permit_difference(const struct weir_policy_permit *left,
                                     const struct weir_policy_permit *right) {
    DIFFERS_UNLESS(same_text(left->purpose->name, right->purpose->name), "permit's purpose");
    DIFFERS_UNLESS(same_text(left->role->name, right->role->name), "permit's role");
    DIFFERS_UNLESS(same_budget(&left->budget, &right->budget), "permit's budget");
    DIFFERS_UNLESS(left->query_epsilon == right->query_epsilon, "QUERY EPSILON");
    DIFFERS_UNLESS(left->minimum_people == right->minimum_people, "MINIMUM");
    DIFFERS_UNLESS(left->grant_count == right->grant_count, "count of grants");
    for (size_t i = 0; i < left->grant_count; i++) {
        const struct weir_policy_grant *a = &left->grants[i], *b = &right->grants[i];
        DIFFERS_UNLESS(same_table(a->table, b->table), "granted table");
        DIFFERS_UNLESS(a->column_count == b->column_count, "count of granted columns");
        for (size_t j = 0; j < a->column_count; j++)
            DIFFERS_UNLESS(same_column(a->columns[j], b->columns[j]), "granted column");
    }
    return NULL;
}

static const char *header_difference(const struct weir_policy *left,
                                     const struct weir_policy *right) {
    DIFFERS_UNLESS(same_text(left->name, right->name) && left->version == right->version, "POLICY");
    DIFFERS_UNLESS(left->has_supersedes == right->has_supersedes &&
                       memcmp(left->supersedes, right->supersedes, WEIR_POLICY_HASH_BYTES) == 0,
                   "SUPERSEDES");
    DIFFERS_UNLESS(same_text(left->controller, right->controller), "CONTROLLER");
    DIFFERS_UNLESS(left->has_effective == right->has_effective &&
                       left->effective == right->effective,
                   "EFFECTIVE");
    DIFFERS_UNLESS(left->has_until == right->has_until && left->until == right->until, "UNTIL");
    DIFFERS_UNLESS(
        left->dataset_count == right->dataset_count && left->table_count == right->table_count &&
            left->role_count == right->role_count && left->purpose_count == right->purpose_count &&
            left->permit_count == right->permit_count,
        "counts");
    return NULL;
}

const char *weir_test_difference(const struct weir_policy *left, const struct weir_policy *right) {
    TRY_DIFFERENCE(header_difference(left, right));
    for (size_t i = 0; i < left->dataset_count; i++)
        DIFFERS_UNLESS(same_text(left->datasets[i].name, right->datasets[i].name) &&
                           same_text(left->datasets[i].unit, right->datasets[i].unit) &&
                           same_budget(&left->datasets[i].budget, &right->datasets[i].budget),
                       "dataset");
    for (size_t i = 0; i < left->table_count; i++)
        TRY_DIFFERENCE(table_difference(&left->tables[i], &right->tables[i]));
    for (size_t i = 0; i < left->role_count; i++)
        DIFFERS_UNLESS(same_text(left->roles[i].name, right->roles[i].name) &&
                           same_text(left->roles[i].description, right->roles[i].description),
                       "role");
    for (size_t i = 0; i < left->purpose_count; i++)
        TRY_DIFFERENCE(purpose_difference(&left->purposes[i], &right->purposes[i]));
    for (size_t i = 0; i < left->permit_count; i++)
        TRY_DIFFERENCE(permit_difference(&left->permits[i], &right->permits[i]));
    return NULL;
}
