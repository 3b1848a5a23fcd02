/* PERMIT AGGREGATE, and PERMIT ROWS, which parses and is not enforced. */
#include "policy/parse.h"

#include <string.h>

#include "base/banned.h"

enum {
    MOST_GRANTED_COLUMNS = WEIR_POLICY_MAX_COLUMNS,
    MOST_PEOPLE = 1000000,
    MOST_MILLISECONDS = 600000,
    MOST_ROWS = 1000000,
    MOST_HOURS = 8760,
    MOST_DAYS = 3650
};

static weir_status read_grants(struct weir_policy_parser *parser,
                               struct weir_policy_draft_permit *permit) {
    permit->grants_end = &permit->grants;
    for (bool more = true; more;) {
        struct weir_policy_draft_grant *grant =
            WEIR_NEW(parser->arena, struct weir_policy_draft_grant);
        struct weir_policy_reference reference = {0};
        if (grant == NULL)
            return WEIR_FAILED;
        WEIR_TRY(weir_policy_count_up(parser, &permit->model.grant_count, WEIR_POLICY_MAX_TABLES,
                                      "tables in one permit"));
        WEIR_TRY(weir_policy_read_reference(parser, &reference, false));
        WEIR_TRY(weir_policy_read_names(parser, "column", MOST_GRANTED_COLUMNS, &grant->columns));
        grant->schema = reference.schema;
        grant->table = reference.table;
        *permit->grants_end = grant;
        permit->grants_end = &grant->next;
        WEIR_TRY(weir_policy_accept_mark(parser, ",", &more));
    }
    return WEIR_OK;
}

static weir_status read_scope(struct weir_policy_parser *parser,
                              struct weir_policy_draft_permit *permit) {
    WEIR_TRY(weir_policy_expect(parser, "ON", "before the tables that a permit opens"));
    WEIR_TRY(read_grants(parser, permit));
    WEIR_TRY(weir_policy_expect(parser, "FOR", "or ',' after the tables that a permit opens"));
    WEIR_TRY(weir_policy_read_name(parser, "a purpose's name", &permit->purpose));
    WEIR_TRY(weir_policy_expect(parser, "TO ROLE", "after the permit's purpose"));
    return weir_policy_read_name(parser, "a role's name", &permit->role);
}

static weir_status read_permit_budget(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_draft_permit *permit = target;
    return weir_policy_read_budget(parser, &permit->model.budget);
}

static weir_status read_query_epsilon(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_draft_permit *permit = target;
    return weir_policy_read_epsilon(parser, &permit->model.query_epsilon);
}

static weir_status read_minimum(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_draft_permit *permit = target;
    WEIR_TRY(weir_policy_read_count(parser, "the fewest people of a group", MOST_PEOPLE,
                                    &permit->model.minimum_people));
    return weir_policy_expect(parser, "PEOPLE", "after the fewest people of a group");
}

static weir_status read_pad_time(struct weir_policy_parser *parser, void *target) {
    (void)target;
    int64_t milliseconds;
    weir_policy_relies_on(parser, WEIR_POLICY_FEATURE_PAD_TIME, parser->clause);
    WEIR_TRY(weir_policy_expect(parser, "TIME", "after PAD"));
    WEIR_TRY(weir_policy_read_count(parser, "the time to pad answers to", MOST_MILLISECONDS,
                                    &milliseconds));
    return weir_policy_expect(parser, "MILLISECONDS", "after the time to pad answers to");
}

static weir_status parse_permit_aggregate(struct weir_policy_parser *parser,
                                          struct weir_policy_draft_permit *permit) {
    static const struct weir_policy_clause clauses[] = {
        {"BUDGET", "BUDGET", read_permit_budget, true},
        {"QUERY", "QUERY EPSILON", read_query_epsilon, true},
        {"MINIMUM", "MINIMUM", read_minimum, false},
        {"PAD", "PAD TIME", read_pad_time, false}};
    WEIR_TRY(weir_policy_count_up(parser, &parser->draft->model.permit_count,
                                  WEIR_POLICY_MAX_PERMITS, "permits"));
    permit->model.minimum_people = 1;
    WEIR_TRY(read_scope(parser, permit));
    WEIR_TRY(weir_policy_read_clauses(parser, clauses, WEIR_COUNT(clauses), permit, ";",
                                      "in the PERMIT AGGREGATE statement"));
    *parser->draft->permits_end = permit;
    parser->draft->permits_end = &permit->next;
    return WEIR_OK;
}

