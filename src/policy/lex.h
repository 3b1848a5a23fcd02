/* From text to tokens. The whole text is known to be valid UTF-8 without control or bidirectional
 * characters (weir_policy_check_text), so that what a reader sees is what the parser reads. */
#ifndef WEIR_POLICY_LEX_H
#define WEIR_POLICY_LEX_H

#include "base/arena.h"
#include "base/error.h"

enum {
    WEIR_POLICY_NAME_BYTES = 63,
    WEIR_POLICY_STRING_BYTES = 1000,
    WEIR_POLICY_NUMBER_BYTES = 63,
    WEIR_POLICY_TERM_BYTES = 127
};

enum weir_policy_token_kind {
    WEIR_POLICY_TOKEN_END,
    WEIR_POLICY_TOKEN_WORD,    /* keyword or bare name, lower-cased */
    WEIR_POLICY_TOKEN_QUOTED,  /* "prose", or a name written exactly */
    WEIR_POLICY_TOKEN_LITERAL, /* 'value' */
    WEIR_POLICY_TOKEN_NUMBER,  /* as written: -1.5e3 */
    WEIR_POLICY_TOKEN_DATE,    /* 2027-12-31, in `days` */
    WEIR_POLICY_TOKEN_TERM,    /* vocabulary:Term, sha256:9c1f, as written */
    WEIR_POLICY_TOKEN_MARK     /* ( ) , ; . .. */
};

struct weir_policy_token {
    enum weir_policy_token_kind kind;
    const char *text; /* in the arena; quotes removed */
    size_t len;
    int64_t days;
    int line, column; /* 1-based; the column counts characters */
};

struct weir_policy_lexer {
    struct weir_arena *arena;
    struct weir_error *error;
    const char *at, *end;
    int line, column;
};

weir_status weir_policy_check_text(const char *text, size_t len,
                                   struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_policy_next_token(struct weir_policy_lexer *lexer,
                                   struct weir_policy_token *token) WEIR_MUST_CHECK;

/* "a number", "a name or keyword", "'('": what was found, by kind alone. */
const char *weir_policy_token_kind_name(const struct weir_policy_token *token);

/* Sets the error with its place, also as "line 4, column 12: " before the message. */
weir_status weir_policy_fail_at(struct weir_error *error, enum weir_error_class class, int line,
                                int column, const char *format, ...) WEIR_PRINTF(5, 6);

#endif
