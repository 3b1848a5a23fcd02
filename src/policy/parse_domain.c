/* A column's type, and the values it may take: RANGE and VALUES. */
#include "policy/parse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static weir_status read_numeric(struct weir_policy_parser *parser,
                                struct weir_policy_column *column) {
    bool more;
    WEIR_TRY(weir_policy_expect_mark(parser, "(", "with the precision and scale of NUMERIC"));
    struct weir_policy_token token = parser->token;
    int64_t precision, scale = 0;
    WEIR_TRY(weir_policy_read_count(parser, "the precision of NUMERIC", 38, &precision));
    if (precision > WEIR_POLICY_MAX_PRECISION)
        return weir_policy_fail_at(
            parser->error, WEIR_ERROR_REFUSED, token.line, token.column,
            "a NUMERIC column has a precision of at most %d in this version of weir",
            WEIR_POLICY_MAX_PRECISION);
    WEIR_TRY(weir_policy_accept_mark(parser, ",", &more));
    bool zero = more && parser->token.kind == WEIR_POLICY_TOKEN_NUMBER &&
                strcmp(parser->token.text, "0") == 0;
    if (zero)
        WEIR_TRY(weir_policy_advance(parser));
    else if (more)
        WEIR_TRY(weir_policy_read_count(parser, "0 or the scale of NUMERIC", precision, &scale));
    column->precision = (int)precision;
    column->scale = (int)scale;
    return weir_policy_expect_mark(parser, ")", "after the scale of NUMERIC");
}

weir_status weir_policy_parse_type(struct weir_policy_parser *parser,
                                   struct weir_policy_column *column) {
    static const struct {
        const char *word;
        enum weir_type type;
    } types[] = {{"BOOLEAN", WEIR_TYPE_BOOLEAN}, {"INT", WEIR_TYPE_INTEGER},
                 {"INTEGER", WEIR_TYPE_INTEGER}, {"BIGINT", WEIR_TYPE_BIGINT},
                 {"NUMERIC", WEIR_TYPE_NUMERIC}, {"DECIMAL", WEIR_TYPE_NUMERIC},
                 {"DOUBLE", WEIR_TYPE_DOUBLE},   {"TEXT", WEIR_TYPE_TEXT},
                 {"DATE", WEIR_TYPE_DATE},       {"TIMESTAMP", WEIR_TYPE_TIMESTAMP},
                 {"BLOB", WEIR_TYPE_BLOB}};
    size_t i = 0;
    while (i < WEIR_COUNT(types) && !weir_policy_at_word(parser, types[i].word))
        i++;
    if (i == WEIR_COUNT(types))
        return weir_policy_expected(
            parser, "BOOLEAN, INTEGER, BIGINT, NUMERIC, DOUBLE PRECISION, TEXT, DATE, TIMESTAMP or "
                    "BLOB as the column's type");
    column->type = types[i].type;
    WEIR_TRY(weir_policy_advance(parser));
    bool precision;
    if (column->type == WEIR_TYPE_DOUBLE)
        return weir_policy_accept(parser, "PRECISION", &precision);
    return column->type == WEIR_TYPE_NUMERIC ? read_numeric(parser, column) : WEIR_OK;
}

/* Rewrites a decimal to the column's scale. False when it has more decimals or digits than the
 * column. */
static bool fit_numeric(const struct weir_policy_column *column, struct weir_value *value) {
    weir_int128 digits = value->as.numeric.digits, limit = 1;
    if (value->as.numeric.scale > column->scale)
        return false;
    for (int place = 0; place < column->precision; place++)
        limit *= 10;
    for (int scale = value->as.numeric.scale; scale < column->scale; scale++) {
        if (digits >= limit || digits <= -limit)
            return false;
        digits *= 10;
    }
    *value = weir_value_numeric(digits, column->scale);
    return digits < limit && digits > -limit;
}

/* 'YYYY-MM-DD', of the years 1 to 9999. */
static bool parse_date(struct weir_policy_parser *parser, struct weir_value *value) {
    const struct weir_policy_token *token = &parser->token;
    return token->kind == WEIR_POLICY_TOKEN_LITERAL && token->len == strlen("YYYY-MM-DD") &&
           memcmp(token->text, "0000", 4) != 0 &&
           weir_value_parse(parser->arena, WEIR_TYPE_DATE, token->text, token->len, value);
}

/* The token as a value of the column's type; not all types have literals. */
static bool parse_literal(struct weir_policy_parser *parser,
                          const struct weir_policy_column *column, struct weir_value *value) {
    const struct weir_policy_token *token = &parser->token;
    bool number = token->kind == WEIR_POLICY_TOKEN_NUMBER;
    bool parsed =
        number && weir_value_parse(parser->arena, column->type, token->text, token->len, value);
    switch (column->type) {
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_BIGINT:
        return parsed;
    case WEIR_TYPE_NUMERIC:
        return parsed && fit_numeric(column, value);
    case WEIR_TYPE_DOUBLE:
        return parsed && isfinite(value->as.number);
    case WEIR_TYPE_TEXT:
        *value = weir_value_text(token->text, token->len);
        return token->kind == WEIR_POLICY_TOKEN_LITERAL;
    case WEIR_TYPE_DATE:
        return parse_date(parser, value);
    case WEIR_TYPE_BOOLEAN:
    case WEIR_TYPE_TIMESTAMP:
    case WEIR_TYPE_BLOB:
        return false;
    }
    return false;
}

