/* The opening of a connection: encryption, cancel requests, the startup message, authentication,
 * the greeting. */
#ifndef WEIR_WIRE_STARTUP_H
#define WEIR_WIRE_STARTUP_H

#include "wire/client.h"

/* True when a session is open and the client has been greeted up to, but without, the first
 * ReadyForQuery. False when the connection is done: it was a cancel request, it ended, or it was
 * refused (the client has been told). */
bool weir_startup(struct weir_client *client) WEIR_MUST_CHECK;

#endif
