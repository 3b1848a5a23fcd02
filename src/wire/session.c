/* Messages in, each handled to its end, until Terminate. */
#include "wire/session.h"

#include "wire/extended.h"
#include "wire/simple.h"
#include "wire/startup.h"

#include <unistd.h>

#include "base/banned.h"

static bool is_extended(uint8_t type) {
    return type == 'P' || type == 'B' || type == 'D' || type == 'E' || type == 'C';
}

static void send_ready(struct weir_client *client) {
    weir_reply_ready(weir_client_output(client), (char)client->transaction);
    (void)weir_client_flush(client); /* remembered in client->transfer */
}

static void refuse_function_call(struct weir_client *client) {
    struct weir_error error = {0};
    weir_fail_state(&error, WEIR_ERROR_REFUSED, "0A000",
                    "calling a function by its number is not allowed");
    weir_client_fail(client, &error);
    send_ready(client);
}

/* One message; false when the session is over. */
static bool handle(struct weir_client *client, const struct weir_message *message) {
    bool is_skipped = client->is_skipping && message->type != 'S' && message->type != 'X';
    if (is_skipped || message->type == 'd' || message->type == 'c' || message->type == 'f')
        return true; /* the last three: what is left of a COPY that was refused */
    switch (message->type) {
    case 'Q':
        weir_simple_query(client, message->body);
        weir_extended_sync(client);
        send_ready(client);
        return true;
    case 'P':
    case 'B':
    case 'D':
    case 'E':
    case 'C':
        weir_extended_message(client, message);
        return weir_client_pass(client);
    case 'S':
        weir_extended_sync(client);
        send_ready(client);
        return true;
    case 'H':
        return weir_client_flush(client);
    case 'F':
        refuse_function_call(client);
        return true;
    default: /* 'X': the client leaves */
        return false;
    }
}

/* A message that was skipped for its length fails like the statement it would have been. */
static void handle_too_long(struct weir_client *client, uint8_t type) {
    struct weir_error error = {0};
    if (client->is_skipping)
        return;
    weir_fail_state(&error, WEIR_ERROR_LIMIT, "54000", "the statement is longer than allowed");
    weir_error_hint(&error, "A query may have %d bytes of text, and %d bytes of parameters.",
                    WEIR_MESSAGE_QUERY_LIMIT, WEIR_MESSAGE_PARAMETERS_LIMIT);
    if (is_extended(type)) {
        weir_extended_fail(client, &error);
        return;
    }
    weir_client_fail(client, &error);
    send_ready(client);
}

static void converse(struct weir_client *client) {
    send_ready(client);
    while (client->transfer == WEIR_TRANSFER_DONE) {
        struct weir_message message;
        enum weir_transfer got =
            weir_connection_receive(client->connection, client->service->idle_seconds, 0, &message);
        if (got == WEIR_TRANSFER_TOO_LONG)
            handle_too_long(client, message.type);
        else if (got != WEIR_TRANSFER_DONE)
            client->transfer = got;
        else if (!handle(client, &message))
            break;
    }
    struct weir_error error = {0};
    if (weir_client_transfer_error(client->transfer, &error))
        weir_client_end(client, &error);
}

static void close_client(struct weir_client *client) {
    weir_objects_drop_portals(&client->objects);
    weir_objects_drop_statements(&client->objects);
    if (client->introspect != NULL)
        weir_introspect_close(client->introspect);
    weir_seat_detach(client->seat);
    if (client->session != NULL)
        weir_session_close(client->session);
    weir_arena_destroy(client->arena);
    weir_settings_free(&client->settings);
    weir_connection_close(client->connection);
}

void weir_session_serve(const struct weir_service *service, struct weir_seat *seat, int socket) {
    struct weir_client client = {
        .service = service, .seat = seat, .transaction = WEIR_TRANSACTION_NONE};
    client.connection = weir_connection_create(socket, service->stop_file);
    if (client.connection == NULL) {
        (void)close(socket);
        return;
    }
    if (weir_startup(&client))
        converse(&client);
    close_client(&client);
}
