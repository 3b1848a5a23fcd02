/* Opening a store and what everything else asks of it. */
#include "store/store_private.h"

#include "base/file.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void weir_store_lock(struct weir_store *store) {
    weir_check(pthread_mutex_lock(&store->lock) == 0);
}

void weir_store_unlock(struct weir_store *store) {
    weir_check(pthread_mutex_unlock(&store->lock) == 0);
}

static weir_status fill_paths(struct weir_store *store, const char *folder,
                              struct weir_error *error) {
    /* Absolute: the engine would read meaning into some relative paths, and a server may change its
     * folder. */
    if (realpath(folder, store->folder) == NULL)
        return errno == ENOENT
                   ? weir_fail(error, WEIR_ERROR_INVALID,
                               "there is no store in %s: make one with weir init", folder)
                   : weir_fail_errno(error, "cannot open the folder %s", folder);
    folder = store->folder;
    WEIR_TRY(weir_store_path(store->data, folder, "data", error));
    WEIR_TRY(weir_store_path(store->spill, folder, "spill", error));
    WEIR_TRY(weir_store_path(store->log, folder, "log", error));
    WEIR_TRY(weir_store_path(store->state_path, folder, "state.db", error));
    if (!weir_file_exists(store->state_path))
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "there is no store in %s: make one with weir init", folder);
    return WEIR_OK;
}

/* The policy in force is read from its text; its hash must be the one that was kept (and logged).
 */
static weir_status use_policy(struct weir_store *store, struct weir_state_statement *statement,
                              struct weir_error *error) {
    uint8_t hash[WEIR_POLICY_HASH_BYTES];
    const char *text = (const char *)sqlite3_column_text(statement->statement, 0);
    if (text == NULL)
        return weir_state_fail(statement->database, SQLITE_CORRUPT, error);
    WEIR_TRY(weir_state_read_exactly(statement, 1, store->policy_hash, sizeof hash, error));
    store->policy_text = weir_arena_string(store->arena, text);
    if (store->policy_text == NULL)
        return WEIR_FAILED;
    struct weir_error found = {0};
    store->policy =
        weir_policy_parse(store->arena, store->policy_text, strlen(store->policy_text), &found);
    if (store->policy == NULL)
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "the store's policy cannot be read by this program: line %d: %.300s",
                         found.line, found.message);
    if (!weir_policy_hash(store->arena, store->policy, hash))
        return WEIR_FAILED;
    if (sodium_memcmp(hash, store->policy_hash, sizeof hash) != 0)
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "the store's policy does not have the hash that was kept: state.db was "
                         "altered; restore it from a backup");
    return WEIR_OK;
}

static weir_status read_policy(struct weir_store *store, struct weir_error *error) {
    struct weir_state_statement statement = {0};
    bool row = false;
    weir_status status = weir_state_prepare(
        store->database, "SELECT text, hash FROM policy ORDER BY number DESC LIMIT 1", &statement,
        error);
    if (status.ok)
        status = weir_state_step(&statement, &row, error);
    if (status.ok && !row)
        status = weir_fail(error, WEIR_ERROR_SYSTEM,
                           "the store has no policy: its creation was interrupted; create it anew "
                           "in an empty folder");
    if (status.ok)
        status = use_policy(store, &statement, error);
    weir_state_finish(&statement);
    return status;
}

static weir_status read_origin(struct weir_store *store, struct weir_error *error) {
    struct weir_state_statement statement = {0};
    bool row = false;
    weir_status status =
        weir_state_prepare(store->database, "SELECT log FROM origin", &statement, error);
    if (status.ok)
        status = weir_state_step(&statement, &row, error);
    if (status.ok) {
        const char *origin = row ? (const char *)sqlite3_column_text(statement.statement, 0) : NULL;
        size_t len = origin == NULL ? SIZE_MAX : strlen(origin);
        if (len < sizeof store->origin)
            memcpy(store->origin, origin, len + 1);
        else
            status = weir_state_fail(store->database, SQLITE_CORRUPT, error);
    }
    weir_state_finish(&statement);
    return status;
}

static weir_status fill_store(struct weir_store *store, const char *folder,
                              struct weir_error *error) {
    char keys[PATH_MAX];
    WEIR_TRY(fill_paths(store, folder, error));
    WEIR_TRY(weir_state_open(store->state_path, &store->database, error));
    WEIR_TRY(read_policy(store, error));
    WEIR_TRY(read_origin(store, error));
    WEIR_TRY(weir_store_path(keys, folder, "keys", error));
    WEIR_TRY(weir_keys_read(keys, &store->keys, error));
    return weir_store_tidy(store, error);
}

weir_status weir_store_open(const char *folder, const struct weir_env *env,
                            struct weir_store **store, struct weir_error *error) {
    struct weir_store *opened = calloc(1, sizeof *opened);
    struct weir_arena *arena = weir_arena_create((size_t)64 << 20);
    if (opened == NULL || arena == NULL || pthread_mutex_init(&opened->lock, NULL) != 0) {
        free(opened);
        weir_arena_destroy(arena);
        return WEIR_FAILED;
    }
    opened->env = env;
    opened->arena = arena;
    if (!fill_store(opened, folder, error).ok) {
        weir_error_settle(error);
        weir_store_close(opened);
        return WEIR_FAILED;
    }
    *store = opened;
    return WEIR_OK;
}

void weir_store_close(struct weir_store *store) {
    if (store == NULL)
        return;
    weir_check(sqlite3_close(store->database) == SQLITE_OK);
    weir_check(pthread_mutex_destroy(&store->lock) == 0);
    weir_arena_destroy(store->arena);
    sodium_memzero(store, sizeof *store);
    free(store);
}

const struct weir_policy *weir_store_policy(const struct weir_store *store) {
    return store->policy;
}

const uint8_t *weir_store_policy_hash(const struct weir_store *store) {
    return store->policy_hash;
}

const char *weir_store_policy_text(const struct weir_store *store) {
    return store->policy_text;
}

const struct weir_store_keys *weir_store_keys(const struct weir_store *store) {
    return &store->keys;
}

const struct weir_env *weir_store_env(const struct weir_store *store) {
    return store->env;
}

const char *weir_store_folder(const struct weir_store *store) {
    return store->folder;
}

const char *weir_store_spill_folder(const struct weir_store *store) {
    return store->spill;
}

const char *weir_store_log_folder(const struct weir_store *store) {
    return store->log;
}

const char *weir_store_log_origin(const struct weir_store *store) {
    return store->origin;
}

const char *weir_store_state_path(const struct weir_store *store) {
    return store->state_path;
}
