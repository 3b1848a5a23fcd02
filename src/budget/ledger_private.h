/* What the ledger's files share: the handle, and SQL statements whose every failure is an error of
 * ours. */
#ifndef WEIR_BUDGET_LEDGER_PRIVATE_H
#define WEIR_BUDGET_LEDGER_PRIVATE_H

#include "budget/ledger.h"

#include <pthread.h>
#include <sqlite3.h>

struct weir_ledger {
    sqlite3 *database;
    const struct weir_env *env;
    pthread_mutex_t
        mutex;   /* held for a whole transaction: the connection is not shared otherwise */
    bool broken; /* what is on disk is unknown: nothing more is charged through this handle */
};

/* One statement in use. Zeroed, it may be finished. */
struct weir_ledger_statement {
    struct weir_ledger *ledger;
    sqlite3_stmt *handle;
    int failure; /* the first code of a bind that failed, reported by the next step */
};

/* Turns an SQLite code into an error: class SYSTEM, or INTERNAL where a constraint of ours was
 * broken. */
weir_status weir_ledger_fail(struct weir_ledger *ledger, int code, struct weir_error *error);
weir_status weir_ledger_run(struct weir_ledger *ledger, const char *sql,
                            struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_ledger_prepare(struct weir_ledger *ledger, const char *sql,
                                struct weir_ledger_statement *statement,
                                struct weir_error *error) WEIR_MUST_CHECK;
void weir_ledger_bind_integer(struct weir_ledger_statement *statement, int place, int64_t integer);
void weir_ledger_bind_text(struct weir_ledger_statement *statement, int place, const char *text);
void weir_ledger_bind_question(struct weir_ledger_statement *statement, int place,
                               const uint8_t question[WEIR_QUESTION_ID_BYTES]);
/* *row false when there are no more. */
weir_status weir_ledger_step(struct weir_ledger_statement *statement, bool *row,
                             struct weir_error *error) WEIR_MUST_CHECK;
/* Runs a statement that returns no rows, and finishes it. */
weir_status weir_ledger_finish(struct weir_ledger_statement *statement,
                               struct weir_error *error) WEIR_MUST_CHECK;
void weir_ledger_discard(struct weir_ledger_statement *statement);

/* Takes the mutex and begins; or fails with neither. `begin` is BEGIN or BEGIN IMMEDIATE. */
weir_status weir_ledger_begin(struct weir_ledger *ledger, const char *begin,
                              struct weir_error *error) WEIR_MUST_CHECK;
/* Commits when status is ok, else (or when that fails) rolls back; releases the mutex. */
weir_status weir_ledger_end(struct weir_ledger *ledger, weir_status status,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* The sums of an account from the day on which its period started, and ever. */
weir_status weir_ledger_sums(struct weir_ledger *ledger, const char *account, int64_t first_day,
                             struct weir_ledger_balance *balance,
                             struct weir_error *error) WEIR_MUST_CHECK;

#endif
