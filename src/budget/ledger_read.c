/* Reading the ledger: balances, single charges, and whether the books agree with themselves. */
#include "budget/ledger_private.h"

#include <string.h>

#include "base/banned.h"

/* sum() fails on overflow instead of rounding. */
static const char sums[] =
    "SELECT coalesce(sum(femto_rho) FILTER (WHERE day >= ?2), 0),"
    " coalesce(sum(selection_delta) FILTER (WHERE day >= ?2), 0),"
    " coalesce(sum(charges) FILTER (WHERE day >= ?2), 0), coalesce(sum(femto_rho), 0),"
    " coalesce(sum(selection_delta), 0), coalesce(sum(charges), 0)"
    " FROM ledger_day WHERE account = ?1";

static weir_status disagree(struct weir_error *error, const char *what) {
    weir_fail_state(error, WEIR_ERROR_SYSTEM, "XX001", "the ledger does not agree with itself: %s",
                    what);
    return weir_error_hint(error, "The file was changed from outside, or the disk is failing: "
                                  "compare it with a backup and with the public log.");
}

weir_status weir_ledger_sums(struct weir_ledger *ledger, const char *account, int64_t first_day,
                             struct weir_ledger_balance *balance, struct weir_error *error) {
    struct weir_ledger_statement statement = {0};
    int64_t values[6] = {0};
    bool row = false;
    weir_status status = weir_ledger_prepare(ledger, sums, &statement, error);
    if (status.ok) {
        weir_ledger_bind_text(&statement, 1, account);
        weir_ledger_bind_integer(&statement, 2, first_day);
        status = weir_ledger_step(&statement, &row, error);
    }
    for (int i = 0; status.ok && i < 6; i++) {
        values[i] = sqlite3_column_int64(statement.handle, i);
        if (values[i] < 0)
            status = disagree(error, "a balance is negative");
    }
    weir_ledger_discard(&statement);
    *balance = (struct weir_ledger_balance){
        .period_spent = {values[0], values[1]},
        .lifetime_spent = {values[3], values[4]},
        .period_charges = values[2],
        .lifetime_charges = values[5],
    };
    return status;
}

weir_status weir_ledger_balance(struct weir_ledger *ledger, const char *account,
                                enum weir_period period, struct weir_ledger_balance *balance,
                                struct weir_error *error) {
    int64_t now = 0;
    *balance = (struct weir_ledger_balance){0};
    WEIR_TRY(ledger->env->now(ledger->env->state, &now, error));
    WEIR_TRY(weir_ledger_begin(ledger, "BEGIN", error));
    weir_status status =
        weir_ledger_sums(ledger, account, weir_period_start(period, now), balance, error);
    return weir_ledger_end(ledger, status, error);
}

static weir_status find_charge(struct weir_ledger *ledger,
                               const uint8_t question[WEIR_QUESTION_ID_BYTES], bool *found,
                               struct weir_privacy_amount *price, int64_t *charged_at,
                               struct weir_error *error) {
    struct weir_ledger_statement statement = {0};
    weir_status status = weir_ledger_prepare(
        ledger,
        "SELECT femto_rho, selection_delta, charged_at FROM ledger_charge WHERE question = ?1",
        &statement, error);
    if (status.ok) {
        weir_ledger_bind_question(&statement, 1, question);
        status = weir_ledger_step(&statement, found, error);
    }
    if (status.ok && *found) {
        *price = (struct weir_privacy_amount){sqlite3_column_int64(statement.handle, 0),
                                              sqlite3_column_int64(statement.handle, 1)};
        *charged_at = sqlite3_column_int64(statement.handle, 2);
    }
    weir_ledger_discard(&statement);
    return status;
}

weir_status weir_ledger_find(struct weir_ledger *ledger,
                             const uint8_t question[WEIR_QUESTION_ID_BYTES], bool *found,
                             struct weir_privacy_amount *price, int64_t *charged_at,
                             struct weir_error *error) {
    *found = false;
    *price = (struct weir_privacy_amount){0};
    *charged_at = 0;
    WEIR_TRY(weir_ledger_begin(ledger, "BEGIN", error));
    weir_status status = find_charge(ledger, question, found, price, charged_at, error);
    return weir_ledger_end(ledger, status, error);
}

