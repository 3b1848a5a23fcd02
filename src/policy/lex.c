/* Tokens of the policy language. */
#include "policy/lex.h"

#include <string.h>

#include "base/value.h"

#include "base/banned.h"

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

static bool is_word_start(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           character == '_';
}

static bool is_word(char character) {
    return is_word_start(character) || is_digit(character);
}

/* The character `offset` bytes ahead; NUL at the end, which no valid text holds. */
static char peek(const struct weir_policy_lexer *lexer, size_t offset) {
    return offset < (size_t)(lexer->end - lexer->at) ? lexer->at[offset] : '\0';
}

static void skip(struct weir_policy_lexer *lexer, size_t bytes) {
    for (; bytes > 0; bytes--) {
        char byte = *lexer->at++;
        if (byte == '\n') {
            lexer->line++;
            lexer->column = 1;
        } else if (((unsigned char)byte & 0xc0) != 0x80) {
            lexer->column++;
        }
    }
}

static void skip_blanks_and_comments(struct weir_policy_lexer *lexer) {
    for (;;) {
        char byte = peek(lexer, 0);
        if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
            skip(lexer, 1);
        } else if (byte == '-' && peek(lexer, 1) == '-') {
            while (lexer->at < lexer->end && *lexer->at != '\n')
                skip(lexer, 1);
        } else {
            return;
        }
    }
}

/* Takes the next `len` bytes as the token's text. */
static weir_status take(struct weir_policy_lexer *lexer, struct weir_policy_token *token,
                        enum weir_policy_token_kind kind, size_t len, size_t limit) {
    if (len > limit)
        return weir_policy_fail_at(lexer->error, WEIR_ERROR_INVALID, token->line, token->column,
                                   "%s has at most %zu bytes", weir_policy_token_kind_name(token),
                                   limit);
    token->kind = kind;
    token->len = len;
    token->text = weir_arena_copy(lexer->arena, lexer->at, len);
    skip(lexer, len);
    return (weir_status){token->text != NULL};
}

