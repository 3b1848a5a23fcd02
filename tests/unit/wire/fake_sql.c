/* Statements told apart by their first word; the tree is the statement's own text. */
#include "sql/statement.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

static bool starts_with(const char *text, const char *word) {
    return strncasecmp(text, word, strlen(word)) == 0;
}

static int count_parameters(const char *text) {
    int highest = 0;
    for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at + 1, '$')) {
        int number = (int)strtol(at + 1, NULL, 10);
        highest = number > highest ? number : highest;
    }
    return highest;
}

static char *word(struct weir_arena *arena, const char *text, int which) {
    for (; which > 0; which--) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    return weir_arena_copy(arena, text, strcspn(text, " "));
}

static bool classify(struct weir_arena *arena, const char *text, struct weir_statement *statement) {
    static const struct {
        const char *start;
        enum weir_statement_kind kind;
    } kinds[] = {
        {"select", WEIR_STATEMENT_SELECT},   {"explain", WEIR_STATEMENT_EXPLAIN},
        {"set", WEIR_STATEMENT_SET},         {"reset", WEIR_STATEMENT_RESET},
        {"show", WEIR_STATEMENT_SHOW},       {"begin", WEIR_STATEMENT_BEGIN},
        {"commit", WEIR_STATEMENT_COMMIT},   {"rollback", WEIR_STATEMENT_ROLLBACK},
        {"discard", WEIR_STATEMENT_DISCARD}, {"deallocate", WEIR_STATEMENT_DEALLOCATE},
    };
    statement->kind = WEIR_STATEMENT_OTHER;
    for (size_t i = 0; i < WEIR_COUNT(kinds); i++)
        if (starts_with(text, kinds[i].start))
            statement->kind = kinds[i].kind;
    statement->tree = json_string(text);
    statement->is_local = starts_with(text, "set local");
    statement->name = word(arena, text, statement->kind == WEIR_STATEMENT_OTHER ? 0 : 1);
    const char *equals = strstr(text, "= ");
    statement->value = equals != NULL ? weir_arena_string(arena, equals + 2) : NULL;
    statement->is_introspection =
        strstr(text, "pg_catalog") != NULL || strstr(text, "version()") != NULL;
    statement->parameter_count = count_parameters(text);
    return statement->tree != NULL && statement->name != NULL;
}

weir_status weir_sql_parse(struct weir_arena *arena, const char *text, size_t len,
                           struct weir_statements *statements, struct weir_error *error) {
    *statements = (struct weir_statements){.text = weir_arena_copy(arena, text, len)};
    statements->items = WEIR_NEW_ARRAY(arena, 32, struct weir_statement);
    if (statements->text == NULL || statements->items == NULL)
        return WEIR_FAILED;
    if (len > WEIR_SQL_TEXT_LIMIT)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the text is too long");
    if (strstr(text, "!!") != NULL) {
        weir_fail_state(error, WEIR_ERROR_INVALID, "42601", "syntax error");
        return weir_error_at(error, 3);
    }
    char *rest = weir_arena_string(arena, text), *save = NULL;
    for (char *part = strtok_r(rest, ";\n", &save); part != NULL;
         part = strtok_r(NULL, ";\n", &save)) {
        while (isspace((unsigned char)*part))
            part++;
        if (*part == '\0')
            continue;
        if (statements->count == 32 ||
            !classify(arena, part, &statements->items[statements->count]))
            return weir_fail(error, WEIR_ERROR_LIMIT, "too much");
        statements->count++;
    }
    return WEIR_OK;
}

void weir_statements_release(struct weir_statements *statements) {
    for (size_t i = 0; i < statements->count; i++)
        json_decref((json_t *)(uintptr_t)statements->items[i].tree);
    *statements = (struct weir_statements){0};
}
