/* Which file holds the newest version of each table. */
#include "store/store_private.h"

#include "base/banned.h"

static weir_status read_version(struct weir_store *store, struct weir_arena *arena,
                                struct weir_state_statement *statement,
                                struct weir_table_version *version, struct weir_error *error) {
    const char *texts[3];
    for (int i = 0; i < 3; i++) {
        texts[i] = (const char *)sqlite3_column_text(statement->statement, i);
        if (texts[i] == NULL)
            return weir_state_fail(statement->database, SQLITE_CORRUPT, error);
    }
    version->schema = weir_arena_string(arena, texts[0]);
    version->name = weir_arena_string(arena, texts[1]);
    version->path = weir_arena_printf(arena, "%s/%s", store->data, texts[2]);
    version->version = sqlite3_column_int64(statement->statement, 3);
    version->rows = sqlite3_column_int64(statement->statement, 4);
    version->orphans = sqlite3_column_int64(statement->statement, 8);
    if (version->schema == NULL || version->name == NULL || version->path == NULL)
        return WEIR_FAILED;
    return weir_state_read_exactly(statement, 5, version->digest, WEIR_DIGEST_BYTES, error);
}

static weir_status read_all(struct weir_store *store, struct weir_arena *arena,
                            struct weir_state_statement *statement,
                            const struct weir_table_version **versions, size_t *count,
                            int64_t *store_version, struct weir_error *error) {
    struct weir_table_version *read = NULL;
    size_t total = 0, done = 0;
    bool row;
    WEIR_TRY(weir_state_step(statement, &row, error));
    for (; row; done++) {
        if (read == NULL) {
            total = (size_t)sqlite3_column_int64(statement->statement, 6);
            *store_version = sqlite3_column_int64(statement->statement, 7);
            read = WEIR_NEW_ARRAY(arena, total, struct weir_table_version);
            if (read == NULL)
                return WEIR_FAILED;
        }
        weir_check(done < total);
        WEIR_TRY(read_version(store, arena, statement, &read[done], error));
        WEIR_TRY(weir_state_step(statement, &row, error));
    }
    *versions = read;
    *count = done;
    return WEIR_OK;
}

/* One statement, so that tables, their number and the store's version are of one moment. */
weir_status weir_store_versions(struct weir_store *store, struct weir_arena *arena,
                                const struct weir_table_version **versions, size_t *count,
                                int64_t *store_version, struct weir_error *error) {
    static const char sql[] =
        "SELECT schema, name, file, version, rows, digest, count(*) OVER (),"
        " max(version) OVER (), orphans FROM table_version AS t WHERE version ="
        " (SELECT max(version) FROM table_version AS n WHERE n.schema = "
        "t.schema AND n.name = t.name)"
        " ORDER BY schema, name";
    struct weir_state_statement statement = {0};
    *versions = NULL;
    *count = 0;
    *store_version = 0;
    weir_store_lock(store);
    weir_status status = weir_state_prepare(store->database, sql, &statement, error);
    if (status.ok)
        status = read_all(store, arena, &statement, versions, count, store_version, error);
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}
