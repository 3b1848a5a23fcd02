/* Query: parse, then for each statement prepare, run, send. */
#include "wire/simple.h"

#include "wire/command.h"
#include "wire/local.h"

#include <string.h>

#include "base/banned.h"

static weir_status prepare_and_run(struct weir_client *client, struct weir_arena *arena,
                                   const struct weir_statements *statements, size_t which,
                                   struct weir_answer *answer, struct weir_error *error) {
    static const struct weir_arguments no_arguments = {0};
    struct weir_command command;
    WEIR_TRY(weir_local_admit(client, &statements->items[which], error));
    WEIR_TRY(weir_command_prepare(client, arena, statements, which, NULL, 0, &command, error));
    if (command.parameter_count > 0)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "42P02", "there is no parameter $%zu",
                               command.parameter_count);
    return weir_command_run(client, arena, &command, &no_arguments, answer, error);
}

static weir_status run_statement(struct weir_client *client, struct weir_arena *arena,
                                 const struct weir_statements *statements, size_t which,
                                 struct weir_error *error) {
    static const struct weir_formats text = {0};
    struct weir_answer answer;
    WEIR_TRY(weir_client_begin_statement(client, error));
    WEIR_TRY(weir_client_end_statement(
        client, prepare_and_run(client, arena, statements, which, &answer, error), error));
    if (answer.has_rows) {
        weir_reply_row_description(weir_client_output(client), answer.fields, answer.field_count,
                                   text);
        WEIR_TRY(weir_answer_send_rows(client, &answer, text, 0, answer.row_count, error));
    }
    weir_answer_send_end(client, &answer, answer.row_count);
    return WEIR_OK;
}

/* Each statement has its own memory; false when the rest of the query is not to be run. */
static bool run_one(struct weir_client *client, const struct weir_statements *statements,
                    size_t which) {
    struct weir_error error = {0};
    struct weir_arena *arena = weir_arena_create(client->service->statement_memory);
    bool done = arena != NULL && run_statement(client, arena, statements, which, &error).ok;
    if (!done)
        weir_client_fail(client, &error);
    weir_arena_destroy(arena);
    return done && weir_client_pass(client);
}

void weir_simple_query(struct weir_client *client, struct weir_reader body) {
    struct weir_error error = {0};
    struct weir_statements statements = {0};
    const char *text;
    struct weir_arena *arena = weir_arena_create(client->service->statement_memory);
    bool parsed = false;
    if (!weir_message_read_query(body, &text))
        weir_fail_state(&error, WEIR_ERROR_INVALID, "22021",
                        "the query is not one text in valid UTF-8 that ends in a zero byte");
    else if (arena != NULL)
        parsed = weir_sql_parse(arena, text, strlen(text), &statements, &error).ok;
    if (!parsed)
        weir_client_fail(client, &error);
    else if (statements.count == 0)
        weir_reply_empty(weir_client_output(client), 'I');
    for (size_t i = 0; parsed && i < statements.count; i++)
        if (!run_one(client, &statements, i))
            break;
    weir_statements_release(&statements);
    weir_arena_destroy(arena);
}
