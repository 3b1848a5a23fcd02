/* What a question costs is what its numbers spend, and no more; and where its bounds come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "question_fixture.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

static struct clinic clinic;

static int set_up(void **state) {
    (void)state;
    clinic_open(&clinic);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    clinic_close(&clinic);
    return 0;
}

static const char *const questions[] = {
    "SELECT count(*) FROM clinic.person",
    "SELECT sex, count(*), avg(income), sum(score), count(town), count(DISTINCT person_id) FROM "
    "clinic.person GROUP BY sex",
    "SELECT town, count(*), avg(born) FROM clinic.person GROUP BY town",
    "SELECT count(*), avg(days), sum(cost), count(ward), count(DISTINCT person_id) FROM "
    "clinic.visit",
    "SELECT town, count(*), avg(days), sum(cost) FROM clinic.visit GROUP BY town",
    "SELECT DISTINCT town FROM clinic.visit",
    "SELECT town, sum(days) FROM clinic.trip GROUP BY town",
    "SELECT p.sex, sum(v.cost), avg(v.cost) FROM clinic.person p JOIN clinic.visit v USING "
    "(person_id) GROUP BY p.sex",
    "SELECT n, count(*) FROM (SELECT person_id, count(*) AS n FROM clinic.visit GROUP BY "
    "person_id) t GROUP BY n",
};

/* sensitivity^2 / (2 sigma^2) <= rho, in long double. */
static void check_sigma(const struct weir_measure *measure) {
    const struct weir_measure_noise *noise = &measure->noise;
    if (noise->tau == 0)
        return;
    long double ratio =
        ldexpl((long double)noise->tau, noise->lattice_bits) / (long double)noise->sigma;
    assert_true(noise->sigma > 0);
    assert_true(ratio * ratio / 2 <= (long double)measure->noise_rho * 1e-15L * (1 + 1e-15L));
}

static void check_price(const char *text, double epsilon) {
    struct asked asked = clinic_ask_at(&clinic, text, epsilon);
    if (!asked.ok)
        fail_msg("%s: %s", text, asked.error.message);
    const struct weir_release_plan *plan = asked.plan;
    int64_t spent = 0;
    for (size_t i = 0; i < plan->measure_count; i++) {
        const struct weir_measure *measure = &plan->measures[i];
        assert_true(measure->noise_rho > 0 && measure->tau_rho >= 0 && measure->clipped_rho >= 0);
        assert_true((measure->tau_rho > 0) == (measure->noise.tau == 0));
        spent += measure->noise_rho + measure->tau_rho + measure->clipped_rho;
        check_sigma(measure);
    }
    assert_true(spent <= plan->price.femto_rho);
    assert_true(spent > plan->price.femto_rho - (int64_t)plan->measure_count - 1);
    assert_true((plan->price.selection_delta > 0) == !plan->groups_declared);
    assert_true(weir_spent_epsilon(plan->price, plan->delta) <= epsilon * (1 + 1e-9));
}

static void shares_add_up_to_the_price(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(questions); i++)
        for (double epsilon = 0.01; epsilon < 3; epsilon *= 2.5)
            check_price(questions[i], epsilon);
}

static void too_little_buys_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(questions); i++) {
        struct asked asked = clinic_ask_at(&clinic, questions[i], 1e-9);
        assert_false(asked.ok);
        assert_string_equal(asked.error.message,
                            "the price is too small for a question with so many numbers");
    }
}

/* 64 sums and the weight are one too many for the operator; without groups, or with one row a
 * person, they are not. */
static void too_many_numbers_are_refused_unpaid(void **state) {
    static const struct {
        const char *key, *table, *group;
        bool fits;
    } cases[] = {
        {"town, ", "clinic.visit", " GROUP BY town", false},
        {"", "clinic.visit", "", true},
        {"town, ", "(SELECT town, born AS days FROM clinic.person) t", " GROUP BY town", true}};
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        struct weir_buffer text = {0};
        weir_buffer_printf(&text, "SELECT %s", cases[i].key);
        for (int k = 1; k <= 64; k++)
            weir_buffer_printf(&text, "%ssum(days + %d)", k == 1 ? "" : ", ", k);
        weir_buffer_printf(&text, " FROM %s%s", cases[i].table, cases[i].group);
        struct asked asked = clinic_ask_at(&clinic, text.bytes, 3);
        if (asked.ok != cases[i].fits)
            fail_msg("%s: %s", text.bytes, asked.error.message);
        assert_true(asked.ok || strstr(asked.error.message, "at most 64 sums and counts") != NULL);
        weir_buffer_free(&text);
    }
}

