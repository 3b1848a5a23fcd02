/* Reading a whole log offline. One pass over the entries rebuilds the tree tile by tile; every file
 * of the log is held against what the entries say, in memory for one tile a level. */
#include "translog/log.h"
#include "translog/checkpoint.h"
#include "translog/frontier.h"
#include "translog/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#include "base/banned.h"

struct verification {
    const char *folder;
    const struct weir_log_reader *reader;
    struct weir_checkpoint checkpoint;
    struct weir_journal journal; /* file -1: a published copy, without journal */
    uint64_t total;              /* entries in tree and journal */
    struct weir_frontier frontier;
    struct weir_buffer source;               /* the bundle that entries are read from */
    struct weir_buffer bundle;               /* what the current bundle must be */
    size_t bundle_ends[WEIR_TILE_WIDTH + 1]; /* its length at each width */
    struct weir_buffer file;
};

/* ---- files against the entries ---- */

static weir_status damaged(const struct weir_tile *tile, struct weir_error *error) {
    char name[WEIR_TILE_PATH_BYTES];
    weir_tile_path(tile, name, sizeof name);
    return weir_fail(error, WEIR_ERROR_INVALID,
                     "the log was tampered with or damaged: %s does not fit the entries", name);
}

static weir_status check_file(struct verification *verification, const struct weir_tile *tile,
                              const void *bytes, size_t len, struct weir_error *error) {
    WEIR_TRY(weir_tile_read(verification->folder, tile, &verification->file, error));
    if (verification->file.len != len || memcmp(verification->file.bytes, bytes, len) != 0)
        return damaged(tile, error);
    return WEIR_OK;
}

static bool is_required(const struct verification *verification, const struct weir_tile *tile) {
    uint64_t size = verification->checkpoint.size;
    uint64_t full = weir_tile_full_count(size, tile->level);
    if (tile->width == WEIR_TILE_WIDTH)
        return tile->index < full;
    return tile->index == full && tile->width == weir_tile_partial_width(size, tile->level);
}

static bool exists(const struct verification *verification, const struct weir_tile *tile,
                   const char *suffix) {
    char name[WEIR_TILE_PATH_BYTES], path[PATH_MAX];
    weir_tile_path(tile, name, sizeof name);
    int written = snprintf(path, sizeof path, "%s/%s%s", verification->folder, name, suffix);
    return written > 0 && (size_t)written < sizeof path && weir_file_exists(path);
}

/* Checks every form of one tile: the full one, and the partial ones that earlier checkpoints
 * needed. `ends` holds the length of the content at each width up to the tile's. */
static weir_status check_forms(struct verification *verification, const struct weir_tile *tile,
                               const void *content, const size_t *ends, struct weir_error *error) {
    struct weir_tile form = {.level = tile->level, .index = tile->index, .width = WEIR_TILE_WIDTH};
    bool partials = exists(verification, &form, ".p");
    for (form.width = 1; form.width <= tile->width; form.width++) {
        bool possible = partials || form.width == WEIR_TILE_WIDTH;
        if (is_required(verification, &form) || (possible && exists(verification, &form, "")))
            WEIR_TRY(check_file(verification, &form, content, ends[form.width], error));
    }
    return WEIR_OK;
}

static weir_status check_tile(void *state, const struct weir_tile *tile,
                              const struct weir_merkle_hash *hashes, struct weir_error *error) {
    size_t ends[WEIR_TILE_WIDTH + 1];
    for (size_t width = 0; width <= WEIR_TILE_WIDTH; width++)
        ends[width] = width * sizeof *hashes;
    return check_forms(state, tile, hashes, ends, error);
}

/* The bundle that ends with entry size - 1. */
static weir_status check_bundle(struct verification *verification, uint64_t size,
                                struct weir_error *error) {
    unsigned partial = weir_tile_partial_width(size, WEIR_TILE_ENTRIES);
    struct weir_tile tile = {.level = WEIR_TILE_ENTRIES,
                             .index = (size - 1) / WEIR_TILE_WIDTH,
                             .width = partial == 0 ? WEIR_TILE_WIDTH : partial};
    WEIR_TRY(check_forms(verification, &tile, verification->bundle.bytes, verification->bundle_ends,
                         error));
    weir_buffer_clear(&verification->bundle);
    return WEIR_OK;
}

/* ---- the entries in order ---- */

