/* The script of one connection, from its first byte to its last. */
#ifndef WEIR_WIRE_SESSION_H
#define WEIR_WIRE_SESSION_H

#include "wire/client.h"

/* Serves the socket until the client leaves, is sent away, or the server stops; closes it.
 * Everything the session held is given back; the seat stays the caller's to leave. */
void weir_session_serve(const struct weir_service *service, struct weir_seat *seat, int socket);

#endif
