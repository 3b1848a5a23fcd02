/* One catalog query: translated, run in the shadow under its limits, and printed as PostgreSQL
 * prints values. */
#include "wire/introspect.h"

#include "wire/introspect_translate.h"
#include "wire/shadow_values.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { TRANSLATION_BYTES = 64 << 20, PARAMETER_BYTES = 64 * 1024 };

struct weir_introspect {
    const struct weir_catalog *catalog;
    const struct weir_policy_purpose *const *purposes;
    size_t purpose_count;
    char *user;
    struct weir_shadow *shadow; /* NULL until the first query */
};

weir_status weir_introspect_open(const struct weir_catalog *catalog,
                                 const struct weir_policy_purpose *const *purposes,
                                 size_t purpose_count, const char *user,
                                 struct weir_introspect **introspect, struct weir_error *error) {
    struct weir_introspect *made = calloc(1, sizeof *made);
    char *copy = strdup(user);
    *introspect = NULL;
    if (made == NULL || copy == NULL) {
        free(made);
        free(copy);
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200",
                               "memory ran out opening a session");
    }
    *made = (struct weir_introspect){
        .catalog = catalog, .purposes = purposes, .purpose_count = purpose_count, .user = copy};
    *introspect = made;
    return WEIR_OK;
}

void weir_introspect_close(struct weir_introspect *introspect) {
    if (introspect == NULL)
        return;
    weir_shadow_close(introspect->shadow);
    free(introspect->user);
    free(introspect);
}

/* Rows as they come, text cells in the arena. */
struct rows {
    struct weir_arena *arena;
    const struct weir_shadow *shadow;
    const struct weir_selection *selection;
    const char **cells;
    size_t row_count, capacity; /* in rows */
};

static weir_status reserve(struct rows *rows, struct weir_error *error) {
    if (rows->row_count >= WEIR_SHADOW_ROW_LIMIT)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "54000",
                               "a query of the system catalog may give %d rows",
                               WEIR_SHADOW_ROW_LIMIT);
    if (rows->row_count < rows->capacity)
        return WEIR_OK;
    size_t columns = rows->selection->column_count;
    size_t capacity = rows->capacity == 0 ? 16 : rows->capacity * 2;
    const char **cells = WEIR_NEW_ARRAY(rows->arena, capacity * columns, const char *);
    if (cells == NULL)
        return WEIR_FAILED;
    if (rows->row_count > 0)
        memcpy(cells, rows->cells, rows->row_count * columns * sizeof *cells);
    rows->cells = cells;
    rows->capacity = capacity;
    return WEIR_OK;
}

