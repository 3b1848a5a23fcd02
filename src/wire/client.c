/* Output, errors and time-outs of one client. */
#include "wire/client.h"

#include <stdio.h>

#include "base/banned.h"

struct weir_buffer *weir_client_output(struct weir_client *client) {
    return weir_connection_output(client->connection);
}

bool weir_client_pass(struct weir_client *client) {
    if (client->transfer == WEIR_TRANSFER_DONE)
        client->transfer = weir_connection_pass(client->connection);
    return client->transfer == WEIR_TRANSFER_DONE;
}

bool weir_client_flush(struct weir_client *client) {
    if (client->transfer == WEIR_TRANSFER_DONE)
        client->transfer = weir_connection_flush(client->connection);
    return client->transfer == WEIR_TRANSFER_DONE;
}

void weir_client_fail(struct weir_client *client, struct weir_error *error) {
    weir_error_settle(error);
    weir_reply_error(weir_client_output(client), "ERROR", error);
    if (client->transaction == WEIR_TRANSACTION_OPEN)
        client->transaction = WEIR_TRANSACTION_FAILED;
}

void weir_client_end(struct weir_client *client, struct weir_error *error) {
    weir_error_settle(error);
    weir_reply_error(weir_client_output(client), "FATAL", error);
    /* The connection is given up after this, whether the client takes the message or not. */
    client->transfer = weir_connection_flush(client->connection);
}

bool weir_client_transfer_error(enum weir_transfer transfer, struct weir_error *error) {
    switch (transfer) {
    case WEIR_TRANSFER_DONE:
    case WEIR_TRANSFER_CLOSED:
        return false;
    case WEIR_TRANSFER_IDLE:
        weir_fail_state(error, WEIR_ERROR_CANCELLED, "57P05",
                        "terminating connection due to idle-session timeout");
        return true;
    case WEIR_TRANSFER_TIMED_OUT:
        weir_fail_state(error, WEIR_ERROR_CANCELLED, "08006", "a message was not complete in time");
        return true;
    case WEIR_TRANSFER_STOPPED:
        weir_fail_state(error, WEIR_ERROR_CANCELLED, "57P01",
                        "terminating connection: the server is stopping");
        return true;
    case WEIR_TRANSFER_MALFORMED:
        weir_fail_state(error, WEIR_ERROR_INVALID, "08P01",
                        "invalid message: its type or length cannot be");
        return true;
    case WEIR_TRANSFER_TOO_LONG:
        weir_fail_state(error, WEIR_ERROR_LIMIT, "54000", "the message is too long");
        return true;
    case WEIR_TRANSFER_MEMORY:
        weir_error_settle(error);
        return true;
    }
    return false;
}

weir_status weir_client_begin_statement(struct weir_client *client, struct weir_error *error) {
    int64_t own = weir_settings_statement_milliseconds(&client->settings);
    int64_t server = client->service->statement_seconds * INT64_C(1000);
    bool is_sooner = own > 0 && (server <= 0 || own < server);
    return weir_seat_begin_statement(client->seat, is_sooner ? own : server, error);
}

weir_status weir_client_end_statement(struct weir_client *client, weir_status status,
                                      struct weir_error *error) {
    bool timed_out;
    weir_seat_end_statement(client->seat, &timed_out);
    if (!status.ok && timed_out && error->class == WEIR_ERROR_CANCELLED) {
        snprintf(error->message, sizeof error->message,
                 "canceling statement due to statement timeout");
        weir_error_hint(error,
                        "Ask for less at a time, or raise statement_timeout if it was lowered.");
    }
    return status;
}
