/* The packets that open a connection, read from their bytes: requests for encryption, a request to
 * cancel, or the startup message with its parameters. Pure, no I/O. */
#ifndef WEIR_WIRE_STARTUP_PACKET_H
#define WEIR_WIRE_STARTUP_PACKET_H

#include "base/arena.h"
#include "base/error.h"

enum weir_startup_kind {
    WEIR_STARTUP_TLS_REQUEST,
    WEIR_STARTUP_GSS_REQUEST,
    WEIR_STARTUP_CANCEL,
    WEIR_STARTUP_SESSION
};

enum { WEIR_STARTUP_PARAMETER_LIMIT = 64, WEIR_CANCEL_SECRET_BYTES = 4 };

struct weir_startup_parameter {
    const char *name, *value;
};

struct weir_startup {
    enum weir_startup_kind kind;
    /* CANCEL */
    int32_t process_id;
    uint8_t secret[WEIR_CANCEL_SECRET_BYTES];
    /* SESSION. `user` is never empty; `database` is the user when not said, as in PostgreSQL. */
    const char *user, *database;
    bool is_newer;       /* the client speaks a newer minor version, or options of one: negotiate */
    size_t option_count; /* "_pq_." options, none of which is known here */
    const char *options[WEIR_STARTUP_PARAMETER_LIMIT];
    size_t parameter_count; /* the settings, with those of "options" (-c name=value) taken apart */
    struct weir_startup_parameter parameters[WEIR_STARTUP_PARAMETER_LIMIT];
};

/* `bytes` is a packet without its length. What is kept is copied into the arena. */
weir_status weir_startup_read(struct weir_arena *arena, const uint8_t *bytes, size_t len,
                              struct weir_startup *startup,
                              struct weir_error *error) WEIR_MUST_CHECK;

#endif
