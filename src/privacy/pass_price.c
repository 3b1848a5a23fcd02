/* What a release costs, the noise that buys, and how many people a group of unknown name needs to
 * appear.
 *
 * The question's rho is shared equally among its measures; zCDP adds up, so the whole release is
 * rho-zCDP but for the delta of group selection (budget/accountant.h). */
#include "privacy/passes.h"

#include <math.h>

#include "base/banned.h"

static weir_status too_cheap(struct weir_error *error) {
    weir_fail(error, WEIR_ERROR_REFUSED,
              "the price is too small for a question with so many numbers");
    return weir_error_hint(error, "Raise it with SET weir.epsilon, or ask for fewer numbers.");
}

weir_status weir_pass_price(const struct weir_catalog *catalog, double epsilon,
                            struct weir_release_plan *plan, struct weir_error *error) {
    const struct weir_budget_terms *budget = &catalog->permit->budget;
    plan->epsilon = epsilon;
    plan->delta = budget->delta;
    plan->price =
        weir_question_price(epsilon, budget->epsilon, budget->delta, !plan->groups_declared);
    int64_t share =
        plan->measure_count == 0 ? 0 : plan->price.femto_rho / (int64_t)plan->measure_count;
    for (size_t i = 0; i < plan->measure_count; i++) {
        struct weir_measure *measure = &plan->measures[i];
        measure->sigma = weir_gaussian_sigma(
            weir_contribution_lattice_sensitivity(&measure->contribution), share);
        if (measure->sigma == 0)
            return too_cheap(error);
    }
    if (plan->groups_declared)
        return WEIR_OK;
    const struct weir_measure *people = &plan->measures[plan->people];
    plan->minimum_people = catalog->permit->minimum_people;
    plan->threshold =
        weir_selection_threshold(ldexp((double)people->sigma, -people->contribution.lattice_bits),
                                 weir_selection_delta(plan->price));
    return WEIR_OK;
}
