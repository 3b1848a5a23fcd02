/* What only the whole table can tell: unique keys, values from public tables, keys that others rely
 * on. */
#include "store/load_private.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

struct check {
    struct weir_load *load;
    const struct weir_policy_table *table;
    struct weir_stage *stage;
    struct weir_buffer sql;
};

static weir_status ask(struct check *check, bool *found, int64_t *answer,
                       struct weir_error *error) {
    return weir_stage_ask(check->stage, &check->sql, found, answer, error);
}

/* The first line whose key an earlier line has, or a row that is stored already (on line 0). */
static weir_status check_unique(struct check *check, size_t column, struct weir_error *error) {
    bool found;
    int64_t duplicates = 0, line = 0, first = 0;
    weir_buffer_printf(
        &check->sql, "SELECT count(*) FROM (SELECT 1 FROM stage GROUP BY c%zu HAVING count(*) > 1)",
        column);
    WEIR_TRY(ask(check, &found, &duplicates, error));
    if (duplicates == 0)
        return WEIR_OK;
    weir_buffer_printf(
        &check->sql,
        "SELECT min(line) FROM (SELECT line, row_number() OVER (PARTITION BY c%zu ORDER BY line) "
        "AS n"
        " FROM stage WHERE c%zu IN (SELECT c%zu FROM stage GROUP BY c%zu HAVING count(*) > 1))"
        " WHERE n > 1",
        column, column, column, column);
    WEIR_TRY(ask(check, &found, &line, error));
    weir_buffer_printf(&check->sql,
                       "SELECT min(line) FROM stage WHERE c%zu ="
                       " (SELECT c%zu FROM stage WHERE line = %lld)",
                       column, column, (long long)line);
    WEIR_TRY(ask(check, &found, &first, error));
    char problem[64];
    if (first == 0)
        snprintf(problem, sizeof problem, "the same key as in a row that was loaded before");
    else
        snprintf(problem, sizeof problem, "the same key as on %s %lld",
                 weir_stage_place(check->stage), (long long)first);
    return weir_load_fail(error, weir_stage_place(check->stage), line,
                          check->table->columns[column].name, problem);
}

/* VALUES FROM: the first line whose value is not a key of the public table. */
static weir_status check_values_from(struct check *check, size_t column, struct weir_error *error) {
    const struct weir_policy_column *checked = &check->table->columns[column];
    const struct weir_policy_table *from = checked->values_table;
    const struct weir_table_version *version = weir_load_before(check->load, from);
    if (version == NULL) {
        weir_fail(error, WEIR_ERROR_INVALID,
                  "the values of column \"%.64s\" come from %.64s.%.64s, which is not loaded yet",
                  checked->name, from->schema, from->name);
        return weir_error_hint(error, "Load %.64s.%.64s first, then this table.", from->schema,
                               from->name);
    }
    WEIR_TRY(weir_load_attach(check->stage, version->path, "other", error));
    bool found = false;
    int64_t line = 0;
    weir_buffer_printf(&check->sql,
                       "SELECT min(line) FROM stage WHERE c%zu IS NOT NULL AND NOT EXISTS"
                       " (SELECT 1 FROM other.main.rows AS keys WHERE keys.",
                       column);
    weir_duckdb_identifier(&check->sql, checked->values_column->name);
    weir_buffer_printf(&check->sql, " = c%zu)", column);
    WEIR_TRY(ask(check, &found, &line, error));
    WEIR_TRY(weir_load_detach(check->stage, "other", error));
    if (!found)
        return WEIR_OK;
    char problem[256];
    snprintf(problem, sizeof problem, "not a %.64s of %.64s.%.64s", checked->values_column->name,
             from->schema, from->name);
    return weir_load_fail(error, weir_stage_place(check->stage), line, checked->name, problem);
}

/* A public table may not lose a key that a loaded table's column uses. */
static weir_status check_relied_on(struct check *check, const struct weir_policy_table *relying,
                                   const struct weir_policy_column *column,
                                   struct weir_error *error) {
    const struct weir_table_version *version = weir_load_before(check->load, relying);
    if (version == NULL)
        return WEIR_OK;
    size_t key = (size_t)(column->values_column - check->table->columns);
    size_t used = (size_t)(column - relying->columns);
    bool found;
    int64_t lost = 0;
    WEIR_TRY(weir_load_attach(check->stage, version->path, "other", error));
    weir_buffer_text(&check->sql, "SELECT count(*) FROM (SELECT 1 FROM (");
    weir_load_print_stored(&check->sql, relying, "other");
    weir_buffer_printf(&check->sql,
                       ") AS relying WHERE relying.c%zu IS NOT NULL AND NOT EXISTS"
                       " (SELECT 1 FROM stage WHERE c%zu = relying.c%zu) LIMIT 1)",
                       used, key, used);
    WEIR_TRY(ask(check, &found, &lost, error));
    WEIR_TRY(weir_load_detach(check->stage, "other", error));
    if (lost == 0)
        return WEIR_OK;
    weir_fail(error, WEIR_ERROR_INVALID,
              "the new %.64s.%.64s lacks a %.64s that %.64s.%.64s (column \"%.64s\") uses",
              check->table->schema, check->table->name, column->values_column->name,
              relying->schema, relying->name, column->name);
    return weir_error_hint(error, "Keep the keys in use, or load %.64s.%.64s without them first.",
                           relying->schema, relying->name);
}

static weir_status check_all_relying(struct check *check, struct weir_error *error) {
    const struct weir_policy *policy = check->load->store->policy;
    for (size_t i = 0; i < policy->table_count; i++)
        for (size_t k = 0; k < policy->tables[i].column_count; k++)
            if (policy->tables[i].columns[k].values_table == check->table &&
                &policy->tables[i] != check->table)
                WEIR_TRY(check_relied_on(check, &policy->tables[i], &policy->tables[i].columns[k],
                                         error));
    return WEIR_OK;
}

static weir_status check_all(struct check *check, struct weir_error *error) {
    for (size_t i = 0; i < check->table->column_count; i++) {
        const struct weir_policy_column *column = &check->table->columns[i];
        if (column->role == WEIR_COLUMN_UNIT_KEY || column->is_key)
            WEIR_TRY(check_unique(check, i, error));
        if (column->values_table != NULL)
            WEIR_TRY(check_values_from(check, i, error));
    }
    return check_all_relying(check, error);
}

weir_status weir_load_check(struct weir_load *load, struct weir_stage *stage,
                            struct weir_error *error) {
    struct check check = {
        .load = load, .table = load->table, .stage = stage, .sql = {.limit = 1 << 20}};
    weir_status status = check_all(&check, error);
    weir_buffer_free(&check.sql);
    return status;
}
