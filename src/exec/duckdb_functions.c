/* Scalar functions that DuckDB lacks, registered with it. */
#include "exec/duckdb_functions.h"

#include "base/buffer.h"
#include "base/value.h"
#include "exec/duckdb_engine.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* ---- vectors ---- */

enum { ARGUMENTS_MAX = 4 };

/* One chunk of a call: its arguments' data and validity, and the result's. */
struct call {
    idx_t row_count;
    const void *data[ARGUMENTS_MAX];
    const uint64_t *valid[ARGUMENTS_MAX]; /* NULL = no NULLs */
    size_t argument_count;
    duckdb_vector output;
    uint64_t *output_valid;
};

static struct call open_call(duckdb_data_chunk input, duckdb_vector output) {
    struct call call = {.row_count = duckdb_data_chunk_get_size(input),
                        .argument_count = duckdb_data_chunk_get_column_count(input),
                        .output = output};
    weir_check(call.argument_count <= ARGUMENTS_MAX);
    for (size_t i = 0; i < call.argument_count; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(input, i);
        call.data[i] = duckdb_vector_get_data(vector);
        call.valid[i] = duckdb_vector_get_validity(vector);
    }
    duckdb_vector_ensure_validity_writable(output);
    call.output_valid = duckdb_vector_get_validity(output);
    return call;
}

static bool has_null(const struct call *call, idx_t row) {
    for (size_t i = 0; i < call->argument_count; i++)
        if (call->valid[i] != NULL &&
            !duckdb_validity_row_is_valid((uint64_t *)call->valid[i], row))
            return true;
    return false;
}

static double number_at(const struct call *call, size_t argument, idx_t row) {
    return ((const double *)call->data[argument])[row];
}

/* ---- the functions ---- */

/* Most chunks hold nothing else: they are handed on as they are. */
static bool is_all_finite(duckdb_data_chunk input, duckdb_vector output) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(input, 0);
    const double *numbers = duckdb_vector_get_data(vector);
    idx_t row_count = duckdb_data_chunk_get_size(input);
    size_t infinite = 0;
    if (duckdb_vector_get_validity(vector) != NULL)
        return false;
    for (idx_t row = 0; row < row_count; row++)
        infinite += isfinite(numbers[row]) ? 0 : 1;
    if (infinite == 0)
        memcpy(duckdb_vector_get_data(output), numbers, row_count * sizeof *numbers);
    return infinite == 0;
}

static void finite_rows(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    (void)info;
    if (is_all_finite(input, output))
        return;
    struct call call = open_call(input, output);
    double *results = duckdb_vector_get_data(output);
    for (idx_t row = 0; row < call.row_count; row++) {
        bool is_value = !has_null(&call, row) && isfinite(number_at(&call, 0, row));
        duckdb_validity_set_row_validity(call.output_valid, row, is_value);
        results[row] = is_value ? number_at(&call, 0, row) : 0;
    }
}

/* False where there is no such bucket. The halves keep the distances finite. */
static bool find_bucket(double x, double low, double high, int32_t count, int32_t *bucket) {
    if (!isfinite(x) || !isfinite(low) || !isfinite(high) || low >= high || count < 1 ||
        count == INT32_MAX)
        return false;
    double part = (x / 2 - low / 2) / (high / 2 - low / 2) * count;
    if (x < low)
        *bucket = 0;
    else if (x >= high)
        *bucket = count + 1;
    else if (!(part < count)) /* rounding must not pass the end, nor may a width that rounds to 0 */
        *bucket = count;
    else
        *bucket = (int32_t)part + 1;
    return true;
}

static void width_bucket_rows(duckdb_function_info info, duckdb_data_chunk input,
                              duckdb_vector output) {
    struct call call = open_call(input, output);
    int32_t *results = duckdb_vector_get_data(output);
    (void)info;
    for (idx_t row = 0; row < call.row_count; row++) {
        results[row] = 0;
        bool is_value = !has_null(&call, row) &&
                        find_bucket(number_at(&call, 0, row), number_at(&call, 1, row),
                                    number_at(&call, 2, row), ((const int32_t *)call.data[3])[row],
                                    &results[row]);
        duckdb_validity_set_row_validity(call.output_valid, row, is_value);
    }
}

static bool is_plain(unsigned char byte) {
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

static void literal(struct weir_buffer *expression, unsigned char byte) {
    if (!is_plain(byte))
        weir_buffer_byte(expression, '\\');
    weir_buffer_byte(expression, byte);
}

/* False where the pattern ends within an escape, or is too long. */
static bool translate(const char *pattern, size_t len, struct weir_buffer *expression) {
    size_t characters = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)pattern[i];
        characters += (byte & 0xC0) != 0x80;
        if (characters > WEIR_PATTERN_CHARACTERS || (byte == '\\' && i + 1 == len))
            return false;
        if (byte == '\\')
            literal(expression, (unsigned char)pattern[++i]);
        else if (byte == '%')
            weir_buffer_text(expression, ".*");
        else if (byte == '_')
            weir_buffer_byte(expression, '.');
        else
            literal(expression, byte);
    }
    return true;
}

