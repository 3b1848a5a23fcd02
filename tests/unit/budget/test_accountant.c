/* The accountant against closed forms, a dense grid, the Gaussian's exact curve, and its own
 * promises. */
#include "budget/accountant.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/banned.h"

static const double deltas[] = {1e-300, 1e-15, 5e-10, 1e-7, 1e-5, 0.01, 0.3};

/* Proposition 12 at one order, with an own arrangement of the terms. */
static long double bound_at(long double alpha, long double rho, long double delta) {
    return alpha * rho +
           (logl(1 / delta) + (alpha - 1) * logl(1 - 1 / alpha) - logl(alpha)) / (alpha - 1);
}

static void conversion_meets_points_computed_to_fifty_digits(void **state) {
    (void)state;
    static const struct {
        double rho, delta, epsilon;
    } points[] = {
        {2.63, 1e-10, 17.4305844873451119},     {0.5, 1e-6, 5.22153444453016905},
        {0.005, 1e-9, 0.564893284302036056},    {1e-10, 5e-10, 0.000056012971910759631},
        {100, 1e-5, 165.621904032445196},       {0.125, 0.01, 1.12893108290136767},
        {1e-15, 5e-10, 1.01766998348672126e-7}, {1e6, 1e-12, 1010506.79258280344},
        {0.0375, 5e-10, 1.6489886724158177},    {3, 0.4, 4.38745051540971597},
    };
    for (size_t i = 0; i < WEIR_COUNT(points); i++) {
        double epsilon = weir_epsilon_from_rho(points[i].rho, points[i].delta);
        assert_true(epsilon >= points[i].epsilon * (1 - 1e-16));
        assert_true(epsilon <= points[i].epsilon * (1 + 1e-12) + 1e-12);
    }
}

static void conversion_never_passes_the_closed_form(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(deltas); i++)
        for (double rho = 1e-12; rho < 1e6; rho *= 3.7) {
            double closed = rho + 2 * sqrt(rho * -log(deltas[i]));
            assert_true(weir_epsilon_from_rho(rho, deltas[i]) < closed);
        }
}

/* The grid can't go below the infimum; refined around its best point it comes within 1e-9 of it. */
static void conversion_is_the_infimum_of_a_dense_grid(void **state) {
    (void)state;
    for (size_t i = 1; i < WEIR_COUNT(deltas); i++)
        for (double rho = 1e-6; rho < 1e3; rho *= 7.3) {
            long double best = INFINITY, from = -30, step = 0.05L;
            for (int round = 0; round < 3; round++) {
                long double at = from;
                for (int k = 0; k < 1200; k++) {
                    long double order = from + k * step;
                    long double bound = bound_at(1 + expl(order), rho, deltas[i]);
                    if (bound < best) {
                        best = bound;
                        at = order;
                    }
                }
                from = at - 2 * step;
                step = step * 4 / 1200;
            }
            double epsilon = weir_epsilon_from_rho(rho, deltas[i]);
            double truth = best > 0 ? (double)best : 0;
            assert_true(epsilon >= truth - 1e-9 * (1 + truth));
            assert_true(epsilon <= truth + 1e-9 * (1 + truth));
        }
}

/* Balle and Wang 2018, theorem 8: the exact delta of the Gaussian mechanism, whose rho is mu^2 / 2.
 * A conversion that holds for all rho-zCDP mechanisms holds for this one. */
static long double exact_delta(long double epsilon, long double rho) {
    long double mu = sqrtl(2 * rho);
    long double first = 0.5L * erfcl((epsilon / mu - mu / 2) / sqrtl(2));
    long double second = 0.5L * erfcl((epsilon / mu + mu / 2) / sqrtl(2));
    return first - expl(epsilon + logl(second));
}

static void conversion_is_never_below_the_gaussians_exact_curve(void **state) {
    (void)state;
    for (size_t i = 1; i < WEIR_COUNT(deltas); i++)
        for (double rho = 1e-8; rho < 300; rho *= 1.9) {
            double epsilon = weir_epsilon_from_rho(rho, deltas[i]);
            assert_true(exact_delta(epsilon, rho) <= deltas[i] * (1 + 1e-9L));
            /* And it is no idle bound: at three quarters of that epsilon the exact delta is larger.
             */
            if (epsilon > 0.1 && deltas[i] <= 1e-5)
                assert_true(exact_delta(0.75L * epsilon, rho) > deltas[i]);
        }
}

