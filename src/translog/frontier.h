/* The right edge of a growing tree: the hashes of every level's unfinished tile. It is all that is
 * needed to add leaves, to hand out each tile when it is full, and to compute the root. */
#ifndef WEIR_TRANSLOG_FRONTIER_H
#define WEIR_TRANSLOG_FRONTIER_H

#include "translog/tiles.h"

struct weir_frontier {
    uint64_t size;
    /* Of level L the first weir_tile_partial_width(size, L) are in use. */
    struct weir_merkle_hash hashes[WEIR_TILE_LEVELS][WEIR_TILE_WIDTH];
};

/* Is given each tile of hashes as it becomes full, lower levels first. */
struct weir_tile_sink {
    void *state;
    weir_status (*tile)(void *state, const struct weir_tile *tile,
                        const struct weir_merkle_hash *hashes, struct weir_error *error);
};

/* Reads the partial tiles of a tree of `size` and checks that they give `root`. */
weir_status weir_frontier_load(struct weir_frontier *frontier, const char *folder, uint64_t size,
                               const struct weir_merkle_hash *root,
                               struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_frontier_add(struct weir_frontier *frontier, const struct weir_merkle_hash *leaf,
                              const struct weir_tile_sink *sink,
                              struct weir_error *error) WEIR_MUST_CHECK;
/* Hands out the tiles that are partial now. */
weir_status weir_frontier_partials(const struct weir_frontier *frontier,
                                   const struct weir_tile_sink *sink,
                                   struct weir_error *error) WEIR_MUST_CHECK;
void weir_frontier_root(const struct weir_frontier *frontier, struct weir_merkle_hash *root);

#endif
