/* Parquet files: the same table as from CSV, rows numbered in errors, unfit types refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store_fixture.h"

#include "exec/duckdb_engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static struct fixture fixture;

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture, fixture_policy);
    assert_true(fixture_load(&fixture, "public", "district", "code,label\nN,North\n").ok);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* Writes what `select` gives as a Parquet file. */
static void write_parquet(const char *select) {
    struct weir_backend_options options = {.threads = 2, .memory_megabytes = 256};
    duckdb_database database;
    duckdb_connection connection;
    char sql[2048];
    weir_error_clear(&fixture.error);
    assert_true(weir_duckdb_open_database(NULL, &options, &database, &fixture.error).ok);
    assert_int_equal(duckdb_connect(database, &connection), DuckDBSuccess);
    snprintf(sql, sizeof sql, "COPY (%s) TO '%s' (FORMAT PARQUET)", select, fixture.file);
    if (!weir_duckdb_run(connection, sql, &fixture.error).ok)
        fail_msg("cannot write: %s", select);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
}

#define COLUMNS                                                                                    \
    "range AS id, 1950::SMALLINT AS born, 'F' AS sex, 'N' AS district, 80.5::DECIMAL(9,1) AS "     \
    "weight, "                                                                                     \
    "0.5::DOUBLE AS score, true AS insured, DATE '2020-01-02' AS seen_on, "                        \
    "TIMESTAMP '2020-01-02 03:04:05' AS seen_at, 'note' AS note, '\\x00'::BLOB AS picture"

static void expect_refused(const char *select, int row, const char *message) {
    write_parquet(select);
    assert_false(fixture_load_file(&fixture, "health", "patient", fixture.file).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_string_equal(fixture.error.message, message);
    assert_int_equal(fixture.error.line, row);
    assert_null(fixture_version(&fixture, "health", "patient"));
}

static void test_it_loads(void **state) {
    (void)state;
    write_parquet("SELECT " COLUMNS " FROM range(250000) ORDER BY range DESC");
    if (!fixture_load_file(&fixture, "health", "patient", fixture.file).ok)
        fail_msg("%s", fixture.error.message);
    assert_int_equal(fixture_version(&fixture, "health", "patient")->rows, 250000);
}

static void test_rows_are_numbered_in_the_files_order(void **state) {
    (void)state;
    expect_refused("SELECT * REPLACE (CASE WHEN id = 140000 THEN NULL ELSE born END AS born) FROM "
                   "(SELECT " COLUMNS " FROM range(200000))",
                   140001, "row 140001, column \"born\": a value is required");
    expect_refused(
        "SELECT * REPLACE (CASE WHEN id = 3 THEN 1 ELSE id END AS id) FROM (SELECT " COLUMNS
        " FROM range(5))",
        4, "row 4, column \"id\": the same key as on row 2");
    expect_refused(
        "SELECT * REPLACE (CASE WHEN id = 3 THEN 'secret' ELSE 'N' END AS district) FROM "
        "(SELECT " COLUMNS " FROM range(5))",
        4, "row 4, column \"district\": not a code of public.district");
}

static void test_values_that_do_not_fit(void **state) {
    (void)state;
    expect_refused("SELECT * REPLACE (3000000000 AS born) FROM (SELECT " COLUMNS " FROM range(1))",
                   1, "row 1, column \"born\": not an INTEGER");
    expect_refused("SELECT * REPLACE ('x' AS born) FROM (SELECT " COLUMNS " FROM range(1))", 1,
                   "row 1, column \"born\": not an INTEGER");
    expect_refused("SELECT * REPLACE (80.555 AS weight) FROM (SELECT " COLUMNS " FROM range(1))", 1,
                   "row 1, column \"weight\": not a NUMERIC(5, 2)");
    expect_refused("SELECT * REPLACE ('nan'::DOUBLE AS score) FROM (SELECT " COLUMNS
                   " FROM range(1))",
                   1, "row 1, column \"score\": not a DOUBLE PRECISION");
    expect_refused("SELECT * REPLACE ('a' || chr(0) AS note) FROM (SELECT " COLUMNS
                   " FROM range(1))",
                   1, "row 1, column \"note\": not a TEXT");
    expect_refused("SELECT * REPLACE ([1] AS note) FROM (SELECT " COLUMNS " FROM range(1))", 1,
                   "row 1, column \"note\": of a type in the file that no column can have");
}

static void test_columns_by_name(void **state) {
    (void)state;
    expect_refused("SELECT * EXCLUDE (sex) FROM (SELECT " COLUMNS " FROM range(1))", 1,
                   "row 1, column \"sex\": missing in the header");
    expect_refused("SELECT *, 1 AS extra FROM (SELECT " COLUMNS " FROM range(1))", 1,
                   "row 1, column \"extra\": not a column of the table in the policy");
}

static void test_torn_files_are_refused(void **state) {
    (void)state;
    write_parquet("SELECT " COLUMNS " FROM range(10000)");
    assert_int_equal(truncate(fixture.file, 3000), 0);
    assert_false(fixture_load_file(&fixture, "health", "patient", fixture.file).ok);
    assert_string_equal(fixture.error.message, "the file cannot be read as Parquet");
    fixture_write(&fixture, "PAR1PAR1", 8);
    assert_false(fixture_load_file(&fixture, "health", "patient", fixture.file).ok);
    assert_string_equal(fixture.error.message, "the file cannot be read as Parquet");
}

int main(void) {
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_it_loads),
        STORE_TEST(test_rows_are_numbered_in_the_files_order),
        STORE_TEST(test_values_that_do_not_fit),
        STORE_TEST(test_columns_by_name),
        STORE_TEST(test_torn_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
