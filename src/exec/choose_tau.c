/* The choice of tau by the exponential mechanism.
 *
 * Clipping at tau loses what the units beyond it have there; noise grows with tau. A candidate's
 * energy is the number of units beyond it, which one unit more raises by 0 or 1, and a public part
 * that grows with the logarithm of tau. The choice then has probability proportional to tau^-4
 * exp(-(units beyond tau) e), e^2 / 8 being its price: it falls where some dozen units are beyond,
 * and the tail above that is so thin that the noise, in proportion to tau, keeps a mean and a
 * variance. (AboveThreshold for the same price sees counts through four times the noise, and where
 * its bar falls low it goes on to tau without end.) */
#include "exec/choose_tau.h"

#include "noise/noise.h"

#include <math.h>

#include "base/banned.h"

enum { COUNT_STEPS = 1024, TAIL_EXPONENT = 4 };
static const uint64_t most_units = (uint64_t)1 << 50;
static const int64_t largest_scale = (int64_t)1 << 50; /* times 4 ln(2^62), below 2^62 */
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

/* In steps of 1 / COUNT_STEPS units. */
static void fill_energies(const uint64_t *exceeding, size_t count, int64_t scale,
                          uint64_t *energies) {
    for (size_t i = 0; i < count; i++) {
        uint64_t beyond = exceeding[i] < most_units ? exceeding[i] : most_units;
        double size = TAIL_EXPONENT * log((double)weir_bounder_tau(i)) * (double)scale;
        energies[i] = beyond * COUNT_STEPS + (uint64_t)size;
    }
}

static weir_status choose(const struct weir_env *env, const uint64_t *exceeding,
                          const struct weir_measure *measure, struct weir_measure_noise *noise,
                          struct weir_error *error) {
    uint64_t energies[WEIR_BOUNDER_TAU_COUNT];
    size_t choice, count = candidate_count(measure->noise_rho);
    int64_t scale = weir_gaussian_sigma(COUNT_STEPS / 2, measure->tau_rho);
    if (scale == 0 || scale > largest_scale)
        return weir_fail(error, WEIR_ERROR_INTERNAL, "a price too small reached the release");
    fill_energies(exceeding, count, scale, energies);
    WEIR_TRY(weir_noise_choose(env, energies, count, scale, &choice, error));
    noise->tau = weir_bounder_tau(choice);
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
