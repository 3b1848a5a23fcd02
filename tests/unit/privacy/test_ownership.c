/* The invariant that all bounds stand on (privacy/pass_unit.c), on random records: with all rows of
 * one unit taken out of every table, exactly the rows of that unit are gone from the release's
 * input, and all others are as they were. And where a plan says that no unit has more than one row,
 * none has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "question_fixture.h"

#include "sql/emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define P "clinic.person p"
#define V "clinic.visit v"
#define B "clinic.bill b"
#define T "clinic.trip t"

enum { DATABASES = 6, PEOPLE = 6, NOBODY = -1 };

static const char *const questions[] = {
    "SELECT count(*) FROM " P,
    "SELECT count(*) FROM " P " JOIN " V " ON p.person_id = v.person_id",
    "SELECT count(*) FROM " P " LEFT JOIN " V " ON p.person_id = v.person_id AND v.days > 2",
    "SELECT count(*) FROM " P " RIGHT JOIN " V " ON p.person_id = v.person_id AND p.born > 1950",
    "SELECT count(*) FROM " V " LEFT JOIN " B " ON b.visit_no = v.visit_no",
    "SELECT count(*) FROM " B " LEFT JOIN " V " ON b.visit_no = v.visit_no",
    "SELECT count(*) FROM " V " JOIN " B " USING (visit_no) JOIN " P " USING (person_id)",
    "SELECT count(*) FROM " P ", " V " JOIN " B
    " ON b.visit_no = v.visit_no WHERE p.person_id = v.person_id",
    "SELECT count(*) FROM " P " LEFT JOIN (" V " JOIN " B
    " USING (visit_no)) ON p.person_id = v.person_id",
    "SELECT count(*) FROM " P " LEFT JOIN " V " ON p.person_id = v.person_id AND v.days > 2 JOIN " T
    " ON t.person_id = v.person_id",
    "SELECT count(*) FROM " P " LEFT JOIN " V
    " ON p.person_id = v.person_id AND v.days > 2 LEFT JOIN " T " ON t.person_id = v.person_id",
    "SELECT count(*) FROM clinic.visit a JOIN clinic.visit b USING (person_id) WHERE a.day < b.day",
    "SELECT count(*) FROM clinic.visit a LEFT JOIN clinic.visit b ON a.visit_no = b.visit_no AND "
    "a.town = b.town",
    "SELECT count(*) FROM clinic.card c JOIN " P " ON p.person_id = c.person_id",
    "SELECT count(*) FROM clinic.card c RIGHT JOIN " P " ON p.person_id = c.person_id",
    "SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM " V
    " WHERE v.person_id = p.person_id AND v.town = p.town)",
    "SELECT count(*) FROM " P " WHERE NOT EXISTS (SELECT 1 FROM " V
    " WHERE v.person_id = p.person_id AND v.days > p.born - 1950)",
    "SELECT count(*) FROM " V " WHERE NOT EXISTS (SELECT 1 FROM " B
    " WHERE b.visit_no = v.visit_no)",
    "SELECT count(*) FROM " B
    " WHERE b.visit_no NOT IN (SELECT visit_no FROM clinic.visit WHERE days > 2)",
    "SELECT count(*) FROM " P " WHERE p.town NOT IN (SELECT town FROM " V
    " WHERE v.person_id = p.person_id)",
    "SELECT count(*) FROM " P " WHERE p.town NOT IN (SELECT label FROM public.district) AND "
    "p.district IN (SELECT code FROM public.district)",
    "SELECT count(*) FROM " P " WHERE p.person_id IN (SELECT person_id FROM clinic.visit GROUP BY "
    "person_id HAVING sum(days) > 4)",
    "SELECT count(*) FROM " P " WHERE EXISTS (SELECT 1 FROM " V
    " WHERE v.person_id = p.person_id AND NOT EXISTS (SELECT 1 FROM " B
    " WHERE b.visit_no = v.visit_no AND b.amount > 5))",
    "SELECT count(*) FROM (SELECT person_id, count(*) AS n, count(DISTINCT town), min(day) FROM "
    "clinic.visit GROUP BY person_id) t",
    "SELECT count(*) FROM (SELECT v.person_id, v.ward, sum(b.amount) FROM " V " LEFT JOIN " B
    " USING (visit_no) GROUP BY 1, 2) t",
    "SELECT count(*) FROM (SELECT visit_no, count(*) AS n FROM clinic.bill GROUP BY visit_no) t",
    "SELECT count(*) FROM (SELECT b.person_id, count(*) FROM clinic.visit a LEFT JOIN clinic.visit "
    "b ON a.person_id = b.person_id AND "
    "a.days = b.days + 1 GROUP BY b.person_id) t",
    "SELECT count(*) FROM (SELECT DISTINCT v.person_id FROM " T " LEFT JOIN " V
    " ON v.person_id = t.person_id AND v.town = t.town) t",
    "SELECT count(*) FROM (SELECT person_id, n FROM (SELECT person_id, count(*) AS n FROM "
    "clinic.visit GROUP BY 1) x JOIN " P " USING (person_id) GROUP BY person_id, n) t",
    "SELECT count(*) FROM (SELECT a.person_id FROM (SELECT person_id, count(*) AS n FROM "
    "clinic.visit GROUP BY 1) a JOIN (SELECT "
    "person_id, sum(days) AS m FROM clinic.trip GROUP BY 1) b ON a.person_id = b.person_id AND a.n "
    "< b.m) t",
    "SELECT count(*) FROM (SELECT town FROM clinic.person UNION ALL SELECT town FROM clinic.visit) "
    "u",
    "SELECT count(*) FROM (SELECT person_id FROM clinic.visit UNION SELECT person_id FROM "
    "clinic.trip) u",
    "SELECT count(*) FROM (SELECT person_id, town FROM clinic.visit UNION ALL SELECT person_id, "
    "town FROM clinic.trip) u JOIN " P " ON p.person_id = u.person_id",
    "SELECT count(*) FROM (SELECT rank() OVER (PARTITION BY person_id ORDER BY day) AS r, "
    "lag(days) OVER (PARTITION BY visit_no) AS "
    "l, sum(days) OVER (PARTITION BY person_id, town) AS s FROM clinic.visit) t",
    "SELECT count(*) FROM (SELECT person_id, rank() OVER (PARTITION BY person_id ORDER BY born) AS "
    "r FROM clinic.person) t JOIN " V " USING (person_id) WHERE r = 1",
    "SELECT count(*) FROM " P " JOIN public.district d ON d.code = p.district",
    "SELECT count(*) FROM public.district d JOIN " P " ON d.code = p.district AND d.area > 1",
    "SELECT count(*) FROM " P " LEFT JOIN public.district d ON d.code = p.town",
    "SELECT count(*) FROM " P " LEFT JOIN public.ward w ON w.floor > 1",
    "SELECT count(*) FROM " P " JOIN (SELECT code FROM public.district UNION ALL SELECT code FROM "
    "public.ward) d ON d.code = p.district",
    "SELECT count(*) FROM " P " JOIN (SELECT code FROM public.district UNION ALL SELECT code FROM "
    "public.district) d ON d.code = p.district",
    "SELECT count(*) FROM " P
    " JOIN (SELECT d.code FROM public.district d, public.ward w) d ON d.code = p.district",
    "SELECT count(*) FROM " P " JOIN (SELECT d.code FROM public.district d LEFT JOIN public.ward w "
    "ON w.floor > 0) d ON d.code = p.district",
    "SELECT count(*) FROM " P
    " JOIN (public.district d CROSS JOIN public.ward w) ON d.code = p.district",
    "SELECT count(*) FROM " P " JOIN (SELECT code, rank() OVER (ORDER BY area) AS r FROM "
    "public.district) d ON d.code = p.district",
    "SELECT count(*) FROM " P
    " JOIN (SELECT code FROM public.district ORDER BY area DESC LIMIT 1) d ON d.code = p.district",
    "SELECT count(*) FROM (SELECT p.person_id FROM " P " JOIN public.ward w ON TRUE) x JOIN " V
    " USING (person_id)",
};

struct tables {
    char text[5][4096];
    struct clinic_table items[7];
};

static unsigned dice(unsigned *seed, unsigned sides) {
    *seed = *seed * 1103515245U + 12345U;
    return (*seed >> 16) % sides;
}

static void add(char *text, const char *format, ...) {
    size_t len = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(text + len, 4096 - len, format, arguments);
    va_end(arguments);
    assert_true(written > 0 && (size_t)written < 4096 - len);
}

/* All rows, but those of one unit. A third of the bills lie: their visit is another person's. */
static void make_tables(struct tables *tables, unsigned seed, int without) {
    static const char *const towns[] = {"'A'", "'B'", "'la'", "NULL"};
    int visit_no = 100;
    for (int i = 0; i < 5; i++)
        snprintf(tables->text[i], sizeof tables->text[i], "SELECT * FROM (VALUES ");
    for (int person = 1; person <= PEOPLE; person++) {
        const char *separator = person == 1 ? "" : ", ";
        add(tables->text[0],
            "%s(%d::BIGINT, 'F', %d, '%c', %s, TRUE, 1.00::DECIMAL(12, 2), 0.5::DOUBLE, "
            "NULL::TIMESTAMP, 1, %d::BIGINT)",
            separator, person, 1949 + (int)dice(&seed, 4), 'A' + (int)dice(&seed, 3),
            towns[dice(&seed, 4)], 10 * person);
        add(tables->text[1], "%s(%d, 'red', %d::BIGINT)", separator,
            person % 2 == 0 ? person : 100 + person, person % 2 == 0 ? 10 * person : 1000 + person);
        for (unsigned i = dice(&seed, 4) + (person == 1); i > 0; i--, visit_no++) {
            add(tables->text[2],
                "%s(%d::BIGINT, %d::BIGINT, 'A', %d, 1.0::DOUBLE, DATE '2026-01-0%d', %s, "
                "%d::BIGINT)",
                visit_no == 100 ? "" : ", ", visit_no, person, (int)dice(&seed, 5), 1 + (int)i,
                towns[dice(&seed, 4)], 10 * person);
            int owner = dice(&seed, 3) == 0 ? 1 + (int)dice(&seed, PEOPLE) : person;
            add(tables->text[3], "%s(%d::BIGINT, 'i', %d.00::DECIMAL(9, 2), %d::BIGINT)",
                visit_no == 100 ? "" : ", ", visit_no, (int)dice(&seed, 10), 10 * owner);
        }
        add(tables->text[4], "%s(%d::BIGINT, %s, %d, 'A', %d::BIGINT)", separator, person,
            towns[dice(&seed, 4)], (int)dice(&seed, 9), 10 * person);
    }
    static const char *const names[] = {
        "person_id, sex, born, district, town, active, income, score, seen, children, weir_unit",
        "person_id, colour, weir_unit",
        "visit_no, person_id, ward, days, cost, day, town, weir_unit",
        "visit_no, item, amount, weir_unit", "person_id, town, days, district, weir_unit"};
    static const char *const tables_of[] = {"person", "card", "visit", "bill", "trip"};
    for (int i = 0; i < 5; i++) {
        add(tables->text[i], ") t(%s) WHERE weir_unit <> %d", names[i], without);
        tables->items[i] = (struct clinic_table){"clinic", tables_of[i], tables->text[i]};
    }
    tables->items[5] = (struct clinic_table){
        "public", "district",
        "SELECT * FROM (VALUES ('A', 'la', 1.50::DECIMAL(8, 2), TRUE), ('B', 'lb', 2.50, FALSE), "
        "('C', 'A', 3.50, TRUE)) t(code, label, area, urban)"};
    tables->items[6] = (struct clinic_table){
        "public", "ward",
        "SELECT * FROM (VALUES ('A', 1, 'wa'), ('B', 2, 'wb')) t(code, floor, label)"};
}

