/* Constants into DuckDB, result vectors out of it. */
#include "exec/duckdb_value.h"

#include "exec/duckdb_engine.h"

#include <string.h>

#include "base/banned.h"

duckdb_hugeint weir_duckdb_hugeint(weir_int128 integer) {
    return (duckdb_hugeint){.lower = (uint64_t)integer, .upper = (int64_t)(integer >> 64)};
}

static weir_int128 from_hugeint(duckdb_hugeint integer) {
    return (weir_int128)(((weir_uint128)(uint64_t)integer.upper << 64) | integer.lower);
}

/* The narrowest DECIMAL that holds the value: a wide one makes the engine's arithmetic slow and
 * overflow early. */
static duckdb_decimal narrow_decimal(const struct weir_value *value) {
    weir_int128 rest = value->as.numeric.digits;
    int width = 0;
    for (; rest != 0; rest /= 10)
        width++;
    if (width < value->as.numeric.scale)
        width = value->as.numeric.scale;
    return (duckdb_decimal){.width = (uint8_t)(width == 0 ? 1 : width),
                            .scale = (uint8_t)value->as.numeric.scale,
                            .value = weir_duckdb_hugeint(value->as.numeric.digits)};
}

static duckdb_state bind_numeric(duckdb_prepared_statement statement, idx_t place,
                                 const struct weir_value *value) {
    duckdb_decimal decimal = narrow_decimal(value);
    if (decimal.width > 38)
        return DuckDBError;
    return duckdb_bind_decimal(statement, place, decimal);
}

static duckdb_state bind_one(duckdb_prepared_statement statement, idx_t place,
                             const struct weir_value *value) {
    if (value->is_null)
        return duckdb_bind_null(statement, place);
    switch (value->type) {
    case WEIR_TYPE_BOOLEAN:
        return duckdb_bind_boolean(statement, place, value->as.boolean);
    case WEIR_TYPE_INTEGER:
        return duckdb_bind_int32(statement, place, (int32_t)value->as.integer);
    case WEIR_TYPE_BIGINT:
        return duckdb_bind_int64(statement, place, value->as.integer);
    case WEIR_TYPE_NUMERIC:
        return bind_numeric(statement, place, value);
    case WEIR_TYPE_DOUBLE:
        return duckdb_bind_double(statement, place, value->as.number);
    case WEIR_TYPE_TEXT:
        return duckdb_bind_varchar_length(statement, place, value->as.text.bytes,
                                          value->as.text.len);
    case WEIR_TYPE_DATE:
        return duckdb_bind_date(statement, place, (duckdb_date){(int32_t)value->as.integer});
    case WEIR_TYPE_TIMESTAMP:
        return duckdb_bind_timestamp(statement, place, (duckdb_timestamp){value->as.integer});
    case WEIR_TYPE_BLOB:
        return duckdb_bind_blob(statement, place, value->as.text.bytes, value->as.text.len);
    }
    return DuckDBError;
}

static bool is_32_bits(const struct weir_value *value) {
    bool narrow = value->type == WEIR_TYPE_INTEGER || value->type == WEIR_TYPE_DATE;
    return value->is_null || !narrow || (int32_t)value->as.integer == value->as.integer;
}

weir_status weir_duckdb_bind(duckdb_prepared_statement statement,
                             const struct weir_value *constants, size_t count,
                             struct weir_error *error) {
    if (duckdb_nparams(statement) != count)
        return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    for (size_t i = 0; i < count; i++)
        if (!is_32_bits(&constants[i]) ||
            bind_one(statement, i + 1, &constants[i]) != DuckDBSuccess)
            return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    return WEIR_OK;
}

