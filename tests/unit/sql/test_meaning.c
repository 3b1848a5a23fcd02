/* The emitted SQL means what PostgreSQL means by the question: answers written by hand, for rows
 * few enough to see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "question_fixture.h"

#include <string.h>

#include "base/banned.h"

#define P "clinic.person p"
#define V "clinic.visit v"

/* The last bill lies: its visit is person 2's, its unit person 3's. The store never makes such a
 * row. */
static const struct clinic_table tables[] = {
    {"public", "district",
     "SELECT * FROM (VALUES ('A', 'la', 1.50::DECIMAL(8, 2), TRUE), ('B', 'lb', 2.50, FALSE), "
     "('C', NULL, NULL, NULL)) "
     "t(code, label, area, urban)"},
    {"public", "ward",
     "SELECT * FROM (VALUES ('A', 1, 'wa'), ('B', 2, 'wb')) t(code, floor, label)"},
    {"clinic", "person",
     "SELECT *, NULL::BOOLEAN AS active, NULL::DECIMAL(12, 2) AS income, NULL::DOUBLE AS score, "
     "NULL::TIMESTAMP AS seen, "
     "NULL::INTEGER AS children FROM (VALUES (1::BIGINT, 'F', 1950, 'A', 'x', 10::BIGINT), (2, "
     "'M', 1960, 'B', NULL, 20), "
     "(3, 'F', 1970, 'A', 'y', 30), (4, 'X', 1980, 'C', 'x', 40)) t(person_id, sex, born, "
     "district, town, weir_unit)"},
    {"clinic", "card",
     "SELECT * FROM (VALUES (1, 'red', 10::BIGINT), (3, 'blue', 30)) t(person_id, colour, "
     "weir_unit)"},
    {"clinic", "visit",
     "SELECT *, NULL::DOUBLE AS cost FROM (VALUES (101::BIGINT, 1::BIGINT, 'A', 2, DATE "
     "'2026-01-01', 'x', 10::BIGINT), "
     "(102, 1, 'B', 5, '2026-01-02', NULL, 10), (103, 2, NULL, 1, '2026-01-03', 'z', 20), "
     "(104, 3, 'A', 9, '2026-01-04', 'x', 30), (105, 3, 'A', 9, '2026-01-05', 'y', 30)) "
     "t(visit_no, person_id, ward, days, day, town, weir_unit)"},
    {"clinic", "bill",
     "SELECT * FROM (VALUES (101::BIGINT, 'i', 10.00::DECIMAL(9, 2), 10::BIGINT), (101, 'j', 5.50, "
     "10), "
     "(104, 'i', 100.00, 30), (103, 'q', 1.00, 30)) t(visit_no, item, amount, weir_unit)"},
    {"clinic", "trip",
     "SELECT * FROM (VALUES (1::BIGINT, 'x', 3, 'A', 10::BIGINT), (1, 'y', 4, 'B', 10), (4, 'x', "
     "1, 'C', 40)) "
     "t(person_id, town, days, district, weir_unit)"},
};

