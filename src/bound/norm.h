/* Norms of units' vectors, never taken for smaller than they are, and the scaling that clips.
 *
 * A norm's square is kept as `square` * 2^shift, at least the exact sum of squares: with shift 0 it
 * is exact; with shift 32 each value was divided by 2^16 and rounded away from zero before, which
 * keeps the sum of any 2^32 squares of 64-bit values below 2^128. */
#ifndef WEIR_BOUND_NORM_H
#define WEIR_BOUND_NORM_H

#include "bound/record.h"

enum {
    WEIR_BOUND_RATIO_BITS = 62,
    WEIR_BOUND_EXPONENT_AHEAD = 5 /* from tau(7) on, tau(i) = ceil(2^((i + 5) / 4)) */
};

struct weir_bound_norm {
    weir_uint128 square;
    int shift; /* 0 or 32 */
};

struct weir_bound_norm weir_bound_norm_of(const struct weir_bound_layout *layout,
                                          const struct weir_bound_record *record, size_t measure);

/* Whether the norm is at most tau, 1 .. 2^62. */
static inline bool weir_bound_norm_within(struct weir_bound_norm norm, int64_t tau) {
    return norm.square <= (weir_uint128)tau * (weir_uint128)tau >> norm.shift;
}

/* Squares of the candidates, for looking norms up. */
struct weir_bound_candidates {
    weir_uint128 squares[WEIR_BOUNDER_TAU_COUNT + 2]; /* the last two: never reached */
    uint8_t dense[64];                                /* bucket by square, for small ones */
};

void weir_bound_candidates_make(struct weir_bound_candidates *candidates);

static inline int weir_bound_bit_length(weir_uint128 number) {
    uint64_t high = (uint64_t)(number >> 64), low = (uint64_t)number;
    if (high != 0)
        return 128 - __builtin_clzll(high);
    return low == 0 ? 0 : 64 - __builtin_clzll(low);
}

/* The place in weir_bounder_histogram: the first candidate that is not below the norm.
 *
 * A square of b bits is in [2^(b-1), 2^b): its norm is beyond the candidates with exponents below
 * 2(b - 1), which are 1.3 apart or more where squares are not dense, and at most the one with 2b;
 * two between are left to compare with. square * 2^shift > s just when square > s >> shift, both
 * being whole. */
static inline size_t weir_bound_norm_bucket(const struct weir_bound_candidates *candidates,
                                            struct weir_bound_norm norm) {
    if (norm.square < WEIR_COUNT(candidates->dense) && norm.shift == 0)
        return candidates->dense[(size_t)norm.square];
    int exponent = 2 * (weir_bound_bit_length(norm.square) + norm.shift - 1);
    size_t index = (size_t)exponent - WEIR_BOUND_EXPONENT_AHEAD;
    if (index >= WEIR_BOUNDER_TAU_COUNT)
        return WEIR_BOUNDER_TAU_COUNT;
    const weir_uint128 *squares = candidates->squares + index;
    return index + (norm.square > squares[0] >> norm.shift) +
           (norm.square > squares[1] >> norm.shift);
}

/* A norm of few small values, in 64 bits. */
struct weir_bound_small_norm {
    uint64_t square, all; /* all: the bits of all magnitudes */
};

static inline void weir_bound_small_norm_add(struct weir_bound_small_norm *norm, int64_t value) {
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    norm->square += magnitude * magnitude;
    norm->all |= magnitude;
}

static inline void weir_bound_small_norm_add_count(struct weir_bound_small_norm *norm,
                                                   uint64_t count) {
    norm->square += count * count;
    norm->all |= count;
}

/* Whether the square is exact: magnitudes below 2^24, at most 2^16 of them. */
static inline bool weir_bound_small_norm_holds(const struct weir_bound_small_norm *norm,
                                               size_t count) {
    return norm->all >> 24 == 0 && count <= 1 << 16;
}

/* Writes the record's buckets. */
void weir_bound_norm_buckets(const struct weir_bound_candidates *candidates,
                             const struct weir_bound_layout *layout,
                             struct weir_bound_record *record);

/* At most tau / norm, in units of 2^-62; norm is beyond tau. */
uint64_t weir_bound_norm_ratio(struct weir_bound_norm norm, int64_t tau);

/* value * ratio in units of 2^-lattice_bits, toward zero. */
static inline weir_int128 weir_bound_scale(int64_t value, uint64_t ratio, int lattice_bits) {
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    weir_uint128 scaled = (weir_uint128)magnitude * ratio >> (WEIR_BOUND_RATIO_BITS - lattice_bits);
    return value < 0 ? -(weir_int128)scaled : (weir_int128)scaled;
}

#endif
