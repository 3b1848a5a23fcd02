/* Calendar periods in UTC. */
#include "budget/ledger.h"

#include "base/value.h"

#include "base/banned.h"

static int64_t floor_divide(int64_t dividend, int64_t divisor) {
    int64_t quotient = dividend / divisor;
    return quotient - (dividend % divisor < 0);
}

/* First day of the month that lies `months` after the one that holds `day`, counted from the start
 * of a run of `length` months that divides the year. */
static int64_t month_run(int64_t day, int length, int runs) {
    int64_t year;
    int month, of_month;
    weir_civil_from_days(day, &year, &month, &of_month);
    int first = (month - 1) / length * length + length * runs; /* from 0, at most 12 */
    return weir_days_from_civil(year + first / 12, first % 12 + 1, 1);
}

/* The first day of the period `runs` (0 or 1) after the one that holds `day`. */
static int64_t boundary(enum weir_period period, int64_t day, int runs) {
    switch (period) {
    case WEIR_PERIOD_LIFETIME:
        return runs == 0 ? 0 : INT64_MAX;
    case WEIR_PERIOD_DAY:
        return day + runs;
    case WEIR_PERIOD_WEEK: /* day 0 was a Thursday: day -3 a Monday */
        return floor_divide(day + 3, 7) * 7 - 3 + 7 * runs;
    case WEIR_PERIOD_MONTH:
        return month_run(day, 1, runs);
    case WEIR_PERIOD_QUARTER:
        return month_run(day, 3, runs);
    case WEIR_PERIOD_YEAR:
        return month_run(day, 12, runs);
    }
    weir_check(false); /* not a period */
    return 0;
}

int64_t weir_period_start(enum weir_period period, int64_t microseconds) {
    return boundary(period, floor_divide(microseconds, INT64_C(86400000000)), 0);
}

int64_t weir_period_end(enum weir_period period, int64_t microseconds) {
    return boundary(period, floor_divide(microseconds, INT64_C(86400000000)), 1);
}
