/* weir_store_create: the folder, its keys, its log and its state, or nothing. */
#include "store/store_private.h"

#include "base/file.h"
#include "translog/log.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

weir_status weir_store_path(char out[PATH_MAX], const char *folder, const char *name,
                            struct weir_error *error) {
    int len = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    if (len < 0 || len >= PATH_MAX)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %.200s is too long", folder);
    return WEIR_OK;
}

/* *existed tells whether an empty folder was there. */
static weir_status require_empty(const char *folder, bool *existed, struct weir_error *error) {
    DIR *stream = opendir(folder);
    *existed = stream != NULL;
    if (stream == NULL && errno == ENOENT)
        return WEIR_OK;
    if (stream == NULL)
        return weir_fail_errno(error, "cannot open the folder %s", folder);
    size_t count = 0;
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            count++;
    weir_status status = errno == 0 ? WEIR_OK : weir_fail_errno(error, "cannot list %s", folder);
    closedir(stream);
    if (count > 0)
        status =
            weir_fail(error, WEIR_ERROR_INVALID,
                      "the folder %s is not empty: a store is made in a new or empty one", folder);
    return status;
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place) {
    (void)facts;
    (void)kind;
    return place->level == 0 ? 0 : remove(path);
}

/* Everything in the folder is ours: it was empty when we began. What cannot be removed stays, and
 * is named by the error that made us give up. */
static void remove_made(const char *folder, bool existed) {
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (!existed)
        rmdir(folder);
}

/* "City statistics, 2026" -> "weir/city-statistics-2026". A name without any ASCII letter or digit
 * gives the first bytes of its hash. */
static void make_origin(const char *name, char out[WEIR_STORE_ORIGIN_BYTES]) {
    size_t len = (size_t)snprintf(out, WEIR_STORE_ORIGIN_BYTES, "weir/");
    const size_t start = len;
    for (; *name != '\0' && len + 2 < WEIR_STORE_ORIGIN_BYTES; name++) {
        char letter = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
        bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        if (plain)
            out[len++] = letter;
        else if (len > start && out[len - 1] != '-')
            out[len++] = '-';
    }
    while (len > start && out[len - 1] == '-')
        len--;
    out[len] = '\0';
}

static void make_origin_or_hash(const char *name, char out[WEIR_STORE_ORIGIN_BYTES]) {
    make_origin(name, out);
    if (strcmp(out, "weir/") != 0)
        return;
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)name, strlen(name));
    sodium_bin2hex(out + 5, 17, hash, 8);
}

static weir_status keep_policy(sqlite3 *database, const struct weir_env *env,
                               const struct weir_policy *policy, const char *text,
                               const uint8_t *hash, struct weir_error *error) {
    int64_t now;
    bool row;
    WEIR_TRY(env->now(env->state, &now, error));
    struct weir_state_statement statement = {0};
    weir_status status = weir_state_prepare(
        database, "INSERT INTO policy (version, text, hash, since) VALUES (?, ?, ?, ?)", &statement,
        error);
    if (status.ok) {
        weir_state_bind_integer(&statement, 1, policy->version);
        weir_state_bind_text(&statement, 2, text);
        weir_state_bind_blob(&statement, 3, hash, WEIR_POLICY_HASH_BYTES);
        weir_state_bind_integer(&statement, 4, now);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    return status;
}

static weir_status keep_origin(sqlite3 *database, const char *origin, struct weir_error *error) {
    struct weir_state_statement statement = {0};
    bool row;
    weir_status status =
        weir_state_prepare(database, "INSERT INTO origin (log) VALUES (?)", &statement, error);
    if (status.ok) {
        weir_state_bind_text(&statement, 1, origin);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    return status;
}

static weir_status fill_state(const char *path, const struct weir_env *env,
                              const struct weir_policy *policy, const char *origin,
                              struct weir_error *error) {
    uint8_t hash[WEIR_POLICY_HASH_BYTES];
    struct weir_arena *arena = weir_arena_create((size_t)64 << 20);
    char *text = arena == NULL ? NULL : weir_policy_print(arena, policy);
    sqlite3 *database = NULL;
    weir_status status = WEIR_FAILED;
    if (text != NULL && weir_policy_hash(arena, policy, hash))
        status = weir_state_create(path, &database, error);
    if (status.ok)
        status = weir_state_run(database, "BEGIN IMMEDIATE", error);
    if (status.ok)
        status = keep_policy(database, env, policy, text, hash, error);
    if (status.ok)
        status = keep_origin(database, origin, error);
    if (status.ok)
        status = weir_state_run(database, "COMMIT", error);
    int code = sqlite3_close(database);
    if (status.ok && code != SQLITE_OK)
        status = weir_state_fail(NULL, code, error);
    weir_arena_destroy(arena);
    if (!status.ok)
        weir_error_settle(error);
    return status;
}

static weir_status fill_folder(const char *folder, const struct weir_env *env,
                               const struct weir_policy *policy, struct weir_error *error) {
    static const char *const folders[] = {"keys", "data", "spill"};
    char path[PATH_MAX], origin[WEIR_STORE_ORIGIN_BYTES];
    struct weir_store_keys keys;
    for (size_t i = 0; i < WEIR_COUNT(folders); i++) {
        WEIR_TRY(weir_store_path(path, folder, folders[i], error));
        WEIR_TRY(weir_file_make_folder(path, 0700, error));
    }
    WEIR_TRY(weir_store_path(path, folder, "keys", error));
    WEIR_TRY(weir_keys_create(path, env, &keys, error));
    make_origin_or_hash(policy->name, origin);
    WEIR_TRY(weir_store_path(path, folder, "log", error));
    weir_status status = weir_log_create(path, env, origin, keys.log_seed, error);
    sodium_memzero(&keys, sizeof keys);
    WEIR_TRY(status);
    WEIR_TRY(weir_store_path(path, folder, "state.db", error));
    WEIR_TRY(fill_state(path, env, policy, origin, error));
    return weir_file_sync_folder(env, folder, error);
}

/* The folder's own name: without it a power cut could take the whole store, charges and all. */
static weir_status sync_parent(const char *folder, const struct weir_env *env,
                               struct weir_error *error) {
    char parent[PATH_MAX];
    WEIR_TRY(weir_store_path(parent, folder, "..", error));
    return weir_file_sync_folder(env, parent, error);
}

weir_status weir_store_create(const char *folder, const struct weir_env *env,
                              const struct weir_policy *policy, struct weir_error *error) {
    bool existed;
    WEIR_TRY(require_empty(folder, &existed, error));
    WEIR_TRY(weir_file_make_folder(folder, 0700, error));
    weir_status status = fill_folder(folder, env, policy, error);
    if (status.ok)
        status = sync_parent(folder, env, error);
    if (!status.ok)
        remove_made(folder, existed);
    return status;
}