static void conversion_is_monotone(void **state) {
    (void)state;
    for (size_t i = 0; i + 1 < WEIR_COUNT(deltas); i++) {
        double last = 0;
        for (double rho = 1e-12; rho < 1e9; rho *= 1.01) {
            double epsilon = weir_epsilon_from_rho(rho, deltas[i]);
            assert_true(epsilon >= last);
            assert_true(epsilon >= weir_epsilon_from_rho(rho, deltas[i + 1]));
            last = epsilon;
        }
    }
}

static void going_back_is_tight_and_never_above(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(deltas); i++)
        for (double epsilon = 1e-5; epsilon < 1e4; epsilon *= 2.3) {
            double rho = weir_rho_from_epsilon(epsilon, deltas[i]);
            assert_true(weir_epsilon_from_rho(rho, deltas[i]) <= epsilon);
            assert_true(weir_epsilon_from_rho(rho * (1 + 1e-9), deltas[i]) > epsilon);
        }
}

static void extremes_stay_honest(void **state) {
    (void)state;
    assert_true(weir_epsilon_from_rho(0, 1e-9) == 0);
    assert_true(isinf(weir_epsilon_from_rho(INFINITY, 1e-9)));
    assert_true(weir_epsilon_from_rho(DBL_MAX, 1e-9) >= DBL_MAX);
    assert_true(weir_epsilon_from_rho(1e300, DBL_TRUE_MIN) >= 1e300);
    assert_true(weir_epsilon_from_rho(DBL_TRUE_MIN, 1e-9) >= 0);
    assert_true(weir_epsilon_from_rho(DBL_TRUE_MIN, 1e-9) < 1e-9);
    assert_true(isfinite(weir_epsilon_from_rho(1, nextafter(1, 0))));
    assert_true(weir_epsilon_from_rho(weir_rho_from_epsilon(0, 1e-9), 1e-9) == 0);
    double huge = weir_rho_from_epsilon(1e300, 1e-9);
    assert_true(huge > 0.99e300 && huge <= 1e300);
    assert_true(isfinite(weir_rho_from_epsilon(DBL_MAX, 1e-9)));
    assert_true(weir_rho_from_epsilon(1e-300, 1e-9) >= 0);
}

/* Budgets and questions that cover small, usual and absurd terms. */
static const double epsilons[] = {1e-12, 1e-7, 0.001, 0.01, 0.1, 0.3, 1, 3, 8, 50, 9000};
static const double budget_deltas[] = {1e-20, 1e-12, 1e-9, 1e-7, 1e-5, 0.01};

static void a_budget_in_full_is_worth_at_most_its_terms(void **state) {
    (void)state;
    for (size_t e = 0; e < WEIR_COUNT(epsilons); e++)
        for (size_t d = 0; d < WEIR_COUNT(budget_deltas); d++) {
            struct weir_privacy_amount limit = weir_budget_limit(epsilons[e], budget_deltas[d]);
            double worth = weir_spent_epsilon(limit, budget_deltas[d]);
            assert_true(worth <= epsilons[e]);
            if (epsilons[e] >= 0.001)
                assert_true(worth >= epsilons[e] * 0.9999);
            assert_true(weir_selection_delta(limit) <= budget_deltas[d] / 2);
        }
    struct weir_privacy_amount absurd = weir_budget_limit(1e308, 0.9);
    assert_true(absurd.femto_rho == INT64_MAX && absurd.selection_delta == INT64_MAX);
}

static void one_question_is_worth_at_most_its_epsilon(void **state) {
    (void)state;
    for (size_t e = 0; e < WEIR_COUNT(epsilons); e++)
        for (size_t d = 0; d < WEIR_COUNT(budget_deltas); d++) {
            double delta = budget_deltas[d];
            struct weir_privacy_amount price = weir_question_price(epsilons[e], 3, delta, true);
            struct weir_privacy_amount plain = weir_question_price(epsilons[e], 3, delta, false);
            assert_true(plain.femto_rho == price.femto_rho && plain.selection_delta == 0);
            assert_true(weir_spent_epsilon(plain, delta) <= epsilons[e]);
            assert_true(price.selection_delta >= 1);
            if (epsilons[e] <= 3) {
                assert_true(weir_spent_epsilon(price, delta) <= epsilons[e]);
                assert_true(weir_selection_delta(price) <= delta / 2);
            }
            if (epsilons[e] >= 0.001 && epsilons[e] < 100)
                assert_true(weir_spent_epsilon(plain, delta) >= epsilons[e] * 0.999);
        }
}

