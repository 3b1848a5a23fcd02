/* Opening the shadow of a purpose, asking it, and printing what it says. */
#include "fixture.h"

#include "sql/statement.h"
#include "wire/shadow_types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { FIXTURE_MEMORY = 8 << 20, ANSWER_MEMORY = 32 << 20, SHOWN_ROWS = 12, TODAY = 20500 };

static void fail(const char *what, const struct weir_error *error) {
    fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

char *fixture_read_file(const char *path) {
    struct weir_error error = {.message = "cannot be read"};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail(path, &error);
    struct weir_buffer text = {0};
    char piece[4096];
    for (size_t len; (len = fread(piece, 1, sizeof piece, file)) > 0;)
        weir_buffer_append(&text, piece, len);
    weir_buffer_text(&text, "");
    bool failed = ferror(file) || text.failed;
    fclose(file);
    if (failed)
        fail(path, &error);
    return text.bytes;
}

void fixture_open(struct fixture *fixture, const char *policy_file) {
    struct weir_error error = {0};
    char *text = fixture_read_file(policy_file);
    fixture->arena = weir_arena_create(FIXTURE_MEMORY);
    struct weir_policy *policy = weir_policy_parse(fixture->arena, text, strlen(text), &error);
    free(text);
    if (policy == NULL)
        fail(policy_file, &error);
    const struct weir_policy_purpose *const *purposes = NULL;
    size_t count = 0;
    if (!weir_catalog_open(fixture->arena, policy, "income_statistics", "analyst", TODAY,
                           &fixture->catalog, &error)
             .ok ||
        !weir_catalog_purposes(fixture->arena, policy, "analyst", TODAY, &purposes, &count, &error)
             .ok ||
        !weir_introspect_open(fixture->catalog, purposes, count, "ada", &fixture->introspect,
                              &error)
             .ok)
        fail("income_statistics", &error);
}

void fixture_close(struct fixture *fixture) {
    weir_introspect_close(fixture->introspect);
    weir_arena_destroy(fixture->arena);
}

static void print_cell(const char *cell, struct weir_buffer *out) {
    for (const char *at = cell != NULL ? cell : "~"; *at != '\0'; at++)
        if (*at == '\n')
            weir_buffer_text(out, "\\n");
        else
            weir_buffer_byte(out, (unsigned char)*at);
}

static void print_result(const struct weir_introspect_result *result, struct weir_buffer *out) {
    weir_buffer_text(out, "-- >");
    for (size_t i = 0; i < result->column_count; i++) {
        const struct weir_shadow_type *type = weir_shadow_find_type(result->columns[i].type_oid);
        weir_buffer_printf(out, "%s%s %s", i == 0 ? " " : "|", result->columns[i].name,
                           type != NULL ? type->name : "?");
    }
    weir_buffer_text(out, "\n");
    for (size_t row = 0; row < result->row_count && row < SHOWN_ROWS; row++) {
        weir_buffer_text(out, "-- >");
        for (size_t i = 0; i < result->column_count; i++) {
            weir_buffer_text(out, i == 0 ? " " : "|");
            print_cell(result->cells[row * result->column_count + i], out);
        }
        weir_buffer_text(out, "\n");
    }
    if (result->row_count > SHOWN_ROWS)
        weir_buffer_printf(out, "-- > and %zu more\n", result->row_count - SHOWN_ROWS);
}

void fixture_ask(struct fixture *fixture, const char *sql, size_t len,
                 const char *const *parameters, size_t parameter_count,
                 struct weir_buffer *answer) {
    struct weir_arena *arena = weir_arena_create(ANSWER_MEMORY);
    struct weir_statements statements = {0};
    struct weir_introspect_result result = {0};
    struct weir_error error = {0};
    weir_status status = weir_sql_parse(arena, sql, len, &statements, &error);
    const struct weir_statement *statement = &statements.items[0];
    if (status.ok && (statements.count != 1 || statement->kind != WEIR_STATEMENT_SELECT ||
                      !statement->is_introspection))
        status = weir_fail_state(&error, WEIR_ERROR_INVALID, "XX000",
                                 "not a question for the system catalog");
    if (status.ok)
        status = weir_introspect_query(fixture->introspect, arena, statement, parameters,
                                       parameter_count, &result, &error);
    if (status.ok)
        print_result(&result, answer);
    else
        weir_buffer_printf(answer, "-- ! %s %s\n", error.sqlstate, error.message);
    weir_statements_release(&statements);
    weir_arena_destroy(arena);
}
