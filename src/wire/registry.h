/* Who is connected: a seat a connection, handed out under a cap; the keys that cancel; the watch
 * over how long a statement runs. All functions are safe from any thread. */
#ifndef WEIR_WIRE_REGISTRY_H
#define WEIR_WIRE_REGISTRY_H

#include "base/error.h"
#include "engine/engine.h"
#include "wire/startup_packet.h"

#include <pthread.h>

struct weir_registry;
struct weir_seat;

/* Connections that have not authenticated sit beside the sessions, so that they cannot take a
 * session's place. Starts the watch's thread, with the caller's signal mask. */
weir_status weir_registry_create(size_t session_limit, size_t handshake_limit,
                                 struct weir_registry **registry,
                                 struct weir_error *error) WEIR_MUST_CHECK;
/* Every seat has been left and reaped. NULL is allowed. */
void weir_registry_destroy(struct weir_registry *registry);

/* A seat for a new connection, or NULL when all are taken. */
struct weir_seat *weir_registry_take(struct weir_registry *registry);
/* Starts the connection's thread; the seat is given up when that fails. */
weir_status weir_seat_start(struct weir_seat *seat, const pthread_attr_t *attributes,
                            void *(*run)(void *argument), void *argument,
                            struct weir_error *error) WEIR_MUST_CHECK;
/* The last act of a connection's thread. */
void weir_seat_leave(struct weir_seat *seat);
/* Joins the threads that have left (or, with `all`, waits for every one). */
void weir_registry_reap(struct weir_registry *registry, bool all);

/* An authenticated client becomes a session: 53300 when there are as many as allowed. */
weir_status weir_seat_admit(struct weir_seat *seat, struct weir_error *error) WEIR_MUST_CHECK;
/* From here the session can be cancelled with the key returned ... */
void weir_seat_attach(struct weir_seat *seat, struct weir_session *session, int32_t *process_id,
                      uint8_t secret[WEIR_CANCEL_SECRET_BYTES]);
/* ... and from here no more: called before the session is closed. */
void weir_seat_detach(struct weir_seat *seat);

/* Cancels what runs in the session with this key; says nothing when there is none. */
void weir_registry_cancel(struct weir_registry *registry, int32_t process_id,
                          const uint8_t secret[WEIR_CANCEL_SECRET_BYTES]);

/* Around each statement: forgets earlier cancellations and sets the time it may take (0 = no
 * limit). Fails with 57P01 when the server stops. *timed_out tells whether the limit was reached.
 */
weir_status weir_seat_begin_statement(struct weir_seat *seat, int64_t milliseconds,
                                      struct weir_error *error) WEIR_MUST_CHECK;
void weir_seat_end_statement(struct weir_seat *seat, bool *timed_out);

/* Cancels every statement and lets none begin. */
void weir_registry_stop(struct weir_registry *registry);

#endif
