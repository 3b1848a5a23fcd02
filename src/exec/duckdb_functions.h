/* The functions that our SQL calls and DuckDB lacks, each total. What a question may nest is
 * native: a macro would write its argument out at every use of it, and a nest of them would grow
 * exponentially.
 *
 * weir_finite(x): x, or NULL where it is infinite or NaN.
 * weir_width_bucket(x, low, high, n): the bucket of x among n equal ones from low to high; 0 below,
 * n + 1 from high on.
 * weir_pattern(p): a LIKE pattern as a regular expression, which the engine matches in linear time.
 * % is any text, _ any character, and what follows a backslash is itself. One that ends within an
 * escape or is longer than WEIR_PATTERN_CHARACTERS matches nothing, so that only NULL gives NULL.
 * weir_double_text(x): as PostgreSQL writes it.
 *
 * For the release alone, as macros:
 * weir_number(x): x, or NULL where it is NaN.
 * weir_clamp(x, low, high): x moved to the nearer end of its range. */
#ifndef WEIR_EXEC_DUCKDB_FUNCTIONS_H
#define WEIR_EXEC_DUCKDB_FUNCTIONS_H

#include "base/error.h"

#include "exec/duckdb_api.h"

enum { WEIR_PATTERN_CHARACTERS = 5000 };

weir_status weir_duckdb_make_functions(duckdb_connection connection,
                                       struct weir_error *error) WEIR_MUST_CHECK;

#endif
