/* What is said of an expression's values, its range and whether it may be NULL, holds of every
 * value it takes on rows within the declared ranges: the emitted SQL is run over samples of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "question_fixture.h"

#include "sql/emit.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* The ends of each range, zero, and what lies between, in all combinations. */
static const struct clinic_table samples = {
    "clinic", "person",
    "SELECT row_number() OVER () AS person_id, CASE WHEN born < 1950 THEN 'F' ELSE 'M' END AS sex, "
    "born::INTEGER AS born, "
    "'A' AS district, town, active, income::DECIMAL(12, 2) AS income, score::DOUBLE AS score, "
    "seen, children::INTEGER AS "
    "children, row_number() OVER () AS weir_unit FROM (VALUES (1900), (1949), (2036)) b(born), "
    "(VALUES (0.00), (0.01), "
    "(1234.56), (250000), (NULL)) i(income), (VALUES (-1.5), (-0.3), (0), (0.5), (3), (1000), "
    "(NULL)) s(score), (VALUES (0), "
    "(1), (2), (3), (NULL)) c(children), (VALUES ('x', TRUE, TIMESTAMP '2026-12-31 23:59:59'), "
    "(NULL, NULL, NULL), ('', FALSE, "
    "'2024-02-29 00:00:00')) t(town, active, seen)"};

/* Each must have a finite range: else the sum is refused. */
static const char *const expressions[] = {
    "born",
    "income",
    "score",
    "children",
    "-born",
    "-score",
    "abs(score)",
    "abs(born - 1950)",
    "abs(-score - 2.0)",
    "born + children",
    "born - 2000",
    "children - born",
    "children * children",
    "score * score",
    "score * (children - 2)::double precision",
    "(born - 1950) * (children - 1)",
    "born / 7",
    "-born / 7",
    "(born - 1950) / 3",
    "children / -2",
    "1.0 / (score + 2.5)",
    "score / 3.0",
    "income::double precision * score",
    "income::double precision / -3.0",
    "floor(score)",
    "ceil(score)",
    "round(score)",
    "trunc(score)",
    "score::integer",
    "score::bigint",
    "income::integer",
    "income::bigint",
    "round(income)",
    "sign(score)",
    "sign(-score)",
    "coalesce(children, -5)",
    "coalesce(income, 7)",
    "coalesce(children, NULL)",
    "nullif(children, 3)",
    "nullif(born, 1949)",
    "greatest(children, 1)",
    "least(children, 1)",
    "greatest(0, least(born, 1960))",
    "greatest(score, 0.0)",
    "least(score, 0.0, 5.0)",
    "greatest(children, NULL)",
    "least(NULL, children, born)",
    "greatest(-3, least(length(town), 4))",
    "greatest(income, 5)",
    "least(greatest(ln(score), -2.0), 2.0)",
    "greatest(0.0, least(sqrt(score), 10.0))",
    "greatest(least(power(score, 3.0), 50.0), -50.0)",
    "CASE WHEN born < 1950 THEN children ELSE 7 END",
    "CASE WHEN town = 'x' THEN 1 WHEN active THEN -1 END",
    "CASE WHEN score > 0 THEN score ELSE -score END",
    "CASE WHEN active THEN income ELSE income END",
    "CASE WHEN active THEN NULL ELSE born END",
    "width_bucket(score, 0, 10, 7)",
    "width_bucket(income::double precision, 1000, 2000, 3)",
    "extract(month FROM seen)",
    "extract(doy FROM seen)",
    "extract(hour FROM seen)",
    "extract(minute FROM seen) - extract(week FROM seen)",
    "extract(isodow FROM seen) * 2",
    "extract(day FROM seen) / extract(quarter FROM seen)",
    "extract(dow FROM seen) + children",
    "(born - 1900) / (children + 1)",
    "greatest(least(born % 7, 6), -6)",
    "abs(least(children, -2))",
    "(0 - children) * (0 - children)",
    "income::double precision - score",
    "coalesce(nullif(children, 2), 9)",
    "abs(abs(born) - 3000)",
    "-(-(-score))",
    "ceil(score / 7.0) * 2.0",
    "floor(-score) / 2.0",
};

