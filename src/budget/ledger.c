/* Opening the ledger and charging it.
 *
 * Journal: a rollback journal in mode TRUNCATE with synchronous=FULL: journal, file, and the
 * journal's truncation (which is the commit) are each synced before COMMIT returns. A file that its
 * owner keeps in WAL mode stays in it: FULL then syncs the log at each commit, which is as durable.
 * TRUNCATE is the choice for a file of our own, because SQLite before 3.51.3 can corrupt a WAL that
 * two connections write and checkpoint at the same moment.
 *
 * What a period has spent is the sum over the days since it started, not a counter a period, so
 * that a policy which changes a budget's period cannot make spending disappear. */
#include "budget/ledger_private.h"

#include "base/file.h"
#include "base/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { BUSY_MILLISECONDS = 20000, LEDGER_VERSION = 1 };
static const int64_t day_microseconds = INT64_C(86400000000);

/* charged_at is in microseconds since 1970, day in days. latest is the largest charged_at. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS ledger_state (only_row INTEGER PRIMARY KEY CHECK (only_row = 1),"
    " version INTEGER NOT NULL, latest INTEGER NOT NULL) STRICT;"
    "INSERT OR IGNORE INTO ledger_state VALUES (1, 1, 0);"
    "CREATE TABLE IF NOT EXISTS ledger_charge (question BLOB PRIMARY KEY CHECK (length(question) = "
    "16),"
    " charged_at INTEGER NOT NULL CHECK (charged_at >= 0),"
    " femto_rho INTEGER NOT NULL CHECK (femto_rho >= 0),"
    " selection_delta INTEGER NOT NULL CHECK (selection_delta >= 0)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS ledger_charge_account ("
    " question BLOB NOT NULL REFERENCES ledger_charge (question), account TEXT NOT NULL,"
    " PRIMARY KEY (question, account)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS ledger_day (account TEXT NOT NULL, day INTEGER NOT NULL,"
    " femto_rho INTEGER NOT NULL CHECK (femto_rho >= 0),"
    " selection_delta INTEGER NOT NULL CHECK (selection_delta >= 0),"
    " charges INTEGER NOT NULL CHECK (charges >= 1),"
    " PRIMARY KEY (account, day)) STRICT, WITHOUT ROWID;";

static weir_status read_integer(struct weir_ledger *ledger, const char *sql, int64_t *value,
                                struct weir_error *error) {
    struct weir_ledger_statement statement = {0};
    bool row = false;
    weir_status status = weir_ledger_prepare(ledger, sql, &statement, error);
    if (status.ok)
        status = weir_ledger_step(&statement, &row, error);
    if (status.ok && !row)
        status = weir_ledger_fail(ledger, SQLITE_CORRUPT, error);
    if (status.ok)
        *value = sqlite3_column_int64(statement.handle, 0);
    weir_ledger_discard(&statement);
    return status;
}

/* TRUNCATE unless the file is in WAL mode; any other answer means that commits would not be
 * durable. */
static weir_status choose_journal(struct weir_ledger *ledger, struct weir_error *error) {
    static const char *const steps[] = {"PRAGMA journal_mode", "PRAGMA journal_mode = TRUNCATE"};
    for (size_t i = 0; i < WEIR_COUNT(steps); i++) {
        struct weir_ledger_statement statement = {0};
        char mode[16] = "";
        bool row = false;
        weir_status status = weir_ledger_prepare(ledger, steps[i], &statement, error);
        if (status.ok)
            status = weir_ledger_step(&statement, &row, error);
        if (status.ok && row)
            sqlite3_snprintf(sizeof mode, mode, "%s", sqlite3_column_text(statement.handle, 0));
        weir_ledger_discard(&statement);
        if (!status.ok)
            return status;
        if (strcmp(mode, "wal") == 0 || strcmp(mode, "truncate") == 0)
            return WEIR_OK;
    }
    return weir_fail(error, WEIR_ERROR_SYSTEM, "the ledger's file cannot be made durable");
}