/* ---- bounds ---- */

static const struct {
    const char *text;
    bool one_row;
    int64_t taus[4]; /* 0 = chosen privately */
} bounds[] = {
    /* one row a unit: what one row can add */
    {"SELECT count(*), count(DISTINCT person_id) FROM clinic.person", true, {1}},
    {"SELECT sum(born) FROM clinic.person", true, {2036}},
    {"SELECT avg(born), count(*) FROM clinic.person", true, {1, 68}},
    {"SELECT count(*) FROM clinic.person p JOIN clinic.card c USING (person_id)", true, {1}},
    {"SELECT count(*) FROM clinic.person p LEFT JOIN clinic.card c USING (person_id)", true, {1}},
    {"SELECT count(*) FROM clinic.person p JOIN public.district d ON d.code = p.district",
     true,
     {1}},
    {"SELECT count(*) FROM public.district d JOIN clinic.person p ON d.code = p.district",
     true,
     {1}},
    {"SELECT count(*) FROM clinic.person WHERE person_id IN (SELECT person_id FROM clinic.visit)",
     true,
     {1}},
    {"SELECT count(*) FROM clinic.person WHERE person_id NOT IN (SELECT person_id FROM "
     "clinic.visit)",
     true,
     {1}},
    {"SELECT count(*) FROM (SELECT person_id, count(*) AS n FROM clinic.visit GROUP BY person_id) "
     "t",
     true,
     {1}},
    {"SELECT count(*) FROM (SELECT DISTINCT person_id FROM clinic.visit) t", true, {1}},
    {"SELECT count(*) FROM (SELECT person_id FROM clinic.visit UNION SELECT person_id FROM "
     "clinic.trip) t",
     true,
     {1}},
    {"SELECT count(*) FROM (SELECT rank() OVER (PARTITION BY person_id) AS r FROM clinic.person) t",
     true,
     {1}},
    /* BOUND 9 ROWS: n of the largest row; people in n groups weigh sqrt(n) */
    {"SELECT count(*) FROM clinic.trip", false, {9}},
    {"SELECT count(*), sum(days), count(DISTINCT person_id) FROM clinic.trip", false, {9, 1, 270}},
    {"SELECT count(*) FROM clinic.trip WHERE town = 'x'", false, {9}},
    {"SELECT count(*) FROM clinic.trip t JOIN clinic.person p USING (person_id)", false, {9}},
    {"SELECT count(*) FROM clinic.trip t JOIN public.district d ON d.code = t.district",
     false,
     {9}},
    {"SELECT count(*) FROM clinic.trip a JOIN clinic.trip b USING (person_id)", false, {81}},
    {"SELECT count(*) FROM (SELECT town FROM clinic.trip UNION ALL SELECT town FROM clinic.person) "
     "t",
     false,
     {10}},
    {"SELECT count(*) FROM (SELECT person_id, town, count(*) AS n FROM clinic.trip GROUP BY 1, 2) "
     "t",
     false,
     {9}},
    {"SELECT count(DISTINCT person_id) FROM clinic.trip GROUP BY district", false, {3}},
    /* persons are counted once where there is one group */
    {"SELECT count(DISTINCT person_id) FROM clinic.visit", false, {1}},
    {"SELECT count(DISTINCT p.person_id) FROM clinic.person p JOIN clinic.visit v USING "
     "(person_id)",
     false,
     {1}},
    {"SELECT count(DISTINCT person_id) FROM clinic.visit GROUP BY ward", false, {0}},
    /* no bound is known: chosen privately */
    {"SELECT count(*) FROM clinic.visit", false, {0}},
    {"SELECT count(*) FROM clinic.trip t JOIN clinic.visit v USING (person_id)", false, {0}},
    {"SELECT count(*) FROM clinic.trip t JOIN public.ward w ON TRUE", false, {0}},
    {"SELECT count(*) FROM clinic.person p JOIN public.district d ON d.label = p.town", false, {0}},
    {"SELECT count(*) FROM clinic.person p LEFT JOIN public.district d ON d.area > 1", false, {0}},
    {"SELECT count(*) FROM clinic.person p JOIN (SELECT code FROM public.district UNION ALL SELECT "
     "code FROM public.district) d "
     "ON d.code = p.district",
     false,
     {0}},
    {"SELECT count(*) FROM clinic.person p JOIN (SELECT d.code FROM public.district d, public.ward "
     "w) d ON d.code = p.district",
     false,
     {0}},
    {"SELECT count(*) FROM (SELECT person_id, ward, count(*) AS n FROM clinic.visit GROUP BY 1, 2) "
     "t",
     false,
     {0}},
    {"SELECT count(*) FROM (SELECT visit_no, count(*) AS n FROM clinic.visit GROUP BY 1) t",
     false,
     {0}},
    /* a key that a left join left out is one more group of the person */
    {"SELECT count(*) FROM (SELECT b.person_id FROM clinic.visit a LEFT JOIN clinic.visit b ON "
     "a.person_id = b.person_id AND "
     "a.days = b.days + 1 GROUP BY b.person_id) t",
     false,
     {0}},
    {"SELECT count(*) FROM (SELECT DISTINCT v.person_id FROM clinic.trip t LEFT JOIN clinic.visit "
     "v ON v.person_id = t.person_id "
     "AND v.town = t.town) t",
     false,
     {0}},
};

