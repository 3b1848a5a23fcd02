/* Squares of 128-bit numbers, exactly. */
#ifndef WEIR_TESTS_PROPERTY_WIDE_H
#define WEIR_TESTS_PROPERTY_WIDE_H

#include "base/checks.h"

struct wide {
    weir_uint128 high, low;
};

static inline void wide_add(struct wide *sum, weir_uint128 high, weir_uint128 low) {
    sum->low += low;
    sum->high += high + (sum->low < low);
}

/* (a 2^64 + b)^2 = a^2 2^128 + 2 a b 2^64 + b^2, |value| < 2^126. */
static inline void wide_add_square(struct wide *sum, weir_int128 value) {
    weir_uint128 magnitude = value < 0 ? -(weir_uint128)value : (weir_uint128)value;
    weir_uint128 a = magnitude >> 64, b = (uint64_t)magnitude, cross = 2 * a * b;
    wide_add(sum, a * a, b * b);
    wide_add(sum, cross >> 64, cross << 64);
}

static inline bool wide_exceeds(const struct wide *one, const struct wide *other) {
    return one->high > other->high || (one->high == other->high && one->low > other->low);
}

#endif
