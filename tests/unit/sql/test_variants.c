/* One question in many words is one canonical text; two questions are never one. */
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
#define B "clinic.bill b"

enum { WORDINGS_MAX = 12 };

static const char *const same[][WORDINGS_MAX] = {
    {"SELECT count(*) FROM " P " JOIN " V " ON p.person_id = v.person_id WHERE p.born < 1960",
     "SELECT count(*) FROM " P ", " V " WHERE p.person_id = v.person_id AND p.born < 1960",
     "SELECT count(*) FROM " P ", " V " WHERE p.born < 1960 AND v.person_id = p.person_id",
     "SELECT count(*) FROM clinic.person JOIN clinic.visit USING (person_id) WHERE 1960 > born",
     "SELECT count(*) FROM clinic.person AS a CROSS JOIN clinic.visit AS b WHERE "
     "(a.person_id = b.person_id) AND ((a.born < 1960) AND a.born < 1960)",
     "SELECT count(*) AS john_smith_1950 FROM person INNER JOIN visit ON person.person_id = "
     "visit.person_id AND person.born < 1960",
     "SELECT (count(*)) FROM (" P " JOIN " V " ON p.born < 1960 AND v.person_id = p.person_id)"},
    {"WITH t AS (SELECT person_id, count(*) AS n FROM clinic.visit GROUP BY person_id) SELECT n, "
     "count(*) "
     "FROM t GROUP BY n",
     "SELECT n, count(*) FROM (SELECT person_id, count(*) AS n FROM clinic.visit GROUP BY 1) t "
     "GROUP BY 1",
     "SELECT x.m, count(*) FROM (SELECT v.person_id, count(*) FROM " V
     " GROUP BY v.person_id) AS x (k, m) "
     "GROUP BY x.m",
     "WITH t (k, n) AS (SELECT person_id, count(*) FROM clinic.visit GROUP BY person_id), u AS "
     "(SELECT 1) "
     "SELECT n, count(*) FROM t GROUP BY n ORDER BY n"},
    {"SELECT sex, count(*), sum(born) FROM " P " GROUP BY sex",
     "SELECT sum(born), sex AS s, count(*) FROM clinic.person GROUP BY s ORDER BY 1",
     "SELECT sum(q.born), count(*) FROM clinic.person q GROUP BY q.sex HAVING count(*) > 10",
     "SELECT t.sex FROM (SELECT sex, count(*) AS n, sum(born) AS m FROM " P
     " GROUP BY sex) t WHERE n > 3"},
    {"SELECT count(*) FROM " P " RIGHT JOIN " V " ON p.person_id = v.person_id",
     "SELECT count(*) FROM " V " LEFT JOIN " P " ON v.person_id = p.person_id",
     "SELECT count(*) FROM clinic.visit LEFT OUTER JOIN clinic.person USING (person_id)"},
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id AND v.days > 7)",
     "SELECT count(*) FROM " P
     " WHERE EXISTS (SELECT * FROM clinic.visit w WHERE 7 < w.days AND p.person_id = "
     "w.person_id)",
     "SELECT count(*) FROM clinic.person WHERE person_id IN (SELECT person_id FROM clinic.visit "
     "WHERE days > 7)",
     "SELECT count(*) FROM " P " WHERE p.person_id IN (SELECT v.person_id FROM " V
     " WHERE v.days > 7 AND "
     "v.person_id = p.person_id)"},
    {"SELECT count(*) FROM " P " WHERE NOT EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id)",
     "SELECT count(*) FROM clinic.person WHERE person_id NOT IN (SELECT person_id FROM "
     "clinic.visit)",
     "SELECT count(*) FROM clinic.person WHERE NOT (person_id IN (SELECT person_id FROM "
     "clinic.visit))"},
    {"SELECT count(*) FROM " V " JOIN " B
     " ON b.visit_no = v.visit_no WHERE v.days BETWEEN 1 AND 3",
     "SELECT count(*) FROM visit JOIN bill USING (visit_no) WHERE days >= 1 AND days <= 3",
     "SELECT count(*) FROM visit, bill WHERE bill.visit_no = visit.visit_no AND 3 >= days AND days "
     ">= 1"},
    {"SELECT count(*) FROM " P ", " V " JOIN " B
     " ON b.visit_no = v.visit_no WHERE p.person_id = v.person_id",
     "SELECT count(*) FROM " P " JOIN (" V " JOIN " B
     " ON v.visit_no = b.visit_no) ON v.person_id = p.person_id",
     "SELECT count(*) FROM " P " JOIN (" V " JOIN " B " USING (visit_no)) USING (person_id)"},
    {"SELECT count(*) FROM " P " WHERE p.sex IN ('F', 'M') AND (p.born < 1960 OR p.town = 'Ulm')",
     "SELECT count(*) FROM " P
     " WHERE ('Ulm' = p.town OR 1960 > p.born) AND sex IN ('M', 'F', 'M')"},
};

