/* Statements and clauses of the language that are not enforced: each parses, and is refused by name
 * at its place. */
#include "support.h"

#include <stdio.h>

#include "base/banned.h"

#define REFUSAL                                                                                    \
    " is not enforced by this version of weir, so a policy that relies on it cannot be put into "  \
    "force"

struct refusal {
    const char *text;
    int line, column;
    const char *feature;
};

static void check_refusal(const struct refusal *refusal) {
    struct weir_arena *arena = weir_arena_create(1 << 22);
    struct weir_error error = {0};
    char message[512];
    if (weir_policy_parse(arena, refusal->text, strlen(refusal->text), &error) != NULL)
        fail_msg("this text must be refused: %s", refusal->text);
    snprintf(message, sizeof message, "line %d, column %d: %s" REFUSAL, refusal->line,
             refusal->column, refusal->feature);
    assert_string_equal(error.message, message);
    assert_int_equal(error.class, WEIR_ERROR_REFUSED);
    assert_string_equal(error.sqlstate, "0A000");
    assert_int_equal(error.line, refusal->line);
    assert_int_equal(error.column, refusal->column);
    assert_true(error.hint[0] != '\0');
    weir_arena_destroy(arena);
}

static void every_feature(void **state) {
    (void)state;
    static const struct refusal refusals[] = {
        {SET "TABLE d.t (id INT UNIT KEY)\nRETAIN 5 YEARS FROM LOAD THEN SHRED;", 4, 26,
         "THEN SHRED"},
        {HEAD "PERMIT ROWS ON d.t (a, b), d.u (c) FOR p TO ROLE r;", 2, 1, "PERMIT ROWS"},
        {HEAD "  PERMIT ROWS ON d.t (a) FOR p TO ROLE r ONE PERSON AT A TIME CASE REQUIRED "
              "APPROVAL 2 OF (x, y, z) EXPIRES 8 HOURS MAX 20 ROWS NOTIFY SUBJECT WITHIN 30 DAYS;",
         2, 3, "PERMIT ROWS"},
        {FULL "PERMIT AGGREGATE ON d.t (a) FOR p TO ROLE r PAD TIME 100 MILLISECONDS BUDGET "
              "EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;",
         4, 45, "PAD TIME"},
        {HEAD "LINK a WITH b ON person FOR p UNDER AGREEMENT \"x\" SIGNED BY (c, d) BUDGET "
              "EPSILON 1 DELTA 1e-9 PER YEAR UNTIL 2027-12-31;",
         2, 1, "LINK"},
        {HEAD "FORBID ANY FOR dpv:ProtectionOfPublicSecurity SUBTREE;", 2, 1, "FORBID"},
        {HEAD "FORBID ROWS FOR dpv:Marketing;", 2, 1, "FORBID"},
        {HEAD "FORBID AGGREGATE FOR dpv:Marketing;", 2, 1, "FORBID"},
        {HEAD "CHANGE REQUIRES 2 OF (dpo, board) DELAY 14 DAYS PUBLIC;", 2, 1, "CHANGE REQUIRES"},
        {HEAD "CHANGE REQUIRES 1 OF (dpo);", 2, 1, "CHANGE REQUIRES"},
        {HEAD "WITNESS w KEY \"w.example+1a2b3c4d+AbCd\";", 2, 1, "WITNESS"},
    };
    for (size_t i = 0; i < WEIR_COUNT(refusals); i++)
        check_refusal(&refusals[i]);
}

static void the_first_one_is_named(void **state) {
    (void)state;
    check_refusal(
        &(struct refusal){HEAD "FORBID ANY FOR a:b;\nCHANGE REQUIRES 1 OF (dpo);", 2, 1, "FORBID"});
}

/* A text is judged whole before it is refused, and refused before its names are looked up. */
static void order_of_errors(void **state) {
    (void)state;
    static const struct malformed later_syntax[] = {
        {HEAD "FORBID ANY FOR a:b;\nCHANGE;", 3, 7, "expected REQUIRES after CHANGE, found ';'"}};
    weir_test_malformed(later_syntax, WEIR_COUNT(later_syntax));
    check_refusal(&(struct refusal){HEAD "ROLE r; ROLE r;\nFORBID ANY FOR a:b;", 3, 1, "FORBID"});
}

static void wide_decimals(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 20);
    struct weir_error error = {0};
    static const char text[] = COLUMN("a NUMERIC(19, 2)");
    assert_null(weir_policy_parse(arena, text, strlen(text), &error));
    assert_int_equal(error.class, WEIR_ERROR_REFUSED);
    assert_string_equal(error.message, "line 5, column 11: a NUMERIC column has a precision of at "
                                       "most 18 in this version of weir");
    weir_arena_destroy(arena);
}

