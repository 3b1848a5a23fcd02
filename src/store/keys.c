/* The private keys of a store: drawn once, kept in files that only their owner may read. */
#include "store/store_private.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static const char *const names[] = {"log.key", "pseudonym.key", "digest.key"};

static uint8_t *key_of(struct weir_store_keys *keys, size_t which) {
    return which == 0 ? keys->log_seed : which == 1 ? keys->pseudonym : keys->digest;
}

weir_status weir_keys_create(const char *folder, const struct weir_env *env,
                             struct weir_store_keys *keys, struct weir_error *error) {
    for (size_t i = 0; i < WEIR_COUNT(names); i++) {
        char path[PATH_MAX];
        WEIR_TRY(weir_store_path(path, folder, names[i], error));
        WEIR_TRY(env->entropy(env->state, key_of(keys, i), WEIR_KEY_BYTES, error));
        WEIR_TRY(weir_file_replace(env, path, key_of(keys, i), WEIR_KEY_BYTES, 0600, error));
    }
    return WEIR_OK;
}

static weir_status read_key(int file, const char *path, uint8_t *key, struct weir_error *error) {
    struct stat facts;
    if (fstat(file, &facts) != 0)
        return weir_fail_errno(error, "cannot examine %s", path);
    if (!S_ISREG(facts.st_mode) || facts.st_size != WEIR_KEY_BYTES)
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "the key file %s is damaged: restore it from a backup", path);
    if ((facts.st_mode & 077) != 0)
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "the key file %s may be read by others: chmod 600 it, and take the key as "
                         "known to whoever could read it",
                         path);
    ssize_t got;
    do
        got = read(file, key, WEIR_KEY_BYTES);
    while (got < 0 && errno == EINTR);
    if (got != WEIR_KEY_BYTES)
        return weir_fail_errno(error, "cannot read %s", path);
    if (sodium_is_zero(key, WEIR_KEY_BYTES))
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "the key file %s is damaged: restore it from a backup", path);
    return WEIR_OK;
}

weir_status weir_keys_read(const char *folder, struct weir_store_keys *keys,
                           struct weir_error *error) {
    for (size_t i = 0; i < WEIR_COUNT(names); i++) {
        char path[PATH_MAX];
        WEIR_TRY(weir_store_path(path, folder, names[i], error));
        int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (file < 0)
            return weir_fail_errno(error, "cannot open the key file %s", path);
        weir_status status = read_key(file, path, key_of(keys, i), error);
        close(file);
        WEIR_TRY(status);
    }
    return WEIR_OK;
}
