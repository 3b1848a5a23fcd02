/* The listening socket. */
#ifndef WEIR_WIRE_LISTENER_H
#define WEIR_WIRE_LISTENER_H

#include "base/error.h"

/* Binds and listens on the first address that the name stands for and that can be bound; `*port` 0
 * becomes the port that was given. The caller closes the socket. */
weir_status weir_listener_open(const char *host, int *port, int *socket,
                               struct weir_error *error) WEIR_MUST_CHECK;

enum weir_accepted { WEIR_ACCEPTED, WEIR_ACCEPT_NONE, WEIR_ACCEPT_EXHAUSTED };

/* Takes a client, ready for weir_connection_create. NONE when it was gone already, EXHAUSTED when
 * this process or machine has no file or memory left for it. */
enum weir_accepted weir_listener_accept(int listener, int *socket);

/* Tells a client that there is no room, as far as it listens, and closes its socket. */
void weir_listener_refuse(int socket);

#endif
