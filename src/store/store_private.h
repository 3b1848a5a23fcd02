/* The inside of a store, for this folder alone. */
#ifndef WEIR_STORE_STORE_PRIVATE_H
#define WEIR_STORE_STORE_PRIVATE_H

#include "store/state.h"
#include "store/store.h"

#include <limits.h>
#include <pthread.h>

enum { WEIR_STORE_ORIGIN_BYTES = 256 };

struct weir_store {
    const struct weir_env *env;
    struct weir_arena *arena; /* of the policy */
    const struct weir_policy *policy;
    const char *policy_text;
    uint8_t policy_hash[WEIR_POLICY_HASH_BYTES];
    struct weir_store_keys keys;
    char folder[PATH_MAX], data[PATH_MAX], spill[PATH_MAX], log[PATH_MAX], state_path[PATH_MAX];
    char origin[WEIR_STORE_ORIGIN_BYTES];
    pthread_mutex_t lock; /* of the database connection */
    sqlite3 *database;
};

void weir_store_lock(struct weir_store *store);
void weir_store_unlock(struct weir_store *store);

/* folder + "/" + name into a buffer of PATH_MAX bytes. */
weir_status weir_store_path(char out[PATH_MAX], const char *folder, const char *name,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* Draws the keys and writes them, or reads them back; refuses files that others may read. */
weir_status weir_keys_create(const char *folder, const struct weir_env *env,
                             struct weir_store_keys *keys,
                             struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_keys_read(const char *folder, struct weir_store_keys *keys,
                           struct weir_error *error) WEIR_MUST_CHECK;

/* The lock that a load holds from its start to its end, and tidying holds while it deletes. *file
 * is the open lock; *held false when another process or thread has it. Closing the file gives it
 * back. */
weir_status weir_store_lock_data(const struct weir_store *store, int *file, bool *held,
                                 struct weir_error *error) WEIR_MUST_CHECK;

/* Removes what crashed loads left and the files of versions long replaced; does nothing while a
 * load runs. */
weir_status weir_store_tidy(struct weir_store *store, struct weir_error *error) WEIR_MUST_CHECK;

#endif