/* The rows of the release's input as texts, each after its unit, sorted. */
static struct weir_rows rows_of(struct clinic *clinic, const struct asked *asked) {
    const struct weir_relation *input = asked->plan->release->input;
    struct weir_emission emission = {.arena = clinic->arena};
    struct weir_error error = {0};
    struct weir_rows rows;
    weir_buffer_printf(&emission.sql,
                       "SELECT u, r, count(*) OVER (PARTITION BY u) FROM (SELECT c%zu AS u, CAST(x "
                       "AS VARCHAR) AS r FROM (",
                       input->unit);
    weir_emit_relation(&emission, input);
    weir_buffer_text(&emission.sql, ") AS x) ORDER BY u, r");
    const char *sql = weir_emission_finish(&emission);
    assert_non_null(sql);
    if (!clinic->backend->operations
             ->query(clinic->backend, clinic->arena, NULL, sql, emission.constants,
                     emission.constant_count, 100000, &rows, &error)
             .ok)
        fail_msg("%s: %s", sql, error.message);
    return rows;
}

static void check_one_row(const char *text, const struct asked *asked,
                          const struct weir_rows *rows) {
    for (size_t i = 0; asked->plan->one_row && i < rows->row_count; i++)
        if (rows->values[3 * i + 2].as.integer > 1)
            fail_msg("%s: said to have one row a unit, and has %lld", text,
                     (long long)rows->values[3 * i + 2].as.integer);
}

