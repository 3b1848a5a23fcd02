/* Norms of units' vectors, never taken for smaller than they are, and the scaling that clips.
 *
 * A norm's square is kept as `square` * 2^shift, at least the exact sum of squares: with shift 0 it
 * is exact; with shift 32 each value was divided by 2^16 and rounded away from zero before, which
 * keeps the sum of any 2^32 squares of 64-bit values below 2^128. */
#ifndef WEIR_BOUND_NORM_H
#define WEIR_BOUND_NORM_H

#include "bound/record.h"

enum { WEIR_BOUND_RATIO_BITS = 62 };

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

/* The place in weir_bounder_histogram. */
size_t weir_bound_norm_bucket(struct weir_bound_norm norm);

/* At most tau / norm, in units of 2^-62; norm is beyond tau. */
uint64_t weir_bound_norm_ratio(struct weir_bound_norm norm, int64_t tau);

/* value * ratio in units of 2^-lattice_bits, toward zero. */
static inline weir_int128 weir_bound_scale(int64_t value, uint64_t ratio, int lattice_bits) {
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    weir_uint128 scaled = (weir_uint128)magnitude * ratio >> (WEIR_BOUND_RATIO_BITS - lattice_bits);
    return value < 0 ? -(weir_int128)scaled : (weir_int128)scaled;
}

#endif
