/* Feeding the bounding operator from inside DuckDB's parallel pipeline.
 *
 * A statement's rows go to an ungrouped aggregate function of ours: DuckDB gives each of its
 * threads a state, which is a part of the run, and hands it whole vectors. There is one function
 * for each list of argument types, registered when it is first needed and kept as long as the
 * engine; the run is found by a number, the function's first argument. */
#ifndef WEIR_EXEC_DUCKDB_BOUND_H
#define WEIR_EXEC_DUCKDB_BOUND_H

#include "bound/bounder.h"
#include "exec/duckdb_engine.h"

/* The functions registered with one engine and the runs under way. NULL when memory is out. */
struct weir_duckdb_bounds *weir_duckdb_bounds_create(void) WEIR_MUST_CHECK;
/* After the engine's database is closed. NULL is allowed. */
void weir_duckdb_bounds_destroy(struct weir_duckdb_bounds *bounds);

/* weir_backend_operations.bound */
weir_status weir_duckdb_bound(struct weir_backend *backend, struct weir_arena *arena,
                              struct weir_cancel *cancel, const char *sql,
                              const struct weir_value *constants, size_t constant_count,
                              struct weir_bounder *bounder,
                              struct weir_error *error) WEIR_MUST_CHECK;

#endif
