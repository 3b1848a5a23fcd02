/* Values as PostgreSQL prints and reads them, and the two SQL functions that casts become:
 * weir_in(type, text) and weir_out(type, value). */
#include "wire/shadow_values.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* As many digits as tell the number apart where that is few: 0.1, not 0.100000000000000006. */
static void print_number(const char *text, struct weir_buffer *out) {
    char *end = NULL;
    double number = strtod(text, &end);
    if (strpbrk(text, ".eE") == NULL || *end != '\0')
        weir_buffer_text(out, text);
    else
        weir_buffer_printf(out, "%.15g", number);
}

static void print_vector(const char *json, struct weir_buffer *out) {
    for (const char *at = json; *at != '\0'; at++)
        if (*at != '[' && *at != ']')
            weir_buffer_byte(out, *at == ',' ? ' ' : (unsigned char)*at);
}

void weir_shadow_print(const struct weir_shadow *shadow, uint32_t type, const char *text,
                       struct weir_buffer *out) {
    switch (weir_shadow_class_of(type)) {
    case WEIR_CLASS_BOOLEAN:
        weir_buffer_text(out, strcmp(text, "0") == 0 ? "f" : "t");
        return;
    case WEIR_CLASS_NUMBER:
        print_number(text, out);
        return;
    case WEIR_CLASS_OBJECT:
        weir_shadow_print_object(shadow, type, (uint32_t)strtoul(text, NULL, 10), out);
        return;
    case WEIR_CLASS_ARRAY:
        if (type == WEIR_PG_INT2VECTOR || type == WEIR_PG_OIDVECTOR)
            print_vector(text, out);
        else if (!weir_shadow_print_array(shadow, weir_shadow_element_of(type), text, out))
            weir_buffer_text(out, text);
        return;
    case WEIR_CLASS_UNKNOWN:
    case WEIR_CLASS_INTEGER:
    case WEIR_CLASS_TEXT:
    case WEIR_CLASS_OTHER:
        weir_buffer_text(out, text);
        return;
    }
}

static void out_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    uint32_t type = (uint32_t)sqlite3_value_int64(values[0]);
    const char *text = weir_shadow_text_of(values[1]);
    struct weir_buffer out = {0};
    if (text == NULL)
        return;
    if (type == WEIR_PG_BOOL)
        weir_buffer_text(&out, strcmp(text, "0") == 0 ? "false" : "true");
    else
        weir_shadow_print(weir_shadow_of(call), type, text, &out);
    weir_shadow_give_text(call, &out);
}

static void malformed(sqlite3_context *call, uint32_t type) {
    const struct weir_shadow_type *known = weir_shadow_find_type(type);
    (void)weir_fail_state(weir_shadow_of(call)->error, WEIR_ERROR_INVALID, "22P02",
                          "invalid input syntax for type %s",
                          known != NULL ? known->sql_name : "unknown");
    weir_shadow_give_error(call);
}

static void read_boolean(sqlite3_context *call, const char *text) {
    static const char *const words[2][6] = {{"f", "false", "n", "no", "off", "0"},
                                            {"t", "true", "y", "yes", "on", "1"}};
    for (int value = 0; value < 2; value++)
        for (size_t i = 0; i < WEIR_COUNT(words[value]); i++)
            if (strcasecmp(text, words[value][i]) == 0) {
                sqlite3_result_int(call, value);
                return;
            }
    malformed(call, WEIR_PG_BOOL);
}

static void read_integer(sqlite3_context *call, uint32_t type, const char *text) {
    int64_t low = type == WEIR_PG_INT2   ? INT16_MIN
                  : type == WEIR_PG_INT4 ? INT32_MIN
                  : type == WEIR_PG_INT8 ? INT64_MIN
                                         : 0;
    int64_t high = type == WEIR_PG_INT2   ? INT16_MAX
                   : type == WEIR_PG_INT4 ? INT32_MAX
                   : type == WEIR_PG_INT8 ? INT64_MAX
                                          : UINT32_MAX;
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool is_number = end != text;
    while (isspace((unsigned char)*end))
        end++;
    if (!is_number || *end != '\0' || errno != 0 || number < low || number > high)
        malformed(call, type);
    else
        sqlite3_result_int64(call, number);
}

static void read_number(sqlite3_context *call, uint32_t type, const char *text) {
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || *end != '\0')
        malformed(call, type);
    else
        sqlite3_result_double(call, number);
}

static void read_object(sqlite3_context *call, uint32_t type, const char *text) {
    struct weir_shadow *shadow = weir_shadow_of(call);
    uint32_t oid = 0;
    if (weir_shadow_read_object(shadow, type, text, &oid)) {
        sqlite3_result_int64(call, oid);
        return;
    }
    (void)weir_shadow_unknown_object(shadow->error, type, text);
    weir_shadow_give_error(call);
}

static void in_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    uint32_t type = (uint32_t)sqlite3_value_int64(values[0]);
    const char *text = weir_shadow_text_of(values[1]);
    if (text == NULL)
        return;
    switch (weir_shadow_class_of(type)) {
    case WEIR_CLASS_BOOLEAN:
        read_boolean(call, text);
        return;
    case WEIR_CLASS_INTEGER:
        read_integer(call, type, text);
        return;
    case WEIR_CLASS_NUMBER:
        read_number(call, type, text);
        return;
    case WEIR_CLASS_OBJECT:
        read_object(call, type, text);
        return;
    case WEIR_CLASS_ARRAY: {
        struct weir_buffer json = {0};
        if (weir_shadow_read_array(weir_shadow_element_of(type), text, &json)) {
            weir_shadow_give_text(call, &json);
            return;
        }
        weir_buffer_free(&json);
        malformed(call, type);
        return;
    }
    case WEIR_CLASS_UNKNOWN:
    case WEIR_CLASS_TEXT:
    case WEIR_CLASS_OTHER:
        sqlite3_result_value(call, values[1]);
        return;
    }
}

/* to_regclass and its kin: null for an unknown name. */
static void find_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *text = weir_shadow_text_of(values[1]);
    uint32_t oid = 0;
    if (text != NULL &&
        weir_shadow_read_object(weir_shadow_of(call), (uint32_t)sqlite3_value_int64(values[0]),
                                text, &oid))
        sqlite3_result_int64(call, oid);
}

int weir_shadow_add_value_functions(struct weir_shadow *shadow) {
    static const struct weir_shadow_function functions[] = {{"weir_in", 2, in_function},
                                                            {"weir_out", 2, out_function},
                                                            {"weir_find", 2, find_function}};
    return weir_shadow_register(shadow, functions, WEIR_COUNT(functions));
}
