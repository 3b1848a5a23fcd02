/* Where a server may listen without TLS. */
#ifndef WEIR_CLI_ADDRESS_H
#define WEIR_CLI_ADDRESS_H

#include "base/checks.h"

/* True for a numeric address that only this machine can reach (127.0.0.0/8, ::1). A name,
 * "localhost" among them, is false: what it means is for the resolver to say. */
bool weir_cli_is_loopback(const char *address);

#endif
