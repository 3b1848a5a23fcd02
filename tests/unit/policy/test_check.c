/* Every finding of the lint, each from a sound policy with one thing changed. */
#include "support.h"

#include "base/banned.h"

/* One statement a line; line 1 is POLICY. */
static const char sound[] =
    "POLICY \"p\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2030-01-01;\n"
    "DATASET d UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;\n"
    "DATASET e UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;\n"
    "TABLE d.t (id INT UNIT KEY, a INT, n TEXT IDENTIFYING, f BLOB BIOMETRIC) RETAIN 1 YEAR FROM "
    "LOAD;\n"
    "TABLE e.u (id INT UNIT KEY, b INT) RETAIN 1 YEAR FROM LOAD;\n"
    "PUBLIC TABLE public.c (k INT KEY, label TEXT);\n"
    "ROLE r; ROLE unused;\n"
    "PURPOSE p UNTIL 2029-01-01;\n"
    "PERMIT AGGREGATE ON d.t (id, a) FOR p TO ROLE r BUDGET EPSILON 3 DELTA 1e-9 QUERY EPSILON "
    "1;\n";

/* The sound policy with `from` replaced by `to`. */
static const char *changed(struct weir_arena *arena, const char *from, const char *to) {
    const char *at = strstr(sound, from);
    assert_non_null(at);
    const char *text =
        weir_arena_printf(arena, "%.*s%s%s", (int)(at - sound), sound, to, at + strlen(from));
    assert_non_null(text);
    return text;
}

struct lint_case {
    const char *from, *to;
    int line;
    const char *message; /* NULL: nothing is found */
};

static void check_case(const struct lint_case *lint_case) {
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const char *text = changed(arena, lint_case->from, lint_case->to);
    const struct weir_policy *policy = weir_test_read(arena, text);
    bool exhausted = true;
    const struct weir_policy_finding *finding = weir_policy_check(arena, policy, &exhausted);
    assert_false(exhausted);
    if (lint_case->message == NULL) {
        if (finding != NULL)
            fail_msg("found: %s\nin: %s", finding->message, text);
    } else {
        if (finding == NULL)
            fail_msg("nothing found in: %s", text);
        assert_string_equal(finding->message, lint_case->message);
        assert_int_equal(finding->line, lint_case->line);
        assert_null(finding->next);
    }
    weir_arena_destroy(arena);
}

static const struct lint_case policy_cases[] = {
    {"", "", 0, NULL},
    {"CONTROLLER \"c\" ", "", 1, "the policy names no controller: add CONTROLLER \"...\""},
    {"UNTIL 2030-01-01", "UNTIL 2026-01-01", 1,
     "the policy's UNTIL is not after its EFFECTIVE: it would never be in force"},
    {"UNTIL 2030-01-01", "UNTIL 2026-01-02", 0, NULL},
    {"1e-7 PER YEAR", "1e-7", 2, "the budget of dataset d has no end: add UNTIL and a date to it"},
    {"1e-7 PER YEAR", "1e-7 UNTIL 2030-01-01", 0, NULL},
    {"1e-7 PER YEAR", "1e-5 PER YEAR", 2,
     "the delta of dataset d is above 1e-6: write a smaller one"},
    {"1e-7 PER YEAR", "1e-6 PER YEAR", 0, NULL},
    {"DATASET e", "DATASET f UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR; DATASET e", 3,
     "dataset f has no table: add a TABLE f.name, or leave it out"},
};

static const struct lint_case table_cases[] = {
    {"(id INT UNIT KEY, b", "(id INT, b", 5,
     "table e.u leads to no unit: mark one column UNIT KEY or UNIT VIA"},
    {"LOAD;\nPUBLIC", "LOAD; TABLE e.v (id BIGINT UNIT KEY) RETAIN 1 YEAR FROM LOAD;\nPUBLIC", 0,
     NULL},
    {"LOAD;\nPUBLIC", "LOAD; TABLE e.v (id TEXT UNIT KEY) RETAIN 1 YEAR FROM LOAD;\nPUBLIC", 5,
     "the UNIT KEY of e.v is of type TEXT and the first one of dataset e is of type INTEGER: write "
     "the same type"},
    {"b INT) RETAIN", "b INT UNIT KEY) RETAIN", 5,
     "table e.u leads to its unit by 2 columns: keep one of UNIT KEY and UNIT VIA"},
    {"b INT) RETAIN 1 YEAR FROM LOAD", "b INT)", 5,
     "table e.u is kept forever: add RETAIN n YEARS FROM a date column or LOAD"},
    {"label TEXT", "label TEXT IDENTIFYING", 6,
     "column label is about a person, and a public table is about none: move it to a TABLE of a "
     "dataset"},
    {"k INT KEY", "k INT KEY UNIT KEY", 6,
     "column k is about a person, and a public table is about none: move it to a TABLE of a "
     "dataset"},
    {"PURPOSE p", "PURPOSE q UNTIL 2029-01-01; PURPOSE p", 8,
     "nothing is permitted for purpose q: add a PERMIT, or leave it out"},
};

