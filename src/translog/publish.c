/* Writing tiles and bundles in an order that survives a crash, and the checkpoint last. */
#include "translog/publish.h"
#include "translog/frontier.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#include "base/banned.h"

/* More folders than one second's tiles lie in; when they are many they are synced in between. */
enum { CHANGED_FOLDERS_MAX = 32 };

struct publishing {
    const struct weir_publisher *publisher;
    struct weir_frontier *frontier;
    struct weir_buffer bundle; /* of the entries after the last full bundle */
    struct weir_buffer checkpoint;
    uint64_t old_size;
    size_t changed_count;
    char changed[CHANGED_FOLDERS_MAX][PATH_MAX];
};

static weir_status sync_changed(struct publishing *publishing, struct weir_error *error) {
    for (size_t i = 0; i < publishing->changed_count; i++)
        WEIR_TRY(weir_file_sync_folder(publishing->publisher->env, publishing->changed[i], error));
    publishing->changed_count = 0;
    return WEIR_OK;
}

static weir_status note_changed(struct publishing *publishing, const char *folder,
                                struct weir_error *error) {
    for (size_t i = 0; i < publishing->changed_count; i++)
        if (strcmp(publishing->changed[i], folder) == 0)
            return WEIR_OK;
    if (publishing->changed_count == CHANGED_FOLDERS_MAX)
        WEIR_TRY(sync_changed(publishing, error));
    memcpy(publishing->changed[publishing->changed_count++], folder, strlen(folder) + 1);
    return WEIR_OK;
}

/* Makes the folders above `path`, from the log's own downward. All are noted: one that an
 * interrupted run made may not be durable yet. */
static weir_status make_folders(struct publishing *publishing, const char *path,
                                struct weir_error *error) {
    char part[PATH_MAX];
    size_t len = strlen(path);
    for (size_t i = strlen(publishing->publisher->folder); i < len; i++) {
        if (path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return weir_fail_errno(error, "cannot create the folder %s", part);
        WEIR_TRY(note_changed(publishing, part, error));
    }
    return WEIR_OK;
}

static weir_status write_temporary(const struct weir_env *env, const char *path, const void *bytes,
                                   size_t len, struct weir_error *error) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0)
        return weir_fail_errno(error, "cannot create %s", path);
    weir_status status = env->write(env->state, file, bytes, len, error);
    if (status.ok)
        status = env->sync(env->state, file, error);
    if (close(file) != 0 && status.ok)
        status = weir_fail_errno(error, "cannot close %s", path);
    return status;
}

/* Durable once sync_changed has been called. The temporary file lies beside `tile`, so that nothing
 * half written ever stands in the published folders. */
static weir_status write_tile(struct publishing *publishing, const struct weir_tile *tile,
                              const void *bytes, size_t len, struct weir_error *error) {
    char name[WEIR_TILE_PATH_BYTES], path[PATH_MAX], temporary[PATH_MAX];
    weir_tile_path(tile, name, sizeof name);
    int written = snprintf(path, sizeof path, "%s/%s", publishing->publisher->folder, name);
    if (written < 0 || (size_t)written >= sizeof path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long",
                         publishing->publisher->folder);
    snprintf(temporary, sizeof temporary, "%s/tile.tmp", publishing->publisher->folder);
    WEIR_TRY(write_temporary(publishing->publisher->env, temporary, bytes, len, error));
    WEIR_TRY(make_folders(publishing, path, error));
    if (rename(temporary, path) != 0)
        return weir_fail_errno(error, "cannot rename %s into place", path);
    return WEIR_OK;
}

/* A partial tile that the old checkpoint already covered is there as it is. */
static bool is_unchanged(const struct publishing *publishing, const struct weir_tile *tile) {
    return tile->width < WEIR_TILE_WIDTH &&
           tile->index == weir_tile_full_count(publishing->old_size, tile->level) &&
           tile->width == weir_tile_partial_width(publishing->old_size, tile->level);
}

static weir_status write_hashes(void *state, const struct weir_tile *tile,
                                const struct weir_merkle_hash *hashes, struct weir_error *error) {
    struct publishing *publishing = state;
    if (is_unchanged(publishing, tile))
        return WEIR_OK;
    return write_tile(publishing, tile, hashes, tile->width * sizeof *hashes, error);
}

