/* Reading a command line: options, operands, and every way to get them wrong. */
#include "cli/address.h"
#include "cli/options.h"
#include "cli/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static int helps;

/* In place of the program's own: counts. */
void weir_cli_print_help(const struct weir_command *command, FILE *out) {
    (void)command;
    (void)out;
    helps++;
}

static const struct weir_command command = {.name = "try", .usage = "DIR [--port N] [--loud]"};

struct outcome {
    bool read;
    enum weir_exit over;
    const char *port, *operand;
    bool loud;
};

static struct outcome read_line(const char *first, const char *second, const char *third,
                                const char *fourth) {
    struct outcome outcome = {.over = WEIR_EXIT_FAILED};
    char *words[6] = {(char *)"try"};
    int count = 1;
    const char *given[] = {first, second, third, fourth};
    for (size_t i = 0; i < WEIR_COUNT(given) && given[i]; i++)
        words[count++] = (char *)(uintptr_t)given[i];
    const struct weir_cli_option options[] = {{.name = "port", .value = &outcome.port},
                                              {.name = "loud", .flag = &outcome.loud}};
    outcome.read = weir_cli_read_options(&command, count, words, options, WEIR_COUNT(options),
                                         &outcome.operand, 1, &outcome.over);
    return outcome;
}

static void options_and_operands(void **state) {
    (void)state;
    struct outcome outcome = read_line("there", "--port", "7", "--loud");
    assert_true(outcome.read);
    assert_string_equal(outcome.operand, "there");
    assert_string_equal(outcome.port, "7");
    assert_true(outcome.loud);

    outcome = read_line("--port=8", "--", "--there", NULL);
    assert_true(outcome.read);
    assert_string_equal(outcome.operand, "--there");
    assert_string_equal(outcome.port, "8");
    assert_false(outcome.loud);

    outcome = read_line("there", NULL, NULL, NULL);
    assert_true(outcome.read);
    assert_null(outcome.port);
}

static void mistakes_are_usage(void **state) {
    (void)state;
    static const char *const lines[][4] = {
        {NULL},      {"a", "b"},          {"a", "--port"}, {"a", "--colour"},
        {"a", "-x"}, {"a", "--loud=yes"}, {"--port", "1"},
    };
    for (size_t i = 0; i < WEIR_COUNT(lines); i++) {
        struct outcome outcome = read_line(lines[i][0], lines[i][1], lines[i][2], lines[i][3]);
        assert_false(outcome.read);
        assert_int_equal(outcome.over, WEIR_EXIT_USAGE);
    }
}

static void help_is_done_not_a_mistake(void **state) {
    (void)state;
    helps = 0;
    static const char *const spellings[] = {"--help", "-h", "--he"};
    for (size_t i = 0; i < WEIR_COUNT(spellings); i++) {
        struct outcome outcome = read_line(spellings[i], NULL, NULL, NULL);
        assert_false(outcome.read);
        assert_int_equal(outcome.over, WEIR_EXIT_DONE);
    }
    assert_int_equal(helps, 3);
}

static void numbers_have_bounds(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool read;
    } cases[] = {{"0", true}, {"65535", true}, {"65536", false}, {"-1", false},
                 {"", false}, {"7x", false},   {"x", false},     {"99999999999999999999", false}};
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        long number;
        assert_int_equal(weir_cli_read_number(&command, "port", cases[i].text, 0, 65535, &number),
                         cases[i].read);
    }
}

static void loopback_is_decided_by_numbers(void **state) {
    (void)state;
    static const char *const inside[] = {"127.0.0.1", "127.255.0.9", "::1"};
    static const char *const outside[] = {
        "0.0.0.0",   "::", "10.0.0.1",          "128.0.0.1",
        "localhost", "",   "127.0.0.1.example", "::ffff:127.0.0.1"};
    for (size_t i = 0; i < WEIR_COUNT(inside); i++)
        assert_true(weir_cli_is_loopback(inside[i]));
    for (size_t i = 0; i < WEIR_COUNT(outside); i++)
        assert_false(weir_cli_is_loopback(outside[i]));
}

static void a_password_from_the_environment(void **state) {
    (void)state;
    char password[WEIR_CLI_PASSWORD_MAX], long_one[WEIR_CLI_PASSWORD_MAX + 1];
    struct weir_error error = {0};
    assert_int_equal(setenv("WEIR_PASSWORD", "open sesame", 1), 0);
    assert_true(weir_cli_read_password("ada", password, &error).ok);
    assert_string_equal(password, "open sesame");

    assert_int_equal(setenv("WEIR_PASSWORD", "", 1), 0);
    assert_false(weir_cli_read_password("ada", password, &error).ok);
    assert_int_equal(error.class, WEIR_ERROR_INVALID);

    weir_error_clear(&error);
    memset(long_one, 'x', sizeof long_one);
    long_one[WEIR_CLI_PASSWORD_MAX] = '\0';
    assert_int_equal(setenv("WEIR_PASSWORD", long_one, 1), 0);
    assert_false(weir_cli_read_password("ada", password, &error).ok);
    assert_int_equal(error.class, WEIR_ERROR_LIMIT);

    assert_int_equal(setenv("WEIR_PASSWORD", long_one + 1, 1), 0);
    weir_error_clear(&error);
    assert_true(weir_cli_read_password("ada", password, &error).ok);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands),
        cmocka_unit_test(mistakes_are_usage),
        cmocka_unit_test(help_is_done_not_a_mistake),
        cmocka_unit_test(numbers_have_bounds),
        cmocka_unit_test(loopback_is_decided_by_numbers),
        cmocka_unit_test(a_password_from_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