static weir_status add_entry(struct verification *verification, bool integrated,
                             const uint8_t *bytes, size_t len, struct weir_error *error) {
    uint64_t index = verification->frontier.size;
    const struct weir_log_reader *reader = verification->reader;
    struct weir_tile_sink sink = {.state = verification, .tile = check_tile};
    struct weir_merkle_hash leaf;
    if (reader != NULL && reader->entry != NULL)
        WEIR_TRY(reader->entry(reader->state, index, integrated, bytes, len, error));
    weir_merkle_leaf(bytes, len, &leaf);
    weir_bundle_append(&verification->bundle, bytes, len);
    if (verification->bundle.failed)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory for an entry bundle");
    verification->bundle_ends[index % WEIR_TILE_WIDTH + 1] = verification->bundle.len;
    if ((index + 1) % WEIR_TILE_WIDTH == 0)
        WEIR_TRY(check_bundle(verification, index + 1, error));
    return weir_frontier_add(&verification->frontier, &leaf, &sink, error);
}

static weir_status add_journal_entry(void *state, uint64_t index, const uint8_t *bytes, size_t len,
                                     struct weir_error *error) {
    (void)index;
    return add_entry(state, false, bytes, len, error);
}

static weir_status read_bundle(struct verification *verification, const struct weir_tile *tile,
                               struct weir_error *error) {
    WEIR_TRY(weir_tile_read(verification->folder, tile, &verification->source, error));
    struct weir_bundle_cursor cursor = {(const uint8_t *)verification->source.bytes,
                                        verification->source.len};
    const uint8_t *entry;
    unsigned count = 0;
    for (size_t len; count < tile->width && weir_bundle_next(&cursor, &entry, &len); count++)
        WEIR_TRY(add_entry(verification, true, entry, len, error));
    if (count != tile->width || cursor.left != 0)
        return damaged(tile, error);
    return WEIR_OK;
}

static weir_status read_tree(struct verification *verification, struct weir_error *error) {
    const struct weir_checkpoint *checkpoint = &verification->checkpoint;
    struct weir_tile tile = {.level = WEIR_TILE_ENTRIES, .width = WEIR_TILE_WIDTH};
    uint64_t full = weir_tile_full_count(checkpoint->size, WEIR_TILE_ENTRIES);
    for (; tile.index < full; tile.index++)
        WEIR_TRY(read_bundle(verification, &tile, error));
    tile.width = weir_tile_partial_width(checkpoint->size, WEIR_TILE_ENTRIES);
    if (tile.width > 0)
        WEIR_TRY(read_bundle(verification, &tile, error));
    struct weir_merkle_hash root;
    weir_frontier_root(&verification->frontier, &root);
    if (!weir_merkle_equal(&root, &checkpoint->root))
        return weir_fail(
            error, WEIR_ERROR_INVALID,
            "the log was tampered with or damaged: its entries do not give the root of "
            "its checkpoint");
    return WEIR_OK;
}

static weir_status read_rest(struct verification *verification, struct weir_error *error) {
    struct weir_journal_reader reader = {.state = verification, .entry = add_journal_entry};
    struct weir_tile_sink sink = {.state = verification, .tile = check_tile};
    if (verification->journal.file >= 0)
        WEIR_TRY(weir_journal_read(&verification->journal, verification->checkpoint.size, &reader,
                                   error));
    weir_check(verification->frontier.size == verification->total);
    if (verification->bundle.len > 0)
        WEIR_TRY(check_bundle(verification, verification->total, error));
    return weir_frontier_partials(&verification->frontier, &sink, error);
}

/* ---- nothing else lies there ---- */

/* A file that the passes above did check: a tile of a tree of at most `total` entries. */
static bool is_expected(const struct verification *verification, const char *path) {
    struct weir_tile tile;
    if (!weir_tile_path_parse(path, &tile))
        return false;
    uint64_t full = weir_tile_full_count(verification->total, tile.level);
    return tile.index < full ||
           (tile.index == full &&
            tile.width <= weir_tile_partial_width(verification->total, tile.level));
}

static weir_status check_listed(const struct verification *verification, const FTSENT *listed,
                                struct weir_error *error) {
    const char *path = listed->fts_path + strlen(verification->folder) + 1;
    switch (listed->fts_info) {
    case FTS_D:
    case FTS_DP:
        return WEIR_OK;
    case FTS_F:
        if (is_expected(verification, path))
            return WEIR_OK;
        break;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        errno = listed->fts_errno;
        return weir_fail_errno(error, "cannot list %s", listed->fts_path);
    default:
        break;
    }
    return weir_fail(error, WEIR_ERROR_INVALID,
                     "the log was tampered with: %s is beyond its checkpoint or no file of a log",
                     path);
}

