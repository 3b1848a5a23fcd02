/* What weir verify holds against the log: everything the store says was logged. */
#include "store/store_private.h"

#include "base/banned.h"

/* A statement and the count of its rows, taken from its first column. */
static weir_status begin(struct weir_store *store, const char *sql,
                         struct weir_state_statement *statement, bool *row, size_t *total,
                         struct weir_error *error) {
    *row = false;
    *total = 0;
    WEIR_TRY(weir_state_prepare(store->database, sql, statement, error));
    WEIR_TRY(weir_state_step(statement, row, error));
    if (*row)
        *total = (size_t)sqlite3_column_int64(statement->statement, 0);
    return WEIR_OK;
}

static weir_status read_version(const struct weir_store *store, struct weir_arena *arena,
                                struct weir_state_statement *statement,
                                struct weir_logged_version *version, struct weir_error *error) {
    const char *table = (const char *)sqlite3_column_text(statement->statement, 1);
    const char *file = (const char *)sqlite3_column_text(statement->statement, 6);
    int64_t index = sqlite3_column_int64(statement->statement, 3);
    if (table == NULL || file == NULL || index < 0)
        return weir_state_fail(statement->database, SQLITE_CORRUPT, error);
    version->table = weir_arena_string(arena, table);
    version->path = weir_arena_printf(arena, "%s/%s", store->data, file);
    version->version = sqlite3_column_int64(statement->statement, 2);
    version->log_index = (uint64_t)index;
    version->is_newest = sqlite3_column_int(statement->statement, 7) == 1;
    if (version->table == NULL || version->path == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_state_read_exactly(statement, 4, version->digest, WEIR_DIGEST_BYTES, error));
    return weir_state_read_exactly(statement, 5, version->content, WEIR_DIGEST_BYTES, error);
}

static weir_status read_versions(struct weir_store *store, struct weir_arena *arena,
                                 struct weir_state_statement *statement,
                                 const struct weir_logged_version **versions, size_t *count,
                                 struct weir_error *error) {
    bool row;
    size_t total;
    WEIR_TRY(
        begin(store,
              "SELECT count(*) OVER (), schema || '.' || name, version, log_index, digest, content,"
              " file, version = max(version) OVER (PARTITION BY schema, name)"
              " FROM table_version ORDER BY version",
              statement, &row, &total, error));
    struct weir_logged_version *read = WEIR_NEW_ARRAY(arena, total, struct weir_logged_version);
    if (read == NULL)
        return WEIR_FAILED;
    for (*count = 0; row; (*count)++) {
        weir_check(*count < total);
        WEIR_TRY(read_version(store, arena, statement, &read[*count], error));
        WEIR_TRY(weir_state_step(statement, &row, error));
    }
    *versions = read;
    return WEIR_OK;
}

weir_status weir_store_logged_versions(struct weir_store *store, struct weir_arena *arena,
                                       const struct weir_logged_version **versions, size_t *count,
                                       struct weir_error *error) {
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = read_versions(store, arena, &statement, versions, count, error);
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}

static weir_status read_units(struct weir_store *store, struct weir_arena *arena,
                              struct weir_state_statement *statement,
                              const struct weir_units_version **units, size_t *count,
                              struct weir_error *error) {
    bool row;
    size_t total;
    WEIR_TRY(begin(store,
                   "SELECT count(*) OVER (), dataset, file, content, version FROM unit_version AS t"
                   " WHERE version = (SELECT max(version) FROM unit_version AS n"
                   " WHERE n.dataset = t.dataset) ORDER BY dataset",
                   statement, &row, &total, error));
    struct weir_units_version *read = WEIR_NEW_ARRAY(arena, total, struct weir_units_version);
    if (read == NULL)
        return WEIR_FAILED;
    for (*count = 0; row; (*count)++) {
        weir_check(*count < total);
        struct weir_units_version *one = &read[*count];
        const char *dataset = (const char *)sqlite3_column_text(statement->statement, 1);
        const char *file = (const char *)sqlite3_column_text(statement->statement, 2);
        if (dataset == NULL || file == NULL)
            return weir_state_fail(statement->database, SQLITE_CORRUPT, error);
        one->dataset = weir_arena_string(arena, dataset);
        one->path = weir_arena_printf(arena, "%s/%s", store->data, file);
        if (one->dataset == NULL || one->path == NULL)
            return WEIR_FAILED;
        WEIR_TRY(weir_state_read_exactly(statement, 3, one->content, WEIR_DIGEST_BYTES, error));
        one->version = sqlite3_column_int64(statement->statement, 4);
        WEIR_TRY(weir_state_step(statement, &row, error));
    }
    *units = read;
    return WEIR_OK;
}

weir_status weir_store_units(struct weir_store *store, struct weir_arena *arena,
                             const struct weir_units_version **units, size_t *count,
                             struct weir_error *error) {
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = read_units(store, arena, &statement, units, count, error);
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}

static weir_status read_ids(struct weir_store *store, struct weir_arena *arena,
                            struct weir_state_statement *statement, const uint8_t (**ids)[16],
                            size_t *count, struct weir_error *error) {
    bool row;
    size_t total;
    WEIR_TRY(
        begin(store, "SELECT count(*) OVER (), id FROM answer", statement, &row, &total, error));
    uint8_t(*read)[16] = weir_arena_array(arena, total, sizeof *read);
    if (read == NULL)
        return WEIR_FAILED;
    for (*count = 0; row; (*count)++) {
        weir_check(*count < total);
        WEIR_TRY(weir_state_read_exactly(statement, 1, read[*count], sizeof *read, error));
        WEIR_TRY(weir_state_step(statement, &row, error));
    }
    *ids = (const uint8_t(*)[16])read;
    return WEIR_OK;
}

weir_status weir_store_answer_ids(struct weir_store *store, struct weir_arena *arena,
                                  const uint8_t (**ids)[16], size_t *count,
                                  struct weir_error *error) {
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = read_ids(store, arena, &statement, ids, count, error);
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}
