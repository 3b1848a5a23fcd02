/* Arguments of rows as contributions: whole numbers of raw units, clamped and centred. */
#ifndef WEIR_BOUND_ARGUMENT_H
#define WEIR_BOUND_ARGUMENT_H

#include "bound/bounder.h"

/* present[i] = 1 where row first + i has a value (not NULL, not NaN), else 0. */
void weir_bound_present(enum weir_bounder_storage storage, const struct weir_bounder_vector *vector,
                        size_t first, size_t count, uint8_t *present);

/* values[i] of rows first .. first + count - 1, 0 where absent. Doubles are divided by the raw unit
 * and rounded, halves away from zero; infinities are clamped. The storage is a number's. */
void weir_bound_contributions(enum weir_bounder_storage storage,
                              const struct weir_bounder_vector *vector, size_t first, size_t count,
                              const struct weir_contribution *contribution, int64_t *values);

#endif
