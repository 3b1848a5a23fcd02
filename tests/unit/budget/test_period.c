/* Calendar periods: known dates, and that the periods tile time for every day of four centuries. */
#include "budget/ledger.h"

#include "base/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/banned.h"

static const int64_t day_length = INT64_C(86400000000);

static void known_dates(void **state) {
    (void)state;
    int64_t at = weir_days_from_civil(2028, 2, 29) * day_length + 12345; /* a Tuesday */
    assert_int_equal(weir_period_start(WEIR_PERIOD_LIFETIME, at), 0);
    assert_true(weir_period_end(WEIR_PERIOD_LIFETIME, at) == INT64_MAX);
    assert_int_equal(weir_period_start(WEIR_PERIOD_DAY, at), weir_days_from_civil(2028, 2, 29));
    assert_int_equal(weir_period_end(WEIR_PERIOD_DAY, at), weir_days_from_civil(2028, 3, 1));
    assert_int_equal(weir_period_start(WEIR_PERIOD_WEEK, at), weir_days_from_civil(2028, 2, 28));
    assert_int_equal(weir_period_end(WEIR_PERIOD_WEEK, at), weir_days_from_civil(2028, 3, 6));
    assert_int_equal(weir_period_start(WEIR_PERIOD_MONTH, at), weir_days_from_civil(2028, 2, 1));
    assert_int_equal(weir_period_end(WEIR_PERIOD_MONTH, at), weir_days_from_civil(2028, 3, 1));
    assert_int_equal(weir_period_start(WEIR_PERIOD_QUARTER, at), weir_days_from_civil(2028, 1, 1));
    assert_int_equal(weir_period_end(WEIR_PERIOD_QUARTER, at), weir_days_from_civil(2028, 4, 1));
    assert_int_equal(weir_period_start(WEIR_PERIOD_YEAR, at), weir_days_from_civil(2028, 1, 1));
    assert_int_equal(weir_period_end(WEIR_PERIOD_YEAR, at), weir_days_from_civil(2029, 1, 1));
    /* The last microsecond before 1970. */
    assert_int_equal(weir_period_start(WEIR_PERIOD_DAY, -1), -1);
    assert_int_equal(weir_period_start(WEIR_PERIOD_WEEK, -1), -3);
    assert_int_equal(weir_period_start(WEIR_PERIOD_YEAR, -1), -365);
    assert_int_equal(weir_period_end(WEIR_PERIOD_YEAR, -1), 0);
}

static void periods_tile_time(void **state) {
    (void)state;
    static const int longest[] = {0, 1, 7, 31, 92, 366};
    static const int shortest[] = {0, 1, 7, 28, 90, 365};
    const int64_t last = weir_days_from_civil(2300, 1, 1);
    for (int period = WEIR_PERIOD_DAY; period <= WEIR_PERIOD_YEAR; period++) {
        enum weir_period which = (enum weir_period)period;
        int64_t start = weir_period_start(which, weir_days_from_civil(1900, 1, 1) * day_length);
        while (start < last) {
            int64_t end = weir_period_end(which, start * day_length);
            assert_true(end - start >= shortest[period] && end - start <= longest[period]);
            for (int64_t day = start; day < end; day++) {
                assert_int_equal(weir_period_start(which, day * day_length), start);
                assert_int_equal(weir_period_start(which, (day + 1) * day_length - 1), start);
                assert_int_equal(weir_period_end(which, day * day_length), end);
            }
            start = end;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_dates),
        cmocka_unit_test(periods_tile_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
