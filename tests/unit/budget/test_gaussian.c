/* Scales, quantiles, intervals and thresholds against exact integers, erfc in long double, and
 * exact sums over the discrete Gaussian. */
#include "budget/accountant.h"
#include "noise/noise.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/banned.h"

/* sigma^2 femto_rho >= 5e14 sensitivity^2 in 128 bits, for arguments that allow it. */
static bool suffices(int64_t sigma, int64_t sensitivity, int64_t femto_rho) {
    return (weir_uint128)sigma * (weir_uint128)sigma * (weir_uint128)femto_rho >=
           (weir_uint128)sensitivity * (weir_uint128)sensitivity * UINT64_C(500000000000000);
}

static void sigma_is_the_smallest_that_suffices(void **state) {
    (void)state;
    for (int64_t sensitivity = 1; sensitivity < INT64_C(1) << 34; sensitivity = sensitivity * 3 + 1)
        for (int64_t femto_rho = 1; femto_rho < INT64_C(1) << 50; femto_rho = femto_rho * 5 + 3) {
            int64_t sigma = weir_gaussian_sigma(sensitivity, femto_rho);
            if (sigma > INT64_C(1) << 37 || sigma == 0)
                continue; /* beyond 128 bits: the next test */
            assert_true(suffices(sigma, sensitivity, femto_rho));
            assert_true(sigma == 1 || !suffices(sigma - 1, sensitivity, femto_rho));
        }
    /* By hand: sensitivity 1, rho 1/2 gives sigma 1; one femto less gives 2. */
    assert_int_equal(weir_gaussian_sigma(1, 500000000000000), 1);
    assert_int_equal(weir_gaussian_sigma(1, 499999999999999), 2);
    assert_int_equal(weir_gaussian_sigma(1 << 20, 5000000000000), (1 << 20) * 10);
    assert_int_equal(weir_gaussian_sigma(1, INT64_MAX), 1);
}

/* Powers of two at the edge of the range, where the products need 190 bits. */
static void sigma_is_exact_at_the_edges(void **state) {
    (void)state;
    const int64_t half = 500000000000000; /* rho 1/2: sigma equals the sensitivity */
    assert_true(weir_gaussian_sigma(WEIR_NOISE_SCALE_MAX, half) == WEIR_NOISE_SCALE_MAX);
    assert_int_equal(weir_gaussian_sigma(WEIR_NOISE_SCALE_MAX, half - 1), 0);
    assert_int_equal(weir_gaussian_sigma(WEIR_NOISE_SCALE_MAX + 1, half), 0);
    assert_true(weir_gaussian_sigma(WEIR_NOISE_SCALE_MAX - 1, half) == WEIR_NOISE_SCALE_MAX - 1);
    assert_true(weir_gaussian_sigma(WEIR_NOISE_SCALE_MAX - 1, half + 1) ==
                WEIR_NOISE_SCALE_MAX - 1 - 36); /* (2^55 - 1)(1 - 1e-15), rounded up */
    assert_int_equal(weir_gaussian_sigma(INT64_MAX, half), 0);
    assert_true(weir_gaussian_sigma(INT64_MAX, INT64_MAX) == 0);
    assert_true(weir_gaussian_sigma(INT64_MAX / 2, INT64_MAX) > INT64_C(1) << 54);
    assert_int_equal(weir_gaussian_sigma(1, 0), 0);
    assert_int_equal(weir_gaussian_sigma(1, -5), 0);
    assert_int_equal(weir_gaussian_sigma(1, INT64_MIN), 0);
    assert_int_equal(weir_gaussian_sigma(1, 1), 22360680); /* ceil(sqrt(5e14)) */
}

static long double upper_tail(long double z) {
    return 0.5L * erfcl(z / sqrtl(2));
}

static void quantile_is_outward_and_tight(void **state) {
    (void)state;
    for (double tail = 0.49999; tail > 1e-300; tail *= 0.93) {
        double z = weir_normal_upper_quantile(tail);
        assert_true(upper_tail(z) <= tail);
        if (tail > 1e-289)
            assert_true(upper_tail(z * (1 - 1e-11) - 1e-11) > tail);
    }
    static const struct {
        double tail, z;
    } points[] = {
        {0.025, 1.95996398454005421},  {0.0125, 2.24140272760494535}, {0.005, 2.57582930354890075},
        {1e-3, 3.09023230616781354},   {1e-9, 5.99780701500768686},   {1e-20, 9.26234008979840758},
        {1e-100, 21.2734535609653243}, {0.4, 0.253347103135799741},
    };
    for (size_t i = 0; i < WEIR_COUNT(points); i++) {
        double z = weir_normal_upper_quantile(points[i].tail);
        assert_true(z >= points[i].z * (1 - 1e-16) && z <= points[i].z * (1 + 1e-11));
    }
    assert_true(isfinite(weir_normal_upper_quantile(DBL_TRUE_MIN)));
    assert_true(weir_normal_upper_quantile(DBL_TRUE_MIN) >= 38.4);
    assert_true(weir_normal_upper_quantile(nextafter(0.5, 0)) > 0);
}