static weir_status configure(struct weir_ledger *ledger, struct weir_error *error) {
    int code = sqlite3_extended_result_codes(ledger->database, 1);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(ledger->database, BUSY_MILLISECONDS);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(ledger->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (code != SQLITE_OK)
        return weir_ledger_fail(ledger, code, error);
    int64_t synchronous = 0;
    WEIR_TRY(choose_journal(ledger, error));
    WEIR_TRY(weir_ledger_run(ledger,
                             "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                             "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
                             error));
    WEIR_TRY(read_integer(ledger, "PRAGMA synchronous", &synchronous, error));
    if (synchronous != 2)
        return weir_fail(error, WEIR_ERROR_SYSTEM, "SQLite does not sync the ledger fully");
    return WEIR_OK;
}

static weir_status create_tables(struct weir_ledger *ledger, struct weir_error *error) {
    int64_t version = 0;
    WEIR_TRY(weir_ledger_begin(ledger, "BEGIN IMMEDIATE", error));
    weir_status status = weir_ledger_run(ledger, schema, error);
    if (status.ok)
        status = read_integer(ledger, "SELECT version FROM ledger_state", &version, error);
    if (status.ok && version != LEDGER_VERSION)
        status = weir_fail(error, WEIR_ERROR_SYSTEM,
                           "the ledger has version %lld and this program reads version %d",
                           (long long)version, LEDGER_VERSION);
    return weir_ledger_end(ledger, status, error);
}

/* The name of a new file must survive a power cut as its content does. */
static weir_status sync_folder_of(const char *path, const struct weir_env *env,
                                  struct weir_error *error) {
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? strdup(".")
                   : slash == path ? strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    if (folder == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "memory is out");
    weir_status status = weir_file_sync_folder(env, folder, error);
    free(folder);
    return status;
}

static weir_status open_database(struct weir_ledger *ledger, const char *path,
                                 struct weir_error *error) {
    int code =
        sqlite3_open_v2(path, &ledger->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return weir_ledger_fail(ledger, code, error);
    WEIR_TRY(configure(ledger, error));
    WEIR_TRY(create_tables(ledger, error));
    return sync_folder_of(path, ledger->env, error);
}

weir_status weir_ledger_open(const char *path, const struct weir_env *env,
                             struct weir_ledger **ledger, struct weir_error *error) {
    weir_check(sqlite3_threadsafe() != 0);
    *ledger = NULL;
    struct weir_ledger *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "memory is out");
    opened->env = env;
    weir_check(pthread_mutex_init(&opened->mutex, NULL) == 0);
    weir_status status = open_database(opened, path, error);
    if (!status.ok) {
        weir_ledger_close(opened);
        return status;
    }
    *ledger = opened;
    return WEIR_OK;
}

void weir_ledger_close(struct weir_ledger *ledger) {
    if (ledger == NULL)
        return;
    weir_check(sqlite3_close(ledger->database) == SQLITE_OK); /* every statement was finished */
    weir_check(pthread_mutex_destroy(&ledger->mutex) == 0);
    free(ledger);
}

/* The time of the charge, refused where it would open a spent period again. */
static weir_status read_clock(struct weir_ledger *ledger, int64_t *now, struct weir_error *error) {
    int64_t latest = 0;
    WEIR_TRY(ledger->env->now(ledger->env->state, now, error));
    WEIR_TRY(read_integer(ledger, "SELECT latest FROM ledger_state", &latest, error));
    if (*now >= 0 && *now >= latest - day_microseconds)
        return WEIR_OK;
    char last[32], shown[32];
    weir_print_utc(latest, last, sizeof last);
    weir_print_utc(*now, shown, sizeof shown);
    weir_fail(error, WEIR_ERROR_SYSTEM, "the clock was set back: nothing is charged");
    weir_error_detail(error, "It reads %s and the latest charge was made at %s.", shown, last);
    return weir_error_hint(error, "Set the clock right. A clock that once ran ahead of time has "
                                  "to reach the time of the latest charge first.");
}

static double rho_of(int64_t femto_rho) {
    return (double)femto_rho / 1e15;
}

static weir_status exhausted(const struct weir_ledger_account *account,
                             struct weir_privacy_amount spent, struct weir_privacy_amount price,
                             int64_t now, struct weir_error *error) {
    struct weir_privacy_amount left = {account->limit.femto_rho - spent.femto_rho,
                                       account->limit.selection_delta - spent.selection_delta};
    left.femto_rho = left.femto_rho < 0 ? 0 : left.femto_rho;
    left.selection_delta = left.selection_delta < 0 ? 0 : left.selection_delta;
    weir_fail(error, WEIR_ERROR_BUDGET, "the budget of %s does not cover this question",
              account->name);
    weir_error_detail(error,
                      "Left: rho %.6g of %.6g, and for choosing groups delta %.3g of %.3g. The "
                      "question costs rho %.6g and delta %.3g.",
                      rho_of(left.femto_rho), rho_of(account->limit.femto_rho),
                      (double)left.selection_delta / 1e22,
                      (double)account->limit.selection_delta / 1e22, rho_of(price.femto_rho),
                      (double)price.selection_delta / 1e22);
    if (price.femto_rho > account->limit.femto_rho ||
        price.selection_delta > account->limit.selection_delta)
        return weir_error_hint(error, "The question alone costs more than the whole budget: ask "
                                      "it with a smaller epsilon.");
    if (account->period == WEIR_PERIOD_LIFETIME)
        return weir_error_hint(error, "This budget never renews. A question with a smaller "
                                      "epsilon may still fit.");
    int64_t year;
    int month, day;
    weir_civil_from_days(weir_period_end(account->period, now), &year, &month, &day);
    return weir_error_hint(error,
                           "The budget renews on %04lld-%02d-%02d (UTC). Until then a question "
                           "with a smaller epsilon may still fit.",
                           (long long)year, month, day);
}

static bool fits(int64_t spent, int64_t price, int64_t limit) {
    int64_t sum;
    return !__builtin_add_overflow(spent, price, &sum) && sum <= limit;
}

static weir_status check_account(struct weir_ledger *ledger,
                                 const struct weir_ledger_account *account,
                                 struct weir_privacy_amount price, int64_t now,
                                 struct weir_error *error) {
    struct weir_ledger_balance balance;
    WEIR_TRY(weir_ledger_sums(ledger, account->name, weir_period_start(account->period, now),
                              &balance, error));
    struct weir_privacy_amount spent = balance.period_spent, ever = balance.lifetime_spent;
    if (!fits(spent.femto_rho, price.femto_rho, account->limit.femto_rho) ||
        !fits(spent.selection_delta, price.selection_delta, account->limit.selection_delta))
        return exhausted(account, spent, price, now, error);
    if (!fits(ever.femto_rho, price.femto_rho, INT64_MAX) ||
        !fits(ever.selection_delta, price.selection_delta, INT64_MAX))
        return weir_fail(error, WEIR_ERROR_LIMIT,
                         "the lifetime total of %s is larger than the ledger can count",
                         account->name);
    return WEIR_OK;
}

static weir_status write_charge(struct weir_ledger *ledger,
                                const uint8_t question[WEIR_QUESTION_ID_BYTES],
                                struct weir_privacy_amount price, int64_t now,
                                struct weir_error *error) {
    struct weir_ledger_statement statement;
    WEIR_TRY(weir_ledger_prepare(ledger, "INSERT INTO ledger_charge VALUES (?1, ?2, ?3, ?4)",
                                 &statement, error));
    weir_ledger_bind_question(&statement, 1, question);
    weir_ledger_bind_integer(&statement, 2, now);
    weir_ledger_bind_integer(&statement, 3, price.femto_rho);
    weir_ledger_bind_integer(&statement, 4, price.selection_delta);
    WEIR_TRY(weir_ledger_finish(&statement, error));
    WEIR_TRY(weir_ledger_prepare(ledger, "UPDATE ledger_state SET latest = max(latest, ?1)",
                                 &statement, error));
    weir_ledger_bind_integer(&statement, 1, now);
    return weir_ledger_finish(&statement, error);
}

static weir_status write_account(struct weir_ledger *ledger,
                                 const uint8_t question[WEIR_QUESTION_ID_BYTES],
                                 const char *account, struct weir_privacy_amount price, int64_t now,
                                 struct weir_error *error) {
    struct weir_ledger_statement statement;
    WEIR_TRY(weir_ledger_prepare(ledger, "INSERT INTO ledger_charge_account VALUES (?1, ?2)",
                                 &statement, error));
    weir_ledger_bind_question(&statement, 1, question);
    weir_ledger_bind_text(&statement, 2, account);
    WEIR_TRY(weir_ledger_finish(&statement, error));
    WEIR_TRY(weir_ledger_prepare(
        ledger,
        "INSERT INTO ledger_day VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT (account, day) DO UPDATE SET"
        " femto_rho = femto_rho + excluded.femto_rho,"
        " selection_delta = selection_delta + excluded.selection_delta, charges = charges + 1",
        &statement, error));
    weir_ledger_bind_text(&statement, 1, account);
    weir_ledger_bind_integer(&statement, 2, now / day_microseconds);
    weir_ledger_bind_integer(&statement, 3, price.femto_rho);
    weir_ledger_bind_integer(&statement, 4, price.selection_delta);
    return weir_ledger_finish(&statement, error);
}

static weir_status charge_all(struct weir_ledger *ledger,
                              const uint8_t question[WEIR_QUESTION_ID_BYTES],
                              const struct weir_ledger_account *accounts, size_t account_count,
                              struct weir_privacy_amount price, struct weir_error *error) {
    int64_t now = 0;
    WEIR_TRY(read_clock(ledger, &now, error));
    for (size_t i = 0; i < account_count; i++)
        WEIR_TRY(check_account(ledger, &accounts[i], price, now, error));
    WEIR_TRY(write_charge(ledger, question, price, now, error));
    for (size_t i = 0; i < account_count; i++)
        WEIR_TRY(write_account(ledger, question, accounts[i].name, price, now, error));
    return WEIR_OK;
}

weir_status weir_ledger_charge(struct weir_ledger *ledger,
                               const uint8_t question[WEIR_QUESTION_ID_BYTES],
                               const struct weir_ledger_account *accounts, size_t account_count,
                               struct weir_privacy_amount price, struct weir_error *error) {
    weir_check(price.femto_rho >= 0 && price.selection_delta >= 0);
    weir_check(account_count > 0 || (price.femto_rho == 0 && price.selection_delta == 0));
    WEIR_TRY(weir_ledger_begin(ledger, "BEGIN IMMEDIATE", error));
    weir_status status = charge_all(ledger, question, accounts, account_count, price, error);
    return weir_ledger_end(ledger, status, error);
}