static weir_status read_literal(struct weir_policy_parser *parser,
                                const struct weir_policy_column *column, struct weir_value *value) {
    if (parse_literal(parser, column, value))
        return weir_policy_advance(parser);
    bool quoted = column->type == WEIR_TYPE_TEXT || column->type == WEIR_TYPE_DATE;
    char expected[128];
    if (column->type == WEIR_TYPE_NUMERIC)
        snprintf(expected, sizeof expected, "a number that fits NUMERIC(%d, %d)", column->precision,
                 column->scale);
    else
        snprintf(expected, sizeof expected, "a value of type %s%s", weir_type_name(column->type),
                 column->type == WEIR_TYPE_TEXT   ? " in single quotes"
                 : column->type == WEIR_TYPE_DATE ? ", written as 'YYYY-MM-DD'"
                                                  : "");
    if (parser->token.kind == (quoted ? WEIR_POLICY_TOKEN_LITERAL : WEIR_POLICY_TOKEN_NUMBER))
        return weir_policy_unfit(parser, expected);
    return weir_policy_expected(parser, expected);
}

static weir_status wrong_type(struct weir_policy_parser *parser, const char *clause,
                              enum weir_type type) {
    return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, parser->token.line,
                               parser->token.column, "a column of type %s takes no %s",
                               weir_type_name(type), clause);
}

weir_status weir_policy_parse_range(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_draft_column *draft = target;
    struct weir_policy_column *column = &draft->model;
    bool ordered = column->type == WEIR_TYPE_INTEGER || column->type == WEIR_TYPE_BIGINT ||
                   column->type == WEIR_TYPE_NUMERIC || column->type == WEIR_TYPE_DOUBLE ||
                   column->type == WEIR_TYPE_DATE;
    if (!ordered)
        return wrong_type(parser, "RANGE", column->type);
    struct weir_policy_token low = parser->token;
    WEIR_TRY(read_literal(parser, column, &column->range_low));
    WEIR_TRY(weir_policy_expect_mark(parser, "..", "between the ends of RANGE"));
    WEIR_TRY(read_literal(parser, column, &column->range_high));
    if (weir_value_compare(&column->range_low, &column->range_high) > 0)
        return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, low.line, low.column,
                                   "the RANGE starts above its end");
    column->has_range = true;
    return WEIR_OK;
}

struct value_list {
    struct weir_value *values;
    size_t count, capacity;
};

static bool grow(struct weir_arena *arena, struct value_list *list) {
    size_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
    struct weir_value *values = WEIR_NEW_ARRAY(arena, capacity, struct weir_value);
    if (values == NULL)
        return false;
    if (list->count > 0)
        memcpy(values, list->values, list->count * sizeof *values);
    list->values = values;
    list->capacity = capacity;
    return true;
}

static int compare_values(const void *left, const void *right) {
    return weir_value_compare(left, right);
}

static weir_status read_value_list(struct weir_policy_parser *parser,
                                   struct weir_policy_column *column) {
    struct value_list list = {0};
    struct weir_policy_token start = parser->token;
    for (bool more = true; more;) {
        if (list.count == list.capacity && !grow(parser->arena, &list))
            return WEIR_FAILED;
        struct weir_value *value = &list.values[list.count];
        WEIR_TRY(weir_policy_count_up(parser, &list.count, WEIR_POLICY_MAX_VALUES,
                                      "VALUES in one column"));
        WEIR_TRY(read_literal(parser, column, value));
        WEIR_TRY(weir_policy_accept_mark(parser, ",", &more));
    }
    qsort(list.values, list.count, sizeof *list.values, compare_values);
    for (size_t i = 1; i < list.count; i++)
        if (weir_value_compare(&list.values[i - 1], &list.values[i]) == 0)
            return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, start.line, start.column,
                                       "the VALUES that start here hold one value twice");
    column->value_count = list.count;
    column->values = list.values;
    if (!weir_policy_at_mark(parser, ")"))
        return weir_policy_expected(parser, "',' or ')' after one of the VALUES");
    return weir_policy_advance(parser);
}

weir_status weir_policy_parse_values(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_draft_column *draft = target;
    enum weir_type type = draft->model.type;
    bool listable = type == WEIR_TYPE_INTEGER || type == WEIR_TYPE_BIGINT ||
                    type == WEIR_TYPE_TEXT || type == WEIR_TYPE_DATE;
    if (!listable)
        return wrong_type(parser, "VALUES", type);
    bool from, list;
    WEIR_TRY(weir_policy_accept(parser, "FROM", &from));
    if (from)
        return weir_policy_read_reference(parser, &draft->values_from, true);
    WEIR_TRY(weir_policy_accept_mark(parser, "(", &list));
    if (!list)
        return weir_policy_expected(parser, "'(' or FROM after VALUES");
    return read_value_list(parser, &draft->model);
}
