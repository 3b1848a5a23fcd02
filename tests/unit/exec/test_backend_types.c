/* Constants in and results out, for every type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "backend_fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static struct fixture fixture;

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture, "CREATE TABLE rows AS SELECT range AS id, range % 7 AS grp, "
                           "range::INTEGER AS weir_unit FROM range(10000)");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static struct weir_value answer(const char *sql) {
    struct weir_rows rows;
    if (!fixture_query(&fixture, sql, &rows).ok)
        fail_msg("%s: %s", sql, fixture.error.message);
    assert_int_equal(rows.column_count, 1);
    assert_int_equal(rows.row_count, 1);
    assert_int_equal(rows.types[0], rows.values[0].type);
    return rows.values[0];
}

static void expect_text(const char *sql, enum weir_type type, const char *text) {
    struct weir_value value = answer(sql);
    assert_int_equal(value.type, type);
    assert_false(value.is_null);
    struct weir_buffer printed = {0};
    weir_buffer_text(&printed, "");
    weir_value_print(&value, &printed);
    assert_string_equal(printed.bytes, text);
    weir_buffer_free(&printed);
}

static void test_every_result_type(void **state) {
    (void)state;
    expect_text("SELECT true", WEIR_TYPE_BOOLEAN, "t");
    expect_text("SELECT (-128)::TINYINT", WEIR_TYPE_INTEGER, "-128");
    expect_text("SELECT (-32768)::SMALLINT", WEIR_TYPE_INTEGER, "-32768");
    expect_text("SELECT (-2147483648)::INTEGER", WEIR_TYPE_INTEGER, "-2147483648");
    expect_text("SELECT 255::UTINYINT", WEIR_TYPE_INTEGER, "255");
    expect_text("SELECT 65535::USMALLINT", WEIR_TYPE_INTEGER, "65535");
    expect_text("SELECT 4294967295::UINTEGER", WEIR_TYPE_BIGINT, "4294967295");
    expect_text("SELECT (-9223372036854775808)::BIGINT", WEIR_TYPE_BIGINT, "-9223372036854775808");
    expect_text("SELECT 18446744073709551615::UBIGINT", WEIR_TYPE_NUMERIC, "18446744073709551615");
    expect_text("SELECT (-170141183460469231731687303715884105727)::HUGEINT", WEIR_TYPE_NUMERIC,
                "-170141183460469231731687303715884105727");
    expect_text("SELECT sum(id) FROM city.people", WEIR_TYPE_NUMERIC, "49995000");
    expect_text("SELECT 1.5::FLOAT", WEIR_TYPE_DOUBLE, "1.5");
    expect_text("SELECT 0.1::DOUBLE", WEIR_TYPE_DOUBLE, "0.1");
    expect_text("SELECT 'infinity'::DOUBLE", WEIR_TYPE_DOUBLE, "Infinity");
    expect_text("SELECT 'abc'", WEIR_TYPE_TEXT, "abc");
    expect_text("SELECT ''", WEIR_TYPE_TEXT, "");
    expect_text("SELECT repeat('long text ', 3)", WEIR_TYPE_TEXT, "long text long text long text ");
    expect_text("SELECT DATE '1969-12-31'", WEIR_TYPE_DATE, "1969-12-31");
    expect_text("SELECT TIMESTAMP '2026-11-24 12:34:56.5'", WEIR_TYPE_TIMESTAMP,
                "2026-11-24 12:34:56.5");
    expect_text("SELECT '\\x00\\xFF'::BLOB", WEIR_TYPE_BLOB, "\\x00ff");
}

static void test_decimals_of_every_width(void **state) {
    (void)state;
    expect_text("SELECT 12.5::DECIMAL(4,1)", WEIR_TYPE_NUMERIC, "12.5");
    expect_text("SELECT (-1234.56)::DECIMAL(9,2)", WEIR_TYPE_NUMERIC, "-1234.56");
    expect_text("SELECT 1234567890.12::DECIMAL(18,2)", WEIR_TYPE_NUMERIC, "1234567890.12");
    expect_text("SELECT (-0.000001)::DECIMAL(38,6)", WEIR_TYPE_NUMERIC, "-0.000001");
    expect_text("SELECT 12345678901234567890123456789012.345678::DECIMAL(38,6)", WEIR_TYPE_NUMERIC,
                "12345678901234567890123456789012.345678");
}

static void test_null_of_every_type(void **state) {
    (void)state;
    static const char *const types[] = {"BOOLEAN", "INTEGER", "BIGINT", "DECIMAL(10,2)",
                                        "DOUBLE",  "VARCHAR", "DATE",   "TIMESTAMP",
                                        "BLOB",    "HUGEINT"};
    for (size_t i = 0; i < WEIR_COUNT(types); i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT NULL::%s", types[i]);
        assert_true(answer(sql).is_null);
    }
}

static void test_unsupported_types_are_refused(void **state) {
    (void)state;
    static const char *const questions[] = {"SELECT [1, 2]",         "SELECT {'a': 1}",
                                            "SELECT INTERVAL 1 DAY", "SELECT TIME '10:00'",
                                            "SELECT 'a'::ENUM('a')", "SELECT uuid()"};
    for (size_t i = 0; i < WEIR_COUNT(questions); i++) {
        struct weir_rows rows;
        assert_false(fixture_query(&fixture, questions[i], &rows).ok);
        assert_int_equal(fixture.error.class, WEIR_ERROR_INTERNAL);
    }
}

static void test_constants_come_back(void **state) {
    (void)state;
    const struct weir_value constants[] = {
        weir_value_boolean(false),
        weir_value_integer(WEIR_TYPE_INTEGER, INT32_MIN),
        weir_value_integer(WEIR_TYPE_BIGINT, INT64_MAX),
        weir_value_numeric(-25, 2),
        weir_value_numeric(0, 0),
        weir_value_double(-0.5),
        weir_value_text("it's \"quoted\"", 13),
        weir_value_integer(WEIR_TYPE_DATE, 20781),
        weir_value_integer(WEIR_TYPE_TIMESTAMP, -1),
        {.type = WEIR_TYPE_BLOB, .as.text = {"\0\xff", 2}},
        weir_value_null(WEIR_TYPE_INTEGER),
    };
    struct weir_rows rows;
    weir_status status =
        fixture_query_with(&fixture, "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11",
                           constants, WEIR_COUNT(constants), &rows);
    assert_true(status.ok);
    assert_int_equal(rows.column_count, WEIR_COUNT(constants));
    for (size_t i = 0; i + 1 < WEIR_COUNT(constants); i++) {
        assert_int_equal(rows.types[i], constants[i].type);
        assert_int_equal(weir_value_compare(&rows.values[i], &constants[i]), 0);
    }
    assert_true(rows.values[WEIR_COUNT(constants) - 1].is_null);
}

static void test_constants_that_do_not_fit_are_refused(void **state) {
    (void)state;
    struct weir_rows rows;
    struct weir_value wide = weir_value_integer(WEIR_TYPE_INTEGER, INT64_C(1) << 40);
    assert_false(fixture_query_with(&fixture, "SELECT $1", &wide, 1, &rows).ok);
    struct weir_value one = weir_value_integer(WEIR_TYPE_INTEGER, 1);
    assert_false(fixture_query_with(&fixture, "SELECT $1, $2", &one, 1, &rows).ok);
    assert_false(fixture_query_with(&fixture, "SELECT 1", &one, 1, &rows).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INTERNAL);
}

static void test_many_rows_keep_their_order(void **state) {
    (void)state;
    struct weir_rows rows;
    weir_status status = fixture_query(
        &fixture, "SELECT id, 'name ' || id FROM city.people ORDER BY id DESC", &rows);
    assert_true(status.ok);
    assert_int_equal(rows.row_count, 10000);
    for (size_t i = 0; i < rows.row_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "name %zu", 9999 - i);
        assert_int_equal(rows.values[i * 2].as.integer, 9999 - i);
        assert_string_equal(rows.values[i * 2 + 1].as.text.bytes, name);
    }
}

static void test_an_empty_result_has_its_types(void **state) {
    (void)state;
    struct weir_rows rows;
    assert_true(fixture_query(&fixture, "SELECT id FROM city.people WHERE id < 0", &rows).ok);
    assert_int_equal(rows.row_count, 0);
    assert_int_equal(rows.types[0], WEIR_TYPE_BIGINT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_result_type),
        cmocka_unit_test(test_decimals_of_every_width),
        cmocka_unit_test(test_null_of_every_type),
        cmocka_unit_test(test_unsupported_types_are_refused),
        cmocka_unit_test(test_constants_come_back),
        cmocka_unit_test(test_constants_that_do_not_fit_are_refused),
        cmocka_unit_test(test_many_rows_keep_their_order),
        cmocka_unit_test(test_an_empty_result_has_its_types),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
