/* Any text as a question: it is refused cleanly, or it binds, plans and is written as SQL, twice
 * the same. Nothing here runs; a crash, a defect's message or an unsteady answer is a finding. */
#include "privacy/plan.h"
#include "sql/bind.h"
#include "sql/emit.h"
#include "sql/statement.h"

#include <string.h>

#include "base/banned.h"

enum { ARENA_BYTES = 64 << 20, PARAMETERS_MAX = WEIR_SQL_PARAMETER_LIMIT };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Every type and every kind of column, under the names of the example city. */
static const char policy_text[] =
    "POLICY \"fuzz\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2036-01-01;\n"
    "DATASET city UNIT resident BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;\n"
    "PUBLIC TABLE public.district (code TEXT KEY, label TEXT, area_km2 NUMERIC(8, 2),\n"
    "  people BIGINT, height DOUBLE PRECISION, founded DATE, seen TIMESTAMP, urban BOOLEAN);\n"
    "TABLE city.resident (resident_id BIGINT UNIT KEY, name TEXT IDENTIFYING,\n"
    "  birth_year INT NOT NULL RANGE 1900 .. 2036, sex TEXT NOT NULL VALUES ('F', 'M', 'X'),\n"
    "  district TEXT NOT NULL VALUES FROM public.district(code), born_in TEXT,\n"
    "  household_size INT RANGE 1 .. 12, moved_in_on DATE RANGE '1950-01-01' .. '2036-01-01',\n"
    "  wealth BIGINT RANGE -1000000 .. 1000000, income NUMERIC(12, 2) RANGE 0 .. 250000,\n"
    "  score DOUBLE PRECISION RANGE -1.5 .. 1e3, seen TIMESTAMP, active BOOLEAN)\n"
    "  RETAIN 10 YEARS FROM LOAD;\n"
    "TABLE city.housing (resident_id BIGINT UNIT KEY,\n"
    "  district TEXT NOT NULL VALUES FROM public.district(code),\n"
    "  tenure TEXT NOT NULL VALUES ('tenant', 'owner', 'social', 'other'), heating TEXT,\n"
    "  rooms INT RANGE 1 .. 12, floor_area INT RANGE 10 .. 400, rent NUMERIC(10, 2) RANGE 0 .. "
    "6000)\n"
    "  RETAIN 10 YEARS FROM LOAD;\n"
    "ROLE analyst;\n"
    "PURPOSE reports UNTIL 2036-01-01;\n"
    "PERMIT AGGREGATE ON city.resident (birth_year, sex, district, born_in, household_size,\n"
    "    moved_in_on, wealth, income, score, seen, active),\n"
    "  city.housing (district, tenure, heating, rooms, floor_area, rent)\n"
    "  FOR reports TO ROLE analyst\n"
    "  BUDGET EPSILON 3 DELTA 1e-9 PER YEAR QUERY EPSILON 0.25 MINIMUM 10 PEOPLE;\n";

static const struct weir_catalog *open_catalog(void) {
    static const struct weir_catalog *catalog;
    if (catalog != NULL)
        return catalog;
    static struct weir_arena *arena;
    struct weir_error error = {0};
    arena = weir_arena_create(1 << 20);
    const struct weir_policy *policy =
        weir_policy_parse(arena, policy_text, sizeof policy_text - 1, &error);
    weir_check(policy != NULL);
    weir_check(weir_catalog_open(arena, policy, "reports", "analyst",
                                 weir_days_from_civil(2026, 6, 1), &catalog, &error)
                   .ok);
    return catalog;
}

/* Stands for the public tables: three values of any type. */
static weir_status read_domain(void *state, struct weir_arena *arena,
                               const struct weir_policy_table *table,
                               const struct weir_policy_column *column, size_t limit,
                               const struct weir_value **values, size_t *count,
                               struct weir_error *error) {
    static const char *const texts[] = {"a", "b", "c"};
    (void)state;
    (void)error;
    weir_check(table->is_public && limit >= WEIR_COUNT(texts));
    struct weir_value *made = WEIR_NEW_ARRAY(arena, WEIR_COUNT(texts), struct weir_value);
    if (made == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < WEIR_COUNT(texts); i++) {
        made[i] = weir_value_integer(column->type, (int64_t)i + 1);
        if (column->type == WEIR_TYPE_BOOLEAN)
            made[i] = weir_value_boolean(i > 0);
        if (column->type == WEIR_TYPE_DOUBLE)
            made[i] = weir_value_double((double)i);
        if (column->type == WEIR_TYPE_NUMERIC)
            made[i] = weir_value_numeric((weir_int128)i, 2);
        if (column->type == WEIR_TYPE_TEXT || column->type == WEIR_TYPE_BLOB)
            made[i] = weir_value_text(texts[i], 1);
    }
    *values = made;
    *count = column->type == WEIR_TYPE_BOOLEAN ? 2 : WEIR_COUNT(texts);
    return WEIR_OK;
}