static weir_status read_cell(struct rows *rows, sqlite3_stmt *statement, size_t column,
                             struct weir_buffer *text, const char **cell) {
    *cell = NULL;
    if (sqlite3_column_type(statement, (int)column) == SQLITE_NULL)
        return WEIR_OK;
    const char *value = (const char *)sqlite3_column_text(statement, (int)column);
    weir_buffer_clear(text);
    if (value != NULL)
        weir_shadow_print(rows->shadow, rows->selection->columns[column].type_oid, value, text);
    if (value == NULL || text->failed)
        return WEIR_FAILED;
    *cell = weir_arena_copy(rows->arena, text->len > 0 ? text->bytes : "", text->len);
    return *cell != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status read_row(struct rows *rows, sqlite3_stmt *statement, struct weir_error *error) {
    struct weir_buffer text = {0};
    weir_status status = reserve(rows, error);
    size_t columns = rows->selection->column_count;
    for (size_t i = 0; i < columns && status.ok; i++)
        status = read_cell(rows, statement, i, &text, &rows->cells[rows->row_count * columns + i]);
    rows->row_count++;
    weir_buffer_free(&text);
    return status;
}

static weir_status run(struct weir_shadow *shadow, sqlite3_stmt *statement, struct rows *rows,
                       struct weir_error *error) {
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        WEIR_TRY(read_row(rows, statement, error));
    return code == SQLITE_DONE ? WEIR_OK : weir_shadow_fail(shadow, error, "query");
}

static weir_status bind(struct weir_shadow *shadow, sqlite3_stmt *statement,
                        const char *const *parameters, size_t parameter_count,
                        struct weir_error *error) {
    size_t used = (size_t)sqlite3_bind_parameter_count(statement);
    for (size_t i = 0; i < used && i < parameter_count; i++) {
        if (parameters[i] == NULL)
            continue;
        if (strlen(parameters[i]) > PARAMETER_BYTES)
            return weir_fail_state(error, WEIR_ERROR_LIMIT, "54000",
                                   "a parameter of a catalog query is too long");
        if (sqlite3_bind_text(statement, (int)i + 1, parameters[i], -1, SQLITE_TRANSIENT) !=
            SQLITE_OK)
            return weir_shadow_fail(shadow, error, "query");
    }
    return WEIR_OK;
}

static weir_status execute(struct weir_shadow *shadow, const struct weir_selection *selection,
                           const char *const *parameters, size_t parameter_count, struct rows *rows,
                           struct weir_error *error) {
    sqlite3_stmt *statement = NULL;
    weir_status status = WEIR_OK;
    if (sqlite3_prepare_v2(shadow->database, selection->sql, -1, &statement, NULL) != SQLITE_OK)
        status = weir_shadow_fail(shadow, error, "query");
    if (status.ok)
        status = bind(shadow, statement, parameters, parameter_count, error);
    if (status.ok)
        status = run(shadow, statement, rows, error);
    sqlite3_finalize(statement);
    return status;
}

/* The names of columns come from the parse tree, which the result outlives. */
static weir_status copy_columns(struct weir_arena *arena, const struct weir_selection *selection,
                                struct weir_introspect_result *result) {
    struct weir_introspect_column *columns =
        WEIR_NEW_ARRAY(arena, selection->column_count, struct weir_introspect_column);
    if (columns == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < selection->column_count; i++) {
        columns[i] = selection->columns[i];
        columns[i].name = weir_arena_string(arena, selection->columns[i].name);
        if (columns[i].name == NULL)
            return WEIR_FAILED;
    }
    result->columns = columns;
    result->column_count = selection->column_count;
    return WEIR_OK;
}

static weir_status answer(struct weir_introspect *introspect, struct weir_arena *arena,
                          struct weir_arena *scratch, const json_t *tree,
                          const char *const *parameters, size_t parameter_count,
                          struct weir_introspect_result *result, struct weir_error *error) {
    struct weir_shadow *shadow = introspect->shadow;
    struct weir_selection selection = {0};
    WEIR_TRY(weir_introspect_translate(shadow, scratch, tree, parameter_count, &selection, error));
    struct rows rows = {.arena = arena, .shadow = shadow, .selection = &selection};
    WEIR_TRY(copy_columns(arena, &selection, result));
    WEIR_TRY(execute(shadow, &selection, parameters, parameter_count, &rows, error));
    result->row_count = rows.row_count;
    result->cells = rows.cells;
    return WEIR_OK;
}

weir_status weir_introspect_query(struct weir_introspect *introspect, struct weir_arena *arena,
                                  const struct weir_statement *statement,
                                  const char *const *parameters, size_t parameter_count,
                                  struct weir_introspect_result *result, struct weir_error *error) {
    *result = (struct weir_introspect_result){0};
    if (introspect->shadow == NULL)
        WEIR_TRY(weir_shadow_open(introspect->catalog, introspect->purposes,
                                  introspect->purpose_count, introspect->user, &introspect->shadow,
                                  error));
    struct weir_arena *scratch = weir_arena_create(TRANSLATION_BYTES);
    weir_shadow_begin(introspect->shadow, error);
    weir_status status = scratch == NULL || statement->tree == NULL
                             ? WEIR_FAILED
                             : answer(introspect, arena, scratch, statement->tree, parameters,
                                      parameter_count, result, error);
    introspect->shadow->error = NULL;
    weir_arena_destroy(scratch);
    if (!status.ok)
        weir_error_settle(error);
    return status;
}
