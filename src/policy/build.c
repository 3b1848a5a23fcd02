/* From draft to model: datasets, roles, purposes, tables, and the names within them. */
#include "policy/draft.h"
#include "policy/lex.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

static weir_status fail_name(struct weir_error *error, const struct weir_policy_name *name,
                             const char *what) {
    return weir_policy_fail_at(error, WEIR_ERROR_INVALID, name->line, name->column, "%s \"%s\"",
                               what, name->text);
}

/* Names that an engine or a client keeps for itself. */
static bool is_reserved_schema(const char *name) {
    return strcasecmp(name, "public") == 0 || strcasecmp(name, "information_schema") == 0 ||
           strcasecmp(name, "main") == 0 || strcasecmp(name, "temp") == 0 ||
           strcasecmp(name, "system") == 0 || strncasecmp(name, "pg_", 3) == 0 ||
           strcasecmp(name, "weir") == 0;
}

static weir_status build_datasets(struct weir_arena *arena, struct weir_policy *policy,
                                  struct weir_policy_draft *draft, struct weir_error *error) {
    struct weir_policy_dataset *datasets =
        WEIR_NEW_ARRAY(arena, policy->dataset_count, struct weir_policy_dataset);
    if (datasets == NULL)
        return WEIR_FAILED;
    policy->datasets = datasets;
    size_t count = 0;
    for (struct weir_policy_draft_dataset *item = draft->datasets; item != NULL;
         item = item->next) {
        if (is_reserved_schema(item->name.text))
            return fail_name(error, &item->name, "a dataset may not have the reserved name");
        for (size_t i = 0; i < count; i++)
            if (weir_policy_same_name(datasets[i].name, item->name.text))
                return fail_name(error, &item->name, "there are two datasets of the name");
        datasets[count++] = item->model;
    }
    return WEIR_OK;
}

static weir_status build_roles(struct weir_arena *arena, struct weir_policy *policy,
                               struct weir_policy_draft *draft, struct weir_error *error) {
    struct weir_policy_role *roles =
        WEIR_NEW_ARRAY(arena, policy->role_count, struct weir_policy_role);
    if (roles == NULL)
        return WEIR_FAILED;
    policy->roles = roles;
    size_t count = 0;
    for (struct weir_policy_draft_role *item = draft->roles; item != NULL; item = item->next) {
        for (size_t i = 0; i < count; i++)
            if (weir_policy_same_name(roles[i].name, item->name.text))
                return fail_name(error, &item->name, "there are two roles of the name");
        roles[count++] = item->model;
    }
    return WEIR_OK;
}

static weir_status build_purposes(struct weir_arena *arena, struct weir_policy *policy,
                                  struct weir_policy_draft *draft, struct weir_error *error) {
    struct weir_policy_purpose *purposes =
        WEIR_NEW_ARRAY(arena, policy->purpose_count, struct weir_policy_purpose);
    if (purposes == NULL)
        return WEIR_FAILED;
    policy->purposes = purposes;
    size_t count = 0;
    for (struct weir_policy_draft_purpose *item = draft->purposes; item != NULL;
         item = item->next) {
        for (size_t i = 0; i < count; i++)
            if (weir_policy_same_name(purposes[i].name, item->name.text))
                return fail_name(error, &item->name, "there are two purposes of the name");
        purposes[count++] = item->model;
    }
    return WEIR_OK;
}

static weir_status build_columns(struct weir_arena *arena, struct weir_policy_draft_table *item,
                                 struct weir_error *error) {
    item->built = WEIR_NEW_ARRAY(arena, item->model.column_count, struct weir_policy_column);
    if (item->built == NULL)
        return WEIR_FAILED;
    item->model.columns = item->built;
    size_t count = 0;
    bool key = false;
    for (struct weir_policy_draft_column *column = item->columns; column != NULL;
         column = column->next) {
        for (size_t i = 0; i < count; i++)
            if (weir_policy_same_name(item->built[i].name, column->name.text))
                return fail_name(error, &column->name, "there are two columns of the name");
        if (key && column->model.is_key)
            return fail_name(error, &column->name,
                             "a table has one KEY; this would be the second:");
        key = key || column->model.is_key;
        item->built[count++] = column->model;
    }
    return WEIR_OK;
}

static weir_status find_dataset(const struct weir_policy *policy,
                                struct weir_policy_draft_table *item, struct weir_error *error) {
    if (item->model.is_public)
        return strcmp(item->schema.text, "public") == 0
                   ? WEIR_OK
                   : fail_name(error, &item->schema,
                               "a PUBLIC TABLE is in the schema public, not in");
    for (size_t i = 0; i < policy->dataset_count; i++) {
        if (strcmp(policy->datasets[i].name, item->schema.text) == 0) {
            item->model.dataset = &policy->datasets[i];
            return WEIR_OK;
        }
    }
    return fail_name(error, &item->schema,
                     "a TABLE's schema is the name of a dataset; there is no dataset");
}

static weir_status find_retain_from(struct weir_policy_draft_table *item,
                                    struct weir_error *error) {
    if (item->retain_from.text == NULL)
        return WEIR_OK;
    item->model.retain_from = weir_policy_find_column(&item->model, item->retain_from.text);
    if (item->model.retain_from == NULL)
        return fail_name(error, &item->retain_from, "the table has no column");
    enum weir_type type = item->model.retain_from->type;
    if (type != WEIR_TYPE_DATE && type != WEIR_TYPE_TIMESTAMP)
        return fail_name(error, &item->retain_from,
                         "RETAIN counts from a column of type DATE or TIMESTAMP, unlike");
    return WEIR_OK;
}

