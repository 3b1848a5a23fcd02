/* DuckDB with functions as tables, and the backend that runs the product's statements over them. */
#include "engine.h"

#include "engine_feed.h"
#include "engine_table.h"
#include "exec/duckdb_bound.h"
#include "exec/duckdb_engine.h"
#include "exec/duckdb_functions.h"
#include "exec/duckdb_release.h"
#include "exec/duckdb_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { STATEMENTS_MAX = 8, COLUMNS_MAX = 128, CELLS_MAX = 200000 };

struct prepared {
    char *sql;
    duckdb_prepared_statement statement;
};

struct engine {
    struct weir_duckdb duckdb; /* first: a backend's address is the engine's */
    duckdb_connection connection;
    bool is_as_product;
    struct table_source source;
    size_t statement_count;
    struct prepared statements[STATEMENTS_MAX];
    struct weir_rows fed;
    int scales[COLUMNS_MAX]; /* of what was read last */
    bool is_too_much;
    char said[600];
};

/* ---- statements ---- */

/* Joins of many rows may need more than a test has: that is no finding. */
static weir_status failed(struct engine *engine, duckdb_error_type type, const char *said,
                          struct weir_error *error) {
    snprintf(engine->said, sizeof engine->said, "%s", said == NULL ? "" : said);
    engine->is_too_much |= type == DUCKDB_ERROR_OUT_OF_MEMORY;
    return weir_duckdb_fail(type, error);
}

void engine_forget(struct engine *engine) {
    for (size_t i = 0; i < engine->statement_count; i++) {
        free(engine->statements[i].sql);
        duckdb_destroy_prepare(&engine->statements[i].statement);
    }
    engine->statement_count = 0;
}

/* The statement with each constant written where its number stands. The engine plans a statement
 * with numbers anew whenever it runs, which takes most of the time. */
static char *with_constants(const char *sql, const struct weir_value *constants, size_t count) {
    struct weir_buffer written = {0}, value = {0};
    const char *mark = "CAST($", *at = sql, *found;
    while ((found = strstr(at, mark)) != NULL) {
        char *end;
        found += strlen(mark) - 1;
        size_t number = (size_t)strtoul(found + 1, &end, 10);
        weir_check(number >= 1 && number <= count);
        weir_buffer_append(&written, at, (size_t)(found - at));
        weir_buffer_clear(&value);
        if (constants[number - 1].is_null)
            weir_buffer_text(&written, "NULL");
        else {
            weir_value_print(&constants[number - 1], &value);
            weir_duckdb_literal(&written, value.bytes == NULL ? "" : value.bytes);
        }
        at = end;
    }
    weir_buffer_text(&written, at);
    weir_check(!written.failed && !value.failed);
    weir_buffer_free(&value);
    return written.bytes;
}

static weir_status prepare(struct engine *engine, const char *sql,
                           const struct weir_value *constants, size_t count,
                           duckdb_prepared_statement *statement, struct weir_error *error) {
    char *written = engine->is_as_product ? NULL : with_constants(sql, constants, count);
    weir_status status = WEIR_OK;
    if (duckdb_prepare(engine->connection, written == NULL ? sql : written, statement) !=
        DuckDBSuccess)
        status = failed(engine, DUCKDB_ERROR_INVALID, duckdb_prepare_error(*statement), error);
    else if (written == NULL)
        status = weir_duckdb_bind(*statement, constants, count, error);
    free(written);
    return status;
}

static weir_status find_statement(struct engine *engine, const char *sql,
                                  const struct weir_value *constants, size_t constant_count,
                                  duckdb_prepared_statement *statement, struct weir_error *error) {
    for (size_t i = 0; i < engine->statement_count; i++)
        if (strcmp(engine->statements[i].sql, sql) == 0) {
            *statement = engine->statements[i].statement;
            return WEIR_OK;
        }
    if (engine->statement_count == STATEMENTS_MAX)
        engine_forget(engine);
    struct prepared *made = &engine->statements[engine->statement_count];
    weir_status status = prepare(engine, sql, constants, constant_count, &made->statement, error);
    if (!status.ok) {
        duckdb_destroy_prepare(&made->statement);
        return status;
    }
    made->sql = strdup(sql);
    weir_check(made->sql != NULL);
    engine->statement_count++;
    *statement = made->statement;
    return WEIR_OK;
}

static weir_status read_chunks(struct engine *engine, struct weir_arena *arena,
                               duckdb_result *result, struct weir_rows *rows,
                               struct weir_error *error) {
    struct weir_duckdb_column columns[COLUMNS_MAX];
    size_t width = duckdb_column_count(result), count = duckdb_row_count(result);
    weir_check(width <= WEIR_COUNT(columns));
    if (width * count > CELLS_MAX) {
        engine->is_too_much = true;
        return weir_fail(error, WEIR_ERROR_LIMIT, "more rows than a test needs");
    }
    enum weir_type *types = WEIR_NEW_ARRAY(arena, width, enum weir_type);
    struct weir_value *values = WEIR_NEW_ARRAY(arena, width * count, struct weir_value);
    weir_check(types != NULL && values != NULL);
    *rows = (struct weir_rows){.column_count = width, .types = types, .values = values};
    for (size_t i = 0; i < width; i++) {
        duckdb_logical_type type = duckdb_column_logical_type(result, i);
        weir_status status = weir_duckdb_describe(type, &columns[i], error);
        duckdb_destroy_logical_type(&type);
        WEIR_TRY(status);
        types[i] = columns[i].ours;
        engine->scales[i] = columns[i].scale;
    }
    duckdb_data_chunk chunk;
    while ((chunk = duckdb_fetch_chunk(*result)) != NULL) {
        size_t size = duckdb_data_chunk_get_size(chunk);
        weir_status status = WEIR_OK;
        for (size_t i = 0; i < width && status.ok; i++)
            status = weir_duckdb_read(arena, &columns[i], duckdb_data_chunk_get_vector(chunk, i),
                                      size, values + rows->row_count * width + i, width, error);
        duckdb_destroy_data_chunk(&chunk);
        WEIR_TRY(status);
        rows->row_count += size;
    }
    return WEIR_OK;
}

