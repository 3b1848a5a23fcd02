/* One data engine a state of the store, shared by the questions that run on it. */
#include "engine/engine_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { SNAPSHOT_BYTES = 16 << 20, OPEN_ATTEMPTS = 5 };

static void lock(struct weir_engine *engine) {
    weir_check(pthread_mutex_lock(&engine->snapshot_lock) == 0);
}

static void unlock(struct weir_engine *engine) {
    weir_check(pthread_mutex_unlock(&engine->snapshot_lock) == 0);
}

static void close_snapshot(struct weir_snapshot *snapshot) {
    if (snapshot == NULL)
        return;
    weir_check(snapshot->users == 0);
    if (snapshot->backend != NULL)
        snapshot->backend->operations->close(snapshot->backend);
    weir_arena_destroy(snapshot->arena);
    free(snapshot);
}

/* What the store holds now, with no data engine yet. */
static weir_status read_versions(struct weir_engine *engine, struct weir_snapshot **snapshot,
                                 struct weir_error *error) {
    struct weir_snapshot *made = calloc(1, sizeof *made);
    if (made != NULL)
        made->arena = weir_arena_create(SNAPSHOT_BYTES);
    if (made == NULL || made->arena == NULL) {
        free(made);
        return WEIR_FAILED;
    }
    weir_status status = weir_store_versions(engine->store, made->arena, &made->versions,
                                             &made->version_count, &made->store_version, error);
    if (!status.ok) {
        close_snapshot(made);
        return status;
    }
    *snapshot = made;
    return WEIR_OK;
}

static weir_status open_backend(struct weir_engine *engine, struct weir_snapshot *snapshot,
                                struct weir_error *error) {
    struct weir_backend_table *tables =
        WEIR_NEW_ARRAY(snapshot->arena, snapshot->version_count, struct weir_backend_table);
    if (tables == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < snapshot->version_count; i++)
        tables[i] = (struct weir_backend_table){.schema = snapshot->versions[i].schema,
                                                .name = snapshot->versions[i].name,
                                                .path = snapshot->versions[i].path};
    const struct weir_backend_options options = {
        .memory_megabytes = engine->options.memory_megabytes,
        .threads = engine->options.threads,
        .spill_folder = weir_store_spill_folder(engine->store)};
    return weir_duckdb_open(tables, snapshot->version_count, &options, &snapshot->backend, error);
}

/* Users of the old one keep it until they are done. */
static void replace(struct weir_engine *engine, struct weir_snapshot *snapshot) {
    struct weir_snapshot *old = engine->snapshot;
    engine->snapshot = snapshot;
    if (old != NULL && old->users == 0)
        close_snapshot(old);
}

/* With the lock held. *again: the files were replaced while they were being opened. */
static weir_status refresh(struct weir_engine *engine, int64_t *tried, bool *again,
                           struct weir_error *error) {
    struct weir_snapshot *fresh = NULL;
    *again = false;
    weir_status status = read_versions(engine, &fresh, error);
    if (!status.ok)
        return status;
    if (engine->snapshot != NULL && engine->snapshot->store_version == fresh->store_version) {
        close_snapshot(fresh);
        return WEIR_OK;
    }
    if (*tried == fresh->store_version) { /* it failed at the same files before */
        close_snapshot(fresh);
        return WEIR_FAILED;
    }
    *tried = fresh->store_version;
    struct weir_error found = {0};
    if (open_backend(engine, fresh, &found).ok) {
        replace(engine, fresh);
        return WEIR_OK;
    }
    close_snapshot(fresh);
    *error = found;
    *again = true;
    return WEIR_FAILED;
}

weir_status weir_snapshot_acquire(struct weir_engine *engine, struct weir_snapshot **snapshot,
                                  struct weir_error *error) {
    int64_t tried = -1;
    bool again = true;
    weir_status status = WEIR_FAILED;
    struct weir_error found = {0};
    lock(engine);
    for (int attempt = 0; again && attempt < OPEN_ATTEMPTS && !status.ok; attempt++)
        status = refresh(engine, &tried, &again, &found);
    if (status.ok) {
        *snapshot = engine->snapshot;
        engine->snapshot->users++;
    }
    unlock(engine);
    if (!status.ok) {
        weir_error_settle(&found);
        if (!weir_error_is_set(error))
            *error = found;
    }
    return status;
}

void weir_snapshot_return(struct weir_engine *engine, struct weir_snapshot *snapshot) {
    if (snapshot == NULL)
        return;
    lock(engine);
    weir_check(snapshot->users > 0);
    bool unused = --snapshot->users == 0 && snapshot != engine->snapshot;
    unlock(engine);
    if (unused)
        close_snapshot(snapshot);
}

void weir_snapshot_forget(struct weir_engine *engine) {
    lock(engine);
    weir_check(engine->snapshot == NULL || engine->snapshot->users == 0);
    replace(engine, NULL);
    unlock(engine);
}

const struct weir_table_version *weir_snapshot_table(const struct weir_snapshot *snapshot,
                                                     const char *schema, const char *name) {
    for (size_t i = 0; i < snapshot->version_count; i++)
        if (strcmp(snapshot->versions[i].schema, schema) == 0 &&
            strcmp(snapshot->versions[i].name, name) == 0)
            return &snapshot->versions[i];
    return NULL;
}
