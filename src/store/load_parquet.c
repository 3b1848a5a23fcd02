/* Reading a Parquet file through the engine, its cells checked like those of any file. */
#include "store/load_private.h"

#include "exec/duckdb_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { CHUNK_ARENA_BYTES = 1 << 30 };

struct parquet {
    struct weir_load_rows *rows;
    const struct weir_load_progress *progress;
    size_t column_count;
    struct weir_duckdb_column *columns;
    int64_t row, row_count; /* rows read, rows of the file */
};

static weir_status not_readable(duckdb_error_type type, struct weir_error *error) {
    if (type == DUCKDB_ERROR_OUT_OF_MEMORY)
        return weir_duckdb_fail(type, error);
    return weir_fail(error, WEIR_ERROR_INVALID, "the file cannot be read as Parquet");
}

static weir_status name_columns(struct parquet *parquet, duckdb_result *result,
                                struct weir_error *error) {
    for (size_t i = 0; i < parquet->column_count; i++) {
        const char *name = duckdb_column_name(result, i);
        if (name == NULL)
            return not_readable(DUCKDB_ERROR_INVALID, error);
        WEIR_TRY(weir_load_rows_name(parquet->rows, i, name, strlen(name), error));
    }
    return weir_load_rows_named(parquet->rows, parquet->column_count, error);
}

static weir_status describe_columns(struct parquet *parquet, duckdb_result *result,
                                    struct weir_error *error) {
    parquet->columns = calloc(parquet->column_count, sizeof *parquet->columns);
    if (parquet->columns == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < parquet->column_count; i++) {
        struct weir_error unsupported = {0};
        duckdb_logical_type type = duckdb_column_logical_type(result, i);
        weir_status status = weir_duckdb_describe(type, &parquet->columns[i], &unsupported);
        duckdb_destroy_logical_type(&type);
        if (!status.ok)
            return weir_load_fail(error, "row", 1, duckdb_column_name(result, i),
                                  "of a type in the file that no column can have");
    }
    return WEIR_OK;
}

static weir_status take_rows(struct parquet *parquet, const struct weir_value *values, size_t count,
                             struct weir_error *error) {
    for (size_t row = 0; row < count; row++) {
        parquet->row++;
        for (size_t i = 0; i < parquet->column_count; i++)
            WEIR_TRY(weir_load_rows_typed(parquet->rows, parquet->row, i,
                                          &values[row * parquet->column_count + i], error));
        WEIR_TRY(weir_load_rows_end(parquet->rows, parquet->row, error));
    }
    return WEIR_OK;
}

static weir_status take_chunk(struct parquet *parquet, duckdb_data_chunk chunk,
                              struct weir_error *error) {
    size_t count = duckdb_data_chunk_get_size(chunk);
    struct weir_arena *arena = weir_arena_create(CHUNK_ARENA_BYTES);
    if (arena == NULL)
        return WEIR_FAILED;
    struct weir_value *values =
        WEIR_NEW_ARRAY(arena, count * parquet->column_count, struct weir_value);
    weir_status status = values == NULL ? WEIR_FAILED : WEIR_OK;
    for (size_t i = 0; i < parquet->column_count && status.ok; i++)
        status =
            weir_duckdb_read(arena, &parquet->columns[i], duckdb_data_chunk_get_vector(chunk, i),
                             count, values + i, parquet->column_count, error);
    if (status.ok)
        status = take_rows(parquet, values, count, error);
    weir_arena_destroy(arena);
    if (status.ok && parquet->progress != NULL && parquet->progress->report != NULL)
        parquet->progress->report(
            parquet->progress->state, parquet->row,
            parquet->row_count > 0 ? (double)parquet->row / (double)parquet->row_count : 1);
    return status;
}

static weir_status read_result(struct parquet *parquet, duckdb_result *result,
                               struct weir_error *error) {
    parquet->column_count = duckdb_column_count(result);
    WEIR_TRY(name_columns(parquet, result, error));
    WEIR_TRY(describe_columns(parquet, result, error));
    duckdb_data_chunk chunk;
    while ((chunk = duckdb_fetch_chunk(*result)) != NULL) {
        weir_status status = take_chunk(parquet, chunk, error);
        duckdb_destroy_data_chunk(&chunk);
        WEIR_TRY(status);
    }
    if (duckdb_result_error(result) != NULL)
        return not_readable(duckdb_result_error_type(result), error);
    if (parquet->row != parquet->row_count)
        return not_readable(DUCKDB_ERROR_INVALID, error);
    return WEIR_OK;
}

static weir_status count_rows(struct weir_stage *stage, int file, int64_t *count,
                              struct weir_error *error) {
    struct weir_buffer sql = {0};
    bool found;
    struct weir_error failure = {0};
    weir_buffer_printf(&sql, "SELECT count(*) FROM read_parquet('/proc/self/fd/%d')", file);
    weir_status status = weir_stage_ask(stage, &sql, &found, count, &failure);
    weir_buffer_free(&sql);
    if (!status.ok)
        return not_readable(failure.class == WEIR_ERROR_LIMIT ? DUCKDB_ERROR_OUT_OF_MEMORY
                                                              : DUCKDB_ERROR_INVALID,
                            error);
    return WEIR_OK;
}

/* The engine opens the file by its descriptor, so that it is the one the digest was taken of and
 * its path means nothing to the engine. */
weir_status weir_load_read_parquet(int file, struct weir_load_rows *rows,
                                   const struct weir_load_progress *progress,
                                   struct weir_stage *stage, struct weir_error *error) {
    struct parquet parquet = {.rows = rows, .progress = progress};
    char sql[128];
    duckdb_prepared_statement statement = NULL;
    duckdb_result result;
    WEIR_TRY(count_rows(stage, file, &parquet.row_count, error));
    snprintf(sql, sizeof sql,
             "SELECT * FROM read_parquet('/proc/self/fd/%d', hive_partitioning = false)", file);
    weir_status status;
    memset(&result, 0, sizeof result);
    if (duckdb_prepare(weir_stage_reader(stage), sql, &statement) != DuckDBSuccess)
        status = not_readable(DUCKDB_ERROR_INVALID, error);
    else if (duckdb_execute_prepared_streaming(statement, &result) != DuckDBSuccess)
        status = not_readable(duckdb_result_error_type(&result), error);
    else
        status = read_result(&parquet, &result, error);
    if (!status.ok)
        duckdb_interrupt(weir_stage_reader(stage)); /* else the engine would read on to the end */
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    free(parquet.columns);
    return status;
}