static bool our_type(duckdb_type type, enum weir_type *ours) {
    static const struct {
        duckdb_type theirs;
        enum weir_type ours;
    } pairs[] = {
        {DUCKDB_TYPE_BOOLEAN, WEIR_TYPE_BOOLEAN},     {DUCKDB_TYPE_TINYINT, WEIR_TYPE_INTEGER},
        {DUCKDB_TYPE_SMALLINT, WEIR_TYPE_INTEGER},    {DUCKDB_TYPE_INTEGER, WEIR_TYPE_INTEGER},
        {DUCKDB_TYPE_BIGINT, WEIR_TYPE_BIGINT},       {DUCKDB_TYPE_UTINYINT, WEIR_TYPE_INTEGER},
        {DUCKDB_TYPE_USMALLINT, WEIR_TYPE_INTEGER},   {DUCKDB_TYPE_UINTEGER, WEIR_TYPE_BIGINT},
        {DUCKDB_TYPE_UBIGINT, WEIR_TYPE_NUMERIC},     {DUCKDB_TYPE_HUGEINT, WEIR_TYPE_NUMERIC},
        {DUCKDB_TYPE_FLOAT, WEIR_TYPE_DOUBLE},        {DUCKDB_TYPE_DOUBLE, WEIR_TYPE_DOUBLE},
        {DUCKDB_TYPE_DECIMAL, WEIR_TYPE_NUMERIC},     {DUCKDB_TYPE_VARCHAR, WEIR_TYPE_TEXT},
        {DUCKDB_TYPE_DATE, WEIR_TYPE_DATE},           {DUCKDB_TYPE_BLOB, WEIR_TYPE_BLOB},
        {DUCKDB_TYPE_TIMESTAMP, WEIR_TYPE_TIMESTAMP},
    };
    for (size_t i = 0; i < WEIR_COUNT(pairs); i++) {
        if (pairs[i].theirs == type) {
            *ours = pairs[i].ours;
            return true;
        }
    }
    return false;
}

weir_status weir_duckdb_describe(duckdb_logical_type type, struct weir_duckdb_column *column,
                                 struct weir_error *error) {
    *column = (struct weir_duckdb_column){.type = duckdb_get_type_id(type)};
    column->storage = column->type;
    if (!our_type(column->type, &column->ours))
        return weir_fail(error, WEIR_ERROR_INTERNAL,
                         "the data engine gave a type that is not ours");
    if (column->type == DUCKDB_TYPE_DECIMAL) {
        column->storage = duckdb_decimal_internal_type(type);
        column->width = duckdb_decimal_width(type);
        column->scale = duckdb_decimal_scale(type);
    }
    return WEIR_OK;
}

/* Any integer of the engine, by the type that stores it. False when the storage is not an integer.
 */
static bool read_integer(duckdb_type storage, const void *data, size_t row, weir_int128 *integer) {
    if (storage == DUCKDB_TYPE_TINYINT)
        *integer = (int64_t)((const int8_t *)data)[row];
    else if (storage == DUCKDB_TYPE_SMALLINT)
        *integer = ((const int16_t *)data)[row];
    else if (storage == DUCKDB_TYPE_INTEGER)
        *integer = ((const int32_t *)data)[row];
    else if (storage == DUCKDB_TYPE_BIGINT)
        *integer = ((const int64_t *)data)[row];
    else if (storage == DUCKDB_TYPE_UTINYINT)
        *integer = ((const uint8_t *)data)[row];
    else if (storage == DUCKDB_TYPE_USMALLINT)
        *integer = ((const uint16_t *)data)[row];
    else if (storage == DUCKDB_TYPE_UINTEGER)
        *integer = ((const uint32_t *)data)[row];
    else if (storage == DUCKDB_TYPE_UBIGINT)
        *integer = ((const uint64_t *)data)[row];
    else if (storage == DUCKDB_TYPE_HUGEINT)
        *integer = from_hugeint(((const duckdb_hugeint *)data)[row]);
    else
        return false;
    return true;
}

static weir_status read_text(struct weir_arena *arena, const void *data, size_t row,
                             struct weir_value *value) {
    duckdb_string_t text = ((const duckdb_string_t *)data)[row];
    size_t len = duckdb_string_t_length(text);
    value->as.text.len = len;
    value->as.text.bytes = weir_arena_copy(arena, duckdb_string_t_data(&text), len);
    return value->as.text.bytes == NULL ? WEIR_FAILED : WEIR_OK;
}

