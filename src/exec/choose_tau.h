/* How far each unit's vector of one measure may reach, chosen privately from the norms there are.
 */
#ifndef WEIR_EXEC_CHOOSE_TAU_H
#define WEIR_EXEC_CHOOSE_TAU_H

#include "base/env.h"
#include "bound/bounder.h"
#include "privacy/plan.h"

/* Fills what the plan leaves open in noise: tau, lattice and sigma, and the noisy number of units
 * clipped. The bounder is finished; `place` is the measure in it. Pays measure->tau_rho and
 * measure->clipped_rho. */
weir_status weir_choose_tau(const struct weir_env *env, const struct weir_bounder *bounder,
                            size_t place, const struct weir_measure *measure,
                            struct weir_measure_noise *noise,
                            struct weir_error *error) WEIR_MUST_CHECK;

#endif
