/* weir explain: what one question would cost, shown to whoever may read the store. */
#include "cli/options.h"
#include "cli/print.h"

#include "engine/engine.h"

#include <string.h>

#include "base/banned.h"

struct question {
    const char *purpose, *role, *sql;
    bool json;
};

/* The single role that has the purpose. */
static weir_status find_role(const struct weir_policy *policy, const char *purpose,
                             const char **role, struct weir_error *error) {
    const char *found = NULL;
    bool several = false;
    for (size_t i = 0; i < policy->permit_count; i++) {
        if (strcmp(policy->permits[i].purpose->name, purpose) != 0)
            continue;
        several = several || (found && strcmp(found, policy->permits[i].role->name) != 0);
        found = policy->permits[i].role->name;
    }
    if (!found)
        return weir_fail(error, WEIR_ERROR_INVALID, "no permit of the policy is for purpose \"%s\"",
                         purpose);
    if (several) {
        weir_fail(error, WEIR_ERROR_INVALID, "several roles have the purpose \"%s\"", purpose);
        return weir_error_hint(error, "Say which one with --role ROLE.");
    }
    *role = found;
    return WEIR_OK;
}

static weir_status print_result(const struct weir_result *result) {
    struct weir_buffer text = {0};
    for (size_t i = 0; i < result->row_count * result->column_count; i++) {
        if (!result->values[i].is_null)
            weir_value_print(&result->values[i], &text);
        weir_buffer_byte(&text, (i + 1) % result->column_count == 0 ? '\n' : '\t');
    }
    bool whole = !text.failed;
    if (whole && text.len > 0)
        fwrite(text.bytes, 1, text.len, stdout);
    weir_buffer_free(&text);
    for (size_t i = 0; i < result->notice_count; i++)
        fprintf(stderr, "notice: %s\n", result->notices[i].message);
    return whole ? WEIR_OK : WEIR_FAILED;
}

/* An EXPLAIN statement around the text as it was typed, so that positions in errors are positions
 * in it. */
static weir_status make_explain(struct weir_statements *statements, bool json,
                                struct weir_error *error) {
    struct weir_statement *statement = &statements->items[0];
    if (statements->count != 1 ||
        (statement->kind != WEIR_STATEMENT_SELECT && statement->kind != WEIR_STATEMENT_EXPLAIN)) {
        weir_fail(error, WEIR_ERROR_REFUSED, "only one SELECT can be explained");
        return weir_error_hint(error, "Write one SELECT with aggregates, such as SELECT count(*).");
    }
    if (statement->parameter_count > 0)
        return weir_fail(error, WEIR_ERROR_INVALID, "write values in place of parameters ($1)");
    statement->kind = WEIR_STATEMENT_EXPLAIN;
    statement->explain_json = statement->explain_json || json;
    return WEIR_OK;
}

static weir_status explain_in(struct weir_session *session, const struct question *question,
                              struct weir_arena *arena, struct weir_error *error) {
    struct weir_statements statements = {0};
    const struct weir_prepared *prepared = NULL;
    struct weir_result result = {0};
    weir_status status =
        weir_sql_parse(arena, question->sql, strlen(question->sql), &statements, error);
    if (!status.ok)
        return status;
    status = make_explain(&statements, question->json, error);
    if (status.ok)
        status = weir_session_prepare(session, arena, &statements, 0, NULL, &prepared, error);
    if (status.ok)
        status = weir_session_execute(session, arena, prepared, NULL, &result, error);
    if (status.ok)
        status = print_result(&result);
    weir_statements_release(&statements);
    return status;
}

static weir_status explain(struct weir_engine *engine, struct question *question,
                           struct weir_error *error) {
    const struct weir_policy *policy = weir_store_policy(weir_engine_store(engine));
    if (!question->role)
        WEIR_TRY(find_role(policy, question->purpose, &question->role, error));
    struct weir_session *session = NULL;
    WEIR_TRY(
        weir_session_open(engine, "operator", question->role, question->purpose, &session, error));
    struct weir_arena *arena = weir_arena_create(256 << 20);
    weir_status status = arena ? explain_in(session, question, arena, error) : WEIR_FAILED;
    weir_arena_destroy(arena);
    weir_session_close(session);
    return status;
}

enum weir_exit weir_command_explain(const struct weir_command *command, int argc, char **argv) {
    const char *operands[2], *format = "text";
    struct question question = {0};
    const struct weir_cli_option options[] = {{.name = "purpose", .value = &question.purpose},
                                              {.name = "role", .value = &question.role},
                                              {.name = "format", .value = &format}};
    enum weir_exit over;
    if (!weir_cli_read_options(command, argc, argv, options, WEIR_COUNT(options), operands, 2,
                               &over))
        return over;
    if (!question.purpose)
        return weir_cli_usage(command, "--purpose PURPOSE is missing");
    question.sql = operands[1];
    question.json = strcmp(format, "json") == 0;
    if (!question.json && strcmp(format, "text") != 0)
        return weir_cli_usage(command, "--format takes text or json");

    struct weir_error error = {0};
    struct weir_engine *engine = NULL;
    weir_status status = weir_engine_open(operands[0], weir_env_system(),
                                          &(struct weir_engine_options){0}, &engine, &error);
    if (status.ok)
        status = explain(engine, &question, &error);
    weir_engine_close(engine);
    if (status.ok)
        return WEIR_EXIT_DONE;
    weir_cli_print_error(stderr, NULL, &error);
    weir_cli_print_position(stderr, question.sql, error.position);
    return WEIR_EXIT_FAILED;
}
