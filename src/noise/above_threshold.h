/* The sparse vector technique: the first of a row of counts that is low enough, told without
 * telling the counts. */
#ifndef WEIR_NOISE_ABOVE_THRESHOLD_H
#define WEIR_NOISE_ABOVE_THRESHOLD_H

#include "base/env.h"
#include "base/error.h"

enum { WEIR_NOISE_COUNT_STEPS = 1024 }; /* a count's noise is drawn in steps of 1/1024 */

/* The first i with counts[i] + noise_i <= target + noise, or count when there is none: noise_i and
 * noise are discrete Laplace of `scale` steps of 1 / WEIR_NOISE_COUNT_STEPS.
 *
 * Neighbours: one unit more adds 0 or 1 to each count, to none less than 0. The answer is then
 * (2 WEIR_NOISE_COUNT_STEPS / scale)-DP however many counts are asked (Lyu, Su, Li 2017, theorem 4,
 * for monotonic queries and one answer; the proof shifts noises by whole steps, so it holds for the
 * discrete Laplace too), hence half the square of that in zCDP (Bun, Steinke 2016,
 * proposition 1.4). So scale is weir_gaussian_sigma(2 WEIR_NOISE_COUNT_STEPS, femto_rho). */
weir_status weir_noise_first_below(const struct weir_env *env, const uint64_t *counts, size_t count,
                                   int64_t target, int64_t scale, size_t *first,
                                   struct weir_error *error) WEIR_MUST_CHECK;

#endif
