/* Functions over text: regular expressions, LIKE, substrings, quoting. Each call does bounded work
 * and looks at the statement's clock. */
#include "wire/shadow_values.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { PATTERN_LIMIT = 256, SUBJECT_LIMIT = 4 * 1024 };

static void refuse(sqlite3_context *call, const char *state, const char *message) {
    (void)weir_fail_state(weir_shadow_of(call)->error, WEIR_ERROR_INVALID, state, "%s", message);
    weir_shadow_give_error(call);
}

/* A PostgreSQL regular expression as a POSIX one, of which only whether it matches is asked. Left
 * out is what makes the C library's work more than its length tells: counts, back references, and
 * a + after a group, which copies the group. */
static bool write_pattern(const char *pattern, struct weir_buffer *posix) {
    if (strlen(pattern) > PATTERN_LIMIT)
        return false;
    for (const char *at = pattern; *at != '\0'; at++) {
        bool repeats = strchr("*+?", *at) != NULL;
        if (*at == '{' || (*at == '\\' && at[1] >= '1' && at[1] <= '9'))
            return false;
        if (repeats && (at == pattern || strchr("*+?(|", at[-1]) != NULL))
            return false;
        if (*at == '+' && at[-1] == ')')
            return false;
        if (*at == '\\' && at[1] == 'd') {
            weir_buffer_text(posix, "[0-9]");
            at++;
        } else if (*at == '\\' && at[1] != '\0') {
            weir_buffer_append(posix, at++, 2);
        } else {
            weir_buffer_byte(posix, (unsigned char)*at);
            if (strncmp(at, "(?:", 3) == 0)
                at += 2;
            else if (repeats && at[1] == '?') /* as few as can be: the same texts match */
                at++;
        }
    }
    return !posix->failed;
}

static bool compile(const char *pattern, bool any_case, regex_t *compiled) {
    struct weir_buffer posix = {0};
    bool ok = write_pattern(pattern, &posix) &&
              regcomp(compiled, posix.len > 0 ? posix.bytes : "",
                      REG_EXTENDED | REG_NOSUB | (any_case ? REG_ICASE : 0)) == 0;
    weir_buffer_free(&posix);
    return ok;
}

/* weir_match(subject, pattern, any case). A compiled pattern grows with what it has matched, so it
 * is not kept. */
static void match_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *subject = weir_shadow_text_of(values[0]), *pattern = weir_shadow_text_of(values[1]);
    regex_t compiled;
    if (subject == NULL || pattern == NULL)
        return;
    if (weir_shadow_is_exhausted(weir_shadow_of(call)) || strlen(subject) > SUBJECT_LIMIT) {
        refuse(call, "54000", "the text to match is too long");
    } else if (!compile(pattern, sqlite3_value_int(values[2]) != 0, &compiled)) {
        refuse(call, "2201B",
               "this regular expression is invalid, too long, or uses {m,n}, \\1 or (...)+");
    } else {
        sqlite3_result_int(call, regexec(&compiled, subject, 0, NULL, 0) == 0);
        regfree(&compiled);
    }
}

static size_t character_len(const char *at) {
    size_t len = 1;
    while (((unsigned char)at[len] & 0xc0) == 0x80)
        len++;
    return len;
}

static bool is_same(char left, char right, bool any_case) {
    if (any_case)
        return tolower((unsigned char)left) == tolower((unsigned char)right);
    return left == right;
}

/* One pass with a return to the last %: at most the product of both lengths. */
static bool is_like(const char *text, const char *pattern, char escape, bool any_case) {
    const char *last = NULL, *from = NULL;
    while (*text != '\0') {
        bool escaped = escape != '\0' && *pattern == escape && pattern[1] != '\0';
        if (!escaped && *pattern == '%') {
            last = ++pattern;
            from = text;
        } else if (!escaped && *pattern == '_') {
            text += character_len(text);
            pattern++;
        } else if (*pattern != '\0' && is_same(*text, pattern[escaped], any_case)) {
            text++;
            pattern += 1 + escaped;
        } else if (last != NULL) {
            from += character_len(from);
            text = from;
            pattern = last;
        } else {
            return false;
        }
    }
    while (*pattern == '%')
        pattern++;
    return *pattern == '\0';
}

/* weir_like(subject, pattern, escape, any case). */
static void like_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *subject = weir_shadow_text_of(values[0]), *pattern = weir_shadow_text_of(values[1]);
    const char *escape = weir_shadow_text_of(values[2]);
    if (subject == NULL || pattern == NULL || escape == NULL)
        return;
    if (weir_shadow_is_exhausted(weir_shadow_of(call)) || strlen(subject) > SUBJECT_LIMIT ||
        strlen(pattern) > PATTERN_LIMIT)
        refuse(call, "54000", "the text or the pattern of LIKE is too long");
    else if (strlen(escape) > 1)
        refuse(call, "22025", "the escape of LIKE must be one ASCII character");
    else
        sqlite3_result_int(call,
                           is_like(subject, pattern, escape[0], sqlite3_value_int(values[3]) != 0));
}

