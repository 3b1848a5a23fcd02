/* Noise on exact sums, and the numbers an answer shows.
 *
 * Neighbours: all rows of one unit more or less. Each measure's vector over the groups has the L2
 * sensitivity that privacy/pass_bound.c derives, in lattice units; one discrete Gaussian sample of
 * the plan's sigma is added to each coordinate (Canonne, Kamath, Steinke 2020, theorem 4). What
 * follows the noise is post-processing. Groups of unknown name appear when their noisy number of
 * people exceeds the plan's threshold (budget/accountant.h). */
#include "exec/release.h"

#include "exec/release_private.h"
#include "noise/noise.h"

#include <math.h>

#include "base/banned.h"

struct releasing {
    struct weir_arena *arena;
    const struct weir_env *env;
    const struct weir_release_plan *plan;
    struct weir_error *error;
    struct weir_value *values; /* of the rows that appear */
    size_t row_count;
};

double weir_release_half_width(const struct weir_measure *measure, double confidence) {
    double steps = weir_gaussian_half_width((double)measure->sigma, confidence);
    return ldexp(steps, -measure->contribution.lattice_bits) * measure->contribution.raw_unit;
}

static double half_width(const struct weir_measure *measure) {
    return weir_release_half_width(measure, WEIR_RELEASE_CONFIDENCE);
}

/* ---- one noisy vector ---- */

/* In lattice steps. No sum of bounded values comes near the end of 128 bits. */
static weir_status add_noise(struct releasing *releasing, const weir_int128 *exact,
                             weir_int128 *noisy) {
    const struct weir_release_plan *plan = releasing->plan;
    for (size_t i = 0; i < plan->measure_count; i++) {
        const struct weir_measure *measure = &plan->measures[i];
        int64_t sample;
        WEIR_TRY(weir_noise_gaussian(releasing->env, measure->sigma, &sample, releasing->error));
        if (__builtin_mul_overflow(exact[i], (weir_int128)1 << measure->contribution.lattice_bits,
                                   &noisy[i]) ||
            __builtin_add_overflow(noisy[i], (weir_int128)sample, &noisy[i]))
            return weir_fail(releasing->error, WEIR_ERROR_INTERNAL, "a sum is too large");
    }
    return WEIR_OK;
}

static double as_number(const struct weir_measure *measure, weir_int128 noisy) {
    return ldexp((double)noisy, -measure->contribution.lattice_bits) *
           measure->contribution.raw_unit;
}

/* Whole raw units, halves away from zero. */
static weir_int128 rounded(const struct weir_measure *measure, weir_int128 noisy) {
    weir_int128 step = (weir_int128)1 << measure->contribution.lattice_bits;
    return (noisy + (noisy < 0 ? -step : step) / 2) / step;
}

static bool appears(const struct releasing *releasing, const weir_int128 *noisy) {
    const struct weir_release_plan *plan = releasing->plan;
    if (plan->groups_declared)
        return true;
    double people = as_number(&plan->measures[plan->people], noisy[plan->people]);
    return people > plan->threshold && people >= (double)plan->minimum_people;
}

/* ---- what an aggregate shows ---- */

static struct weir_value number(struct weir_value value, bool is_known) {
    return is_known ? value : weir_value_null(value.type);
}

/* A rounded number is off by half a unit more. */
static void show_sum(const struct weir_measure *measure, enum weir_type type, weir_int128 noisy,
                     struct weir_value *shown, struct weir_value *error_shown) {
    double half = half_width(measure);
    weir_int128 whole = rounded(measure, noisy);
    bool fits = whole >= INT64_MIN && whole <= INT64_MAX;
    if (type == WEIR_TYPE_DOUBLE)
        *shown = weir_value_double(as_number(measure, noisy));
    else if (type == WEIR_TYPE_NUMERIC)
        *shown = weir_value_numeric(whole, measure->decimal_scale);
    else
        *shown = number(weir_value_integer(type, fits ? (int64_t)whole : 0), fits);
    double rounding = type == WEIR_TYPE_DOUBLE ? 0 : measure->contribution.raw_unit / 2;
    *error_shown = number(weir_value_double(half + rounding), !shown->is_null);
}

/* Centre plus noisy centred sum over noisy count, kept within the declared range. The interval is
 * that of a ratio of two noisy numbers to first order, with the divisor at the low end of its own
 * interval; there is none where that reaches zero. */
