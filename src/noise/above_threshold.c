/* The sparse vector technique over counts.
 *
 * Let D' be D with one unit more, f and f' the counts, so f'_i - f_i is 0 or 1, and let the answer
 * be k: noise_i > target + noise - f_i for all i < k, and not for k. From D to D' keep all noises
 * but noise_k, which goes down by f'_k - f_k: at most 1, at e^(1/scale) a step. From D' to D take 1
 * off `noise`, so that each i < k still passes, and let noise_k go down by at most 1 as well. Twice
 * a shift by one count, so e^(2 STEPS / scale) in either direction; an answer of none needs the
 * first shift alone. */
#include "noise/above_threshold.h"

#include "noise/noise.h"

#include "base/banned.h"

static const uint64_t largest_count = (uint64_t)1 << 50;

weir_status weir_noise_first_below(const struct weir_env *env, const uint64_t *counts, size_t count,
                                   int64_t target, int64_t scale, size_t *first,
                                   struct weir_error *error) {
    int64_t bar;
    weir_check(target >= 0 && (uint64_t)target <= largest_count);
    WEIR_TRY(weir_noise_laplace(env, scale, &bar, error));
    for (*first = 0; *first < count; ++*first) {
        weir_int128 noisy, limit = (weir_int128)target * WEIR_NOISE_COUNT_STEPS + bar;
        int64_t noise;
        uint64_t exact = counts[*first] < largest_count ? counts[*first] : largest_count;
        WEIR_TRY(weir_noise_laplace(env, scale, &noise, error));
        noisy = (weir_int128)exact * WEIR_NOISE_COUNT_STEPS + noise;
        if (noisy <= limit)
            return WEIR_OK;
    }
    return WEIR_OK;
}