/* Whatever a text is refused for, its own defects are the cause, and a message says so. */
static void check_error(const struct weir_error *error, const char *text) {
    weir_check(error->class != WEIR_ERROR_INTERNAL && error->class != WEIR_ERROR_SYSTEM);
    if (error->class == WEIR_ERROR_NONE) /* the arena is exhausted */
        return;
    weir_check(error->message[0] != '\0' && strlen(error->sqlstate) == 5);
    weir_check(error->position >= 0 && (size_t)error->position <= strlen(text) + 1);
}

static void emit(struct weir_arena *arena, const struct weir_question *question,
                 const struct weir_release_plan *plan) {
    struct weir_emission emission = {.arena = arena};
    weir_emit_relation(&emission, question->root);
    if (plan != NULL)
        weir_emit_relation(&emission, plan->release->input);
    for (size_t i = 0; plan != NULL && i < plan->measure_count; i++)
        if (plan->measures[i].argument != NULL)
            weir_emit_expression(&emission, plan->measures[i].argument);
    bool failed = emission.failed;
    const char *sql = weir_emission_finish(&emission);
    weir_check(sql != NULL || failed || weir_arena_used(arena) > ARENA_BYTES / 2);
}

/* The plan, or NULL when it was refused or concerns public tables only. */
static const struct weir_release_plan *ask(struct weir_arena *arena,
                                           const struct weir_statements *statements,
                                           const struct weir_statement *statement) {
    const struct weir_domain_reader reader = {NULL, read_domain};
    struct weir_bound_parameter parameters[PARAMETERS_MAX] = {0};
    struct weir_question question = {0};
    struct weir_release_plan *plan = NULL;
    struct weir_error error = {0};
    weir_check(statement->parameter_count >= 0 && statement->parameter_count <= PARAMETERS_MAX);
    if (!weir_sql_bind(arena, open_catalog(), statements->text, statement->tree, parameters,
                       (size_t)statement->parameter_count, &question, &error)
             .ok ||
        !weir_privacy_plan(arena, open_catalog(), statements->text, 0.25, &reader, &question, &plan,
                           &error)
             .ok) {
        check_error(&error, statements->text);
        return NULL;
    }
    weir_check((plan == NULL) == (question.release == NULL));
    emit(arena, &question, plan);
    return plan;
}

static void check_steady(const struct weir_release_plan *first,
                         const struct weir_release_plan *second) {
    weir_check((first == NULL) == (second == NULL));
    if (first == NULL)
        return;
    weir_check(strcmp(first->canonical, second->canonical) == 0);
    weir_check(strcmp(first->shown, second->shown) == 0);
    weir_check(first->price.femto_rho == second->price.femto_rho &&
               first->price.selection_delta == second->price.selection_delta);
    weir_check((first->price.femto_rho > 0) == (first->measure_count > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct weir_arena *arena = weir_arena_create(ARENA_BYTES);
    struct weir_error error = {0};
    struct weir_statements statements;
    weir_check(arena != NULL);
    if (weir_sql_parse(arena, (const char *)bytes, len, &statements, &error).ok) {
        for (size_t i = 0; i < statements.count; i++) {
            const struct weir_statement *statement = &statements.items[i];
            if (statement->tree == NULL)
                continue;
            const struct weir_release_plan *plan = ask(arena, &statements, statement);
            /* An exhausted arena may end the second round earlier. */
            if (weir_arena_used(arena) < ARENA_BYTES / 4)
                check_steady(plan, ask(arena, &statements, statement));
        }
        weir_statements_release(&statements);
    } else {
        weir_check(error.class != WEIR_ERROR_INTERNAL);
    }
    weir_arena_destroy(arena);
    return 0;
}
