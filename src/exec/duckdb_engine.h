/* DuckDB in this process: opening it with its settings, its errors as ours, and the backend's
 * inside for those who register functions with it. */
#ifndef WEIR_EXEC_DUCKDB_ENGINE_H
#define WEIR_EXEC_DUCKDB_ENGINE_H

#include "base/buffer.h"
#include "exec/backend.h"

#include "exec/duckdb_api.h"
#include "exec/spill.h"

struct weir_duckdb {
    struct weir_backend backend; /* first: a backend's address is this one's */
    duckdb_database database;
    struct weir_spill spill;
    struct weir_duckdb_bounds *bounds; /* see duckdb_bound.h */
};

/* Opens `path` (NULL = in memory) with the settings every engine of ours has: given threads, memory
 * and spill folder, no extension fetched, no insertion order kept. External access is still on:
 * weir_duckdb_lock ends it. */
weir_status weir_duckdb_open_database(const char *path, const struct weir_backend_options *options,
                                      duckdb_database *database,
                                      struct weir_error *error) WEIR_MUST_CHECK;
/* What an engine gets when its options do not say: 60% of the machine. */
size_t weir_duckdb_default_memory_megabytes(void);
/* No file, network or extension function works from here on, and no setting can be changed. */
weir_status weir_duckdb_lock(duckdb_connection connection,
                             struct weir_error *error) WEIR_MUST_CHECK;

/* Runs SQL that is ours alone, for its effect. */
weir_status weir_duckdb_run(duckdb_connection connection, const char *sql,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* An engine's error as ours: CANCELLED, LIMIT (53200) or INTERNAL, without the engine's text. */
weir_status weir_duckdb_fail(duckdb_error_type type, struct weir_error *error);

/* "a""b" and 'it''s'. */
void weir_duckdb_identifier(struct weir_buffer *out, const char *name);
void weir_duckdb_literal(struct weir_buffer *out, const char *text);

#endif