static weir_status build_tables(struct weir_arena *arena, struct weir_policy *policy,
                                struct weir_policy_draft *draft, struct weir_error *error) {
    struct weir_policy_table *tables =
        WEIR_NEW_ARRAY(arena, policy->table_count, struct weir_policy_table);
    if (tables == NULL)
        return WEIR_FAILED;
    policy->tables = tables;
    size_t count = 0;
    for (struct weir_policy_draft_table *item = draft->tables; item != NULL; item = item->next) {
        for (size_t i = 0; i < count; i++)
            if (weir_policy_same_name(tables[i].schema, item->schema.text) &&
                weir_policy_same_name(tables[i].name, item->name.text))
                return fail_name(error, &item->name, "the schema has two tables of the name");
        WEIR_TRY(find_dataset(policy, item, error));
        WEIR_TRY(build_columns(arena, item, error));
        WEIR_TRY(find_retain_from(item, error));
        tables[count++] = item->model;
    }
    return WEIR_OK;
}

static weir_status find_reference(const struct weir_policy *policy,
                                  const struct weir_policy_reference *reference,
                                  const struct weir_policy_table **table,
                                  const struct weir_policy_column **column,
                                  struct weir_error *error) {
    *table = weir_policy_find_table(policy, reference->schema.text, reference->table.text);
    if (*table == NULL)
        return fail_name(error, &reference->table, "the policy has no such table:");
    *column = weir_policy_find_column(*table, reference->column.text);
    if (*column == NULL)
        return fail_name(error, &reference->column, "the table has no column");
    return WEIR_OK;
}

static weir_status find_values(const struct weir_policy *policy,
                               const struct weir_policy_draft_column *draft,
                               struct weir_policy_column *column, struct weir_error *error) {
    const struct weir_policy_reference *reference = &draft->values_from;
    if (reference->table.text == NULL)
        return WEIR_OK;
    WEIR_TRY(
        find_reference(policy, reference, &column->values_table, &column->values_column, error));
    if (!column->values_table->is_public || !column->values_column->is_key)
        return fail_name(error, &reference->column,
                         "VALUES come from the KEY of a public table, unlike");
    if (column->values_column->type != column->type || column->values_column == column)
        return fail_name(error, &reference->column,
                         "VALUES come from another column of the same type, unlike");
    return WEIR_OK;
}

static weir_status find_via(const struct weir_policy *policy, const struct weir_policy_table *table,
                            const struct weir_policy_draft_column *draft,
                            struct weir_policy_column *column, struct weir_error *error) {
    const struct weir_policy_reference *reference = &draft->via;
    if (reference->table.text == NULL)
        return WEIR_OK;
    WEIR_TRY(find_reference(policy, reference, &column->via_table, &column->via_column, error));
    if (column->via_table == table || column->via_table->dataset != table->dataset)
        return fail_name(error, &reference->table,
                         "UNIT VIA leads to another table of the same dataset, unlike");
    if (column->via_column->type != column->type)
        return fail_name(error, &reference->column,
                         "UNIT VIA leads to a column of the same type, unlike");
    /* A row belongs to one unit: what its foreign key means may not depend on the row taken. */
    if (column->via_column->role != WEIR_COLUMN_UNIT_KEY && !column->via_column->is_key)
        return fail_name(error, &reference->column,
                         "UNIT VIA leads to a UNIT KEY or a KEY: write KEY after the type of the "
                         "column");
    return WEIR_OK;
}

/* The table that a table's UNIT VIA leads to, or NULL. */
static const struct weir_policy_table *next_table(const struct weir_policy_table *table) {
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].via_table != NULL)
            return table->columns[i].via_table;
    return NULL;
}

static weir_status refuse_circles(const struct weir_policy *policy,
                                  const struct weir_policy_draft *draft, struct weir_error *error) {
    const struct weir_policy_draft_table *item = draft->tables;
    for (size_t i = 0; i < policy->table_count; i++, item = item->next) {
        size_t steps = 0;
        const struct weir_policy_table *table = &policy->tables[i];
        while (table != NULL && steps++ < policy->table_count)
            table = next_table(table);
        if (table != NULL)
            return fail_name(error, &item->name, "UNIT VIA never leads to a unit from the table");
    }
    return WEIR_OK;
}

static weir_status resolve_columns(struct weir_policy *policy, struct weir_policy_draft *draft,
                                   struct weir_error *error) {
    const struct weir_policy_draft_table *item = draft->tables;
    for (size_t i = 0; i < policy->table_count; i++, item = item->next) {
        struct weir_policy_column *column = item->built;
        for (const struct weir_policy_draft_column *read = item->columns; read != NULL;
             read = read->next, column++) {
            WEIR_TRY(find_values(policy, read, column, error));
            WEIR_TRY(find_via(policy, &policy->tables[i], read, column, error));
        }
    }
    return refuse_circles(policy, draft, error);
}

static weir_status build(struct weir_arena *arena, struct weir_policy *policy,
                         struct weir_policy_draft *draft, struct weir_error *error) {
    WEIR_TRY(build_datasets(arena, policy, draft, error));
    WEIR_TRY(build_roles(arena, policy, draft, error));
    WEIR_TRY(build_purposes(arena, policy, draft, error));
    WEIR_TRY(build_tables(arena, policy, draft, error));
    WEIR_TRY(resolve_columns(policy, draft, error));
    return weir_policy_build_permits(arena, policy, draft, error);
}

struct weir_policy *weir_policy_build(struct weir_arena *arena, struct weir_policy_draft *draft,
                                      struct weir_error *error) {
    struct weir_policy *policy = WEIR_NEW(arena, struct weir_policy);
    if (policy == NULL)
        return NULL;
    *policy = draft->model;
    return build(arena, policy, draft, error).ok ? policy : NULL;
}
