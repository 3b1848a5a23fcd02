/* SQL text to PostgreSQL's parse tree, under limits. The parser recurses as deep as its input, so
 * it runs on a thread with a stack made for the largest text we accept; depth is measured before
 * anything of ours recurses. */
#include "sql/statement.h"

#include "sql/classify.h"

#include <pg_query.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* 64 KiB of the deepest text needs under 64 MiB (measured); sanitizers make frames several times
 * larger. */
#define PARSER_STACK_BYTES ((size_t)512 << 20)

struct parser_run {
    const char *text;
    json_t *tree;
    int depth;
    char message[256];
    int position; /* 1-based byte, 0 = none */
    bool failed;
};

/* Valid UTF-8 without NUL, surrogates or overlong forms (RFC 3629). */
static bool is_utf8(const unsigned char *bytes, size_t len) {
    for (size_t i = 0; i < len;) {
        unsigned char first = bytes[i];
        size_t more = first < 0x80 ? 0 : first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
        if (first == 0 || (first >= 0x80 && first < 0xC2) || first > 0xF4 || i + more >= len)
            return false;
        for (size_t k = 1; k <= more; k++)
            if ((bytes[i + k] & 0xC0) != 0x80)
                return false;
        unsigned char second = more > 0 ? bytes[i + 1] : 0;
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
            (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
            return false;
        i += more + 1;
    }
    return true;
}

/* Deepest nesting of objects in JSON text. Each level of SQL is two objects: the node's name and
 * its fields. */
static int json_depth(const char *text) {
    int depth = 0, deepest = 0;
    bool quoted = false;
    for (; *text != '\0'; text++) {
        if (quoted && *text == '\\' && text[1] != '\0')
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (!quoted && *text == '{' && ++depth > deepest)
            deepest = depth;
        else if (!quoted && *text == '}')
            depth--;
    }
    return deepest / 2;
}

/* Behind what may stand between a minus and its number: space, comments, parentheses. */
static const char *skip_to_number(const char *text) {
    for (;;) {
        text += strspn(text, " \t\n\r\f(");
        if (strncmp(text, "--", 2) == 0) {
            text += strcspn(text, "\n\r");
        } else if (strncmp(text, "/*", 2) == 0) {
            int depth = 0;
            do {
                depth += strncmp(text, "/*", 2) == 0 ? 1 : strncmp(text, "*/", 2) == 0 ? -1 : 0;
                text += strncmp(text, "/*", 2) == 0 || strncmp(text, "*/", 2) == 0 ? 2 : 1;
            } while (depth > 0 && *text != '\0');
        } else if (*text == '-') {
            text++;
        } else {
            return text;
        }
    }
}

/* libpg_query 15 leaves an integer out of its JSON when it is zero, and also when it is negative:
 * what it was stands in the text. False when it does not. */
static bool restore_integers(json_t *node, const char *text) {
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_array(node)) {
        json_array_foreach(node, index, value) {
            if (!restore_integers(value, text))
                return false;
        }
        return true;
    }
    json_object_foreach(node, key, value) {
        if (!restore_integers(value, text))
            return false;
    }
    json_t *integer = json_object_get(node, "ival");
    json_int_t location = json_integer_value(json_object_get(node, "location"));
    if (!json_is_object(integer) || json_object_size(integer) > 0 || location < 0)
        return true;
    const char *number = skip_to_number(text + location);
    if (*number < '0' || *number > '9')
        return false;
    return json_object_set_new(integer, "ival", json_integer(-strtoll(number, NULL, 10))) == 0;
}