static const struct {
    const char *text, *expected;
} meanings[] = {
    /* joins */
    {"SELECT count(*) FROM " P " JOIN " V " ON p.person_id = v.person_id", "5"},
    {"SELECT count(*), count(v.days), count(v.person_id) FROM " P " LEFT JOIN " V
     " ON p.person_id = v.person_id",
     "6|5|5"},
    {"SELECT count(*) FROM " V " RIGHT JOIN " P " ON p.person_id = v.person_id", "6"},
    {"SELECT count(*) FROM " P " RIGHT JOIN " V " ON p.person_id = v.person_id", "5"},
    {"SELECT count(DISTINCT p.person_id) FROM " P " JOIN " V " ON p.person_id = v.person_id", "3"},
    {"SELECT count(*) FROM " P
     ", clinic.card c WHERE c.person_id = p.person_id AND c.colour <> 'blue'",
     "1"},
    /* a condition in ON of a left join is not one in WHERE */
    {"SELECT count(*) FROM " P " LEFT JOIN " V " ON p.person_id = v.person_id AND v.days > 3", "5"},
    {"SELECT count(*) FROM " P " LEFT JOIN " V " ON p.person_id = v.person_id WHERE v.days > 3",
     "3"},
    {"SELECT count(*) FROM " P " LEFT JOIN " V " ON p.person_id = v.person_id AND p.sex = 'F'",
     "6"},
    {"SELECT count(*) FROM " P " LEFT JOIN " V
     " ON p.person_id = v.person_id WHERE v.person_id IS NULL",
     "1"},
    {"SELECT count(*) FROM " P
     " LEFT JOIN public.district d ON d.code = p.district AND d.area > 2 WHERE d.code IS NULL",
     "3"},
    /* USING: one column, the left's */
    {"SELECT count(*) FROM clinic.person LEFT JOIN clinic.visit USING (person_id) WHERE person_id "
     "IS NOT NULL",
     "6"},
    {"SELECT count(*) FROM clinic.visit RIGHT JOIN clinic.person USING (person_id) WHERE person_id "
     "IS NOT NULL",
     "6"},
    {"SELECT count(*) FROM clinic.visit JOIN clinic.trip USING (person_id, town)", "1"},
    /* several joins */
    {"SELECT count(*), sum(b.amount) FROM " V " JOIN clinic.bill b USING (visit_no)", "3|115.50"},
    {"SELECT count(*) FROM " P ", " V
     " JOIN clinic.bill b ON b.visit_no = v.visit_no WHERE p.person_id = v.person_id",
     "3"},
    {"SELECT count(*) FROM " P " LEFT JOIN (" V
     " JOIN clinic.bill b ON b.visit_no = v.visit_no) ON p.person_id = v.person_id",
     "5"},
    {"SELECT count(*) FROM " P
     " LEFT JOIN clinic.visit a ON a.person_id = p.person_id AND a.days > 3 JOIN clinic.visit b "
     "ON b.person_id = a.person_id",
     "6"},
    {"SELECT count(*) FROM " P
     " LEFT JOIN clinic.visit a ON a.person_id = p.person_id AND a.days > 3 JOIN clinic.visit b "
     "ON b.person_id = p.person_id",
     "7"},
    {"SELECT count(*) FROM clinic.visit a JOIN clinic.visit b USING (person_id) WHERE a.day < "
     "b.day",
     "2"},
    {"SELECT count(*) FROM " P " JOIN public.ward w ON TRUE", "8"},
    {"SELECT count(*) FROM " P " JOIN public.ward w ON w.floor > 1 JOIN " V " USING (person_id)",
     "5"},
    /* EXISTS and IN; NULL in either side of NOT IN */
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id AND v.days > 7)",
     "1"},
    {"SELECT count(*) FROM " P " WHERE NOT EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id)",
     "1"},
    {"SELECT count(*) FROM " P " WHERE NOT EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id AND v.town = p.town)",
     "2"},
    {"SELECT count(*) FROM " P " WHERE p.town IN (SELECT town FROM " V
     " WHERE v.person_id = p.person_id)",
     "2"},
    {"SELECT count(*) FROM " P " WHERE p.town NOT IN (SELECT town FROM " V
     " WHERE v.person_id = p.person_id)",
     "1"},
    {"SELECT count(*) FROM " P " WHERE p.town NOT IN (SELECT town FROM " V
     " WHERE v.person_id = p.person_id AND v.days > 3)",
     "2"},
    {"SELECT count(*) FROM " P " WHERE p.town NOT IN (SELECT label FROM public.district)", "0"},
    {"SELECT count(*) FROM " P
     " WHERE p.town NOT IN (SELECT label FROM public.district WHERE label IS NOT NULL)",
     "3"},
    {"SELECT count(*) FROM " P
     " WHERE p.town NOT IN (SELECT label FROM public.district WHERE FALSE)",
     "4"},
    {"SELECT count(*) FROM " P " WHERE p.person_id NOT IN (SELECT person_id FROM clinic.visit)",
     "1"},
    {"SELECT count(*) FROM " P " WHERE p.person_id IN (SELECT person_id FROM clinic.visit GROUP BY "
     "person_id HAVING sum(days) > 10)",
     "1"},
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id AND EXISTS (SELECT 1 FROM "
     "clinic.bill b WHERE b.visit_no = v.visit_no AND b.amount > 50))",
     "1"},
    {"SELECT count(*) FROM " P
     " WHERE p.district IN (SELECT code FROM public.district WHERE urban)",
     "2"},
    /* conditions without an equality */
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM public.ward)", "4"},
    {"SELECT count(*) FROM " P " WHERE NOT EXISTS (SELECT 1 FROM public.ward)", "0"},
    {"SELECT count(*) FROM " P " WHERE NOT EXISTS (SELECT 1 FROM public.ward WHERE FALSE)", "4"},
    {"SELECT count(*) FROM " P
     " WHERE EXISTS (SELECT 1 FROM public.district d WHERE d.area > p.born - 1960)",
     "2"},
    {"SELECT count(*) FROM " P
     " WHERE NOT EXISTS (SELECT 1 FROM public.district d WHERE d.area > p.born - 1960)",
     "2"},
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM public.district d WHERE d.code = "
     "p.district OR d.label = p.town)",
     "4"},
    {"SELECT count(*) FROM " P
     " WHERE NOT EXISTS (SELECT 1 FROM public.district d WHERE d.code = p.town OR d.area > 100)",
     "4"},
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id AND (v.days > 7 OR v.town = p.town))",
     "2"},
    {"SELECT count(*) FROM " P " LEFT JOIN public.district d ON d.area > p.born - 1960", "6"},
    {"SELECT count(*) FROM " P " LEFT JOIN public.district d ON FALSE", "4"},
    {"SELECT count(*) FROM " P " LEFT JOIN " V
     " ON v.person_id = p.person_id AND (v.days > 7 OR p.sex = 'M')",
     "5"},
    /* per-person tables */
    {"SELECT n, count(*) FROM (SELECT person_id, count(*) AS n FROM clinic.visit GROUP BY "
     "person_id) t GROUP BY n",
     "1|1;2|2"},
    {"SELECT n, count(*) FROM (SELECT p.person_id, count(v.visit_no) AS n FROM " P " LEFT JOIN " V
     " USING (person_id) GROUP BY "
     "p.person_id) t GROUP BY n",
     "0|1;1|1;2|2"},
    {"SELECT d, count(*) FROM (SELECT person_id, count(DISTINCT ward) AS d FROM clinic.visit GROUP "
     "BY person_id) t GROUP BY d",
     "0|1;1|1;2|1"},
    {"SELECT sum(least(m, 9)) FROM (SELECT person_id, max(days) AS m FROM clinic.visit GROUP BY "
     "person_id) t",
     "15"},
    {"SELECT n, count(*) FROM (SELECT visit_no, count(*) AS n FROM clinic.bill GROUP BY visit_no) "
     "t GROUP BY n",
     "1|2;2|1"},
    {"SELECT count(*) FROM (SELECT DISTINCT person_id, ward FROM clinic.visit) t", "4"},
    /* windows: the frame ends with the current row and its peers; nulls are last going up and first
       going down */
    {"SELECT s, count(*) FROM (SELECT sum(days) OVER (PARTITION BY person_id ORDER BY days) AS s "
     "FROM clinic.visit) t GROUP BY s",
     "1|1;2|1;7|1;18|2"},
    {"SELECT s, count(*) FROM (SELECT sum(days) OVER (PARTITION BY person_id) AS s FROM "
     "clinic.visit) t GROUP BY s",
     "1|1;7|2;18|2"},
    {"SELECT l, count(*) FROM (SELECT last_value(days) OVER (PARTITION BY person_id ORDER BY day) "
     "- days AS l FROM clinic.visit) t GROUP BY l",
     "0|5"},
    {"SELECT l, count(*) FROM (SELECT lag(days) OVER (PARTITION BY person_id ORDER BY day) AS l "
     "FROM clinic.visit) t GROUP BY l",
     "2|1;9|1;-|3"},
    {"SELECT l, count(*) FROM (SELECT lead(days, 0) OVER (PARTITION BY person_id ORDER BY day) AS "
     "l FROM clinic.visit) t GROUP BY l",
     "1|1;2|1;5|1;9|2"},
    {"SELECT r, count(*) FROM (SELECT rank() OVER (PARTITION BY person_id ORDER BY days) AS r FROM "
     "clinic.visit) t GROUP BY r",
     "1|4;2|1"},
    {"SELECT r, count(*) FROM (SELECT row_number() OVER (PARTITION BY person_id ORDER BY days) AS "
     "r FROM clinic.visit) t GROUP BY r",
     "1|3;2|2"},
    {"SELECT f, count(*) FROM (SELECT first_value(town) OVER (PARTITION BY person_id ORDER BY town "
     "DESC) AS f FROM clinic.visit) t GROUP BY f",
     "y|2;z|1;-|2"},
    {"SELECT f, count(*) FROM (SELECT first_value(town) OVER (PARTITION BY person_id ORDER BY "
     "town) AS f FROM clinic.visit) t GROUP BY f",
     "x|4;z|1"},
    {"SELECT c, count(*) FROM (SELECT count(town) OVER (PARTITION BY person_id) AS c FROM "
     "clinic.visit) t GROUP BY c",
     "1|3;2|2"},
    /* UNION */
    {"SELECT count(*), count(town) FROM (SELECT town FROM clinic.person UNION ALL SELECT town FROM "
     "clinic.visit) u",
     "9|7"},
    {"SELECT count(*) FROM (SELECT town FROM clinic.person UNION SELECT town FROM clinic.visit) u",
     "4"},
    {"SELECT count(*) FROM (SELECT person_id FROM clinic.trip UNION SELECT person_id FROM "
     "clinic.visit) u",
     "4"},
    {"SELECT n, count(*) FROM (SELECT person_id, count(*) AS n FROM (SELECT person_id FROM "
     "clinic.trip UNION ALL SELECT person_id "
     "FROM clinic.visit) u GROUP BY person_id) t GROUP BY n",
     "1|2;2|1;4|1"},
    /* LIMIT within: the order decides which rows are left */
    {"SELECT count(*) FROM " P
     " JOIN (SELECT code FROM public.district ORDER BY area LIMIT 1) d ON d.code = p.district",
     "2"},
    {"SELECT min(code), count(*) FROM (SELECT code FROM public.district ORDER BY area DESC LIMIT "
     "1) d",
     "C|1"},
    {"SELECT min(code), count(*) FROM (SELECT code FROM public.district ORDER BY area DESC NULLS "
     "LAST LIMIT 1) d",
     "B|1"},
};

