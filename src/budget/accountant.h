/* Privacy accounting as pure arithmetic: between (epsilon, delta) and zCDP, from a price to noise
 * and back.
 *
 * Spending is zCDP: rho adds up (Bun and Steinke 2016, lemma 1.7), adaptively and concurrently. A
 * policy's (epsilon, delta) is split: half of delta pays for turning rho into epsilon, half is a
 * pool for group selection, spent in proportion to rho, so that both run out together. To keep
 * books without rounding drift amounts are integers. Limits round down. A price is an integer too,
 * and noise and thresholds are derived from that integer (never from the epsilon it came from), so
 * what is spent is exactly what is charged. Every conversion rounds towards "more privacy was
 * spent". docs/privacy-accounting.md has the mathematics.
 *
 * Domains are checked (weir_check) and the process stops outside them: whoever reads an epsilon
 * from a person or a policy first refuses NaN, infinity, and what is not positive. Any finite size
 * is allowed. */
#ifndef WEIR_BUDGET_ACCOUNTANT_H
#define WEIR_BUDGET_ACCOUNTANT_H

#include "base/checks.h"

/* rho in units of 1e-15; delta of group selection in units of 1e-22. Both >= 0. */
struct weir_privacy_amount {
    int64_t femto_rho;
    int64_t selection_delta;
};

/* The smallest epsilon such that rho-zCDP implies (epsilon, delta)-DP by proposition 12 of Canonne,
 * Kamath, Steinke 2020 (infimum over the Renyi order), rounded up. rho >= 0, 0 < delta < 1. */
double weir_epsilon_from_rho(double rho, double delta);
/* The largest rho whose weir_epsilon_from_rho is at most epsilon, rounded down. */
double weir_rho_from_epsilon(double epsilon, double delta);

/* What a policy's (epsilon, delta) buys in all: rounded down. */
struct weir_privacy_amount weir_budget_limit(double epsilon, double delta);

/* The price of one question of `epsilon` under a budget of (budget_epsilon, budget_delta): alone it
 * is (epsilon, budget_delta)-DP. femto_rho rounds down, and is 0 when epsilon is too small to have
 * a price (weir_gaussian_sigma then gives 0: refuse). The selection part is pool * femto_rho /
 * limit's femto_rho, rounded down but at least 1; it saturates at INT64_MAX. */
struct weir_privacy_amount weir_question_price(double epsilon, double budget_epsilon,
                                               double budget_delta, bool selects_groups);

/* The delta that a price's selection part buys, rounded down: what weir_selection_threshold is to
 * be given. */
double weir_selection_delta(struct weir_privacy_amount price);

/* The epsilon at `delta` (the policy's whole delta) that an amount spent stands for: for reports.
 * Half of delta converts rho, or less where the selection part took more than its half (a lifetime
 * total can): INFINITY when nothing is left to convert with; then ask at a larger delta. */
double weir_spent_epsilon(struct weir_privacy_amount spent, double delta);

/* The smallest integer sigma with sensitivity^2 / (2 sigma^2) <= rho, in the units of sensitivity;
 * 0 when it would pass WEIR_NOISE_SCALE_MAX or femto_rho is not positive: refuse then. Exact.
 * sensitivity >= 1. */
int64_t weir_gaussian_sigma(int64_t sensitivity, int64_t femto_rho);

/* Half-width h of the interval -h..h that covers the discrete Gaussian with probability >=
 * confidence (0 < confidence < 1): a whole number. sigma > 0 is in lattice steps; to state h in
 * another unit, scale it afterwards. (With sigma in a unit of which the lattice step is a whole
 * fraction it is honest too, but rounded up to a whole unit.) */
double weir_gaussian_half_width(double sigma, double confidence);

/* z such that P(N(0,1) > z) <= tail, evaluated outward (rounded up). 0 < tail < 0.5. */
double weir_normal_upper_quantile(double tail);

/* Threshold, in weight, for releasing an undeclared group. A unit weighs at most 1 / sqrt(m) in
 * each of its m groups, for every m from 1 to most_groups, and nothing where it is in more; noise
 * is the discrete Gaussian of standard deviation sigma (in weight) on a lattice of `step`. The
 * chance that any group that only one unit inhabits has a noisy weight > threshold is at most
 * delta: the maximum over m of 1 / sqrt(m) + sigma z(delta / m) (Gopi et al. 2020, weighted
 * Gaussian, with the union bound). With one group a unit the weight of a group is its number of
 * people. sigma > 0, 0 < delta < 0.5, 0 < step <= 1, most_groups >= 1. */
double weir_selection_threshold(double sigma, double delta, double step, int64_t most_groups);

#endif