static weir_status read_one_person(struct weir_policy_parser *parser, void *target) {
    (void)target;
    return weir_policy_expect(parser, "PERSON AT A TIME", "in ONE PERSON AT A TIME");
}

static weir_status read_case_required(struct weir_policy_parser *parser, void *target) {
    (void)target;
    return weir_policy_expect(parser, "REQUIRED", "after CASE");
}

static weir_status read_approval(struct weir_policy_parser *parser, void *target) {
    const struct weir_policy_draft_permit *permit = target;
    struct weir_policy_names approvers = {0};
    WEIR_TRY(weir_policy_read_quorum(parser, &approvers));
    for (const struct weir_policy_name *name = approvers.first; name != NULL; name = name->next)
        if (weir_policy_same_name(name->text, permit->role.text))
            return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, name->line, name->column,
                                       "the role \"%s\" would approve its own requests",
                                       name->text);
    return WEIR_OK;
}

static weir_status read_expires(struct weir_policy_parser *parser, void *target) {
    (void)target;
    int64_t hours;
    WEIR_TRY(weir_policy_read_count(parser, "how long access lasts", MOST_HOURS, &hours));
    return weir_policy_expect(parser, "HOURS", "after how long access lasts");
}

static weir_status read_most_rows(struct weir_policy_parser *parser, void *target) {
    (void)target;
    int64_t rows;
    WEIR_TRY(weir_policy_read_count(parser, "the most rows shown", MOST_ROWS, &rows));
    return weir_policy_expect(parser, "ROWS", "after the most rows shown");
}

static weir_status read_notify(struct weir_policy_parser *parser, void *target) {
    (void)target;
    int64_t days;
    WEIR_TRY(weir_policy_expect(parser, "SUBJECT WITHIN", "in NOTIFY SUBJECT WITHIN"));
    WEIR_TRY(weir_policy_read_count(parser, "when the subject is told", MOST_DAYS, &days));
    return weir_policy_expect(parser, "DAYS", "after when the subject is told");
}

static weir_status parse_permit_rows(struct weir_policy_parser *parser,
                                     struct weir_policy_draft_permit *permit) {
    static const struct weir_policy_clause clauses[] = {
        {"ONE", "ONE PERSON AT A TIME", read_one_person, false},
        {"CASE", "CASE REQUIRED", read_case_required, false},
        {"APPROVAL", "APPROVAL", read_approval, false},
        {"EXPIRES", "EXPIRES", read_expires, false},
        {"MAX", "MAX", read_most_rows, false},
        {"NOTIFY", "NOTIFY SUBJECT", read_notify, false}};
    WEIR_TRY(read_scope(parser, permit));
    return weir_policy_read_clauses(parser, clauses, WEIR_COUNT(clauses), permit, ";",
                                    "in the PERMIT ROWS statement");
}

weir_status weir_policy_parse_permit(struct weir_policy_parser *parser,
                                     struct weir_policy_place place) {
    struct weir_policy_draft_permit *permit =
        WEIR_NEW(parser->arena, struct weir_policy_draft_permit);
    if (permit == NULL)
        return WEIR_FAILED;
    permit->model.line = place.line;
    permit->place = place;
    bool aggregate, rows;
    WEIR_TRY(weir_policy_accept(parser, "AGGREGATE", &aggregate));
    if (aggregate)
        return parse_permit_aggregate(parser, permit);
    WEIR_TRY(weir_policy_accept(parser, "ROWS", &rows));
    if (!rows)
        return weir_policy_expected(parser, "AGGREGATE or ROWS after PERMIT");
    weir_policy_relies_on(parser, WEIR_POLICY_FEATURE_PERMIT_ROWS, place);
    return parse_permit_rows(parser, permit);
}
