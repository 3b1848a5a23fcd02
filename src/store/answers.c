/* Stored noisy answers: the same question on the same data gets the same answer. */
#include "store/store_private.h"

#include <string.h>

#include "base/banned.h"

/* Runs a look-up of (id, bytes, is_logged) by one blob. */
static weir_status find(struct weir_store *store, struct weir_arena *arena, const char *sql,
                        const uint8_t *by, size_t by_len, bool *found, uint8_t id[16],
                        const void **bytes, size_t *len, bool *is_logged,
                        struct weir_error *error) {
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = weir_state_prepare(store->database, sql, &statement, error);
    if (status.ok) {
        weir_state_bind_blob(&statement, 1, by, by_len);
        status = weir_state_step(&statement, found, error);
    }
    if (status.ok && *found)
        status = weir_state_read_exactly(&statement, 0, id, 16, error);
    if (status.ok && *found) {
        *is_logged = sqlite3_column_int(statement.statement, 2) != 0;
        *len = (size_t)sqlite3_column_bytes(statement.statement, 1);
        const char *stored = sqlite3_column_blob(statement.statement, 1);
        *bytes = weir_arena_copy(arena, stored == NULL ? "" : stored, *len);
        if (*bytes == NULL)
            status = WEIR_FAILED;
    }
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}

weir_status weir_store_find_answer(struct weir_store *store, struct weir_arena *arena,
                                   const uint8_t key[WEIR_DIGEST_BYTES], bool *found,
                                   uint8_t id[16], const void **bytes, size_t *len, bool *is_logged,
                                   struct weir_error *error) {
    return find(store, arena, "SELECT id, bytes, is_logged FROM answer WHERE key = ?", key,
                WEIR_DIGEST_BYTES, found, id, bytes, len, is_logged, error);
}

weir_status weir_store_answer_by_id(struct weir_store *store, struct weir_arena *arena,
                                    const uint8_t id[16], bool *found, const void **bytes,
                                    size_t *len, struct weir_error *error) {
    uint8_t same[16];
    bool is_logged;
    return find(store, arena, "SELECT id, bytes, is_logged FROM answer WHERE id = ?", id, 16, found,
                same, bytes, len, &is_logged, error);
}

weir_status weir_store_mark_answer(struct weir_store *store, const uint8_t id[16],
                                   struct weir_error *error) {
    bool row;
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = weir_state_prepare(
        store->database, "UPDATE answer SET is_logged = 1 WHERE id = ?", &statement, error);
    if (status.ok) {
        weir_state_bind_blob(&statement, 1, id, 16);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}

weir_status weir_store_keep_answer(struct weir_store *store, const uint8_t key[WEIR_DIGEST_BYTES],
                                   const uint8_t id[16], const void *bytes, size_t len,
                                   struct weir_error *error) {
    int64_t now;
    bool row;
    WEIR_TRY(store->env->now(store->env->state, &now, error));
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = weir_state_prepare(
        store->database,
        "INSERT INTO answer (key, id, bytes, since, is_logged) VALUES (?, ?, ?, ?, 0)", &statement,
        error);
    if (status.ok) {
        weir_state_bind_blob(&statement, 1, key, WEIR_DIGEST_BYTES);
        weir_state_bind_blob(&statement, 2, id, 16);
        weir_state_bind_blob(&statement, 3, bytes, len);
        weir_state_bind_integer(&statement, 4, now);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}