static void bounds_are_as_the_policy_says(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(bounds); i++) {
        const struct weir_release_plan *plan = clinic_plan(&clinic, bounds[i].text);
        if (plan->one_row != bounds[i].one_row)
            fail_msg("%s: one row a unit is %d", bounds[i].text, plan->one_row);
        for (size_t k = 0; k < plan->measure_count; k++)
            if (plan->measures[k].noise.tau != bounds[i].taus[k])
                fail_msg("%s: tau %zu is %lld", bounds[i].text, k,
                         (long long)plan->measures[k].noise.tau);
    }
}

/* Groups of unknown names: by people of weight one in all, or, with one row a unit, by the count
 * itself. */
static void unknown_groups_are_weighed(void **state) {
    const struct weir_release_plan *plan =
        clinic_plan(&clinic, "SELECT town, sum(days) FROM clinic.visit GROUP BY town");
    const struct weir_measure *weight = &plan->measures[plan->weight];
    (void)state;
    assert_int_equal(plan->measure_count, 2);
    assert_int_equal(weight->kind, WEIR_MEASURE_PEOPLE);
    assert_int_equal(weight->noise.tau, 1);
    assert_int_equal(weight->noise.lattice_bits, WEIR_WEIGHT_LATTICE_BITS);
    double step = ldexp(1, -WEIR_WEIGHT_LATTICE_BITS);
    double delta = weir_selection_delta(plan->price);
    assert_true(plan->threshold == weir_selection_threshold((double)weight->noise.sigma * step,
                                                            delta, step, WEIR_WEIGHED_GROUPS_MAX));
    assert_true(floor(1 / sqrt(WEIR_WEIGHED_GROUPS_MAX + 1.0) / step) == 0);
    plan = clinic_plan(&clinic, "SELECT town, count(*) FROM clinic.person GROUP BY town");
    assert_int_equal(plan->measure_count, 1);
    assert_int_equal(plan->weight, 0);
    assert_int_equal(plan->minimum_people, 10);
    plan = clinic_plan(&clinic, "SELECT town, sum(born) FROM clinic.person GROUP BY town");
    assert_int_equal(plan->measures[plan->weight].kind, WEIR_MEASURE_ROWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_add_up_to_the_price),
        cmocka_unit_test(too_little_buys_nothing),
        cmocka_unit_test(too_many_numbers_are_refused_unpaid),
        cmocka_unit_test(bounds_are_as_the_policy_says),
        cmocka_unit_test(unknown_groups_are_weighed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
