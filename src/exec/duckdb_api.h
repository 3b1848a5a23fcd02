/* DuckDB's C API; its header declares functions without prototypes, which our warnings refuse. */
#ifndef WEIR_EXEC_DUCKDB_API_H
#define WEIR_EXEC_DUCKDB_API_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <duckdb.h>
#pragma GCC diagnostic pop

#endif
