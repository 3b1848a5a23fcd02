/* The rows of a load on their way, written to the engine a vector at a time. */
#include "store/stage.h"

#include "exec/duckdb_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    STAGE_MEMORY_MEGABYTES = 1024,
    STAGE_TEXT_BYTES = 32 << 20 /* of text held before a vector is handed over half full */
};

struct weir_stage {
    const struct weir_policy_table *table;
    const char *place;
    duckdb_database database;
    duckdb_connection connection, reader;
    duckdb_appender appender;
    duckdb_data_chunk chunk;
    void **data;         /* of the vectors, the line's last */
    uint64_t **validity; /* likewise */
    size_t row, text_bytes;
};

static weir_status put(void *state, size_t column, const struct weir_value *value,
                       struct weir_error *error);
static weir_status end_row(void *state, int64_t line, struct weir_error *error);

static void print_type(struct weir_buffer *sql, const struct weir_policy_column *column) {
    if (column->type == WEIR_TYPE_NUMERIC)
        weir_buffer_printf(sql, "DECIMAL(%d, %d)", column->precision, column->scale);
    else
        weir_buffer_text(sql, weir_type_name(column->type));
}

weir_status weir_stage_run(struct weir_stage *stage, struct weir_buffer *sql, const char *what,
                           struct weir_error *error) {
    weir_status status = sql->failed ? weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error)
                                     : weir_duckdb_run(stage->connection, sql->bytes, error);
    weir_buffer_clear(sql);
    if (!status.ok && error->class == WEIR_ERROR_INTERNAL) {
        weir_error_clear(error);
        weir_fail(error, WEIR_ERROR_SYSTEM, "the data engine could not %s", what);
        weir_error_hint(error, "Is the disk full, or the store's folder not writable?");
    }
    return status;
}

static weir_status ask(struct weir_stage *stage, const char *sql, bool *found, int64_t *answer,
                       struct weir_error *error) {
    duckdb_result result;
    if (duckdb_query(stage->connection, sql, &result) != DuckDBSuccess) {
        weir_duckdb_fail(duckdb_result_error_type(&result), error);
        duckdb_destroy_result(&result);
        return WEIR_FAILED;
    }
    weir_status status = WEIR_OK;
    struct weir_duckdb_column column = {
        .type = DUCKDB_TYPE_BIGINT, .storage = DUCKDB_TYPE_BIGINT, .ours = WEIR_TYPE_BIGINT};
    struct weir_value value;
    duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
    *found = false;
    if (chunk != NULL && duckdb_data_chunk_get_size(chunk) == 1 &&
        duckdb_column_type(&result, 0) == DUCKDB_TYPE_BIGINT) {
        status = weir_duckdb_read(NULL, &column, duckdb_data_chunk_get_vector(chunk, 0), 1, &value,
                                  1, error);
        *found = !value.is_null;
        *answer = value.as.integer;
    } else {
        status = weir_duckdb_fail(DUCKDB_ERROR_INTERNAL, error);
    }
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    return status;
}

weir_status weir_stage_ask(struct weir_stage *stage, struct weir_buffer *sql, bool *found,
                           int64_t *answer, struct weir_error *error) {
    weir_status status = sql->failed ? weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error)
                                     : ask(stage, sql->bytes, found, answer, error);
    weir_buffer_clear(sql);
    return status;
}

static weir_status make_table(struct weir_stage *stage, struct weir_error *error) {
    struct weir_buffer sql = {.limit = 1 << 20};
    weir_buffer_text(&sql, "CREATE TABLE stage (");
    for (size_t i = 0; i < stage->table->column_count; i++) {
        weir_buffer_printf(&sql, "c%zu ", i);
        print_type(&sql, &stage->table->columns[i]);
        weir_buffer_text(&sql, ", ");
    }
    weir_buffer_text(&sql, "line BIGINT)");
    weir_status status = weir_stage_run(stage, &sql, "start the load", error);
    weir_buffer_free(&sql);
    return status;
}

/* The chunk's columns are those of the appender. */
static weir_status make_chunk(struct weir_stage *stage, struct weir_error *error) {
    size_t count = stage->table->column_count + 1;
    duckdb_logical_type *types = calloc(count, sizeof(duckdb_logical_type));
    stage->data = calloc(count, sizeof *stage->data);
    stage->validity = calloc(count, sizeof *stage->validity);
    if (types == NULL || stage->data == NULL || stage->validity == NULL) {
        free(types);
        return weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error);
    }
    for (size_t i = 0; i < count; i++)
        types[i] = duckdb_appender_column_type(stage->appender, i);
    stage->chunk = duckdb_create_data_chunk(types, count);
    for (size_t i = 0; i < count; i++)
        duckdb_destroy_logical_type(&types[i]);
    free(types);
    return stage->chunk == NULL ? weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error) : WEIR_OK;
}

static void begin_chunk(struct weir_stage *stage) {
    duckdb_data_chunk_reset(stage->chunk);
    stage->row = 0;
    stage->text_bytes = 0;
    for (size_t i = 0; i <= stage->table->column_count; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(stage->chunk, i);
        duckdb_vector_ensure_validity_writable(vector);
        stage->data[i] = duckdb_vector_get_data(vector);
        stage->validity[i] = duckdb_vector_get_validity(vector);
    }
}

static weir_status append_failed(struct weir_stage *stage, struct weir_error *error) {
    duckdb_error_data failure = duckdb_appender_error_data(stage->appender);
    duckdb_error_type type = duckdb_error_data_error_type(failure);
    duckdb_destroy_error_data(&failure);
    return weir_duckdb_fail(type, error);
}

