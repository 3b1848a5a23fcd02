/* state.db: opening it, its schema, and statements whose every failure is an error of ours.
 *
 * Journal: TRUNCATE, as the ledger's connection to this file wants it. Not WAL: before 3.51.3
 * SQLite can corrupt a WAL that two connections write and checkpoint at the same moment, and the
 * ledger's and the store's do. */
#include "store/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

enum {
    STATE_APPLICATION = 0x57656972, /* "Weir" */
    BUSY_MILLISECONDS = 20000
};

static const char schema[] =
    "CREATE TABLE origin (log TEXT NOT NULL) STRICT;"
    "CREATE TABLE policy (number INTEGER PRIMARY KEY, version INTEGER NOT NULL, text TEXT NOT NULL,"
    " hash BLOB NOT NULL, since INTEGER NOT NULL) STRICT;"
    "CREATE TABLE user (name TEXT PRIMARY KEY, role TEXT NOT NULL, verifier TEXT NOT NULL,"
    " since INTEGER NOT NULL) STRICT;"
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
    "INSERT INTO counter VALUES ('version', 0);"
    "CREATE TABLE table_version (version INTEGER PRIMARY KEY, schema TEXT NOT NULL,"
    " name TEXT NOT NULL, file TEXT NOT NULL, rows INTEGER NOT NULL, orphans INTEGER NOT NULL,"
    " digest BLOB NOT NULL, content BLOB NOT NULL, log_index INTEGER NOT NULL, since INTEGER NOT "
    "NULL) STRICT;"
    "CREATE INDEX table_version_name ON table_version (schema, name, version);"
    "CREATE TABLE unit_version (version INTEGER PRIMARY KEY, dataset TEXT NOT NULL,"
    " file TEXT NOT NULL, content BLOB NOT NULL, since INTEGER NOT NULL) STRICT;"
    "CREATE INDEX unit_version_dataset ON unit_version (dataset, version);"
    "CREATE TABLE answer (key BLOB PRIMARY KEY, id BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL,"
    " is_logged INTEGER NOT NULL,"
    " since INTEGER NOT NULL) STRICT;"
    "CREATE TABLE commitment (id BLOB PRIMARY KEY, key BLOB NOT NULL, text TEXT NOT NULL,"
    " since INTEGER NOT NULL) STRICT;";

weir_status weir_state_fail(sqlite3 *database, int code, struct weir_error *error) {
    int primary = code & 0xff;
    if (primary == SQLITE_NOMEM)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "memory is out");
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "the store's state.db is damaged: restore it from a backup");
    int number = database == NULL ? 0 : sqlite3_system_errno(database);
    return weir_fail(error, WEIR_ERROR_SYSTEM, "the store's state.db cannot be used: %s%s%s",
                     sqlite3_errstr(code), number != 0 ? ": " : "",
                     number != 0 ? strerrordesc_np(number) : "");
}

