/* RFC 6962 section 2.1: the recursion over the largest power of two, and its proofs. */
#include "translog/merkle.h"

#include <sodium.h>
#include <string.h>

#include "base/banned.h"

enum { LEAF_PREFIX = 0, NODE_PREFIX = 1 };

void weir_merkle_empty(struct weir_merkle_hash *hash) {
    crypto_hash_sha256(hash->bytes, NULL, 0);
}

void weir_merkle_leaf(const void *entry, size_t len, struct weir_merkle_hash *hash) {
    const uint8_t prefix = LEAF_PREFIX;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, &prefix, 1);
    crypto_hash_sha256_update(&state, entry, len);
    crypto_hash_sha256_final(&state, hash->bytes);
}

void weir_merkle_node(const struct weir_merkle_hash *left, const struct weir_merkle_hash *right,
                      struct weir_merkle_hash *hash) {
    uint8_t bytes[1 + 2 * WEIR_MERKLE_HASH_BYTES] = {NODE_PREFIX};
    memcpy(bytes + 1, left->bytes, WEIR_MERKLE_HASH_BYTES);
    memcpy(bytes + 1 + WEIR_MERKLE_HASH_BYTES, right->bytes, WEIR_MERKLE_HASH_BYTES);
    crypto_hash_sha256(hash->bytes, bytes, sizeof bytes);
}

bool weir_merkle_equal(const struct weir_merkle_hash *left, const struct weir_merkle_hash *right) {
    return sodium_memcmp(left->bytes, right->bytes, WEIR_MERKLE_HASH_BYTES) == 0;
}

/* The height of the largest complete subtree smaller than `size` leaves. size >= 2. */
static unsigned split_height(uint64_t size) {
    return 63 - (unsigned)__builtin_clzll(size - 1);
}

/* The hash over leaves [start, start + count), where start is aligned as the recursion of RFC 6962
 * leaves it: a multiple of the largest power of two that is at most count. count >= 1. */
static weir_status range_hash(const struct weir_merkle_source *source, uint64_t start,
                              uint64_t count, struct weir_merkle_hash *hash,
                              struct weir_error *error) {
    if ((count & (count - 1)) == 0) {
        unsigned height = (unsigned)__builtin_ctzll(count);
        return source->subtree(source->state, height, start >> height, hash, error);
    }
    unsigned height = split_height(count);
    uint64_t split = UINT64_C(1) << height;
    struct weir_merkle_hash right;
    WEIR_TRY(source->subtree(source->state, height, start >> height, hash, error));
    WEIR_TRY(range_hash(source, start + split, count - split, &right, error));
    weir_merkle_node(hash, &right, hash);
    return WEIR_OK;
}

weir_status weir_merkle_root(const struct weir_merkle_source *source, uint64_t size,
                             struct weir_merkle_hash *root, struct weir_error *error) {
    if (size > 0)
        return range_hash(source, 0, size, root, error);
    weir_merkle_empty(root);
    return WEIR_OK;
}

static weir_status add_range(const struct weir_merkle_source *source, uint64_t start,
                             uint64_t count, struct weir_merkle_proof *proof,
                             struct weir_error *error) {
    weir_check(proof->count < WEIR_MERKLE_PROOF_MAX);
    return range_hash(source, start, count, &proof->hashes[proof->count++], error);
}

static void reverse(struct weir_merkle_proof *proof) {
    for (size_t i = 0, j = proof->count; i + 1 < j; i++) {
        struct weir_merkle_hash kept = proof->hashes[i];
        proof->hashes[i] = proof->hashes[--j];
        proof->hashes[j] = kept;
    }
}

weir_status weir_merkle_prove_inclusion(const struct weir_merkle_source *source, uint64_t index,
                                        uint64_t size, struct weir_merkle_proof *proof,
                                        struct weir_error *error) {
    weir_check(index < size);
    proof->count = 0;
    uint64_t start = 0, count = size;
    while (count > 1) { /* downward: PATH(m, D[n]) with the outermost hash found first */
        uint64_t split = UINT64_C(1) << split_height(count);
        if (index - start < split) {
            WEIR_TRY(add_range(source, start + split, count - split, proof, error));
            count = split;
        } else {
            WEIR_TRY(add_range(source, start, split, proof, error));
            start += split;
            count -= split;
        }
    }
    reverse(proof);
    return WEIR_OK;
}