/* P(|X| > h) of the discrete Gaussian by summation. */
static long double outside(double sigma, int64_t half_width) {
    long double inside = 0, total = 0;
    int64_t reach = (int64_t)(40 * sigma) + 10;
    for (int64_t x = reach; x >= 0; x--) {
        long double weight = expl(-(long double)x * (long double)x / (2.0L * sigma * sigma));
        weight *= x == 0 ? 1 : 2;
        total += weight;
        if (x <= half_width)
            inside += weight;
    }
    return 1 - inside / total;
}

static void interval_covers_the_discrete_gaussian(void **state) {
    (void)state;
    static const double confidences[] = {0.5, 0.95, 0.975, 0.99};
    for (int sigma = 1; sigma <= 200; sigma++)
        for (size_t c = 0; c < WEIR_COUNT(confidences); c++) {
            double half_width = weir_gaussian_half_width(sigma, confidences[c]);
            assert_true(half_width == floor(half_width));
            assert_true(outside(sigma, (int64_t)half_width) <= 1 - confidences[c] + 1e-15L);
            /* No wider than it needs to be: two less does not cover. */
            assert_true(half_width < 3 ||
                        outside(sigma, (int64_t)half_width - 2) > 1 - confidences[c]);
        }
    assert_true(weir_gaussian_half_width(0x1p55, 0.95) > 1.95 * 0x1p55);
    assert_true(weir_gaussian_half_width(0x1p55, 0.95) < 1.97 * 0x1p55);
    assert_true(weir_gaussian_half_width(1e-3, 0.95) == 1);
    assert_true(weir_gaussian_half_width(10, 1e-20) >= 0);
    assert_true(isfinite(weir_gaussian_half_width(10, nextafter(1, 0))));
}

/* P(1 + noise > threshold) with noise on the lattice of 2^-bits people, by summation of the tail;
 * the normaliser of the discrete Gaussian is at least sigma sqrt(2 pi) and, at these scales, equal
 * to it to within 1e-18. */
static long double exceedance(double sigma, double threshold, int bits) {
    long double scale = ldexpl((long double)sigma, bits), sum = 0;
    int64_t first = (int64_t)floorl(ldexpl((long double)threshold - 1, bits)) + 1;
    for (int64_t x = first + (int64_t)(12 * scale); x >= first; x--)
        sum += expl(-(long double)x * (long double)x / (2 * scale * scale));
    return sum / (scale * sqrtl(2 * acosl(-1)));
}

static void threshold_hides_a_group_of_one(void **state) {
    (void)state;
    static const double sigmas[] = {1e-5, 0.003, 0.01, 0.05};
    static const double chances[] = {0.3, 0.01, 1e-5, 1e-9, 1e-13, 1e-100};
    for (size_t s = 0; s < WEIR_COUNT(sigmas); s++)
        for (size_t d = 0; d < WEIR_COUNT(chances); d++)
            for (int bits = 20; bits <= 21; bits++) {
                double threshold = weir_selection_threshold(sigmas[s], chances[d], 0x1p-20, 1);
                long double chance = exceedance(sigmas[s], threshold, bits);
                assert_true(chance <= chances[d]);
                /* Tight: three lattice steps lower would let more through. */
                assert_true(exceedance(sigmas[s], threshold - 0x3p-20, bits) > chances[d]);
            }
}

static void threshold_grows_with_noise_and_with_caution(void **state) {
    (void)state;
    double last = 1;
    for (double sigma = 1e-9; sigma < 1e15; sigma *= 1.5) {
        double threshold = weir_selection_threshold(sigma, 1e-9, 0x1p-20, 1);
        assert_true(threshold > last);
        assert_true(threshold > weir_selection_threshold(sigma, 1e-8, 0x1p-20, 1));
        assert_true(upper_tail((threshold - 1) / sigma) <= 1e-9L);
        last = threshold;
    }
    /* 1 + 2^-20 + 10 * 5.99780701500768686 */
    assert_true(fabs(weir_selection_threshold(10, 1e-9, 0x1p-20, 1) -
                     (60.9780701500768686 + 0x1p-20)) < 1e-9);
    assert_true(isfinite(weir_selection_threshold(1e15, DBL_TRUE_MIN, 0x1p-20, 1)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigma_is_the_smallest_that_suffices),
        cmocka_unit_test(sigma_is_exact_at_the_edges),
        cmocka_unit_test(quantile_is_outward_and_tight),
        cmocka_unit_test(interval_covers_the_discrete_gaussian),
        cmocka_unit_test(threshold_hides_a_group_of_one),
        cmocka_unit_test(threshold_grows_with_noise_and_with_caution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
