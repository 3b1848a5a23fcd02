/* The samplers against exact probabilities, on a fixed stream of entropy; and the tests against
 * planted faults, so that passing means something. */
#include "noise/noise.h"
#include "statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/banned.h"

typedef weir_status sampler(const struct weir_env *env, int64_t scale, int64_t *sample,
                            struct weir_error *error);

enum { DRAWS = 150000 };
static int64_t draws[DRAWS];

/* One chance in 10,000 either way, were the stream not fixed. */
static void assert_plausible(double p) {
    assert_true(p > 1e-4 && p < 1 - 1e-4);
}

static void draw_all(sampler *sample, int64_t scale, unsigned char key, size_t count) {
    struct fixed_entropy entropy;
    struct weir_error error = {0};
    fixed_entropy_start(&entropy, key);
    for (size_t i = 0; i < count; i++)
        assert_true(sample(&entropy.env, scale, &draws[i], &error).ok);
}

static void gaussian_follows_its_exact_probabilities(void **state) {
    (void)state;
    static const int64_t sigmas[] = {1, 2, 3, 10, 65};
    for (size_t i = 0; i < WEIR_COUNT(sigmas); i++) {
        draw_all(weir_noise_gaussian, sigmas[i], (unsigned char)(i + 1), DRAWS);
        assert_plausible(chi_square_p(draws, DRAWS, gaussian_weight, (long double)sigmas[i]));
    }
}

static void laplace_follows_its_exact_probabilities(void **state) {
    (void)state;
    static const int64_t scales[] = {1, 2, 7, 40};
    for (size_t i = 0; i < WEIR_COUNT(scales); i++) {
        draw_all(weir_noise_laplace, scales[i], (unsigned char)(i + 11), DRAWS);
        assert_plausible(chi_square_p(draws, DRAWS, laplace_weight, (long double)scales[i]));
    }
}

/* The same statistic refuses what is nearly right: a wrong scale, a zero counted twice, a rounded
 * continuous Gaussian, a modulo bias. */
static void planted_faults_are_caught(void **state) {
    (void)state;
    draw_all(weir_noise_gaussian, 5, 21, DRAWS);
    assert_true(chi_square_p(draws, DRAWS, gaussian_weight, 10) < 1e-12);
    draw_all(weir_noise_gaussian, 65, 22, DRAWS);
    assert_true(chi_square_p(draws, DRAWS, gaussian_weight, 68) < 1e-12);
    draw_all(weir_noise_laplace, 2, 23, DRAWS);
    for (size_t i = 1; i < DRAWS; i += 2)
        if (draws[i - 1] == 0 && draws[i] < 0)
            draws[i] = 0;
    assert_true(chi_square_p(draws, DRAWS, laplace_weight, 2) < 1e-12);
    draw_all(weir_noise_gaussian, INT64_C(1) << 40, 24, DRAWS);
    for (size_t i = 0; i < DRAWS; i++)
        draws[i] = llround((double)draws[i] * 0x1p-40); /* sigma 1, rounded: variance 1 + 1/12 */
    assert_true(chi_square_p(draws, DRAWS, gaussian_weight, 1) < 1e-12);
    draw_all(weir_noise_gaussian, 10, 25, DRAWS);
    for (size_t i = 0; i < DRAWS; i += 20)
        draws[i] = llabs(draws[i]);
    assert_true(chi_square_p(draws, DRAWS, gaussian_weight, 10) < 1e-12);
}

static double normal_cumulative(double z) {
    return 0.5 * erfc(-z / sqrt(2));
}

static double laplace_cumulative(double z) {
    return z < 0 ? 0.5 * exp(z) : 1 - 0.5 * exp(-z);
}

/* Within five standard errors: mean, variance, and fourth moment of draws / scale. */
static void assert_moments(size_t count, double scale, double second, double fourth,
                           double eighth) {
    double sums[3] = {0}, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        double z = (double)draws[i] / scale;
        sums[0] += z;
        sums[1] += z * z;
        sums[2] += z * z * z * z;
    }
    assert_true(fabs(sums[0] / n) < 5 * sqrt(second / n));
    assert_true(fabs(sums[1] / n - second) < 5 * sqrt((fourth - second * second) / n));
    assert_true(fabs(sums[2] / n - fourth) < 5 * sqrt((eighth - fourth * fourth) / n));
}

/* At a large scale every residue is equally likely: the low bits carry no pattern. */
static void assert_low_bits_uniform(size_t count) {
    double seen[64] = {0}, statistic = 0, expected = (double)count / 64;
    for (size_t i = 0; i < count; i++)
        seen[(uint64_t)draws[i] % 64] += 1;
    for (size_t i = 0; i < 64; i++)
        statistic += (seen[i] - expected) * (seen[i] - expected) / expected;
    assert_plausible(chi_square_tail(statistic, 63));
}

static void large_scales_follow_their_continuous_limit(void **state) {
    (void)state;
    static const int64_t scales[] = {1000003, INT64_C(1) << 40, WEIR_NOISE_SCALE_MAX - 1,
                                     WEIR_NOISE_SCALE_MAX};
    const size_t count = 60000;
    for (size_t i = 0; i < WEIR_COUNT(scales); i++) {
        double scale = (double)scales[i];
        draw_all(weir_noise_gaussian, scales[i], (unsigned char)(i + 31), count);
        assert_moments(count, scale, 1, 3, 105);
        assert_low_bits_uniform(count);
        assert_plausible(kolmogorov_p(draws, count, scale, normal_cumulative));
        assert_true(kolmogorov_p(draws, count, scale * 1.06, normal_cumulative) < 1e-4);
        draw_all(weir_noise_laplace, scales[i], (unsigned char)(i + 41), count);
        assert_moments(count, scale, 2, 24, 40320);
        assert_low_bits_uniform(count);
        assert_plausible(kolmogorov_p(draws, count, scale, laplace_cumulative));
        assert_true(kolmogorov_p(draws, count, scale * 1.08, laplace_cumulative) < 1e-4);
    }
}