weir_status weir_merkle_prove_consistency(const struct weir_merkle_source *source,
                                          uint64_t old_size, uint64_t new_size,
                                          struct weir_merkle_proof *proof,
                                          struct weir_error *error) {
    weir_check(old_size <= new_size);
    proof->count = 0;
    if (old_size == 0 || old_size == new_size)
        return WEIR_OK;
    uint64_t start = 0, count = new_size;
    while (old_size - start != count) { /* downward: SUBPROOF(m, D[n], b) */
        uint64_t split = UINT64_C(1) << split_height(count);
        if (old_size - start <= split) {
            WEIR_TRY(add_range(source, start + split, count - split, proof, error));
            count = split;
        } else {
            WEIR_TRY(add_range(source, start, split, proof, error));
            start += split;
            count -= split;
        }
    }
    if (start > 0) /* the old tree is not itself a subtree of the new one */
        WEIR_TRY(add_range(source, start, count, proof, error));
    reverse(proof);
    return WEIR_OK;
}

bool weir_merkle_check_inclusion(const struct weir_merkle_proof *proof, uint64_t index,
                                 uint64_t size, const struct weir_merkle_hash *leaf,
                                 const struct weir_merkle_hash *root) {
    if (index >= size || proof->count > WEIR_MERKLE_PROOF_MAX)
        return false;
    struct weir_merkle_hash hash = *leaf;
    uint64_t node = index, last = size - 1;
    for (size_t i = 0; i < proof->count; i++, node >>= 1, last >>= 1) {
        if (last == 0)
            return false;
        if ((node & 1) == 0 && node != last) {
            weir_merkle_node(&hash, &proof->hashes[i], &hash);
            continue;
        }
        weir_merkle_node(&proof->hashes[i], &hash, &hash);
        for (; (node & 1) == 0 && node != 0; node >>= 1) /* a lone right edge has no sibling */
            last >>= 1;
    }
    return last == 0 && weir_merkle_equal(&hash, root);
}

bool weir_merkle_check_consistency(const struct weir_merkle_proof *proof, uint64_t old_size,
                                   uint64_t new_size, const struct weir_merkle_hash *old_root,
                                   const struct weir_merkle_hash *new_root) {
    if (old_size > new_size || proof->count > WEIR_MERKLE_PROOF_MAX)
        return false;
    if (old_size == new_size)
        return proof->count == 0 && weir_merkle_equal(old_root, new_root);
    if (old_size == 0) {
        struct weir_merkle_hash empty;
        weir_merkle_empty(&empty);
        return proof->count == 0 && weir_merkle_equal(old_root, &empty);
    }
    if (proof->count == 0)
        return false;
    uint64_t node = old_size - 1, last = new_size - 1;
    for (; (node & 1) == 1; node >>= 1)
        last >>= 1;
    /* Where the old tree is a complete subtree its root is the starting hash, and is not repeated.
     */
    size_t next = node == 0 ? 0 : 1;
    struct weir_merkle_hash old_hash = node == 0 ? *old_root : proof->hashes[0],
                            new_hash = old_hash;
    for (; next < proof->count; next++, node >>= 1, last >>= 1) {
        const struct weir_merkle_hash *sibling = &proof->hashes[next];
        if (last == 0)
            return false;
        if ((node & 1) == 0 && node != last) {
            weir_merkle_node(&new_hash, sibling, &new_hash);
            continue;
        }
        weir_merkle_node(sibling, &old_hash, &old_hash);
        weir_merkle_node(sibling, &new_hash, &new_hash);
        for (; (node & 1) == 0 && node != 0; node >>= 1)
            last >>= 1;
    }
    return last == 0 && weir_merkle_equal(&old_hash, old_root) &&
           weir_merkle_equal(&new_hash, new_root);
}
