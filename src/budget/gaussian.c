/* From a price to the scale of the noise, and from the scale to intervals and thresholds. */
#include "budget/accountant.h"
#include "noise/noise.h"

#include <float.h>
#include <math.h>

#include "base/banned.h"

/* 192 bits: high * 2^64 + low. */
struct wide {
    weir_uint128 high;
    uint64_t low;
};

/* (2^128 - 1) * (2^64 - 1) < 2^192, and the sum below is its upper part: nothing overflows. */
static struct wide multiply_wide(weir_uint128 left, uint64_t right) {
    weir_uint128 low = (weir_uint128)(uint64_t)left * right;
    return (struct wide){(left >> 64) * right + (low >> 64), (uint64_t)low};
}

static bool at_least(struct wide left, struct wide right) {
    return left.high != right.high ? left.high > right.high : left.low >= right.low;
}

/* sensitivity^2 / (2 sigma^2) <= femto_rho / 10^15, without a division: sigma^2 femto_rho >= 5
 * 10^14 sensitivity^2. */
static bool sigma_suffices(int64_t sigma, int64_t sensitivity, int64_t femto_rho) {
    struct wide bought =
        multiply_wide((weir_uint128)sigma * (weir_uint128)sigma, (uint64_t)femto_rho);
    struct wide needed = multiply_wide((weir_uint128)sensitivity * (weir_uint128)sensitivity,
                                       UINT64_C(500000000000000));
    return at_least(bought, needed);
}

int64_t weir_gaussian_sigma(int64_t sensitivity, int64_t femto_rho) {
    weir_check(sensitivity >= 1);
    if (femto_rho <= 0 || !sigma_suffices(WEIR_NOISE_SCALE_MAX, sensitivity, femto_rho))
        return 0;
    int64_t low = 0, high = WEIR_NOISE_SCALE_MAX; /* low is too small, high suffices */
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (sigma_suffices(middle, sensitivity, femto_rho))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* erfc is within 5 ulp of its rounded argument; rounding z / sqrt(2) (relative 2^-52) moves it by a
 * factor of at most exp(z^2 2^-52), below 1 + 4e-13 for z <= 38. 1e-12 covers both. */
static bool tail_is_at_most(double z, double tail) {
    return 0.5 * erfc(z / sqrt(2)) * (1 + 1e-12) <= tail;
}

double weir_normal_upper_quantile(double tail) {
    weir_check(tail > 0 && tail < 0.5);
    /* P(N > z) <= exp(-z^2 / 2) / 2: a bound for every tail, and the answer where erfc would leave
     * the normal range of binary64. */
    double high = sqrt(-2 * log(2 * tail)) * (1 + 1e-12);
    if (tail < 1e-290)
        return high;
    weir_check(tail_is_at_most(high, tail));
    double low = 0;
    for (;;) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            return high;
        if (tail_is_at_most(middle, tail))
            high = middle;
        else
            low = middle;
    }
}

/* The discrete tail is bounded by the continuous one a step earlier (Canonne, Kamath, Steinke
 * 2020): for integers m >= 1, P(N_Z(0, s^2) >= m) <= P(N(0, s^2) >= m - 1). The sum over x >= m of
 * exp(-x^2 / (2 s^2)) is below the integral from m - 1, and its normaliser, the sum over all x, is
 * above the integral over all x (Poisson summation). For an integer h, P(|X| > h) = 2 P(X >= h + 1)
 * <= 2 P(N > h / s): so h = s z rounded up to an integer. */
double weir_gaussian_half_width(double sigma, double confidence) {
    weir_check(sigma > 0 && isfinite(sigma) && confidence > 0 && confidence < 1);
    double tail = nextafter((1 - confidence) / 2, 0);
    return ceil(nextafter(sigma * weir_normal_upper_quantile(tail), INFINITY));
}

/* On a lattice of step d, noise > tau - 1 means at least m = floor((tau - 1) / d) + 1 steps. By the
 * bound above that has probability at most P(N(0, sigma^2) >= (m - 1) d), and (m - 1) d > tau - 1 -
 * d. So tau = 1 + d + sigma z; for a weight w in place of 1, w + d + sigma z. */
static double threshold_of(double weight, double sigma, double tail, double step) {
    double noise = nextafter(sigma * weir_normal_upper_quantile(tail), INFINITY);
    double least = nextafter(weight + step, INFINITY);
    return nextafter(nextafter(noise + least, INFINITY), INFINITY);
}

/* Between powers of two the weight is at most that at the lower end, and the tail at least that at
 * the upper one. */
double weir_selection_threshold(double sigma, double delta, double step, int64_t most_groups) {
    weir_check(sigma > 0 && isfinite(sigma) && delta > 0 && delta < 0.5);
    weir_check(step > 0 && step <= 1 && most_groups >= 1);
    double highest = threshold_of(1, sigma, delta, step);
    for (int64_t low = 2; low <= most_groups; low = 2 * low) {
        int64_t high = 2 * low - 1 < most_groups ? 2 * low - 1 : most_groups;
        double weight = nextafter(1 / sqrt((double)low), INFINITY);
        double tail = nextafter(delta / (double)high, 0);
        highest = fmax(highest, threshold_of(weight, sigma, fmax(tail, DBL_TRUE_MIN), step));
        if (low > INT64_MAX / 2)
            break;
    }
    return highest;
}
