/* Catalog queries from hostile text: parsed, translated to SQLite and run in a shadow that is made
 * once. An answer has whole rows; a failure says what is wrong. */
#include "sql/statement.h"
#include "wire/introspect.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CATALOG_MEMORY = 1 << 20, ANSWER_MEMORY = 16 << 20, TODAY = 20500 };

static const char policy_text[] =
    "POLICY \"p\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2036-01-01;"
    "DATASET census UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;"
    "TABLE census.person (id BIGINT UNIT KEY, age INT RANGE 17 .. 90, surname TEXT IDENTIFYING)"
    " RETAIN 10 YEARS FROM LOAD;"
    "PUBLIC TABLE public.district (code TEXT KEY, label TEXT);"
    "ROLE analyst IS \"a\";"
    "PURPOSE plan IS dpv:ProvideOfficialStatistics LEGAL BASIS \"b\" BECAUSE \"c\" UNTIL "
    "2036-01-01;"
    "PERMIT AGGREGATE ON census.person (age) FOR plan TO ROLE analyst"
    " BUDGET EPSILON 3 DELTA 1e-9 QUERY EPSILON 0.1 MINIMUM 10 PEOPLE;";

static struct weir_introspect *open_shadow(void) {
    static struct weir_arena *arena; /* of the catalog: as long as the process */
    const struct weir_policy_purpose *const *purposes = NULL;
    const struct weir_catalog *catalog = NULL;
    struct weir_introspect *shadow = NULL;
    struct weir_error error = {0};
    size_t count = 0;
    arena = weir_arena_create(CATALOG_MEMORY);
    struct weir_policy *policy =
        weir_policy_parse(arena, policy_text, sizeof policy_text - 1, &error);
    weir_check(policy != NULL);
    weir_check(weir_catalog_open(arena, policy, "plan", "analyst", TODAY, &catalog, &error).ok);
    weir_check(
        weir_catalog_purposes(arena, policy, "analyst", TODAY, &purposes, &count, &error).ok);
    weir_check(weir_introspect_open(catalog, purposes, count, "ada", &shadow, &error).ok);
    return shadow;
}

static void ask(struct weir_introspect *shadow, struct weir_arena *arena,
                const struct weir_statement *statement) {
    const char *parameters[WEIR_SQL_PARAMETER_LIMIT] = {"16388", "person", NULL, "{1,2}"};
    struct weir_introspect_result result = {0};
    struct weir_error error = {0};
    if (statement->kind != WEIR_STATEMENT_SELECT || !statement->is_introspection)
        return;
    weir_status status = weir_introspect_query(shadow, arena, statement, parameters,
                                               (size_t)statement->parameter_count, &result, &error);
    weir_check(status.ok != weir_error_is_set(&error));
    for (size_t i = 0; status.ok && i < result.row_count * result.column_count; i++)
        weir_check(result.cells[i] == NULL || strlen(result.cells[i]) < ANSWER_MEMORY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct weir_introspect *shadow;
    struct weir_arena *arena = weir_arena_create(ANSWER_MEMORY);
    struct weir_statements statements = {0};
    struct weir_error error = {0};
    if (shadow == NULL)
        shadow = open_shadow();
    if (weir_sql_parse(arena, (const char *)data, size, &statements, &error).ok)
        for (size_t i = 0; i < statements.count; i++)
            ask(shadow, arena, &statements.items[i]);
    weir_statements_release(&statements);
    weir_arena_destroy(arena);
    return 0;
}
