/* What the ledger tests share: a fresh file in a temporary folder, a clock that the test sets,
 * question ids. */
#ifndef WEIR_TESTS_BUDGET_LEDGER_FIXTURE_H
#define WEIR_TESTS_BUDGET_LEDGER_FIXTURE_H

#include "budget/ledger.h"

#include <stdio.h>

struct ledger_fixture {
    char folder[64], path[96];
    struct weir_env env; /* its clock reads `now` */
    int64_t now;         /* microseconds */
    struct weir_error error;
};

/* The fixture must not move afterwards: env points into it. wal: the file is in WAL mode before the
 * ledger opens it. */
void fixture_start(struct ledger_fixture *fixture, bool wal);
void fixture_end(struct ledger_fixture *fixture);

struct weir_ledger *fixture_open(struct ledger_fixture *fixture);
/* Opens, verifies, returns the account's balance for the period, closes. */
struct weir_ledger_balance fixture_check(struct ledger_fixture *fixture, const char *account,
                                         enum weir_period period);
/* Runs SQL on the file, as one who tampers would. */
void fixture_sql(struct ledger_fixture *fixture, const char *sql);
int64_t fixture_date(int year, int month, int day);
/* An id from two numbers. */
void question_id(uint8_t question[WEIR_QUESTION_ID_BYTES], uint64_t who, uint64_t which);

#endif
