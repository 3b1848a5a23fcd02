/* A table function over rows in memory, with the types that the store gives (store/stage.c). */
#include "engine_table.h"

#include "exec/duckdb_value.h"

#include <stdlib.h>

#include "base/banned.h"

struct scanning {
    size_t next;
};

static duckdb_logical_type type_of(const struct weir_policy_column *column) {
    static const duckdb_type types[] = {
        [WEIR_TYPE_BOOLEAN] = DUCKDB_TYPE_BOOLEAN,     [WEIR_TYPE_INTEGER] = DUCKDB_TYPE_INTEGER,
        [WEIR_TYPE_BIGINT] = DUCKDB_TYPE_BIGINT,       [WEIR_TYPE_NUMERIC] = DUCKDB_TYPE_DECIMAL,
        [WEIR_TYPE_DOUBLE] = DUCKDB_TYPE_DOUBLE,       [WEIR_TYPE_TEXT] = DUCKDB_TYPE_VARCHAR,
        [WEIR_TYPE_DATE] = DUCKDB_TYPE_DATE,           [WEIR_TYPE_BLOB] = DUCKDB_TYPE_BLOB,
        [WEIR_TYPE_TIMESTAMP] = DUCKDB_TYPE_TIMESTAMP,
    };
    if (column->type == WEIR_TYPE_NUMERIC)
        return duckdb_create_decimal_type((uint8_t)column->precision, (uint8_t)column->scale);
    return duckdb_create_logical_type(types[column->type]);
}

static void add_column(duckdb_bind_info info, const char *name, duckdb_logical_type type) {
    duckdb_bind_add_result_column(info, name, type);
    duckdb_destroy_logical_type(&type);
}

static void bind(duckdb_bind_info info) {
    const struct table_source *source = duckdb_bind_get_extra_info(info);
    duckdb_value value = duckdb_bind_get_parameter(info, 0);
    size_t *place = malloc(sizeof *place);
    weir_check(place != NULL);
    *place = (size_t)duckdb_get_int64(value);
    duckdb_destroy_value(&value);
    const struct weir_policy_table *table = &source->world->policy->tables[*place];
    for (size_t i = 0; i < table->column_count; i++)
        add_column(info, table->columns[i].name, type_of(&table->columns[i]));
    if (!table->is_public)
        add_column(info, "weir_unit", duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
    duckdb_bind_set_bind_data(info, place, free);
}

static void begin(duckdb_init_info info) {
    struct scanning *scanning = calloc(1, sizeof *scanning);
    weir_check(scanning != NULL);
    duckdb_init_set_init_data(info, scanning, free);
}

static void put_decimal(const struct weir_policy_column *column, weir_int128 digits, void *data,
                        size_t row) {
    if (column->precision <= 4)
        ((int16_t *)data)[row] = (int16_t)digits;
    else if (column->precision <= 9)
        ((int32_t *)data)[row] = (int32_t)digits;
    else
        ((int64_t *)data)[row] = (int64_t)digits;
}

static void put(const struct weir_policy_column *column, const struct weir_value *value,
                duckdb_vector vector, size_t row) {
    void *data = duckdb_vector_get_data(vector);
    if (value->is_null) {
        duckdb_vector_ensure_validity_writable(vector);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
        return;
    }
    switch (column->type) {
    case WEIR_TYPE_BOOLEAN:
        ((bool *)data)[row] = value->as.boolean;
        return;
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_DATE:
        ((int32_t *)data)[row] = (int32_t)value->as.integer;
        return;
    case WEIR_TYPE_BIGINT:
    case WEIR_TYPE_TIMESTAMP:
        ((int64_t *)data)[row] = value->as.integer;
        return;
    case WEIR_TYPE_NUMERIC:
        put_decimal(column, value->as.numeric.digits, data, row);
        return;
    case WEIR_TYPE_DOUBLE:
        ((double *)data)[row] = value->as.number;
        return;
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        duckdb_vector_assign_string_element_len(vector, row, value->as.text.bytes,
                                                value->as.text.len);
        return;
    }
}

static void scan(duckdb_function_info info, duckdb_data_chunk output) {
    const struct table_source *source = duckdb_function_get_extra_info(info);
    struct scanning *scanning = duckdb_function_get_init_data(info);
    size_t place = *(const size_t *)duckdb_function_get_bind_data(info), size = 0;
    const struct weir_policy_table *table = &source->world->policy->tables[place];
    const struct rows *rows = &source->database->tables[place];
    for (; scanning->next < rows->count && size < duckdb_vector_size(); scanning->next++) {
        size_t row = scanning->next;
        if (rows->is_hidden[row] || (!table->is_public && rows->units[row] == source->without))
            continue;
        for (size_t i = 0; i < table->column_count; i++)
            put(&table->columns[i], &rows->values[row * table->column_count + i],
                duckdb_data_chunk_get_vector(output, i), size);
        if (!table->is_public)
            ((int64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(
                output, table->column_count)))[size] = rows->units[row];
        size++;
    }
    duckdb_data_chunk_set_size(output, size);
}

void engine_table_register(duckdb_connection connection, struct table_source *source) {
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    duckdb_table_function_set_name(function, "property_rows");
    duckdb_table_function_add_parameter(function, number);
    duckdb_table_function_set_extra_info(function, source, NULL);
    duckdb_table_function_set_bind(function, bind);
    duckdb_table_function_set_init(function, begin);
    duckdb_table_function_set_function(function, scan);
    weir_check(duckdb_register_table_function(connection, function) == DuckDBSuccess);
    duckdb_destroy_logical_type(&number);
    duckdb_destroy_table_function(&function);
}
