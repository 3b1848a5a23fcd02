/* The hash of the operator's tables: one 64 x 64 -> 128-bit product, folded. */
#ifndef WEIR_BOUND_MIX_H
#define WEIR_BOUND_MIX_H

#include "base/checks.h"

static inline uint64_t weir_bound_mix(uint64_t left, uint64_t right) {
    weir_uint128 product = (weir_uint128)(left ^ UINT64_C(0x9E3779B97F4A7C15)) *
                           (right ^ UINT64_C(0xD6E8FEB86659FD93));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t weir_bound_hash(uint64_t key) {
    return weir_bound_mix(key, UINT64_C(0xA0761D6478BD642F));
}

#endif
