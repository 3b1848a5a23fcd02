/* Loads that fail: which line and column is named, that no value ever is, and that nothing changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static struct fixture fixture;

#define HEADER "id,born,sex,district,weight,score,insured,seen_on,seen_at,note,picture\n"
#define GOOD "1,1950,F,N,80.5,0.5,true,2020-01-02,2020-01-02 03:04:05,fine,\\x00\n"

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture, fixture_policy);
    assert_true(fixture_load(&fixture, "public", "district", "code,label\nN,North\n").ok);
    assert_true(fixture_load(&fixture, "health", "patient", HEADER GOOD).ok);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void expect_unchanged(void) {
    assert_int_equal(fixture_version(&fixture, "health", "patient")->version, 2);
    assert_int_equal(fixture_count_files(&fixture, "data"), 3); /* and the units */
    assert_int_equal(fixture_count_files(&fixture, "spill/load"), 0);
}

static void expect_refused_bytes(const char *bytes, size_t len, int line, const char *message) {
    fixture_write(&fixture, bytes, len);
    if (fixture_load_file(&fixture, "health", "patient", fixture.file).ok)
        fail_msg("loaded, but should say: %s", message);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_string_equal(fixture.error.message, message);
    assert_int_equal(fixture.error.line, line);
    const struct weir_error error = fixture.error;
    expect_unchanged();
    fixture.error = error;
}

static void expect_refused(const char *text, int line, const char *message) {
    expect_refused_bytes(text, strlen(text), line, message);
}

/* A file of a good row and one with the given cell in the given column. */
static void expect_cell_refused(const char *column, const char *cell, const char *problem) {
    static const char *const names[] = {"id",      "born",  "sex",     "district",
                                        "weight",  "score", "insured", "seen_on",
                                        "seen_at", "note",  "picture"};
    struct weir_buffer text = {0};
    char message[256];
    weir_buffer_text(&text, HEADER GOOD);
    for (size_t i = 0; i < WEIR_COUNT(names); i++)
        weir_buffer_printf(&text, "%s%s", i == 0 ? "" : ",",
                           strcmp(names[i], column) == 0 ? cell
                           : i == 0                      ? "2"
                           : i == 1                      ? "1950"
                                                         : "");
    weir_buffer_text(&text, "\n");
    snprintf(message, sizeof message, "line 3, column \"%s\": %s", column, problem);
    expect_refused(text.bytes, 3, message);
    weir_buffer_free(&text);
    if (strlen(cell) > 3) {
        assert_null(strstr(fixture.error.message, cell));
        assert_null(strstr(fixture.error.detail, cell));
        assert_null(strstr(fixture.error.hint, cell));
    }
}

static void test_cells_of_the_wrong_type(void **state) {
    (void)state;
    static const char *const integers[] = {
        "abcd", "1950.0",     " 1950", "1950 ", "0x7a",
        "--1",  "2147483648", "\"\"",  "1e3",   "\xd9\xa1\xd9\xa2"};
    for (size_t i = 0; i < WEIR_COUNT(integers); i++)
        expect_cell_refused("born", integers[i], "not an INTEGER");
    expect_cell_refused("id", "9223372036854775808", "not a BIGINT");
    static const char *const decimals[] = {"1.234", "1000.00", "-1000", "1e2", "NaN", "1.2.3", "."};
    for (size_t i = 0; i < WEIR_COUNT(decimals); i++)
        expect_cell_refused("weight", decimals[i], "not a NUMERIC(5, 2)");
    static const char *const doubles[] = {"nan", "NULL", "inf", "1e999", "0x1p3", "1,", " 1"};
    for (size_t i = 0; i < WEIR_COUNT(doubles); i++)
        if (strchr(doubles[i], ',') == NULL)
            expect_cell_refused("score", doubles[i], "not a DOUBLE PRECISION");
    expect_cell_refused("insured", "maybe", "not a BOOLEAN");
    static const char *const dates[] = {"2020-02-30", "01/02/2020", "2020-1-2", "2020-01-02x"};
    for (size_t i = 0; i < WEIR_COUNT(dates); i++)
        expect_cell_refused("seen_on", dates[i], "not a DATE");
    expect_cell_refused("seen_at", "2020-01-02 25:00:00", "not a TIMESTAMP");
    expect_cell_refused("seen_at", "2020-01-02 10:00:00.1234567", "not a TIMESTAMP");
    expect_cell_refused("picture", "\\x0g", "not a BLOB");
    expect_cell_refused("picture", "data", "not a BLOB");
}

