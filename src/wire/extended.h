/* The extended protocol: Parse, Bind, Describe, Execute, Close. After an error nothing is done
 * until Sync. */
#ifndef WEIR_WIRE_EXTENDED_H
#define WEIR_WIRE_EXTENDED_H

#include "wire/client.h"

/* One message of type 'P', 'B', 'D', 'E' or 'C'. */
void weir_extended_message(struct weir_client *client, const struct weir_message *message);
/* An error of an extended message, found elsewhere: too long, unknown. */
void weir_extended_fail(struct weir_client *client, struct weir_error *error);
/* What Sync does before ReadyForQuery: ends the skipping, and closes the portals of a transaction
 * that is over. */
void weir_extended_sync(struct weir_client *client);

#endif
