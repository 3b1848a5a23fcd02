/* From an accepted socket to a session. Who the client is comes first: before that, nothing is said
 * of purposes. */
#include "wire/startup.h"

#include "base/env.h"
#include "wire/authenticate.h"
#include "wire/local.h"

#include "base/banned.h"

enum { PACKET_ARENA_CAP = 256 * 1024, REQUEST_LIMIT = 4 };

static weir_status receive(struct weir_client *client, struct weir_arena *arena,
                           struct weir_startup *startup, struct weir_error *error) {
    struct weir_reader body;
    client->transfer =
        weir_connection_receive_packet(client->connection, WEIR_MESSAGE_STARTUP_LIMIT, &body);
    if (client->transfer != WEIR_TRANSFER_DONE)
        return WEIR_FAILED;
    return weir_startup_read(arena, body.at, weir_reader_left(&body), startup, error);
}

/* Answers a request for encryption with one byte. */
static weir_status answer_request(struct weir_client *client, enum weir_startup_kind kind) {
    bool starts = kind == WEIR_STARTUP_TLS_REQUEST && client->service->tls != NULL &&
                  !weir_connection_is_encrypted(client->connection);
    weir_buffer_byte(weir_client_output(client), starts ? 'S' : 'N');
    if (!weir_client_flush(client))
        return WEIR_FAILED;
    if (starts)
        client->transfer = weir_connection_start_tls(client->connection, client->service->tls);
    return client->transfer == WEIR_TRANSFER_DONE ? WEIR_OK : WEIR_FAILED;
}

/* Reads packets until one says what the connection is for. */
static weir_status negotiate(struct weir_client *client, struct weir_arena *arena,
                             struct weir_startup *startup, struct weir_error *error) {
    for (int i = 0; i < REQUEST_LIMIT; i++) {
        WEIR_TRY(receive(client, arena, startup, error));
        if (startup->kind == WEIR_STARTUP_CANCEL)
            return WEIR_OK;
        if (startup->kind == WEIR_STARTUP_SESSION) {
            if (client->service->tls == NULL || weir_connection_is_encrypted(client->connection))
                return WEIR_OK;
            weir_fail_state(error, WEIR_ERROR_DENIED, "28000",
                            "this server answers over TLS alone");
            return weir_error_hint(error, "Connect with sslmode=require, or better verify-full.");
        }
        WEIR_TRY(answer_request(client, startup->kind));
    }
    return weir_fail_state(error, WEIR_ERROR_INVALID, "08P01", "too many requests for encryption");
}

/* The settings a connection is opened with become those that RESET goes back to. */
static weir_status apply_settings(struct weir_client *client, const struct weir_startup *startup,
                                  struct weir_error *error) {
    WEIR_TRY(
        weir_settings_fix(&client->settings, "session_authorization", client->user.name, error));
    for (size_t i = 0; i < startup->parameter_count; i++)
        WEIR_TRY(weir_local_set(client, startup->parameters[i].name, startup->parameters[i].value,
                                error));
    weir_settings_settle(&client->settings);
    return WEIR_OK;
}

static void greet(struct weir_client *client) {
    struct weir_buffer *out = weir_client_output(client);
    int32_t process_id;
    uint8_t secret[WEIR_CANCEL_SECRET_BYTES];
    for (size_t i = 0; i < WEIR_SETTING_COUNT; i++)
        if (weir_settings_is_reported(i))
            weir_reply_parameter(out, weir_settings_name(i),
                                 weir_settings_value(&client->settings, i));
    weir_seat_attach(client->seat, client->session, &process_id, secret);
    weir_reply_key(out, process_id, secret);
}

static weir_status open_session(struct weir_client *client, const struct weir_startup *startup,
                                struct weir_error *error) {
    if (startup->is_newer)
        weir_reply_negotiate(weir_client_output(client), startup->options, startup->option_count);
    WEIR_TRY(weir_authenticate(client, startup->user, error));
    WEIR_TRY(weir_seat_admit(client->seat, error));
    WEIR_TRY(weir_session_open(client->service->engine, client->user.name, client->user.role,
                               startup->database, &client->session, error));
    WEIR_TRY(apply_settings(client, startup, error));
    greet(client);
    return WEIR_OK;
}

static weir_status open_connection(struct weir_client *client, struct weir_arena *arena,
                                   bool *is_session, struct weir_error *error) {
    struct weir_startup startup;
    *is_session = false;
    WEIR_TRY(negotiate(client, arena, &startup, error));
    if (startup.kind == WEIR_STARTUP_CANCEL) {
        weir_registry_cancel(client->service->registry, startup.process_id, startup.secret);
        return WEIR_OK;
    }
    WEIR_TRY(open_session(client, &startup, error));
    *is_session = true;
    return WEIR_OK;
}

/* The error of a connection that ended before it was a session; false when there is nobody to tell.
 */
static bool startup_error(enum weir_transfer transfer, struct weir_error *error) {
    if (transfer != WEIR_TRANSFER_IDLE && transfer != WEIR_TRANSFER_TIMED_OUT)
        return transfer == WEIR_TRANSFER_DONE || weir_client_transfer_error(transfer, error);
    weir_fail_state(error, WEIR_ERROR_CANCELLED, "08006", "the connection was not opened in time");
    return true;
}

bool weir_startup(struct weir_client *client) {
    struct weir_error error = {0};
    bool is_session = false;
    struct weir_arena *arena = weir_arena_create(PACKET_ARENA_CAP);
    weir_connection_set_deadline(client->connection,
                                 weir_env_monotonic_microseconds() +
                                     client->service->startup_seconds * INT64_C(1000000));
    bool opened = arena != NULL && open_connection(client, arena, &is_session, &error).ok;
    if (!opened && startup_error(client->transfer, &error))
        weir_client_end(client, &error);
    weir_arena_destroy(arena);
    weir_connection_set_deadline(client->connection, 0);
    return is_session;
}