static weir_status query(struct weir_backend *backend, struct weir_arena *arena,
                         struct weir_cancel *cancel, const char *sql,
                         const struct weir_value *constants, size_t constant_count,
                         size_t row_limit, struct weir_rows *rows, struct weir_error *error) {
    struct engine *engine = (struct engine *)backend;
    duckdb_prepared_statement statement = NULL;
    duckdb_result result;
    (void)cancel;
    (void)row_limit;
    WEIR_TRY(find_statement(engine, sql, constants, constant_count, &statement, error));
    weir_status status = WEIR_OK;
    if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess)
        status =
            failed(engine, duckdb_result_error_type(&result), duckdb_result_error(&result), error);
    else
        status = read_chunks(engine, arena, &result, rows, error);
    duckdb_destroy_result(&result);
    return status;
}

static void run(struct engine *engine, const char *sql) {
    duckdb_result result;
    if (duckdb_query(engine->connection, sql, &result) != DuckDBSuccess) {
        fprintf(stderr, "%s\n%s\n", sql, duckdb_result_error(&result));
        abort();
    }
    duckdb_destroy_result(&result);
}

static weir_status query_released(struct weir_backend *backend, struct weir_arena *arena,
                                  struct weir_cancel *cancel, const struct weir_rows *released,
                                  const char *const *names, const char *sql,
                                  const struct weir_value *constants, size_t constant_count,
                                  size_t row_limit, struct weir_rows *rows,
                                  struct weir_error *error) {
    struct engine *engine = (struct engine *)backend;
    weir_status status = weir_duckdb_put_release(engine->connection, released, names, error);
    if (status.ok)
        status =
            query(backend, arena, cancel, sql, constants, constant_count, row_limit, rows, error);
    engine_forget(engine);
    run(engine, "DROP TABLE IF EXISTS temp.release");
    return status;
}

static weir_status bound(struct weir_backend *backend, struct weir_arena *arena,
                         struct weir_cancel *cancel, const char *sql,
                         const struct weir_value *constants, size_t constant_count,
                         struct weir_bounder *bounder, struct weir_error *error) {
    struct engine *engine = (struct engine *)backend;
    if (engine->is_as_product)
        return weir_duckdb_bound(backend, arena, cancel, sql, constants, constant_count, bounder,
                                 error);
    WEIR_TRY(query(backend, arena, cancel, sql, constants, constant_count, SIZE_MAX, &engine->fed,
                   error));
    return engine_feed(arena, &engine->fed, engine->scales, bounder, error);
}

/* ---- the whole ---- */

struct engine *engine_open(void) {
    static const struct weir_backend_operations operations = {
        .query = query, .query_released = query_released, .bound = bound};
    struct weir_backend_options options = {.threads = 1, .memory_megabytes = 128};
    struct weir_error error = {0};
    struct engine *engine = calloc(1, sizeof *engine);
    weir_check(engine != NULL);
    engine->duckdb.backend.operations = &operations;
    engine->duckdb.bounds = weir_duckdb_bounds_create();
    weir_check(engine->duckdb.bounds != NULL &&
               weir_duckdb_open_database(NULL, &options, &engine->duckdb.database, &error).ok &&
               duckdb_connect(engine->duckdb.database, &engine->connection) == DuckDBSuccess &&
               weir_duckdb_make_functions(engine->connection, &error).ok);
    engine_table_register(engine->connection, &engine->source);
    run(engine, "CREATE SCHEMA d; CREATE SCHEMA public");
    return engine;
}

void engine_close(struct engine *engine) {
    engine_forget(engine);
    duckdb_disconnect(&engine->connection);
    duckdb_close(&engine->duckdb.database);
    weir_duckdb_bounds_destroy(engine->duckdb.bounds);
    free(engine);
}

void engine_show(struct engine *engine, const struct world *world) {
    struct weir_buffer sql = {0};
    engine_forget(engine);
    engine->source = (struct table_source){.world = world};
    for (size_t i = 0; i < world->policy->table_count; i++)
        weir_buffer_printf(&sql,
                           "CREATE OR REPLACE VIEW %s.%s AS SELECT * FROM property_rows(%zu);",
                           world->policy->tables[i].schema, world->policy->tables[i].name, i);
    weir_check(!sql.failed);
    run(engine, sql.bytes);
    weir_buffer_free(&sql);
}

void engine_use(struct engine *engine, const struct database *database, int64_t without) {
    engine->source.database = database;
    engine->source.without = without;
    engine->is_too_much = false;
}

struct weir_backend *engine_backend(struct engine *engine) {
    return &engine->duckdb.backend;
}

const struct weir_rows *engine_fed(const struct engine *engine) {
    return &engine->fed;
}

void engine_run_as_product(struct engine *engine, bool is_as_product) {
    engine_forget(engine);
    engine->is_as_product = is_as_product;
}

bool engine_is_too_much(const struct engine *engine) {
    return engine->is_too_much;
}

const char *engine_said(const struct engine *engine) {
    return engine->said;
}
