/* The PostgreSQL server over an engine: listens, serves each client on a thread of its own, stops
 * gracefully. */
#ifndef WEIR_WIRE_SERVER_H
#define WEIR_WIRE_SERVER_H

#include "engine/engine.h"

struct weir_server;

struct weir_server_options {
    const char *listen;    /* an address or a host's name; NULL = 127.0.0.1 */
    int port;              /* 0 = any free one: see weir_server_port */
    size_t session_limit;  /* 0 = 100 */
    int idle_seconds;      /* between statements; 0 = no limit */
    int statement_seconds; /* for one statement; 0 = no limit */
    int startup_seconds;   /* until a client has authenticated; 0 = 15 */
    const char *certificate,
        *key; /* PEM files; both or neither. With them, sessions are over TLS alone */
    size_t statement_memory; /* bytes of one statement's arena; 0 = 64 MiB */
};

/* Listens and starts serving. The engine outlives the server. weir_env_initialise has been called.
 * The caller's signal handlers never run on the server's threads. */
weir_status weir_server_start(struct weir_engine *engine, const struct weir_server_options *options,
                              struct weir_server **server,
                              struct weir_error *error) WEIR_MUST_CHECK;
int weir_server_port(const struct weir_server *server);

/* Asks for the end: no new client is taken, running statements are cancelled, sessions are told.
 * Returns at once; safe in a signal handler, and any number of times. */
void weir_server_stop(struct weir_server *server);
/* Waits until the server has been stopped and every thread of it has ended. Called once. */
void weir_server_wait(struct weir_server *server);
/* After weir_server_wait. NULL is allowed. */
void weir_server_destroy(struct weir_server *server);

#endif
