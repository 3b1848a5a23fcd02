/* Single tokens, and clauses in any order. */
#include "policy/parse.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

weir_status weir_policy_advance(struct weir_policy_parser *parser) {
    return weir_policy_next_token(&parser->lexer, &parser->token);
}

bool weir_policy_at_word(const struct weir_policy_parser *parser, const char *word) {
    return parser->token.kind == WEIR_POLICY_TOKEN_WORD &&
           strcasecmp(parser->token.text, word) == 0;
}

bool weir_policy_at_mark(const struct weir_policy_parser *parser, const char *mark) {
    return parser->token.kind == WEIR_POLICY_TOKEN_MARK && strcmp(parser->token.text, mark) == 0;
}

weir_status weir_policy_accept(struct weir_policy_parser *parser, const char *word,
                               bool *accepted) {
    *accepted = weir_policy_at_word(parser, word);
    return *accepted ? weir_policy_advance(parser) : WEIR_OK;
}

weir_status weir_policy_accept_mark(struct weir_policy_parser *parser, const char *mark,
                                    bool *accepted) {
    *accepted = weir_policy_at_mark(parser, mark);
    return *accepted ? weir_policy_advance(parser) : WEIR_OK;
}

weir_status weir_policy_expected(struct weir_policy_parser *parser, const char *what) {
    return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, parser->token.line,
                               parser->token.column, "expected %s, found %s", what,
                               weir_policy_token_kind_name(&parser->token));
}

weir_status weir_policy_unfit(struct weir_policy_parser *parser, const char *what) {
    return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, parser->token.line,
                               parser->token.column, "expected %s, found one that does not fit",
                               what);
}

weir_status weir_policy_wrong(struct weir_policy_parser *parser, const char *what) {
    return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, parser->token.line,
                               parser->token.column, "%s", what);
}

weir_status weir_policy_expect(struct weir_policy_parser *parser, const char *words,
                               const char *where) {
    while (*words != '\0') {
        char word[32], expected[160];
        size_t len = strcspn(words, " ");
        weir_check(len < sizeof word);
        memcpy(word, words, len);
        word[len] = '\0';
        if (!weir_policy_at_word(parser, word)) {
            snprintf(expected, sizeof expected, "%s %s", word, where);
            return weir_policy_expected(parser, expected);
        }
        WEIR_TRY(weir_policy_advance(parser));
        words += len + (words[len] == ' ');
    }
    return WEIR_OK;
}

weir_status weir_policy_expect_mark(struct weir_policy_parser *parser, const char *mark,
                                    const char *where) {
    if (weir_policy_at_mark(parser, mark))
        return weir_policy_advance(parser);
    char expected[160];
    snprintf(expected, sizeof expected, "'%s' %s", mark, where);
    return weir_policy_expected(parser, expected);
}

static bool at_one_of(const struct weir_policy_parser *parser, const char *marks) {
    return parser->token.kind == WEIR_POLICY_TOKEN_MARK && parser->token.len == 1 &&
           strchr(marks, parser->token.text[0]) != NULL;
}

/* "RANGE, NOT NULL, ',' or ')' after the column's type": what may still come. */
static weir_status expected_clause(struct weir_policy_parser *parser,
                                   const struct weir_policy_clause *clauses, size_t count,
                                   unsigned seen, const char *ends, const char *where) {
    const char *options[24];
    char marks[4][4], text[320];
    size_t option_count = 0, used = 0;
    bool missing = false;
    for (size_t i = 0; i < count; i++)
        missing = missing || (clauses[i].required && (seen >> i & 1) == 0);
    for (size_t i = 0; i < count; i++)
        if ((seen >> i & 1) == 0)
            options[option_count++] = clauses[i].name;
    for (size_t i = 0; ends[i] != '\0' && !missing; i++) {
        snprintf(marks[i], sizeof marks[i], "'%c'", ends[i]);
        options[option_count++] = marks[i];
    }
    for (size_t i = 0; i < option_count; i++) {
        const char *before = i == 0 ? "" : i + 1 == option_count ? " or " : ", ";
        int len = snprintf(text + used, sizeof text - used, "%s%s", before, options[i]);
        weir_check(len > 0 && (size_t)len < sizeof text - used);
        used += (size_t)len;
    }
    int len = snprintf(text + used, sizeof text - used, " %s", where);
    weir_check(len > 0 && (size_t)len < sizeof text - used);
    return weir_policy_expected(parser, text);
}

weir_status weir_policy_read_clauses(struct weir_policy_parser *parser,
                                     const struct weir_policy_clause *clauses, size_t count,
                                     void *target, const char *ends, const char *where) {
    weir_check(count <= 16 && strlen(ends) <= 4);
    unsigned seen = 0;
    while (!at_one_of(parser, ends)) {
        size_t i = 0;
        while (i < count && !weir_policy_at_word(parser, clauses[i].word))
            i++;
        if (i == count)
            return expected_clause(parser, clauses, count, seen, ends, where);
        if ((seen >> i & 1) != 0)
            return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, parser->token.line,
                                       parser->token.column, "%s is given twice", clauses[i].name);
        seen |= 1u << i;
        parser->clause = (struct weir_policy_place){parser->token.line, parser->token.column};
        WEIR_TRY(weir_policy_advance(parser));
        WEIR_TRY(clauses[i].read(parser, target));
    }
    for (size_t i = 0; i < count; i++)
        if (clauses[i].required && (seen >> i & 1) == 0)
            return expected_clause(parser, clauses, count, seen, ends, where);
    return WEIR_OK;
}
