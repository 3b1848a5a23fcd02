/* Arrays: PostgreSQL's text form against JSON, and the functions over them. */
#include "wire/shadow_values.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

static bool needs_quotes(const char *text) {
    return *text == '\0' || strcasecmp(text, "null") == 0 ||
           strpbrk(text, "{}\",\\ \t\n\r\v\f") != NULL;
}

static void print_element(const char *text, struct weir_buffer *out) {
    if (!needs_quotes(text)) {
        weir_buffer_text(out, text);
        return;
    }
    weir_buffer_byte(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            weir_buffer_byte(out, '\\');
        weir_buffer_byte(out, (unsigned char)*text);
    }
    weir_buffer_byte(out, '"');
}

/* The element's text as its type prints it. */
static void print_item(const struct weir_shadow *shadow, uint32_t element, const json_t *item,
                       struct weir_buffer *text) {
    weir_buffer_clear(text);
    if (json_is_string(item)) {
        weir_shadow_print(shadow, element, json_string_value(item), text);
        return;
    }
    char *dumped = json_dumps(item, JSON_ENCODE_ANY | JSON_COMPACT);
    if (dumped == NULL)
        text->failed = true;
    else
        weir_shadow_print(shadow, element, dumped, text);
    free(dumped);
}

bool weir_shadow_print_array(const struct weir_shadow *shadow, uint32_t element, const char *json,
                             struct weir_buffer *out) {
    json_t *array = json_loads(json, 0, NULL);
    struct weir_buffer text = {0};
    size_t index;
    json_t *item;
    bool is_array = json_is_array(array);
    weir_buffer_text(out, is_array ? "{" : "");
    json_array_foreach(array, index, item) {
        weir_buffer_text(out, index == 0 ? "" : ",");
        if (json_is_null(item)) {
            weir_buffer_text(out, "NULL");
            continue;
        }
        print_item(shadow, element, item, &text);
        print_element(text.failed || text.bytes == NULL ? "" : text.bytes, out);
        out->failed = out->failed || text.failed;
    }
    weir_buffer_text(out, is_array ? "}" : "");
    weir_buffer_free(&text);
    json_decref(array);
    return is_array;
}

/* Reads one element up to its delimiter. NULL when it is malformed. */
static const char *read_element(const char *at, bool *quoted, struct weir_buffer *text) {
    weir_buffer_clear(text);
    *quoted = *at == '"';
    at += *quoted;
    for (; *at != '\0'; at++) {
        if (*quoted ? *at == '"' : *at == ',' || *at == '}')
            break;
        if (!*quoted && (*at == '{' || *at == '"'))
            return NULL;
        if (*at == '\\' && *++at == '\0')
            return NULL;
        weir_buffer_byte(text, (unsigned char)*at);
    }
    if (*quoted && *at == '"')
        return at + 1;
    while (!*quoted && text->len > 0 && isspace((unsigned char)text->bytes[text->len - 1]))
        text->bytes[--text->len] = '\0';
    return *at == '\0' || (!*quoted && text->len == 0) ? NULL : at;
}

static json_t *make_element(uint32_t element, bool quoted, const struct weir_buffer *text) {
    const char *bytes = text->len > 0 ? text->bytes : "";
    if (text->failed)
        return NULL;
    if (!quoted && strcasecmp(bytes, "null") == 0)
        return json_null();
    enum weir_shadow_class class = weir_shadow_class_of(element);
    if (class == WEIR_CLASS_BOOLEAN)
        return json_integer(bytes[0] == 't' || bytes[0] == 'T' || bytes[0] == '1');
    if (class != WEIR_CLASS_INTEGER && class != WEIR_CLASS_OBJECT)
        return json_string(bytes);
    char *end = NULL;
    long long number = strtoll(bytes, &end, 10);
    return end == bytes || *end != '\0' ? NULL : json_integer(number);
}

