/* The C2SP tlog-tiles layout: where a tile or entry bundle lies, how wide it is, and the form of a
 * bundle. */
#ifndef WEIR_TRANSLOG_TILES_H
#define WEIR_TRANSLOG_TILES_H

#include "base/buffer.h"
#include "translog/merkle.h"

enum {
    WEIR_TILE_WIDTH = 256,
    WEIR_TILE_LEVELS = 8, /* enough for 2^63 entries */
    WEIR_TILE_ENTRIES = -1,
    WEIR_TILE_PATH_BYTES = 64,
    WEIR_TILE_BYTES = WEIR_TILE_WIDTH * WEIR_MERKLE_HASH_BYTES,
    WEIR_BUNDLE_BYTES = WEIR_TILE_WIDTH * (2 + 65535)
};

/* A tile of hashes (level 0..7) or a bundle of entries (level WEIR_TILE_ENTRIES). */
struct weir_tile {
    int level;
    uint64_t index;
    unsigned width; /* 1..256; below 256 it is partial */
};

/* "tile/0/x001/234.p/5", into at least WEIR_TILE_PATH_BYTES. */
void weir_tile_path(const struct weir_tile *tile, char *out, size_t size);
/* Accepts only what weir_tile_path prints. */
bool weir_tile_path_parse(const char *path, struct weir_tile *tile) WEIR_MUST_CHECK;

/* The full tiles of this level in a tree of `size`, and the width of the partial one after them (0:
 * none). The bundles lie as the tiles of level 0 do. */
uint64_t weir_tile_full_count(uint64_t size, int level);
unsigned weir_tile_partial_width(uint64_t size, int level);

/* Reads one file below the log's folder, whole. A missing file or one longer than the format allows
 * is class INVALID. `out` is cleared first. */
weir_status weir_tile_read(const char *folder, const struct weir_tile *tile,
                           struct weir_buffer *out, struct weir_error *error) WEIR_MUST_CHECK;
/* The same for a tile of hashes, checked to hold exactly its width. */
weir_status weir_tile_read_hashes(const char *folder, const struct weir_tile *tile,
                                  struct weir_merkle_hash *hashes,
                                  struct weir_error *error) WEIR_MUST_CHECK;

/* Entry bundles: a big-endian uint16 length before each entry. len <= 65535. */
void weir_bundle_append(struct weir_buffer *bundle, const void *entry, size_t len);
struct weir_bundle_cursor {
    const uint8_t *next;
    size_t left;
};
/* Steps to the next entry; false at the end or where what is left is no entry (`left` is then not
 * 0). */
bool weir_bundle_next(struct weir_bundle_cursor *cursor, const uint8_t **entry,
                      size_t *len) WEIR_MUST_CHECK;

#endif