static void pattern_rows(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    static const char nothing[] = "[^\\s\\S]";
    struct call call = open_call(input, output);
    struct weir_buffer expression = {0};
    (void)info;
    for (idx_t row = 0; row < call.row_count; row++) {
        bool is_value = !has_null(&call, row);
        if (is_value) {
            duckdb_string_t text = ((const duckdb_string_t *)call.data[0])[row];
            weir_buffer_clear(&expression);
            if (!translate(duckdb_string_t_data(&text), duckdb_string_t_length(text),
                           &expression)) {
                weir_buffer_clear(&expression);
                weir_buffer_text(&expression, nothing);
            }
            is_value = !expression.failed;
        }
        if (is_value)
            duckdb_vector_assign_string_element_len(
                output, row, expression.len == 0 ? "" : expression.bytes, expression.len);
        duckdb_validity_set_row_validity(call.output_valid, row, is_value);
    }
    weir_buffer_free(&expression);
}

/* As PostgreSQL writes it: the engine's own form ends whole numbers in ".0". */
static void double_text_rows(duckdb_function_info info, duckdb_data_chunk input,
                             duckdb_vector output) {
    struct call call = open_call(input, output);
    struct weir_buffer text = {0};
    (void)info;
    for (idx_t row = 0; row < call.row_count; row++) {
        bool is_value = !has_null(&call, row);
        if (is_value) {
            struct weir_value value = weir_value_double(number_at(&call, 0, row));
            weir_buffer_clear(&text);
            weir_value_print(&value, &text);
            is_value = !text.failed;
        }
        if (is_value)
            duckdb_vector_assign_string_element_len(output, row, text.bytes, text.len);
        duckdb_validity_set_row_validity(call.output_valid, row, is_value);
    }
    weir_buffer_free(&text);
}

/* ---- registering ---- */

static void add_parameter(duckdb_scalar_function function, duckdb_type type) {
    duckdb_logical_type logical = duckdb_create_logical_type(type);
    duckdb_scalar_function_add_parameter(function, logical);
    duckdb_destroy_logical_type(&logical);
}

struct native {
    const char *name;
    duckdb_scalar_function_t rows;
    duckdb_type result;
    size_t argument_count;
    duckdb_type arguments[ARGUMENTS_MAX];
};

static bool add_native(duckdb_connection connection, const struct native *native) {
    duckdb_scalar_function function = duckdb_create_scalar_function();
    if (function == NULL)
        return false;
    duckdb_logical_type result = duckdb_create_logical_type(native->result);
    duckdb_scalar_function_set_name(function, native->name);
    for (size_t i = 0; i < native->argument_count; i++)
        add_parameter(function, native->arguments[i]);
    duckdb_scalar_function_set_return_type(function, result);
    duckdb_scalar_function_set_function(function, native->rows);
    bool added = duckdb_register_scalar_function(connection, function) == DuckDBSuccess;
    duckdb_destroy_logical_type(&result);
    duckdb_destroy_scalar_function(&function);
    return added;
}

weir_status weir_duckdb_make_functions(duckdb_connection connection, struct weir_error *error) {
    static const struct native natives[] = {
        {"weir_finite", finite_rows, DUCKDB_TYPE_DOUBLE, 1, {DUCKDB_TYPE_DOUBLE}},
        {"weir_width_bucket",
         width_bucket_rows,
         DUCKDB_TYPE_INTEGER,
         4,
         {DUCKDB_TYPE_DOUBLE, DUCKDB_TYPE_DOUBLE, DUCKDB_TYPE_DOUBLE, DUCKDB_TYPE_INTEGER}},
        {"weir_pattern", pattern_rows, DUCKDB_TYPE_VARCHAR, 1, {DUCKDB_TYPE_VARCHAR}},
        {"weir_double_text", double_text_rows, DUCKDB_TYPE_VARCHAR, 1, {DUCKDB_TYPE_DOUBLE}},
    };
    for (size_t i = 0; i < WEIR_COUNT(natives); i++)
        if (!add_native(connection, &natives[i]))
            return weir_duckdb_fail(DUCKDB_ERROR_CATALOG, error);
    WEIR_TRY(weir_duckdb_run(
        connection, "CREATE MACRO weir_number(x) AS CASE WHEN NOT isnan(x) THEN x END", error));
    return weir_duckdb_run(connection,
                           "CREATE MACRO weir_clamp(x, low, high) AS "
                           "CASE WHEN x < low THEN low WHEN x > high THEN high ELSE x END",
                           error);
}