/* weir_substring(text, start[, length]): characters, from 1; what lies before 1 counts. */
static void substring_function(sqlite3_context *call, int count, sqlite3_value **values) {
    const char *text = weir_shadow_text_of(values[0]);
    for (int i = 1; i < count; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_NULL)
            return;
    if (text == NULL)
        return;
    int64_t start = sqlite3_value_int(values[1]);
    int64_t end = count > 2 ? start + sqlite3_value_int(values[2]) : INT64_MAX;
    if (end < start) {
        refuse(call, "22011", "negative substring length not allowed");
        return;
    }
    int64_t place = 1;
    while (*text != '\0' && place < start) {
        text += character_len(text);
        place++;
    }
    const char *first = text;
    while (*text != '\0' && place < end) {
        text += character_len(text);
        place++;
    }
    sqlite3_result_text(call, first, (int)(text - first), SQLITE_TRANSIENT);
}

/* weir_split_part(text, delimiter, n). */
static void split_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *text = weir_shadow_text_of(values[0]), *delimiter = weir_shadow_text_of(values[1]);
    int64_t part = sqlite3_value_int64(values[2]);
    if (text == NULL || delimiter == NULL)
        return;
    const char *end = *delimiter != '\0' ? strstr(text, delimiter) : NULL;
    for (; part > 1 && end != NULL; part--) {
        text = end + strlen(delimiter);
        end = strstr(text, delimiter);
    }
    if (part != 1)
        sqlite3_result_text(call, "", 0, SQLITE_STATIC);
    else
        sqlite3_result_text(call, text, end != NULL ? (int)(end - text) : -1, SQLITE_TRANSIENT);
}

static void quote_name_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *text = weir_shadow_text_of(values[0]);
    struct weir_buffer out = {0};
    if (text == NULL)
        return;
    weir_shadow_quote_name(text, &out);
    weir_shadow_give_text(call, &out);
}

static void quote_literal(const char *text, struct weir_buffer *out) {
    weir_buffer_text(out, strchr(text, '\\') != NULL ? "E'" : "'");
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            weir_buffer_byte(out, (unsigned char)*text);
        weir_buffer_byte(out, (unsigned char)*text);
    }
    weir_buffer_byte(out, '\'');
}

static void quote_literal_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *text = weir_shadow_text_of(values[0]);
    struct weir_buffer out = {0};
    if (text == NULL)
        return;
    quote_literal(text, &out);
    weir_shadow_give_text(call, &out);
}

/* weir_concat(a, ...): a null is left out. */
static void concat_function(sqlite3_context *call, int count, sqlite3_value **values) {
    struct weir_buffer out = {.limit = WEIR_SHADOW_VALUE_LIMIT};
    for (int i = 0; i < count; i++)
        if (weir_shadow_text_of(values[i]) != NULL)
            weir_buffer_text(&out, weir_shadow_text_of(values[i]));
    weir_shadow_give_text(call, &out);
}

/* weir_format(pattern, ...): %s, %I, %L and %%. */
static void format_function(sqlite3_context *call, int count, sqlite3_value **values) {
    const char *at = weir_shadow_text_of(values[0]);
    struct weir_buffer out = {.limit = WEIR_SHADOW_VALUE_LIMIT};
    int next = 1;
    bool ok = true;
    if (at == NULL)
        return;
    for (; ok && *at != '\0'; at++) {
        if (*at != '%' || *++at == '%') {
            weir_buffer_byte(&out, (unsigned char)*at);
            continue;
        }
        const char *text = next < count ? weir_shadow_text_of(values[next]) : NULL;
        ok = next++ < count && *at != '\0' && strchr("sIL", *at) != NULL;
        if (ok && text != NULL && *at == 's')
            weir_buffer_text(&out, text);
        else if (ok && text != NULL && *at == 'L')
            quote_literal(text, &out);
        else if (ok && text != NULL)
            weir_shadow_quote_name(text, &out);
        else if (ok && *at != 's')
            weir_buffer_text(&out, "NULL");
    }
    if (ok) {
        weir_shadow_give_text(call, &out);
    } else {
        weir_buffer_free(&out);
        refuse(call, "22023", "format takes %s, %I and %L here, each with its argument");
    }
}

/* weir_format_type(oid, modifier): the modifier may be null. */
static void format_type_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    struct weir_buffer out = {0};
    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    int64_t modifier =
        sqlite3_value_type(values[1]) == SQLITE_NULL ? -1 : sqlite3_value_int64(values[1]);
    weir_shadow_format_type((uint32_t)sqlite3_value_int64(values[0]), modifier, &out);
    weir_shadow_give_text(call, &out);
}

int weir_shadow_add_text_functions(struct weir_shadow *shadow) {
    static const struct weir_shadow_function functions[] = {
        {"weir_match", 3, match_function},
        {"weir_like", 4, like_function},
        {"weir_substring", 2, substring_function},
        {"weir_substring", 3, substring_function},
        {"weir_split_part", 3, split_function},
        {"weir_quote_name", 1, quote_name_function},
        {"weir_quote_literal", 1, quote_literal_function},
        {"weir_concat", -1, concat_function},
        {"weir_format", -1, format_function},
        {"weir_format_type", 2, format_type_function}};
    return weir_shadow_register(shadow, functions, WEIR_COUNT(functions));
}
