/* The durable books: who has spent what. Charges are never refunded, and a charge is on disk before
 * weir_ledger_charge returns; safe under threads, processes and kill -9 (SQLite, synchronous=FULL,
 * BEGIN IMMEDIATE). The ledger knows accounts by name; limits come with each charge from the policy
 * in force. */
#ifndef WEIR_BUDGET_LEDGER_H
#define WEIR_BUDGET_LEDGER_H

#include "base/arena.h"
#include "base/env.h"
#include "base/error.h"
#include "budget/accountant.h"
#include "policy/policy.h"

struct weir_ledger;

enum { WEIR_QUESTION_ID_BYTES = 16 };

/* One account to charge, for instance "dataset census" or "permit income_statistics analyst". */
struct weir_ledger_account {
    const char *name;
    enum weir_period period;
    struct weir_privacy_amount limit; /* for one period */
};

struct weir_ledger_balance {
    struct weir_privacy_amount period_spent;   /* within the period that holds now */
    struct weir_privacy_amount lifetime_spent; /* ever */
    int64_t period_charges, lifetime_charges;
};

/* Opens or creates the tables in the SQLite file `path`; thread-safe afterwards. The ledger refuses
 * to charge when the clock reads earlier than its latest charge by more than a day (a set-back
 * clock would open a spent period again). The caller closes it. A handle does not survive fork, and
 * no code of this process may open and close the file but through SQLite: closing it drops the
 * process's locks on it. */
weir_status weir_ledger_open(const char *path, const struct weir_env *env,
                             struct weir_ledger **ledger, struct weir_error *error) WEIR_MUST_CHECK;
void weir_ledger_close(struct weir_ledger *ledger);

/* Charges `price` to all accounts or to none, in one durable transaction, under the question's id
 * (random, used once). Class BUDGET, SQLSTATE 53W01, naming the account, when any account would
 * pass its limit. */
weir_status weir_ledger_charge(struct weir_ledger *ledger,
                               const uint8_t question[WEIR_QUESTION_ID_BYTES],
                               const struct weir_ledger_account *accounts, size_t account_count,
                               struct weir_privacy_amount price,
                               struct weir_error *error) WEIR_MUST_CHECK;

weir_status weir_ledger_balance(struct weir_ledger *ledger, const char *account,
                                enum weir_period period, struct weir_ledger_balance *balance,
                                struct weir_error *error) WEIR_MUST_CHECK;

/* The price under which a question was charged, and when, in microseconds since 1970; *found false
 * when it never was. For weir verify. */
weir_status weir_ledger_find(struct weir_ledger *ledger,
                             const uint8_t question[WEIR_QUESTION_ID_BYTES], bool *found,
                             struct weir_privacy_amount *price, int64_t *charged_at,
                             struct weir_error *error) WEIR_MUST_CHECK;

/* Whether the question was charged to this account. For weir verify. */
weir_status weir_ledger_is_charged_to(struct weir_ledger *ledger,
                                      const uint8_t question[WEIR_QUESTION_ID_BYTES],
                                      const char *account, bool *charged,
                                      struct weir_error *error) WEIR_MUST_CHECK;

/* Checks that every balance equals the sum of its charges and that none is negative. */
weir_status weir_ledger_verify(struct weir_ledger *ledger,
                               struct weir_error *error) WEIR_MUST_CHECK;

/* First day (since 1970) of the period that holds `microseconds`; lifetime gives 0.
 * Weeks start on Monday. */
int64_t weir_period_start(enum weir_period period, int64_t microseconds);
/* First day of the period after that one; lifetime gives INT64_MAX. */
int64_t weir_period_end(enum weir_period period, int64_t microseconds);

#endif
