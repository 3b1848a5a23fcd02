/* Refusals say what is refused, name the two relations of a join and what is missing, and point at
 * the place. */
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
#define BOTH(left, right)                                                                          \
    left " and " right                                                                             \
         " both hold rows of persons: the join does not say that they are of the same person"
#define KEYS(left, right) ": " left ".person_id = " right ".person_id."
#define A_KEY "is the key of a person: a question may only count persons by it"
#define COUNT_IT "Write COUNT(DISTINCT person_id)"

static const struct {
    const char *text, *message, *hint;
    const char *at; /* what stands where the caret points; NULL = no place can be told */
} refusals[] = {
    /* joins of persons */
    {"SELECT count(*) FROM " P ", " V, BOTH("person", "visit"), KEYS("person", "visit"),
     "clinic.visit"},
    {"SELECT count(*) FROM " P " JOIN " V " ON p.town = v.town", BOTH("person", "visit"),
     KEYS("person", "visit"), "clinic.visit"},
    {"SELECT count(*) FROM " P " JOIN " V " ON p.person_id = v.person_id OR p.town = v.town",
     BOTH("person", "visit"), KEYS("person", "visit"), "clinic.visit"},
    {"SELECT count(*) FROM " P " LEFT JOIN " V " ON TRUE", BOTH("person", "visit"),
     KEYS("person", "visit"), "clinic.visit"},
    {"SELECT count(*) FROM clinic.trip t JOIN clinic.bill b ON t.town = b.item",
     BOTH("trip", "bill"), "Join them through the tables by which both lead to the person",
     "clinic.bill"},
    {"SELECT count(*) FROM clinic.person a JOIN clinic.person b ON a.town = b.town",
     BOTH("person", "person"), KEYS("person", "person"), "clinic.person b"},
    {"SELECT count(*) FROM clinic.person a JOIN public.district d ON a.district = d.code JOIN "
     "clinic.person b ON b.district = d.code",
     BOTH("person", "person"), KEYS("person", "person"), "clinic.person b"},
    {"SELECT count(*) FROM " P " JOIN " V " ON p.person_id = p.person_id", BOTH("person", "visit"),
     KEYS("person", "visit"), "clinic.visit"},
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM " V " WHERE v.town = p.town)",
     BOTH("person", "visit"), KEYS("person", "visit"), "EXISTS"},
    {"SELECT count(*) FROM " P " WHERE NOT EXISTS (SELECT 1 FROM " V ")", BOTH("person", "visit"),
     KEYS("person", "visit"), "EXISTS"},
    {"SELECT count(*) FROM " P " WHERE p.town IN (SELECT town FROM clinic.visit)",
     BOTH("person", "visit"), KEYS("person", "visit"), "IN ("},
    {"SELECT count(*) FROM " P
     " JOIN (SELECT ward, count(*) FROM clinic.visit GROUP BY ward) x ON TRUE",
     "rows of persons joined to an answer about persons", "Ask the inner question first", NULL},
    {"SELECT count(*) FROM clinic.bill b, clinic.visit v WHERE b.amount > v.days",
     BOTH("bill", "visit"), ": bill.visit_no = visit.visit_no.", "clinic.visit"},
    {"SELECT count(*) FROM (SELECT person_id AS k, days FROM clinic.trip) a JOIN clinic.visit v ON "
     "a.days = v.days",
     BOTH("trip", "visit"), KEYS("trip", "visit"), "clinic.visit"},
    /* public rows that persons decide over */
    {"SELECT count(*) FROM public.district d LEFT JOIN " P " ON p.district = d.code",
     "rows of a public table that persons decide over belong to nobody",
     "Begin FROM with the table of persons", "clinic.person"},
    {"SELECT count(*) FROM public.district d WHERE EXISTS (SELECT 1 FROM " P
     " WHERE p.district = d.code)",
     "rows of a public table that persons decide over belong to nobody",
     "Begin FROM with the table of persons", "EXISTS"},
    {"SELECT count(*) FROM public.district WHERE code NOT IN (SELECT district FROM clinic.person)",
     "rows of a public table that persons decide over belong to nobody",
     "Begin FROM with the table of persons", "NOT IN ("},
    {"SELECT count(*) FROM (SELECT town FROM clinic.person UNION ALL SELECT label FROM "
     "public.district) u",
     "UNION of rows of persons with rows that belong to nobody",
     "Ask each part as a question of its own", NULL},
    /* keys */
    {"SELECT count(*) FROM " P " WHERE p.person_id = 7", "clinic.person.person_id " A_KEY, COUNT_IT,
     "p.person_id = 7"},
    {"SELECT count(*) FROM " P " WHERE p.person_id > 7", "clinic.person.person_id " A_KEY, COUNT_IT,
     "p.person_id > 7"},
    {"SELECT count(*) FROM " P " JOIN " V " ON p.person_id = v.visit_no",
     "clinic.person.person_id " A_KEY, COUNT_IT, "p.person_id = v"},
    {"SELECT count(*) FROM " P " JOIN public.ward w ON w.floor = p.person_id",
     "clinic.person.person_id " A_KEY, COUNT_IT, "p.person_id"},
    {"SELECT min(visit_no) FROM clinic.visit", "clinic.visit.visit_no " A_KEY,
     "Write COUNT(DISTINCT visit_no)", "visit_no) FROM"},
    {"SELECT x, count(*) FROM (SELECT max(person_id) OVER (PARTITION BY person_id) AS x FROM "
     "clinic.visit) t GROUP BY x",
     "clinic.visit.person_id " A_KEY, COUNT_IT, "person_id) OVER"},
    {"SELECT x, count(*) FROM (SELECT coalesce(person_id, 0) AS x FROM clinic.visit) t GROUP BY x",
     "clinic.visit.person_id " A_KEY, COUNT_IT, "person_id, 0"},
    {"SELECT count(*) FROM (SELECT person_id AS k FROM clinic.person) t WHERE k = 7",
     "clinic.person.person_id " A_KEY, COUNT_IT, "k = 7"},
    {"SELECT count(*) FROM (SELECT person_id FROM clinic.person UNION ALL SELECT visit_no FROM "
     "clinic.visit) t",
     "UNION of a person's key with something else", NULL, NULL},
    {"SELECT person_id, count(*) FROM clinic.visit GROUP BY person_id",
     "rows of persons are never shown", "Ask for aggregates", NULL},
    {"SELECT visit_no FROM clinic.visit", "rows of persons are never shown", "Ask for aggregates",
     NULL},
    {"SELECT * FROM clinic.visit", "rows of persons are never shown", "Ask for aggregates",
     "* FROM"},
    /* aggregates */
    {"SELECT count(DISTINCT v.person_id) FROM " P " LEFT JOIN " V " USING (person_id)",
     "persons are counted by a key that a left join may leave out",
     "count the key of the table on the left", "count(DISTINCT"},
    {"SELECT 1, count(DISTINCT town) FROM clinic.person",
     "COUNT(DISTINCT ...) takes the key of the person only", "COUNT(DISTINCT key)",
     "count(DISTINCT"},
    {"SELECT max(days) FROM clinic.visit",
     "a minimum or maximum over persons is the value of one person", "width_bucket", "max(days)"},
    {"SELECT sum(n) FROM (SELECT person_id, count(*) AS n FROM clinic.visit GROUP BY person_id) t",
     "the policy declares no RANGE for ", "greatest(low, least(value, high))", "sum(n)"},
    {"SELECT count(*) FROM (SELECT district, count(*) FROM clinic.person GROUP BY district) a, "
     "(SELECT count(*) FROM clinic.visit) b",
     "two answers about persons in one question", "Ask each as a question of its own",
     "clinic.visit"},
    /* order, windows, set operations */
    {"SELECT count(*) FROM (SELECT * FROM clinic.person ORDER BY born LIMIT 1) t",
     "LIMIT and OFFSET over rows of persons would pick single persons",
     "Cut the groups of the outer question", NULL},
    {"SELECT count(*) FROM (SELECT born FROM clinic.person OFFSET 5) t",
     "LIMIT and OFFSET over rows of persons would pick single persons", "Cut the groups", NULL},
    {"SELECT r, count(*) FROM (SELECT rank() OVER (ORDER BY born) AS r FROM clinic.person) t GROUP "
     "BY r",
     "the person's key is missing from its PARTITION BY", "PARTITION BY key", "rank()"},
    {"SELECT r, count(*) FROM (SELECT rank() OVER (PARTITION BY town ORDER BY born) AS r FROM "
     "clinic.person) t GROUP BY r",
     "the person's key is missing from its PARTITION BY", "PARTITION BY key", "rank()"},
    {"SELECT count(*) FROM (SELECT sum(days) OVER (PARTITION BY person_id ROWS 2 PRECEDING) FROM "
     "clinic.visit) t",
     "frames are not available", "Write OVER without ROWS or RANGE", "(PARTITION"},
    {"SELECT count(*) FROM (SELECT town FROM clinic.person EXCEPT SELECT town FROM clinic.visit) u",
     "INTERSECT and EXCEPT are not available", "EXISTS or NOT EXISTS", NULL},
    /* subqueries */
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT count(*) FROM " V
     " WHERE v.person_id = p.person_id)",
     "EXISTS cannot contain an aggregate", NULL, "count(*) FROM clinic.visit"},
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id LIMIT 0)",
     "EXISTS takes FROM and WHERE alone", "Write EXISTS (SELECT 1 FROM", NULL},
    {"SELECT count(*) FROM " P " WHERE p.town IN (SELECT code, label FROM public.district)",
     "IN takes a subquery of one column", NULL, "IN ("},
    {"SELECT count(*) FROM " P " WHERE p.born = (SELECT max(floor) FROM public.ward)",
     "a subquery is not available here", "ask for a single value first", "(SELECT max"},
    {"SELECT count(*) FROM " P " WHERE p.born > ALL (SELECT floor FROM public.ward)",
     "this form of subquery is not available", "value IN (SELECT ...)", "> ALL"},
    {"SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM " V
     " WHERE v.person_id = p.person_id AND EXISTS (SELECT 1 FROM clinic.bill b WHERE b.visit_no = "
     "v.visit_no AND p.born > 3))",
     "a subquery may refer to the question directly around it only", NULL, "= v.visit_no"},
    /* names and forms */
    {"SELECT count(*) FROM " P " JOIN " V " USING (person_id) WHERE town = 'x'",
     "the column \"town\" is in more than one table", NULL, "town = "},
    {"SELECT count(*) FROM " P " JOIN clinic.visit p ON TRUE",
     "the name \"p\" is used for two tables", NULL, "clinic.visit p"},
    {"SELECT count(*) FROM " P " JOIN clinic.secret s ON TRUE",
     "there is no table \"clinic.secret\" that the purpose reports may use", "\\dt lists",
     "clinic.secret"},
    {"SELECT count(*) FROM " P " WHERE p.name = 'x'",
     "there is no column \"name\" that the purpose reports may use", "\\d and a table's name",
     "p.name"},
    {"SELECT count(*) FROM " P " WHERE p.weir_unit = 1", "there is no column \"weir_unit\"", NULL,
     "p.weir_unit"},
    {"SELECT count(*) FROM " P " FULL JOIN " V " ON p.person_id = v.person_id",
     "FULL JOIN is not available", "Write JOIN or LEFT JOIN", NULL},
    {"SELECT count(*) FROM " P " NATURAL JOIN " V, "this form of JOIN is not available", NULL,
     "SELECT count(*)"},
    {"SELECT count(*) FROM " P ", LATERAL (SELECT 1 FROM " V " WHERE v.person_id = p.person_id) x",
     "this form of derived table is not available", NULL, "SELECT count(*)"},
    {"WITH a AS (SELECT 1 AS x), a AS (SELECT 2 AS x) SELECT count(*) FROM a",
     "the name \"a\" is used for two tables", NULL, "a AS (SELECT 2"},
    {"WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a FROM r) SELECT count(*) FROM r",
     "WITH RECURSIVE is not available", NULL, "WITH RECURSIVE"},
};