static int64_t affordable(struct weir_privacy_amount limit, struct weir_privacy_amount price) {
    int64_t by_rho = limit.femto_rho / price.femto_rho;
    int64_t by_selection = limit.selection_delta / price.selection_delta;
    return by_rho < by_selection ? by_rho : by_selection;
}

/* As many as the limit pays for cost at most the limit, in both parts, and both parts run out
 * together. */
static void questions_within_the_limit_add_up_to_at_most_the_budget(void **state) {
    (void)state;
    for (size_t e = 3; e < WEIR_COUNT(epsilons); e++)
        for (size_t d = 1; d < WEIR_COUNT(budget_deltas); d++)
            for (double epsilon = 0.001; epsilon <= epsilons[e]; epsilon *= 1.7) {
                double delta = budget_deltas[d];
                struct weir_privacy_amount limit = weir_budget_limit(epsilons[e], delta);
                struct weir_privacy_amount price =
                    weir_question_price(epsilon, epsilons[e], delta, true);
                int64_t count = affordable(limit, price);
                assert_true(count >= 1);
                assert_true(count == limit.femto_rho / price.femto_rho ||
                            price.selection_delta == 1);
                struct weir_privacy_amount all = {price.femto_rho * count,
                                                  price.selection_delta * count};
                assert_true(all.femto_rho <= limit.femto_rho);
                assert_true(all.selection_delta <= limit.selection_delta);
                assert_true(weir_spent_epsilon(all, delta) <= epsilons[e]);
            }
    struct weir_privacy_amount limit = weir_budget_limit(3, 1e-9);
    struct weir_privacy_amount whole = weir_question_price(3, 3, 1e-9, true);
    assert_true(whole.femto_rho == limit.femto_rho);
    assert_true(whole.selection_delta == limit.selection_delta);
}

static void amounts_saturate_and_never_wrap(void **state) {
    (void)state;
    struct weir_privacy_amount price = weir_question_price(1e308, 1e-12, 1e-9, true);
    assert_true(price.femto_rho == INT64_MAX && price.selection_delta == INT64_MAX);
    price = weir_question_price(1e-12, 3, 1e-9, true);
    assert_true(price.femto_rho == 0 && price.selection_delta == 1);
    assert_int_equal(weir_gaussian_sigma(1, price.femto_rho), 0);
    double last = 0;
    for (double epsilon = 0.001; epsilon < 1000; epsilon *= 1.01) {
        price = weir_question_price(epsilon, 3, 1e-9, true);
        assert_true((double)price.femto_rho >= last);
        last = (double)price.femto_rho;
    }
}

/* A lifetime total may hold the selection parts of many periods. */
static void a_report_counts_selection_against_its_delta(void **state) {
    (void)state;
    struct weir_privacy_amount limit = weir_budget_limit(3, 1e-9);
    assert_true(weir_spent_epsilon((struct weir_privacy_amount){0}, 1e-9) == 0);
    double within = weir_spent_epsilon(limit, 1e-9);
    struct weir_privacy_amount more = limit;
    more.selection_delta += limit.selection_delta / 2;
    assert_true(weir_spent_epsilon(more, 1e-9) > within);
    more.selection_delta = limit.selection_delta * 2 + 10;
    assert_true(isinf(weir_spent_epsilon(more, 1e-9)));
    assert_true(isfinite(weir_spent_epsilon(more, 2e-9)));
    more = (struct weir_privacy_amount){INT64_MAX, 0};
    assert_true(weir_spent_epsilon(more, 1e-9) >= 9223);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversion_meets_points_computed_to_fifty_digits),
        cmocka_unit_test(conversion_never_passes_the_closed_form),
        cmocka_unit_test(conversion_is_the_infimum_of_a_dense_grid),
        cmocka_unit_test(conversion_is_never_below_the_gaussians_exact_curve),
        cmocka_unit_test(conversion_is_monotone),
        cmocka_unit_test(going_back_is_tight_and_never_above),
        cmocka_unit_test(extremes_stay_honest),
        cmocka_unit_test(a_budget_in_full_is_worth_at_most_its_terms),
        cmocka_unit_test(one_question_is_worth_at_most_its_epsilon),
        cmocka_unit_test(questions_within_the_limit_add_up_to_at_most_the_budget),
        cmocka_unit_test(amounts_saturate_and_never_wrap),
        cmocka_unit_test(a_report_counts_selection_against_its_delta),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
