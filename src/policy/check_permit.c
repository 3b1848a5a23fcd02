/* The lint of one permit. */
#include "policy/check.h"

#include "base/banned.h"

/* The first dataset that the permit opens, or NULL when it opens public tables alone. */
static const struct weir_policy_dataset *first_dataset(const struct weir_policy_permit *permit) {
    for (size_t i = 0; i < permit->grant_count; i++)
        if (permit->grants[i].table->dataset != NULL)
            return permit->grants[i].table->dataset;
    return NULL;
}

static void check_columns(struct weir_policy_lint *lint, const struct weir_policy_permit *permit,
                          const struct weir_policy_grant *grant) {
    for (size_t i = 0; i < grant->column_count; i++) {
        const struct weir_policy_column *column = grant->columns[i];
        bool never =
            column->role == WEIR_COLUMN_IDENTIFYING || column->role == WEIR_COLUMN_BIOMETRIC;
        if (never)
            weir_policy_find_fault(
                lint, permit->line,
                "the permit for %s names %s.%s.%s, which is %s and open to no purpose: leave it "
                "out",
                permit->purpose->name, grant->table->schema, grant->table->name, column->name,
                column->role == WEIR_COLUMN_BIOMETRIC ? "BIOMETRIC" : "IDENTIFYING");
    }
}

static void check_grants(struct weir_policy_lint *lint, const struct weir_policy_permit *permit) {
    const struct weir_policy_dataset *dataset = first_dataset(permit);
    bool spans = false;
    for (size_t i = 0; i < permit->grant_count; i++) {
        const struct weir_policy_grant *grant = &permit->grants[i];
        check_columns(lint, permit, grant);
        spans = spans || (grant->table->dataset != NULL && grant->table->dataset != dataset);
        if (grant->table->is_public)
            weir_policy_find_fault(lint, permit->line,
                                   "the permit for %s names %s.%s, which is public and open to "
                                   "every purpose: leave it out",
                                   permit->purpose->name, grant->table->schema, grant->table->name);
        for (size_t j = 0; j < i; j++)
            if (permit->grants[j].table == grant->table)
                weir_policy_find_fault(
                    lint, permit->line,
                    "the permit for %s names table %s.%s twice: list its columns once",
                    permit->purpose->name, grant->table->schema, grant->table->name);
    }
    if (spans)
        weir_policy_find_fault(
            lint, permit->line,
            "the permit for %s spans two datasets, which needs a LINK: write one "
            "permit and one purpose for each dataset",
            permit->purpose->name);
}

/* A dataset's budget that is renewed more often than the permit's can pay for more than its own
 * epsilon. */
static void check_against_dataset(struct weir_policy_lint *lint,
                                  const struct weir_policy_permit *permit) {
    const struct weir_policy_dataset *dataset = first_dataset(permit);
    if (dataset == NULL || (dataset->budget.period != WEIR_PERIOD_LIFETIME &&
                            (permit->budget.period == WEIR_PERIOD_LIFETIME ||
                             permit->budget.period > dataset->budget.period)))
        return;
    if (permit->budget.epsilon > dataset->budget.epsilon)
        weir_policy_find_fault(lint, permit->line,
                               "the permit for %s has a larger epsilon than dataset %s and could "
                               "never be spent: write at most the dataset's",
                               permit->purpose->name, dataset->name);
    if (permit->budget.delta > dataset->budget.delta)
        weir_policy_find_fault(lint, permit->line,
                               "the permit for %s has a larger delta than dataset %s and could "
                               "never be spent: write at most the dataset's",
                               permit->purpose->name, dataset->name);
}

void weir_policy_check_permit(struct weir_policy_lint *lint,
                              const struct weir_policy_permit *permit) {
    const char *purpose = permit->purpose->name;
    check_grants(lint, permit);
    check_against_dataset(lint, permit);
    if (!permit->budget.has_until && !permit->purpose->has_until)
        weir_policy_find_fault(
            lint, permit->line,
            "the budget of the permit for %s has no end: give the purpose an UNTIL and a date",
            purpose);
    if (permit->query_epsilon > permit->budget.epsilon)
        weir_policy_find_fault(
            lint, permit->line,
            "one question of the permit for %s costs more than its budget: write "
            "a smaller QUERY EPSILON",
            purpose);
    if (permit->budget.delta > WEIR_POLICY_SOUND_DELTA)
        weir_policy_find_fault(lint, permit->line,
                               "the delta of the permit for %s is above 1e-6: write a smaller one",
                               purpose);
}
