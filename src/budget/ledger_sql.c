/* The ledger's SQL statements and transactions. */
#include "budget/ledger_private.h"

#include "base/banned.h"

static const char *advice(int primary) {
    switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "Another process keeps the ledger locked: try again, or end that process.";
    case SQLITE_FULL:
        return "Free space on the disk that holds the ledger.";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return "Check that the ledger's file and folder exist and may be written.";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "The ledger's file is damaged: restore it from a backup.";
    default:
        return "Check the disk that holds the ledger.";
    }
}

/* The texts are SQLite's fixed ones, which hold no value. After a failed sync the kernel may have
 * dropped what it could not write, and a later sync would succeed without it: the handle is not
 * used again. */
weir_status weir_ledger_fail(struct weir_ledger *ledger, int code, struct weir_error *error) {
    int primary = code & 0xff;
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
        ledger->broken = true;
    if (primary == SQLITE_NOMEM)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "memory is out");
    if (primary == SQLITE_CONSTRAINT)
        return weir_fail(error, WEIR_ERROR_INTERNAL,
                         "the ledger refuses a charge that is already in it");
    weir_fail(error, WEIR_ERROR_SYSTEM, "the ledger cannot be used: %s", sqlite3_errstr(code));
    return weir_error_hint(error, "%s", advice(primary));
}

weir_status weir_ledger_run(struct weir_ledger *ledger, const char *sql, struct weir_error *error) {
    int code = sqlite3_exec(ledger->database, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? WEIR_OK : weir_ledger_fail(ledger, code, error);
}

weir_status weir_ledger_prepare(struct weir_ledger *ledger, const char *sql,
                                struct weir_ledger_statement *statement, struct weir_error *error) {
    *statement = (struct weir_ledger_statement){.ledger = ledger, .failure = SQLITE_OK};
    int code = sqlite3_prepare_v2(ledger->database, sql, -1, &statement->handle, NULL);
    return code == SQLITE_OK ? WEIR_OK : weir_ledger_fail(ledger, code, error);
}

static void keep_failure(struct weir_ledger_statement *statement, int code) {
    if (statement->failure == SQLITE_OK)
        statement->failure = code;
}

void weir_ledger_bind_integer(struct weir_ledger_statement *statement, int place, int64_t integer) {
    keep_failure(statement, sqlite3_bind_int64(statement->handle, place, integer));
}

void weir_ledger_bind_text(struct weir_ledger_statement *statement, int place, const char *text) {
    keep_failure(statement, sqlite3_bind_text(statement->handle, place, text, -1, SQLITE_STATIC));
}

void weir_ledger_bind_question(struct weir_ledger_statement *statement, int place,
                               const uint8_t question[WEIR_QUESTION_ID_BYTES]) {
    keep_failure(statement, sqlite3_bind_blob(statement->handle, place, question,
                                              WEIR_QUESTION_ID_BYTES, SQLITE_STATIC));
}

weir_status weir_ledger_step(struct weir_ledger_statement *statement, bool *row,
                             struct weir_error *error) {
    int code = statement->failure;
    *row = false;
    if (code == SQLITE_OK)
        code = sqlite3_step(statement->handle);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return weir_ledger_fail(statement->ledger, code, error);
    *row = code == SQLITE_ROW;
    return WEIR_OK;
}

weir_status weir_ledger_finish(struct weir_ledger_statement *statement, struct weir_error *error) {
    bool row;
    weir_status status = weir_ledger_step(statement, &row, error);
    weir_ledger_discard(statement);
    return status;
}

void weir_ledger_discard(struct weir_ledger_statement *statement) {
    sqlite3_finalize(statement->handle); /* repeats the code of the step, already handled */
    statement->handle = NULL;
}

weir_status weir_ledger_begin(struct weir_ledger *ledger, const char *begin,
                              struct weir_error *error) {
    weir_check(pthread_mutex_lock(&ledger->mutex) == 0);
    weir_status status =
        ledger->broken
            ? weir_fail(error, WEIR_ERROR_SYSTEM,
                        "the ledger is closed after a failure of its disk: check it and restart")
            : weir_ledger_run(ledger, begin, error);
    if (!status.ok)
        weir_check(pthread_mutex_unlock(&ledger->mutex) == 0);
    return status;
}

/* A failure may have ended the transaction already; one that cannot be ended makes the handle
 * useless. */
static void roll_back(struct weir_ledger *ledger) {
    struct weir_error ignored = {0};
    if (!sqlite3_get_autocommit(ledger->database) &&
        !weir_ledger_run(ledger, "ROLLBACK", &ignored).ok &&
        !sqlite3_get_autocommit(ledger->database))
        ledger->broken = true;
}

weir_status weir_ledger_end(struct weir_ledger *ledger, weir_status status,
                            struct weir_error *error) {
    if (status.ok)
        status = weir_ledger_run(ledger, "COMMIT", error);
    if (!status.ok)
        roll_back(ledger);
    weir_check(pthread_mutex_unlock(&ledger->mutex) == 0);
    return status;
}
