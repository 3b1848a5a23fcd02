/* A password from WEIR_PASSWORD, or asked for twice at the terminal without echo. */
#ifndef WEIR_CLI_PASSWORD_H
#define WEIR_CLI_PASSWORD_H

#include "base/error.h"

enum { WEIR_CLI_PASSWORD_MAX = 256 };

/* Fills `password` with the NUL-terminated text; the caller wipes it (explicit_bzero). */
weir_status weir_cli_read_password(const char *user, char password[WEIR_CLI_PASSWORD_MAX],
                                   struct weir_error *error) WEIR_MUST_CHECK;

#endif