static void draws_do_not_depend_on_each_other(void **state) {
    (void)state;
    draw_all(weir_noise_gaussian, 1000, 51, DRAWS);
    double sum = 0, squares = 0;
    for (size_t i = 1; i < DRAWS; i++) {
        sum += (double)draws[i] * (double)draws[i - 1] / 1e6;
        squares += ((double)draws[i] * (double)draws[i] / 1e6 - 1) *
                   ((double)draws[i - 1] * (double)draws[i - 1] / 1e6 - 1);
    }
    assert_true(fabs(sum) < 5 * sqrt(DRAWS));
    assert_true(fabs(squares) < 5 * 2 * sqrt(DRAWS));
}

/* For many streams: fails at call n for every n that the draw makes, and succeeds when n lies
 * beyond. */
static void entropy_failing_anywhere_fails_the_draw(void **state) {
    (void)state;
    sampler *const samplers[] = {weir_noise_gaussian, weir_noise_laplace};
    uint64_t most = 0;
    for (size_t which = 0; which < WEIR_COUNT(samplers); which++)
        for (unsigned key = 0; key < 256; key++) {
            struct fixed_entropy entropy;
            struct weir_error error = {0};
            int64_t sample = 1;
            fixed_entropy_start(&entropy, (unsigned char)key);
            assert_true(samplers[which](&entropy.env, INT64_C(1) << 50, &sample, &error).ok);
            uint64_t calls = entropy.calls;
            most = calls > most ? calls : most;
            for (uint64_t fail_at = 1; fail_at <= calls; fail_at++) {
                fixed_entropy_start(&entropy, (unsigned char)key);
                entropy.fail_at = fail_at;
                weir_error_clear(&error);
                sample = 1;
                assert_false(samplers[which](&entropy.env, INT64_C(1) << 50, &sample, &error).ok);
                assert_int_equal(error.class, WEIR_ERROR_SYSTEM);
                assert_int_equal(sample, 0);
                assert_int_equal(entropy.calls, fail_at);
            }
        }
    assert_true(most >= 3);
}

/* Bytes that make the Laplace sampler at scale 2^55 draw remainder 0, then a chosen quotient. A
 * trial of exp(-1) reads a byte for 1/2 and a byte for 1/3: 0 then 1 stop its series at 3
 * (success), 1 stops it at 2 (failure). */
struct scripted {
    size_t at, successes;
    unsigned char sign;
};

static unsigned char scripted_byte(struct scripted *script) {
    const size_t start = 14; /* 7 bytes for the remainder, 7 for the trial that keeps it */
    size_t at = script->at++;
    if (at < start)
        return 0;
    if (at < start + 2 * script->successes)
        return (at - start) % 2 == 1;
    return at == start + 2 * script->successes ? 1 : script->sign;
}

static weir_status scripted_bytes(void *state, void *bytes, size_t len, struct weir_error *error) {
    (void)error;
    for (size_t i = 0; i < len; i++)
        ((unsigned char *)bytes)[i] = scripted_byte(state);
    return WEIR_OK;
}

static weir_status draw_scripted(size_t quotient, unsigned char sign, int64_t *sample,
                                 struct weir_error *error) {
    struct scripted script = {.successes = quotient, .sign = sign};
    struct weir_env env = *weir_env_system();
    env.state = &script;
    env.entropy = scripted_bytes;
    return weir_noise_laplace(&env, WEIR_NOISE_SCALE_MAX, sample, error);
}

static void a_sample_beyond_64_bits_is_refused_not_clamped(void **state) {
    (void)state;
    struct weir_error error = {0};
    int64_t sample;
    assert_true(draw_scripted(3, 1, &sample, &error).ok);
    assert_true(sample == 3 * WEIR_NOISE_SCALE_MAX);
    assert_true(draw_scripted(255, 1, &sample, &error).ok);
    assert_true(sample == 255 * WEIR_NOISE_SCALE_MAX);
    assert_true(draw_scripted(255, 0, &sample, &error).ok);
    assert_true(sample == -255 * WEIR_NOISE_SCALE_MAX);
    assert_false(draw_scripted(256, 1, &sample, &error).ok);
    assert_int_equal(error.class, WEIR_ERROR_INTERNAL);
    assert_int_equal(sample, 0);
    weir_error_clear(&error);
    assert_false(draw_scripted(100000, 0, &sample, &error).ok);
    assert_int_equal(error.class, WEIR_ERROR_INTERNAL);
}

int main(void) {
    struct weir_error error = {0};
    weir_check(weir_env_initialise(&error).ok);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_follows_its_exact_probabilities),
        cmocka_unit_test(laplace_follows_its_exact_probabilities),
        cmocka_unit_test(planted_faults_are_caught),
        cmocka_unit_test(large_scales_follow_their_continuous_limit),
        cmocka_unit_test(draws_do_not_depend_on_each_other),
        cmocka_unit_test(entropy_failing_anywhere_fails_the_draw),
        cmocka_unit_test(a_sample_beyond_64_bits_is_refused_not_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
