/* The lint: what is well formed and yet must not be put into force. */
#include "policy/check.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

void weir_policy_find_fault(struct weir_policy_lint *lint, int line, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct weir_policy_finding *finding = WEIR_NEW(lint->arena, struct weir_policy_finding);
    const char *message = weir_arena_string(lint->arena, text);
    if (finding == NULL || message == NULL) {
        lint->exhausted = true;
        return;
    }
    *finding = (struct weir_policy_finding){.line = line, .message = message};
    const struct weir_policy_finding **link = (const struct weir_policy_finding **)&lint->first;
    while (*link != NULL && (*link)->line <= line)
        link = (const struct weir_policy_finding **)&(*link)->next;
    finding->next = *link;
    *link = finding;
}

static void check_header(struct weir_policy_lint *lint) {
    const struct weir_policy *policy = lint->policy;
    if (policy->controller == NULL)
        weir_policy_find_fault(lint, 1, "the policy names no controller: add CONTROLLER \"...\"");
    if (policy->has_effective && policy->has_until && policy->until <= policy->effective)
        weir_policy_find_fault(
            lint, 1, "the policy's UNTIL is not after its EFFECTIVE: it would never be in force");
}

/* The first UNIT KEY of a dataset's tables. */
static const struct weir_policy_column *first_unit_key(const struct weir_policy *policy,
                                                       const struct weir_policy_dataset *dataset) {
    for (size_t i = 0; i < policy->table_count; i++)
        for (size_t j = 0; j < policy->tables[i].column_count; j++)
            if (policy->tables[i].dataset == dataset &&
                policy->tables[i].columns[j].role == WEIR_COLUMN_UNIT_KEY)
                return &policy->tables[i].columns[j];
    return NULL;
}

/* The same key means the same person in every table, which text and numbers can't agree on. */
static void check_unit_key(struct weir_policy_lint *lint, const struct weir_policy_table *table,
                           const struct weir_policy_column *column) {
    const struct weir_policy_column *first = first_unit_key(lint->policy, table->dataset);
    if ((column->type == WEIR_TYPE_TEXT) != (first->type == WEIR_TYPE_TEXT))
        weir_policy_find_fault(lint, column->line,
                               "the UNIT KEY of %s.%s is of type %s and the first one of dataset "
                               "%s is of type %s: write the same type",
                               table->schema, table->name, weir_type_name(column->type),
                               table->schema, weir_type_name(first->type));
}

static void check_dataset(struct weir_policy_lint *lint,
                          const struct weir_policy_dataset *dataset) {
    const struct weir_budget_terms *budget = &dataset->budget;
    bool renewed = budget->period != WEIR_PERIOD_LIFETIME;
    if (!budget->has_until && !(renewed && lint->policy->has_until))
        weir_policy_find_fault(lint, dataset->line,
                               "the budget of dataset %s has no end: add UNTIL and a date to it%s",
                               dataset->name, renewed ? ", or to the POLICY statement" : "");
    if (budget->delta > WEIR_POLICY_SOUND_DELTA)
        weir_policy_find_fault(lint, dataset->line,
                               "the delta of dataset %s is above 1e-6: write a smaller one",
                               dataset->name);
    for (size_t i = 0; i < lint->policy->table_count; i++)
        if (lint->policy->tables[i].dataset == dataset)
            return;
    weir_policy_find_fault(lint, dataset->line,
                           "dataset %s has no table: add a TABLE %s.name, or leave it out",
                           dataset->name, dataset->name);
}

static void check_public_table(struct weir_policy_lint *lint,
                               const struct weir_policy_table *table) {
    for (size_t i = 0; i < table->column_count; i++) {
        const struct weir_policy_column *column = &table->columns[i];
        if (column->role != WEIR_COLUMN_PLAIN)
            weir_policy_find_fault(lint, column->line,
                                   "column %s is about a person, and a public table is about "
                                   "none: move it to a TABLE of a dataset",
                                   column->name);
    }
}

static void check_table(struct weir_policy_lint *lint, const struct weir_policy_table *table) {
    if (table->is_public) {
        check_public_table(lint, table);
        return;
    }
    size_t units = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct weir_policy_column *column = &table->columns[i];
        units += column->role == WEIR_COLUMN_UNIT_KEY || column->role == WEIR_COLUMN_UNIT_VIA;
        if (column->role == WEIR_COLUMN_UNIT_KEY)
            check_unit_key(lint, table, column);
    }
    if (units == 0)
        weir_policy_find_fault(lint, table->line,
                               "table %s.%s leads to no unit: mark one column UNIT KEY or "
                               "UNIT VIA",
                               table->schema, table->name);
    if (units > 1)
        weir_policy_find_fault(lint, table->line,
                               "table %s.%s leads to its unit by %zu columns: keep one of UNIT KEY "
                               "and UNIT VIA",
                               table->schema, table->name, units);
    if (!table->has_retain)
        weir_policy_find_fault(lint, table->line,
                               "table %s.%s is kept forever: add RETAIN n YEARS FROM a date column "
                               "or LOAD",
                               table->schema, table->name);
}

static void check_purpose(struct weir_policy_lint *lint,
                          const struct weir_policy_purpose *purpose) {
    if (!purpose->has_until)
        weir_policy_find_fault(lint, purpose->line, "purpose %s has no end: add UNTIL and a date",
                               purpose->name);
    for (size_t i = 0; i < lint->policy->permit_count; i++)
        if (lint->policy->permits[i].purpose == purpose)
            return;
    weir_policy_find_fault(lint, purpose->line,
                           "nothing is permitted for purpose %s: add a PERMIT, or leave it out",
                           purpose->name);
}

const struct weir_policy_finding *
weir_policy_check(struct weir_arena *arena, const struct weir_policy *policy, bool *exhausted) {
    struct weir_policy_lint lint = {.arena = arena, .policy = policy};
    check_header(&lint);
    for (size_t i = 0; i < policy->dataset_count; i++)
        check_dataset(&lint, &policy->datasets[i]);
    for (size_t i = 0; i < policy->table_count; i++)
        check_table(&lint, &policy->tables[i]);
    for (size_t i = 0; i < policy->purpose_count; i++)
        check_purpose(&lint, &policy->purposes[i]);
    for (size_t i = 0; i < policy->permit_count; i++)
        weir_policy_check_permit(&lint, &policy->permits[i]);
    *exhausted = lint.exhausted;
    return lint.first;
}
