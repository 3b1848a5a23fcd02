/* From text to model: which statement follows, and what the text relies on. */
#include "policy/parse.h"

#include <string.h>

#include "policy/print.h"

#include "base/banned.h"

static weir_status parse_statement(struct weir_policy_parser *parser) {
    static const struct {
        const char *keyword;
        weir_status (*parse)(struct weir_policy_parser *parser, struct weir_policy_place place);
    } statements[] = {
        {"DATASET", weir_policy_parse_dataset},     {"TABLE", weir_policy_parse_table},
        {"PUBLIC", weir_policy_parse_public_table}, {"ROLE", weir_policy_parse_role},
        {"PURPOSE", weir_policy_parse_purpose},     {"PERMIT", weir_policy_parse_permit},
        {"LINK", weir_policy_parse_link},           {"FORBID", weir_policy_parse_forbid},
        {"CHANGE", weir_policy_parse_change},       {"WITNESS", weir_policy_parse_witness}};
    struct weir_policy_place place = {parser->token.line, parser->token.column};
    for (size_t i = 0; i < WEIR_COUNT(statements); i++) {
        if (weir_policy_at_word(parser, statements[i].keyword)) {
            WEIR_TRY(weir_policy_advance(parser));
            WEIR_TRY(statements[i].parse(parser, place));
            return weir_policy_expect_mark(parser, ";", "at the end of the statement");
        }
    }
    return weir_policy_expected(parser,
                                "DATASET, TABLE, PUBLIC TABLE, ROLE, PURPOSE, PERMIT, LINK, "
                                "FORBID, CHANGE or WITNESS at the start of a statement");
}

static weir_status parse_text(struct weir_policy_parser *parser) {
    WEIR_TRY(weir_policy_advance(parser));
    WEIR_TRY(weir_policy_expect(parser, "POLICY", "as the first statement"));
    WEIR_TRY(weir_policy_parse_header(parser));
    WEIR_TRY(weir_policy_expect_mark(parser, ";", "at the end of the statement"));
    while (parser->token.kind != WEIR_POLICY_TOKEN_END)
        WEIR_TRY(parse_statement(parser));
    return WEIR_OK;
}

/* The one place where a well-formed text is refused for what is not enforced yet (enforcement.c).
 */
static weir_status refuse_unenforced(const struct weir_policy_parser *parser) {
    if (parser->unenforced == WEIR_POLICY_FEATURE_NONE)
        return WEIR_OK;
    const struct weir_policy_feature_state *feature = &weir_policy_features[parser->unenforced];
    weir_policy_fail_at(parser->error, WEIR_ERROR_REFUSED, parser->unenforced_place.line,
                        parser->unenforced_place.column,
                        "%s is not enforced by this version of weir, so a policy that relies on it "
                        "cannot be put into force",
                        feature->name);
    return weir_error_hint(parser->error, "%s", feature->hint);
}

/* The canonical text may be longer than the text read, and must be readable in its turn. */
static weir_status limit_canonical(const struct weir_policy *policy, struct weir_error *error) {
    struct weir_buffer text = {.limit = WEIR_POLICY_TEXT_LIMIT};
    weir_policy_print_into(policy, &text);
    bool fits = !text.failed;
    weir_buffer_free(&text);
    if (fits)
        return WEIR_OK;
    return weir_policy_fail_at(error, WEIR_ERROR_LIMIT, 1, 1,
                               "a policy's canonical text has at most %d bytes",
                               WEIR_POLICY_TEXT_LIMIT);
}

static struct weir_policy *parse(struct weir_policy_parser *parser) {
    if (!parse_text(parser).ok || !refuse_unenforced(parser).ok)
        return NULL;
    struct weir_policy *policy = weir_policy_build(parser->arena, parser->draft, parser->error);
    if (policy == NULL || !limit_canonical(policy, parser->error).ok)
        return NULL;
    return policy;
}

struct weir_policy *weir_policy_parse(struct weir_arena *arena, const char *text, size_t len,
                                      struct weir_error *error) {
    if (!weir_policy_check_text(text, len, error).ok)
        return NULL;
    struct weir_policy_draft draft = {0};
    draft.datasets_end = &draft.datasets;
    draft.tables_end = &draft.tables;
    draft.roles_end = &draft.roles;
    draft.purposes_end = &draft.purposes;
    draft.permits_end = &draft.permits;
    struct weir_policy_parser parser = {
        .arena = arena,
        .error = error,
        .draft = &draft,
        .lexer = {
            .arena = arena, .error = error, .at = text, .end = text + len, .line = 1, .column = 1}};
    struct weir_policy *policy = parse(&parser);
    if (policy == NULL)
        weir_error_settle(error);
    return policy;
}
