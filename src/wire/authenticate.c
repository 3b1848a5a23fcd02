/* SCRAM-SHA-256 over 'R' and 'p' messages. */
#include "wire/authenticate.h"

#include <sodium.h>
#include <string.h>

#include "base/banned.h"

enum { REQUEST_SASL = 10, REQUEST_CONTINUE = 11, REQUEST_FINAL = 12, REQUEST_OK = 0 };

static weir_status malformed(struct weir_error *error) {
    return weir_fail_state(error, WEIR_ERROR_INVALID, "08P01", "malformed authentication message");
}

/* Sends what is asked for, and waits for the client's 'p'. */
static weir_status receive(struct weir_client *client, struct weir_message *message,
                           struct weir_error *error) {
    if (!weir_client_flush(client))
        return WEIR_FAILED;
    client->transfer =
        weir_connection_receive(client->connection, 0, WEIR_MESSAGE_PASSWORD_LIMIT, message);
    if (client->transfer != WEIR_TRANSFER_DONE)
        return WEIR_FAILED;
    return message->type == 'p' ? WEIR_OK : malformed(error);
}

/* The verifier to check against. The mock one is made in any case, so that both ways take the same
 * time. */
static weir_status find_verifier(struct weir_client *client, const char *name,
                                 struct weir_scram *scram, struct weir_error *error) {
    struct weir_scram_verifier stored;
    bool found = false;
    weir_scram_mock(client->service->mock_secret, name, &scram->verifier);
    scram->is_mock = true;
    WEIR_TRY(weir_store_find_user(weir_engine_store(client->service->engine), name, &found,
                                  &client->user, error));
    if (found && weir_scram_read_verifier(client->user.verifier, &stored)) {
        scram->verifier = stored;
        scram->is_mock = false;
    }
    sodium_memzero(client->user.verifier, sizeof client->user.verifier);
    return WEIR_OK;
}

static void make_nonce(char nonce[2 * WEIR_SCRAM_NONCE_BYTES]) {
    uint8_t bytes[WEIR_SCRAM_NONCE_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(nonce, 2 * WEIR_SCRAM_NONCE_BYTES, bytes, sizeof bytes,
                      sodium_base64_VARIANT_ORIGINAL);
}

/* SASLInitialResponse: the method's name, then the counted first message. */
static weir_status first_step(struct weir_client *client, struct weir_scram *scram,
                              struct weir_buffer *reply, struct weir_error *error) {
    static const char methods[] = WEIR_SCRAM_METHOD "\0";
    struct weir_message message;
    char nonce[2 * WEIR_SCRAM_NONCE_BYTES];
    weir_reply_authentication(weir_client_output(client), REQUEST_SASL, methods, sizeof methods);
    WEIR_TRY(receive(client, &message, error));
    const char *method = weir_read_text(&message.body);
    int32_t len = weir_read_int32(&message.body);
    if (message.body.failed || len < 0)
        return malformed(error);
    const uint8_t *first = weir_read_bytes(&message.body, (size_t)len);
    if (!weir_reader_finish(&message.body))
        return malformed(error);
    if (strcmp(method, WEIR_SCRAM_METHOD) != 0)
        return weir_fail_state(error, WEIR_ERROR_DENIED, "28000",
                               "the only method of authentication is " WEIR_SCRAM_METHOD);
    make_nonce(nonce);
    return weir_scram_first(scram, (const char *)first, (size_t)len, nonce, reply, error);
}

static weir_status final_step(struct weir_client *client, struct weir_scram *scram,
                              struct weir_buffer *reply, bool *proven, struct weir_error *error) {
    struct weir_message message;
    weir_reply_authentication(weir_client_output(client), REQUEST_CONTINUE, reply->bytes,
                              reply->len);
    weir_buffer_clear(reply);
    WEIR_TRY(receive(client, &message, error));
    return weir_scram_final(scram, (const char *)message.body.at, weir_reader_left(&message.body),
                            proven, reply, error);
}

static weir_status exchange(struct weir_client *client, const char *name, struct weir_scram *scram,
                            struct weir_buffer *reply, struct weir_error *error) {
    bool proven = false;
    WEIR_TRY(find_verifier(client, name, scram, error));
    WEIR_TRY(first_step(client, scram, reply, error));
    WEIR_TRY(final_step(client, scram, reply, &proven, error));
    if (!proven)
        return strlen(name) <= WEIR_MESSAGE_NAME_LIMIT
                   ? weir_fail_state(error, WEIR_ERROR_DENIED, "28P01",
                                     "password authentication failed for user \"%s\"", name)
                   : weir_fail_state(error, WEIR_ERROR_DENIED, "28P01",
                                     "password authentication failed");
    weir_reply_authentication(weir_client_output(client), REQUEST_FINAL, reply->bytes, reply->len);
    weir_reply_authentication(weir_client_output(client), REQUEST_OK, "", 0);
    return WEIR_OK;
}

weir_status weir_authenticate(struct weir_client *client, const char *name,
                              struct weir_error *error) {
    struct weir_scram scram = {0};
    struct weir_buffer reply = {0};
    weir_status status = exchange(client, name, &scram, &reply, error);
    weir_buffer_free(&reply);
    weir_scram_free(&scram);
    return status;
}
