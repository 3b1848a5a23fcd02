/* Noise on exact sums, and the numbers an answer shows.
 *
 * Neighbours: all rows of one unit more or less. Each measure's vector over the groups has an L2
 * sensitivity of tau (privacy/pass_bound.c), tau * 2^lattice_bits steps of its lattice; one
 * discrete Gaussian sample of sigma steps is added to each coordinate (Canonne, Kamath, Steinke
 * 2020, theorem 4), and sigma is what the measure's share of the price buys for that sensitivity.
 * What follows the noise is post-processing. Groups of unknown name appear when their noisy weight
 * exceeds the plan's threshold (budget/accountant.h). */
#include "exec/release.h"

#include "exec/release_private.h"
#include "noise/noise.h"

#include <math.h>

#include "base/banned.h"

double weir_release_half_width(const struct weir_measure *measure,
                               const struct weir_measure_noise *noise, double confidence) {
    double steps = weir_gaussian_half_width((double)noise->sigma, confidence);
    return ldexp(steps, -noise->lattice_bits) * measure->contribution.raw_unit;
}

/* One number with its noise: how it is read. */
struct noisy {
    const struct weir_measure *measure;
    const struct weir_measure_noise *noise;
    weir_int128 steps;
};

static struct noisy noisy_of(const struct weir_releasing *releasing, const weir_int128 *steps,
                             size_t measure) {
    return (struct noisy){&releasing->plan->measures[measure], &releasing->noise[measure],
                          steps[measure]};
}

static double half_width(struct noisy noisy) {
    return weir_release_half_width(noisy.measure, noisy.noise, WEIR_RELEASE_CONFIDENCE);
}

static double as_number(struct noisy noisy) {
    return ldexp((double)noisy.steps, -noisy.noise->lattice_bits) *
           noisy.measure->contribution.raw_unit;
}

/* Whole raw units, halves away from zero. */
static weir_int128 rounded(struct noisy noisy) {
    weir_int128 step = (weir_int128)1 << noisy.noise->lattice_bits;
    return (noisy.steps + (noisy.steps < 0 ? -step : step) / 2) / step;
}

/* ---- noise ---- */

static weir_status add_noise(struct weir_releasing *releasing, const weir_int128 *exact,
                             weir_int128 *noisy) {
    for (size_t i = 0; i < releasing->plan->measure_count; i++) {
        int64_t sample;
        WEIR_TRY(weir_noise_gaussian(releasing->env, releasing->noise[i].sigma, &sample,
                                     releasing->error));
        if (__builtin_add_overflow(exact[i], (weir_int128)sample, &noisy[i]))
            return weir_fail(releasing->error, WEIR_ERROR_INTERNAL, "a sum is too large");
    }
    return WEIR_OK;
}

static bool appears(const struct weir_releasing *releasing, const weir_int128 *noisy) {
    const struct weir_release_plan *plan = releasing->plan;
    if (plan->groups_declared)
        return true;
    double weight = as_number(noisy_of(releasing, noisy, plan->weight));
    return weight > plan->threshold && weight >= (double)plan->minimum_people;
}

/* ---- what an aggregate shows ---- */

static struct weir_value number(struct weir_value value, bool is_known) {
    return is_known ? value : weir_value_null(value.type);
}

/* A rounded number is off by half a unit more. */
static void show_sum(struct noisy sum, enum weir_type type, struct weir_value *shown,
                     struct weir_value *error_shown) {
    weir_int128 whole = rounded(sum);
    bool fits = whole >= INT64_MIN && whole <= INT64_MAX;
    if (type == WEIR_TYPE_DOUBLE)
        *shown = weir_value_double(as_number(sum));
    else if (type == WEIR_TYPE_NUMERIC)
        *shown = weir_value_numeric(whole, sum.measure->decimal_scale);
    else
        *shown = number(weir_value_integer(type, fits ? (int64_t)whole : 0), fits);
    double rounding = type == WEIR_TYPE_DOUBLE ? 0 : sum.measure->contribution.raw_unit / 2;
    *error_shown = number(weir_value_double(half_width(sum) + rounding), !shown->is_null);
}

