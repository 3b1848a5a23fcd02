/* Units: one number for a person in all tables and versions, whatever the type of the key; rows
 * sorted by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store_fixture.h"

#include "exec/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const char policy[] =
    "POLICY \"p\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2036-01-01;"
    "DATASET d UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;"
    "DATASET e UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;"
    "TABLE d.person (id %s UNIT KEY, age INT) RETAIN 1 YEAR FROM LOAD;"
    "TABLE d.job (worker %s UNIT KEY, pay INT) RETAIN 1 YEAR FROM LOAD;"
    "TABLE d.visit (number %s KEY, person %s UNIT VIA d.person(id), days INT)"
    " RETAIN 1 YEAR FROM LOAD;"
    "TABLE d.bill (visit %s UNIT VIA d.visit(number), amount INT) RETAIN 1 YEAR FROM LOAD;"
    "TABLE e.person (id BIGINT UNIT KEY) RETAIN 1 YEAR FROM LOAD;"
    "ROLE r; PURPOSE p IS dpv:PublicBenefit LEGAL BASIS \"x\" BECAUSE \"y\" UNTIL 2035-01-01;"
    "PERMIT AGGREGATE ON d.bill (amount) FOR p TO ROLE r"
    " BUDGET EPSILON 3 DELTA 1e-9 PER YEAR QUERY EPSILON 1 MINIMUM 1 PEOPLE;";

static struct fixture fixture;

static void open_with(const char *type) {
    char text[4096];
    int len = snprintf(text, sizeof text, policy, type, type, type, type, type);
    assert_true(len > 0 && (size_t)len < sizeof text);
    fixture_open(&fixture, text);
}

static int set_up(void **state) {
    (void)state;
    open_with("BIGINT");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void load(const char *table, const char *text) {
    if (!fixture_load(&fixture, "d", table, text).ok)
        fail_msg("%s: %s", table, fixture.error.message);
}

static void append(const char *table, const char *text) {
    if (!fixture_append(&fixture, "d", table, text).ok)
        fail_msg("%s: %s", table, fixture.error.message);
}

static void expect(const char *sql, const char *expected) {
    fixture_expect(&fixture, sql, expected);
}

static void check_one_number_in_all_tables(void) {
    load("job", "worker,pay\n30,1\n20,2\n");
    load("person", "age,id\n5,40\n6,20\n7,10\n");
    load("visit", "number,person,days\n1,40,1\n2,20,2\n3,40,3\n4,10,4\n");
    load("bill", "visit,amount\n4,1\n1,2\n3,3\n3,4\n2,5\n");
    expect("SELECT pay, weir_unit FROM d.job ORDER BY pay", "1|1;2|0");
    expect("SELECT age, weir_unit FROM d.person ORDER BY age", "5|3;6|0;7|2");
    expect("SELECT days, weir_unit FROM d.visit ORDER BY days", "1|3;2|0;3|3;4|2");
    expect("SELECT amount, weir_unit FROM d.bill ORDER BY amount", "1|2;2|3;3|3;4|3;5|0");
    expect("SELECT DISTINCT typeof(weir_unit) FROM (SELECT weir_unit FROM d.person UNION ALL"
           " SELECT weir_unit FROM d.bill)",
           "BIGINT");
}

static void test_keys_of_every_type(void **state) {
    (void)state;
    static const char *const types[] = {"INTEGER", "BIGINT", "TEXT"};
    for (size_t i = 0; i < WEIR_COUNT(types); i++) {
        open_with(types[i]);
        check_one_number_in_all_tables();
        fixture_close(&fixture);
    }
}

static void test_texts_are_compared_as_they_are(void **state) {
    (void)state;
    open_with("TEXT");
    load("person", "id,age\n7,1\n07,2\n\" 7\",3\n\"\",4\né,5\n");
    load("visit", "number,person,days\na,07,1\nb,\"\",2\nA,7,3\nc,É,4\n");
    assert_int_equal(fixture_version(&fixture, "d", "visit")->orphans, 1);
    expect("SELECT v.days, p.age FROM d.visit v JOIN d.person p USING (weir_unit) ORDER BY 1",
           "1|2;2|4;3|1");
    fixture_close(&fixture);
}

static void test_numbers_stay(void **state) {
    (void)state;
    load("person", "id,age\n20,1\n10,2\n30,3\n");
    expect("SELECT id, weir_unit FROM d.person ORDER BY id", "10|0;20|1;30|2");
    load("person", "id,age\n15,1\n30,1\n5,1\n");
    expect("SELECT id, weir_unit FROM d.person ORDER BY id", "5|3;15|4;30|2");
    append("person", "id,age\n20,1\n1,1\n");
    expect("SELECT id, weir_unit FROM d.person ORDER BY id", "1|5;5|3;15|4;20|1;30|2");
    fixture_reopen(&fixture);
    load("job", "worker,pay\n10,1\n50,1\n");
    expect("SELECT worker, weir_unit FROM d.job ORDER BY worker", "10|0;50|6");
}

/* A load of known people makes no new file of units; one of new people keeps the file before, for
 * whoever has just learnt of it. */
