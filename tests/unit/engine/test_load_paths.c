/* Loading tables that lead to their unit through others: what is reported, logged and verified. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine_fixture.h"

#include <string.h>

#include "base/banned.h"

static const char policy[] =
    "POLICY \"Health statistics\" VERSION 3 CONTROLLER \"Ministry\" EFFECTIVE 2026-01-01"
    " UNTIL 2036-01-01;\n"
    "DATASET health UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;\n"
    "TABLE health.patient (id BIGINT UNIT KEY, born INT) RETAIN 10 YEARS FROM LOAD;\n"
    "TABLE health.visit (number INT KEY, patient BIGINT UNIT VIA health.patient(id))"
    " RETAIN 10 YEARS FROM LOAD BOUND 20 ROWS;\n"
    "TABLE health.bill (visit INT UNIT VIA health.visit(number), amount INT)"
    " RETAIN 10 YEARS FROM LOAD;\n"
    "ROLE analyst;\n"
    "PURPOSE planning IS dpv:PublicBenefit LEGAL BASIS \"Act 1\" BECAUSE \"Plans\""
    " UNTIL 2030-01-01;\n"
    "PERMIT AGGREGATE ON health.bill (amount) FOR planning TO ROLE analyst"
    " BUDGET EPSILON 3 DELTA 1e-9 PER YEAR QUERY EPSILON 0.25 MINIMUM 10 PEOPLE;\n";

static struct fixture fixture;
static const struct weir_table_version *loaded;
static size_t count;

static int set_up(void **state) {
    (void)state;
    fixture_prepare(&fixture, policy);
    fixture_must(&fixture,
                 weir_engine_create(fixture.path, &fixture.env, fixture.policy, &fixture.error));
    fixture.engine = fixture_open_engine(&fixture, false);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void load(const char *table, bool append, const char *text) {
    const struct weir_load_request request = {
        .schema = "health", .table = table, .path = fixture.file, .append = append};
    fixture_write(&fixture, text);
    fixture_must(&fixture, weir_engine_load(fixture.engine, &request, fixture.arena, &loaded,
                                            &count, &fixture.error));
    assert_string_equal(loaded[0].name, table);
}

static void expect_loaded(size_t which, const char *name, int64_t rows, int64_t orphans) {
    assert_true(which < count);
    assert_string_equal(loaded[which].schema, "health");
    assert_string_equal(loaded[which].name, name);
    assert_int_equal(loaded[which].rows, rows);
    assert_int_equal(loaded[which].orphans, orphans);
}

static void load_three(void) {
    load("patient", false, "id,born\n1,1950\n2,1960\n");
    assert_int_equal(count, 1);
    load("visit", false, "number,patient\n10,1\n11,2\n12,3\n13,\n");
    expect_loaded(0, "visit", 4, 2);
    load("bill", false, "visit,amount\n10,1\n12,2\n99,3\n");
    expect_loaded(0, "bill", 3, 2);
}

static void verify(uint64_t loads) {
    struct weir_verify_report report;
    fixture_must(&fixture, weir_engine_verify(fixture.path, &fixture.env, &report, &fixture.error));
    assert_int_equal(report.loads, loads);
}

/* Whatever the values are: what is written anew shows nothing of them. */
static void test_a_parent_takes_an_entry_for_each_table_behind(void **state) {
    (void)state;
    load_three();
    assert_int_equal(weir_log_size(fixture.engine->log), 1 + 3);
    verify(3);
    load("patient", false, "id,born\n1,1950\n2,1960\n");
    assert_int_equal(count, 3);
    expect_loaded(1, "visit", 4, 2);
    expect_loaded(2, "bill", 3, 2);
    assert_int_equal(weir_log_size(fixture.engine->log), 1 + 3 + 3);
    load("patient", true, "id,born\n3,1970\n");
    expect_loaded(0, "patient", 3, 0);
    expect_loaded(1, "visit", 4, 1);
    expect_loaded(2, "bill", 3, 1);
    load("visit", true, "number,patient\n99,2\n");
    assert_int_equal(count, 2);
    expect_loaded(0, "visit", 5, 1);
    expect_loaded(1, "bill", 3, 0);
    assert_int_equal(weir_log_size(fixture.engine->log), 1 + 3 + 3 + 3 + 2);
    verify(11);
}

static weir_status fail_sync(void *state, int file, struct weir_error *error) {
    (void)state;
    (void)file;
    return weir_fail(error, WEIR_ERROR_SYSTEM, "the disk is failing");
}

/* A log that fails puts none of the tables in force; its numbers are not used again. */
static void test_what_cannot_be_logged_is_not_in_force(void **state) {
    (void)state;
    load_three();
    struct weir_env failing = fixture.env;
    const struct weir_table_version *versions;
    size_t version_count;
    int64_t store_version;
    failing.sync = fail_sync;
    weir_log_close(fixture.engine->log);
    fixture_must(&fixture, weir_log_open(weir_store_log_folder(fixture.engine->store), &failing,
                                         weir_store_log_origin(fixture.engine->store),
                                         weir_store_keys(fixture.engine->store)->log_seed,
                                         &fixture.engine->log, &fixture.error));
    const struct weir_load_request request = {
        .schema = "health", .table = "patient", .path = fixture.file};
    fixture_write(&fixture, "id,born\n7,1950\n");
    assert_false(
        weir_engine_load(fixture.engine, &request, fixture.arena, &loaded, &count, &fixture.error)
            .ok);
    weir_error_clear(&fixture.error);
    fixture_must(&fixture, weir_store_versions(fixture.engine->store, fixture.arena, &versions,
                                               &version_count, &store_version, &fixture.error));
    assert_int_equal(store_version, 3);
    weir_engine_close(fixture.engine);
    fixture.engine = fixture_open_engine(&fixture, false);
    load("bill", false, "visit,amount\n10,1\n");
    assert_int_equal(loaded[0].version, 7);
    verify(4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_parent_takes_an_entry_for_each_table_behind, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_logged_is_not_in_force, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