static weir_status write_bundle(struct publishing *publishing, uint64_t size,
                                struct weir_error *error) {
    unsigned partial = weir_tile_partial_width(size, WEIR_TILE_ENTRIES);
    struct weir_tile tile = {.level = WEIR_TILE_ENTRIES,
                             .index = (size - 1) / WEIR_TILE_WIDTH,
                             .width = partial == 0 ? WEIR_TILE_WIDTH : partial};
    return write_tile(publishing, &tile, publishing->bundle.bytes, publishing->bundle.len, error);
}

static weir_status add_entry(void *state, uint64_t index, const uint8_t *bytes, size_t len,
                             struct weir_error *error) {
    struct publishing *publishing = state;
    struct weir_tile_sink sink = {.state = publishing, .tile = write_hashes};
    struct weir_merkle_hash leaf;
    weir_check(index == publishing->frontier->size);
    weir_merkle_leaf(bytes, len, &leaf);
    weir_bundle_append(&publishing->bundle, bytes, len);
    if (publishing->bundle.failed)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory for an entry bundle");
    if ((index + 1) % WEIR_TILE_WIDTH == 0) {
        WEIR_TRY(write_bundle(publishing, index + 1, error));
        weir_buffer_clear(&publishing->bundle);
    }
    return weir_frontier_add(publishing->frontier, &leaf, &sink, error);
}

/* Reads the partial bundle of the old checkpoint and holds it against the leaf hashes. */
static weir_status load_bundle(struct publishing *publishing, struct weir_error *error) {
    struct weir_tile tile = {.level = WEIR_TILE_ENTRIES,
                             .index = weir_tile_full_count(publishing->old_size, WEIR_TILE_ENTRIES),
                             .width =
                                 weir_tile_partial_width(publishing->old_size, WEIR_TILE_ENTRIES)};
    const char *folder = publishing->publisher->folder;
    if (tile.width == 0)
        return WEIR_OK;
    WEIR_TRY(weir_tile_read(folder, &tile, &publishing->bundle, error));
    struct weir_bundle_cursor cursor = {(const uint8_t *)publishing->bundle.bytes,
                                        publishing->bundle.len};
    const uint8_t *entry;
    unsigned count = 0;
    for (size_t len; weir_bundle_next(&cursor, &entry, &len); count++) {
        struct weir_merkle_hash leaf;
        weir_merkle_leaf(entry, len, &leaf);
        if (count >= tile.width ||
            !weir_merkle_equal(&leaf, &publishing->frontier->hashes[0][count]))
            return weir_fail(error, WEIR_ERROR_INVALID,
                             "an entry of the log %s does not fit its tree", folder);
    }
    if (cursor.left != 0 || count != tile.width)
        return weir_fail(error, WEIR_ERROR_INVALID, "an entry bundle of the log %s is malformed",
                         folder);
    return WEIR_OK;
}

