/* Adding leaves at the right edge, tile by tile. */
#include "translog/frontier.h"

#include "base/banned.h"

/* The hash over the complete subtree whose leaves are hashes[0 .. 2^height). height <= 8. */
static void subtree_root(const struct weir_merkle_hash *hashes, unsigned height,
                         struct weir_merkle_hash *root) {
    struct weir_merkle_hash level[WEIR_TILE_WIDTH / 2] = {hashes[0]};
    for (unsigned width = (1U << height) / 2; width > 0; width /= 2, hashes = level)
        for (unsigned i = 0; i < width; i++)
            weir_merkle_node(&hashes[2 * i], &hashes[2 * i + 1], &level[i]);
    *root = level[0];
}

weir_status weir_frontier_load(struct weir_frontier *frontier, const char *folder, uint64_t size,
                               const struct weir_merkle_hash *root, struct weir_error *error) {
    frontier->size = size;
    for (int level = 0; level < WEIR_TILE_LEVELS; level++) {
        struct weir_tile tile = {.level = level,
                                 .index = weir_tile_full_count(size, level),
                                 .width = weir_tile_partial_width(size, level)};
        if (tile.width > 0)
            WEIR_TRY(weir_tile_read_hashes(folder, &tile, frontier->hashes[level], error));
    }
    struct weir_merkle_hash computed;
    weir_frontier_root(frontier, &computed);
    if (!weir_merkle_equal(&computed, root))
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "the tiles of the log %s do not give the root of its checkpoint", folder);
    return WEIR_OK;
}

weir_status weir_frontier_add(struct weir_frontier *frontier, const struct weir_merkle_hash *leaf,
                              const struct weir_tile_sink *sink, struct weir_error *error) {
    struct weir_merkle_hash hash = *leaf;
    uint64_t size = frontier->size;
    for (int level = 0; level < WEIR_TILE_LEVELS; level++) {
        unsigned at = weir_tile_partial_width(size, level);
        frontier->hashes[level][at] = hash;
        if (at + 1 < WEIR_TILE_WIDTH)
            break;
        struct weir_tile tile = {
            .level = level, .index = weir_tile_full_count(size, level), .width = WEIR_TILE_WIDTH};
        WEIR_TRY(sink->tile(sink->state, &tile, frontier->hashes[level], error));
        subtree_root(frontier->hashes[level], 8, &hash);
    }
    frontier->size = size + 1;
    return WEIR_OK;
}

weir_status weir_frontier_partials(const struct weir_frontier *frontier,
                                   const struct weir_tile_sink *sink, struct weir_error *error) {
    for (int level = 0; level < WEIR_TILE_LEVELS; level++) {
        struct weir_tile tile = {.level = level,
                                 .index = weir_tile_full_count(frontier->size, level),
                                 .width = weir_tile_partial_width(frontier->size, level)};
        if (tile.width > 0)
            WEIR_TRY(sink->tile(sink->state, &tile, frontier->hashes[level], error));
    }
    return WEIR_OK;
}

void weir_frontier_root(const struct weir_frontier *frontier, struct weir_merkle_hash *root) {
    bool started = false;
    weir_merkle_empty(root);
    /* The complete subtrees from right to left: each is the left sibling of all that follows it. */
    for (int level = 0; level < WEIR_TILE_LEVELS; level++) {
        unsigned end = weir_tile_partial_width(frontier->size, level);
        for (unsigned height = 0; height < 8; height++) {
            if ((end >> height & 1) == 0)
                continue;
            struct weir_merkle_hash subtree;
            end -= 1U << height;
            subtree_root(frontier->hashes[level] + end, height, &subtree);
            if (started)
                weir_merkle_node(&subtree, root, root);
            else
                *root = subtree;
            started = true;
        }
    }
}
