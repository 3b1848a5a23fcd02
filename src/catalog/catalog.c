/* Opening the one permit of a purpose and role, and listing what it shows. */
#include "catalog/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static bool budget_holds(const struct weir_budget_terms *budget, int64_t today) {
    return !budget->has_until || today < budget->until;
}

/* Policy, purpose, permit and every dataset of the permit must be in their time. */
static bool is_open(const struct weir_policy *policy, const struct weir_policy_permit *permit,
                    int64_t today) {
    if ((policy->has_effective && today < policy->effective) ||
        (policy->has_until && today >= policy->until) ||
        (permit->purpose->has_until && today >= permit->purpose->until) ||
        !budget_holds(&permit->budget, today))
        return false;
    for (size_t i = 0; i < permit->grant_count; i++) {
        const struct weir_policy_dataset *dataset = permit->grants[i].table->dataset;
        if (dataset != NULL && !budget_holds(&dataset->budget, today))
            return false;
    }
    return true;
}

static const struct weir_policy_permit *find_permit(const struct weir_policy *policy,
                                                    const char *purpose, const char *role,
                                                    int64_t today) {
    for (size_t i = 0; i < policy->permit_count; i++) {
        const struct weir_policy_permit *permit = &policy->permits[i];
        if (strcmp(permit->purpose->name, purpose) == 0 && strcmp(permit->role->name, role) == 0)
            return is_open(policy, permit, today) ? permit : NULL;
    }
    return NULL;
}

static bool is_granted(const struct weir_policy_permit *permit,
                       const struct weir_policy_table *table,
                       const struct weir_policy_column *column) {
    for (size_t i = 0; i < permit->grant_count; i++)
        if (permit->grants[i].table == table)
            for (size_t j = 0; j < permit->grants[i].column_count; j++)
                if (permit->grants[i].columns[j] == column)
                    return true;
    return false;
}

static bool is_table_granted(const struct weir_policy_permit *permit,
                             const struct weir_policy_table *table) {
    for (size_t i = 0; i < permit->grant_count; i++)
        if (permit->grants[i].table == table)
            return true;
    return false;
}

/* Whether the UNIT VIA of a granted table leads to the column. */
static bool is_led_to(const struct weir_policy_permit *permit,
                      const struct weir_policy_column *column) {
    for (size_t i = 0; i < permit->grant_count; i++) {
        const struct weir_policy_table *table = permit->grants[i].table;
        for (size_t j = 0; j < table->column_count; j++)
            if (table->columns[j].via_column == column)
                return true;
    }
    return false;
}

static bool is_visible(const struct weir_policy_permit *permit,
                       const struct weir_policy_table *table,
                       const struct weir_policy_column *column) {
    switch (column->role) {
    case WEIR_COLUMN_PLAIN:
        return table->is_public || is_granted(permit, table, column) || is_led_to(permit, column);
    case WEIR_COLUMN_UNIT_KEY:
    case WEIR_COLUMN_UNIT_VIA:
        return true;
    case WEIR_COLUMN_IDENTIFYING:
    case WEIR_COLUMN_BIOMETRIC:
        return false;
    }
    return false;
}

static weir_status show_table(struct weir_arena *arena, const struct weir_policy_permit *permit,
                              const struct weir_policy_table *table,
                              struct weir_catalog_table *shown) {
    const struct weir_policy_column **columns =
        WEIR_NEW_ARRAY(arena, table->column_count, const struct weir_policy_column *);
    if (columns == NULL)
        return WEIR_FAILED;
    *shown = (struct weir_catalog_table){.table = table, .columns = columns};
    for (size_t i = 0; i < table->column_count; i++)
        if (is_visible(permit, table, &table->columns[i]))
            columns[shown->column_count++] = &table->columns[i];
    return WEIR_OK;
}

static int compare_tables(const void *left, const void *right) {
    const struct weir_policy_table *a = ((const struct weir_catalog_table *)left)->table;
    const struct weir_policy_table *b = ((const struct weir_catalog_table *)right)->table;
    int order = strcmp(a->schema, b->schema);
    return order != 0 ? order : strcmp(a->name, b->name);
}

static weir_status show_tables(struct weir_arena *arena, struct weir_catalog *catalog) {
    const struct weir_policy *policy = catalog->policy;
    struct weir_catalog_table *tables =
        WEIR_NEW_ARRAY(arena, policy->table_count, struct weir_catalog_table);
    if (tables == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < policy->table_count; i++) {
        const struct weir_policy_table *table = &policy->tables[i];
        if (table->is_public || is_table_granted(catalog->permit, table))
            WEIR_TRY(show_table(arena, catalog->permit, table, &tables[catalog->table_count++]));
    }
    qsort(tables, catalog->table_count, sizeof *tables, compare_tables);
    catalog->tables = tables;
    return WEIR_OK;
}

weir_status weir_catalog_open(struct weir_arena *arena, const struct weir_policy *policy,
                              const char *purpose, const char *role, int64_t today,
                              const struct weir_catalog **catalog, struct weir_error *error) {
    const struct weir_policy_permit *permit = find_permit(policy, purpose, role, today);
    if (permit == NULL) {
        weir_fail_state(error, WEIR_ERROR_DENIED, "3D000",
                        "no purpose of this name is open to this role today");
        return weir_error_hint(error, "Ask for one of the purposes that your role may use.");
    }
    struct weir_catalog *opened = WEIR_NEW(arena, struct weir_catalog);
    if (opened == NULL)
        return WEIR_FAILED;
    *opened = (struct weir_catalog){.policy = policy, .purpose = permit->purpose, .permit = permit};
    WEIR_TRY(show_tables(arena, opened));
    *catalog = opened;
    return WEIR_OK;
}

static int compare_purposes(const void *left, const void *right) {
    const struct weir_policy_purpose *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

weir_status weir_catalog_purposes(struct weir_arena *arena, const struct weir_policy *policy,
                                  const char *role, int64_t today,
                                  const struct weir_policy_purpose *const **purposes, size_t *count,
                                  struct weir_error *error) {
    (void)error; /* only the arena can fail here, and that leaves the error unset */
    const struct weir_policy_purpose **open =
        WEIR_NEW_ARRAY(arena, policy->purpose_count, const struct weir_policy_purpose *);
    if (open == NULL)
        return WEIR_FAILED;
    *count = 0;
    for (size_t i = 0; i < policy->purpose_count; i++)
        if (find_permit(policy, policy->purposes[i].name, role, today) != NULL)
            open[(*count)++] = &policy->purposes[i];
    if (*count > 0)
        qsort(open, *count, sizeof(const struct weir_policy_purpose *), compare_purposes);
    *purposes = open;
    return WEIR_OK;
}

const struct weir_catalog_table *weir_catalog_find(const struct weir_catalog *catalog,
                                                   const char *schema, const char *name) {
    const struct weir_catalog_table *found = NULL;
    for (size_t i = 0; i < catalog->table_count; i++) {
        const struct weir_policy_table *table = catalog->tables[i].table;
        if (strcmp(table->name, name) != 0 ||
            (schema != NULL && strcmp(table->schema, schema) != 0))
            continue;
        if (found != NULL)
            return NULL;
        found = &catalog->tables[i];
    }
    return found;
}