static weir_status place_checkpoint(struct publishing *publishing,
                                    const struct weir_checkpoint *checkpoint,
                                    struct weir_error *error) {
    const struct weir_publisher *publisher = publishing->publisher;
    char path[PATH_MAX];
    int written = snprintf(path, sizeof path, "%s/checkpoint", publisher->folder);
    if (written < 0 || (size_t)written >= sizeof path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long", publisher->folder);
    weir_buffer_clear(&publishing->checkpoint);
    WEIR_TRY(weir_checkpoint_sign(checkpoint, publisher->secret, &publishing->checkpoint, error));
    return weir_file_replace(publisher->env, path, publishing->checkpoint.bytes,
                             publishing->checkpoint.len, 0644, error);
}

/* Removes the partial forms of a tile whose full form a durable checkpoint now covers. */
static weir_status remove_partials(const char *folder, int level, uint64_t index,
                                   struct weir_error *error) {
    struct weir_tile tile = {.level = level, .index = index, .width = WEIR_TILE_WIDTH};
    char name[WEIR_TILE_PATH_BYTES], path[PATH_MAX];
    weir_tile_path(&tile, name, sizeof name);
    int written = snprintf(path, sizeof path, "%s/%s.p", folder, name);
    if (written < 0 || (size_t)written >= sizeof path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long", folder);
    DIR *partials = opendir(path);
    if (partials == NULL && errno == ENOENT)
        return WEIR_OK;
    if (partials == NULL)
        return weir_fail_errno(error, "cannot open the folder %s", path);
    weir_status status = WEIR_OK;
    for (struct dirent *file; status.ok && (file = readdir(partials)) != NULL;)
        if (file->d_name[0] != '.' && unlinkat(dirfd(partials), file->d_name, 0) != 0)
            status = weir_fail_errno(error, "cannot remove a partial tile in %s", path);
    closedir(partials);
    if (status.ok && rmdir(path) != 0)
        status = weir_fail_errno(error, "cannot remove the folder %s", path);
    return status;
}

static weir_status remove_outdated(const struct publishing *publishing, struct weir_error *error) {
    uint64_t new_size = publishing->frontier->size;
    for (int level = WEIR_TILE_ENTRIES; level < WEIR_TILE_LEVELS; level++) {
        uint64_t end = weir_tile_full_count(new_size, level);
        for (uint64_t index = weir_tile_full_count(publishing->old_size, level); index < end;
             index++)
            WEIR_TRY(remove_partials(publishing->publisher->folder, level, index, error));
    }
    return WEIR_OK;
}

static weir_status grow(struct publishing *publishing, const struct weir_journal *journal,
                        struct weir_error *error) {
    struct weir_journal_reader reader = {.state = publishing, .entry = add_entry};
    struct weir_tile_sink sink = {.state = publishing, .tile = write_hashes};
    struct weir_frontier *frontier = publishing->frontier;
    struct weir_checkpoint checkpoint = {0};
    WEIR_TRY(load_bundle(publishing, error));
    publishing->bundle.limit = WEIR_BUNDLE_BYTES;
    WEIR_TRY(weir_journal_read(journal, publishing->old_size, &reader, error));
    weir_check(frontier->size == journal->next);
    if (publishing->bundle.len > 0)
        WEIR_TRY(write_bundle(publishing, frontier->size, error));
    WEIR_TRY(weir_frontier_partials(frontier, &sink, error));
    WEIR_TRY(sync_changed(publishing, error));
    memcpy(checkpoint.origin, publishing->publisher->verifier.name, sizeof checkpoint.origin);
    checkpoint.size = frontier->size;
    weir_frontier_root(frontier, &checkpoint.root);
    WEIR_TRY(place_checkpoint(publishing, &checkpoint, error));
    return remove_outdated(publishing, error);
}

static weir_status publish(struct publishing *publishing, const struct weir_journal *journal,
                           uint64_t *published, struct weir_error *error) {
    const struct weir_publisher *publisher = publishing->publisher;
    struct weir_checkpoint old;
    WEIR_TRY(weir_checkpoint_read(publisher->folder, &publisher->verifier, &old, error));
    if (old.size < journal->first || old.size > journal->next)
        return weir_fail(
            error, WEIR_ERROR_INVALID,
            "the journal and the checkpoint of the log %s do not fit each other: one of "
            "them is from another time",
            publisher->folder);
    WEIR_TRY(
        weir_frontier_load(publishing->frontier, publisher->folder, old.size, &old.root, error));
    publishing->old_size = old.size;
    if (old.size < journal->next)
        WEIR_TRY(grow(publishing, journal, error));
    *published = journal->next;
    return WEIR_OK;
}

weir_status weir_publish(const struct weir_publisher *publisher, const struct weir_journal *journal,
                         uint64_t *published, struct weir_error *error) {
    struct publishing *publishing = calloc(1, sizeof *publishing);
    struct weir_frontier *frontier = malloc(sizeof *frontier);
    weir_status status = WEIR_FAILED;
    if (publishing == NULL || frontier == NULL) {
        status = weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to publish the log");
    } else {
        publishing->publisher = publisher;
        publishing->frontier = frontier;
        status = publish(publishing, journal, published, error);
        weir_buffer_free(&publishing->bundle);
        weir_buffer_free(&publishing->checkpoint);
    }
    free(frontier);
    free(publishing);
    return status;
}

weir_status weir_publish_empty(const struct weir_publisher *publisher, struct weir_error *error) {
    struct publishing *publishing = calloc(1, sizeof *publishing);
    if (publishing == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to publish the log");
    struct weir_checkpoint checkpoint = {0};
    publishing->publisher = publisher;
    memcpy(checkpoint.origin, publisher->verifier.name, sizeof checkpoint.origin);
    weir_merkle_empty(&checkpoint.root);
    weir_status status = place_checkpoint(publishing, &checkpoint, error);
    weir_buffer_free(&publishing->checkpoint);
    free(publishing);
    return status;
}
