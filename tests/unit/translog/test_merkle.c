/* RFC 6962 hashing against published values, and proofs against the definition for every size up to
 * 130. */
#include "support.h"
#include "translog/frontier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

enum { SIZES = 130 };

static struct weir_merkle_hash leaves[SIZES], roots[SIZES + 1];

static weir_status naive_subtree(void *state, unsigned height, uint64_t index,
                                 struct weir_merkle_hash *hash, struct weir_error *error) {
    (void)error;
    const struct weir_merkle_hash *all = state;
    test_root(all + (index << height), UINT64_C(1) << height, hash);
    return WEIR_OK;
}

static const struct weir_merkle_source source = {.state = leaves, .subtree = naive_subtree};

static int prepare(void **state) {
    (void)state;
    for (int i = 0; i < SIZES; i++)
        weir_merkle_leaf((uint8_t[]){(uint8_t)i}, 1, &leaves[i]);
    for (uint64_t size = 0; size <= SIZES; size++)
        test_root(leaves, size, &roots[size]);
    return 0;
}

static struct weir_merkle_hash from_hex(const char *text) {
    struct weir_merkle_hash hash;
    assert_int_equal(sodium_hex2bin(hash.bytes, sizeof hash.bytes, text, 64, NULL, NULL, NULL), 0);
    return hash;
}

static void assert_hash(const struct weir_merkle_hash *hash, const char *text) {
    struct weir_merkle_hash expected = from_hex(text);
    assert_memory_equal(hash->bytes, expected.bytes, sizeof expected.bytes);
}

/* The eight leaves that Certificate Transparency's implementations test with, and their tree heads.
 */
