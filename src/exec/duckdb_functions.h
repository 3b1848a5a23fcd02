/* The functions that our SQL calls and DuckDB lacks. Each is total, and native where a question may
 * nest it: a macro would write its argument out at every use of it, and a nest of them would grow
 * exponentially. */
#ifndef WEIR_EXEC_DUCKDB_FUNCTIONS_H
#define WEIR_EXEC_DUCKDB_FUNCTIONS_H

#include "base/error.h"

#include "exec/duckdb_api.h"

/* Native:
 *   weir_finite(x)                      NULL where x is infinite or NaN
 *   weir_width_bucket(x, low, high, n)  the bucket of x among n equal ones from low to high: 0
 * below, n + 1 from high on weir_pattern(p)                     a LIKE pattern as a regular
 * expression, which the engine matches in linear time; NULL where p ends within an escape or is
 * longer than WEIR_PATTERN_CHARACTERS Macros, for the release alone: weir_number(x) NULL where x is
 * NaN weir_clamp(x, low, high)            x moved to the nearer end of its range */
enum { WEIR_PATTERN_CHARACTERS = 5000 };

weir_status weir_duckdb_make_functions(duckdb_connection connection,
                                       struct weir_error *error) WEIR_MUST_CHECK;

#endif
