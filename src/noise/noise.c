/* The discrete Gaussian and the discrete Laplace, drawn exactly by rejection.
 *
 * Only one random primitive is used: an integer uniform below n. Every Bernoulli trial has a
 * rational probability n / d and is a comparison with such an integer, so nothing is rounded
 * anywhere. Products of rationals are never formed: a trial of probability a * b is a trial of a
 * and a trial of b. All quantities therefore stay below 2^64 (most below 2^55), and 128 bits are
 * not needed. */
#include "noise/noise.h"

#include <sodium.h>
#include <string.h>

#include "base/banned.h"

/* Entropy of one draw, fetched in blocks and wiped with the draw. */
struct source {
    const struct weir_env *env;
    struct weir_error *error;
    size_t used;
    unsigned char bytes[64];
};

/* gamma of exp(-gamma), in [0, 1]: fraction, or fraction^2 / 2. */
struct rate {
    uint64_t numerator, denominator; /* numerator <= denominator, denominator >= 1 */
    bool half_square;
};

/* |X| = remainder + scale * quotient, kept apart so that no draw can overflow before it is
 * accepted. */
struct magnitude {
    uint64_t remainder; /* below the scale */
    uint64_t quotient;
};

static weir_status next_bytes(struct source *source, size_t count, uint64_t *bits) {
    *bits = 0;
    for (size_t i = 0; i < count; i++) {
        if (source->used == sizeof source->bytes) {
            WEIR_TRY(source->env->entropy(source->env->state, source->bytes, sizeof source->bytes,
                                          source->error));
            source->used = 0;
        }
        *bits = *bits << 8 | source->bytes[source->used++];
    }
    return WEIR_OK;
}

/* Uniform on 0..bound-1: bits masked to the width of bound-1, drawn again while they are not below
 * bound. Each try succeeds with probability above 1/2. */
static weir_status uniform_below(struct source *source, uint64_t bound, uint64_t *value) {
    weir_check(bound >= 1);
    *value = 0;
    if (bound == 1)
        return WEIR_OK;
    int width = 64 - __builtin_clzll(bound - 1);
    uint64_t mask = UINT64_MAX >> (64 - width);
    do {
        WEIR_TRY(next_bytes(source, (size_t)(width + 7) / 8, value));
        *value &= mask;
    } while (*value >= bound);
    return WEIR_OK;
}

static weir_status bernoulli(struct source *source, uint64_t numerator, uint64_t denominator,
                             bool *result) {
    uint64_t value;
    *result = false;
    WEIR_TRY(uniform_below(source, denominator, &value));
    *result = value < numerator;
    return WEIR_OK;
}

/* Bernoulli(gamma). */
static weir_status bernoulli_rate(struct source *source, struct rate rate, bool *result) {
    WEIR_TRY(bernoulli(source, rate.numerator, rate.denominator, result));
    if (!rate.half_square || !*result)
        return WEIR_OK;
    WEIR_TRY(bernoulli(source, rate.numerator, rate.denominator, result));
    if (!*result)
        return WEIR_OK;
    return bernoulli(source, 1, 2, result);
}

/* Bernoulli(exp(-gamma)), gamma in [0, 1] (algorithm 1): the first k at which Bernoulli(gamma / k)
 * fails is odd with probability exp(-gamma). k reaches n with probability at most 1 / (n - 1)!, so
 * it cannot wrap. */
static weir_status bernoulli_exp(struct source *source, struct rate rate, bool *result) {
    bool goes_on = true;
    uint64_t k = 0;
    while (goes_on) {
        k++;
        WEIR_TRY(bernoulli(source, 1, k, &goes_on));
        if (goes_on)
            WEIR_TRY(bernoulli_rate(source, rate, &goes_on));
    }
    *result = k % 2 == 1;
    return WEIR_OK;
}

/* Bernoulli(exp(-gamma * count)) as count trials of which all must succeed. */
static weir_status bernoulli_exp_times(struct source *source, struct rate rate, uint64_t count,
                                       bool *result) {
    *result = true;
    for (uint64_t i = 0; i < count && *result; i++)
        WEIR_TRY(bernoulli_exp(source, rate, result));
    return WEIR_OK;
}

/* |X| of a discrete Laplace without its sign (algorithm 2 with s = 1): remainder r with probability
 * proportional to exp(-r / scale), quotient geometric with ratio exp(-1). The quotient counts
 * successes of probability 1/e and so cannot wrap. */
static weir_status draw_magnitude(struct source *source, uint64_t scale, struct magnitude *drawn) {
    bool result = false;
    while (!result) {
        WEIR_TRY(uniform_below(source, scale, &drawn->remainder));
        WEIR_TRY(bernoulli_exp(source, (struct rate){drawn->remainder, scale, false}, &result));
    }
    for (drawn->quotient = 0; result; drawn->quotient += result)
        WEIR_TRY(bernoulli_exp(source, (struct rate){1, 1, false}, &result));
    return WEIR_OK;
}

/* Sign and magnitude of a discrete Laplace. Minus zero is drawn again: else zero would count twice.
 */
static weir_status draw_laplace(struct source *source, uint64_t scale, struct magnitude *drawn,
                                bool *negative) {
    do {
        WEIR_TRY(draw_magnitude(source, scale, drawn));
        WEIR_TRY(bernoulli(source, 1, 2, negative));
    } while (*negative && drawn->remainder == 0 && drawn->quotient == 0);
    return WEIR_OK;
}