static void questions_mean_what_they_say(void **state) {
    struct clinic clinic;
    (void)state;
    clinic_open(&clinic);
    clinic_fill(&clinic, tables, WEIR_COUNT(tables));
    for (size_t i = 0; i < WEIR_COUNT(meanings); i++) {
        const char *seen = clinic_run(&clinic, meanings[i].text);
        if (strcmp(seen, meanings[i].expected) != 0)
            fail_msg("%s\nexpected %s\nseen     %s", meanings[i].text, meanings[i].expected, seen);
    }
    clinic_close(&clinic);
}

/* Unlike PostgreSQL: grouped by a person's key, rows that a left join gave no key form a group for
 * each person, not one for all of them, which would belong to nobody. */
static void groups_of_no_key_stay_a_persons(void **state) {
    struct clinic clinic;
    (void)state;
    clinic_open(&clinic);
    clinic_fill(&clinic, tables, WEIR_COUNT(tables));
    const char *seen =
        clinic_run(&clinic, "SELECT count(*) FROM (SELECT b.person_id FROM clinic.visit a LEFT "
                            "JOIN clinic.visit b ON a.person_id = "
                            "b.person_id AND a.days = b.days + 3 GROUP BY b.person_id) t");
    assert_string_equal(seen, "4");
    clinic_close(&clinic);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_mean_what_they_say),
        cmocka_unit_test(groups_of_no_key_stay_a_persons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
