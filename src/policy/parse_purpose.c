/* POLICY, DATASET, ROLE, PURPOSE. */
#include "policy/parse.h"

#include <string.h>

#include "base/banned.h"

enum { HIGHEST_VERSION = 1000000000 };

static weir_status read_version(struct weir_policy_parser *parser, void *target) {
    struct weir_policy *policy = target;
    return weir_policy_read_count(parser, "the policy's version", HIGHEST_VERSION,
                                  &policy->version);
}

static int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static weir_status read_supersedes(struct weir_policy_parser *parser, void *target) {
    static const char prefix[] = "sha256:";
    struct weir_policy *policy = target;
    const struct weir_policy_token *token = &parser->token;
    bool right = token->kind == WEIR_POLICY_TOKEN_TERM &&
                 token->len == sizeof prefix - 1 + 2 * (size_t)WEIR_POLICY_HASH_BYTES &&
                 memcmp(token->text, prefix, sizeof prefix - 1) == 0;
    for (size_t i = 0; right && i < WEIR_POLICY_HASH_BYTES; i++) {
        const char *digits = token->text + sizeof prefix - 1 + 2 * i;
        int high = hex_digit(digits[0]), low = hex_digit(digits[1]);
        right = high >= 0 && low >= 0;
        policy->supersedes[i] = (uint8_t)(right ? high * 16 + low : 0);
    }
    if (!right)
        return weir_policy_expected(
            parser, "sha256: and the 64 hexadecimal digits of the policy superseded");
    policy->has_supersedes = true;
    return weir_policy_advance(parser);
}

static weir_status read_controller(struct weir_policy_parser *parser, void *target) {
    struct weir_policy *policy = target;
    return weir_policy_read_prose(parser, "the controller's name", &policy->controller);
}

static weir_status read_effective(struct weir_policy_parser *parser, void *target) {
    struct weir_policy *policy = target;
    policy->has_effective = true;
    return weir_policy_read_date(parser, "the policy's first day", &policy->effective);
}

static weir_status read_policy_until(struct weir_policy_parser *parser, void *target) {
    struct weir_policy *policy = target;
    policy->has_until = true;
    return weir_policy_read_date(parser, "the policy's end", &policy->until);
}

weir_status weir_policy_parse_header(struct weir_policy_parser *parser) {
    static const struct weir_policy_clause clauses[] = {
        {"VERSION", "VERSION", read_version, true},
        {"SUPERSEDES", "SUPERSEDES", read_supersedes, false},
        {"CONTROLLER", "CONTROLLER", read_controller, false},
        {"EFFECTIVE", "EFFECTIVE", read_effective, false},
        {"UNTIL", "UNTIL", read_policy_until, false}};
    struct weir_policy *policy = &parser->draft->model;
    WEIR_TRY(weir_policy_read_prose(parser, "the policy's name", &policy->name));
    return weir_policy_read_clauses(parser, clauses, WEIR_COUNT(clauses), policy, ";",
                                    "in the POLICY statement");
}

static weir_status read_unit(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_dataset *dataset = target;
    struct weir_policy_name unit;
    WEIR_TRY(
        weir_policy_read_name(parser, "the name of the dataset's unit, such as person", &unit));
    dataset->unit = unit.text;
    return WEIR_OK;
}

static weir_status read_dataset_budget(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_dataset *dataset = target;
    return weir_policy_read_budget(parser, &dataset->budget);
}

weir_status weir_policy_parse_dataset(struct weir_policy_parser *parser,
                                      struct weir_policy_place place) {
    static const struct weir_policy_clause clauses[] = {
        {"UNIT", "UNIT", read_unit, true}, {"BUDGET", "BUDGET", read_dataset_budget, true}};
    struct weir_policy_draft_dataset *dataset =
        WEIR_NEW(parser->arena, struct weir_policy_draft_dataset);
    if (dataset == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_policy_count_up(parser, &parser->draft->model.dataset_count,
                                  WEIR_POLICY_MAX_DATASETS, "datasets"));
    WEIR_TRY(weir_policy_read_name(parser, "the dataset's name", &dataset->name));
    dataset->model.name = dataset->name.text;
    dataset->model.line = place.line;
    WEIR_TRY(weir_policy_read_clauses(parser, clauses, WEIR_COUNT(clauses), &dataset->model, ";",
                                      "in the DATASET statement"));
    *parser->draft->datasets_end = dataset;
    parser->draft->datasets_end = &dataset->next;
    return WEIR_OK;
}

static weir_status read_description(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_role *role = target;
    return weir_policy_read_prose(parser, "the role's description", &role->description);
}

weir_status weir_policy_parse_role(struct weir_policy_parser *parser,
                                   struct weir_policy_place place) {
    static const struct weir_policy_clause clauses[] = {{"IS", "IS", read_description, false}};
    struct weir_policy_draft_role *role = WEIR_NEW(parser->arena, struct weir_policy_draft_role);
    if (role == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_policy_count_up(parser, &parser->draft->model.role_count, WEIR_POLICY_MAX_ROLES,
                                  "roles"));
    WEIR_TRY(weir_policy_read_name(parser, "the role's name", &role->name));
    role->model.name = role->name.text;
    role->model.line = place.line;
    WEIR_TRY(weir_policy_read_clauses(parser, clauses, WEIR_COUNT(clauses), &role->model, ";",
                                      "in the ROLE statement"));
    *parser->draft->roles_end = role;
    parser->draft->roles_end = &role->next;
    return WEIR_OK;
}

static weir_status read_purpose_term(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_purpose *purpose = target;
    return weir_policy_read_term(parser, &purpose->term);
}

static weir_status read_legal_basis(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_purpose *purpose = target;
    WEIR_TRY(weir_policy_expect(parser, "BASIS", "after LEGAL"));
    return weir_policy_read_prose(parser, "the legal basis", &purpose->legal_basis);
}

static weir_status read_because(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_purpose *purpose = target;
    return weir_policy_read_prose(parser, "the reason", &purpose->because);
}

static weir_status read_purpose_until(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_purpose *purpose = target;
    purpose->has_until = true;
    return weir_policy_read_date(parser, "the purpose's end", &purpose->until);
}

weir_status weir_policy_parse_purpose(struct weir_policy_parser *parser,
                                      struct weir_policy_place place) {
    static const struct weir_policy_clause clauses[] = {
        {"IS", "IS", read_purpose_term, false},
        {"LEGAL", "LEGAL BASIS", read_legal_basis, false},
        {"BECAUSE", "BECAUSE", read_because, false},
        {"UNTIL", "UNTIL", read_purpose_until, false}};
    struct weir_policy_draft_purpose *purpose =
        WEIR_NEW(parser->arena, struct weir_policy_draft_purpose);
    if (purpose == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_policy_count_up(parser, &parser->draft->model.purpose_count,
                                  WEIR_POLICY_MAX_PURPOSES, "purposes"));
    WEIR_TRY(weir_policy_read_name(parser, "the purpose's name", &purpose->name));
    purpose->model.name = purpose->name.text;
    purpose->model.line = place.line;
    WEIR_TRY(weir_policy_read_clauses(parser, clauses, WEIR_COUNT(clauses), &purpose->model, ";",
                                      "in the PURPOSE statement"));
    *parser->draft->purposes_end = purpose;
    parser->draft->purposes_end = &purpose->next;
    return WEIR_OK;
}
