/* Privacy accounting as pure arithmetic: between (epsilon, delta) and zCDP, from a price to noise and back.
 *
 * Spending is zCDP: rho adds up (Bun and Steinke 2016, lemma 1.7), adaptively and concurrently. A policy's
 * (epsilon, delta) is split: half of delta pays for turning rho into epsilon, half is a pool for group
 * selection, spent in proportion to rho, so that both run out together. To keep books without rounding drift
 * amounts are integers; limits round down, prices round up, so the error is always on the person's side. */
#ifndef WEIR_BUDGET_ACCOUNTANT_H
#define WEIR_BUDGET_ACCOUNTANT_H

#include "base/checks.h"

/* rho in units of 1e-15; delta of group selection in units of 1e-22. Both >= 0. */
struct weir_privacy_amount {
    int64_t femto_rho;
    int64_t selection_delta;
};

/* The smallest epsilon such that rho-zCDP implies (epsilon, delta)-DP by proposition 12 of Canonne, Kamath,
 * Steinke 2020 (infimum over the Renyi order), rounded up. rho >= 0, 0 < delta < 1. */
double weir_epsilon_from_rho(double rho, double delta);
/* The largest rho whose weir_epsilon_from_rho is at most epsilon, rounded down. */
double weir_rho_from_epsilon(double epsilon, double delta);

/* What a policy's (epsilon, delta) buys in all: rounded down. */
struct weir_privacy_amount weir_budget_limit(double epsilon, double delta);

/* The price of one question of `epsilon` under a budget of (budget_epsilon, budget_delta): alone it is
 * (epsilon, budget_delta)-DP. Rounded up. The selection part is pool * rho / rho_limit. */
struct weir_privacy_amount weir_question_price(double epsilon, double budget_epsilon,
                                               double budget_delta, bool selects_groups);

/* The epsilon at `delta` (the policy's whole delta) that an amount spent stands for: for reports. */
double weir_spent_epsilon(struct weir_privacy_amount spent, double delta);

/* The smallest integer sigma with sensitivity^2 / (2 sigma^2) <= rho, in the units of sensitivity; 0 when it
 * would pass WEIR_NOISE_SCALE_MAX. sensitivity >= 1. */
int64_t weir_gaussian_sigma(int64_t sensitivity, int64_t femto_rho);

/* Half-width of the central interval that covers the discrete Gaussian with probability >= confidence
 * (0 < confidence < 1), rounded up. */
double weir_gaussian_half_width(double sigma, double confidence);

/* z such that P(N(0,1) > z) <= tail, evaluated outward (rounded up). 0 < tail < 0.5. */
double weir_normal_upper_quantile(double tail);

#endif
