/* What a release costs, the noise that buys, and how much a group of unknown name must weigh to
 * appear.
 *
 * The question's rho is shared equally among its measures; zCDP adds up, so the whole release is
 * rho-zCDP but for the delta of group selection (budget/accountant.h). Where a vector is clipped, a
 * part of its share chooses tau and another tells how many units were clipped. */
#include "privacy/passes.h"

#include <math.h>

#include "base/banned.h"

/* In hundredths of a measure's share. */
enum { TAU_SHARE = 10, CLIPPED_SHARE = 1 };

static weir_status too_cheap(struct weir_error *error) {
    weir_fail(error, WEIR_ERROR_REFUSED,
              "the price is too small for a question with so many numbers");
    return weir_error_hint(error, "Raise it with SET weir.epsilon, or ask for fewer numbers.");
}

static void divide_share(struct weir_measure *measure, int64_t share, bool is_clipped) {
    measure->tau_rho = measure->noise.tau == 0 ? share / 100 * TAU_SHARE : 0;
    measure->clipped_rho = is_clipped ? share / 100 * CLIPPED_SHARE : 0;
    measure->noise_rho = share - measure->tau_rho - measure->clipped_rho;
}

/* What the choice of tau draws with needs a scale of at most 2^50 steps: exec/choose_tau.c. */
enum { TAU_STEPS = 1 << 14 };

/* Can it be paid at all? Where tau is yet to be chosen, the least there is must be. */
static bool is_affordable(struct weir_measure *measure, bool is_clipped) {
    struct weir_measure_noise *noise = &measure->noise;
    int64_t sensitivity = noise->tau == 0 ? 1 : noise->tau << noise->lattice_bits;
    int64_t sigma = weir_gaussian_sigma(sensitivity, measure->noise_rho);
    if (noise->tau > 0)
        noise->sigma = sigma;
    return sigma > 0 && (!is_clipped || weir_gaussian_sigma(1, measure->clipped_rho) > 0) &&
           (noise->tau > 0 || weir_gaussian_sigma(TAU_STEPS, measure->tau_rho) > 0);
}

static void set_threshold(const struct weir_catalog *catalog, struct weir_release_plan *plan) {
    const struct weir_measure_noise *noise = &plan->measures[plan->weight].noise;
    plan->minimum_people = catalog->permit->minimum_people;
    plan->threshold = weir_selection_threshold(
        ldexp((double)noise->sigma, -noise->lattice_bits), weir_selection_delta(plan->price),
        ldexp(1, -noise->lattice_bits), plan->one_row ? 1 : WEIR_WEIGHED_GROUPS_MAX);
}

weir_status weir_pass_price(const struct weir_catalog *catalog, double epsilon,
                            struct weir_release_plan *plan, struct weir_error *error) {
    const struct weir_budget_terms *budget = &catalog->permit->budget;
    plan->epsilon = epsilon;
    plan->delta = budget->delta;
    if (plan->measure_count == 0) /* names of declared groups: nothing of persons is told */
        return WEIR_OK;
    plan->price =
        weir_question_price(epsilon, budget->epsilon, budget->delta, !plan->groups_declared);
    int64_t share = plan->price.femto_rho / (int64_t)plan->measure_count;
    for (size_t i = 0; i < plan->measure_count; i++) {
        bool is_weight = !plan->groups_declared && i == plan->weight;
        bool is_clipped = !is_weight && !weir_measure_is_unclipped(plan, &plan->measures[i]);
        divide_share(&plan->measures[i], share, is_clipped);
        if (!is_affordable(&plan->measures[i], is_clipped))
            return too_cheap(error);
    }
    if (!plan->groups_declared)
        set_threshold(catalog, plan);
    return WEIR_OK;
}
