/* Between (epsilon, delta) and zCDP, and from a policy's terms to limits and prices in integers.
 *
 * Outward rounding: every result is computed in binary64 with round-to-nearest, then moved by a
 * bound on the accumulated error towards "more was spent". The C library's log and log1p are taken
 * to be within 2 ulp. */
#include "budget/accountant.h"

#include <float.h>
#include <math.h>

#include "base/banned.h"

static const double femto_per_rho = 1e15;
static const double selection_units = 1e22;

static double minimum(double left, double right) {
    return left < right ? left : right;
}

/* With alpha = 1 + x, proposition 12 bounds epsilon by
 *   alpha rho + ln(1/delta) / (alpha - 1) + ln(1 - 1/alpha) - ln(alpha) / (alpha - 1)
 * for every x > 0. Written in x, no term cancels within itself. Each term carries a relative error
 * of at most 5 ulp and the sum adds at most 4 of the sum of absolute values: 16 in all is outward.
 */
static double epsilon_at_order(double x, double rho, double log_inverse_delta) {
    double terms[4] = {
        (1 + x) * rho,
        log_inverse_delta / x,
        -log1p(1 / x),
        -log1p(x) / x,
    };
    double sum = 0, absolute = 0;
    for (size_t i = 0; i < WEIR_COUNT(terms); i++) {
        sum += terms[i];
        absolute += fabs(terms[i]);
    }
    return sum + 16 * DBL_EPSILON * absolute;
}

/* The derivative of that bound by alpha is rho - ln(1 / (alpha delta)) / x^2: zero where x^2 rho +
 * log1p(x) = ln(1/delta). The left side grows from 0, so the minimum is unique and below
 * min(sqrt(ln(1/delta) / rho), 1/delta). 60 powers of e below that the left side is smaller than
 * ln(1/delta) for every delta that binary64 holds, so bisection on ln x brackets it; 2^-42 of
 * relative error in x changes the bound by its square. Any x gives a valid bound, so an error here
 * could cost a little tightness, never truth. */
static double best_order(double rho, double log_inverse_delta, double delta) {
    double top = log(minimum(sqrt(log_inverse_delta) / sqrt(rho), minimum(1 / delta, DBL_MAX)));
    double low = top - 60, high = top;
    for (int i = 0; i < 48; i++) {
        double middle = low + (high - low) / 2, x = exp(middle);
        if (x * (x * rho) + log1p(x) < log_inverse_delta)
            low = middle;
        else
            high = middle;
    }
    return exp(low + (high - low) / 2);
}

double weir_epsilon_from_rho(double rho, double delta) {
    weir_check(rho >= 0 && delta > 0 && delta < 1);
    if (rho == 0)
        return 0;
    if (isinf(rho))
        return INFINITY;
    double log_inverse_delta = -log(delta);
    double x = best_order(rho, log_inverse_delta, delta);
    if (!(x > 1 / DBL_MAX)) /* rho beyond all use: 1 / x would overflow */
        return INFINITY;
    /* A negative bound says that epsilon 0 holds at a smaller delta. */
    return fmax(0, epsilon_at_order(x, rho, log_inverse_delta));
}

double weir_rho_from_epsilon(double epsilon, double delta) {
    weir_check(epsilon >= 0 && isfinite(epsilon) && delta > 0 && delta < 1);
    /* rho + 2 sqrt(rho ln(1/delta)) is never below the conversion, so its inverse is a start from
     * below. */
    double log_inverse_delta = -log(delta);
    double root = epsilon / (sqrt(log_inverse_delta + epsilon) + sqrt(log_inverse_delta));
    double low = root * root * (1 - 1e-9), high = low + DBL_MIN;
    if (weir_epsilon_from_rho(low, delta) > epsilon)
        low = 0;
    while (weir_epsilon_from_rho(high, delta) <= epsilon) {
        low = high;
        high *= 2;
    }
    /* Both ends are checked, never extrapolated: low is good, high is not. */
    for (;;) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            return low;
        if (weir_epsilon_from_rho(middle, delta) <= epsilon)
            low = middle;
        else
            high = middle;
    }
}

/* value * units as an integer, rounded down; beyond int64_t the largest integer, which is smaller
 * still. */
static int64_t units_down(double value, double units) {
    double product = nextafter(value * units, 0);
    return product >= 0x1p63 ? INT64_MAX : (int64_t)floor(product);
}

/* An integer amount in its natural unit; `outward` is INFINITY or 0. The integer may round and the
 * quotient rounds (10^15 and 10^22 are exact in binary64): within 1 ulp in all, and 2 are taken. */
static double natural(int64_t amount, double units, double outward) {
    weir_check(amount >= 0);
    if (amount == 0)
        return 0;
    double value = (double)amount / units;
    for (int i = 0; i < 2; i++)
        value = nextafter(value, outward);
    return value;
}

/* rho in integer units, by a margin beyond binary64's rounding small enough that converting the
 * integer back never passes epsilon. */
static int64_t femto_rho_from_epsilon(double epsilon, double delta) {
    return units_down(weir_rho_from_epsilon(epsilon, delta) * (1 - 0x1p-44), femto_per_rho);
}

struct weir_privacy_amount weir_budget_limit(double epsilon, double delta) {
    weir_check(epsilon > 0 && isfinite(epsilon) && delta > 0 && delta < 1);
    return (struct weir_privacy_amount){
        .femto_rho = femto_rho_from_epsilon(epsilon, delta / 2),
        .selection_delta = units_down(delta / 2, selection_units),
    };
}

static int64_t selection_price(int64_t femto_rho, struct weir_privacy_amount limit) {
    if (limit.femto_rho == 0)
        return INT64_MAX;
    /* Both factors are below 2^63: the product fits. */
    weir_uint128 share = (weir_uint128)limit.selection_delta * (weir_uint128)femto_rho /
                         (weir_uint128)limit.femto_rho;
    if (share > INT64_MAX)
        return INT64_MAX;
    return share == 0 ? 1 : (int64_t)share;
}

struct weir_privacy_amount weir_question_price(double epsilon, double budget_epsilon,
                                               double budget_delta, bool selects_groups) {
    weir_check(epsilon > 0 && isfinite(epsilon));
    struct weir_privacy_amount limit = weir_budget_limit(budget_epsilon, budget_delta);
    struct weir_privacy_amount price = {femto_rho_from_epsilon(epsilon, budget_delta / 2), 0};
    if (selects_groups)
        price.selection_delta = selection_price(price.femto_rho, limit);
    return price;
}

double weir_selection_delta(struct weir_privacy_amount price) {
    return natural(price.selection_delta, selection_units, 0);
}

double weir_spent_epsilon(struct weir_privacy_amount spent, double delta) {
    weir_check(delta > 0 && delta < 1);
    double rho = natural(spent.femto_rho, femto_per_rho, INFINITY);
    double selection = natural(spent.selection_delta, selection_units, INFINITY);
    double left = minimum(delta / 2, nextafter(delta - selection, 0));
    return left > 0 ? weir_epsilon_from_rho(rho, left) : INFINITY;
}
