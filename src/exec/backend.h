/* An engine that runs the SQL we write: opened once per data version, shared by threads. The SQL it
 * gets is always emitted from our IR (quoted identifiers, bound constants, allow-listed functions).
 */
#ifndef WEIR_EXEC_BACKEND_H
#define WEIR_EXEC_BACKEND_H

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"

/* A table as the engine finds it: reachable in SQL as "schema"."name". */
struct weir_backend_table {
    const char *schema, *name;
    const char *path; /* of the file of this version, holding one table main.rows */
};

/* Rows in the arena, row-major. HUGEINT comes as NUMERIC of scale 0. */
struct weir_rows {
    size_t column_count, row_count;
    const enum weir_type *types;
    const struct weir_value *values; /* row_count * column_count */
};

/* One running statement that another thread may cancel. Owned by the caller, zero-initialised; see
 * weir_cancel_request. Made of atomics and a lock inside cancel.c. */
struct weir_cancel;
struct weir_cancel *weir_cancel_create(void); /* NULL when memory is out */
void weir_cancel_destroy(struct weir_cancel *cancel);
/* Any thread: stops the statement that runs under it now, or the next one if none runs, with
 * CANCELLED. */
void weir_cancel_request(struct weir_cancel *cancel);
/* The owner, before a statement: forget requests made earlier. */
void weir_cancel_reset(struct weir_cancel *cancel);
bool weir_cancel_is_requested(struct weir_cancel *cancel);

struct weir_backend;
struct weir_bounder;

struct weir_backend_operations {
    /* Runs one statement. `constants` are bound as $1, $2, ... A result beyond row_limit is class
     * LIMIT. Every other failure of the engine is class INTERNAL with one uniform message: an
     * engine's own text may hold values. It goes, without values, nowhere. */
    weir_status (*query)(struct weir_backend *backend, struct weir_arena *arena,
                         struct weir_cancel *cancel, const char *sql,
                         const struct weir_value *constants, size_t constant_count,
                         size_t row_limit, struct weir_rows *rows, struct weir_error *error);
    /* As query, with `released` first put in as a temporary table "release" of the given column
     * names, seen by this statement alone. */
    weir_status (*query_released)(struct weir_backend *backend, struct weir_arena *arena,
                                  struct weir_cancel *cancel, const struct weir_rows *released,
                                  const char *const *names, const char *sql,
                                  const struct weir_value *constants, size_t constant_count,
                                  size_t row_limit, struct weir_rows *rows,
                                  struct weir_error *error);
    /* Feeds a bounder that has no part yet with the rows of a SELECT whose columns are the unit
     * (BIGINT), the bounder's keys and its arguments, in this order, of the types it was told; else
     * class INTERNAL. The bounder is left to be finished. Errors as query, and those of feeding. */
    weir_status (*bound)(struct weir_backend *backend, struct weir_arena *arena,
                         struct weir_cancel *cancel, const char *sql,
                         const struct weir_value *constants, size_t constant_count,
                         struct weir_bounder *bounder, struct weir_error *error);
    void (*close)(struct weir_backend *backend);
};

struct weir_backend {
    const struct weir_backend_operations *operations;
};

struct weir_backend_options {
    size_t memory_megabytes;  /* 0 = 60% of the machine */
    int threads;              /* 0 = all cores */
    const char *spill_folder; /* NULL = never spill. The engine makes a folder of its own in it, and
                               * removes those that killed engines left */
};

/* DuckDB in this process: each table's file attached read-only under its schema, then external
 * access off and the configuration locked. No tables = an engine for released rows only. */
weir_status weir_duckdb_open(const struct weir_backend_table *tables, size_t table_count,
                             const struct weir_backend_options *options,
                             struct weir_backend **backend,
                             struct weir_error *error) WEIR_MUST_CHECK;

#endif
