/* How much one unit can move one sum: the fixed-point form of a clamped contribution.
 *
 * Neighbours differ by all rows of one unit; here each unit has at most one row in the input of the
 * release, so its contribution to a sum is one value. The value is turned into a whole number of
 * raw units (1 for whole numbers, 10^-s for decimals of scale s, a power of two for doubles),
 * clamped to [low, high] and centred: what is summed is an integer in [low - centre, high -
 * centre], so that the L2 (and L1) sensitivity over all groups is exactly `sensitivity` raw units:
 * a unit is in one group. Noise is drawn on the lattice of 2^-lattice_bits raw units. No float is
 * ever summed. */
#ifndef WEIR_BOUND_CONTRIBUTION_H
#define WEIR_BOUND_CONTRIBUTION_H

#include "base/checks.h"

struct weir_contribution {
    int64_t low, high;   /* raw units, low <= high */
    int64_t centre;      /* raw units; 0 for a plain sum */
    int64_t sensitivity; /* raw units, >= 1 */
    int lattice_bits;    /* 0..20 */
    double raw_unit;     /* what one raw unit stands for */
};

/* A count of rows: each unit adds 0 or 1. */
struct weir_contribution weir_contribution_of_rows(void);

/* A sum of values declared in [low, high] (finite), in raw units of `raw_unit`, rounded outward.
 * `centred` takes the middle off each value, which halves the sensitivity of an average. False when
 * the range is wider than 2^53 raw units. */
bool weir_contribution_of_range(double low, double high, double raw_unit, bool centred,
                                struct weir_contribution *contribution) WEIR_MUST_CHECK;

/* The power of two in which doubles of [low, high] are summed: 30 bits and a sign for the largest.
 */
double weir_contribution_double_unit(double low, double high);

/* The sensitivity on the lattice: sensitivity * 2^lattice_bits. */
int64_t weir_contribution_lattice_sensitivity(const struct weir_contribution *contribution);

#endif
