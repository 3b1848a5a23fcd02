/* The allow-list means what PostgreSQL means: expected values written by hand from its
 * documentation and rules. Where PostgreSQL raises an error for a value, NULL is expected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "backend_fixture.h"

#include "catalog/functions.h"
#include "sql/emit.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { ARGUMENTS_MAX = 4 };

/* `types` has a letter an argument: b boolean, i integer, l bigint, n numeric, f double, t text, d
 * date, s timestamp. A text of NULL is NULL. A cast names its result in `to`. */
static const struct meaning {
    const char *name, *types;
    const char *arguments[ARGUMENTS_MAX];
    const char *expected;
    enum weir_type to;
} meanings[] = {
    /* whole numbers: division truncates, the rest has the sign of the dividend */
    {"/", "ii", {"7", "2"}, "3", 0},
    {"/", "ii", {"-7", "2"}, "-3", 0},
    {"/", "ii", {"7", "-2"}, "-3", 0},
    {"/", "ll", {"-7", "-2"}, "3", 0},
    {"/", "ii", {"1", "0"}, NULL, 0},
    {"/", "ii", {"-2147483648", "-1"}, NULL, 0},
    {"/", "ll", {"-9223372036854775808", "-1"}, NULL, 0},
    {"%", "ii", {"-7", "2"}, "-1", 0},
    {"%", "ii", {"7", "-2"}, "1", 0},
    {"%", "ll", {"-7", "-2"}, "-1", 0},
    {"%", "ii", {"7", "0"}, NULL, 0},
    {"%", "ii", {"-2147483648", "-1"}, "0", 0},
    {"%", "ll", {"-9223372036854775808", "-1"}, "0", 0},
    {"mod", "ii", {"-7", "2"}, "-1", 0},
    {"+", "ii", {"2147483647", "1"}, NULL, 0},
    {"-", "ll", {"-9223372036854775808", "1"}, NULL, 0},
    {"*", "ii", {"65536", "65536"}, NULL, 0},
    {"-", "i", {"-2147483648"}, NULL, 0},
    {"abs", "i", {"-2147483648"}, NULL, 0},
    {"abs", "i", {"-5"}, "5", 0},
    /* doubles: no infinity comes out */
    {"/", "ff", {"1", "0"}, NULL, 0},
    {"/", "ff", {"7", "2"}, "3.5", 0},
    {"*", "ff", {"1e308", "10"}, NULL, 0},
    {"sqrt", "f", {"-1"}, NULL, 0},
    {"sqrt", "f", {"9"}, "3", 0},
    {"ln", "f", {"0"}, NULL, 0},
    {"ln", "f", {"1"}, "0", 0},
    {"log", "f", {"100"}, "2", 0},
    {"log", "f", {"-1"}, NULL, 0},
    {"exp", "f", {"1000"}, NULL, 0},
    {"power", "ff", {"2", "10"}, "1024", 0},
    {"power", "ff", {"0", "-1"}, NULL, 0},
    {"power", "ff", {"-8", "0.5"}, NULL, 0},
    {"sign", "f", {"-2.5"}, "-1", 0},
    {"sign", "f", {"0"}, "0", 0},
    {"floor", "f", {"-1.5"}, "-2", 0},
    {"ceil", "f", {"-1.5"}, "-1", 0},
    {"ceiling", "f", {"1.2"}, "2", 0},
    {"trunc", "f", {"-1.7"}, "-1", 0},
    /* halves go to the even neighbour in double precision, away from zero in decimals */
    {"round", "f", {"0.5"}, "0", 0},
    {"round", "f", {"1.5"}, "2", 0},
    {"round", "f", {"2.5"}, "2", 0},
    {"round", "f", {"-2.5"}, "-2", 0},
    {"round", "f", {"-2.6"}, "-3", 0},
    {"round", "f", {"1e300"}, "1e+300", 0},
    {"round", "n", {"2.5"}, "3", 0},
    {"round", "n", {"-2.5"}, "-3", 0},
    {"round", "l", {"7"}, "7", 0},
    {"round", "fi", {"2.345", "1"}, "2.3", 0},
    {"round", "fi", {"1250", "-2"}, "1300", 0},
    {"width_bucket", "fffi", {"5.35", "0.024", "10.06", "5"}, "3", 0},
    {"width_bucket", "fffi", {"0", "0", "10", "5"}, "1", 0},
    {"width_bucket", "fffi", {"9.999999", "0", "10", "5"}, "5", 0},
    {"width_bucket", "fffi", {"10", "0", "10", "5"}, "6", 0},
    {"width_bucket", "fffi", {"-0.1", "0", "10", "5"}, "0", 0},
    {"width_bucket", "fffi", {"0", "-1.7e308", "1.7e308", "10"}, "6", 0},
    {"width_bucket", "fffi", {NULL, "0", "10", "5"}, NULL, 0},
    /* absent values */
    {"coalesce", "ii", {NULL, "2"}, "2", 0},
    {"greatest", "iii", {"1", NULL, "3"}, "3", 0},
    {"least", "ii", {NULL, NULL}, NULL, 0},
    {"nullif", "ii", {"1", "1"}, NULL, 0},
    {"in", "iii", {"1", "2", NULL}, NULL, 0},
    {"in", "iii", {"1", "1", NULL}, "t", 0},
    {"not_in", "iii", {"1", "2", NULL}, NULL, 0},
    {"is_not_true", "b", {NULL}, "t", 0},
    {"||", "tt", {"a", NULL}, NULL, 0},
    {"||", "tt", {"a", "é"}, "aé", 0},
    /* texts: characters, not bytes */
    {"length", "t", {"é日🌊"}, "3", 0},
    {"char_length", "t", {""}, "0", 0},
    {"left", "tl", {"abcde", "2"}, "ab", 0},
    {"left", "tl", {"abcde", "-2"}, "abc", 0},
    {"left", "tl", {"abc", "-5"}, "", 0},
    {"left", "tl", {"é日🌊", "-1"}, "é日", 0},
    {"right", "tl", {"abcde", "2"}, "de", 0},
    {"right", "tl", {"abcde", "-2"}, "cde", 0},
    {"right", "tl", {"abc", "0"}, "", 0},
    {"right", "tl", {"abc", "-9223372036854775808"}, "", 0},
    {"btrim", "t", {"  a b  "}, "a b", 0},
    {"btrim", "t", {"\ta\t"}, "\ta\t", 0},
    {"btrim",
     "t",
     {"\xC2\xA0"
      "a"},
     "\xC2\xA0"
     "a",
     0},
    {"lower", "t", {"ÀB"}, "àb", 0},
    {"~~", "tt", {"abc", "a%"}, "t", 0},
    {"~~", "tt", {"abc", "_b_"}, "t", 0},
    {"~~", "tt", {"abc", "b"}, "f", 0},
    {"~~", "tt", {"abc", "ABC"}, "f", 0},
    {"~~", "tt", {"a\nb", "a%b"}, "t", 0},
    {"~~", "tt", {"é", "_"}, "t", 0},
    {"~~", "tt", {"", "%"}, "t", 0},
    {"~~", "tt", {"x", ""}, "f", 0},
    {"~~", "tt", {"10%", "10\\%"}, "t", 0},
    {"~~", "tt", {"10a", "10\\%"}, "f", 0},
    {"~~", "tt", {"a_", "a\\_"}, "t", 0},
    {"~~", "tt", {"a\\", "a\\\\"}, "t", 0},
    {"~~", "tt", {"a\\", "a\\"}, "f", 0}, /* PostgreSQL: an error */
    {"~~", "tt", {"a.c", "a.c"}, "t", 0},
    {"~~", "tt", {"abc", "a.c"}, "f", 0},
    {"~~", "tt", {"(a|b)*", "(a|b)*"}, "t", 0},
    {"~~", "tt", {"a^$]-b", "a^$]-_"}, "t", 0},
    {"!~~", "tt", {"abc", "a%"}, "f", 0},
    {"!~~", "tt", {NULL, "a%"}, NULL, 0},
    {"~~*", "tt", {"ABC", "a_c"}, "t", 0},
    {"~~*", "tt", {"ÉA", "é%"}, "t", 0},
    {"!~~*", "tt", {"ABC", "a_c"}, "f", 0},
    /* dates */
    {"+", "di", {"2024-02-28", "1"}, "2024-02-29", 0},
    {"-", "di", {"2024-03-01", "1"}, "2024-02-29", 0},
    {"-", "dd", {"2024-03-01", "2024-02-01"}, "29", 0},
    {"extract_year", "d", {"2021-01-03"}, "2021", 0},
    {"extract_quarter", "d", {"2021-04-01"}, "2", 0},
    {"extract_month", "s", {"2021-12-31 23:59:59"}, "12", 0},
    {"extract_week", "d", {"2021-01-03"}, "53", 0},
    {"extract_week", "d", {"2020-12-31"}, "53", 0},
    {"extract_day", "d", {"2020-02-29"}, "29", 0},
    {"extract_dow", "d", {"2021-01-03"}, "0", 0},
    {"extract_isodow", "d", {"2021-01-03"}, "7", 0},
    {"extract_doy", "d", {"2020-12-31"}, "366", 0},
    {"extract_decade", "d", {"1999-12-31"}, "199", 0},
    {"extract_hour", "s", {"2021-01-03 23:59:59.9"}, "23", 0},
    {"extract_minute", "s", {"2021-01-03 23:59:59.9"}, "59", 0},
    {"date_trunc_week", "s", {"2021-01-03 10:00:00"}, "2020-12-28 00:00:00", 0},
    {"date_trunc_quarter", "s", {"2021-06-30 10:00:00"}, "2021-04-01 00:00:00", 0},
    {"date_trunc_decade", "s", {"1999-06-30 10:00:00"}, "1990-01-01 00:00:00", 0},
    {"date_trunc_hour", "s", {"2021-06-30 10:59:00"}, "2021-06-30 10:00:00", 0},
    /* casts */
    {"cast", "t", {" 12 "}, "12", WEIR_TYPE_INTEGER},
    {"cast", "t", {"-7"}, "-7", WEIR_TYPE_BIGINT},
    {"cast", "t", {"1.5"}, NULL, WEIR_TYPE_INTEGER},
    {"cast", "t", {"1e3"}, NULL, WEIR_TYPE_INTEGER},
    {"cast", "t", {"0x10"}, NULL, WEIR_TYPE_INTEGER},
    {"cast", "t", {"1_000"}, NULL, WEIR_TYPE_BIGINT},
    {"cast", "t", {"2147483648"}, NULL, WEIR_TYPE_INTEGER},
    {"cast", "t", {""}, NULL, WEIR_TYPE_INTEGER},
    {"cast", "t", {"1e3"}, "1000", WEIR_TYPE_DOUBLE},
    {"cast", "t", {" -.5 "}, "-0.5", WEIR_TYPE_DOUBLE},
    {"cast", "t", {"1e400"}, NULL, WEIR_TYPE_DOUBLE},
    {"cast", "t", {"nan"}, NULL, WEIR_TYPE_DOUBLE},
    {"cast", "t", {"1_0"}, NULL, WEIR_TYPE_DOUBLE},
    {"cast", "f", {"2.5"}, "2", WEIR_TYPE_INTEGER},
    {"cast", "f", {"3.5"}, "4", WEIR_TYPE_BIGINT},
    {"cast", "f", {"2147483648"}, NULL, WEIR_TYPE_INTEGER},
    {"cast", "n", {"2.5"}, "3", WEIR_TYPE_INTEGER},
    {"cast", "n", {"-2.5"}, "-3", WEIR_TYPE_BIGINT},
    {"cast", "b", {"true"}, "1", WEIR_TYPE_INTEGER},
    {"cast", "b", {"true"}, "true", WEIR_TYPE_TEXT},
    {"cast", "f", {"100000"}, "100000", WEIR_TYPE_TEXT},
    {"cast", "f", {"0.1"}, "0.1", WEIR_TYPE_TEXT},
    {"cast", "f", {"1e20"}, "1e+20", WEIR_TYPE_TEXT},
    {"cast", "n", {"12.50"}, "12.50", WEIR_TYPE_TEXT},
    {"cast", "s", {"2020-01-01 10:00:00.5"}, "2020-01-01 10:00:00.5", WEIR_TYPE_TEXT},
    {"cast", "d", {"2020-01-01"}, "2020-01-01", WEIR_TYPE_TEXT},
    {"cast", "t", {"yes"}, "t", WEIR_TYPE_BOOLEAN},
    {"cast", "t", {" ON "}, "t", WEIR_TYPE_BOOLEAN},
    {"cast", "t", {"fal"}, "f", WEIR_TYPE_BOOLEAN},
    {"cast", "t", {"o"}, NULL, WEIR_TYPE_BOOLEAN},
    {"cast", "t", {"2"}, NULL, WEIR_TYPE_BOOLEAN},
    {"cast", "i", {"-3"}, "t", WEIR_TYPE_BOOLEAN},
    {"cast", "t", {"2020-02-30"}, NULL, WEIR_TYPE_DATE},
    {"cast", "t", {"2020-02-29"}, "2020-02-29", WEIR_TYPE_DATE},
    {"cast", "s", {"2020-02-29 23:59:59"}, "2020-02-29", WEIR_TYPE_DATE},
    {"cast", "d", {"2020-02-29"}, "2020-02-29 00:00:00", WEIR_TYPE_TIMESTAMP},
};

