/* One tight loop for each storage. */
#include "bound/argument.h"

#include <math.h>

#include "base/banned.h"

static bool is_valid(const struct weir_bounder_vector *vector, size_t row) {
    return (vector->validity[row / 64] >> (row % 64) & 1) != 0;
}

void weir_bound_present(enum weir_bounder_storage storage, const struct weir_bounder_vector *vector,
                        size_t first, size_t count, uint8_t *present) {
    for (size_t i = 0; i < count; i++)
        present[i] = vector->validity == NULL || is_valid(vector, first + i);
    if (storage != WEIR_BOUNDER_DOUBLE)
        return;
    const double *numbers = (const double *)vector->data + first;
    for (size_t i = 0; i < count; i++)
        present[i] = present[i] && !isnan(numbers[i]);
}

static int64_t clamp(int64_t value, const struct weir_contribution *contribution) {
    value = value < contribution->low ? contribution->low : value;
    value = value > contribution->high ? contribution->high : value;
    return value - contribution->centre;
}

static int64_t clamp_wide(const uint64_t *words, const struct weir_contribution *contribution) {
    weir_int128 value = (weir_int128)((weir_uint128)words[1] << 64 | words[0]);
    if (value < contribution->low)
        return contribution->low - contribution->centre;
    if (value > contribution->high)
        return contribution->high - contribution->centre;
    return (int64_t)value - contribution->centre;
}

/* The raw unit is a power of two, so that the quotient is exact (or beyond all ends, or next to 0);
 * low and high are at most 2^53 and exact. Clamping first changes nothing: both ends are whole. */
static int64_t clamp_double(double number, const struct weir_contribution *contribution) {
    if (isnan(number))
        return 0;
    double low = (double)contribution->low, high = (double)contribution->high;
    double units = number / contribution->raw_unit;
    units = units < low ? low : units;
    units = units > high ? high : units;
    int64_t whole = (int64_t)units;
    double rest = units - (double)whole;
    return whole + (rest >= 0.5) - (rest <= -0.5) - contribution->centre;
}

#define EACH(type, expression)                                                                     \
    for (size_t i = 0; i < count; i++) {                                                           \
        type value = ((const type *)vector->data)[first + i];                                      \
        values[i] = (expression);                                                                  \
    }                                                                                              \
    break

void weir_bound_contributions(enum weir_bounder_storage storage,
                              const struct weir_bounder_vector *vector, size_t first, size_t count,
                              const struct weir_contribution *contribution, int64_t *values) {
    const struct weir_contribution own = *contribution;
    switch (storage) {
    case WEIR_BOUNDER_INT16:
        EACH(int16_t, clamp(value, &own));
    case WEIR_BOUNDER_INT32:
        EACH(int32_t, clamp(value, &own));
    case WEIR_BOUNDER_INT64:
        EACH(int64_t, clamp(value, &own));
    case WEIR_BOUNDER_DOUBLE:
        EACH(double, clamp_double(value, &own));
    case WEIR_BOUNDER_INT128:
        for (size_t i = 0; i < count; i++)
            values[i] = clamp_wide((const uint64_t *)vector->data + (first + i) * 2, &own);
        break;
    case WEIR_BOUNDER_BOOL:
    case WEIR_BOUNDER_STRING:
        weir_check(false && "an argument of a sum is a number");
    }
    if (vector->validity == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        values[i] = is_valid(vector, first + i) ? values[i] : 0;
}