/* Centre plus noisy centred sum over noisy count, kept within the declared range. The interval is
 * that of a ratio of two noisy numbers to first order, with the divisor at the low end of its own
 * interval; there is none where that reaches zero. */
static void show_average(struct noisy sum, struct noisy count, struct weir_value *shown,
                         struct weir_value *error_shown) {
    const struct weir_contribution *contribution = &sum.measure->contribution;
    double rows = as_number(count), least = rows - half_width(count);
    double offset = as_number(sum) / rows;
    double low = (double)contribution->low * contribution->raw_unit;
    double high = (double)contribution->high * contribution->raw_unit;
    double average = (double)contribution->centre * contribution->raw_unit + offset;
    double half = hypot(half_width(sum), offset * half_width(count));
    *shown = number(weir_value_double(fmin(fmax(average, low), high)), rows >= 1);
    *error_shown = number(weir_value_double(half / least), rows >= 1 && least > 0);
}

/* ---- the whole ---- */

static void show_group(const struct weir_releasing *releasing, const struct weir_value *keys,
                       const weir_int128 *noisy, struct weir_value *row) {
    const struct weir_release_plan *plan = releasing->plan;
    size_t keys_count = plan->key_count, count = plan->aggregate_count;
    for (size_t i = 0; i < keys_count; i++)
        row[i] = keys[i];
    for (size_t i = 0; i < count; i++) {
        const struct weir_released_aggregate *aggregate = &plan->aggregates[i];
        struct noisy value = noisy_of(releasing, noisy, aggregate->value);
        struct weir_value *shown = &row[keys_count + i], *error_shown = shown + count;
        if (aggregate->is_average)
            show_average(value, noisy_of(releasing, noisy, aggregate->divisor), shown, error_shown);
        else
            show_sum(value, plan->release->columns[keys_count + i].type, shown, error_shown);
    }
}

static weir_status show_groups(struct weir_releasing *releasing,
                               const struct weir_exact_groups *groups, struct weir_rows *rows) {
    const struct weir_release_plan *plan = releasing->plan;
    size_t width = plan->release->column_count;
    weir_int128 *noisy = WEIR_NEW_ARRAY(releasing->arena, plan->measure_count, weir_int128);
    enum weir_type *types = WEIR_NEW_ARRAY(releasing->arena, width, enum weir_type);
    struct weir_value *values =
        WEIR_NEW_ARRAY(releasing->arena, groups->count * width, struct weir_value);
    if (noisy == NULL || types == NULL || values == NULL)
        return WEIR_FAILED;
    *rows = (struct weir_rows){.column_count = width, .types = types, .values = values};
    for (size_t i = 0; i < width; i++)
        types[i] = plan->release->columns[i].type;
    for (size_t group = 0; group < groups->count; group++) {
        WEIR_TRY(add_noise(releasing, &groups->sums[group * plan->measure_count], noisy));
        if (appears(releasing, noisy))
            show_group(releasing, &groups->keys[group * plan->key_count], noisy,
                       &values[rows->row_count++ * width]);
    }
    return WEIR_OK;
}

weir_status weir_release(struct weir_arena *arena, const struct weir_env *env,
                         struct weir_backend *backend, struct weir_cancel *cancel,
                         const struct weir_release_options *options,
                         const struct weir_release_plan *plan, struct weir_released *released,
                         struct weir_error *error) {
    struct weir_releasing releasing = {.arena = arena,
                                       .env = env,
                                       .backend = backend,
                                       .cancel = cancel,
                                       .options = options,
                                       .plan = plan,
                                       .error = error};
    struct weir_exact_groups found, groups;
    releasing.noise = WEIR_NEW_ARRAY(arena, plan->measure_count, struct weir_measure_noise);
    if (releasing.noise == NULL)
        return WEIR_FAILED;
    bool is_summed = plan->one_row || plan->measure_count == 0;
    WEIR_TRY(is_summed ? weir_release_rows(&releasing, &found)
                       : weir_release_bounded(&releasing, &found));
    WEIR_TRY(weir_release_arrange(&releasing, &found, &groups));
    WEIR_TRY(show_groups(&releasing, &groups, &released->rows));
    released->measure_count = plan->measure_count;
    released->noise = releasing.noise;
    return WEIR_OK;
}
