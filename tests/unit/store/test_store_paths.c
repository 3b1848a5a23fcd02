/* Tables that lead to their unit through others: rows that lead to nobody, parents loaded again,
 * rows added, keys checked over the whole; all of a load or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const char policy[] =
    "POLICY \"p\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2036-01-01;"
    "DATASET d UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;"
    "PUBLIC TABLE public.ward (code TEXT KEY);"
    "TABLE d.bill (visit INT UNIT VIA d.visit(number), amount INT) RETAIN 1 YEAR FROM LOAD;"
    "TABLE d.visit (number INT KEY, person BIGINT UNIT VIA d.person(id),"
    " ward TEXT VALUES FROM public.ward(code)) RETAIN 1 YEAR FROM LOAD;"
    "TABLE d.person (id BIGINT UNIT KEY, passport TEXT KEY) RETAIN 1 YEAR FROM LOAD;"
    "TABLE d.border (passport TEXT UNIT VIA d.person(passport) NOT NULL, day DATE)"
    " RETAIN 1 YEAR FROM LOAD;"
    "ROLE r; PURPOSE p IS dpv:PublicBenefit LEGAL BASIS \"x\" BECAUSE \"y\" UNTIL 2035-01-01;"
    "PERMIT AGGREGATE ON d.bill (amount) FOR p TO ROLE r"
    " BUDGET EPSILON 3 DELTA 1e-9 PER YEAR QUERY EPSILON 1 MINIMUM 1 PEOPLE;";

static struct fixture fixture;

static void load(const char *schema, const char *table, const char *text) {
    if (!fixture_load(&fixture, schema, table, text).ok)
        fail_msg("%s: %s", table, fixture.error.message);
}

static void append(const char *schema, const char *table, const char *text) {
    if (!fixture_append(&fixture, schema, table, text).ok)
        fail_msg("%s: %s", table, fixture.error.message);
}

static void expect(const char *sql, const char *expected) {
    fixture_expect(&fixture, sql, expected);
}

static void expect_version(const char *table, int64_t version, int64_t rows, int64_t orphans) {
    const struct weir_table_version *found = fixture_version(&fixture, "d", table);
    assert_non_null(found);
    assert_int_equal(found->version, version);
    assert_int_equal(found->rows, rows);
    assert_int_equal(found->orphans, orphans);
}

/* Visits 1 and 2 lead to person 10, 3 to nobody known, 4 nowhere; bills follow them. */
static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture, policy);
    load("public", "ward", "code\nA\nB\n");
    load("d", "person", "id,passport\n10,X\n20,Y\n");
    load("d", "visit", "number,person,ward\n4,,B\n3,30,B\n2,10,A\n1,10,\n");
    load("d", "bill", "visit,amount\n1,100\n1,101\n2,200\n3,300\n4,400\n5,500\n,600\n");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void test_rows_that_lead_to_nobody_are_in_no_answer(void **state) {
    (void)state;
    expect_version("person", 2, 2, 0);
    expect_version("visit", 3, 4, 2);
    expect_version("bill", 4, 7, 4);
    expect("SELECT number, weir_unit FROM d.visit ORDER BY number", "1|0;2|0");
    expect("SELECT amount, weir_unit FROM d.bill ORDER BY amount", "100|0;101|0;200|0");
}

static void test_parents_are_loaded_first(void **state) {
    (void)state;
    struct fixture fresh;
    fixture_open(&fresh, policy);
    assert_false(fixture_load(&fresh, "d", "bill", "visit,amount\n1,100\n").ok);
    assert_int_equal(fresh.error.class, WEIR_ERROR_INVALID);
    assert_string_equal(
        fresh.error.message,
        "the rows of d.bill lead to their units through d.visit, which is not loaded yet");
    assert_string_equal(fresh.error.hint, "Load d.visit first, then this table.");
    assert_false(fixture_append(&fresh, "d", "visit", "number,person,ward\n").ok);
    assert_string_equal(fresh.error.hint, "Load d.person first, then this table.");
    fixture_close(&fresh);
}