static const char *const different[][WORDINGS_MAX] = {
    {"SELECT count(*) FROM " P " WHERE born < 1960", "SELECT count(*) FROM " P " WHERE born < 1961",
     "SELECT count(*) FROM " P " WHERE born <= 1960",
     "SELECT count(*) FROM " P " WHERE born > 1960",
     "SELECT count(*) FROM " P " WHERE born::bigint < 1960",
     "SELECT count(*) FROM " P " WHERE born < 1960.0"},
    {"SELECT count(*) FROM " P " WHERE town = '1'", "SELECT count(*) FROM " P " WHERE town = '1 '",
     "SELECT count(*) FROM " P " WHERE town = 'it''s'",
     "SELECT count(*) FROM " P " WHERE town = 'it''''s'",
     "SELECT count(*) FROM " P " WHERE town = '$1'",
     "SELECT count(*) FROM " P " WHERE town = ''' OR TRUE'",
     "SELECT count(*) FROM " P " WHERE town IS NULL",
     "SELECT count(*) FROM " P " WHERE town = 'NULL'"},
    {"SELECT count(*) FROM " P " WHERE score > 0.1",
     "SELECT count(*) FROM " P " WHERE score > 0.10000000000000002",
     "SELECT count(*) FROM " P " WHERE score > 1e-300",
     "SELECT count(*) FROM " P " WHERE score > 1e-301"},
    {"SELECT count(*) FROM clinic.visit a JOIN clinic.visit b USING (person_id) WHERE a.days = 1 "
     "AND b.days = 2",
     "SELECT count(*) FROM clinic.visit a JOIN clinic.visit b USING (person_id) WHERE a.days = 2 "
     "AND b.days = 1",
     "SELECT count(*) FROM clinic.visit a JOIN clinic.visit b USING (person_id) WHERE a.days = 1 "
     "AND a.days = 2"},
    {"SELECT count(*) FROM " P " JOIN " V " USING (person_id)",
     "SELECT count(*) FROM " P " LEFT JOIN " V " USING (person_id)",
     "SELECT count(*) FROM " P " RIGHT JOIN " V " USING (person_id)",
     "SELECT count(*) FROM " P " JOIN clinic.trip v USING (person_id)",
     "SELECT count(*) FROM " P " WHERE person_id IN (SELECT person_id FROM " V ")",
     "SELECT count(*) FROM " P " WHERE person_id NOT IN (SELECT person_id FROM " V ")"},
    {"SELECT count(*) FROM " P " LEFT JOIN " V " ON v.person_id = p.person_id AND v.days > 3",
     "SELECT count(*) FROM " P " LEFT JOIN " V " ON v.person_id = p.person_id WHERE v.days > 3",
     "SELECT count(*) FROM " P
     " LEFT JOIN (SELECT * FROM clinic.visit WHERE days > 4) v ON v.person_id = p.person_id"},
    {"SELECT count(*) FROM " P " WHERE town NOT IN (SELECT town FROM " V
     " WHERE v.person_id = p.person_id)",
     "SELECT count(*) FROM " P " WHERE NOT EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id AND v.town = p.town)",
     "SELECT count(*) FROM " P " WHERE town IN (SELECT town FROM " V
     " WHERE v.person_id = p.person_id)"},
    {"SELECT count(*) FROM " P
     " JOIN (SELECT code FROM public.district ORDER BY area LIMIT 2) d ON d.code = p.district",
     "SELECT count(*) FROM " P
     " JOIN (SELECT code FROM public.district ORDER BY area DESC LIMIT 2) d ON d.code = p.district",
     "SELECT count(*) FROM " P " JOIN (SELECT code FROM public.district ORDER BY area NULLS FIRST "
     "LIMIT 2) d ON d.code = p.district",
     "SELECT count(*) FROM " P
     " JOIN (SELECT code FROM public.district ORDER BY area LIMIT 3) d ON d.code = p.district",
     "SELECT count(*) FROM " P " JOIN (SELECT code FROM public.district ORDER BY area LIMIT 2 "
     "OFFSET 1) d ON d.code = p.district",
     "SELECT count(*) FROM " P
     " JOIN (SELECT code FROM public.district ORDER BY label LIMIT 2) d ON d.code = p.district",
     "SELECT count(*) FROM " P " JOIN (SELECT code FROM public.district) d ON d.code = p.district"},
    {"SELECT count(*) FROM (SELECT lag(days) OVER (PARTITION BY person_id ORDER BY day) AS x "
     "FROM " V ") t WHERE x = 1",
     "SELECT count(*) FROM (SELECT lag(days, 2) OVER (PARTITION BY person_id ORDER BY day) AS x "
     "FROM " V ") t WHERE x = 1",
     "SELECT count(*) FROM (SELECT lead(days) OVER (PARTITION BY person_id ORDER BY day) AS x "
     "FROM " V ") t WHERE x = 1",
     "SELECT count(*) FROM (SELECT lag(days) OVER (PARTITION BY person_id ORDER BY day DESC) AS x "
     "FROM " V ") t WHERE x = 1",
     "SELECT count(*) FROM (SELECT lag(days) OVER (PARTITION BY person_id, ward ORDER BY day) AS x "
     "FROM " V ") t WHERE x = 1",
     "SELECT count(*) FROM (SELECT lag(days) OVER (PARTITION BY person_id ORDER BY day NULLS "
     "FIRST) AS x FROM " V ") t WHERE x = 1"},
    {"SELECT count(*) FROM (SELECT town FROM " P " UNION ALL SELECT town FROM " V ") t",
     "SELECT count(*) FROM (SELECT town FROM " V " UNION ALL SELECT town FROM " V ") t",
     "SELECT count(*) FROM (SELECT town FROM " P " UNION ALL SELECT town FROM clinic.trip) t"},
    {"SELECT sum(days) FROM " V, "SELECT avg(days) FROM " V,
     "SELECT count(days) FROM " V " GROUP BY ward", "SELECT sum(days) FROM " V " GROUP BY ward",
     "SELECT count(DISTINCT person_id) FROM " V, "SELECT count(ward) FROM " V},
    {"SELECT count(*) FROM " P
     " LEFT JOIN clinic.visit a ON a.person_id = p.person_id AND a.days > 3 JOIN clinic.visit b "
     "ON b.person_id = a.person_id",
     "SELECT count(*) FROM " P
     " LEFT JOIN clinic.visit a ON a.person_id = p.person_id AND a.days > 3 JOIN clinic.visit b "
     "ON b.person_id = p.person_id"},
};

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

static void wordings_are_one_question(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(same); i++) {
        const struct weir_release_plan *first = clinic_plan(&clinic, same[i][0]);
        for (size_t k = 1; k < WORDINGS_MAX && same[i][k] != NULL; k++) {
            const struct weir_release_plan *other = clinic_plan(&clinic, same[i][k]);
            if (strcmp(first->canonical, other->canonical) != 0)
                fail_msg("%s\n%s\nand\n%s\n%s", same[i][0], first->canonical, same[i][k],
                         other->canonical);
            assert_string_equal(first->shown, other->shown);
        }
    }
}

static void questions_are_never_one(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(different); i++) {
        const char *texts[WORDINGS_MAX];
        for (size_t k = 0; k < WORDINGS_MAX && different[i][k] != NULL; k++) {
            texts[k] = clinic_plan(&clinic, different[i][k])->canonical;
            for (size_t j = 0; j < k; j++)
                if (strcmp(texts[j], texts[k]) == 0)
                    fail_msg("%s\nand\n%s\nare both\n%s", different[i][j], different[i][k],
                             texts[k]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wordings_are_one_question),
        cmocka_unit_test(questions_are_never_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
