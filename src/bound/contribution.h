/* How much one row can move one sum: the fixed-point form of a clamped contribution.
 *
 * A row's value is turned into a whole number of raw units (1 for whole numbers, 10^-s for decimals
 * of scale s, a power of two for doubles), clamped to [low, high] and centred: what is summed is an
 * integer in [low - centre, high - centre], at most `sensitivity` raw units from zero. Where a unit
 * has at most one row, that is the L2 (and L1) sensitivity of the sums over all groups; else they
 * are clipped (bounder.h). No float is ever summed. */
#ifndef WEIR_BOUND_CONTRIBUTION_H
#define WEIR_BOUND_CONTRIBUTION_H

#include "base/checks.h"

struct weir_contribution {
    int64_t low, high;   /* raw units, low <= high */
    int64_t centre;      /* raw units; 0 for a plain sum */
    int64_t sensitivity; /* raw units, >= 1 */
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

/* Noise on sums of an L2 sensitivity (raw units, 1 .. 2^62) is drawn on the lattice of 2^-bits raw
 * units: finer than one where that is cheap, so that rounding sigma up to a whole number of steps
 * costs nothing. 0..20. */
int weir_contribution_lattice_bits(int64_t sensitivity);

#endif
