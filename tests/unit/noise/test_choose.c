/* The exponential mechanism against exact probabilities, and what one unit more can do to them. */
#include "noise/noise.h"
#include "statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/banned.h"

enum { CHOICES_MAX = 40, DRAWS = 60000 };

static void probabilities(const uint64_t *energies, size_t count, double scale, double *chances) {
    double least = INFINITY, total = 0;
    for (size_t i = 0; i < count; i++)
        least = fmin(least, (double)energies[i]);
    for (size_t i = 0; i < count; i++)
        total += chances[i] = exp(-((double)energies[i] - least) / scale);
    for (size_t i = 0; i < count; i++)
        chances[i] /= total;
}

/* Pearson's chi-square over choices that expect at least 20 draws, the rest together. */
static double plausibility(const uint64_t *energies, size_t count, int64_t scale, double claimed,
                           unsigned char key) {
    struct fixed_entropy entropy;
    struct weir_error error = {0};
    double chances[CHOICES_MAX], seen[CHOICES_MAX] = {0}, statistic = 0;
    double rare_seen = 0, rare_expected = 0, cells = -1;
    fixed_entropy_start(&entropy, key);
    for (size_t i = 0; i < DRAWS; i++) {
        size_t choice = CHOICES_MAX;
        assert_true(weir_noise_choose(&entropy.env, energies, count, scale, &choice, &error).ok);
        assert_true(choice < count);
        seen[choice] += 1;
    }
    probabilities(energies, count, claimed, chances);
    for (size_t i = 0; i < count; i++) {
        double expected = chances[i] * DRAWS;
        if (expected < 20) {
            rare_seen += seen[i];
            rare_expected += expected;
            continue;
        }
        statistic += (seen[i] - expected) * (seen[i] - expected) / expected;
        cells++;
    }
    if (rare_expected >= 1) {
        statistic += (rare_seen - rare_expected) * (rare_seen - rare_expected) / rare_expected;
        cells++;
    }
    return chi_square_tail(statistic, cells);
}

static void choices_follow_their_exact_probabilities(void **state) {
    (void)state;
    const uint64_t flat[] = {7, 7, 7, 7, 7}, steps[] = {0, 3, 1, 10, 4, 4, 60, 2};
    const uint64_t steep[] = {1000000, 500000, 20, 0, 5, 11, 19, 33};
    uint64_t many[CHOICES_MAX];
    for (size_t i = 0; i < CHOICES_MAX; i++)
        many[i] = (uint64_t)(1 << 20) + (i * 37 % 41) * 100;
    assert_true(plausibility(flat, WEIR_COUNT(flat), 3, 3, 1) > 1e-4);
    assert_true(plausibility(steps, WEIR_COUNT(steps), 1, 1, 2) > 1e-4);
    assert_true(plausibility(steps, WEIR_COUNT(steps), 7, 7, 3) > 1e-4);
    assert_true(plausibility(steep, WEIR_COUNT(steep), 10, 10, 4) > 1e-4);
    assert_true(plausibility(many, CHOICES_MAX, 1024, 1024, 5) > 1e-4);
    assert_true(plausibility(many, CHOICES_MAX, 1024, 1100, 6) < 1e-4); /* a wrong scale */
}

static void one_choice_is_no_choice(void **state) {
    (void)state;
    const uint64_t alone[] = {(uint64_t)1 << 61};
    struct fixed_entropy entropy;
    struct weir_error error = {0};
    size_t choice = 9;
    fixed_entropy_start(&entropy, 7);
    assert_true(weir_noise_choose(&entropy.env, alone, 1, 5, &choice, &error).ok);
    assert_int_equal(choice, 0);
    const uint64_t two[] = {0, 0};
    fixed_entropy_start(&entropy, 8);
    entropy.fail_at = 1;
    assert_false(weir_noise_choose(&entropy.env, two, 2, 5, &choice, &error).ok);
}

/* The claim of noise.h, by the exact probabilities: with energies that one unit more raises by 0 to
 * d, the log-ratios of all choices lie within an interval of width d / scale, and the Renyi
 * divergence of every order is at most (d / scale)^2 / 8 times the order. */
static void one_unit_more_stays_within_the_bounded_range(void **state) {
    (void)state;
    const uint64_t d = 1024;
    uint64_t seed = 12345;
    for (int trial = 0; trial < 2000; trial++) {
        uint64_t energies[CHOICES_MAX], more[CHOICES_MAX];
        double before[CHOICES_MAX], after[CHOICES_MAX], scale = 200 + (double)(trial % 40) * 300;
        for (size_t i = 0; i < CHOICES_MAX; i++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            energies[i] = (seed >> 40) % 20000;
            more[i] = energies[i] + (i < (seed >> 33) % CHOICES_MAX ? d : 0);
        }
        probabilities(energies, CHOICES_MAX, scale, before);
        probabilities(more, CHOICES_MAX, scale, after);
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < CHOICES_MAX; i++) {
            double ratio = log(before[i] / after[i]);
            low = fmin(low, ratio);
            high = fmax(high, ratio);
        }
        double range = (double)d / scale;
        assert_true(high - low <= range + 1e-9 && low <= 1e-9 && high >= -1e-9);
        for (double order = 1.25; order < 40; order *= 1.7)
            for (int way = 0; way < 2; way++) {
                double sum = 0;
                for (size_t i = 0; i < CHOICES_MAX; i++)
                    sum += exp(way == 0 ? order * log(before[i]) + (1 - order) * log(after[i])
                                        : order * log(after[i]) + (1 - order) * log(before[i]));
                assert_true(log(sum) / (order - 1) <= range * range / 8 * order + 1e-9);
            }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choices_follow_their_exact_probabilities),
        cmocka_unit_test(one_choice_is_no_choice),
        cmocka_unit_test(one_unit_more_stays_within_the_bounded_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