static bool read_braces(uint32_t element, const char *at, json_t *array) {
    struct weir_buffer text = {0};
    bool quoted = false, ok = true;
    at++;
    while (isspace((unsigned char)*at))
        at++;
    while (ok && *at != '}') {
        at = read_element(at, &quoted, &text);
        ok = at != NULL && json_array_append_new(array, make_element(element, quoted, &text)) == 0;
        while (ok && isspace((unsigned char)*at))
            at++;
        ok = ok && (*at == '}' || (*at == ',' && at[1] != '}'));
        at += ok && *at == ',';
        while (ok && isspace((unsigned char)*at))
            at++;
    }
    weir_buffer_free(&text);
    return ok && at[1] == '\0';
}

/* int2vector and oidvector: "1 2". */
static bool read_vector(const char *at, json_t *array) {
    while (*at != '\0') {
        char *end = NULL;
        long long number = strtoll(at, &end, 10);
        if (end == at || json_array_append_new(array, json_integer(number)) != 0)
            return false;
        at = end + strspn(end, " ");
    }
    return true;
}

static bool dump(const json_t *array, struct weir_buffer *json) {
    char *text = json_dumps(array, JSON_COMPACT);
    if (text != NULL)
        weir_buffer_text(json, text);
    free(text);
    return text != NULL && !json->failed;
}

bool weir_shadow_read_array(uint32_t element, const char *text, struct weir_buffer *json) {
    json_t *array = json_array();
    while (isspace((unsigned char)*text))
        text++;
    bool ok = array != NULL &&
              (*text == '{' ? read_braces(element, text, array) : read_vector(text, array)) &&
              dump(array, json);
    json_decref(array);
    return ok;
}

/* The array in an argument; NULL for a null. */
static json_t *array_of(sqlite3_value *value) {
    const char *text = weir_shadow_text_of(value);
    json_t *array = text == NULL ? NULL : json_loads(text, 0, NULL);
    if (json_is_array(array))
        return array;
    json_decref(array);
    return NULL;
}

static void give_json(sqlite3_context *call, const json_t *item) {
    if (json_is_integer(item))
        sqlite3_result_int64(call, json_integer_value(item));
    else if (json_is_real(item))
        sqlite3_result_double(call, json_real_value(item));
    else if (json_is_string(item))
        sqlite3_result_text(call, json_string_value(item), -1, SQLITE_TRANSIENT);
}

/* weir_array_get(array, subscript, lower bound). */
static void get_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    json_t *array = array_of(values[0]);
    int64_t place = sqlite3_value_int64(values[1]), lower = sqlite3_value_int64(values[2]);
    bool given = sqlite3_value_type(values[1]) != SQLITE_NULL;
    if (array != NULL && given && place >= lower &&
        (uint64_t)place - (uint64_t)lower < json_array_size(array))
        give_json(call, json_array_get(array, (size_t)(place - lower)));
    json_decref(array);
}

/* weir_array_size(array): null for a null. */
static void size_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    json_t *array = array_of(values[0]);
    if (array != NULL)
        sqlite3_result_int64(call, (sqlite3_int64)json_array_size(array));
    json_decref(array);
}

/* weir_array_join(a, b): a null counts for nothing, two nulls are null. */
static void join_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    json_t *left = array_of(values[0]), *right = array_of(values[1]);
    struct weir_buffer json = {0};
    if (left == NULL) {
        left = right;
        right = NULL;
    }
    bool ok =
        left != NULL && (right == NULL || json_array_extend(left, right) == 0) && dump(left, &json);
    if (ok)
        weir_shadow_give_text(call, &json);
    else if (left != NULL)
        sqlite3_result_error_nomem(call);
    json_decref(left);
    json_decref(right);
}

/* weir_array_text(array, element type, delimiter[, for null]): array_to_string. */
static void text_function(sqlite3_context *call, int count, sqlite3_value **values) {
    json_t *array = array_of(values[0]), *item;
    uint32_t element = (uint32_t)sqlite3_value_int64(values[1]);
    const char *delimiter = weir_shadow_text_of(values[2]);
    const char *for_null = count > 3 ? weir_shadow_text_of(values[3]) : NULL;
    struct weir_buffer out = {.limit = WEIR_SHADOW_VALUE_LIMIT}, text = {0};
    size_t index;
    bool is_first = true;
    if (array == NULL || delimiter == NULL) {
        json_decref(array);
        return;
    }
    json_array_foreach(array, index, item) {
        if (json_is_null(item) && for_null == NULL)
            continue;
        weir_buffer_text(&out, is_first ? "" : delimiter);
        is_first = false;
        if (json_is_null(item)) {
            weir_buffer_text(&out, for_null);
            continue;
        }
        print_item(weir_shadow_of(call), element, item, &text);
        weir_buffer_append(&out, text.bytes, text.len);
    }
    weir_buffer_free(&text);
    json_decref(array);
    weir_shadow_give_text(call, &out);
}

