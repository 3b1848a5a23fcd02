/* LINK, FORBID, CHANGE, WITNESS: statements of the language that are checked in full and not
 * enforced yet, so that nothing of them reaches the model. */
#include "policy/parse.h"

#include <string.h>

#include "base/banned.h"

enum { LONGEST_DELAY_DAYS = 3650 };

static weir_status read_agreement(struct weir_policy_parser *parser, void *target) {
    (void)target;
    const char *agreement;
    WEIR_TRY(weir_policy_expect(parser, "AGREEMENT", "after UNDER"));
    return weir_policy_read_prose(parser, "the agreement's name", &agreement);
}

static weir_status read_signed(struct weir_policy_parser *parser, void *target) {
    (void)target;
    struct weir_policy_names names = {0};
    WEIR_TRY(weir_policy_expect(parser, "BY", "after SIGNED"));
    return weir_policy_read_names(parser, "role", WEIR_POLICY_MAX_NAMES, &names);
}

static weir_status read_link_budget(struct weir_policy_parser *parser, void *target) {
    (void)target;
    struct weir_budget_terms budget = {0};
    return weir_policy_read_budget(parser, &budget);
}

weir_status weir_policy_parse_link(struct weir_policy_parser *parser,
                                   struct weir_policy_place place) {
    static const struct weir_policy_clause clauses[] = {
        {"UNDER", "UNDER AGREEMENT", read_agreement, true},
        {"SIGNED", "SIGNED BY", read_signed, true},
        {"BUDGET", "BUDGET", read_link_budget, true}};
    struct weir_policy_name left, right, unit, purpose;
    weir_policy_relies_on(parser, WEIR_POLICY_FEATURE_LINK, place);
    WEIR_TRY(weir_policy_read_name(parser, "a dataset's name", &left));
    WEIR_TRY(weir_policy_expect(parser, "WITH", "after the first dataset of LINK"));
    WEIR_TRY(weir_policy_read_name(parser, "a dataset's name", &right));
    if (weir_policy_same_name(left.text, right.text))
        return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, right.line, right.column,
                                   "LINK joins two different datasets");
    WEIR_TRY(weir_policy_expect(parser, "ON", "after the second dataset of LINK"));
    WEIR_TRY(weir_policy_read_name(parser, "the unit that both datasets share", &unit));
    WEIR_TRY(weir_policy_expect(parser, "FOR", "after the unit of LINK"));
    WEIR_TRY(weir_policy_read_name(parser, "a purpose's name", &purpose));
    return weir_policy_read_clauses(parser, clauses, WEIR_COUNT(clauses), NULL, ";",
                                    "in the LINK statement");
}

weir_status weir_policy_parse_forbid(struct weir_policy_parser *parser,
                                     struct weir_policy_place place) {
    bool subtree;
    const char *term;
    weir_policy_relies_on(parser, WEIR_POLICY_FEATURE_FORBID, place);
    bool use = weir_policy_at_word(parser, "ANY") || weir_policy_at_word(parser, "AGGREGATE") ||
               weir_policy_at_word(parser, "ROWS");
    if (!use)
        return weir_policy_expected(parser, "ANY, AGGREGATE or ROWS after FORBID");
    WEIR_TRY(weir_policy_advance(parser));
    WEIR_TRY(weir_policy_expect(parser, "FOR", "after what is forbidden"));
    WEIR_TRY(weir_policy_read_term(parser, &term));
    return weir_policy_accept(parser, "SUBTREE", &subtree);
}

static weir_status read_delay(struct weir_policy_parser *parser, void *target) {
    (void)target;
    int64_t days;
    WEIR_TRY(weir_policy_read_count(parser, "the delay", LONGEST_DELAY_DAYS, &days));
    return weir_policy_expect(parser, "DAYS", "after the delay");
}

static weir_status read_public(struct weir_policy_parser *parser, void *target) {
    (void)parser;
    (void)target;
    return WEIR_OK;
}

weir_status weir_policy_parse_change(struct weir_policy_parser *parser,
                                     struct weir_policy_place place) {
    static const struct weir_policy_clause clauses[] = {{"DELAY", "DELAY", read_delay, false},
                                                        {"PUBLIC", "PUBLIC", read_public, false}};
    struct weir_policy_names approvers = {0};
    weir_policy_relies_on(parser, WEIR_POLICY_FEATURE_CHANGE, place);
    WEIR_TRY(weir_policy_expect(parser, "REQUIRES", "after CHANGE"));
    WEIR_TRY(weir_policy_read_quorum(parser, &approvers));
    return weir_policy_read_clauses(parser, clauses, WEIR_COUNT(clauses), NULL, ";",
                                    "in the CHANGE REQUIRES statement");
}

weir_status weir_policy_parse_witness(struct weir_policy_parser *parser,
                                      struct weir_policy_place place) {
    struct weir_policy_name name;
    const char *key;
    weir_policy_relies_on(parser, WEIR_POLICY_FEATURE_WITNESS, place);
    WEIR_TRY(weir_policy_read_name(parser, "a witness's name", &name));
    WEIR_TRY(weir_policy_expect(parser, "KEY", "after the witness's name"));
    return weir_policy_read_prose(parser, "the witness's verifier key", &key);
}
