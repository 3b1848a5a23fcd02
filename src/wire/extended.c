/* Named statements and portals, driven by messages. */
#include "wire/extended.h"

#include "wire/command.h"
#include "wire/local.h"

#include <string.h>

#include "base/banned.h"

static weir_status malformed(struct weir_error *error, const char *name) {
    return weir_fail_state(error, WEIR_ERROR_INVALID, "08P01", "malformed %s message", name);
}

static weir_status parse_text(struct weir_client *client, const struct weir_message_parse *parse,
                              struct weir_held_statement *held, struct weir_error *error) {
    held->text_len = strlen(parse->query);
    WEIR_TRY(weir_sql_parse(held->arena, parse->query, held->text_len, &held->statements, error));
    if (held->statements.count > 1)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "42601",
                               "cannot insert multiple commands into a prepared statement");
    held->is_empty = held->statements.count == 0;
    if (held->is_empty)
        return WEIR_OK;
    WEIR_TRY(weir_local_admit(client, &held->statements.items[0], error));
    WEIR_TRY(weir_client_begin_statement(client, error));
    return weir_client_end_statement(client,
                                     weir_command_prepare(client, held->arena, &held->statements, 0,
                                                          parse->types, parse->type_count,
                                                          &held->command, error),
                                     error);
}

static weir_status handle_parse(struct weir_client *client, struct weir_reader body,
                                struct weir_error *error) {
    struct weir_message_parse parse;
    if (!weir_message_read_parse(body, &parse))
        return malformed(error, "Parse");
    struct weir_held_statement *held =
        weir_held_statement_create(parse.name, client->service->statement_memory);
    if (held == NULL)
        return WEIR_FAILED;
    weir_status status = parse_text(client, &parse, held, error);
    if (status.ok)
        status = weir_objects_keep_statement(&client->objects, held, error);
    if (!status.ok) {
        weir_held_statement_release(held);
        return status;
    }
    weir_reply_empty(weir_client_output(client), '1');
    return WEIR_OK;
}

static weir_status find_statement(struct weir_client *client, const char *name,
                                  struct weir_held_statement **held, struct weir_error *error) {
    *held = weir_objects_find_statement(&client->objects, name);
    if (*held != NULL)
        return WEIR_OK;
    return weir_fail_state(error, WEIR_ERROR_INVALID, "26000",
                           "prepared statement \"%s\" does not exist", name);
}

static weir_status find_portal(struct weir_client *client, const char *name,
                               struct weir_portal **portal, struct weir_error *error) {
    *portal = weir_objects_find_portal(&client->objects, name);
    if (*portal != NULL)
        return WEIR_OK;
    return weir_fail_state(error, WEIR_ERROR_INVALID, "34000", "portal \"%s\" does not exist",
                           name);
}

static weir_status fill_portal(struct weir_portal *portal, const struct weir_message_bind *bind,
                               struct weir_error *error) {
    char *formats =
        weir_arena_copy(portal->arena, (const char *)bind->formats, 2 * bind->format_count);
    if (formats == NULL)
        return WEIR_FAILED;
    portal->formats = (struct weir_formats){bind->format_count, (const uint8_t *)formats};
    if (!portal->statement->is_empty)
        return weir_command_bind(portal->arena, &portal->statement->command, bind,
                                 &portal->arguments, error);
    return bind->argument_count == 0 ? WEIR_OK : malformed(error, "Bind");
}

static weir_status handle_bind(struct weir_client *client, struct weir_reader body,
                               struct weir_error *error) {
    struct weir_message_bind bind;
    struct weir_held_statement *held;
    struct weir_portal *portal;
    if (!weir_message_read_bind(body, &bind))
        return malformed(error, "Bind");
    WEIR_TRY(find_statement(client, bind.statement, &held, error));
    if (!held->is_empty)
        WEIR_TRY(weir_local_admit(client, held->command.statement, error));
    WEIR_TRY(weir_objects_open_portal(&client->objects, bind.portal, held,
                                      client->service->statement_memory, &portal, error));
    weir_status status = fill_portal(portal, &bind, error);
    if (!status.ok) {
        weir_objects_drop_portal(&client->objects, bind.portal);
        return status;
    }
    weir_reply_empty(weir_client_output(client), '2');
    return WEIR_OK;
}

/* More than one format code must be one for each column. */
static weir_status check_formats(struct weir_formats formats, size_t field_count,
                                 struct weir_error *error) {
    if (formats.count <= 1 || formats.count == field_count)
        return WEIR_OK;
    return weir_fail_state(error, WEIR_ERROR_INVALID, "08P01",
                           "Bind has %zu result formats, but the answer has %zu columns",
                           formats.count, field_count);
}

static weir_status describe(struct weir_client *client, struct weir_arena *arena,
                            const struct weir_held_statement *held, struct weir_formats formats,
                            struct weir_error *error) {
    bool has_rows = false;
    const struct weir_field *fields = NULL;
    size_t field_count = 0;
    if (!held->is_empty) {
        WEIR_TRY(weir_client_begin_statement(client, error));
        WEIR_TRY(weir_client_end_statement(client,
                                           weir_command_describe(client, arena, &held->command,
                                                                 &has_rows, &fields, &field_count,
                                                                 error),
                                           error));
    }
    if (!has_rows) {
        weir_reply_empty(weir_client_output(client), 'n');
        return WEIR_OK;
    }
    WEIR_TRY(check_formats(formats, field_count, error));
    weir_reply_row_description(weir_client_output(client), fields, field_count, formats);
    return WEIR_OK;
}

