/* A policy's hash: that of its canonical text. */
#include "policy/policy.h"

#include <sodium.h>
#include <string.h>

#include "base/banned.h"

_Static_assert(crypto_hash_sha256_BYTES == WEIR_POLICY_HASH_BYTES, "the hash is SHA-256");

bool weir_policy_hash(struct weir_arena *arena, const struct weir_policy *policy,
                      uint8_t hash[WEIR_POLICY_HASH_BYTES]) {
    const char *text = weir_policy_print(arena, policy);
    return text != NULL && crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text)) == 0;
}