/* weir_array_split(text, delimiter): string_to_array. */
static void split_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *text = weir_shadow_text_of(values[0]), *delimiter = weir_shadow_text_of(values[1]);
    if (text == NULL || delimiter == NULL)
        return;
    json_t *array = json_array();
    size_t step = strlen(delimiter);
    bool ok = array != NULL;
    while (ok && *text != '\0') {
        const char *end = step > 0 ? strstr(text, delimiter) : NULL;
        size_t len = end != NULL ? (size_t)(end - text) : strlen(text);
        ok = json_array_append_new(array, json_stringn(text, len)) == 0;
        text += len;
        if (end != NULL && *(text += step) == '\0')
            ok = ok && json_array_append_new(array, json_string("")) == 0;
    }
    struct weir_buffer json = {0};
    if (ok && dump(array, &json))
        weir_shadow_give_text(call, &json);
    else
        sqlite3_result_error_nomem(call);
    json_decref(array);
}

/* weir_parse_ident(text): the parts of a dotted name. */
static void parse_ident_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *rest = weir_shadow_text_of(values[0]);
    char part[WEIR_SHADOW_NAME_BYTES];
    struct weir_buffer json = {0};
    if (rest == NULL)
        return;
    json_t *array = json_array();
    bool ok = array != NULL;
    do {
        rest = weir_shadow_read_part(rest, part);
        ok = ok && rest != NULL && json_array_append_new(array, json_string(part)) == 0;
    } while (ok && *rest++ == '.');
    if (ok && dump(array, &json)) {
        weir_shadow_give_text(call, &json);
    } else {
        (void)weir_fail_state(weir_shadow_of(call)->error, WEIR_ERROR_INVALID, "22023",
                              "string is not a valid identifier");
        weir_shadow_give_error(call);
    }
    json_decref(array);
}

/* weir_series(from, to, step): generate_series over integers, as an array. */
static void series_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    int64_t from = sqlite3_value_int64(values[0]), to = sqlite3_value_int64(values[1]);
    int64_t step = sqlite3_value_int64(values[2]);
    for (int i = 0; i < 3; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_NULL)
            return;
    bool in_range = from >= INT32_MIN && from <= INT32_MAX && to >= INT32_MIN && to <= INT32_MAX &&
                    step >= INT32_MIN && step <= INT32_MAX;
    if (!in_range || step == 0 || (to - from) / step >= WEIR_SHADOW_ROW_LIMIT) {
        (void)weir_fail_state(weir_shadow_of(call)->error, WEIR_ERROR_LIMIT, "54000",
                              "generate_series may make %d rows here", WEIR_SHADOW_ROW_LIMIT);
        weir_shadow_give_error(call);
        return;
    }
    struct weir_buffer json = {0};
    weir_buffer_byte(&json, '[');
    for (int64_t at = from; step > 0 ? at <= to : at >= to; at += step)
        weir_buffer_printf(&json, "%s%d", at == from ? "" : ",", (int)at);
    weir_buffer_byte(&json, ']');
    weir_shadow_give_text(call, &json);
}

int weir_shadow_add_array_functions(struct weir_shadow *shadow) {
    static const struct weir_shadow_function functions[] = {
        {"weir_array_get", 3, get_function},   {"weir_array_size", 1, size_function},
        {"weir_array_join", 2, join_function}, {"weir_array_text", 3, text_function},
        {"weir_array_text", 4, text_function}, {"weir_array_split", 2, split_function},
        {"weir_series", 3, series_function},   {"weir_parse_ident", 1, parse_ident_function}};
    return weir_shadow_register(shadow, functions, WEIR_COUNT(functions));
}
