/* The threshold of group selection against the exact chance that a group which one unit alone
 * inhabits appears, summed from the definition of the discrete Gaussian distribution. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "budget/accountant.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

enum { REACH = 40, GROUPS_MAX = 1024 };

/* tails[m] = P(N_Z(0, sigma^2) >= m) for m >= 0. */
static long double *tails_of(int64_t sigma) {
    size_t count = (size_t)(REACH * sigma) + 2;
    long double *tails = calloc(count, sizeof *tails), total = 1;
    assert_non_null(tails);
    for (size_t m = count - 1; m-- > 0;) {
        long double x = (long double)m / (long double)sigma, weight = expl(-x * x / 2);
        tails[m] = tails[m + 1] + weight;
        total += m > 0 ? 2 * weight : 0;
    }
    for (size_t m = 0; m < count; m++)
        tails[m] /= total;
    return tails;
}

/* That any of m groups passes, each weighing 1 / sqrt(m) cut to the lattice, with noise of their
 * own. */
static long double chance(const long double *tails, int64_t sigma, double step, int64_t m,
                          double threshold) {
    int64_t weight = (int64_t)floor(1 / sqrt((double)m) / step);
    int64_t needed = (int64_t)floor(threshold / step) + 1 - weight; /* noise >= this passes */
    if (needed >= REACH * sigma)
        return 0;
    long double one = needed <= 0 ? 1 : tails[needed];
    return -expm1l((long double)m * log1pl(-one));
}

static long double worst(const long double *tails, int64_t sigma, double step, int64_t most,
                         double threshold) {
    long double highest = 0;
    for (int64_t m = 1; m <= most; m++)
        highest = fmaxl(highest, chance(tails, sigma, step, m, threshold));
    return highest;
}

static void no_number_of_groups_passes_delta(void **state) {
    static const int64_t sigmas[] = {1, 2, 7, 32, 100, 1000, 4000};
    static const double steps[] = {1, 0.5, 1.0 / 32, 1.0 / 1024};
    static const double deltas[] = {1e-3, 1e-6, 1e-9, 1e-12, 1e-15};
    static const int64_t mosts[] = {1, 2, 3, 30, 1000, GROUPS_MAX};
    (void)state;
    for (size_t s = 0; s < WEIR_COUNT(sigmas); s++) {
        long double *tails = tails_of(sigmas[s]);
        for (size_t i = 0; i < WEIR_COUNT(steps); i++)
            for (size_t d = 0; d < WEIR_COUNT(deltas); d++)
                for (size_t g = 0; g < WEIR_COUNT(mosts); g++) {
                    double sigma = (double)sigmas[s] * steps[i];
                    double threshold =
                        weir_selection_threshold(sigma, deltas[d], steps[i], mosts[g]);
                    long double seen = worst(tails, sigmas[s], steps[i], mosts[g], threshold);
                    if (seen > (long double)deltas[d])
                        fail_msg("sigma %g, step %g, %d groups: %Lg passes %g", sigma, steps[i],
                                 (int)mosts[g], seen, deltas[d]);
                    /* and not by far: one sigma and a half lower some number of groups does pass */
                    double lower = threshold - 1.5 * sigma - 2 * steps[i];
                    assert_true(worst(tails, sigmas[s], steps[i], mosts[g], lower) >
                                (long double)deltas[d]);
                }
        free(tails);
    }
}

/* More groups never lower it. */
static void it_grows_with_the_groups(void **state) {
    double before = 0;
    (void)state;
    for (int64_t most = 1; most <= GROUPS_MAX; most++) {
        double threshold = weir_selection_threshold(3, 1e-9, 1.0 / 32, most);
        assert_true(threshold >= before);
        before = threshold;
    }
    assert_true(weir_selection_threshold(3, 1e-9, 1.0 / 32, INT64_MAX) >= before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_number_of_groups_passes_delta),
        cmocka_unit_test(it_grows_with_the_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
