/* The aggregate functions that take rows into a run: one for each list of argument types. */
#ifndef WEIR_EXEC_DUCKDB_BOUND_FUNCTION_H
#define WEIR_EXEC_DUCKDB_BOUND_FUNCTION_H

#include "exec/duckdb_bound.h"

/* A run under way; its owner waits for the statement. */
struct weir_duckdb_run {
    struct weir_duckdb_run *next;
    int64_t id;
    struct weir_bounder *bounder;
    bool failed;
    struct weir_error failure; /* the first that a thread met */
};

/* A parameter of the function: how the engine hands over one column. */
struct weir_duckdb_parameter {
    duckdb_type type;
    uint8_t width, scale; /* DECIMAL; else 0 */
};

/* Puts a run in, and takes it out when no statement uses it any more. */
void weir_duckdb_run_begin(struct weir_duckdb_bounds *bounds, struct weir_duckdb_run *run);
void weir_duckdb_run_end(struct weir_duckdb_bounds *bounds, struct weir_duckdb_run *run);

/* The number n of the function weir_bound_n(BIGINT run, parameters...), registered when there was
 * none. */
weir_status weir_duckdb_bound_function(struct weir_duckdb_bounds *bounds,
                                       duckdb_connection connection,
                                       const struct weir_duckdb_parameter *parameters, size_t count,
                                       size_t *number, struct weir_error *error) WEIR_MUST_CHECK;

#endif
