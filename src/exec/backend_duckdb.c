/* The embedded engine as a backend: one shared database, one connection a statement. */
#include "exec/backend.h"

#include "exec/cancel.h"
#include "exec/duckdb_bound.h"
#include "exec/duckdb_engine.h"
#include "exec/duckdb_functions.h"
#include "exec/duckdb_release.h"
#include "exec/duckdb_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Rows as they stream in: one block a vector of the engine, joined at the end. */
struct block {
    struct block *next;
    size_t row_count;
    struct weir_value *values;
};

struct reading {
    struct weir_arena *arena;
    size_t column_count, row_count, row_limit;
    struct weir_duckdb_column *columns;
    struct block *first, **last;
};

static weir_status describe_columns(struct reading *reading, duckdb_result *result,
                                    struct weir_error *error) {
    reading->columns =
        WEIR_NEW_ARRAY(reading->arena, reading->column_count, struct weir_duckdb_column);
    if (reading->columns == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < reading->column_count; i++) {
        duckdb_logical_type type = duckdb_column_logical_type(result, i);
        weir_status status = weir_duckdb_describe(type, &reading->columns[i], error);
        duckdb_destroy_logical_type(&type);
        WEIR_TRY(status);
    }
    return WEIR_OK;
}

static weir_status read_chunk(struct reading *reading, duckdb_data_chunk chunk,
                              struct weir_error *error) {
    size_t count = duckdb_data_chunk_get_size(chunk);
    if (count > reading->row_limit - reading->row_count)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the result has more than %zu rows",
                         reading->row_limit);
    struct block *block = WEIR_NEW(reading->arena, struct block);
    struct weir_value *values =
        WEIR_NEW_ARRAY(reading->arena, count * reading->column_count, struct weir_value);
    if (block == NULL || values == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < reading->column_count; i++)
        WEIR_TRY(weir_duckdb_read(reading->arena, &reading->columns[i],
                                  duckdb_data_chunk_get_vector(chunk, i), count, values + i,
                                  reading->column_count, error));
    *block = (struct block){.row_count = count, .values = values};
    *reading->last = block;
    reading->last = &block->next;
    reading->row_count += count;
    return WEIR_OK;
}

static weir_status join_blocks(struct reading *reading, struct weir_rows *rows) {
    enum weir_type *types = WEIR_NEW_ARRAY(reading->arena, reading->column_count, enum weir_type);
    struct weir_value *values = NULL;
    if (reading->first != NULL && reading->first->next == NULL)
        values = reading->first->values;
    else
        values = WEIR_NEW_ARRAY(reading->arena, reading->row_count * reading->column_count,
                                struct weir_value);
    if (types == NULL || values == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < reading->column_count; i++)
        types[i] = reading->columns[i].ours;
    size_t done = 0;
    for (const struct block *block = reading->first; block != NULL; block = block->next) {
        size_t cells = block->row_count * reading->column_count;
        if (block->values != values)
            memcpy(values + done, block->values, cells * sizeof *values);
        done += cells;
    }
    *rows = (struct weir_rows){.column_count = reading->column_count,
                               .row_count = reading->row_count,
                               .types = types,
                               .values = values};
    return WEIR_OK;
}

/* A stream that ends early looks like one that is done: the error type tells them apart. */
static weir_status read_result(struct weir_arena *arena, duckdb_result *result, size_t row_limit,
                               struct weir_rows *rows, struct weir_error *error) {
    struct reading reading = {
        .arena = arena, .column_count = duckdb_column_count(result), .row_limit = row_limit};
    reading.last = &reading.first;
    WEIR_TRY(describe_columns(&reading, result, error));
    duckdb_data_chunk chunk;
    while ((chunk = duckdb_fetch_chunk(*result)) != NULL) {
        weir_status status = read_chunk(&reading, chunk, error);
        duckdb_destroy_data_chunk(&chunk);
        WEIR_TRY(status);
    }
    if (duckdb_result_error(result) != NULL)
        return weir_duckdb_fail(duckdb_result_error_type(result), error);
    return join_blocks(&reading, rows);
}

static void interrupt(void *connection) {
    duckdb_interrupt(connection);
}

static weir_status execute(struct weir_arena *arena, duckdb_pending_result pending,
                           duckdb_result *result, size_t row_limit, struct weir_rows *rows,
                           struct weir_error *error) {
    if (duckdb_execute_pending(pending, result) != DuckDBSuccess)
        return weir_duckdb_fail(duckdb_result_error_type(result), error);
    return read_result(arena, result, row_limit, rows, error);
}

/* The engine forgets interrupts when it plans a statement, so the plan comes before the cancel is
 * attached; and it runs a statement that is given up to its end, unless it is interrupted. */
static weir_status run_bound(duckdb_connection connection, struct weir_arena *arena,
                             struct weir_cancel *cancel, duckdb_prepared_statement statement,
                             size_t row_limit, struct weir_rows *rows, struct weir_error *error) {
    duckdb_pending_result pending = NULL;
    duckdb_result result;
    weir_status status = WEIR_FAILED;
    memset(&result, 0, sizeof result);
    if (duckdb_pending_prepared_streaming(statement, &pending) != DuckDBSuccess) {
        weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    } else if (!weir_cancel_attach(cancel, interrupt, connection)) {
        weir_duckdb_fail(DUCKDB_ERROR_INTERRUPT, error);
    } else {
        status = execute(arena, pending, &result, row_limit, rows, error);
        weir_cancel_detach(cancel);
    }
    if (!status.ok)
        duckdb_interrupt(connection);
    duckdb_destroy_result(&result);
    duckdb_destroy_pending(&pending);
    return status;
}