static weir_status handle_describe(struct weir_client *client, struct weir_reader body,
                                   struct weir_error *error) {
    static const struct weir_formats text = {0};
    struct weir_message_target target;
    struct weir_portal *portal = NULL;
    struct weir_held_statement *held;
    if (!weir_message_read_target(body, &target))
        return malformed(error, "Describe");
    if (target.is_portal) {
        WEIR_TRY(find_portal(client, target.name, &portal, error));
        held = portal->statement;
    } else {
        WEIR_TRY(find_statement(client, target.name, &held, error));
    }
    if (!held->is_empty)
        WEIR_TRY(weir_local_admit(client, held->command.statement, error));
    if (portal == NULL)
        weir_reply_parameter_description(weir_client_output(client), held->command.parameter_oids,
                                         held->command.parameter_count);
    struct weir_arena *arena = weir_arena_create(client->service->statement_memory);
    if (arena == NULL)
        return WEIR_FAILED;
    weir_status status =
        describe(client, arena, held, portal != NULL ? portal->formats : text, error);
    weir_arena_destroy(arena);
    return status;
}

static weir_status run_portal(struct weir_client *client, struct weir_portal *portal,
                              struct weir_error *error) {
    portal->has_run = true; /* asked once, whatever comes of it: a question has a price */
    WEIR_TRY(weir_client_begin_statement(client, error));
    WEIR_TRY(weir_client_end_statement(client,
                                       weir_command_run(client, portal->arena,
                                                        &portal->statement->command,
                                                        &portal->arguments, &portal->answer, error),
                                       error));
    return check_formats(portal->formats, portal->answer.field_count, error);
}

static weir_status send_portal(struct weir_client *client, struct weir_portal *portal,
                               int32_t row_limit, struct weir_error *error) {
    size_t count = portal->answer.row_count - portal->next_row;
    bool suspends = row_limit > 0 && (size_t)row_limit < count;
    if (suspends)
        count = (size_t)row_limit;
    if (portal->answer.has_rows)
        WEIR_TRY(weir_answer_send_rows(client, &portal->answer, portal->formats, portal->next_row,
                                       count, error));
    portal->next_row += count;
    if (suspends) {
        weir_reply_empty(weir_client_output(client), 's');
        return WEIR_OK;
    }
    weir_answer_send_end(client, &portal->answer, count);
    portal->answer.notice_count = 0; /* said once */
    return WEIR_OK;
}

static weir_status execute(struct weir_client *client, struct weir_portal *portal,
                           int32_t row_limit, struct weir_error *error) {
    WEIR_TRY(weir_local_admit(client, portal->statement->command.statement, error));
    if (portal->has_run && !portal->answer.has_rows)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "55000",
                               "portal \"%s\" cannot be run anymore", portal->name);
    if (!portal->has_run)
        WEIR_TRY(run_portal(client, portal, error));
    return send_portal(client, portal, row_limit, error);
}

static weir_status handle_execute(struct weir_client *client, struct weir_reader body,
                                  struct weir_error *error) {
    struct weir_message_execute message;
    struct weir_portal *portal;
    if (!weir_message_read_execute(body, &message))
        return malformed(error, "Execute");
    WEIR_TRY(find_portal(client, message.portal, &portal, error));
    if (portal->statement->is_empty) {
        weir_reply_empty(weir_client_output(client), 'I');
        return WEIR_OK;
    }
    weir_status status = execute(client, portal, message.row_limit, error);
    if (!status.ok)
        weir_objects_drop_portal(&client->objects, message.portal);
    return status;
}

static weir_status handle_close(struct weir_client *client, struct weir_reader body,
                                struct weir_error *error) {
    struct weir_message_target target;
    if (!weir_message_read_target(body, &target))
        return malformed(error, "Close");
    if (target.is_portal)
        weir_objects_drop_portal(&client->objects, target.name);
    else
        (void)weir_objects_drop_statement(&client->objects, target.name); /* none is no error */
    weir_reply_empty(weir_client_output(client), '3');
    return WEIR_OK;
}

static weir_status dispatch(struct weir_client *client, const struct weir_message *message,
                            struct weir_error *error) {
    switch (message->type) {
    case 'P':
        return handle_parse(client, message->body, error);
    case 'B':
        return handle_bind(client, message->body, error);
    case 'D':
        return handle_describe(client, message->body, error);
    case 'E':
        return handle_execute(client, message->body, error);
    case 'C':
        return handle_close(client, message->body, error);
    default:
        return weir_fail(error, WEIR_ERROR_INTERNAL, "a message reached the wrong place");
    }
}

void weir_extended_fail(struct weir_client *client, struct weir_error *error) {
    weir_client_fail(client, error);
    client->is_skipping = true;
}

void weir_extended_message(struct weir_client *client, const struct weir_message *message) {
    struct weir_error error = {0};
    if (!dispatch(client, message, &error).ok)
        weir_extended_fail(client, &error);
}

void weir_extended_sync(struct weir_client *client) {
    client->is_skipping = false;
    if (client->transaction == WEIR_TRANSACTION_NONE)
        weir_objects_drop_portals(&client->objects);
}