static void test_a_parent_loaded_again_leads_its_rows_anew(void **state) {
    (void)state;
    load("d", "person", "id,passport\n30,Z\n20,Y\n");
    expect_version("person", 5, 2, 0);
    expect_version("visit", 6, 4, 3);
    expect_version("bill", 7, 7, 6);
    expect("SELECT number, weir_unit FROM d.visit", "3|2");
    expect("SELECT amount, weir_unit FROM d.bill", "300|2");
    load("d", "person", "id,passport\n30,Z\n20,Y\n10,X\n"); /* nothing of it was lost */
    expect("SELECT number, weir_unit FROM d.visit ORDER BY number", "1|0;2|0;3|2");
    expect("SELECT amount, weir_unit FROM d.bill ORDER BY amount", "100|0;101|0;200|0;300|2");
    load("d", "visit", "number,person,ward\n5,20,A\n4,30,A\n");
    expect_version("visit", 11, 2, 0);
    expect_version("bill", 12, 7, 5);
    expect("SELECT amount, weir_unit FROM d.bill ORDER BY amount", "400|2;500|1");
    assert_int_equal(fixture_version(&fixture, "d", "person")->version, 8);
}

/* All that a load writes is rewritten from the same file as before, as the log will say. */
static void test_rows_led_anew_keep_their_digest(void **state) {
    (void)state;
    struct weir_table_version before = *fixture_version(&fixture, "d", "bill");
    load("d", "visit", "number,person,ward\n5,20,A\n");
    const struct weir_table_version *after = fixture_version(&fixture, "d", "bill");
    assert_true(after->version > before.version);
    assert_memory_equal(after->digest, before.digest, sizeof before.digest);
    const struct weir_logged_version *versions;
    size_t count;
    bool same;
    assert_true(
        weir_store_logged_versions(fixture.store, fixture.arena, &versions, &count, &fixture.error)
            .ok);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        assert_true(
            weir_store_check_content(fixture.store, &versions[i], &same, &fixture.error).ok);
        assert_true(same);
        assert_int_equal(versions[i].log_index, i == 5 ? 8 : 7); /* one place in the log for each */
    }
}

static void test_a_path_through_another_key(void **state) {
    (void)state;
    load("d", "border", "day,passport\n2026-01-01,Y\n2026-01-02,X\n2026-01-03,Y\n2026-01-04,W\n");
    expect_version("border", 5, 4, 1);
    expect("SELECT passport, weir_unit FROM d.border", "X|0;Y|1;Y|1");
    append("d", "person", "id,passport\n5,W\n");
    expect("SELECT passport, weir_unit FROM d.border", "X|0;Y|1;Y|1;W|2");
    load("d", "person", "id,passport\n10,Y\n20,X\n"); /* passports that changed hands */
    expect("SELECT passport, weir_unit FROM d.border", "Y|0;Y|0;X|1");
}

static void test_rows_are_added(void **state) {
    (void)state;
    append("d", "person", "passport,id\nZ,30\n");
    expect_version("person", 5, 3, 0);
    expect_version("visit", 6, 4, 1);
    expect_version("bill", 7, 7, 3);
    append("d", "bill", "visit,amount\n3,301\n9,900\n");
    expect_version("bill", 8, 9, 4);
    expect("SELECT amount, weir_unit FROM d.bill ORDER BY amount", "100|0;101|0;200|0;300|2;301|2");
    append("public", "ward", "code\nC\n");
    append("d", "visit", "number,person,ward\n9,20,C\n");
    expect("SELECT amount, weir_unit FROM d.bill ORDER BY amount",
           "100|0;101|0;200|0;300|2;301|2;900|1");
    expect("SELECT count(*) FROM public.ward", "3");
    append("d", "border", "passport,day\nX,2026-01-01\n"); /* to a table that has none */
    expect("SELECT passport, weir_unit FROM d.border", "X|0");
}

