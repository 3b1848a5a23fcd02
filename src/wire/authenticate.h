/* Proving who a client is: the SASL exchange over a connection. */
#ifndef WEIR_WIRE_AUTHENTICATE_H
#define WEIR_WIRE_AUTHENTICATE_H

#include "wire/client.h"

/* Fills client->user. Nothing that differs between an unknown user and a wrong password can be seen
 * before or in the error, 28P01. Fails with the error unset and client->transfer set when the
 * connection ended. */
weir_status weir_authenticate(struct weir_client *client, const char *name,
                              struct weir_error *error) WEIR_MUST_CHECK;

#endif