static void show_average(const struct weir_measure *sum, const struct weir_measure *count,
                         weir_int128 noisy_sum, weir_int128 noisy_count, struct weir_value *shown,
                         struct weir_value *error_shown) {
    const struct weir_contribution *contribution = &sum->contribution;
    double people = as_number(count, noisy_count), least = people - half_width(count);
    double offset = as_number(sum, noisy_sum) / people;
    double low = (double)contribution->low * contribution->raw_unit;
    double high = (double)contribution->high * contribution->raw_unit;
    double average = (double)contribution->centre * contribution->raw_unit + offset;
    double half = hypot(half_width(sum), offset * half_width(count));
    *shown = number(weir_value_double(fmin(fmax(average, low), high)), people >= 1);
    *error_shown = number(weir_value_double(half / least), people >= 1 && least > 0);
}

static void show_aggregate(const struct releasing *releasing, size_t place, enum weir_type type,
                           const weir_int128 *noisy, struct weir_value *shown,
                           struct weir_value *error_shown) {
    const struct weir_release_plan *plan = releasing->plan;
    const struct weir_released_aggregate *aggregate = &plan->aggregates[place];
    const struct weir_measure *value = &plan->measures[aggregate->value];
    if (aggregate->is_average)
        show_average(value, &plan->measures[aggregate->divisor], noisy[aggregate->value],
                     noisy[aggregate->divisor], shown, error_shown);
    else
        show_sum(value, type, noisy[aggregate->value], shown, error_shown);
}

/* ---- the whole ---- */

static void show_group(struct releasing *releasing, const struct weir_value *keys,
                       const weir_int128 *noisy) {
    const struct weir_release_plan *plan = releasing->plan;
    const struct weir_relation *release = plan->release;
    struct weir_value *row = &releasing->values[releasing->row_count * release->column_count];
    for (size_t i = 0; i < plan->key_count; i++)
        row[i] = keys[i];
    for (size_t i = 0; i < plan->aggregate_count; i++)
        show_aggregate(releasing, i, release->columns[plan->key_count + i].type, noisy,
                       &row[plan->key_count + i],
                       &row[plan->key_count + plan->aggregate_count + i]);
    releasing->row_count++;
}

static weir_status show_groups(struct releasing *releasing,
                               const struct weir_exact_groups *groups) {
    const struct weir_release_plan *plan = releasing->plan;
    weir_int128 *noisy = WEIR_NEW_ARRAY(releasing->arena, plan->measure_count, weir_int128);
    releasing->values = WEIR_NEW_ARRAY(
        releasing->arena, groups->count * plan->release->column_count, struct weir_value);
    if (noisy == NULL || releasing->values == NULL)
        return WEIR_FAILED;
    for (size_t group = 0; group < groups->count; group++) {
        WEIR_TRY(add_noise(releasing, &groups->sums[group * plan->measure_count], noisy));
        if (appears(releasing, noisy))
            show_group(releasing, &groups->keys[group * plan->key_count], noisy);
    }
    return WEIR_OK;
}

weir_status weir_release(struct weir_arena *arena, const struct weir_env *env,
                         struct weir_backend *backend, struct weir_cancel *cancel,
                         const struct weir_release_plan *plan, struct weir_rows *rows,
                         struct weir_error *error) {
    struct releasing releasing = {.arena = arena, .env = env, .plan = plan, .error = error};
    size_t constant_count, column_count = plan->release->column_count;
    const struct weir_value *constants;
    struct weir_rows exact;
    struct weir_exact_groups groups;
    const char *sql = weir_release_statement(arena, plan, &constants, &constant_count);
    enum weir_type *types = WEIR_NEW_ARRAY(arena, column_count, enum weir_type);
    if (sql == NULL || types == NULL)
        return WEIR_FAILED;
    WEIR_TRY(backend->operations->query(backend, arena, cancel, sql, constants, constant_count,
                                        SIZE_MAX, &exact, error));
    WEIR_TRY(weir_release_groups(arena, plan, &exact, &groups, error));
    WEIR_TRY(show_groups(&releasing, &groups));
    for (size_t i = 0; i < column_count; i++)
        types[i] = plan->release->columns[i].type;
    *rows = (struct weir_rows){.column_count = column_count,
                               .row_count = releasing.row_count,
                               .types = types,
                               .values = releasing.values};
    return WEIR_OK;
}
