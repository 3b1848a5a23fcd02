/* Values between us and DuckDB: constants in, vectors of results out, rows into a table. */
#ifndef WEIR_EXEC_DUCKDB_VALUE_H
#define WEIR_EXEC_DUCKDB_VALUE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/value.h"

#include "exec/duckdb_api.h"

/* Binds constants as $1, $2, ... INTERNAL when the statement does not have exactly so many. */
weir_status weir_duckdb_bind(duckdb_prepared_statement statement,
                             const struct weir_value *constants, size_t count,
                             struct weir_error *error) WEIR_MUST_CHECK;

/* How one result column is read: its type in the engine, and ours. */
struct weir_duckdb_column {
    duckdb_type type;
    duckdb_type storage; /* of DECIMAL: the integer that holds it; else = type */
    int width, scale;    /* of DECIMAL */
    enum weir_type ours;
};
weir_status weir_duckdb_describe(duckdb_logical_type type, struct weir_duckdb_column *column,
                                 struct weir_error *error) WEIR_MUST_CHECK;

/* Reads one vector into values[0], values[stride], ...; text is copied into the arena. */
weir_status weir_duckdb_read(struct weir_arena *arena, const struct weir_duckdb_column *column,
                             duckdb_vector vector, size_t count, struct weir_value *values,
                             size_t stride, struct weir_error *error) WEIR_MUST_CHECK;

/* One value at the appender's place; a NUMERIC is written with `scale` digits after the point. */
weir_status weir_duckdb_append(duckdb_appender appender, const struct weir_value *value, int scale,
                               struct weir_error *error) WEIR_MUST_CHECK;

duckdb_hugeint weir_duckdb_hugeint(weir_int128 integer);

#endif
