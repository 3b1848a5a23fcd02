/* The parser's state and its shared pieces. Recursive descent, one token of lookahead; the parser
 * stands on the token that comes next. Every function that returns a status leaves the error set on
 * failure, or unset when the arena is exhausted. */
#ifndef WEIR_POLICY_PARSE_H
#define WEIR_POLICY_PARSE_H

#include "policy/draft.h"
#include "policy/enforcement.h"
#include "policy/lex.h"

struct weir_policy_parser {
    struct weir_arena *arena;
    struct weir_error *error;
    struct weir_policy_lexer lexer;
    struct weir_policy_token token;
    struct weir_policy_place clause; /* where the clause being read starts */
    struct weir_policy_draft *draft;
    enum weir_policy_feature unenforced; /* the first one met, and where */
    struct weir_policy_place unenforced_place;
};

/* --- parse_tokens.c: single tokens --- */

/* A clause that starts with `word` ("UNIT") and is called `name` ("UNIT KEY") in errors. `read`
 * finds the parser behind the word. */
struct weir_policy_clause {
    const char *word, *name;
    weir_status (*read)(struct weir_policy_parser *parser, void *target);
    bool required;
};

weir_status weir_policy_advance(struct weir_policy_parser *parser) WEIR_MUST_CHECK;
bool weir_policy_at_word(const struct weir_policy_parser *parser, const char *word);
bool weir_policy_at_mark(const struct weir_policy_parser *parser, const char *mark);
weir_status weir_policy_accept(struct weir_policy_parser *parser, const char *word,
                               bool *accepted) WEIR_MUST_CHECK;
weir_status weir_policy_accept_mark(struct weir_policy_parser *parser, const char *mark,
                                    bool *accepted) WEIR_MUST_CHECK;
/* `words` are keywords with one blank between them; `where` completes "expected ... ". */
weir_status weir_policy_expect(struct weir_policy_parser *parser, const char *words,
                               const char *where) WEIR_MUST_CHECK;
weir_status weir_policy_expect_mark(struct weir_policy_parser *parser, const char *mark,
                                    const char *where) WEIR_MUST_CHECK;
/* "expected <what>, found <kind of the token>". */
weir_status weir_policy_expected(struct weir_policy_parser *parser, const char *what);
/* The same where the token is of the right kind and has another value. */
weir_status weir_policy_unfit(struct weir_policy_parser *parser, const char *what);
/* Class INVALID at the parser's token. */
weir_status weir_policy_wrong(struct weir_policy_parser *parser, const char *what);
/* Clauses in any order, each at most once, up to (not including) one of `ends` ("," ")" as a string
 * of marks). */
weir_status weir_policy_read_clauses(struct weir_policy_parser *parser,
                                     const struct weir_policy_clause *clauses, size_t count,
                                     void *target, const char *ends,
                                     const char *where) WEIR_MUST_CHECK;

/* --- parse_terms.c: names, numbers, budgets --- */

weir_status weir_policy_read_name(struct weir_policy_parser *parser, const char *what,
                                  struct weir_policy_name *name) WEIR_MUST_CHECK;
weir_status weir_policy_read_term(struct weir_policy_parser *parser,
                                  const char **term) WEIR_MUST_CHECK;
weir_status weir_policy_read_prose(struct weir_policy_parser *parser, const char *what,
                                   const char **prose) WEIR_MUST_CHECK;
weir_status weir_policy_read_date(struct weir_policy_parser *parser, const char *what,
                                  int64_t *days) WEIR_MUST_CHECK;
weir_status weir_policy_read_count(struct weir_policy_parser *parser, const char *what,
                                   int64_t highest, int64_t *count) WEIR_MUST_CHECK;
weir_status weir_policy_read_epsilon(struct weir_policy_parser *parser,
                                     double *epsilon) WEIR_MUST_CHECK;
/* What follows BUDGET. */
weir_status weir_policy_read_budget(struct weir_policy_parser *parser,
                                    struct weir_budget_terms *budget) WEIR_MUST_CHECK;
/* YEARS | MONTHS | WEEKS | DAYS, or the singular. */
weir_status weir_policy_read_span(struct weir_policy_parser *parser,
                                  enum weir_period *period) WEIR_MUST_CHECK;
/* schema.table, and with `column` also (column). */
weir_status weir_policy_read_reference(struct weir_policy_parser *parser,
                                       struct weir_policy_reference *reference,
                                       bool column) WEIR_MUST_CHECK;
/* ( name, name ), all different. */
weir_status weir_policy_read_names(struct weir_policy_parser *parser, const char *what,
                                   size_t limit, struct weir_policy_names *names) WEIR_MUST_CHECK;
/* n OF ( name, name ) with n at most the number of names. */
weir_status weir_policy_read_quorum(struct weir_policy_parser *parser,
                                    struct weir_policy_names *names) WEIR_MUST_CHECK;
weir_status weir_policy_count_up(struct weir_policy_parser *parser, size_t *count, size_t limit,
                                 const char *what) WEIR_MUST_CHECK;
/* Remembers that the text relies on a feature at this place. */
void weir_policy_relies_on(struct weir_policy_parser *parser, enum weir_policy_feature feature,
                           struct weir_policy_place place);

/* --- One function a statement; the parser stands behind the statement's first keyword, whose place
 * is given. --- */

weir_status weir_policy_parse_header(struct weir_policy_parser *parser) WEIR_MUST_CHECK;
weir_status weir_policy_parse_dataset(struct weir_policy_parser *parser,
                                      struct weir_policy_place place) WEIR_MUST_CHECK;
weir_status weir_policy_parse_role(struct weir_policy_parser *parser,
                                   struct weir_policy_place place) WEIR_MUST_CHECK;
weir_status weir_policy_parse_purpose(struct weir_policy_parser *parser,
                                      struct weir_policy_place place) WEIR_MUST_CHECK;
weir_status weir_policy_parse_table(struct weir_policy_parser *parser,
                                    struct weir_policy_place place) WEIR_MUST_CHECK;
weir_status weir_policy_parse_public_table(struct weir_policy_parser *parser,
                                           struct weir_policy_place place) WEIR_MUST_CHECK;
/* One column of a table, up to the ',' or ')' after it. */
weir_status weir_policy_parse_column(struct weir_policy_parser *parser, bool is_public,
                                     struct weir_policy_draft_column *column) WEIR_MUST_CHECK;
weir_status weir_policy_parse_type(struct weir_policy_parser *parser,
                                   struct weir_policy_column *column) WEIR_MUST_CHECK;
/* What follows RANGE and VALUES. */
weir_status weir_policy_parse_range(struct weir_policy_parser *parser, void *column);
weir_status weir_policy_parse_values(struct weir_policy_parser *parser, void *column);
weir_status weir_policy_parse_permit(struct weir_policy_parser *parser,
                                     struct weir_policy_place place) WEIR_MUST_CHECK;
weir_status weir_policy_parse_link(struct weir_policy_parser *parser,
                                   struct weir_policy_place place) WEIR_MUST_CHECK;
weir_status weir_policy_parse_forbid(struct weir_policy_parser *parser,
                                     struct weir_policy_place place) WEIR_MUST_CHECK;
weir_status weir_policy_parse_change(struct weir_policy_parser *parser,
                                     struct weir_policy_place place) WEIR_MUST_CHECK;
weir_status weir_policy_parse_witness(struct weir_policy_parser *parser,
                                      struct weir_policy_place place) WEIR_MUST_CHECK;

#endif
