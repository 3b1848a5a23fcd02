/* Exact samplers over kernel entropy: integers and rationals only, no floating point.
 * Reference: C. Canonne, G. Kamath, T. Steinke, "The Discrete Gaussian for Differential Privacy"
 * (2020), algorithms 1 to 3. Scales are public; the running time depends on the sample, never on
 * data.
 *
 * Neighbours are two databases that differ in all rows of one unit. A scale is given in the integer
 * lattice in which the query's answer and its sensitivity are given: one step is one unit of
 * either. */
#ifndef WEIR_NOISE_NOISE_H
#define WEIR_NOISE_NOISE_H

#include "base/env.h"
#include "base/error.h"

/* Largest sigma or scale accepted. A sample then fits int64_t but for one with probability below
 * e^-32000 (Gaussian) or e^-255 (Laplace), which is refused, class INTERNAL, and never clamped:
 * whether it happens depends on the entropy alone. */
#define WEIR_NOISE_SCALE_MAX ((int64_t)1 << 55)

/* One draw of N_Z(0, sigma^2), the discrete Gaussian on the integers: P(x) ~ exp(-x^2 / (2
 * sigma^2)); sigma in 1..WEIR_NOISE_SCALE_MAX. A query of L2 sensitivity d (in the same integer
 * units) plus this noise in each coordinate is d^2 / (2 sigma^2)-zCDP (theorem 4 there). Fails when
 * entropy does; *sample is then 0. */
weir_status weir_noise_gaussian(const struct weir_env *env, int64_t sigma, int64_t *sample,
                                struct weir_error *error) WEIR_MUST_CHECK;

/* One draw of the discrete Laplace, P(x) ~ exp(-|x| / scale); scale in 1..WEIR_NOISE_SCALE_MAX. L1
 * sensitivity d gives d / scale-DP. Fails as above. */
weir_status weir_noise_laplace(const struct weir_env *env, int64_t scale, int64_t *sample,
                               struct weir_error *error) WEIR_MUST_CHECK;

/* The exponential mechanism (McSherry, Talwar 2007), exactly: one of `count` choices, i with
 * probability proportional to exp(-energies[i] / scale). count >= 1, scale in
 * 1..WEIR_NOISE_SCALE_MAX; energies below 2^62.
 *
 * Where one unit more raises no energy by less than 0 or more than d, the log of the ratio of any
 * choice's probabilities lies in an interval of width d / scale: the choice is of bounded range d /
 * scale, hence (d / scale)-DP and (d / scale)^2 / 8-zCDP (Durfee, Rogers 2019; Rogers, Steinke
 * 2021; Cesar, Rogers 2021). So for a price of rho, scale is weir_gaussian_sigma(d / 2, femto_rho).
 */
weir_status weir_noise_choose(const struct weir_env *env, const uint64_t *energies, size_t count,
                              int64_t scale, size_t *choice,
                              struct weir_error *error) WEIR_MUST_CHECK;

#endif
