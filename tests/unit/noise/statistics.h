/* What the sampler tests share: a fixed stream of entropy, and the tests' own statistics. */
#ifndef WEIR_TESTS_NOISE_STATISTICS_H
#define WEIR_TESTS_NOISE_STATISTICS_H

#include "base/env.h"

/* ChaCha20 under a fixed key: the same bytes in every run. fail_at is the number of the call (from
 * 1) that fails, 0 = none. */
struct fixed_entropy {
    struct weir_env env;
    uint64_t block, calls, fail_at;
    unsigned char key;
};
void fixed_entropy_start(struct fixed_entropy *entropy, unsigned char key);

typedef long double weight_function(int64_t x, long double scale);
long double gaussian_weight(int64_t x, long double scale);
long double laplace_weight(int64_t x, long double scale);

/* The p-value of Pearson's chi-square of draws against a distribution on the integers, with tails
 * merged so that every cell expects at least 20. */
double chi_square_p(const int64_t *draws, size_t count, weight_function *weight, long double scale);
/* P(chi-square of `freedom` degrees > statistic). */
double chi_square_tail(double statistic, double freedom);

/* The p-value of Kolmogorov and Smirnov's test of draws / scale against a continuous distribution.
 * Sorts. */
double kolmogorov_p(int64_t *draws, size_t count, double scale, double (*cumulative)(double));

#endif
