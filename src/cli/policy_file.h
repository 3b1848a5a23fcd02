/* A policy read from a file and checked, with every mistake printed as FILE:LINE:COLUMN: message.
 */
#ifndef WEIR_CLI_POLICY_FILE_H
#define WEIR_CLI_POLICY_FILE_H

#include "policy/policy.h"

enum { WEIR_CLI_ARENA_BYTES = 256 << 20 };

/* NULL, with the mistakes printed on standard error, when the file holds no policy that may be put
 * into force. The policy lives in the arena (NULL: memory was out, which is said too). */
const struct weir_policy *weir_cli_read_policy(struct weir_arena *arena, const char *file);

#endif