static weir_status find_account(struct weir_ledger *ledger,
                                const uint8_t question[WEIR_QUESTION_ID_BYTES], const char *account,
                                bool *charged, struct weir_error *error) {
    struct weir_ledger_statement statement = {0};
    weir_status status = weir_ledger_prepare(
        ledger, "SELECT 1 FROM ledger_charge_account WHERE question = ?1 AND account = ?2",
        &statement, error);
    if (status.ok) {
        weir_ledger_bind_question(&statement, 1, question);
        weir_ledger_bind_text(&statement, 2, account);
        status = weir_ledger_step(&statement, charged, error);
    }
    weir_ledger_discard(&statement);
    return status;
}

weir_status weir_ledger_is_charged_to(struct weir_ledger *ledger,
                                      const uint8_t question[WEIR_QUESTION_ID_BYTES],
                                      const char *account, bool *charged,
                                      struct weir_error *error) {
    *charged = false;
    WEIR_TRY(weir_ledger_begin(ledger, "BEGIN", error));
    weir_status status = find_account(ledger, question, account, charged, error);
    return weir_ledger_end(ledger, status, error);
}

/* Each query finds what must not be there. */
#define RECOMPUTED                                                                                 \
    "SELECT a.account, c.charged_at / 86400000000, sum(c.femto_rho), sum(c.selection_delta),"      \
    " count(*) FROM ledger_charge c JOIN ledger_charge_account a USING (question) GROUP BY 1, 2"
static const struct {
    const char *what, *sql;
} faults[] = {
    {"the file is damaged",
     "SELECT 1 FROM pragma_integrity_check(1) WHERE integrity_check <> 'ok'"},
    {"a charge is negative or has no time",
     "SELECT 1 FROM ledger_charge WHERE femto_rho < 0 OR selection_delta < 0 OR charged_at < 0"
     " OR length(question) <> 16"},
    {"an account names a charge that is not there",
     "SELECT 1 FROM ledger_charge_account WHERE question NOT IN"
     " (SELECT question FROM ledger_charge)"},
    {"a charge was made to no account",
     "SELECT 1 FROM ledger_charge WHERE (femto_rho > 0 OR selection_delta > 0) AND question NOT IN"
     " (SELECT question FROM ledger_charge_account)"},
    {"a balance is not the sum of its charges",
     "SELECT account, day, femto_rho, selection_delta, charges FROM ledger_day"
     " EXCEPT " RECOMPUTED},
    {"charges are missing from a balance",
     RECOMPUTED " EXCEPT SELECT account, day, femto_rho, selection_delta, charges FROM ledger_day"},
    {"the time of the latest charge is wrong",
     "SELECT 1 FROM ledger_state WHERE latest <>"
     " (SELECT coalesce(max(charged_at), 0) FROM ledger_charge)"},
    {"its state is missing", "SELECT 1 WHERE (SELECT count(*) FROM ledger_state) <> 1"},
};

static weir_status look_for(struct weir_ledger *ledger, const char *what, const char *sql,
                            struct weir_error *error) {
    struct weir_ledger_statement statement = {0};
    bool row = false;
    weir_status status = weir_ledger_prepare(ledger, sql, &statement, error);
    if (status.ok)
        status = weir_ledger_step(&statement, &row, error);
    weir_ledger_discard(&statement);
    if (status.ok && row)
        status = disagree(error, what);
    return status;
}

weir_status weir_ledger_verify(struct weir_ledger *ledger, struct weir_error *error) {
    WEIR_TRY(weir_ledger_begin(ledger, "BEGIN", error));
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < WEIR_COUNT(faults) && status.ok; i++)
        status = look_for(ledger, faults[i].what, faults[i].sql, error);
    return weir_ledger_end(ledger, status, error);
}