static void test_files_of_units(void **state) {
    (void)state;
    const struct weir_units_version *units;
    size_t count;
    bool same = false;
    load("person", "id,age\n20,1\n");
    load("person", "id,age\n20,2\n");
    assert_int_equal(fixture_count_files(&fixture, "data"), 3);
    append("person", "id,age\n21,2\n");
    append("person", "id,age\n22,2\n");
    assert_true(fixture_load(&fixture, "e", "person", "id\n7\n").ok);
    fixture_reopen(&fixture);
    assert_int_equal(fixture_count_files(&fixture, "data"), 2 + 1 + 2 + 1);
    assert_true(weir_store_units(fixture.store, fixture.arena, &units, &count, &fixture.error).ok);
    assert_int_equal(count, 2);
    assert_string_equal(units[0].dataset, "d");
    assert_int_equal(units[0].version, 4);
    assert_string_equal(units[1].dataset, "e");
    assert_true(weir_store_check_units(fixture.store, &units[0], &same, &fixture.error).ok && same);
    FILE *file = fopen(units[0].path, "r+e");
    assert_non_null(file);
    assert_int_equal(fseek(file, 5000, SEEK_SET), 0);
    assert_true(fputc('x', file) == 'x' && fputc('y', file) == 'y');
    assert_int_equal(fclose(file), 0);
    assert_true(weir_store_check_units(fixture.store, &units[0], &same, &fixture.error).ok);
    assert_false(same);
}

static void test_datasets_have_units_of_their_own(void **state) {
    (void)state;
    load("person", "id,age\n20,1\n10,2\n");
    assert_true(fixture_load(&fixture, "e", "person", "id\n20\n").ok);
    expect("SELECT id, weir_unit FROM e.person", "20|0");
}

enum { PEOPLE = 100000, VISITS = 1000000 };

static void write_many(const char *header, int64_t rows, bool is_visit) {
    FILE *file = fopen(fixture.file, "we");
    assert_non_null(file);
    fputs(header, file);
    for (int64_t i = 0; i < rows; i++) {
        int64_t person = i * 7919 % PEOPLE;
        if (is_visit)
            fprintf(file, "%lld,%lld,%lld\n", (long long)i, (long long)(person * person % PEOPLE),
                    (long long)(i % 60));
        else
            fprintf(file, "%lld,%lld\n", (long long)person, (long long)(i % 100));
    }
    assert_int_equal(fclose(file), 0);
}

static void load_timed(const char *table, int64_t rows) {
    int64_t start = weir_env_monotonic_microseconds();
    if (!fixture_load_file(&fixture, "d", table, fixture.file).ok)
        fail_msg("%s", fixture.error.message);
    print_message("# %lld rows of %s in %.2f s\n", (long long)rows, table,
                  (double)(weir_env_monotonic_microseconds() - start) / 1e6);
}

static void expect_sorted(const char *table) {
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM (SELECT weir_unit, lag(weir_unit) OVER () AS before FROM d.%s)"
             " WHERE before > weir_unit",
             table);
    expect(sql, "0");
}

static void test_rows_of_a_unit_lie_together(void **state) {
    (void)state;
    write_many("id,age\n", PEOPLE, false);
    load_timed("person", PEOPLE);
    write_many("number,person,days\n", VISITS, true);
    load_timed("visit", VISITS);
    expect("SELECT count(*), min(weir_unit), max(weir_unit), count(DISTINCT weir_unit) FROM "
           "d.person",
           "100000|0|99999|100000");
    expect("SELECT count(*) FROM d.visit", "1000000");
    expect("SELECT count(*) FROM d.visit v JOIN d.person p ON v.person = p.id"
           " WHERE v.weir_unit = p.weir_unit",
           "1000000");
    expect_sorted("person");
    expect_sorted("visit");
    write_many("id,age\n", PEOPLE, false); /* and the visits anew */
    load_timed("person", PEOPLE);
    assert_int_equal(fixture_version(&fixture, "d", "visit")->version, 4);
    expect_sorted("visit");
    write_many("visit,amount\n", 0, false);
    load_timed("bill", 0);
    expect("SELECT count(*) FROM d.bill", "0");
}

int main(void) {
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_every_type),
        cmocka_unit_test(test_texts_are_compared_as_they_are),
        STORE_TEST(test_numbers_stay),
        STORE_TEST(test_files_of_units),
        STORE_TEST(test_datasets_have_units_of_their_own),
        STORE_TEST(test_rows_of_a_unit_lie_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
