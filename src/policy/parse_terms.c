/* Names, prose, numbers, dates, budgets: the pieces that statements share. */
#include "policy/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

bool weir_policy_same_name(const char *left, const char *right) {
    return strcasecmp(left, right) == 0;
}

static weir_status expected_two(struct weir_policy_parser *parser, const char *first,
                                const char *second) {
    char text[160];
    snprintf(text, sizeof text, "%s%s", first, second);
    return weir_policy_expected(parser, text);
}

weir_status weir_policy_count_up(struct weir_policy_parser *parser, size_t *count, size_t limit,
                                 const char *what) {
    if (*count == limit)
        return weir_policy_fail_at(parser->error, WEIR_ERROR_LIMIT, parser->token.line,
                                   parser->token.column, "there are more than %zu %s", limit, what);
    ++*count;
    return WEIR_OK;
}

void weir_policy_relies_on(struct weir_policy_parser *parser, enum weir_policy_feature feature,
                           struct weir_policy_place place) {
    bool enforced = weir_policy_features[feature].enforced;
    if (enforced || parser->unenforced != WEIR_POLICY_FEATURE_NONE)
        return;
    parser->unenforced = feature;
    parser->unenforced_place = place;
}

weir_status weir_policy_read_name(struct weir_policy_parser *parser, const char *what,
                                  struct weir_policy_name *name) {
    const struct weir_policy_token *token = &parser->token;
    if (token->kind != WEIR_POLICY_TOKEN_WORD && token->kind != WEIR_POLICY_TOKEN_QUOTED)
        return weir_policy_expected(parser, what);
    if (token->len == 0 || token->len > WEIR_POLICY_NAME_BYTES)
        return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, token->line, token->column,
                                   "a name has 1 to %d bytes", WEIR_POLICY_NAME_BYTES);
    *name = (struct weir_policy_name){
        .text = token->text, .line = token->line, .column = token->column};
    return weir_policy_advance(parser);
}

weir_status weir_policy_read_term(struct weir_policy_parser *parser, const char **term) {
    if (parser->token.kind != WEIR_POLICY_TOKEN_TERM)
        return weir_policy_expected(parser, "a term of the form vocabulary:Term");
    *term = parser->token.text;
    return weir_policy_advance(parser);
}

weir_status weir_policy_read_prose(struct weir_policy_parser *parser, const char *what,
                                   const char **prose) {
    if (parser->token.kind != WEIR_POLICY_TOKEN_QUOTED)
        return expected_two(parser, what, " in double quotes");
    if (parser->token.len == 0)
        return weir_policy_wrong(parser, "a text in double quotes has at least one character");
    *prose = parser->token.text;
    return weir_policy_advance(parser);
}

weir_status weir_policy_read_date(struct weir_policy_parser *parser, const char *what,
                                  int64_t *days) {
    if (parser->token.kind != WEIR_POLICY_TOKEN_DATE)
        return expected_two(parser, what, " as YYYY-MM-DD");
    *days = parser->token.days;
    return weir_policy_advance(parser);
}

weir_status weir_policy_read_count(struct weir_policy_parser *parser, const char *what,
                                   int64_t highest, int64_t *count) {
    const struct weir_policy_token *token = &parser->token;
    char expected[160];
    snprintf(expected, sizeof expected, "%s, a whole number from 1 to %lld", what,
             (long long)highest);
    if (token->kind != WEIR_POLICY_TOKEN_NUMBER)
        return weir_policy_expected(parser, expected);
    char *end;
    errno = 0;
    long long number = strtoll(token->text, &end, 10);
    if (*end != '\0' || errno != 0 || number < 1 || number > highest)
        return weir_policy_unfit(parser, expected);
    *count = number;
    return weir_policy_advance(parser);
}

static weir_status read_positive(struct weir_policy_parser *parser, const char *expected,
                                 double low, double high, double *number) {
    if (parser->token.kind != WEIR_POLICY_TOKEN_NUMBER)
        return weir_policy_expected(parser, expected);
    *number = strtod(parser->token.text, NULL);
    if (!(*number >= low && *number <= high))
        return weir_policy_unfit(parser, expected);
    return weir_policy_advance(parser);
}

weir_status weir_policy_read_epsilon(struct weir_policy_parser *parser, double *epsilon) {
    WEIR_TRY(weir_policy_expect(parser, "EPSILON", "before the privacy price"));
    return read_positive(parser, "an epsilon, a number from 0.000001 to 1000000",
                         WEIR_POLICY_LOWEST_EPSILON, WEIR_POLICY_HIGHEST_EPSILON, epsilon);
}

static weir_status read_period(struct weir_policy_parser *parser, enum weir_period *period) {
    static const struct {
        const char *word;
        enum weir_period period;
    } periods[] = {{"DAY", WEIR_PERIOD_DAY},
                   {"WEEK", WEIR_PERIOD_WEEK},
                   {"MONTH", WEIR_PERIOD_MONTH},
                   {"QUARTER", WEIR_PERIOD_QUARTER},
                   {"YEAR", WEIR_PERIOD_YEAR}};
    for (size_t i = 0; i < WEIR_COUNT(periods); i++) {
        if (weir_policy_at_word(parser, periods[i].word)) {
            *period = periods[i].period;
            return weir_policy_advance(parser);
        }
    }
    return weir_policy_expected(parser, "DAY, WEEK, MONTH, QUARTER or YEAR after PER");
}

