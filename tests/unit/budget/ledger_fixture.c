/* A ledger in a folder of its own. */
#include "ledger_fixture.h"

#include "base/value.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static weir_status fixture_now(void *state, int64_t *microseconds, struct weir_error *error) {
    (void)error;
    *microseconds = ((struct ledger_fixture *)state)->now;
    return WEIR_OK;
}

void fixture_start(struct ledger_fixture *fixture, bool wal) {
    *fixture = (struct ledger_fixture){.env = *weir_env_system()};
    fixture->env.state = fixture;
    fixture->env.now = fixture_now;
    fixture->now = fixture_date(2026, 11, 24);
    /* In memory where there is such a folder: syncing costs nothing there, and no test cuts the
     * power. */
    static const char in_memory[] = "/dev/shm/weir-ledger-XXXXXX",
                      on_disk[] = "/tmp/weir-ledger-XXXXXX";
    memcpy(fixture->folder, in_memory, sizeof in_memory);
    if (mkdtemp(fixture->folder) == NULL) {
        memcpy(fixture->folder, on_disk, sizeof on_disk);
        weir_check(mkdtemp(fixture->folder) != NULL);
    }
    snprintf(fixture->path, sizeof fixture->path, "%s/books.db", fixture->folder);
    if (wal)
        fixture_sql(fixture, "PRAGMA journal_mode = WAL; CREATE TABLE other (x)");
}

void fixture_end(struct ledger_fixture *fixture) {
    DIR *folder = opendir(fixture->folder);
    weir_check(folder != NULL);
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            weir_check(unlinkat(dirfd(folder), entry->d_name, 0) == 0);
    closedir(folder);
    weir_check(rmdir(fixture->folder) == 0);
}

struct weir_ledger *fixture_open(struct ledger_fixture *fixture) {
    struct weir_ledger *ledger = NULL;
    if (!weir_ledger_open(fixture->path, &fixture->env, &ledger, &fixture->error).ok)
        fprintf(stderr, "# %s\n", fixture->error.message);
    weir_check(ledger != NULL);
    return ledger;
}

struct weir_ledger_balance fixture_check(struct ledger_fixture *fixture, const char *account,
                                         enum weir_period period) {
    weir_error_clear(&fixture->error);
    struct weir_ledger *ledger = fixture_open(fixture);
    struct weir_ledger_balance balance;
    if (!weir_ledger_verify(ledger, &fixture->error).ok)
        fprintf(stderr, "# %s\n", fixture->error.message);
    weir_check(!weir_error_is_set(&fixture->error));
    weir_check(weir_ledger_balance(ledger, account, period, &balance, &fixture->error).ok);
    weir_ledger_close(ledger);
    return balance;
}

void fixture_sql(struct ledger_fixture *fixture, const char *sql) {
    sqlite3 *database = NULL;
    weir_check(sqlite3_open(fixture->path, &database) == SQLITE_OK);
    weir_check(sqlite3_exec(database, "PRAGMA ignore_check_constraints = ON", NULL, NULL, NULL) ==
               SQLITE_OK);
    weir_check(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK);
    weir_check(sqlite3_close(database) == SQLITE_OK);
}

int64_t fixture_date(int year, int month, int day) {
    return weir_days_from_civil(year, month, day) * INT64_C(86400000000);
}

void question_id(uint8_t question[WEIR_QUESTION_ID_BYTES], uint64_t who, uint64_t which) {
    memcpy(question, &who, sizeof who);
    memcpy(question + sizeof who, &which, sizeof which);
}
