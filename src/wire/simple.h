/* The simple protocol: one Query message, its statements run one after the other until one fails.
 */
#ifndef WEIR_WIRE_SIMPLE_H
#define WEIR_WIRE_SIMPLE_H

#include "wire/client.h"

/* Everything but the ReadyForQuery that follows. */
void weir_simple_query(struct weir_client *client, struct weir_reader body);

#endif
