/* Released rows as a temporary table of one connection. */
#include "exec/duckdb_release.h"

#include "exec/duckdb_engine.h"
#include "exec/duckdb_value.h"

#include "base/banned.h"

static int widest_scale(const struct weir_rows *rows, size_t column) {
    int scale = 0;
    for (size_t row = 0; row < rows->row_count; row++) {
        const struct weir_value *value = &rows->values[row * rows->column_count + column];
        if (!value->is_null && value->as.numeric.scale > scale)
            scale = value->as.numeric.scale;
    }
    return scale;
}

static void print_type(struct weir_buffer *sql, enum weir_type type, int scale) {
    if (type == WEIR_TYPE_NUMERIC)
        weir_buffer_printf(sql, "DECIMAL(38, %d)", scale);
    else
        weir_buffer_text(sql, weir_type_name(type));
}

static weir_status make_table(duckdb_connection connection, const struct weir_rows *released,
                              const char *const *names, struct weir_error *error) {
    struct weir_buffer sql = {.limit = 1 << 20};
    weir_buffer_text(&sql, "CREATE TEMP TABLE release (");
    for (size_t i = 0; i < released->column_count; i++) {
        weir_buffer_text(&sql, i == 0 ? "" : ", ");
        weir_duckdb_identifier(&sql, names[i]);
        weir_buffer_byte(&sql, ' ');
        print_type(&sql, released->types[i],
                   released->types[i] == WEIR_TYPE_NUMERIC ? widest_scale(released, i) : 0);
    }
    weir_buffer_byte(&sql, ')');
    weir_status status = sql.failed ? weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error)
                                    : weir_duckdb_run(connection, sql.bytes, error);
    weir_buffer_free(&sql);
    return status;
}

static weir_status append_rows(duckdb_appender appender, const struct weir_rows *released,
                               const int *scales, struct weir_error *error) {
    for (size_t row = 0; row < released->row_count; row++) {
        for (size_t i = 0; i < released->column_count; i++) {
            const struct weir_value *value = &released->values[row * released->column_count + i];
            weir_check(value->type == released->types[i]);
            WEIR_TRY(weir_duckdb_append(appender, value, scales[i], error));
        }
        if (duckdb_appender_end_row(appender) != DuckDBSuccess)
            return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    }
    if (duckdb_appender_close(appender) != DuckDBSuccess)
        return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    return WEIR_OK;
}

enum { RELEASE_COLUMNS_MAX = 1664 };

weir_status weir_duckdb_put_release(duckdb_connection connection, const struct weir_rows *released,
                                    const char *const *names, struct weir_error *error) {
    int scales[RELEASE_COLUMNS_MAX];
    if (released->column_count == 0 || released->column_count > RELEASE_COLUMNS_MAX)
        return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    for (size_t i = 0; i < released->column_count; i++)
        scales[i] = released->types[i] == WEIR_TYPE_NUMERIC ? widest_scale(released, i) : 0;
    WEIR_TRY(make_table(connection, released, names, error));
    duckdb_appender appender;
    if (duckdb_appender_create_ext(connection, "temp", "main", "release", &appender) !=
        DuckDBSuccess) {
        duckdb_appender_destroy(&appender);
        return weir_duckdb_fail(DUCKDB_ERROR_INTERNAL, error);
    }
    weir_status status = append_rows(appender, released, scales, error);
    if (duckdb_appender_destroy(&appender) != DuckDBSuccess && status.ok)
        status = weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    return status;
}