static const struct {
    size_t len;
    uint8_t bytes[16];
} reference_leaves[8] = {
    {0, {0}},
    {1, {0x00}},
    {1, {0x10}},
    {2, {0x20, 0x21}},
    {2, {0x30, 0x31}},
    {4, {0x40, 0x41, 0x42, 0x43}},
    {8, {0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57}},
    {16,
     {0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e,
      0x6f}},
};
static const char *const reference_roots[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void reference_leaf_hashes(struct weir_merkle_hash hashes[8]) {
    for (int i = 0; i < 8; i++)
        weir_merkle_leaf(reference_leaves[i].bytes, reference_leaves[i].len, &hashes[i]);
}

static void published_roots_are_met(void **state) {
    (void)state;
    struct weir_merkle_hash hashes[8], root;
    struct weir_error error = {0};
    reference_leaf_hashes(hashes);
    assert_hash(&hashes[0], reference_roots[1]); /* the hash of an empty leaf */
    assert_hash(&hashes[1], "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
    struct weir_merkle_source reference = {.state = hashes, .subtree = naive_subtree};
    for (uint64_t size = 0; size <= 8; size++) {
        assert_true(weir_merkle_root(&reference, size, &root, &error).ok);
        assert_hash(&root, reference_roots[size]);
    }
}

struct published_proof {
    uint64_t first, second; /* index and size, or the two sizes */
    size_t count;
    const char *hashes[3];
};
static const struct published_proof published_inclusions[] = {
    {0, 1, 0, {NULL}},
    {0,
     8,
     3,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {5,
     8,
     3,
     {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {2, 3, 1, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
    {1,
     5,
     3,
     {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
};
static const struct published_proof published_consistencies[] = {
    {1, 1, 0, {NULL}},
    {1,
     8,
     3,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {6,
     8,
     3,
     {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {2,
     5,
     2,
     {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
};

static void assert_proof(const struct weir_merkle_proof *proof,
                         const struct published_proof *published) {
    assert_int_equal(proof->count, published->count);
    for (size_t i = 0; i < proof->count; i++)
        assert_hash(&proof->hashes[i], published->hashes[i]);
}

static void published_proofs_are_met(void **state) {
    (void)state;
    struct weir_merkle_hash hashes[8];
    struct weir_merkle_proof proof;
    struct weir_error error = {0};
    reference_leaf_hashes(hashes);
    struct weir_merkle_source reference = {.state = hashes, .subtree = naive_subtree};
    for (size_t i = 0; i < WEIR_COUNT(published_inclusions); i++) {
        const struct published_proof *published = &published_inclusions[i];
        struct weir_merkle_hash root = from_hex(reference_roots[published->second]);
        assert_true(weir_merkle_prove_inclusion(&reference, published->first, published->second,
                                                &proof, &error)
                        .ok);
        assert_proof(&proof, published);
        assert_true(weir_merkle_check_inclusion(&proof, published->first, published->second,
                                                &hashes[published->first], &root));
    }
    for (size_t i = 0; i < WEIR_COUNT(published_consistencies); i++) {
        const struct published_proof *published = &published_consistencies[i];
        struct weir_merkle_hash old_root = from_hex(reference_roots[published->first]);
        struct weir_merkle_hash new_root = from_hex(reference_roots[published->second]);
        assert_true(weir_merkle_prove_consistency(&reference, published->first, published->second,
                                                  &proof, &error)
                        .ok);
        assert_proof(&proof, published);
        assert_true(weir_merkle_check_consistency(&proof, published->first, published->second,
                                                  &old_root, &new_root));
    }
}

static bool inclusion_holds(const struct weir_merkle_proof *proof, uint64_t index, uint64_t size) {
    return weir_merkle_check_inclusion(proof, index, size, &leaves[index], &roots[size]);
}

/* Every way of spoiling a proof that holds. */
static void assert_inclusion_is_strict(struct weir_merkle_proof proof, uint64_t index,
                                       uint64_t size) {
    for (uint64_t other = 0; other < size; other++)
        if (other != index)
            assert_false(
                weir_merkle_check_inclusion(&proof, other, size, &leaves[index], &roots[size]));
    assert_false(weir_merkle_check_inclusion(&proof, size, size, &leaves[index], &roots[size]));
    for (size_t i = 0; i < proof.count; i++) {
        proof.hashes[i].bytes[i % 32] ^= 1;
        assert_false(inclusion_holds(&proof, index, size));
        proof.hashes[i].bytes[i % 32] ^= 1;
    }
    proof.hashes[proof.count++] = roots[size];
    assert_false(inclusion_holds(&proof, index, size));
    if (proof.count >= 2) {
        proof.count -= 2;
        assert_false(inclusion_holds(&proof, index, size));
    }
}

static void every_inclusion_is_proved(void **state) {
    (void)state;
    struct weir_error error = {0};
    for (uint64_t size = 1; size <= SIZES; size++) {
        for (uint64_t index = 0; index < size; index++) {
            struct weir_merkle_proof proof;
            assert_true(weir_merkle_prove_inclusion(&source, index, size, &proof, &error).ok);
            assert_true(inclusion_holds(&proof, index, size));
            if (size < 40 || index % 16 == 0)
                assert_inclusion_is_strict(proof, index, size);
        }
    }
}

static void assert_consistency_is_strict(struct weir_merkle_proof proof, uint64_t old_size,
                                         uint64_t new_size) {
    const struct weir_merkle_hash *old_root = &roots[old_size], *new_root = &roots[new_size];
    assert_false(weir_merkle_check_consistency(&proof, old_size, new_size, new_root, old_root));
    assert_false(weir_merkle_check_consistency(&proof, new_size, old_size, old_root, new_root));
    for (size_t i = 0; i < proof.count; i++) {
        proof.hashes[i].bytes[31] ^= 128;
        assert_false(weir_merkle_check_consistency(&proof, old_size, new_size, old_root, new_root));
        proof.hashes[i].bytes[31] ^= 128;
    }
    proof.hashes[proof.count++] = *new_root;
    assert_false(weir_merkle_check_consistency(&proof, old_size, new_size, old_root, new_root));
    if (proof.count >= 2) {
        proof.count -= 2;
        assert_false(weir_merkle_check_consistency(&proof, old_size, new_size, old_root, new_root));
    }
}

static void every_consistency_is_proved(void **state) {
    (void)state;
    struct weir_error error = {0};
    for (uint64_t new_size = 0; new_size <= SIZES; new_size++) {
        for (uint64_t old_size = 0; old_size <= new_size; old_size++) {
            struct weir_merkle_proof proof;
            assert_true(
                weir_merkle_prove_consistency(&source, old_size, new_size, &proof, &error).ok);
            assert_true(weir_merkle_check_consistency(&proof, old_size, new_size, &roots[old_size],
                                                      &roots[new_size]));
            if (old_size > 0 && old_size < new_size)
                assert_consistency_is_strict(proof, old_size, new_size);
        }
    }
}

static void proofs_longer_than_any_tree_are_refused(void **state) {
    (void)state;
    static struct weir_merkle_proof proof = {.count = WEIR_MERKLE_PROOF_MAX + 1};
    assert_false(weir_merkle_check_inclusion(&proof, 0, INT64_MAX, &leaves[0], &roots[1]));
    assert_false(weir_merkle_check_consistency(&proof, 1, INT64_MAX, &roots[1], &roots[2]));
    proof.count = 0;
    assert_false(weir_merkle_check_inclusion(&proof, 0, UINT64_MAX, &leaves[0], &roots[1]));
    assert_false(weir_merkle_check_inclusion(&proof, 0, 0, &leaves[0], &roots[0]));
    assert_false(weir_merkle_check_consistency(&proof, 0, 5, &roots[1], &roots[5]));
}

/* Sizes around every boundary of tiles, by the right edge alone. */
static weir_status ignore_tile(void *state, const struct weir_tile *tile,
                               const struct weir_merkle_hash *hashes, struct weir_error *error) {
    (void)hashes;
    (void)error;
    *(uint64_t *)state += tile->width == WEIR_TILE_WIDTH;
    return WEIR_OK;
}

static void the_frontier_gives_the_root_of_every_size(void **state) {
    (void)state;
    enum { MANY = 66000 };
    struct weir_merkle_hash *many = calloc(MANY, sizeof *many);
    struct weir_frontier *frontier = calloc(1, sizeof *frontier);
    struct weir_error error = {0};
    uint64_t full = 0;
    struct weir_tile_sink sink = {.state = &full, .tile = ignore_tile};
    assert_non_null(many);
    assert_non_null(frontier);
    for (uint64_t size = 0; size <= MANY; size++) {
        bool compared = size < 600 || size % 9973 == 0 || (size >= 65535 && size <= 65793);
        if (compared && (size < 600 || size % 32 < 2)) {
            struct weir_merkle_hash root, expected;
            weir_frontier_root(frontier, &root);
            test_root(many, size, &expected);
            assert_memory_equal(root.bytes, expected.bytes, sizeof root.bytes);
        }
        if (size == MANY)
            break;
        weir_merkle_leaf(&size, sizeof size, &many[size]);
        assert_true(weir_frontier_add(frontier, &many[size], &sink, &error).ok);
    }
    assert_int_equal(full, MANY / 256 + 1);
    free(frontier);
    free(many);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_roots_are_met),
        cmocka_unit_test(published_proofs_are_met),
        cmocka_unit_test(every_inclusion_is_proved),
        cmocka_unit_test(every_consistency_is_proved),
        cmocka_unit_test(proofs_longer_than_any_tree_are_refused),
        cmocka_unit_test(the_frontier_gives_the_root_of_every_size),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