static weir_status check_listing(const struct verification *verification,
                                 struct weir_error *error) {
    char path[PATH_MAX];
    int written = snprintf(path, sizeof path, "%s/tile", verification->folder);
    if (written < 0 || (size_t)written >= sizeof path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long", verification->folder);
    if (!weir_file_exists(path)) /* the tree is empty: else a tile was missed already */
        return WEIR_OK;
    FTS *listing = fts_open((char *const[]){path, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (listing == NULL)
        return weir_fail_errno(error, "cannot list %s", path);
    weir_status status = WEIR_OK;
    errno = 0;
    for (FTSENT *listed; status.ok && (listed = fts_read(listing)) != NULL; errno = 0)
        status = check_listed(verification, listed, error);
    if (status.ok && errno != 0)
        status = weir_fail_errno(error, "cannot list %s", path);
    fts_close(listing);
    return status;
}

/* ---- a still picture of the log ---- */

/* Takes a shared lock where the log has such a file. A published copy has none. */
static weir_status take_shared_lock(const char *folder, const char *name, int *file,
                                    struct weir_error *error) {
    char path[PATH_MAX];
    int written = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (written < 0 || (size_t)written >= sizeof path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long", folder);
    *file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*file < 0 && errno == ENOENT)
        return WEIR_OK;
    if (*file < 0)
        return weir_fail_errno(error, "cannot open %s", path);
    while (flock(*file, LOCK_SH) != 0)
        if (errno != EINTR)
            return weir_fail_errno(error, "cannot lock %s", path);
    return WEIR_OK;
}

/* The journal's end, while nobody writes to it. What is appended later is not looked at. */
static weir_status open_journal(struct verification *verification, struct weir_error *error) {
    int lock = -1;
    weir_status status = take_shared_lock(verification->folder, "append.lock", &lock, error);
    if (status.ok && lock >= 0)
        status = weir_journal_refresh(&verification->journal, verification->folder, error);
    if (lock >= 0)
        close(lock);
    WEIR_TRY(status);
    uint64_t size = verification->checkpoint.size;
    const struct weir_journal *journal = &verification->journal;
    if (journal->file >= 0 && (journal->first > size || journal->next < size))
        return weir_fail(
            error, WEIR_ERROR_INVALID,
            "the journal and the checkpoint do not fit each other: one of them is from "
            "another time");
    verification->total = journal->file >= 0 ? journal->next : size;
    return WEIR_OK;
}

static weir_status verify(struct verification *verification,
                          const struct weir_checkpoint_verifier *verifier,
                          struct weir_log_facts *facts, struct weir_error *error) {
    WEIR_TRY(
        weir_checkpoint_read(verification->folder, verifier, &verification->checkpoint, error));
    WEIR_TRY(open_journal(verification, error));
    WEIR_TRY(read_tree(verification, error));
    WEIR_TRY(read_rest(verification, error));
    WEIR_TRY(check_listing(verification, error));
    facts->size = verification->checkpoint.size;
    facts->pending = verification->total - verification->checkpoint.size;
    memcpy(facts->root, verification->checkpoint.root.bytes, sizeof facts->root);
    return WEIR_OK;
}

weir_status weir_log_verify(const char *folder, const char *verifier_key,
                            const struct weir_log_reader *reader, struct weir_log_facts *facts,
                            struct weir_error *error) {
    struct weir_checkpoint_verifier verifier;
    WEIR_TRY(weir_checkpoint_verifier_parse(verifier_key, &verifier, error));
    struct verification *verification = calloc(1, sizeof *verification);
    if (verification == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to verify the log");
    verification->folder = folder;
    verification->reader = reader;
    verification->journal.file = -1;
    verification->bundle.limit = WEIR_BUNDLE_BYTES;
    /* Tiles and checkpoint stand still under this lock; appending goes on. */
    int lock = -1;
    weir_status status = take_shared_lock(folder, "publish.lock", &lock, error);
    if (status.ok)
        status = verify(verification, &verifier, facts, error);
    if (lock >= 0)
        close(lock);
    weir_journal_close(&verification->journal);
    weir_buffer_free(&verification->source);
    weir_buffer_free(&verification->bundle);
    weir_buffer_free(&verification->file);
    free(verification);
    return status;
}