weir_status weir_policy_read_budget(struct weir_policy_parser *parser,
                                    struct weir_budget_terms *budget) {
    bool per;
    WEIR_TRY(weir_policy_read_epsilon(parser, &budget->epsilon));
    WEIR_TRY(weir_policy_expect(parser, "DELTA", "after the budget's epsilon"));
    WEIR_TRY(read_positive(parser, "a delta, a number from 1e-30 to 1e-5", WEIR_POLICY_LOWEST_DELTA,
                           WEIR_POLICY_HIGHEST_DELTA, &budget->delta));
    WEIR_TRY(weir_policy_accept(parser, "PER", &per));
    if (per)
        WEIR_TRY(read_period(parser, &budget->period));
    WEIR_TRY(weir_policy_accept(parser, "UNTIL", &budget->has_until));
    if (budget->has_until)
        WEIR_TRY(weir_policy_read_date(parser, "the budget's end", &budget->until));
    budget->given = true;
    return WEIR_OK;
}

weir_status weir_policy_read_span(struct weir_policy_parser *parser, enum weir_period *period) {
    static const struct {
        const char *singular, *plural;
        enum weir_period period;
    } spans[] = {{"YEAR", "YEARS", WEIR_PERIOD_YEAR},
                 {"MONTH", "MONTHS", WEIR_PERIOD_MONTH},
                 {"WEEK", "WEEKS", WEIR_PERIOD_WEEK},
                 {"DAY", "DAYS", WEIR_PERIOD_DAY}};
    for (size_t i = 0; i < WEIR_COUNT(spans); i++) {
        if (weir_policy_at_word(parser, spans[i].singular) ||
            weir_policy_at_word(parser, spans[i].plural)) {
            *period = spans[i].period;
            return weir_policy_advance(parser);
        }
    }
    return weir_policy_expected(parser, "YEARS, MONTHS, WEEKS or DAYS");
}

weir_status weir_policy_read_reference(struct weir_policy_parser *parser,
                                       struct weir_policy_reference *reference, bool column) {
    WEIR_TRY(weir_policy_read_name(parser, "a table's name with its schema", &reference->schema));
    WEIR_TRY(weir_policy_expect_mark(parser, ".", "between the schema and the table's name"));
    WEIR_TRY(weir_policy_read_name(parser, "the table's name after '.'", &reference->table));
    if (!column)
        return WEIR_OK;
    WEIR_TRY(weir_policy_expect_mark(parser, "(", "before the name of the table's column"));
    WEIR_TRY(weir_policy_read_name(parser, "a column's name", &reference->column));
    return weir_policy_expect_mark(parser, ")", "after the column's name");
}

static weir_status append_name(struct weir_policy_parser *parser,
                               const struct weir_policy_name *name,
                               struct weir_policy_names *names) {
    for (const struct weir_policy_name *other = names->first; other != NULL; other = other->next)
        if (weir_policy_same_name(other->text, name->text))
            return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, name->line, name->column,
                                       "the name \"%s\" is listed twice", name->text);
    struct weir_policy_name *copy = WEIR_NEW(parser->arena, struct weir_policy_name);
    if (copy == NULL)
        return WEIR_FAILED;
    *copy = *name;
    *names->end = copy;
    names->end = &copy->next;
    return WEIR_OK;
}

weir_status weir_policy_read_names(struct weir_policy_parser *parser, const char *what,
                                   size_t limit, struct weir_policy_names *names) {
    char each[96], list[96];
    snprintf(each, sizeof each, "a %s's name", what);
    snprintf(list, sizeof list, "before the list of %ss", what);
    names->end = &names->first;
    WEIR_TRY(weir_policy_expect_mark(parser, "(", list));
    for (bool more = true; more;) {
        struct weir_policy_name name;
        snprintf(list, sizeof list, "%ss in one list", what);
        WEIR_TRY(weir_policy_count_up(parser, &names->count, limit, list));
        WEIR_TRY(weir_policy_read_name(parser, each, &name));
        WEIR_TRY(append_name(parser, &name, names));
        WEIR_TRY(weir_policy_accept_mark(parser, ",", &more));
    }
    snprintf(list, sizeof list, "after a %s's name", what);
    if (!weir_policy_at_mark(parser, ")"))
        return expected_two(parser, "',' or ')' ", list);
    return weir_policy_advance(parser);
}

weir_status weir_policy_read_quorum(struct weir_policy_parser *parser,
                                    struct weir_policy_names *names) {
    int64_t needed;
    const struct weir_policy_token token = parser->token;
    WEIR_TRY(weir_policy_read_count(parser, "how many must agree", WEIR_POLICY_MAX_NAMES, &needed));
    WEIR_TRY(weir_policy_expect(parser, "OF", "after how many must agree"));
    WEIR_TRY(weir_policy_read_names(parser, "role", WEIR_POLICY_MAX_NAMES, names));
    if ((size_t)needed > names->count)
        return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, token.line, token.column,
                                   "more must agree than are listed");
    return WEIR_OK;
}