static void compare(const char *text, const struct weir_rows *all, const struct weir_rows *rest,
                    int64_t unit) {
    size_t at = 0;
    for (size_t i = 0; i < all->row_count; i++) {
        const struct weir_value *row = &all->values[3 * i];
        if (row[0].is_null)
            fail_msg("%s: a row belongs to nobody", text);
        if (row[0].as.integer == unit)
            continue;
        if (at == rest->row_count || weir_value_compare(&row[0], &rest->values[3 * at]) != 0 ||
            weir_value_compare(&row[1], &rest->values[3 * at + 1]) != 0)
            fail_msg("%s: without unit %lld another's rows differ", text, (long long)unit);
        at++;
    }
    if (at != rest->row_count)
        fail_msg("%s: without unit %lld there are more rows", text, (long long)unit);
}

static void open_filled(struct clinic *clinic, struct tables *tables, unsigned seed, int without) {
    make_tables(tables, seed, without);
    clinic_open(clinic);
    clinic_fill(clinic, tables->items, WEIR_COUNT(tables->items));
}

static void one_unit_moves_its_own_rows_alone(void **state) {
    static struct tables tables;
    (void)state;
    for (unsigned seed = 1; seed <= DATABASES; seed++) {
        struct clinic whole, less;
        int unit = 10 * (1 + (int)seed % PEOPLE);
        open_filled(&whole, &tables, seed, NOBODY);
        open_filled(&less, &tables, seed, unit);
        for (size_t i = 0; i < WEIR_COUNT(questions); i++) {
            const struct asked asked = clinic_ask(&whole, questions[i]),
                               again = clinic_ask(&less, questions[i]);
            if (asked.plan == NULL)
                fail_msg("%s: %s", questions[i], asked.error.message);
            const struct weir_rows all = rows_of(&whole, &asked), rest = rows_of(&less, &again);
            compare(questions[i], &all, &rest, unit);
            check_one_row(questions[i], &asked, &all);
            assert_string_equal(asked.plan->canonical, again.plan->canonical);
        }
        clinic_close(&whole);
        clinic_close(&less);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_unit_moves_its_own_rows_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