static void expect_refused(weir_status status, int line, const char *message) {
    assert_false(status.ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_string_equal(fixture.error.message, message);
    assert_int_equal(fixture.error.line, line);
}

static void test_keys_are_unique_over_the_whole(void **state) {
    (void)state;
    expect_refused(fixture_load(&fixture, "d", "visit", "number,person,ward\n1,10,\n2,,\n1,20,\n"),
                   4, "line 4, column \"number\": the same key as on line 2");
    expect_refused(fixture_load(&fixture, "d", "visit", "number,person,ward\n1,10,\n,20,\n"), 3,
                   "line 3, column \"number\": a value is required");
    expect_refused(fixture_load(&fixture, "d", "person", "id,passport\n1,A\n2,A\n"), 3,
                   "line 3, column \"passport\": the same key as on line 2");
    expect_refused(
        fixture_append(&fixture, "d", "visit", "number,person,ward\n7,10,\n4,10,\n3,20,\n"), 3,
        "line 3, column \"number\": the same key as in a row that was loaded before");
    expect_refused(fixture_append(&fixture, "d", "person", "id,passport\n7,A\n8,B\n10,C\n"), 4,
                   "line 4, column \"id\": the same key as in a row that was loaded before");
    expect_refused(fixture_append(&fixture, "d", "visit", "number,person,ward\n7,10,\n8,10,Z\n"), 3,
                   "line 3, column \"ward\": not a code of public.ward");
    expect_version("visit", 3, 4, 2);
    expect_version("person", 2, 2, 0);
}

static void test_values_of_rows_without_a_person_are_relied_on(void **state) {
    (void)state;
    expect_refused(fixture_load(&fixture, "public", "ward", "code\nA\n"), 0,
                   "the new public.ward lacks a code that d.visit (column \"ward\") uses");
}

static void test_a_load_given_up_leaves_all_as_it_was(void **state) {
    (void)state;
    struct weir_load *given_up = NULL;
    size_t count, files = fixture_count_files(&fixture, "data");
    fixture_write(&fixture, "id,passport\n99,Q\n", 17);
    assert_true(fixture_prepare(&fixture, "d", "person", &given_up).ok);
    const struct weir_table_version *versions = weir_load_versions(given_up, &count);
    assert_int_equal(count, 3);
    assert_string_equal(versions[0].name, "person");
    assert_string_equal(versions[1].name, "visit");
    assert_string_equal(versions[2].name, "bill");
    assert_int_equal(versions[2].version, 7);
    assert_int_equal(versions[2].orphans, 7);
    assert_int_equal(fixture_count_files(&fixture, "data"), files + 4); /* with the units */
    weir_load_close(given_up);
    assert_int_equal(fixture_count_files(&fixture, "data"), files);
    expect_version("bill", 4, 7, 4);
    load("d", "person", "id,passport\n77,Q\n");
    expect("SELECT id, weir_unit FROM d.person", "77|2"); /* 99 was never given a number */
    expect_version("person", 8, 1, 0);
}

static weir_status fail_sync(void *state, int file, struct weir_error *error) {
    int *left = state;
    (void)file;
    return (*left)-- > 0 ? WEIR_OK : weir_fail(error, WEIR_ERROR_SYSTEM, "the disk is failing");
}

/* At whichever file it fails, nothing of the load is left. */
static void test_a_failing_disk_leaves_all_as_it_was(void **state) {
    (void)state;
    bool loaded = false;
    size_t files = fixture_count_files(&fixture, "data");
    for (int attempt = 0; !loaded; attempt++) {
        int left = attempt;
        struct weir_env failing = *weir_env_system();
        struct weir_load *one = NULL;
        struct weir_store *store = NULL;
        failing.sync = fail_sync;
        failing.state = &left;
        weir_error_clear(&fixture.error);
        assert_true(weir_store_open(fixture.path, &failing, &store, &fixture.error).ok);
        fixture_write(&fixture, "id,passport\n99,Q\n", 17);
        const struct weir_load_request request = {
            .schema = "d", .table = "person", .path = fixture.file};
        loaded = weir_load_prepare(store, &request, &one, &fixture.error).ok;
        assert_true(loaded == (one != NULL));
        weir_load_close(one);
        assert_int_equal(fixture_count_files(&fixture, "data"), files);
        weir_store_close(store);
        assert_true(attempt < 20);
    }
    expect_version("bill", 4, 7, 4);
}

int main(void) {
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_rows_that_lead_to_nobody_are_in_no_answer),
        STORE_TEST(test_parents_are_loaded_first),
        STORE_TEST(test_a_parent_loaded_again_leads_its_rows_anew),
        STORE_TEST(test_rows_led_anew_keep_their_digest),
        STORE_TEST(test_a_path_through_another_key),
        STORE_TEST(test_rows_are_added),
        STORE_TEST(test_keys_are_unique_over_the_whole),
        STORE_TEST(test_values_of_rows_without_a_person_are_relied_on),
        STORE_TEST(test_a_load_given_up_leaves_all_as_it_was),
        STORE_TEST(test_a_failing_disk_leaves_all_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
