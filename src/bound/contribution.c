/* Fixed-point contributions. */
#include "bound/contribution.h"

#include <math.h>

#include "base/banned.h"

enum { LATTICE_BITS = 20, WIDEST_SENSITIVITY_BITS = 40, WIDEST_RANGE_BITS = 53, DOUBLE_BITS = 30 };

int weir_contribution_lattice_bits(int64_t sensitivity) {
    int bits = 0;
    weir_check(sensitivity >= 1);
    while (bits < LATTICE_BITS && sensitivity <= (int64_t)1 << (WIDEST_SENSITIVITY_BITS - bits - 1))
        bits++;
    return bits;
}

static int64_t larger_magnitude(int64_t low, int64_t high) {
    int64_t below = low < 0 ? -low : low, above = high < 0 ? -high : high;
    int64_t larger = below > above ? below : above;
    return larger < 1 ? 1 : larger;
}

struct weir_contribution weir_contribution_of_rows(void) {
    return (struct weir_contribution){.low = 0, .high = 1, .sensitivity = 1, .raw_unit = 1};
}

bool weir_contribution_of_range(double low, double high, double raw_unit, bool centred,
                                struct weir_contribution *contribution) {
    double widest = ldexp(1, WIDEST_RANGE_BITS);
    double low_units = floor(low / raw_unit), high_units = ceil(high / raw_unit);
    if (!(low_units <= high_units) || low_units < -widest || high_units > widest)
        return false;
    struct weir_contribution made = {.raw_unit = raw_unit};
    made.low = (int64_t)low_units;
    made.high = (int64_t)high_units;
    made.centre = centred ? made.low + (made.high - made.low) / 2 : 0;
    made.sensitivity = larger_magnitude(made.low - made.centre, made.high - made.centre);
    *contribution = made;
    return true;
}

double weir_contribution_double_unit(double low, double high) {
    double largest = fmax(fabs(low), fabs(high));
    if (!(largest > 0))
        return 1;
    return ldexp(1, ilogb(largest) - DOUBLE_BITS);
}
