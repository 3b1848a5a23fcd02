/* Printing, reading and ordering of values. */
#include "base/value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

const char *weir_type_name(enum weir_type type) {
    switch (type) {
    case WEIR_TYPE_BOOLEAN:
        return "BOOLEAN";
    case WEIR_TYPE_INTEGER:
        return "INTEGER";
    case WEIR_TYPE_BIGINT:
        return "BIGINT";
    case WEIR_TYPE_NUMERIC:
        return "NUMERIC";
    case WEIR_TYPE_DOUBLE:
        return "DOUBLE PRECISION";
    case WEIR_TYPE_TEXT:
        return "TEXT";
    case WEIR_TYPE_DATE:
        return "DATE";
    case WEIR_TYPE_TIMESTAMP:
        return "TIMESTAMP";
    case WEIR_TYPE_BLOB:
        return "BLOB";
    }
    return "UNKNOWN";
}

bool weir_type_is_number(enum weir_type type) {
    return type == WEIR_TYPE_INTEGER || type == WEIR_TYPE_BIGINT || type == WEIR_TYPE_NUMERIC ||
           type == WEIR_TYPE_DOUBLE;
}

struct weir_value weir_value_null(enum weir_type type) {
    return (struct weir_value){.type = type, .is_null = true};
}

struct weir_value weir_value_boolean(bool boolean) {
    return (struct weir_value){.type = WEIR_TYPE_BOOLEAN, .as.boolean = boolean};
}

struct weir_value weir_value_integer(enum weir_type type, int64_t integer) {
    return (struct weir_value){.type = type, .as.integer = integer};
}

struct weir_value weir_value_double(double number) {
    return (struct weir_value){.type = WEIR_TYPE_DOUBLE, .as.number = number};
}

struct weir_value weir_value_numeric(weir_int128 digits, int scale) {
    return (struct weir_value){.type = WEIR_TYPE_NUMERIC, .as.numeric = {digits, scale}};
}

struct weir_value weir_value_text(const char *bytes, size_t len) {
    return (struct weir_value){.type = WEIR_TYPE_TEXT, .as.text = {bytes, len}};
}

/* Days to and from civil dates: H. Hinnant, "chrono-compatible low-level date algorithms". */
int64_t weir_days_from_civil(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void weir_civil_from_days(int64_t days, int64_t *year, int *month, int *day) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

bool weir_civil_is_valid(int64_t year, int month, int day) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < -9999 || year > 99999 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && leap);
}

static int64_t floor_divide(int64_t dividend, int64_t divisor) {
    int64_t quotient = dividend / divisor;
    return quotient - (dividend % divisor < 0);
}

