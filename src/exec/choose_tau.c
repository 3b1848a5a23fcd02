/* The choice of tau by AboveThreshold on "how many units have a norm beyond it".
 *
 * Clipping at tau loses what the units beyond it have there; noise grows with tau. Raising tau by
 * one wins at most one for each unit beyond it in each sum, and costs 1 / sqrt(2 rho) in noise: so
 * the first tau that about so many units exceed is near the best. */
#include "exec/choose_tau.h"

#include "noise/above_threshold.h"
#include "noise/noise.h"

#include <math.h>

#include "base/banned.h"

static const double confidence = 0.95;

static int64_t sigma_of(int64_t tau, int64_t femto_rho) {
    return weir_gaussian_sigma(tau << weir_contribution_lattice_bits(tau), femto_rho);
}

/* How many candidates have a noise scale at all: what may be chosen does not depend on the data. */
static size_t candidate_count(int64_t femto_rho) {
    size_t count = WEIR_BOUNDER_TAU_COUNT;
    while (count > 1 && sigma_of(weir_bounder_tau(count - 1), femto_rho) == 0)
        count--;
    return count;
}

/* exceeding[i]: units with a norm beyond candidate i. */
static void count_exceeding(const uint64_t *histogram, uint64_t *exceeding) {
    uint64_t beyond = histogram[WEIR_BOUNDER_TAU_COUNT];
    for (size_t i = WEIR_BOUNDER_TAU_COUNT; i-- > 0;) {
        exceeding[i] = beyond;
        beyond += histogram[i];
    }
}

static weir_status choose(const struct weir_env *env, const uint64_t *exceeding,
                          const struct weir_measure *measure, struct weir_measure_noise *noise,
                          struct weir_error *error) {
    size_t first, count = candidate_count(measure->noise_rho);
    int64_t scale = weir_gaussian_sigma(2 * WEIR_NOISE_COUNT_STEPS, measure->tau_rho);
    double target = floor(1 / sqrt(2e-15 * (double)measure->noise_rho));
    if (scale == 0)
        return weir_fail(error, WEIR_ERROR_INTERNAL, "a price without noise reached the release");
    WEIR_TRY(weir_noise_first_below(env, exceeding, count - 1, (int64_t)fmin(target, 1e9), scale,
                                    &first, error));
    noise->tau = weir_bounder_tau(first);
    noise->lattice_bits = weir_contribution_lattice_bits(noise->tau);
    noise->sigma = sigma_of(noise->tau, measure->noise_rho);
    return WEIR_OK;
}

/* One unit more changes the number of those beyond tau by at most one. */
static weir_status tell_clipped(const struct weir_env *env, const uint64_t *histogram,
                                const struct weir_measure *measure,
                                struct weir_measure_noise *noise, struct weir_error *error) {
    int64_t sample, sigma = weir_gaussian_sigma(1, measure->clipped_rho);
    uint64_t beyond = histogram[WEIR_BOUNDER_TAU_COUNT];
    for (size_t i = WEIR_BOUNDER_TAU_COUNT; i-- > 0 && weir_bounder_tau(i) > noise->tau;)
        beyond += histogram[i];
    WEIR_TRY(weir_noise_gaussian(env, sigma, &sample, error));
    noise->tells_clipped = true;
    noise->clipped = (double)beyond + (double)sample;
    noise->clipped_half_width = weir_gaussian_half_width((double)sigma, confidence);
    return WEIR_OK;
}

weir_status weir_choose_tau(const struct weir_env *env, const struct weir_bounder *bounder,
                            size_t place, const struct weir_measure *measure,
                            struct weir_measure_noise *noise, struct weir_error *error) {
    const uint64_t *histogram = weir_bounder_histogram(bounder, place);
    uint64_t exceeding[WEIR_BOUNDER_TAU_COUNT];
    *noise = measure->noise;
    if (noise->tau == 0) {
        count_exceeding(histogram, exceeding);
        WEIR_TRY(choose(env, exceeding, measure, noise, error));
    }
    return measure->clipped_rho == 0 ? WEIR_OK
                                     : tell_clipped(env, histogram, measure, noise, error);
}