static weir_status read_one(struct weir_arena *arena, const struct weir_duckdb_column *column,
                            const void *data, size_t row, struct weir_value *value,
                            struct weir_error *error) {
    weir_int128 integer;
    switch (column->ours) {
    case WEIR_TYPE_BOOLEAN:
        value->as.boolean = ((const bool *)data)[row];
        return WEIR_OK;
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_BIGINT:
    case WEIR_TYPE_NUMERIC:
        if (!read_integer(column->storage, data, row, &integer))
            return weir_duckdb_fail(DUCKDB_ERROR_INTERNAL, error);
        if (column->ours == WEIR_TYPE_NUMERIC)
            *value = weir_value_numeric(integer, column->scale);
        else
            value->as.integer = (int64_t)integer;
        return WEIR_OK;
    case WEIR_TYPE_DOUBLE:
        value->as.number = column->type == DUCKDB_TYPE_FLOAT ? (double)((const float *)data)[row]
                                                             : ((const double *)data)[row];
        return WEIR_OK;
    case WEIR_TYPE_DATE:
        value->as.integer = ((const duckdb_date *)data)[row].days;
        return WEIR_OK;
    case WEIR_TYPE_TIMESTAMP:
        value->as.integer = ((const duckdb_timestamp *)data)[row].micros;
        return WEIR_OK;
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        return read_text(arena, data, row, value);
    }
    return WEIR_FAILED;
}

weir_status weir_duckdb_read(struct weir_arena *arena, const struct weir_duckdb_column *column,
                             duckdb_vector vector, size_t count, struct weir_value *values,
                             size_t stride, struct weir_error *error) {
    const void *data = duckdb_vector_get_data(vector);
    const uint64_t *validity = duckdb_vector_get_validity(vector);
    for (size_t row = 0; row < count; row++) {
        struct weir_value *value = &values[row * stride];
        *value = weir_value_null(column->ours);
        if (validity != NULL && (validity[row / 64] >> (row % 64) & 1) == 0)
            continue;
        value->is_null = false;
        WEIR_TRY(read_one(arena, column, data, row, value, error));
    }
    return WEIR_OK;
}

static bool rescale(const struct weir_value *value, int scale, weir_int128 *digits) {
    *digits = value->as.numeric.digits;
    for (int at = value->as.numeric.scale; at < scale; at++)
        if (__builtin_mul_overflow(*digits, (weir_int128)10, digits))
            return false;
    return value->as.numeric.scale <= scale;
}

static duckdb_state append_numeric(duckdb_appender appender, const struct weir_value *value,
                                   int scale) {
    struct weir_value scaled = weir_value_numeric(0, scale);
    if (!rescale(value, scale, &scaled.as.numeric.digits))
        return DuckDBError;
    duckdb_decimal decimal = narrow_decimal(&scaled);
    if (decimal.width > 38)
        return DuckDBError;
    decimal.width = 38;
    duckdb_value wrapped = duckdb_create_decimal(decimal);
    duckdb_state state = duckdb_append_value(appender, wrapped);
    duckdb_destroy_value(&wrapped);
    return state;
}

static duckdb_state append_one(duckdb_appender appender, const struct weir_value *value,
                               int scale) {
    if (value->is_null)
        return duckdb_append_null(appender);
    switch (value->type) {
    case WEIR_TYPE_BOOLEAN:
        return duckdb_append_bool(appender, value->as.boolean);
    case WEIR_TYPE_INTEGER:
        return duckdb_append_int32(appender, (int32_t)value->as.integer);
    case WEIR_TYPE_BIGINT:
        return duckdb_append_int64(appender, value->as.integer);
    case WEIR_TYPE_NUMERIC:
        return append_numeric(appender, value, scale);
    case WEIR_TYPE_DOUBLE:
        return duckdb_append_double(appender, value->as.number);
    case WEIR_TYPE_TEXT:
        return duckdb_append_varchar_length(appender, value->as.text.bytes, value->as.text.len);
    case WEIR_TYPE_DATE:
        return duckdb_append_date(appender, (duckdb_date){(int32_t)value->as.integer});
    case WEIR_TYPE_TIMESTAMP:
        return duckdb_append_timestamp(appender, (duckdb_timestamp){value->as.integer});
    case WEIR_TYPE_BLOB:
        return duckdb_append_blob(appender, value->as.text.bytes, value->as.text.len);
    }
    return DuckDBError;
}

weir_status weir_duckdb_append(duckdb_appender appender, const struct weir_value *value, int scale,
                               struct weir_error *error) {
    if (!is_32_bits(value) || append_one(appender, value, scale) != DuckDBSuccess)
        return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    return WEIR_OK;
}