/* The sample policy of the language's description: every statement there is. */
static const char sample[] =
    "POLICY \"health statistics\" VERSION 7 SUPERSEDES "
    "sha256:9c1f000000000000000000000000000000000000000000000000000000000000\n"
    "  CONTROLLER \"Ministry of Health\"  EFFECTIVE 2027-01-01 UNTIL 2028-01-01;\n"
    "\n"
    "DATASET hospital UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;\n"
    "TABLE hospital.patient (\n"
    "  patient_id   BIGINT    UNIT KEY,\n"
    "  birth_year   INT       RANGE 1900 .. 2027,\n"
    "  district     TEXT      VALUES FROM public.district(code),\n"
    "  name         TEXT      IDENTIFYING,\n"
    "  portrait     BLOB      BIOMETRIC\n"
    ") RETAIN 10 YEARS FROM registered_on;\n"
    "TABLE hospital.admission (\n"
    "  patient_id   BIGINT    UNIT VIA hospital.patient(patient_id),\n"
    "  admitted_on  DATE,\n"
    "  days         INT       RANGE 0 .. 60,\n"
    "  ward         TEXT\n"
    ") RETAIN 5 YEARS FROM admitted_on THEN SHRED;\n"
    "PUBLIC TABLE public.district (code TEXT KEY, label TEXT);\n"
    "\n"
    "PURPOSE waiting_times\n"
    "  IS dpv:ProvideOfficialStatistics   LEGAL BASIS \"GDPR 6(1)(e)\"\n"
    "  BECAUSE \"Quarterly waiting-time tables, Act 12/2026 s.4\"\n"
    "  UNTIL 2027-12-31;\n"
    "PERMIT AGGREGATE ON hospital.admission (days, ward, admitted_on), hospital.patient "
    "(district)\n"
    "  FOR waiting_times TO ROLE statistician\n"
    "  BUDGET EPSILON 3 DELTA 1e-9 PER YEAR  QUERY EPSILON 0.1  MINIMUM 10 PEOPLE;\n"
    "PERMIT ROWS ON hospital.admission (admitted_on, ward)\n"
    "  FOR complaint_review TO ROLE ombudsman\n"
    "  ONE PERSON AT A TIME  CASE REQUIRED  APPROVAL 2 OF (dpo, registrar)\n"
    "  EXPIRES 8 HOURS  MAX 20 ROWS  NOTIFY SUBJECT WITHIN 30 DAYS;\n"
    "LINK hospital WITH housing ON PERSON FOR winter_health\n"
    "  UNDER AGREEMENT \"LA-2027-03\" SIGNED BY (health_dpo, housing_dpo)\n"
    "  BUDGET EPSILON 1 DELTA 1e-9 PER YEAR UNTIL 2027-12-31;\n"
    "FORBID ANY FOR dpv:ProtectionOfPublicSecurity SUBTREE;\n"
    "CHANGE REQUIRES 2 OF (dpo, board) DELAY 14 DAYS PUBLIC;\n";

static void the_sample_parses_and_is_refused(void **state) {
    (void)state;
    check_refusal(&(struct refusal){sample, 17, 35, "THEN SHRED"});
}

/* What UNIT VIA may lead to. */
static void unit_via_is_resolved(void **state) {
    (void)state;
    static const struct malformed cases[] = {
        {SET "TABLE d.b (id INT UNIT KEY, n INT);\nTABLE d.a (id INT UNIT VIA d.b(n));", 4, 32,
         "UNIT VIA leads to a UNIT KEY or a KEY: write KEY after the type of the column \"n\""},
        {SET "TABLE d.c (id INT UNIT KEY);\nTABLE d.b (id INT UNIT VIA d.c(id));\n"
             "TABLE d.a (id INT UNIT VIA d.b(id));",
         5, 32,
         "UNIT VIA leads to a UNIT KEY or a KEY: write KEY after the type of the column \"id\""},
        {SET "TABLE d.a (id INT UNIT VIA d.b(id));", 3, 30, "the policy has no such table: \"b\""},
        {SET "TABLE d.a (id INT UNIT VIA d.a(id));", 3, 30,
         "UNIT VIA leads to another table of the same dataset, unlike \"a\""},
        {SET "PUBLIC TABLE public.b (id INT KEY); TABLE d.a (id INT UNIT VIA public.b(id));", 3, 71,
         "UNIT VIA leads to another table of the same dataset, unlike \"b\""},
        {SET "TABLE d.b (id BIGINT UNIT KEY);\nTABLE d.a (id INT UNIT VIA d.b(id));", 4, 32,
         "UNIT VIA leads to a column of the same type, unlike \"id\""},
        {SET "TABLE d.a (id INT UNIT VIA d.b(k), k INT KEY);\n"
             "TABLE d.b (id INT UNIT VIA d.a(k), k INT KEY);",
         3, 9, "UNIT VIA never leads to a unit from the table \"a\""},
    };
    weir_test_malformed(cases, WEIR_COUNT(cases));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_feature),
        cmocka_unit_test(the_first_one_is_named),
        cmocka_unit_test(order_of_errors),
        cmocka_unit_test(wide_decimals),
        cmocka_unit_test(the_sample_parses_and_is_refused),
        cmocka_unit_test(unit_via_is_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
