/* Values: text forms read back as the same value, orders are total, calendars agree with known
 * days. */
#include "base/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

struct form {
    enum weir_type type;
    const char *text, *printed; /* printed NULL = refused */
};

static void text_forms(void **state) {
    (void)state;
    static const struct form forms[] = {
        {WEIR_TYPE_INTEGER, "-2147483648", "-2147483648"},
        {WEIR_TYPE_INTEGER, "2147483648", NULL},
        {WEIR_TYPE_INTEGER, "", NULL},
        {WEIR_TYPE_INTEGER, "1x", NULL},
        {WEIR_TYPE_BIGINT, "9223372036854775807", "9223372036854775807"},
        {WEIR_TYPE_BIGINT, "9223372036854775808", NULL},
        {WEIR_TYPE_NUMERIC, "-12.50", "-12.50"},
        {WEIR_TYPE_NUMERIC, "0.001", "0.001"},
        {WEIR_TYPE_NUMERIC, "0", "0"},
        {WEIR_TYPE_NUMERIC, "00012", "12"},
        {WEIR_TYPE_NUMERIC, "1e5", NULL},
        {WEIR_TYPE_NUMERIC, ".", NULL},
        {WEIR_TYPE_NUMERIC, "-", NULL},
        {WEIR_TYPE_NUMERIC, "5.", "5"},
        {WEIR_TYPE_DOUBLE, "0.1", "0.1"},
        {WEIR_TYPE_DOUBLE, "1e400", "Infinity"},
        {WEIR_TYPE_DATE, "2024-02-29", "2024-02-29"},
        {WEIR_TYPE_DATE, "2023-02-29", NULL},
        {WEIR_TYPE_DATE, "2023-1-01", NULL},
        {WEIR_TYPE_TIMESTAMP, "2024-02-29 12:34:56.7800", "2024-02-29 12:34:56.78"},
        {WEIR_TYPE_TIMESTAMP, "1969-12-31T23:59", "1969-12-31 23:59:00"},
        {WEIR_TYPE_TIMESTAMP, "2024-02-29 24:00", NULL},
        {WEIR_TYPE_BOOLEAN, "true", "t"},
        {WEIR_TYPE_BOOLEAN, "maybe", NULL},
        {WEIR_TYPE_BLOB, "\\x00ff", "\\x00ff"},
        {WEIR_TYPE_BLOB, "\\x0", NULL},
    };
    struct weir_arena *arena = weir_arena_create(1 << 20);
    struct weir_buffer out = {0};
    for (size_t i = 0; i < WEIR_COUNT(forms); i++) {
        struct weir_value value;
        bool read =
            weir_value_parse(arena, forms[i].type, forms[i].text, strlen(forms[i].text), &value);
        if (read != (forms[i].printed != NULL))
            fail_msg("%s %s", weir_type_name(forms[i].type), forms[i].text);
        if (!read)
            continue;
        weir_buffer_clear(&out);
        weir_value_print(&value, &out);
        assert_string_equal(out.bytes, forms[i].printed);
    }
    weir_buffer_free(&out);
    weir_arena_destroy(arena);
}

static void every_day_of_four_centuries_round_trips(void **state) {
    (void)state;
    for (int64_t day = weir_days_from_civil(1799, 12, 31); day < 90000; day++) {
        int64_t year;
        int month, date;
        weir_civil_from_days(day, &year, &month, &date);
        assert_true(weir_civil_is_valid(year, month, date));
        assert_int_equal(weir_days_from_civil(year, month, date), day);
    }
    assert_int_equal(weir_days_from_civil(1970, 1, 1), 0);
    assert_int_equal(weir_days_from_civil(2000, 3, 1), 11017);
}

static void numerics_compare_across_scales(void **state) {
    (void)state;
    struct weir_value a = weir_value_numeric(150, 2), b = weir_value_numeric(15, 1);
    struct weir_value big = weir_value_numeric((weir_int128)1 << 126, 0),
                      c = weir_value_numeric(1, 38);
    assert_int_equal(weir_value_compare(&a, &b), 0);
    assert_int_equal(weir_value_compare(&big, &c), 1);
    assert_int_equal(weir_value_compare(&c, &big), -1);
    struct weir_value null = weir_value_null(WEIR_TYPE_NUMERIC);
    assert_true(weir_value_compare(&a, &null) < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_forms),
        cmocka_unit_test(every_day_of_four_centuries_round_trips),
        cmocka_unit_test(numerics_compare_across_scales),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
