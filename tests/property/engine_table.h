/* property_rows(n): the rows of the n-th table of the policy. */
#ifndef WEIR_TESTS_PROPERTY_ENGINE_TABLE_H
#define WEIR_TESTS_PROPERTY_ENGINE_TABLE_H

#include "world.h"

#include "exec/duckdb_api.h"

struct table_source {
    const struct world *world;
    const struct database *database;
    int64_t without;
};

/* Reads `source` whenever a statement is bound or run. */
void engine_table_register(duckdb_connection connection, struct table_source *source);

#endif
