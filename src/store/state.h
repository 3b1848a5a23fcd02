/* state.db: opening it, its schema, and statements whose every failure is an error of ours. */
#ifndef WEIR_STORE_STATE_H
#define WEIR_STORE_STATE_H

#include "base/env.h"
#include "base/error.h"

#include <sqlite3.h>

enum { WEIR_STATE_SCHEMA_VERSION = 3 };

/* Makes the file (mode 0600) with empty tables. It must not exist. */
weir_status weir_state_create(const char *path, sqlite3 **database,
                              struct weir_error *error) WEIR_MUST_CHECK;
/* Refuses a file that is not ours or of another schema version. */
weir_status weir_state_open(const char *path, sqlite3 **database,
                            struct weir_error *error) WEIR_MUST_CHECK;

weir_status weir_state_run(sqlite3 *database, const char *sql,
                           struct weir_error *error) WEIR_MUST_CHECK;

/* A statement in use: zero-initialise, prepare, bind, step, finish. Binds keep a failure until the
 * next step. */
struct weir_state_statement {
    sqlite3 *database;
    sqlite3_stmt *statement;
    int failure;
};
weir_status weir_state_prepare(sqlite3 *database, const char *sql,
                               struct weir_state_statement *statement,
                               struct weir_error *error) WEIR_MUST_CHECK;
/* The bytes must outlive the statement. */
void weir_state_bind_text(struct weir_state_statement *statement, int place, const char *text);
void weir_state_bind_blob(struct weir_state_statement *statement, int place, const void *bytes,
                          size_t len);
void weir_state_bind_integer(struct weir_state_statement *statement, int place, int64_t integer);
/* *row tells whether there is one. */
weir_status weir_state_step(struct weir_state_statement *statement, bool *row,
                            struct weir_error *error) WEIR_MUST_CHECK;
void weir_state_finish(struct weir_state_statement *statement);

/* A blob or text column copied; fails (as a damaged state) when its length is not `len`. */
weir_status weir_state_read_exactly(struct weir_state_statement *statement, int column, void *bytes,
                                    size_t len, struct weir_error *error) WEIR_MUST_CHECK;

/* What SQLite says went wrong; never the content of a row. */
weir_status weir_state_fail(sqlite3 *database, int code, struct weir_error *error);

#endif