static void test_cells_the_policy_does_not_allow(void **state) {
    (void)state;
    expect_cell_refused("born", "", "a value is required");
    expect_cell_refused("id", "", "a value is required");
    expect_cell_refused("sex", "female", "not one of the VALUES that the policy lists");
    expect_cell_refused("sex", "\"\"", "not one of the VALUES that the policy lists");
    expect_cell_refused("district", "Nowhere", "not a code of public.district");
}

static void test_keys_that_repeat(void **state) {
    (void)state;
    expect_refused(HEADER "5,1950,,,,,,,,,\n6,1950,,,,,,,,\"x\ny\",\n7,1950,,,,,,,,,\n"
                          "6,1950,,,,,,,,,\n5,1950,,,,,,,,,\n",
                   6, "line 6, column \"id\": the same key as on line 3");
}

static void test_lines_are_the_files_own(void **state) {
    (void)state;
    expect_refused(HEADER "1,1950,,,,,,,,\"three\nlines\nlong\",\n2,bad,,,,,,,,,\n", 5,
                   "line 5, column \"born\": not an INTEGER");
    expect_refused("id,born,sex,district,weight,score,insured,seen_on,seen_at,note,picture\r\n"
                   "1,1950,,,,,,,,\"a\r\nb\",\r\n2,bad,,,,,,,,,\r\n",
                   4, "line 4, column \"born\": not an INTEGER");
    expect_refused(HEADER "1,1950,,,,,,,,,\n2,bad,,,,,,,,\"starts\nhere\",\n", 3,
                   "line 3, column \"born\": not an INTEGER");
}

static void test_records_of_the_wrong_shape(void **state) {
    (void)state;
    expect_refused(HEADER GOOD "2,1950,F\n", 3, "line 3: 3 fields where the header names 11");
    expect_refused(HEADER GOOD "2,1950,,,,,,,,,,secret\n", 3,
                   "line 3: 12 fields where the header names 11");
    expect_refused(HEADER "\n" GOOD, 2, "line 2: an empty line");
    expect_refused(HEADER "1,1950,,,,,,,,\"never closed,\n" GOOD, 2,
                   "line 2: a quote that is not closed");
    expect_refused(
        HEADER "1,1950,,,,,,,,se\"cret,\n", 2,
        "line 2: a quote is out of place: a field with quotes in it is quoted as a whole, "
        "each quote in it doubled");
    expect_refused(
        HEADER "1,1950,,,,,,,,\"sec\"ret,\n", 2,
        "line 2: a quote is out of place: a field with quotes in it is quoted as a whole, "
        "each quote in it doubled");
    expect_refused(HEADER "1,1950,,,,,,,,a\rb,\n", 2,
                   "line 2: a carriage return that does not end the line");
}

static void test_bytes_that_are_no_text(void **state) {
    (void)state;
    static const char nul[] = HEADER "1,1950,,,,,,,,se\0cret,\n";
    expect_refused_bytes(nul, sizeof nul - 1, 2, "line 2: a NUL byte");
    static const char *const bad[] = {
        "\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"};
    for (size_t i = 0; i < WEIR_COUNT(bad); i++) {
        char text[256];
        snprintf(text, sizeof text, HEADER GOOD "2,1950,,,,,,,,%s,\n", bad[i]);
        expect_refused(text, 3, "line 3: not UTF-8");
    }
}

