/* Released rows as a temporary table of one connection. */
#ifndef WEIR_EXEC_DUCKDB_RELEASE_H
#define WEIR_EXEC_DUCKDB_RELEASE_H

#include "exec/backend.h"

#include "exec/duckdb_api.h"

/* Makes "release" in `connection`; it goes with the connection. */
weir_status weir_duckdb_put_release(duckdb_connection connection, const struct weir_rows *released,
                                    const char *const *names,
                                    struct weir_error *error) WEIR_MUST_CHECK;

#endif