/* Bernoulli(exp(-(|Y| - sigma)^2 / (2 sigma^2))) for |Y| = r + sigma * v (algorithm 3 with t =
 * sigma).
 *
 * The proposal's scale t may be any integer from 1: the target divided by the proposal is
 * exp(-y^2 / (2 sigma^2) + |y| / t) = exp(-(|y| - sigma^2 / t)^2 / (2 sigma^2)) times a constant,
 * so accepting with that probability leaves exactly the target; t changes only how often (about 3
 * of 4 here). With t = sigma: v = 0:  ((sigma - r) / sigma)^2 / 2 v > 0:  with w = v - 1: w^2 / 2 +
 * w * (r / sigma) + (r / sigma)^2 / 2 and a product of exponentials is a conjunction of trials, so
 * neither |Y| nor a square is ever computed. */
static weir_status accept_gaussian(struct source *source, uint64_t sigma, struct magnitude drawn,
                                   bool *result) {
    if (drawn.quotient == 0)
        return bernoulli_exp(source, (struct rate){sigma - drawn.remainder, sigma, true}, result);
    const uint64_t whole = drawn.quotient - 1;
    *result = true;
    for (uint64_t i = 0; i < whole && *result; i++) /* exp(-1/2), whole * whole times */
        WEIR_TRY(bernoulli_exp_times(source, (struct rate){1, 2, false}, whole, result));
    const struct rate linear = {drawn.remainder, sigma, false};
    const struct rate square = {drawn.remainder, sigma, true};
    if (*result)
        WEIR_TRY(bernoulli_exp_times(source, linear, whole, result));
    if (*result)
        WEIR_TRY(bernoulli_exp(source, square, result));
    return WEIR_OK;
}

static weir_status draw_gaussian(struct source *source, uint64_t sigma, struct magnitude *drawn,
                                 bool *negative) {
    bool accepted = false;
    while (!accepted) {
        WEIR_TRY(draw_laplace(source, sigma, drawn, negative));
        WEIR_TRY(accept_gaussian(source, sigma, *drawn, &accepted));
    }
    return WEIR_OK;
}

/* The signed integer. It leaves int64_t only when quotient >= 2^63 / scale - 1 >= 255: for the
 * Laplace P(quotient >= 255) = e^-255; for the Gaussian P(|X| >= 255 sigma) < 2 e^-32000. */
static weir_status assemble(struct source *source, uint64_t scale, struct magnitude drawn,
                            bool negative, int64_t *sample) {
    if (drawn.quotient > ((uint64_t)INT64_MAX - drawn.remainder) / scale)
        return weir_fail(source->error, WEIR_ERROR_INTERNAL, "noise beyond 64 bits was drawn");
    int64_t absolute = (int64_t)(drawn.remainder + scale * drawn.quotient);
    *sample = negative ? -absolute : absolute;
    return WEIR_OK;
}

typedef weir_status draw_function(struct source *source, uint64_t scale, struct magnitude *drawn,
                                  bool *negative);

static weir_status sample_with(draw_function *draw, const struct weir_env *env, int64_t scale,
                               int64_t *sample, struct weir_error *error) {
    weir_check(scale >= 1 && scale <= WEIR_NOISE_SCALE_MAX);
    struct source source = {.env = env, .error = error, .used = sizeof source.bytes};
    struct magnitude drawn = {0};
    bool negative = false;
    *sample = 0;
    weir_status status = draw(&source, (uint64_t)scale, &drawn, &negative);
    if (status.ok)
        status = assemble(&source, (uint64_t)scale, drawn, negative, sample);
    sodium_memzero(&source, sizeof source);
    sodium_memzero(&drawn, sizeof drawn);
    return status;
}

weir_status weir_noise_gaussian(const struct weir_env *env, int64_t sigma, int64_t *sample,
                                struct weir_error *error) {
    return sample_with(draw_gaussian, env, sigma, sample, error);
}

weir_status weir_noise_laplace(const struct weir_env *env, int64_t scale, int64_t *sample,
                               struct weir_error *error) {
    return sample_with(draw_laplace, env, scale, sample, error);
}

/* Rejection: a choice drawn uniformly is kept with probability exp(-(its energy - the least) /
 * scale). The least itself is always kept, so about `count` draws at most are expected. */
static weir_status choose(struct source *source, const uint64_t *energies, size_t count,
                          uint64_t scale, size_t *choice) {
    uint64_t least = energies[0], drawn;
    bool kept = false;
    for (size_t i = 1; i < count; i++)
        least = energies[i] < least ? energies[i] : least;
    while (!kept) {
        WEIR_TRY(uniform_below(source, count, &drawn));
        uint64_t excess = energies[drawn] - least;
        WEIR_TRY(bernoulli_exp_times(source, (struct rate){1, 1, false}, excess / scale, &kept));
        if (kept)
            WEIR_TRY(bernoulli_exp(source, (struct rate){excess % scale, scale, false}, &kept));
    }
    *choice = (size_t)drawn;
    return WEIR_OK;
}

weir_status weir_noise_choose(const struct weir_env *env, const uint64_t *energies, size_t count,
                              int64_t scale, size_t *choice, struct weir_error *error) {
    struct source source = {.env = env, .error = error, .used = sizeof source.bytes};
    *choice = 0;
    weir_check(count >= 1 && scale >= 1 && scale <= WEIR_NOISE_SCALE_MAX);
    weir_status status = choose(&source, energies, count, (uint64_t)scale, choice);
    sodium_memzero(&source, sizeof source);
    return status;
}