static void check(size_t i, const struct asked *asked) {
    const char *text = refusals[i].text;
    if (asked->ok)
        fail_msg("admitted: %s", text);
    if (strstr(asked->error.message, refusals[i].message) == NULL ||
        (refusals[i].hint != NULL && strstr(asked->error.hint, refusals[i].hint) == NULL))
        fail_msg("%s\n%s\n%s", text, asked->error.message, asked->error.hint);
    int position = asked->error.position;
    bool is_right = refusals[i].at == NULL
                        ? position == 0
                        : position > 0 && strncmp(text + position - 1, refusals[i].at,
                                                  strlen(refusals[i].at)) == 0;
    if (!is_right)
        fail_msg("%s\n%s: at %d", text, asked->error.message, position);
}

static void refusals_say_what_and_where(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(refusals); i++) {
        struct clinic clinic;
        clinic_open(&clinic);
        const struct asked asked = clinic_ask(&clinic, refusals[i].text);
        check(i, &asked);
        clinic_close(&clinic);
    }
}

/* The places of PostgreSQL's positions are characters, not bytes. */
static void positions_count_characters(void **state) {
    struct clinic clinic;
    (void)state;
    clinic_open(&clinic);
    const struct asked asked = clinic_ask(&clinic, "SELECT 'é日🌊', count(*) FROM " P ", " V);
    assert_int_equal(asked.error.position, 46);
    clinic_close(&clinic);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_say_what_and_where),
        cmocka_unit_test(positions_count_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