void weir_print_utc(int64_t microseconds, char *out, size_t size) {
    int64_t days = floor_divide(microseconds, 86400000000), year;
    int month, day;
    int64_t second = (microseconds - days * 86400000000) / 1000000;
    weir_civil_from_days(days, &year, &month, &day);
    snprintf(out, size, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02dZ", year, month, day,
             (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

static void print_date(int64_t days, struct weir_buffer *out) {
    int64_t year;
    int month, day;
    weir_civil_from_days(days, &year, &month, &day);
    weir_buffer_printf(out, "%04" PRId64 "-%02d-%02d%s", year > 0 ? year : 1 - year, month, day,
                       year > 0 ? "" : " BC");
}

static void print_timestamp(int64_t microseconds, struct weir_buffer *out) {
    int64_t days = floor_divide(microseconds, 86400000000), year;
    int64_t rest = microseconds - days * 86400000000;
    int month, day;
    weir_civil_from_days(days, &year, &month, &day);
    weir_buffer_printf(out, "%04" PRId64 "-%02d-%02d %02d:%02d:%02d", year > 0 ? year : 1 - year,
                       month, day, (int)(rest / 3600000000), (int)(rest / 60000000 % 60),
                       (int)(rest / 1000000 % 60));
    if (rest % 1000000 != 0) {
        char fraction[8];
        snprintf(fraction, sizeof fraction, "%06d", (int)(rest % 1000000));
        size_t len = 6;
        while (fraction[len - 1] == '0')
            len--;
        weir_buffer_printf(out, ".%.*s", (int)len, fraction);
    }
    if (year <= 0)
        weir_buffer_text(out, " BC");
}

static void print_numeric(weir_int128 digits, int scale, struct weir_buffer *out) {
    char text[48];
    size_t at = sizeof text;
    weir_uint128 rest = digits < 0 ? -(weir_uint128)digits : (weir_uint128)digits;
    for (int place = 0; rest != 0 || place <= scale; place++) {
        if (place == scale && scale > 0)
            text[--at] = '.';
        text[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    if (digits < 0)
        text[--at] = '-';
    weir_buffer_append(out, text + at, sizeof text - at);
}

/* Shortest of 15 to 17 digits that reads back as the same number. */
static void print_double(double number, struct weir_buffer *out) {
    if (isnan(number)) {
        weir_buffer_text(out, "NaN");
        return;
    }
    if (isinf(number)) {
        weir_buffer_text(out, number > 0 ? "Infinity" : "-Infinity");
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    weir_buffer_text(out, text);
}

void weir_value_print(const struct weir_value *value, struct weir_buffer *out) {
    weir_check(!value->is_null);
    switch (value->type) {
    case WEIR_TYPE_BOOLEAN:
        weir_buffer_text(out, value->as.boolean ? "t" : "f");
        return;
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_BIGINT:
        weir_buffer_printf(out, "%" PRId64, value->as.integer);
        return;
    case WEIR_TYPE_NUMERIC:
        print_numeric(value->as.numeric.digits, value->as.numeric.scale, out);
        return;
    case WEIR_TYPE_DOUBLE:
        print_double(value->as.number, out);
        return;
    case WEIR_TYPE_TEXT:
        weir_buffer_append(out, value->as.text.bytes, value->as.text.len);
        return;
    case WEIR_TYPE_DATE:
        print_date(value->as.integer, out);
        return;
    case WEIR_TYPE_TIMESTAMP:
        print_timestamp(value->as.integer, out);
        return;
    case WEIR_TYPE_BLOB:
        weir_buffer_text(out, "\\x");
        for (size_t i = 0; i < value->as.text.len; i++)
            weir_buffer_printf(out, "%02x", (unsigned char)value->as.text.bytes[i]);
        return;
    }
}

static bool parse_integer(const char *text, int64_t low, int64_t high, int64_t *integer) {
    char *end;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || parsed < low || parsed > high)
        return false;
    *integer = parsed;
    return true;
}

static bool parse_numeric(const char *text, struct weir_value *value) {
    bool negative = *text == '-', point = false;
    int scale = 0, count = 0;
    weir_int128 digits = 0;
    if (*text == '-' || *text == '+')
        text++;
    for (; *text != '\0'; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9')
            return false;
        if ((count > 0 || *text != '0') && ++count > 38)
            return false;
        if (point && ++scale > 38)
            return false;
        digits = digits * 10 + (*text - '0');
    }
    bool any = text[-1] >= '0' && text[-1] <= '9';
    *value = weir_value_numeric(negative ? -digits : digits, scale);
    return any || scale > 0 || count > 0;
}

static bool parse_two(const char **text, int *number) {
    const char *at = *text;
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *number = (at[0] - '0') * 10 + (at[1] - '0');
    *text = at + 2;
    return true;
}

static bool parse_date(const char **text, int64_t *days) {
    int64_t year = 0;
    int digits = 0, month, day;
    const char *at = *text;
    for (; *at >= '0' && *at <= '9' && digits < 6; at++, digits++)
        year = year * 10 + (*at - '0');
    if (digits < 4 || *at++ != '-' || !parse_two(&at, &month) || *at++ != '-' ||
        !parse_two(&at, &day) || !weir_civil_is_valid(year, month, day))
        return false;
    *text = at;
    *days = weir_days_from_civil(year, month, day);
    return true;
}

static bool parse_timestamp(const char *text, int64_t *microseconds) {
    int64_t days, fraction = 0, unit = 100000;
    int hour = 0, minute = 0, second = 0;
    if (!parse_date(&text, &days))
        return false;
    if (*text == ' ' || *text == 'T') {
        text++;
        if (!parse_two(&text, &hour) || *text++ != ':' || !parse_two(&text, &minute))
            return false;
        if (*text == ':' && (text++, !parse_two(&text, &second)))
            return false;
        if (*text == '.')
            for (text++; *text >= '0' && *text <= '9' && unit > 0; text++, unit /= 10)
                fraction += (*text - '0') * unit;
    }
    if (*text != '\0' || hour > 23 || minute > 59 || second > 59)
        return false;
    *microseconds =
        days * 86400000000 + ((hour * 60 + minute) * 60 + second) * INT64_C(1000000) + fraction;
    return true;
}

static bool parse_boolean(const char *text, bool *boolean) {
    static const char *const yes[] = {"t", "true", "TRUE", "True", "1", "yes", "on", "y"};
    static const char *const no[] = {"f", "false", "FALSE", "False", "0", "no", "off", "n"};
    for (size_t i = 0; i < WEIR_COUNT(yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *boolean = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

static bool parse_blob(char *text, size_t len, struct weir_value *value) {
    if (len < 2 || text[0] != '\\' || text[1] != 'x' || len % 2 != 0)
        return false;
    for (size_t i = 2; i < len; i += 2) {
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        text[i / 2 - 1] = (char)(high * 16 + low);
    }
    text[len / 2 - 1] = '\0';
    value->as.text.bytes = text;
    value->as.text.len = len / 2 - 1;
    return true;
}

bool weir_value_parse(struct weir_arena *arena, enum weir_type type, const char *bytes, size_t len,
                      struct weir_value *value) {
    char *text = weir_arena_copy(arena, bytes, len);
    if (text == NULL || memchr(text, '\0', len) != NULL)
        return false;
    *value = (struct weir_value){.type = type};
    char *end;
    switch (type) {
    case WEIR_TYPE_BOOLEAN:
        return parse_boolean(text, &value->as.boolean);
    case WEIR_TYPE_INTEGER:
        return parse_integer(text, INT32_MIN, INT32_MAX, &value->as.integer);
    case WEIR_TYPE_BIGINT:
        return parse_integer(text, INT64_MIN, INT64_MAX, &value->as.integer);
    case WEIR_TYPE_NUMERIC:
        return len > 0 && parse_numeric(text, value);
    case WEIR_TYPE_DOUBLE:
        value->as.number = strtod(text, &end);
        return end != text && *end == '\0';
    case WEIR_TYPE_TEXT:
        value->as.text.bytes = text;
        value->as.text.len = len;
        return true;
    case WEIR_TYPE_DATE: {
        const char *rest = text;
        return parse_date(&rest, &value->as.integer) && *rest == '\0';
    }
    case WEIR_TYPE_TIMESTAMP:
        return parse_timestamp(text, &value->as.integer);
    case WEIR_TYPE_BLOB:
        return parse_blob(text, len, value);
    }
    return false;
}

static int compare_numeric(const struct weir_value *left, const struct weir_value *right) {
    weir_int128 a = left->as.numeric.digits, b = right->as.numeric.digits;
    for (int scale = left->as.numeric.scale; scale < right->as.numeric.scale; scale++)
        if (__builtin_mul_overflow(a, (weir_int128)10, &a))
            return left->as.numeric.digits < 0 ? -1 : 1;
    for (int scale = right->as.numeric.scale; scale < left->as.numeric.scale; scale++)
        if (__builtin_mul_overflow(b, (weir_int128)10, &b))
            return right->as.numeric.digits < 0 ? 1 : -1;
    return (a > b) - (a < b);
}

static int compare_double(double left, double right) {
    if (isnan(left) || isnan(right))
        return (isnan(left) != 0) - (isnan(right) != 0);
    return (left > right) - (left < right);
}

static int compare_bytes(const struct weir_value *left, const struct weir_value *right) {
    size_t shorter =
        left->as.text.len < right->as.text.len ? left->as.text.len : right->as.text.len;
    int order = shorter == 0 ? 0 : memcmp(left->as.text.bytes, right->as.text.bytes, shorter);
    if (order != 0)
        return order;
    return (left->as.text.len > right->as.text.len) - (left->as.text.len < right->as.text.len);
}

int weir_value_compare(const struct weir_value *left, const struct weir_value *right) {
    weir_check(left->type == right->type);
    if (left->is_null || right->is_null)
        return left->is_null - right->is_null;
    switch (left->type) {
    case WEIR_TYPE_BOOLEAN:
        return left->as.boolean - right->as.boolean;
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_BIGINT:
    case WEIR_TYPE_DATE:
    case WEIR_TYPE_TIMESTAMP:
        return (left->as.integer > right->as.integer) - (left->as.integer < right->as.integer);
    case WEIR_TYPE_NUMERIC:
        return compare_numeric(left, right);
    case WEIR_TYPE_DOUBLE:
        return compare_double(left->as.number, right->as.number);
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        return compare_bytes(left, right);
    }
    return 0;
}
