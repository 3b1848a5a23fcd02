/* The private side of the log's commitments: a question's full text and the key it was committed
 * under. */
#include "store/store_private.h"

#include "base/banned.h"

weir_status weir_store_keep_commitment(struct weir_store *store, const uint8_t id[16],
                                       const uint8_t key[WEIR_KEY_BYTES], const char *text,
                                       struct weir_error *error) {
    int64_t now;
    bool row;
    WEIR_TRY(store->env->now(store->env->state, &now, error));
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = weir_state_prepare(
        store->database, "INSERT INTO commitment (id, key, text, since) VALUES (?, ?, ?, ?)",
        &statement, error);
    if (status.ok) {
        weir_state_bind_blob(&statement, 1, id, 16);
        weir_state_bind_blob(&statement, 2, key, WEIR_KEY_BYTES);
        weir_state_bind_text(&statement, 3, text);
        weir_state_bind_integer(&statement, 4, now);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}

weir_status weir_store_find_commitment(struct weir_store *store, struct weir_arena *arena,
                                       const uint8_t id[16], bool *found,
                                       uint8_t key[WEIR_KEY_BYTES], const char **text,
                                       struct weir_error *error) {
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = weir_state_prepare(
        store->database, "SELECT key, text FROM commitment WHERE id = ?", &statement, error);
    if (status.ok) {
        weir_state_bind_blob(&statement, 1, id, 16);
        status = weir_state_step(&statement, found, error);
    }
    if (status.ok && *found)
        status = weir_state_read_exactly(&statement, 0, key, WEIR_KEY_BYTES, error);
    if (status.ok && *found) {
        const char *stored = (const char *)sqlite3_column_text(statement.statement, 1);
        *text = stored == NULL ? NULL : weir_arena_string(arena, stored);
        if (*text == NULL)
            status = WEIR_FAILED;
    }
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}
