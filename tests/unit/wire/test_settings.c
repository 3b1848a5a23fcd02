/* Settings: what is taken, what is not, and what RESET goes back to. */
#include "wire/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static const char *value_of(const struct weir_settings *settings, const char *name) {
    size_t place;
    struct weir_error error = {0};
    assert_true(weir_settings_find(name, &place, &error).ok);
    return weir_settings_value(settings, place);
}

/* The SQLSTATE of setting it, or "" when it was taken. */
static const char *set(struct weir_settings *settings, const char *name, const char *value) {
    static struct weir_error error;
    size_t place;
    error = (struct weir_error){0};
    if (weir_settings_find(name, &place, &error).ok &&
        weir_settings_set(settings, place, value, &error).ok)
        return "";
    return error.sqlstate;
}

static void values_are_checked(void **state) {
    (void)state;
    struct weir_settings settings = {0};
    static const struct {
        const char *name, *value, *kept;
    } taken[] = {
        {"client_encoding", "utf-8", "UTF8"},
        {"CLIENT_ENCODING", "Unicode", "UTF8"},
        {"client_encoding", "'utf-8'", "UTF8"},
        {"datestyle", "iso, dmy", "ISO, MDY"},
        {"extra_float_digits", "3", "3"},
        {"TimeZone", "America/Port-au-Prince", "America/Port-au-Prince"},
        {"application_name", "a\nb\xc3\xa4", "a?b??"},
        {"statement_timeout", "2min", "2min"},
        {"search_path", "a, b", "a, b"},
        {"standard_conforming_strings", "TRUE", "on"},
        {"transaction_deferrable", "no", "off"},
        {"default_transaction_isolation", "read committed", "read committed"},
    };
    for (size_t i = 0; i < WEIR_COUNT(taken); i++) {
        assert_string_equal(set(&settings, taken[i].name, taken[i].value), "");
        assert_string_equal(value_of(&settings, taken[i].name), taken[i].kept);
    }
    static const char *const refused[][2] = {
        {"client_encoding", "LATIN1"},
        {"client_encoding", ""},
        {"client_encoding", "utf8utf8utf8utf8utf8"},
        {"datestyle", "SQL"},
        {"extra_float_digits", "-5"},
        {"timezone", ""},
        {"timezone", "a b"},
        {"statement_timeout", "5 weeks"},
        {"statement_timeout", "-1"},
        {"statement_timeout", ""},
        {"statement_timeout", "3000000h"},
        {"transaction_isolation", "none"},
        {"bytea_output", "escape"},
        {"transaction_read_only", "off"},
        {"client_min_messages", "loud"},
    };
    for (size_t i = 0; i < WEIR_COUNT(refused); i++)
        assert_string_equal(set(&settings, refused[i][0], refused[i][1]), "22023");
    assert_string_equal(set(&settings, "is_superuser", "on"), "55P02");
    assert_string_equal(set(&settings, "row_security", "on"), "42704");
    char lengthy[400];
    memset(lengthy, 'a', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    assert_string_equal(set(&settings, "search_path", lengthy), "22023");
    assert_string_equal(set(&settings, "timezone", lengthy), "22023");
    assert_string_equal(set(&settings, "application_name", lengthy), "");
    assert_int_equal(strlen(value_of(&settings, "application_name")), 63);
    weir_settings_free(&settings);
}

static void reset_goes_back_to_the_connections_values(void **state) {
    (void)state;
    struct weir_settings settings = {0};
    assert_string_equal(set(&settings, "timezone", "Asia/Tokyo"), "");
    weir_settings_settle(&settings);
    assert_string_equal(set(&settings, "timezone", "UTC"), "");
    assert_string_equal(set(&settings, "application_name", "x"), "");
    assert_string_equal(value_of(&settings, "timezone"), "UTC");
    assert_string_equal(set(&settings, "timezone", NULL), "");
    assert_string_equal(value_of(&settings, "timezone"), "Asia/Tokyo");
    weir_settings_reset(&settings);
    assert_string_equal(value_of(&settings, "application_name"), "");
    struct weir_error error = {0};
    assert_true(weir_settings_fix(&settings, "session_authorization", "ana", &error).ok);
    assert_string_equal(value_of(&settings, "session_authorization"), "ana");
    weir_settings_free(&settings);
}

static void durations_and_severities_have_their_meaning(void **state) {
    (void)state;
    struct weir_settings settings = {0};
    assert_int_equal(weir_settings_statement_milliseconds(&settings), 0);
    static const struct {
        const char *text;
        int64_t milliseconds;
    } cases[] = {{"250", 250}, {"250ms", 250}, {"3 s", 3000}, {"2min", 120000}, {"1h", 3600000}};
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        assert_string_equal(set(&settings, "statement_timeout", cases[i].text), "");
        assert_int_equal(weir_settings_statement_milliseconds(&settings), cases[i].milliseconds);
    }
    assert_true(weir_settings_wants_notices(&settings));
    assert_string_equal(set(&settings, "client_min_messages", "WARNING"), "");
    assert_false(weir_settings_wants_notices(&settings));
    weir_settings_free(&settings);
}

static void every_setting_has_a_name_and_a_description(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_SETTING_COUNT; i++) {
        size_t place;
        struct weir_error error = {0};
        assert_true(weir_settings_find(weir_settings_name(i), &place, &error).ok);
        assert_int_equal(place, i);
        assert_true(strlen(weir_settings_description(i)) > 5);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(reset_goes_back_to_the_connections_values),
        cmocka_unit_test(durations_and_severities_have_their_meaning),
        cmocka_unit_test(every_setting_has_a_name_and_a_description),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
