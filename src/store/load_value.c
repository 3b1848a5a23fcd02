/* One cell of a file as a value of a policy's column. */
#include "store/load_value.h"

#include "store/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void name_type(const struct weir_policy_column *column, char problem[WEIR_PROBLEM_BYTES]) {
    if (column->type == WEIR_TYPE_NUMERIC)
        snprintf(problem, WEIR_PROBLEM_BYTES, "not a NUMERIC(%d, %d)", column->precision,
                 column->scale);
    else
        snprintf(problem, WEIR_PROBLEM_BYTES, "not %s %s",
                 column->type == WEIR_TYPE_INTEGER ? "an" : "a", weir_type_name(column->type));
}

static bool refuse(char problem[WEIR_PROBLEM_BYTES], const char *text) {
    snprintf(problem, WEIR_PROBLEM_BYTES, "%s", text);
    return false;
}

/* The parser of the C library also takes leading space, hexadecimal and names of infinity. */
static bool has_only(const char *bytes, size_t len, const char *allowed) {
    for (size_t i = 0; i < len; i++)
        if (strchr(allowed, bytes[i]) == NULL)
            return false;
    return len > 0;
}

static bool is_written_plainly(enum weir_type type, const char *bytes, size_t len) {
    switch (type) {
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_BIGINT:
        return has_only(bytes, len, "+-0123456789");
    case WEIR_TYPE_DOUBLE:
        return has_only(bytes, len, "+-0123456789.eE");
    case WEIR_TYPE_BOOLEAN:
    case WEIR_TYPE_NUMERIC:
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_DATE:
    case WEIR_TYPE_TIMESTAMP:
    case WEIR_TYPE_BLOB:
        return true;
    }
    return false;
}

/* Brings a decimal to the column's scale and precision, exactly or not at all. */
static bool fit_numeric(const struct weir_policy_column *column, struct weir_value *value) {
    weir_int128 digits = value->as.numeric.digits, limit = 1;
    int scale = value->as.numeric.scale;
    for (; scale > column->scale; scale--, digits /= 10)
        if (digits % 10 != 0)
            return false;
    for (; scale < column->scale; scale++)
        if (__builtin_mul_overflow(digits, (weir_int128)10, &digits))
            return false;
    for (int i = 0; i < column->precision; i++)
        limit *= 10;
    *value = weir_value_numeric(digits, column->scale);
    return digits < limit && digits > -limit;
}

static bool fit_type(const struct weir_policy_column *column, struct weir_value *value) {
    if (column->type == WEIR_TYPE_NUMERIC)
        return fit_numeric(column, value);
    if (column->type == WEIR_TYPE_DOUBLE)
        return isfinite(value->as.number);
    return true;
}

static bool is_listed(const struct weir_policy_column *column, const struct weir_value *value) {
    size_t low = 0, high = column->value_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = weir_value_compare(&column->values[middle], value);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool take_null(const struct weir_policy_column *column, struct weir_value *value,
                      char problem[WEIR_PROBLEM_BYTES]) {
    *value = weir_value_null(column->type);
    return column->not_null ? refuse(problem, "a value is required") : true;
}

static bool check_listed(const struct weir_policy_column *column, const struct weir_value *value,
                         char problem[WEIR_PROBLEM_BYTES]) {
    if (column->value_count > 0 && !is_listed(column, value))
        return refuse(problem, "not one of the VALUES that the policy lists");
    return true;
}

bool weir_load_value_from_text(struct weir_arena *arena, const struct weir_policy_column *column,
                               const char *bytes, size_t len, struct weir_value *value,
                               char problem[WEIR_PROBLEM_BYTES]) {
    if (bytes == NULL)
        return take_null(column, value, problem);
    if (column->type == WEIR_TYPE_TEXT) {
        *value = weir_value_text(bytes, len);
    } else if (!is_written_plainly(column->type, bytes, len) ||
               !weir_value_parse(arena, column->type, bytes, len, value) ||
               !fit_type(column, value)) {
        name_type(column, problem);
        return false;
    }
    return check_listed(column, value, problem);
}

static bool convert_integer(const struct weir_policy_column *column, const struct weir_value *given,
                            struct weir_value *value) {
    weir_int128 digits = given->as.integer;
    if (given->type == WEIR_TYPE_NUMERIC && given->as.numeric.scale == 0)
        digits = given->as.numeric.digits;
    else if (given->type != WEIR_TYPE_INTEGER && given->type != WEIR_TYPE_BIGINT)
        return false;
    bool narrow = column->type == WEIR_TYPE_INTEGER;
    if (digits < (narrow ? INT32_MIN : INT64_MIN) || digits > (narrow ? INT32_MAX : INT64_MAX))
        return false;
    *value = weir_value_integer(column->type, (int64_t)digits);
    return true;
}

static bool convert_numeric(const struct weir_policy_column *column, const struct weir_value *given,
                            struct weir_value *value) {
    if (given->type == WEIR_TYPE_INTEGER || given->type == WEIR_TYPE_BIGINT)
        *value = weir_value_numeric(given->as.integer, 0);
    else if (given->type == WEIR_TYPE_NUMERIC)
        *value = *given;
    else
        return false;
    return fit_numeric(column, value);
}

static bool convert(const struct weir_policy_column *column, const struct weir_value *given,
                    struct weir_value *value) {
    *value = *given;
    switch (column->type) {
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_BIGINT:
        return convert_integer(column, given, value);
    case WEIR_TYPE_NUMERIC:
        return convert_numeric(column, given, value);
    case WEIR_TYPE_DOUBLE:
        return given->type == WEIR_TYPE_DOUBLE && isfinite(given->as.number);
    case WEIR_TYPE_TEXT:
        return given->type == WEIR_TYPE_TEXT &&
               memchr(given->as.text.bytes, '\0', given->as.text.len) == NULL &&
               weir_utf8_is_valid(given->as.text.bytes, given->as.text.len);
    case WEIR_TYPE_BOOLEAN:
    case WEIR_TYPE_DATE:
    case WEIR_TYPE_TIMESTAMP:
    case WEIR_TYPE_BLOB:
        return given->type == column->type;
    }
    return false;
}

bool weir_load_value_from_typed(const struct weir_policy_column *column,
                                const struct weir_value *given, struct weir_value *value,
                                char problem[WEIR_PROBLEM_BYTES]) {
    if (given->is_null)
        return take_null(column, value, problem);
    if (!convert(column, given, value)) {
        name_type(column, problem);
        return false;
    }
    return check_listed(column, value, problem);
}