static struct fixture fixture;

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture, "CREATE TABLE rows AS SELECT 1 AS i");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static enum weir_type type_of(char letter) {
    static const char letters[] = "bilnftds";
    static const enum weir_type types[] = {WEIR_TYPE_BOOLEAN, WEIR_TYPE_INTEGER,  WEIR_TYPE_BIGINT,
                                           WEIR_TYPE_NUMERIC, WEIR_TYPE_DOUBLE,   WEIR_TYPE_TEXT,
                                           WEIR_TYPE_DATE,    WEIR_TYPE_TIMESTAMP};
    const char *at = strchr(letters, letter);
    assert_non_null(at);
    return types[at - letters];
}

static const struct weir_function *function_of(const struct meaning *meaning) {
    struct weir_argument_type types[ARGUMENTS_MAX];
    size_t count = strlen(meaning->types);
    for (size_t i = 0; i < count; i++)
        types[i] = (struct weir_argument_type){true, type_of(meaning->types[i])};
    const struct weir_function *function = strcmp(meaning->name, "cast") == 0
                                               ? weir_function_cast(types[0].type, meaning->to)
                                               : weir_function_find(meaning->name, types, count);
    if (function == NULL)
        fail_msg("no %s(%s)", meaning->name, meaning->types);
    return function;
}

