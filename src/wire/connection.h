/* One client's socket, plain or TLS: whole messages in, buffered messages out, and never a wait
 * without an end.
 *
 * Every wait also watches the server's stop signal. A transfer says how it ended; after anything
 * but DONE the connection is only good for a last message and weir_connection_close. */
#ifndef WEIR_WIRE_CONNECTION_H
#define WEIR_WIRE_CONNECTION_H

#include "wire/message.h"

#include <openssl/ssl.h>

struct weir_connection;

enum weir_transfer {
    WEIR_TRANSFER_DONE,
    WEIR_TRANSFER_CLOSED,    /* by the client, or broken, or the client takes nothing of what is
                                written */
    WEIR_TRANSFER_IDLE,      /* no message began in time */
    WEIR_TRANSFER_TIMED_OUT, /* a message began, but was not all there in time; or a write was not
                                taken */
    WEIR_TRANSFER_STOPPED,   /* the server stops */
    WEIR_TRANSFER_MALFORMED, /* a length or type that cannot be */
    WEIR_TRANSFER_TOO_LONG,  /* over the limit: the message was skipped, the next one can be read */
    WEIR_TRANSFER_MEMORY
};

struct weir_message {
    uint8_t type;
    struct weir_reader body; /* valid until the next receive */
};

/* Takes over the socket. `stop_file` becomes readable when the server stops; it stays the caller's.
 * NULL when memory is out (the socket is then still the caller's). */
struct weir_connection *weir_connection_create(int socket, int stop_file);
/* Sends a TLS goodbye, waits a moment for the client to read what was sent, closes the socket. */
void weir_connection_close(struct weir_connection *connection);

/* From now on no read goes past this moment (monotonic microseconds; 0 = none): for the time before
 * a session. */
void weir_connection_set_deadline(struct weir_connection *connection, int64_t deadline);

/* A packet without a type: a 4-byte length that counts itself, then at most `limit` bytes. */
enum weir_transfer weir_connection_receive_packet(struct weir_connection *connection, size_t limit,
                                                  struct weir_reader *body) WEIR_MUST_CHECK;

/* A message with a type. idle_seconds (0 = for ever) bounds the wait for its first byte. `limit`
 * bounds the body, or is 0 for weir_message_limit of its type; a longer body is skipped, up to
 * WEIR_MESSAGE_SKIP_LIMIT. */
enum weir_transfer weir_connection_receive(struct weir_connection *connection, int idle_seconds,
                                           size_t limit,
                                           struct weir_message *message) WEIR_MUST_CHECK;

/* Replies are appended here, and sent when much has gathered (pass) or all (flush). */
struct weir_buffer *weir_connection_output(struct weir_connection *connection);
enum weir_transfer weir_connection_pass(struct weir_connection *connection) WEIR_MUST_CHECK;
enum weir_transfer weir_connection_flush(struct weir_connection *connection) WEIR_MUST_CHECK;

/* The server's side of the TLS handshake. Bytes that came in plain before it are an attack:
 * MALFORMED. */
enum weir_transfer weir_connection_start_tls(struct weir_connection *connection,
                                             SSL_CTX *tls) WEIR_MUST_CHECK;
bool weir_connection_is_encrypted(const struct weir_connection *connection);

#endif
