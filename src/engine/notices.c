/* What an answer tells of itself: the interval of each number, what was clipped, and the price. */
#include "engine/question_text.h"

#include <math.h>
#include <sodium.h>

#include "base/banned.h"

/* "±106.5 (95% interval)". An average's depends on how many values it is of. Of many numbers one in
 * twenty lies outside its interval, so the one that holds all of them is said too. */
static const char *interval_text(const struct weir_asking *asking, size_t place,
                                 const struct weir_measure_noise *noise) {
    const char *name = weir_text_aggregate(asking, place);
    double half = weir_text_half_width(asking, place, noise, WEIR_RELEASE_CONFIDENCE);
    size_t rows = asking->released.rows.row_count;
    if (name == NULL)
        return NULL;
    if (asking->plan->aggregates[place].is_average)
        return weir_arena_printf(asking->arena,
                                 "%s: ±%.4g divided by the number of values, at least (95%% "
                                 "interval); weir_error(%s) gives it for each row",
                                 name, half, name);
    if (rows < 2)
        return weir_arena_printf(asking->arena, "%s: ±%.4g (95%% interval)", name, half);
    return weir_arena_printf(
        asking->arena, "%s: ±%.4g (95%% interval); all %zu at once: ±%.4g", name, half, rows,
        weir_text_half_width(asking, place, noise,
                             1 - (1 - WEIR_RELEASE_CONFIDENCE) / (double)rows));
}

/* The interval covers noise alone: how much was clipped is said beside it, with its own noise. */
static const char *clipping_text(const struct weir_asking *asking, size_t place,
                                 const struct weir_measure_noise *noise) {
    const struct weir_measure *measure = weir_text_measure(asking, place);
    const char *unit = weir_text_unit(asking);
    return weir_arena_printf(
        asking->arena,
        "Each %s counts for at most %.6g in it%s. About %.0f of them (±%.0f) have more and were "
        "scaled down to that, which the interval does not cover.",
        unit, (double)noise->tau * measure->contribution.raw_unit,
        measure->tau_rho > 0 ? ", a bound chosen privately" : ", as the policy bounds it",
        fmax(0, noise->clipped), noise->clipped_half_width);
}

static weir_status fill_aggregate(const struct weir_asking *asking, size_t place,
                                  struct weir_notice *notice) {
    const struct weir_measure_noise *noise =
        &asking->released.noise[asking->plan->aggregates[place].value];
    notice->message = interval_text(asking, place, noise);
    if (notice->message == NULL || !noise->tells_clipped)
        return notice->message == NULL ? WEIR_FAILED : WEIR_OK;
    notice->detail = clipping_text(asking, place, noise);
    return notice->detail == NULL ? WEIR_FAILED : WEIR_OK;
}

static const char *receipt_text(const struct weir_asking *asking) {
    char id[2 * WEIR_QUESTION_ID_BYTES + 1];
    sodium_bin2hex(id, sizeof id, asking->id, sizeof asking->id);
    if (asking->is_repeat)
        return weir_arena_printf(asking->arena,
                                 "Asked before: the same answer as to question %s, and free", id);
    const char *price = weir_text_price(asking);
    return price == NULL
               ? NULL
               : weir_arena_printf(asking->arena, "%s; question %s in the public log", price, id);
}

weir_status weir_asking_notices(const struct weir_asking *asking, struct weir_result *result,
                                struct weir_error *error) {
    const struct weir_release_plan *plan = asking->plan;
    (void)error;
    if (plan == NULL)
        return WEIR_OK;
    struct weir_notice *notices =
        WEIR_NEW_ARRAY(asking->arena, plan->aggregate_count + 1, struct weir_notice);
    if (notices == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < plan->aggregate_count; i++)
        WEIR_TRY(fill_aggregate(asking, i, &notices[i]));
    notices[plan->aggregate_count].message = receipt_text(asking);
    result->notices = notices;
    result->notice_count = plan->aggregate_count + 1;
    return notices[plan->aggregate_count].message == NULL ? WEIR_FAILED : WEIR_OK;
}