static bool is_null_text(const char *text) {
    return text == NULL;
}

/* SELECT call FROM (SELECT CAST('...' AS type) AS c0, ...): columns, as in a question. */
static const char *statement(const struct meaning *meaning, struct weir_emission *emission) {
    const struct weir_function *function = function_of(meaning);
    struct weir_expression arguments[ARGUMENTS_MAX] = {0}, call = {0};
    const struct weir_expression *pointers[ARGUMENTS_MAX];
    size_t count = strlen(meaning->types);
    for (size_t i = 0; i < count; i++) {
        arguments[i] = (struct weir_expression){.kind = WEIR_EXPRESSION_COLUMN};
        arguments[i].as.column = i;
        pointers[i] = &arguments[i];
    }
    call.kind = WEIR_EXPRESSION_CALL;
    call.as.call.function = function;
    call.as.call.count = count;
    call.as.call.arguments = pointers;
    weir_buffer_text(&emission->sql, "SELECT ");
    weir_emit_expression(emission, &call);
    weir_buffer_text(&emission->sql, " FROM (SELECT ");
    for (size_t i = 0; i < count; i++) {
        struct weir_expression value = {.kind = WEIR_EXPRESSION_CONSTANT};
        enum weir_type type = type_of(meaning->types[i]);
        const char *text = meaning->arguments[i];
        value.as.constant = weir_value_null(type);
        if (!is_null_text(text))
            assert_true(
                weir_value_parse(fixture.arena, type, text, strlen(text), &value.as.constant));
        weir_buffer_text(&emission->sql, i == 0 ? "" : ", ");
        weir_emit_expression(emission, &value);
        weir_buffer_printf(&emission->sql, " AS c%zu", i);
    }
    weir_buffer_text(&emission->sql, " FROM city.people)");
    return weir_emission_finish(emission);
}

