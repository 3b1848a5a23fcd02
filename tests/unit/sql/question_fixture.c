/* Text to plan, and plan to rows, without a store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "question_fixture.h"

#include "exec/duckdb_engine.h"
#include "sql/bind.h"
#include "sql/emit.h"
#include "sql/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

enum { TABLES_MAX = 8 };

const char clinic_policy[] =
    "POLICY \"clinic\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2036-01-01;\n"
    "DATASET clinic UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;\n"
    "PUBLIC TABLE public.district (code TEXT KEY, label TEXT, area NUMERIC(8, 2), urban BOOLEAN);\n"
    "PUBLIC TABLE public.ward (code TEXT KEY, floor INT, label TEXT);\n"
    "TABLE clinic.person (person_id BIGINT UNIT KEY, name TEXT IDENTIFYING,\n"
    "  sex TEXT NOT NULL VALUES ('F', 'M', 'X'), born INT NOT NULL RANGE 1900 .. 2036,\n"
    "  district TEXT NOT NULL VALUES FROM public.district(code), town TEXT, active BOOLEAN,\n"
    "  income NUMERIC(12, 2) RANGE 0 .. 250000, score DOUBLE PRECISION RANGE -1.5 .. 1e3,\n"
    "  seen TIMESTAMP, children INT VALUES (0, 1, 2, 3)) RETAIN 10 YEARS FROM LOAD;\n"
    "TABLE clinic.card (person_id INT UNIT KEY, colour TEXT NOT NULL VALUES ('blue', 'red'))\n"
    "  RETAIN 10 YEARS FROM LOAD;\n"
    "TABLE clinic.visit (visit_no BIGINT KEY, person_id BIGINT UNIT VIA clinic.person(person_id),\n"
    "  ward TEXT VALUES FROM public.ward(code), days INT NOT NULL RANGE 0 .. 60,\n"
    "  cost DOUBLE PRECISION RANGE 0 .. 1000, day DATE, town TEXT) RETAIN 10 YEARS FROM LOAD;\n"
    "TABLE clinic.bill (visit_no BIGINT UNIT VIA clinic.visit(visit_no), item TEXT,\n"
    "  amount NUMERIC(9, 2) RANGE 0 .. 50000) RETAIN 10 YEARS FROM LOAD;\n"
    "TABLE clinic.trip (person_id BIGINT UNIT VIA clinic.person(person_id), town TEXT,\n"
    "  days INT NOT NULL RANGE 0 .. 30, district TEXT NOT NULL VALUES FROM public.district(code))\n"
    "  RETAIN 10 YEARS FROM LOAD BOUND 9 ROWS;\n"
    "ROLE analyst;\n"
    "PURPOSE reports UNTIL 2036-01-01;\n"
    "PERMIT AGGREGATE ON clinic.person (sex, born, district, town, active, income, score, seen, "
    "children),\n"
    "  clinic.card (colour), clinic.visit (ward, days, cost, day, town), clinic.bill (item, "
    "amount),\n"
    "  clinic.trip (town, days, district)\n"
    "  FOR reports TO ROLE analyst\n"
    "  BUDGET EPSILON 3 DELTA 1e-9 PER YEAR QUERY EPSILON 0.25 MINIMUM 10 PEOPLE;\n";

static weir_status read_domain(void *state, struct weir_arena *arena,
                               const struct weir_policy_table *table,
                               const struct weir_policy_column *column, size_t limit,
                               const struct weir_value **values, size_t *count,
                               struct weir_error *error) {
    static const char *const texts[] = {"A", "B", "C"};
    (void)state;
    (void)error;
    weir_check(table->is_public && limit >= WEIR_COUNT(texts));
    struct weir_value *made = WEIR_NEW_ARRAY(arena, WEIR_COUNT(texts), struct weir_value);
    assert_non_null(made);
    for (size_t i = 0; i < WEIR_COUNT(texts); i++) {
        made[i] = weir_value_integer(column->type, (int64_t)i + 1);
        if (column->type == WEIR_TYPE_BOOLEAN)
            made[i] = weir_value_boolean(i > 0);
        if (column->type == WEIR_TYPE_NUMERIC)
            made[i] = weir_value_numeric((weir_int128)i, column->scale);
        if (column->type == WEIR_TYPE_TEXT)
            made[i] = weir_value_text(texts[i], 1);
    }
    *values = made;
    *count = column->type == WEIR_TYPE_BOOLEAN ? 2 : WEIR_COUNT(texts);
    return WEIR_OK;
}

void clinic_open(struct clinic *clinic) {
    struct weir_error error = {0};
    *clinic = (struct clinic){.arena = weir_arena_create(256 << 20), .reader = {NULL, read_domain}};
    assert_non_null(clinic->arena);
    const struct weir_policy *policy =
        weir_policy_parse(clinic->arena, clinic_policy, strlen(clinic_policy), &error);
    assert_string_equal(error.message, "");
    assert_non_null(policy);
    assert_true(weir_catalog_open(clinic->arena, policy, "reports", "analyst",
                                  weir_days_from_civil(2026, 6, 1), &clinic->catalog, &error)
                    .ok);
}

static void remove_folder(const char *folder) {
    char path[128];
    for (int i = 0; i < TABLES_MAX; i++) {
        snprintf(path, sizeof path, "%s/%d", folder, i);
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
}

void clinic_close(struct clinic *clinic) {
    if (clinic->backend != NULL) {
        clinic->backend->operations->close(clinic->backend);
        remove_folder(clinic->folder);
    }
    weir_arena_destroy(clinic->arena);
}

static void emit(struct clinic *clinic, struct asked *asked) {
    struct weir_emission emission = {.arena = clinic->arena};
    weir_emit_relation(&emission, asked->question.root);
    asked->constants = emission.constants;
    asked->constant_count = emission.constant_count;
    asked->sql = weir_emission_finish(&emission);
    assert_non_null(asked->sql);
}

struct asked clinic_ask_at(struct clinic *clinic, const char *text, double epsilon) {
    struct asked asked = {0};
    struct weir_statements statements;
    bool is_parsed =
        weir_sql_parse(clinic->arena, text, strlen(text), &statements, &asked.error).ok;
    if (!is_parsed)
        fail_msg("%s: %s", text, asked.error.message);
    assert_int_equal(statements.count, 1);
    assert_non_null(statements.items[0].tree);
    asked.ok = weir_sql_bind(clinic->arena, clinic->catalog, statements.text,
                             statements.items[0].tree, NULL, 0, &asked.question, &asked.error)
                   .ok &&
               weir_privacy_plan(clinic->arena, clinic->catalog, statements.text, epsilon,
                                 &clinic->reader, &asked.question, &asked.plan, &asked.error)
                   .ok;
    weir_statements_release(&statements);
    assert_int_equal(asked.ok, asked.error.message[0] == '\0');
    if (asked.ok)
        emit(clinic, &asked);
    return asked;
}

struct asked clinic_ask(struct clinic *clinic, const char *text) {
    return clinic_ask_at(clinic, text, 0.25);
}

struct weir_release_plan *clinic_plan(struct clinic *clinic, const char *text) {
    struct asked asked = clinic_ask(clinic, text);
    if (asked.plan == NULL)
        fail_msg("%s: %s %s", text, asked.error.message, asked.error.hint);
    return asked.plan;
}

static void make_file(const char *path, const char *select) {
    const struct weir_backend_options options = {.threads = 1, .memory_megabytes = 256};
    struct weir_error error = {0};
    duckdb_database database;
    duckdb_connection connection;
    char *sql = NULL;
    assert_true(asprintf(&sql, "CREATE TABLE rows AS %s", select) > 0);
    assert_true(weir_duckdb_open_database(path, &options, &database, &error).ok);
    assert_int_equal(duckdb_connect(database, &connection), DuckDBSuccess);
    if (!weir_duckdb_run(connection, sql, &error).ok)
        fail_msg("%s: %s", sql, error.message);
    free(sql);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
}

void clinic_fill(struct clinic *clinic, const struct clinic_table *tables, size_t count) {
    const struct weir_backend_options options = {.threads = 1, .memory_megabytes = 256};
    struct weir_backend_table files[TABLES_MAX];
    char paths[TABLES_MAX][128];
    struct weir_error error = {0};
    assert_true(count <= TABLES_MAX);
    snprintf(clinic->folder, sizeof clinic->folder, "/tmp/weir_clinic_XXXXXX");
    assert_non_null(mkdtemp(clinic->folder));
    for (size_t i = 0; i < count; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%zu", clinic->folder, i);
        make_file(paths[i], tables[i].select);
        files[i] = (struct weir_backend_table){tables[i].schema, tables[i].name, paths[i]};
    }
    assert_true(weir_duckdb_open(files, count, &options, &clinic->backend, &error).ok);
}

const char *clinic_run(struct clinic *clinic, const char *text) {
    struct asked asked = clinic_ask(clinic, text);
    struct weir_rows rows;
    struct weir_buffer out = {0};
    if (!asked.ok)
        fail_msg("%s: %s %s", text, asked.error.message, asked.error.hint);
    if (!clinic->backend->operations
             ->query(clinic->backend, clinic->arena, NULL, asked.sql, asked.constants,
                     asked.constant_count, 1000, &rows, &asked.error)
             .ok)
        fail_msg("%s\n%s: %s", text, asked.sql, asked.error.message);
    for (size_t i = 0; i < rows.row_count * rows.column_count; i++) {
        weir_buffer_text(&out, i == 0 ? "" : i % rows.column_count == 0 ? ";" : "|");
        if (rows.values[i].is_null)
            weir_buffer_text(&out, "-");
        else
            weir_value_print(&rows.values[i], &out);
    }
    weir_buffer_byte(&out, '\0');
    const char *shown = weir_arena_string(clinic->arena, (const char *)out.bytes);
    assert_non_null(shown);
    weir_buffer_free(&out);
    return shown;
}