static weir_status end_chunk(struct weir_stage *stage, struct weir_error *error) {
    duckdb_data_chunk_set_size(stage->chunk, stage->row);
    if (stage->row > 0 && duckdb_append_data_chunk(stage->appender, stage->chunk) != DuckDBSuccess)
        return append_failed(stage, error);
    if (stage->text_bytes >= STAGE_TEXT_BYTES &&
        duckdb_appender_flush(stage->appender) != DuckDBSuccess)
        return append_failed(stage, error);
    begin_chunk(stage);
    return WEIR_OK;
}

static weir_status fill_stage(struct weir_stage *stage, const char *spill_folder,
                              struct weir_error *error) {
    struct weir_backend_options options = {.memory_megabytes = STAGE_MEMORY_MEGABYTES,
                                           .spill_folder = spill_folder};
    WEIR_TRY(weir_duckdb_open_database(NULL, &options, &stage->database, error));
    if (duckdb_connect(stage->database, &stage->connection) != DuckDBSuccess ||
        duckdb_connect(stage->database, &stage->reader) != DuckDBSuccess)
        return weir_duckdb_fail(DUCKDB_ERROR_CONNECTION, error);
    /* Typed files are read in their order, so that a row's number is its place. */
    WEIR_TRY(
        weir_duckdb_run(stage->connection, "SET GLOBAL preserve_insertion_order = true", error));
    WEIR_TRY(make_table(stage, error));
    if (duckdb_appender_create(stage->connection, NULL, "stage", &stage->appender) != DuckDBSuccess)
        return append_failed(stage, error);
    WEIR_TRY(make_chunk(stage, error));
    begin_chunk(stage);
    return WEIR_OK;
}

weir_status weir_stage_create(const struct weir_policy_table *table, const char *place,
                              const char *spill_folder, struct weir_stage **stage,
                              struct weir_error *error) {
    struct weir_stage *made = calloc(1, sizeof *made);
    if (made == NULL)
        return weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error);
    made->table = table;
    made->place = place;
    if (!fill_stage(made, spill_folder, error).ok) {
        weir_stage_destroy(made);
        return WEIR_FAILED;
    }
    *stage = made;
    return WEIR_OK;
}

void weir_stage_destroy(struct weir_stage *stage) {
    if (stage == NULL)
        return;
    duckdb_destroy_data_chunk(&stage->chunk);
    if (stage->appender != NULL)
        duckdb_appender_destroy(&stage->appender); /* what is given up here was never kept */
    duckdb_disconnect(&stage->reader);
    duckdb_disconnect(&stage->connection);
    duckdb_close(&stage->database);
    free(stage->data);
    free(stage->validity);
    free(stage);
}

struct weir_load_sink weir_stage_sink(struct weir_stage *stage) {
    return (struct weir_load_sink){.state = stage, .put = put, .end_row = end_row};
}

const char *weir_stage_place(const struct weir_stage *stage) {
    return stage->place;
}

duckdb_connection weir_stage_reader(struct weir_stage *stage) {
    return stage->reader;
}

weir_status weir_stage_finish(struct weir_stage *stage, struct weir_error *error) {
    WEIR_TRY(end_chunk(stage, error));
    if (duckdb_appender_close(stage->appender) != DuckDBSuccess)
        return append_failed(stage, error);
    return WEIR_OK;
}

/* A DECIMAL is an integer as wide as its precision asks for. */
static void put_numeric(const struct weir_policy_column *column, void *data, size_t row,
                        weir_int128 digits) {
    if (column->precision <= 4)
        ((int16_t *)data)[row] = (int16_t)digits;
    else if (column->precision <= 9)
        ((int32_t *)data)[row] = (int32_t)digits;
    else if (column->precision <= 18)
        ((int64_t *)data)[row] = (int64_t)digits;
    else
        ((duckdb_hugeint *)data)[row] = weir_duckdb_hugeint(digits);
}

static void put_text(struct weir_stage *stage, size_t column, const struct weir_value *value) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(stage->chunk, column);
    duckdb_vector_assign_string_element_len(vector, stage->row, value->as.text.bytes,
                                            value->as.text.len);
    stage->text_bytes += value->as.text.len;
}

static weir_status put(void *state, size_t column, const struct weir_value *value,
                       struct weir_error *error) {
    struct weir_stage *stage = state;
    void *data = stage->data[column];
    (void)error; /* the chunk takes anything; handing it over may fail */
    if (value->is_null) {
        duckdb_validity_set_row_invalid(stage->validity[column], stage->row);
        return WEIR_OK;
    }
    switch (value->type) {
    case WEIR_TYPE_BOOLEAN:
        ((bool *)data)[stage->row] = value->as.boolean;
        return WEIR_OK;
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_DATE:
        ((int32_t *)data)[stage->row] = (int32_t)value->as.integer;
        return WEIR_OK;
    case WEIR_TYPE_BIGINT:
    case WEIR_TYPE_TIMESTAMP:
        ((int64_t *)data)[stage->row] = value->as.integer;
        return WEIR_OK;
    case WEIR_TYPE_NUMERIC:
        put_numeric(&stage->table->columns[column], data, stage->row, value->as.numeric.digits);
        return WEIR_OK;
    case WEIR_TYPE_DOUBLE:
        ((double *)data)[stage->row] = value->as.number;
        return WEIR_OK;
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        put_text(stage, column, value);
        return WEIR_OK;
    }
    return WEIR_FAILED;
}

static weir_status end_row(void *state, int64_t line, struct weir_error *error) {
    struct weir_stage *stage = state;
    ((int64_t *)stage->data[stage->table->column_count])[stage->row] = line;
    stage->row++;
    if (stage->row == duckdb_vector_size() || stage->text_bytes >= STAGE_TEXT_BYTES)
        return end_chunk(stage, error);
    return WEIR_OK;
}