static const struct lint_case permit_cases[] = {
    {"(id, a)", "(id, a, n)", 9,
     "the permit for p names d.t.n, which is IDENTIFYING and open to no purpose: leave it out"},
    {"(id, a)", "(id, a, f)", 9,
     "the permit for p names d.t.f, which is BIOMETRIC and open to no purpose: leave it out"},
    {"d.t (id, a)", "d.t (id), d.t (a)", 9,
     "the permit for p names table d.t twice: list its columns once"},
    {"d.t (id, a)", "d.t (a), e.u (b)", 9,
     "the permit for p spans two datasets, which needs a LINK: write one permit and one purpose "
     "for each dataset"},
    {"d.t (id, a)", "d.t (a), public.c (label)", 9,
     "the permit for p names public.c, which is public and open to every purpose: leave it out"},
    {"BUDGET EPSILON 3 DELTA 1e-9", "BUDGET EPSILON 9 DELTA 1e-9 PER YEAR", 9,
     "the permit for p has a larger epsilon than dataset d and could never be spent: write at most "
     "the dataset's"},
    {"BUDGET EPSILON 3 DELTA 1e-9", "BUDGET EPSILON 9 DELTA 1e-9 PER MONTH", 9,
     "the permit for p has a larger epsilon than dataset d and could never be spent: write at most "
     "the dataset's"},
    {"BUDGET EPSILON 3 DELTA 1e-9", "BUDGET EPSILON 9 DELTA 1e-9", 0, NULL},
    {"BUDGET EPSILON 3 DELTA 1e-9", "BUDGET EPSILON 3 DELTA 2e-7 PER YEAR", 9,
     "the permit for p has a larger delta than dataset d and could never be spent: write at most "
     "the dataset's"},
    {"BUDGET EPSILON 3 DELTA 1e-9", "BUDGET EPSILON 3 DELTA 2e-6", 9,
     "the delta of the permit for p is above 1e-6: write a smaller one"},
    {"QUERY EPSILON 1;", "QUERY EPSILON 3.5;", 9,
     "one question of the permit for p costs more than its budget: write a smaller QUERY EPSILON"},
    {"QUERY EPSILON 1;", "QUERY EPSILON 3;", 0, NULL},
};

static void policy_and_datasets(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(policy_cases); i++)
        check_case(&policy_cases[i]);
}

static void tables_and_purposes(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(table_cases); i++)
        check_case(&table_cases[i]);
}

static void permits(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(permit_cases); i++)
        check_case(&permit_cases[i]);
}

/* A purpose without an end leaves its permit's budget without one, unless that has its own. */
static void purpose_without_end(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 22);
    bool exhausted;
    const struct weir_policy_finding *finding = weir_policy_check(
        arena, weir_test_read(arena, changed(arena, " UNTIL 2029-01-01", "")), &exhausted);
    assert_string_equal(finding->message, "purpose p has no end: add UNTIL and a date");
    assert_int_equal(finding->line, 8);
    assert_string_equal(
        finding->next->message,
        "the budget of the permit for p has no end: give the purpose an UNTIL and a date");
    assert_int_equal(finding->next->line, 9);
    assert_null(finding->next->next);
    weir_arena_destroy(arena);
}

static void dataset_budget_needs_the_policys_end(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 22);
    bool exhausted;
    const struct weir_policy_finding *finding = weir_policy_check(
        arena, weir_test_read(arena, changed(arena, " UNTIL 2030-01-01", "")), &exhausted);
    assert_string_equal(finding->message,
                        "the budget of dataset d has no end: add UNTIL and a date "
                        "to it, or to the POLICY statement");
    assert_int_equal(finding->next->line, 3);
    assert_null(finding->next->next);
    weir_arena_destroy(arena);
}

/* Findings come in order of line, whatever the order of the checks. */
static void order_of_lines(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const struct weir_policy *policy =
        weir_test_read(arena, "POLICY \"p\" VERSION 1;\nPURPOSE p;\nPUBLIC TABLE public.t (\n"
                              "k INT UNIT KEY);\nPURPOSE q;\nDATASET d UNIT u BUDGET EPSILON 1 "
                              "DELTA 1e-5;");
    static const int lines[] = {1, 2, 2, 4, 5, 5, 6, 6, 6};
    bool exhausted;
    const struct weir_policy_finding *finding = weir_policy_check(arena, policy, &exhausted);
    for (size_t i = 0; i < WEIR_COUNT(lines); i++, finding = finding->next) {
        assert_non_null(finding);
        assert_int_equal(finding->line, lines[i]);
    }
    assert_null(finding);
    weir_arena_destroy(arena);
}

static void exhausted_memory_is_told(void **state) {
    (void)state;
    struct weir_arena *large = weir_arena_create(1 << 22), *small = weir_arena_create(16);
    const struct weir_policy *policy =
        weir_test_read(large, changed(large, " UNTIL 2029-01-01", ""));
    bool exhausted = false;
    assert_null(weir_policy_check(small, policy, &exhausted));
    assert_true(exhausted);
    weir_arena_destroy(small);
    weir_arena_destroy(large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_and_datasets),
        cmocka_unit_test(tables_and_purposes),
        cmocka_unit_test(permits),
        cmocka_unit_test(purpose_without_end),
        cmocka_unit_test(dataset_budget_needs_the_policys_end),
        cmocka_unit_test(order_of_lines),
        cmocka_unit_test(exhausted_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
