/* Reading the parse tree, with nothing overlooked. */
#include "wire/introspect_translate.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

const char *weir_tree_text(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

const json_t *weir_tree_get(const json_t *object, const char *key) {
    return json_object_get(object, key);
}

bool weir_tree_flag(const json_t *object, const char *key) {
    return json_is_true(json_object_get(object, key));
}

const char *weir_tree_qualified(const json_t *names, const char **schema) {
    *schema = NULL;
    size_t count = json_array_size(names);
    if (count == 0 || count > 2)
        return NULL;
    if (count == 2) {
        *schema = weir_tree_string(json_array_get(names, 0));
        if (*schema == NULL ||
            (strcmp(*schema, "pg_catalog") != 0 && strcmp(*schema, "information_schema") != 0))
            return NULL;
    }
    return weir_tree_string(json_array_get(names, count - 1));
}

static bool is_listed(const char *word, const char *list) {
    size_t len = strlen(word);
    for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word)) {
        bool starts = at == list || at[-1] == ' ';
        if (starts && (at[len] == ' ' || at[len] == '\0'))
            return true;
    }
    return false;
}

weir_status weir_tree_refuse(struct weir_translation *translation, const char *format, ...) {
    char what[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "0A000",
                           "queries of the system catalog cannot use %s here", what);
}

weir_status weir_tree_allow(struct weir_translation *translation, const json_t *object,
                            const char *kind, const char *keys) {
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return weir_tree_refuse(translation, "an incomplete %s", kind);
    json_object_foreach((json_t *)object, key, value) {
        if (!is_listed(key, keys))
            return weir_tree_refuse(translation, "%s of %s", key, kind);
    }
    return WEIR_OK;
}

weir_status weir_tree_enter(struct weir_translation *translation) {
    if (translation->depth >= WEIR_INTROSPECT_DEPTH)
        return weir_fail_state(translation->error, WEIR_ERROR_LIMIT, "54001",
                               "the query is nested too deeply");
    translation->depth++;
    return WEIR_OK;
}

void weir_tree_leave(struct weir_translation *translation) {
    translation->depth--;
}

weir_status weir_text_add(struct weir_translation *translation, struct weir_text *text,
                          const char *part) {
    size_t len = strlen(part), needed = text->len + len + 1;
    if (needed > text->capacity) {
        size_t capacity = needed < 64 ? 128 : 2 * needed;
        char *bytes = weir_arena_allocate(translation->arena, capacity);
        if (bytes == NULL)
            return WEIR_FAILED;
        if (text->len > 0)
            memcpy(bytes, text->bytes, text->len);
        text->bytes = bytes;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->len, part, len + 1);
    text->len += len;
    return WEIR_OK;
}

weir_status weir_text_list(struct weir_translation *translation, struct weir_text *text,
                           const char *part) {
    if (text->len > 0)
        WEIR_TRY(weir_text_add(translation, text, ", "));
    return weir_text_add(translation, text, part);
}

const char *weir_text_of(const struct weir_text *text) {
    return text->bytes != NULL ? text->bytes : "";
}

const char *weir_tree_quote(struct weir_translation *translation, const char *text) {
    size_t quotes = 0, len = strlen(text);
    for (size_t i = 0; i < len; i++)
        quotes += text[i] == '\'';
    char *quoted = weir_arena_allocate(translation->arena, len + quotes + 3);
    if (quoted == NULL)
        return NULL;
    char *at = quoted;
    *at++ = '\'';
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'')
            *at++ = '\'';
        *at++ = text[i];
    }
    *at++ = '\'';
    *at = '\0';
    return quoted;
}

weir_status weir_expression_give(struct weir_expression *out, uint32_t type, const char *name,
                                 const char *sql) {
    *out = (struct weir_expression){.sql = sql, .type = type, .name = name};
    return sql != NULL ? WEIR_OK : WEIR_FAILED;
}

const char *weir_expression_join(struct weir_translation *translation,
                                 const struct weir_expression *values, size_t count) {
    struct weir_text text = {0};
    for (size_t i = 0; i < count; i++)
        if (!weir_text_list(translation, &text, values[i].sql).ok)
            return NULL;
    return weir_text_of(&text);
}