static void test_headers_that_do_not_fit(void **state) {
    (void)state;
    expect_refused("id,born,sex,district,weight,score,insured,seen_on,seen_at,note\n", 1,
                   "line 1, column \"picture\": missing in the header");
    assert_non_null(strstr(fixture.error.hint, "id,born,sex"));
    expect_refused("id,born,sex,district,weight,score,insured,seen_on,seen_at,note,picture,extra\n",
                   1, "line 1, column \"extra\": not a column of the table in the policy");
    expect_refused("id,born,sex,id,district,weight,score,insured,seen_on,seen_at,note,picture\n", 1,
                   "line 1, column \"id\": named twice in the header");
    /* A file without a header must not have its first record repeated. */
    expect_refused("77,1950,Anna,Smith\n", 1, "line 1, column \"id\": missing in the header");
    assert_null(strstr(fixture.error.hint, "Anna"));
    fixture_write(&fixture, "", 0);
    assert_false(fixture_load_file(&fixture, "health", "patient", fixture.file).ok);
    assert_non_null(strstr(fixture.error.message, "is empty"));
    expect_unchanged();
}

static void test_files_and_tables_that_are_not_there(void **state) {
    (void)state;
    assert_false(fixture_load_file(&fixture, "health", "patient", "/tmp/weir_no_such_file").ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_false(fixture_load_file(&fixture, "health", "patient", "/tmp").ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_false(fixture_load_file(&fixture, "health", "nobody", fixture.file).ok);
    assert_string_equal(fixture.error.message, "the policy has no table health.nobody");
    expect_unchanged();
}

static void test_a_record_without_end(void **state) {
    (void)state;
    struct weir_buffer text = {0};
    weir_buffer_text(&text, HEADER "1,1950,,,,,,,,\"");
    for (int i = 0; i < 18 * 1024; i++)
        weir_buffer_printf(&text, "%01023d\n", 7);
    expect_refused_bytes(text.bytes, text.len, 2,
                         "line 2: a record of more than 16 MiB, or a quote that is not closed");
    for (size_t i = 100; i < text.len; i++)
        if (text.bytes[i] == '\n')
            text.bytes[i] = ' ';
    expect_refused_bytes(text.bytes, text.len, 2, "line 2: a line of more than 16 MiB");
    weir_buffer_free(&text);
}

static void test_order_of_loads(void **state) {
    (void)state;
    struct fixture fresh;
    fixture_open(&fresh, fixture_policy);
    assert_false(fixture_load(&fresh, "health", "patient", HEADER GOOD).ok);
    assert_int_equal(fresh.error.class, WEIR_ERROR_INVALID);
    assert_non_null(strstr(fresh.error.message, "public.district"));
    assert_string_equal(fresh.error.hint, "Load public.district first, then this table.");
    fixture_close(&fresh);
}

static void test_public_keys(void **state) {
    (void)state;
    assert_false(fixture_load(&fixture, "public", "district", "code,label\nN,a\nM,b\nN,c\n").ok);
    assert_string_equal(fixture.error.message,
                        "line 4, column \"code\": the same key as on line 2");
    assert_false(fixture_load(&fixture, "public", "district", "code,label\nN,a\n,b\n").ok);
    assert_string_equal(fixture.error.message, "line 3, column \"code\": a value is required");
    expect_unchanged();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_of_the_wrong_type),
        cmocka_unit_test(test_cells_the_policy_does_not_allow),
        cmocka_unit_test(test_keys_that_repeat),
        cmocka_unit_test(test_lines_are_the_files_own),
        cmocka_unit_test(test_records_of_the_wrong_shape),
        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_headers_that_do_not_fit),
        cmocka_unit_test(test_files_and_tables_that_are_not_there),
        cmocka_unit_test(test_a_record_without_end),
        cmocka_unit_test(test_order_of_loads),
        cmocka_unit_test(test_public_keys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
