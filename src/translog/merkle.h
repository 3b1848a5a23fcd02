/* The Merkle tree of RFC 6962 over SHA-256: hashes, roots, and proofs of inclusion and consistency.
 * A proof is made from any source of complete subtrees and checked from its hashes alone. */
#ifndef WEIR_TRANSLOG_MERKLE_H
#define WEIR_TRANSLOG_MERKLE_H

#include "base/error.h"

enum { WEIR_MERKLE_HASH_BYTES = 32, WEIR_MERKLE_PROOF_MAX = 65 };

struct weir_merkle_hash {
    uint8_t bytes[WEIR_MERKLE_HASH_BYTES];
};

/* From the leaf upward, as RFC 6962 orders it. */
struct weir_merkle_proof {
    size_t count;
    struct weir_merkle_hash hashes[WEIR_MERKLE_PROOF_MAX];
};

/* Gives the hash of the complete subtree over leaves [index * 2^height, (index + 1) * 2^height). */
struct weir_merkle_source {
    void *state;
    weir_status (*subtree)(void *state, unsigned height, uint64_t index,
                           struct weir_merkle_hash *hash, struct weir_error *error);
};

void weir_merkle_empty(struct weir_merkle_hash *hash);
void weir_merkle_leaf(const void *entry, size_t len, struct weir_merkle_hash *hash);
/* `hash` may be the same object as `left` or `right`. */
void weir_merkle_node(const struct weir_merkle_hash *left, const struct weir_merkle_hash *right,
                      struct weir_merkle_hash *hash);
bool weir_merkle_equal(const struct weir_merkle_hash *left, const struct weir_merkle_hash *right);

weir_status weir_merkle_root(const struct weir_merkle_source *source, uint64_t size,
                             struct weir_merkle_hash *root,
                             struct weir_error *error) WEIR_MUST_CHECK;

/* index < size. */
weir_status weir_merkle_prove_inclusion(const struct weir_merkle_source *source, uint64_t index,
                                        uint64_t size, struct weir_merkle_proof *proof,
                                        struct weir_error *error) WEIR_MUST_CHECK;
/* old_size <= new_size; the proof is empty where one of the trees is empty or both are the same. */
weir_status weir_merkle_prove_consistency(const struct weir_merkle_source *source,
                                          uint64_t old_size, uint64_t new_size,
                                          struct weir_merkle_proof *proof,
                                          struct weir_error *error) WEIR_MUST_CHECK;

/* Whether the proof shows that the leaf is entry `index` of the tree, or that the old tree is a
 * prefix of the new one. No input is trusted. */
bool weir_merkle_check_inclusion(const struct weir_merkle_proof *proof, uint64_t index,
                                 uint64_t size, const struct weir_merkle_hash *leaf,
                                 const struct weir_merkle_hash *root) WEIR_MUST_CHECK;
bool weir_merkle_check_consistency(const struct weir_merkle_proof *proof, uint64_t old_size,
                                   uint64_t new_size, const struct weir_merkle_hash *old_root,
                                   const struct weir_merkle_hash *new_root) WEIR_MUST_CHECK;

#endif
