/* The text that the public log shows holds no literal and no name that the analyst chose: either
 * could be a person's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "question_fixture.h"

#include <ctype.h>
#include <string.h>

#include "base/banned.h"

/* Every name and literal in these that is not the policy's has "john", "smith" or 1950 in it. */
static const char *const questions[] = {
    "SELECT count(*) AS john_smith_1950 FROM clinic.person AS john_smith_1950 WHERE "
    "john_smith_1950.born = 1950 AND "
    "town = 'john smith'",
    "WITH john_smith_1950 AS (SELECT person_id, count(*) AS john FROM clinic.visit GROUP BY "
    "person_id) SELECT john AS "
    "smith, count(*) FROM john_smith_1950 GROUP BY john",
    "WITH john (smith) AS (SELECT town FROM clinic.person WHERE born = 1950) SELECT smith, "
    "count(*) FROM john GROUP BY smith",
    "SELECT \"john's\".\"smith 1950\", count(*) FROM (SELECT town FROM clinic.person) AS "
    "\"john's\" (\"smith 1950\") GROUP BY 1",
    "SELECT count(*) FROM clinic.person AS john (smith1, smith2) WHERE smith2 = 'X' AND john.born "
    "= 1950",
    "SELECT count(*) FROM clinic.person john JOIN clinic.visit smith USING (person_id) WHERE "
    "smith.days = 1950",
    "SELECT count(*) FROM clinic.person john WHERE EXISTS (SELECT smith.days AS john_1950 FROM "
    "clinic.visit smith WHERE "
    "smith.person_id = john.person_id AND smith.town LIKE 'john%')",
    "SELECT count(*) FROM (SELECT town AS john FROM clinic.person UNION ALL SELECT town AS smith "
    "FROM clinic.visit) AS "
    "john_1950 WHERE john IN ('john', 'smith')",
    "SELECT count(*) FROM (SELECT lag(days, 1950) OVER (PARTITION BY person_id ORDER BY day) AS "
    "john FROM clinic.visit) AS "
    "smith WHERE john > 1950",
    "SELECT count(*) FROM clinic.person JOIN (SELECT code AS john FROM public.district ORDER BY "
    "area LIMIT 1950 OFFSET 1950) "
    "smith ON john = district",
    "SELECT CASE WHEN born > 1950 THEN 'john' ELSE 'smith' END AS john, count(*) FROM "
    "clinic.person GROUP BY john",
    "SELECT width_bucket(score, 1950, 1951, 1950) AS john, count(*) FROM clinic.person GROUP BY 1",
    "SELECT count(*) FROM clinic.visit WHERE day = '1950-01-01' OR day > DATE '1950-01-01' + 1950",
    "SELECT sum(greatest(0, least(born, 1950))), count(*) FROM clinic.person WHERE town || 'john' "
    "= 'smith'",
    "SELECT count(*) FROM clinic.person WHERE seen > '1950-01-01 19:50:00' AND income > 1950.1950 "
    "AND score < 1.95e50",
    "SELECT count(*) FROM clinic.person WHERE town = $john$john smith$john$ OR town = "
    "E'john\\nsmith' OR town = U&'john'",
};

static void nothing_of_the_analyst_is_public(void **state) {
    static const char *const secrets[] = {"john", "smith", "1950", "19.50", "1951", "'X'"};
    struct clinic clinic;
    (void)state;
    clinic_open(&clinic);
    for (size_t i = 0; i < WEIR_COUNT(questions); i++) {
        const struct weir_release_plan *plan = clinic_plan(&clinic, questions[i]);
        for (size_t k = 0; k < WEIR_COUNT(secrets); k++)
            if (strcasestr(plan->shown, secrets[k]) != NULL)
                fail_msg("%s\nshows %s in\n%s", questions[i], secrets[k], plan->shown);
        assert_null(strchr(plan->shown, '"'));
        assert_null(strcasestr(plan->canonical, "john_"));
    }
    clinic_close(&clinic);
}

/* With its constants a text may hold them, but no name still. */
static void names_are_in_neither_text(void **state) {
    struct clinic clinic;
    (void)state;
    clinic_open(&clinic);
    for (size_t i = 0; i < 2; i++)
        assert_null(strcasestr(clinic_plan(&clinic, questions[i + 1])->canonical, "john"));
    clinic_close(&clinic);
}

/* $1, $2, ... in the order of the text. */
static void constants_are_numbered(void **state) {
    struct clinic clinic;
    (void)state;
    clinic_open(&clinic);
    const char *shown =
        clinic_plan(&clinic, "SELECT count(*) FROM clinic.person WHERE born > 1 AND born < 9 "
                             "AND town IN ('a', 'b')")
            ->shown;
    int next = 1;
    for (const char *at = shown; (at = strchr(at, '$')) != NULL; at++) {
        assert_true(isdigit((unsigned char)at[1]));
        assert_int_equal(at[1] - '0', next++);
    }
    assert_int_equal(next, 5);
    clinic_close(&clinic);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_of_the_analyst_is_public),
        cmocka_unit_test(names_are_in_neither_text),
        cmocka_unit_test(constants_are_numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