static const char *extremes(struct clinic *clinic, const struct asked *asked,
                            const struct weir_expression *argument,
                            struct weir_emission *emission) {
    *emission = (struct weir_emission){.arena = clinic->arena};
    weir_buffer_text(&emission->sql,
                     "SELECT min(x)::DOUBLE, max(x)::DOUBLE, count(*) - count(x) FROM (SELECT ");
    weir_emit_expression(emission, argument);
    weir_buffer_text(&emission->sql, " AS x FROM (");
    weir_emit_relation(emission, asked->question.release->input);
    weir_buffer_text(&emission->sql, "))");
    return weir_emission_finish(emission);
}

static void check(struct clinic *clinic, const char *expression) {
    struct weir_buffer text = {0};
    struct weir_emission emission;
    struct weir_rows rows;
    weir_buffer_printf(&text, "SELECT sum(%s) FROM clinic.person", expression);
    struct asked asked = clinic_ask(clinic, text.bytes);
    if (!asked.ok)
        fail_msg("%s: %s", text.bytes, asked.error.message);
    const struct weir_relation *release = asked.question.release;
    const struct weir_expression *argument = release->as.aggregate.aggregates[0].argument;
    const struct weir_range range = weir_expression_range(release->input->columns, argument);
    const char *sql = extremes(clinic, &asked, argument, &emission);
    assert_non_null(sql);
    if (!clinic->backend->operations
             ->query(clinic->backend, clinic->arena, NULL, sql, emission.constants,
                     emission.constant_count, 10, &rows, &asked.error)
             .ok)
        fail_msg("%s: %s", sql, asked.error.message);
    if (!rows.values[0].is_null) {
        double low = rows.values[0].as.number, high = rows.values[1].as.number;
        double slack = 1e-9 * fmax(1, fmax(fabs(low), fabs(high)));
        if (low < range.low - slack || high > range.high + slack)
            fail_msg("%s: %g .. %g, said to be in %g .. %g", expression, low, high, range.low,
                     range.high);
        /* and what is clamped to is no less: the whole question sums with these ends */
        const struct weir_contribution *ends = &asked.plan->measures[0].contribution;
        assert_true((double)ends->low * ends->raw_unit <= range.low + slack);
        assert_true((double)ends->high * ends->raw_unit >= range.high - slack);
    }
    if (rows.values[2].as.integer > 0 &&
        !weir_expression_may_be_null(release->input->columns, argument))
        fail_msg("%s: is NULL, said never to be", expression);
    weir_buffer_free(&text);
}

static void ranges_hold_every_value(void **state) {
    struct clinic clinic;
    (void)state;
    clinic_open(&clinic);
    clinic_fill(&clinic, &samples, 1);
    for (size_t i = 0; i < WEIR_COUNT(expressions); i++)
        check(&clinic, expressions[i]);
    clinic_close(&clinic);
}

/* What could be any number is not summed. */
static void what_is_unbounded_is_refused(void **state) {
    static const char *const unbounded[] = {
        "length(town)",
        "born % 7",
        "1.0 / score",
        "born / children",
        "ln(score)",
        "exp(score)",
        "power(score, 2.0)",
        "sqrt(score)",
        "town::integer",
        "extract(year FROM seen)",
        "greatest(length(town), 0)",
        "least(length(town), 0)",
        "coalesce(length(town), 0)",
        "greatest(born / children, NULL)",
        "CASE WHEN active THEN length(town) ELSE 0 END",
        "active::integer",
        "born * length(town)",
        "round(score, 2)",
    };
    struct clinic clinic;
    (void)state;
    clinic_open(&clinic);
    for (size_t i = 0; i < WEIR_COUNT(unbounded); i++) {
        struct weir_buffer text = {0};
        weir_buffer_printf(&text, "SELECT sum(%s) FROM clinic.person", unbounded[i]);
        struct asked asked = clinic_ask(&clinic, text.bytes);
        if (asked.ok || strstr(asked.error.message, "declares no RANGE") == NULL)
            fail_msg("%s: %s", text.bytes, asked.error.message);
        weir_buffer_free(&text);
    }
    clinic_close(&clinic);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_hold_every_value),
        cmocka_unit_test(what_is_unbounded_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
