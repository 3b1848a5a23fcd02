/* What a person reads: errors with their place, carets under the right character, grouped numbers.
 */
#include "cli/print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static char *printed;
static size_t printed_size;

static FILE *open_print(void) {
    FILE *out = open_memstream(&printed, &printed_size);
    assert_non_null(out);
    return out;
}

static void expect_print(FILE *out, const char *expected) {
    assert_int_equal(fclose(out), 0);
    assert_string_equal(printed, expected);
    free(printed);
}

static void errors_name_their_place(void **state) {
    (void)state;
    static const struct {
        const char *file;
        int line, column;
        const char *expected;
    } cases[] = {
        {"a.weir", 3, 7, "a.weir:3:7: expected a name\n"},
        {"a.weir", 3, 0, "a.weir:3: expected a name\n"},
        {"a.weir", 0, 0, "a.weir: expected a name\n"},
        {NULL, 3, 7, "weir: expected a name\n"},
    };
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        struct weir_error error = {.line = cases[i].line, .column = cases[i].column};
        weir_fail(&error, WEIR_ERROR_INVALID, "expected a name");
        FILE *out = open_print();
        weir_cli_print_error(out, cases[i].file, &error);
        expect_print(out, cases[i].expected);
    }
}

static void a_place_is_said_once(void **state) {
    (void)state;
    struct weir_error error = {.line = 3, .column = 7};
    weir_fail(&error, WEIR_ERROR_INVALID, "line 3, column 7: expected a name");
    FILE *out = open_print();
    weir_cli_print_error(out, "a.weir", &error);
    expect_print(out, "a.weir:3:7: expected a name\n");
}

static void detail_and_hint_follow(void **state) {
    (void)state;
    struct weir_error error = {0};
    weir_fail(&error, WEIR_ERROR_REFUSED, "not so");
    weir_error_detail(&error, "because");
    weir_error_hint(&error, "do this");
    FILE *out = open_print();
    weir_cli_print_error(out, NULL, &error);
    expect_print(out, "weir: not so\n  detail: because\n  hint: do this\n");
}

static void an_unset_error_says_memory_ran_out(void **state) {
    (void)state;
    struct weir_error error = {0};
    FILE *out = open_print();
    weir_cli_print_error(out, NULL, &error);
    expect_print(out, "weir: the statement needs more memory than it may use\n");
}

static void carets_stand_under_the_character(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int position;
        const char *expected;
    } cases[] = {
        {"SELECT x", 0, ""},
        {"SELECT x", -4, ""},
        {"SELECT x", 8, "  SELECT x\n         ^\n"},
        {"SELECT\n  x FROM t", 10, "    x FROM t\n    ^\n"},
        {"SELECT 'Z\xc3\xbcrich' x", 17, "  SELECT 'Z\xc3\xbcrich' x\n                  ^\n"},
        {"a\tb", 3, "  a\tb\n   \t^\n"},
        {"short", 400, "  short\n       ^\n"},
        {"", 1, "  \n  ^\n"},
        {"a\n", 2, "  a\n   ^\n"},
    };
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        FILE *out = open_print();
        weir_cli_print_position(out, cases[i].text, cases[i].position);
        expect_print(out, cases[i].expected);
    }
}

static void numbers_are_grouped(void **state) {
    (void)state;
    static const struct {
        int64_t number;
        const char *expected;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {999, "999"},
                 {1000, "1,000"},
                 {123456, "123,456"},
                 {-1234567, "-1,234,567"},
                 {INT64_MIN, "-9,223,372,036,854,775,808"}};
    char out[32];
    for (size_t i = 0; i < WEIR_COUNT(cases); i++)
        assert_string_equal(weir_cli_grouped(cases[i].number, out, sizeof out), cases[i].expected);
}

static void progress_is_silent_off_a_terminal(void **state) {
    (void)state;
    FILE *out = tmpfile();
    assert_non_null(out);
    struct weir_cli_progress progress;
    weir_cli_progress_start(&progress, out, "city.resident");
    weir_cli_progress_report(&progress, 10, 0.5);
    weir_cli_progress_end(&progress);
    assert_int_equal(fflush(out), 0);
    assert_int_equal(ftell(out), 0);
    fclose(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_their_place),
        cmocka_unit_test(a_place_is_said_once),
        cmocka_unit_test(detail_and_hint_follow),
        cmocka_unit_test(an_unset_error_says_memory_ran_out),
        cmocka_unit_test(carets_stand_under_the_character),
        cmocka_unit_test(numbers_are_grouped),
        cmocka_unit_test(progress_is_silent_off_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