weir_status weir_state_run(sqlite3 *database, const char *sql, struct weir_error *error) {
    int code = sqlite3_exec(database, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? WEIR_OK : weir_state_fail(database, code, error);
}

weir_status weir_state_prepare(sqlite3 *database, const char *sql,
                               struct weir_state_statement *statement, struct weir_error *error) {
    *statement = (struct weir_state_statement){.database = database, .failure = SQLITE_OK};
    int code = sqlite3_prepare_v2(database, sql, -1, &statement->statement, NULL);
    return code == SQLITE_OK ? WEIR_OK : weir_state_fail(database, code, error);
}

static void keep_failure(struct weir_state_statement *statement, int code) {
    if (statement->failure == SQLITE_OK)
        statement->failure = code;
}

void weir_state_bind_text(struct weir_state_statement *statement, int place, const char *text) {
    keep_failure(statement,
                 sqlite3_bind_text(statement->statement, place, text, -1, SQLITE_STATIC));
}

void weir_state_bind_blob(struct weir_state_statement *statement, int place, const void *bytes,
                          size_t len) {
    /* A NULL pointer would bind NULL where an empty blob is meant. */
    keep_failure(statement, sqlite3_bind_blob64(statement->statement, place, len == 0 ? "" : bytes,
                                                len, SQLITE_STATIC));
}

void weir_state_bind_integer(struct weir_state_statement *statement, int place, int64_t integer) {
    keep_failure(statement, sqlite3_bind_int64(statement->statement, place, integer));
}

weir_status weir_state_step(struct weir_state_statement *statement, bool *row,
                            struct weir_error *error) {
    int code = statement->failure;
    if (code == SQLITE_OK)
        code = sqlite3_step(statement->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return weir_state_fail(statement->database, code, error);
    *row = code == SQLITE_ROW;
    return WEIR_OK;
}

void weir_state_finish(struct weir_state_statement *statement) {
    sqlite3_finalize(statement->statement); /* repeats the code of the step, already handled */
    statement->statement = NULL;
}

weir_status weir_state_read_exactly(struct weir_state_statement *statement, int column, void *bytes,
                                    size_t len, struct weir_error *error) {
    const void *stored = sqlite3_column_blob(statement->statement, column);
    if (stored == NULL || sqlite3_column_bytes(statement->statement, column) != (int)len)
        return weir_state_fail(statement->database, SQLITE_CORRUPT, error);
    memcpy(bytes, stored, len);
    return WEIR_OK;
}

static weir_status choose_journal(sqlite3 *database, struct weir_error *error) {
    struct weir_state_statement statement = {0};
    bool row = false;
    weir_status status =
        weir_state_prepare(database, "PRAGMA journal_mode = TRUNCATE", &statement, error);
    if (status.ok)
        status = weir_state_step(&statement, &row, error);
    const char *mode =
        status.ok && row ? (const char *)sqlite3_column_text(statement.statement, 0) : NULL;
    if (status.ok && (mode == NULL || strcmp(mode, "truncate") != 0))
        status = weir_fail(error, WEIR_ERROR_SYSTEM,
                           "the store's state.db cannot be kept with the journal it needs");
    weir_state_finish(&statement);
    return status;
}

static weir_status configure(sqlite3 *database, struct weir_error *error) {
    int code = sqlite3_busy_timeout(database, BUSY_MILLISECONDS);
    if (code == SQLITE_OK)
        code = sqlite3_extended_result_codes(database, 1);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (code != SQLITE_OK)
        return weir_state_fail(database, code, error);
    WEIR_TRY(choose_journal(database, error));
    return weir_state_run(
        database,
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON",
        error);
}

static weir_status open_database(const char *path, sqlite3 **database, struct weir_error *error) {
    int code = sqlite3_open_v2(path, database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    weir_status status =
        code == SQLITE_OK ? configure(*database, error) : weir_state_fail(*database, code, error);
    if (!status.ok) {
        sqlite3_close(*database);
        *database = NULL;
    }
    return status;
}

static weir_status read_pragma(sqlite3 *database, const char *sql, int64_t *value,
                               struct weir_error *error) {
    struct weir_state_statement statement = {0};
    bool row = false;
    weir_status status = weir_state_prepare(database, sql, &statement, error);
    if (status.ok)
        status = weir_state_step(&statement, &row, error);
    if (status.ok)
        *value = row ? sqlite3_column_int64(statement.statement, 0) : 0;
    weir_state_finish(&statement);
    return status;
}

static weir_status check_version(sqlite3 *database, struct weir_error *error) {
    int64_t application = 0, version = 0;
    WEIR_TRY(read_pragma(database, "PRAGMA application_id", &application, error));
    WEIR_TRY(read_pragma(database, "PRAGMA user_version", &version, error));
    if (application != STATE_APPLICATION)
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "the folder's state.db is not a Weir store, or its creation was "
                         "interrupted: create the store anew in an empty folder");
    if (version != WEIR_STATE_SCHEMA_VERSION)
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "the store has schema version %lld and this program reads version %d",
                         (long long)version, WEIR_STATE_SCHEMA_VERSION);
    return WEIR_OK;
}

weir_status weir_state_open(const char *path, sqlite3 **database, struct weir_error *error) {
    WEIR_TRY(open_database(path, database, error));
    weir_status status = check_version(*database, error);
    if (!status.ok) {
        sqlite3_close(*database);
        *database = NULL;
    }
    return status;
}

weir_status weir_state_create(const char *path, sqlite3 **database, struct weir_error *error) {
    /* SQLite gives its journals the mode of the file, so the file is made first. */
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return weir_fail_errno(error, "cannot create %s", path);
    close(file);
    WEIR_TRY(open_database(path, database, error));
    char finish[128];
    snprintf(finish, sizeof finish, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             STATE_APPLICATION, WEIR_STATE_SCHEMA_VERSION);
    weir_status status = weir_state_run(*database, "BEGIN IMMEDIATE", error);
    if (status.ok)
        status = weir_state_run(*database, schema, error);
    if (status.ok)
        status = weir_state_run(*database, finish, error);
    if (!status.ok) {
        sqlite3_close(*database);
        *database = NULL;
    }
    return status;
}