static bool holds(const struct meaning *meaning) {
    struct weir_emission emission = {.arena = fixture.arena};
    struct weir_buffer seen = {0};
    struct weir_rows rows;
    const char *sql = statement(meaning, &emission);
    assert_non_null(sql);
    if (!fixture_query_with(&fixture, sql, emission.constants, emission.constant_count, &rows).ok)
        fail_msg("%s: %s", sql, fixture.error.message);
    weir_buffer_text(&seen, "");
    if (!rows.values[0].is_null)
        weir_value_print(&rows.values[0], &seen);
    bool same = rows.values[0].is_null == is_null_text(meaning->expected) &&
                (rows.values[0].is_null || strcmp(seen.bytes, meaning->expected) == 0);
    if (!same)
        print_error("%s(%s, %s) is %s, expected %s\n", meaning->name,
                    is_null_text(meaning->arguments[0]) ? "NULL" : meaning->arguments[0],
                    is_null_text(meaning->arguments[1]) ? "" : meaning->arguments[1],
                    rows.values[0].is_null ? "NULL" : seen.bytes,
                    is_null_text(meaning->expected) ? "NULL" : meaning->expected);
    weir_buffer_free(&seen);
    return same;
}

static void test_meanings(void **state) {
    int failed = 0;
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(meanings); i++)
        failed += !holds(&meanings[i]);
    assert_int_equal(failed, 0);
}

/* A pattern of many wildcards on a long text ends at once. */
static void test_patterns_are_linear(void **state) {
    struct weir_rows rows;
    (void)state;
    assert_true(fixture_query(&fixture,
                              "SELECT TRY(regexp_full_match(repeat('ab', 50000), '(?s)' || "
                              "weir_pattern('a_%a_%a_%a_%a_%c')))",
                              &rows)
                    .ok);
    assert_false(rows.values[0].is_null || rows.values[0].as.boolean);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meanings),
        cmocka_unit_test(test_patterns_are_linear),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