static weir_status lex_word(struct weir_policy_lexer *lexer, struct weir_policy_token *token) {
    size_t len = 1;
    while (is_word(peek(lexer, len)))
        len++;
    token->kind = WEIR_POLICY_TOKEN_WORD;
    if (peek(lexer, len) == ':' && is_word(peek(lexer, len + 1))) {
        token->kind = WEIR_POLICY_TOKEN_TERM;
        for (len++; is_word(peek(lexer, len)) || peek(lexer, len) == '-';)
            len++;
        return take(lexer, token, WEIR_POLICY_TOKEN_TERM, len, WEIR_POLICY_TERM_BYTES);
    }
    if (len > WEIR_POLICY_NAME_BYTES)
        return weir_policy_fail_at(lexer->error, WEIR_ERROR_INVALID, token->line, token->column,
                                   "a name has at most %d bytes", WEIR_POLICY_NAME_BYTES);
    char lower[WEIR_POLICY_NAME_BYTES + 1] = {0};
    for (size_t i = 0; i < len; i++) {
        char byte = lexer->at[i];
        lower[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
    token->len = len;
    token->text = weir_arena_copy(lexer->arena, lower, len);
    skip(lexer, len);
    return (weir_status){token->text != NULL};
}

static weir_status lex_date(struct weir_policy_lexer *lexer, struct weir_policy_token *token) {
    static const char form[] = "dddd-dd-dd";
    size_t len = 0;
    while (len < sizeof form - 1 &&
           (form[len] == 'd' ? is_digit(peek(lexer, len)) : peek(lexer, len) == form[len]))
        len++;
    bool whole = len == sizeof form - 1 && !is_word(peek(lexer, len)) && peek(lexer, len) != '-';
    struct weir_value date = {0};
    /* Year 0 is no year of the calendar that people write. */
    if (!whole || memcmp(lexer->at, "0000", 4) == 0 ||
        !weir_value_parse(lexer->arena, WEIR_TYPE_DATE, lexer->at, len, &date))
        return weir_policy_fail_at(lexer->error, WEIR_ERROR_INVALID, token->line, token->column,
                                   "expected a date of the calendar as YYYY-MM-DD");
    token->days = date.as.integer;
    return take(lexer, token, WEIR_POLICY_TOKEN_DATE, len, len);
}

/* A point belongs to the number only when a digit follows: 0..60 is a range. */
static weir_status lex_number(struct weir_policy_lexer *lexer, struct weir_policy_token *token) {
    size_t len = peek(lexer, 0) == '-';
    while (is_digit(peek(lexer, len)))
        len++;
    if (peek(lexer, 0) != '-' && peek(lexer, len) == '-' && is_digit(peek(lexer, len + 1)))
        return lex_date(lexer, token);
    if (peek(lexer, len) == '.' && is_digit(peek(lexer, len + 1)))
        for (len++; is_digit(peek(lexer, len));)
            len++;
    if (peek(lexer, len) == 'e' || peek(lexer, len) == 'E') {
        size_t sign = peek(lexer, len + 1) == '-' || peek(lexer, len + 1) == '+';
        for (len += is_digit(peek(lexer, len + 1 + sign)) ? 1 + sign : 0;
             is_digit(peek(lexer, len));)
            len++;
    }
    if (is_word(peek(lexer, len)))
        return weir_policy_fail_at(lexer->error, WEIR_ERROR_INVALID, token->line, token->column,
                                   "expected a blank between a number and the word after it");
    token->kind = WEIR_POLICY_TOKEN_NUMBER;
    return take(lexer, token, WEIR_POLICY_TOKEN_NUMBER, len, WEIR_POLICY_NUMBER_BYTES);
}

/* "prose" or 'value', on one line; the quote is written twice to stand for itself. */
static weir_status lex_quoted(struct weir_policy_lexer *lexer, struct weir_policy_token *token,
                              enum weir_policy_token_kind kind) {
    char quote = peek(lexer, 0);
    char bytes[WEIR_POLICY_STRING_BYTES];
    size_t len = 0;
    token->kind = kind;
    for (skip(lexer, 1); peek(lexer, 0) != quote || peek(lexer, 1) == quote; skip(lexer, 1)) {
        char byte = peek(lexer, 0);
        if (byte == '\0' || byte == '\n' || byte == '\r' || byte == '\t')
            return weir_policy_fail_at(lexer->error, WEIR_ERROR_INVALID, token->line, token->column,
                                       "expected %s to be closed on its own line, without tabs",
                                       weir_policy_token_kind_name(token));
        if (len == sizeof bytes)
            return weir_policy_fail_at(lexer->error, WEIR_ERROR_INVALID, token->line, token->column,
                                       "%s has at most %d bytes",
                                       weir_policy_token_kind_name(token),
                                       WEIR_POLICY_STRING_BYTES);
        if (byte == quote)
            skip(lexer, 1);
        bytes[len++] = byte;
    }
    skip(lexer, 1);
    token->len = len;
    token->text = weir_arena_copy(lexer->arena, bytes, len);
    return (weir_status){token->text != NULL};
}

static weir_status lex_mark(struct weir_policy_lexer *lexer, struct weir_policy_token *token) {
    static const char *const marks[] = {"(", ")", ",", ";", "..", "."};
    token->kind = WEIR_POLICY_TOKEN_MARK;
    for (size_t i = 0; i < WEIR_COUNT(marks); i++) {
        size_t len = strlen(marks[i]);
        if ((size_t)(lexer->end - lexer->at) >= len && memcmp(lexer->at, marks[i], len) == 0) {
            token->text = marks[i];
            token->len = len;
            skip(lexer, len);
            return WEIR_OK;
        }
    }
    return weir_policy_fail_at(
        lexer->error, WEIR_ERROR_INVALID, token->line, token->column,
        "found a character that the policy language uses only inside quotes");
}

weir_status weir_policy_next_token(struct weir_policy_lexer *lexer,
                                   struct weir_policy_token *token) {
    skip_blanks_and_comments(lexer);
    *token = (struct weir_policy_token){
        .kind = WEIR_POLICY_TOKEN_END, .text = "", .line = lexer->line, .column = lexer->column};
    char byte = peek(lexer, 0);
    if (lexer->at == lexer->end)
        return WEIR_OK;
    if (is_word_start(byte))
        return lex_word(lexer, token);
    if (is_digit(byte) || (byte == '-' && is_digit(peek(lexer, 1))))
        return lex_number(lexer, token);
    if (byte == '"')
        return lex_quoted(lexer, token, WEIR_POLICY_TOKEN_QUOTED);
    if (byte == '\'')
        return lex_quoted(lexer, token, WEIR_POLICY_TOKEN_LITERAL);
    return lex_mark(lexer, token);
}

const char *weir_policy_token_kind_name(const struct weir_policy_token *token) {
    switch (token->kind) {
    case WEIR_POLICY_TOKEN_END:
        return "the end of the text";
    case WEIR_POLICY_TOKEN_WORD:
        return "a name or keyword";
    case WEIR_POLICY_TOKEN_QUOTED:
        return "a text in double quotes";
    case WEIR_POLICY_TOKEN_LITERAL:
        return "a value in single quotes";
    case WEIR_POLICY_TOKEN_NUMBER:
        return "a number";
    case WEIR_POLICY_TOKEN_DATE:
        return "a date";
    case WEIR_POLICY_TOKEN_TERM:
        return "a term of the form vocabulary:Term";
    case WEIR_POLICY_TOKEN_MARK:
        break;
    }
    switch (token->text[0]) {
    case '(':
        return "'('";
    case ')':
        return "')'";
    case ',':
        return "','";
    case ';':
        return "';'";
    default:
        return token->text[1] == '.' ? "'..'" : "'.'";
    }
}
