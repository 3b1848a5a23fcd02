/* One client in conversation: what its thread knows, and how errors reach it. */
#ifndef WEIR_WIRE_CLIENT_H
#define WEIR_WIRE_CLIENT_H

#include "engine/engine.h"
#include "wire/connection.h"
#include "wire/introspect.h"
#include "wire/objects.h"
#include "wire/registry.h"
#include "wire/reply.h"
#include "wire/scram.h"
#include "wire/settings.h"

/* What all clients share; it does not change while they are served. */
struct weir_service {
    struct weir_engine *engine;
    struct weir_registry *registry;
    SSL_CTX *tls;  /* NULL = none; otherwise sessions are over TLS alone */
    int stop_file; /* readable once the server stops */
    int idle_seconds, statement_seconds, startup_seconds;
    size_t statement_memory;
    uint8_t mock_secret[WEIR_SCRAM_SECRET_BYTES];
};

enum weir_transaction {
    WEIR_TRANSACTION_NONE = 'I', /* each as ReadyForQuery writes it */
    WEIR_TRANSACTION_OPEN = 'T',
    WEIR_TRANSACTION_FAILED = 'E'
};

enum { WEIR_OWN_SETTING_LIMIT = 16, WEIR_OWN_SETTING_SIZE = 64 };

struct weir_client {
    const struct weir_service *service;
    struct weir_connection *connection;
    struct weir_seat *seat;
    struct weir_session *session;
    struct weir_user user;
    struct weir_settings settings;
    /* The "weir.*" settings changed in this session, so that RESET ALL finds them. */
    size_t own_setting_count;
    char own_settings[WEIR_OWN_SETTING_LIMIT][WEIR_OWN_SETTING_SIZE];
    struct weir_arena *arena; /* of the introspection shadow's purposes; NULL until it is opened */
    struct weir_introspect *introspect; /* NULL until a catalog is asked */
    enum weir_transaction transaction;
    bool is_skipping;            /* an extended message failed: nothing is done until Sync */
    enum weir_transfer transfer; /* anything but DONE: the connection is over */
    struct weir_objects objects;
};

struct weir_buffer *weir_client_output(struct weir_client *client);
/* Sends what has gathered, when it is much; remembers when the client is lost. False then. */
bool weir_client_pass(struct weir_client *client);
bool weir_client_flush(struct weir_client *client);

/* Says that a statement failed; an open transaction fails with it. */
void weir_client_fail(struct weir_client *client, struct weir_error *error);
/* Says that the session is over. */
void weir_client_end(struct weir_client *client, struct weir_error *error);
/* The error for a transfer that ended in anything but DONE; false when there is nobody to tell. */
bool weir_client_transfer_error(enum weir_transfer transfer, struct weir_error *error);

/* Around everything that asks the engine: the time-out, cancellation, and the end of the server. */
weir_status weir_client_begin_statement(struct weir_client *client,
                                        struct weir_error *error) WEIR_MUST_CHECK;
/* Passes `status` on; says so in the error when the time was over. */
weir_status weir_client_end_statement(struct weir_client *client, weir_status status,
                                      struct weir_error *error) WEIR_MUST_CHECK;

#endif