static weir_status run(duckdb_connection connection, struct weir_arena *arena,
                       struct weir_cancel *cancel, const char *sql,
                       const struct weir_value *constants, size_t constant_count, size_t row_limit,
                       struct weir_rows *rows, struct weir_error *error) {
    duckdb_prepared_statement statement = NULL;
    weir_status status = WEIR_FAILED;
    if (duckdb_prepare(connection, sql, &statement) != DuckDBSuccess ||
        duckdb_prepared_statement_type(statement) != DUCKDB_STATEMENT_TYPE_SELECT)
        weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    else
        status = weir_duckdb_bind(statement, constants, constant_count, error);
    if (status.ok)
        status = run_bound(connection, arena, cancel, statement, row_limit, rows, error);
    duckdb_destroy_prepare(&statement);
    return status;
}

static weir_status query_released(struct weir_backend *backend, struct weir_arena *arena,
                                  struct weir_cancel *cancel, const struct weir_rows *released,
                                  const char *const *names, const char *sql,
                                  const struct weir_value *constants, size_t constant_count,
                                  size_t row_limit, struct weir_rows *rows,
                                  struct weir_error *error) {
    struct weir_duckdb *engine = (struct weir_duckdb *)backend;
    duckdb_connection connection;
    if (duckdb_connect(engine->database, &connection) != DuckDBSuccess)
        return weir_duckdb_fail(DUCKDB_ERROR_CONNECTION, error);
    weir_status status = WEIR_OK;
    if (released != NULL)
        status = weir_duckdb_put_release(connection, released, names, error);
    if (status.ok)
        status =
            run(connection, arena, cancel, sql, constants, constant_count, row_limit, rows, error);
    duckdb_disconnect(&connection);
    return status;
}

static weir_status query(struct weir_backend *backend, struct weir_arena *arena,
                         struct weir_cancel *cancel, const char *sql,
                         const struct weir_value *constants, size_t constant_count,
                         size_t row_limit, struct weir_rows *rows, struct weir_error *error) {
    return query_released(backend, arena, cancel, NULL, NULL, sql, constants, constant_count,
                          row_limit, rows, error);
}

static void close_backend(struct weir_backend *backend) {
    struct weir_duckdb *engine = (struct weir_duckdb *)backend;
    duckdb_close(&engine->database);
    weir_duckdb_bounds_destroy(engine->bounds);
    weir_spill_close(&engine->spill);
    free(engine);
}

/* The files are attached under names that no policy can give a schema: they hold a space and start
 * with one. */
static weir_status attach(duckdb_connection connection, const struct weir_backend_table *table,
                          size_t number, struct weir_error *error) {
    struct weir_buffer sql = {.limit = 1 << 20};
    weir_buffer_text(&sql, "ATTACH ");
    weir_duckdb_literal(&sql, table->path);
    weir_buffer_printf(&sql, " AS \" table %zu\" (READ_ONLY); CREATE SCHEMA IF NOT EXISTS ",
                       number);
    weir_duckdb_identifier(&sql, table->schema);
    weir_buffer_text(&sql, "; CREATE VIEW memory.");
    weir_duckdb_identifier(&sql, table->schema);
    weir_buffer_byte(&sql, '.');
    weir_duckdb_identifier(&sql, table->name);
    weir_buffer_printf(&sql, " AS SELECT * FROM \" table %zu\".main.rows", number);
    weir_status status = sql.failed ? weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error)
                                    : weir_duckdb_run(connection, sql.bytes, error);
    weir_buffer_free(&sql);
    if (!status.ok) {
        weir_error_clear(error);
        return weir_fail(error, WEIR_ERROR_SYSTEM, "the data engine cannot open the table %s.%s",
                         table->schema, table->name);
    }
    return WEIR_OK;
}

static weir_status attach_and_lock(struct weir_duckdb *engine,
                                   const struct weir_backend_table *tables, size_t table_count,
                                   struct weir_error *error) {
    duckdb_connection connection;
    if (duckdb_connect(engine->database, &connection) != DuckDBSuccess)
        return weir_duckdb_fail(DUCKDB_ERROR_CONNECTION, error);
    weir_status status = weir_duckdb_make_functions(connection, error);
    for (size_t i = 0; i < table_count && status.ok; i++)
        status = attach(connection, &tables[i], i, error);
    if (status.ok)
        status = weir_duckdb_lock(connection, error);
    duckdb_disconnect(&connection);
    return status;
}

weir_status weir_duckdb_open(const struct weir_backend_table *tables, size_t table_count,
                             const struct weir_backend_options *options,
                             struct weir_backend **backend, struct weir_error *error) {
    static const struct weir_backend_operations operations = {.query = query,
                                                              .query_released = query_released,
                                                              .bound = weir_duckdb_bound,
                                                              .close = close_backend};
    struct weir_duckdb *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error);
    engine->backend.operations = &operations;
    engine->bounds = weir_duckdb_bounds_create();
    if (engine->bounds == NULL) {
        close_backend(&engine->backend);
        return weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error);
    }
    struct weir_backend_options own = *options;
    weir_status status = WEIR_OK;
    if (options->spill_folder != NULL) {
        status = weir_spill_open(options->spill_folder, &engine->spill, error);
        own.spill_folder = engine->spill.path;
    }
    if (status.ok)
        status = weir_duckdb_open_database(NULL, &own, &engine->database, error);
    if (status.ok)
        status = attach_and_lock(engine, tables, table_count, error);
    if (!status.ok) {
        close_backend(&engine->backend);
        return WEIR_FAILED;
    }
    *backend = &engine->backend;
    return WEIR_OK;
}