static void *run_parser(void *argument) {
    struct parser_run *run = argument;
    PgQueryParseResult parsed = pg_query_parse(run->text);
    if (parsed.error != NULL) {
        run->failed = true;
        run->position = parsed.error->cursorpos;
        snprintf(run->message, sizeof run->message, "%s", parsed.error->message);
    } else if (parsed.parse_tree != NULL) {
        run->depth = json_depth(parsed.parse_tree);
        if (run->depth <= WEIR_SQL_DEPTH_LIMIT)
            run->tree = json_loads(parsed.parse_tree, JSON_REJECT_DUPLICATES, NULL);
        if (run->tree != NULL && !restore_integers(run->tree, run->text)) {
            json_decref(run->tree);
            run->tree = NULL;
        }
    }
    pg_query_free_parse_result(parsed);
    return NULL;
}

static weir_status run_on_large_stack(struct parser_run *run, struct weir_error *error) {
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0)
        return weir_fail(error, WEIR_ERROR_LIMIT, "no thread could be made to read the statement");
    int failed = pthread_attr_setstacksize(&attributes, PARSER_STACK_BYTES);
    if (failed == 0)
        failed = pthread_create(&thread, &attributes, run_parser, run);
    pthread_attr_destroy(&attributes);
    if (failed != 0)
        return weir_fail(error, WEIR_ERROR_LIMIT, "no thread could be made to read the statement");
    weir_check(pthread_join(thread, NULL) == 0);
    return WEIR_OK;
}

int weir_sql_position(const char *text, int byte_offset) {
    if (byte_offset < 0)
        return 0;
    int characters = 1;
    for (int i = 0; i < byte_offset && text[i] != '\0'; i++)
        characters += ((unsigned char)text[i] & 0xC0) != 0x80;
    return characters;
}

static weir_status check_text(const char *text, size_t len, struct weir_error *error) {
    if (len > WEIR_SQL_TEXT_LIMIT) {
        weir_fail_state(error, WEIR_ERROR_LIMIT, "54000",
                        "the statement is longer than the %d bytes allowed", WEIR_SQL_TEXT_LIMIT);
        return weir_error_hint(error, "Ask in several shorter statements.");
    }
    if (!is_utf8((const unsigned char *)text, len))
        return weir_fail_state(error, WEIR_ERROR_INVALID, "22021",
                               "the statement is not valid UTF-8");
    return WEIR_OK;
}

static weir_status too_deep(struct weir_error *error) {
    weir_fail_state(error, WEIR_ERROR_LIMIT, "54001",
                    "the statement nests deeper than the %d levels allowed", WEIR_SQL_DEPTH_LIMIT);
    return weir_error_hint(error, "Write long chains of conditions as IN lists, or ask in parts.");
}

static weir_status check_run(const struct parser_run *run, struct weir_error *error) {
    /* What PostgreSQL's parser says when its own stack of 10,000 states is full. */
    if (run->failed && strncmp(run->message, "memory exhausted", 16) == 0)
        return too_deep(error);
    if (run->failed) {
        weir_fail_state(error, WEIR_ERROR_INVALID, "42601", "%s", run->message);
        return weir_error_at(error, weir_sql_position(run->text, run->position - 1));
    }
    if (run->depth > WEIR_SQL_DEPTH_LIMIT)
        return too_deep(error);
    if (run->tree == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "the statement cannot be read");
    return WEIR_OK;
}

weir_status weir_sql_parse(struct weir_arena *arena, const char *text, size_t len,
                           struct weir_statements *statements, struct weir_error *error) {
    *statements = (struct weir_statements){0};
    WEIR_TRY(check_text(text, len, error));
    statements->text = weir_arena_copy(arena, text, len);
    if (statements->text == NULL)
        return WEIR_FAILED;
    struct parser_run run = {.text = statements->text};
    WEIR_TRY(run_on_large_stack(&run, error));
    WEIR_TRY(check_run(&run, error));
    statements->owned = run.tree;
    weir_status status = weir_sql_classify(arena, run.tree, statements, error);
    if (!status.ok)
        weir_statements_release(statements);
    return status;
}

void weir_statements_release(struct weir_statements *statements) {
    json_decref(statements->owned);
    *statements = (struct weir_statements){0};
}
