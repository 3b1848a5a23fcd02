/* Why a clipped vector's norm is at most tau * 2^L, exactly, L = lattice_bits. Let v be the
 * unit's vector, S = square * 2^shift >= sum of v_g^2 its norm's square as kept here, and S >
 * tau^2.
 *   - ratio <= 2^62 * tau / sqrt(S): see weir_bound_norm_ratio.
 *   - v'_g = v_g * ratio / 2^(62 - L), cut toward zero, so |v'_g| <= |v_g| * tau * 2^L / sqrt(S).
 *   - so the sum of v'_g^2 <= tau^2 * 2^2L * (sum of v_g^2) / S <= (tau * 2^L)^2.
 * A vector that is not scaled has S <= tau^2: its square is at most that, and values in lattice
 * units are exact. |v_g| < 2^63 and ratio < 2^62: no product overflows. */
#include "bound/norm.h"

#include <math.h>

#include "base/banned.h"

enum {
    SCALED_SHIFT = 32,
    SCALED_BITS = 16,
    EXACT_BITS = 47,
    SMALL_BITS = 24,
    SMALL_COUNT = 1 << 16
};

static uint64_t magnitude_of(int64_t value) {
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* Of magnitudes beyond 2^47: the sum of squares might not fit. */
static struct weir_bound_norm scaled_norm(const void *array, enum weir_bound_item item,
                                          size_t count) {
    struct weir_bound_norm norm = {.shift = SCALED_SHIFT};
    for (size_t i = 0; i < count; i++) {
        uint64_t magnitude = magnitude_of(weir_bound_item_at(array, item, i));
        uint64_t up = (magnitude + (1 << SCALED_BITS) - 1) >> SCALED_BITS;
        norm.square += (weir_uint128)up * up;
    }
    return norm;
}

struct weir_bound_norm weir_bound_norm_of(const struct weir_bound_layout *layout,
                                          const struct weir_bound_record *record, size_t measure) {
    enum weir_bound_item item = layout->measures[measure].item;
    const void *array = weir_bound_record_array(layout, record, layout->measures[measure]);
    struct weir_bound_norm norm = {0};
    uint64_t all = 0;
    for (size_t i = 0; i < record->cell_count; i++) {
        uint64_t magnitude = magnitude_of(weir_bound_item_at(array, item, i));
        norm.square += (weir_uint128)magnitude * magnitude;
        all |= magnitude;
    }
    return all >> EXACT_BITS == 0 ? norm : scaled_norm(array, item, record->cell_count);
}

/* ---- candidates ---- */

enum { DENSE_COUNT = 8 };

int64_t weir_bounder_tau(size_t index) {
    /* floor(2^63 * 2^(r/4)), irrational but for r = 0: one more after a shift is the ceiling */
    static const uint64_t roots[] = {UINT64_C(0x8000000000000000), UINT64_C(0x9837f0518db8a96f),
                                     UINT64_C(0xb504f333f9de6484), UINT64_C(0xd744fccad69d6af4)};
    weir_check(index < WEIR_BOUNDER_TAU_COUNT);
    if (index < DENSE_COUNT)
        return (int64_t)index + 1;
    size_t exponent = index + WEIR_BOUND_EXPONENT_AHEAD;
    uint64_t whole = roots[exponent % 4] >> (63 - exponent / 4);
    return (int64_t)(exponent % 4 == 0 ? whole : whole + 1);
}

void weir_bound_candidates_make(struct weir_bound_candidates *candidates) {
    size_t index = 0;
    for (size_t i = 0; i < WEIR_BOUNDER_TAU_COUNT; i++)
        candidates->squares[i] =
            (weir_uint128)weir_bounder_tau(i) * (weir_uint128)weir_bounder_tau(i);
    for (size_t i = WEIR_BOUNDER_TAU_COUNT; i < WEIR_COUNT(candidates->squares); i++)
        candidates->squares[i] = ~(weir_uint128)0;
    for (size_t square = 0; square < WEIR_COUNT(candidates->dense); square++) {
        while (candidates->squares[index] < square)
            index++;
        candidates->dense[square] = (uint8_t)index;
    }
}

void weir_bound_norm_buckets(const struct weir_bound_candidates *candidates,
                             const struct weir_bound_layout *layout,
                             struct weir_bound_record *record) {
    uint8_t *buckets = weir_bound_record_buckets(record);
    for (size_t i = 0; i < layout->measure_count; i++)
        buckets[i] =
            (uint8_t)weir_bound_norm_bucket(candidates, weir_bound_norm_of(layout, record, i));
}

/* Five roundings to nearest (tau, the square, whose root halves it, the root, the quotient, the
 * last product) are each off by at most 2^-53 of their result: together by less than 2^-50. Taking
 * off 2^-49 leaves less than the true ratio. Scaling by powers of two is exact. */
uint64_t weir_bound_norm_ratio(struct weir_bound_norm norm, int64_t tau) {
    double root = ldexp(sqrt((double)norm.square), norm.shift / 2);
    double ratio = (double)tau / root * (1 - 0x1p-49);
    return (uint64_t)ldexp(ratio, WEIR_BOUND_RATIO_BITS);
}
