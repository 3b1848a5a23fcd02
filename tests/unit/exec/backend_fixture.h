/* A folder with one table file, people.duckdb, and a backend over it as city.people. */
#ifndef WEIR_TESTS_BACKEND_FIXTURE_H
#define WEIR_TESTS_BACKEND_FIXTURE_H

#include "exec/duckdb_engine.h"

struct fixture {
    char folder[64];
    char path[96];
    struct weir_backend *backend;
    struct weir_arena *arena;
    struct weir_error error;
};

/* Fails the test when it cannot. `sql` makes main.rows of the attached file. */
void fixture_open(struct fixture *fixture, const char *sql);
void fixture_close(struct fixture *fixture);

weir_status fixture_query(struct fixture *fixture, const char *sql, struct weir_rows *rows);
weir_status fixture_query_with(struct fixture *fixture, const char *sql,
                               const struct weir_value *constants, size_t count,
                               struct weir_rows *rows);

#endif
