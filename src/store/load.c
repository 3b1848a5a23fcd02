/* A load: read and check everything, write the new versions' files, and put them in force once they
 * have been logged. */
#include "store/load_private.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

enum { LOCK_ATTEMPTS = 50, ARENA_BYTES = 64 << 20 };

/* A load holds the lock for long; tidying, when another process opens the store, for a moment. */
static weir_status take_lock(struct weir_load *load, struct weir_error *error) {
    const struct timespec pause = {.tv_nsec = 20000000};
    for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
        bool held;
        if (attempt > 0)
            nanosleep(&pause, NULL);
        WEIR_TRY(weir_store_lock_data(load->store, &load->lock, &held, error));
        if (held)
            return WEIR_OK;
    }
    weir_fail_state(error, WEIR_ERROR_SYSTEM, "55P03", "another load into this store is under way");
    return weir_error_hint(error, "Wait until it is done, then load again.");
}

static weir_status fill_load(struct weir_load *load, struct weir_load_source *source,
                             const struct weir_load_progress *progress, struct weir_stage *stage,
                             struct weir_error *error) {
    WEIR_TRY(weir_load_read(source, &load->store->keys, load->table, progress, stage,
                            load->versions[0].digest, error));
    if (load->append)
        WEIR_TRY(weir_load_add_stored(load, stage, error));
    WEIR_TRY(weir_load_check(load, stage, error));
    WEIR_TRY(weir_load_number(load, error));
    return weir_load_write(load, stage, error);
}

static weir_status prepare(struct weir_load *load, const struct weir_load_request *request,
                           struct weir_error *error) {
    char spill[PATH_MAX];
    struct weir_stage *stage = NULL;
    struct weir_load_source source = {0};
    WEIR_TRY(take_lock(load, error));
    WEIR_TRY(weir_load_plan(load, request->schema, request->table, error));
    WEIR_TRY(weir_store_path(spill, load->store->spill, "load", error));
    WEIR_TRY(weir_file_make_folder(spill, 0700, error));
    weir_status status = weir_load_open_source(&source, request->path, error);
    if (status.ok)
        status = weir_stage_create(load->table, source.is_parquet ? "row" : "line", spill, &stage,
                                   error);
    if (status.ok)
        status = fill_load(load, &source, request->progress, stage, error);
    weir_load_close_source(&source);
    weir_stage_destroy(stage);
    return status;
}

weir_status weir_load_prepare(struct weir_store *store, const struct weir_load_request *request,
                              struct weir_load **load, struct weir_error *error) {
    struct weir_load *made = calloc(1, sizeof *made);
    weir_status status = WEIR_FAILED;
    if (made != NULL) {
        made->store = store;
        made->append = request->append;
        made->lock = -1;
        made->arena = weir_arena_create(ARENA_BYTES);
        if (made->arena != NULL)
            status = prepare(made, request, error);
    }
    if (!status.ok) {
        weir_error_settle(error);
        weir_load_close(made);
        return WEIR_FAILED;
    }
    *load = made;
    return WEIR_OK;
}

const struct weir_table_version *weir_load_versions(const struct weir_load *load, size_t *count) {
    *count = load->count;
    return load->versions;
}

weir_status weir_load_commit(struct weir_load *load, const uint64_t *log_indexes,
                             struct weir_error *error) {
    weir_check(!load->is_settled);
    for (size_t i = 0; i < load->count; i++) {
        weir_check(load->files[i].is_written);
        if (log_indexes[i] > INT64_MAX)
            return weir_fail(error, WEIR_ERROR_INVALID, "the log's index is out of range");
    }
    load->is_settled = true; /* even a failed commit may have reached the disk */
    return weir_load_keep(load, log_indexes, error);
}

/* What cannot be removed now, the next open of the store removes. */
static void remove_file(const struct weir_load_file *file) {
    static const char *const beginnings[] = {".tmp", ".tmp.wal"};
    char path[PATH_MAX + 16];
    if (file->is_written)
        unlink(file->path);
    for (size_t i = 0; file->path != NULL && !file->is_written && i < WEIR_COUNT(beginnings); i++) {
        int len = snprintf(path, sizeof path, "%s%s", file->path, beginnings[i]);
        if (len > 0 && (size_t)len < sizeof path)
            unlink(path);
    }
}

static void give_up(const struct weir_load *load) {
    for (size_t i = 0; load->files != NULL && i < load->count; i++)
        remove_file(&load->files[i]);
    remove_file(&load->units);
}

void weir_load_close(struct weir_load *load) {
    if (load == NULL)
        return;
    if (!load->is_settled)
        give_up(load);
    if (load->lock >= 0)
        close(load->lock);
    weir_arena_destroy(load->arena);
    free(load);
}
