/* Rows as values into a bounder, by way of vectors as an engine has them. */
#include "engine_feed.h"

#include "exec/duckdb_api.h"

#include <string.h>

#include "base/banned.h"

static size_t width_of(enum weir_type type) {
    switch (type) {
    case WEIR_TYPE_BOOLEAN:
        return sizeof(bool);
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_DATE:
        return sizeof(int32_t);
    case WEIR_TYPE_BIGINT:
    case WEIR_TYPE_TIMESTAMP:
    case WEIR_TYPE_DOUBLE:
        return sizeof(int64_t);
    case WEIR_TYPE_NUMERIC:
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        return sizeof(duckdb_string_t);
    }
    return 0;
}

static duckdb_string_t string_of(const struct weir_value *value) {
    duckdb_string_t string;
    memset(&string, 0, sizeof string);
    size_t len = value->as.text.len;
    if (len <= 12) {
        string.value.inlined.length = (uint32_t)len;
        memcpy(string.value.inlined.inlined, value->as.text.bytes, len);
    } else {
        string.value.pointer.length = (uint32_t)len;
        memcpy(string.value.pointer.prefix, value->as.text.bytes, 4);
        string.value.pointer.ptr = (char *)(uintptr_t)value->as.text.bytes;
    }
    return string;
}

static void put(const struct weir_value *value, void *data, size_t row) {
    switch (value->type) {
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
    case WEIR_TYPE_DOUBLE:
        ((double *)data)[row] = value->as.number;
        return;
    case WEIR_TYPE_NUMERIC:
        memcpy((char *)data + row * sizeof value->as.numeric.digits, &value->as.numeric.digits,
               sizeof value->as.numeric.digits);
        return;
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        ((duckdb_string_t *)data)[row] = string_of(value);
        return;
    }
}

static struct weir_bounder_vector vector_of(struct weir_arena *arena, const struct weir_rows *rows,
                                            size_t column) {
    void *data = weir_arena_array(arena, rows->row_count, width_of(rows->types[column]));
    uint64_t *validity = WEIR_NEW_ARRAY(arena, rows->row_count / 64 + 1, uint64_t);
    weir_check(data != NULL && validity != NULL);
    for (size_t row = 0; row < rows->row_count; row++) {
        const struct weir_value *value = &rows->values[row * rows->column_count + column];
        if (value->is_null)
            continue;
        validity[row / 64] |= UINT64_C(1) << row % 64;
        put(value, data, row);
    }
    return (struct weir_bounder_vector){data, validity};
}

static bool fits(const struct weir_rows *rows, const int *scales, size_t place,
                 const struct weir_bounder_column *column) {
    return rows->types[place] == column->type &&
           (column->type != WEIR_TYPE_NUMERIC || scales[place] == column->scale);
}

static bool has_form(const struct weir_rows *rows, const int *scales,
                     const struct weir_bounder_options *options) {
    bool good = rows->column_count == 1 + options->key_count + options->argument_count &&
                rows->types[0] == WEIR_TYPE_BIGINT;
    for (size_t i = 0; good && i < options->key_count; i++)
        good = fits(rows, scales, 1 + i, &options->keys[i]);
    for (size_t i = 0; good && i < options->argument_count; i++)
        good = fits(rows, scales, 1 + options->key_count + i, &options->arguments[i]);
    return good;
}

weir_status engine_feed(struct weir_arena *arena, const struct weir_rows *rows, const int *scales,
                        struct weir_bounder *bounder, struct weir_error *error) {
    const struct weir_bounder_options *options = weir_bounder_options_of(bounder);
    struct weir_bounder_vector vectors[1 + WEIR_BOUNDER_KEYS_MAX + WEIR_BOUNDER_ARGUMENTS_MAX];
    struct weir_bounder_part *part;
    if (!has_form(rows, scales, options))
        return weir_fail(error, WEIR_ERROR_INTERNAL,
                         "the feeding statement has another form than the plan");
    WEIR_TRY(weir_bounder_part_create(bounder, &part, error));
    if (rows->row_count == 0)
        return WEIR_OK;
    for (size_t i = 0; i < rows->column_count; i++)
        vectors[i] = vector_of(arena, rows, i);
    const struct weir_bounder_batch batch = {.row_count = rows->row_count,
                                             .unit = vectors[0],
                                             .keys = vectors + 1,
                                             .arguments = vectors + 1 + options->key_count};
    return weir_bounder_feed(part, &batch, error);
}
