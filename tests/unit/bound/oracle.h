/* The bounding operator again, slow and obvious: a matrix of exact sums, one row a unit. */
#ifndef WEIR_TESTS_BOUND_ORACLE_H
#define WEIR_TESTS_BOUND_ORACLE_H

#include "table.h"

struct oracle {
    const struct table *table;
    size_t unit_count, group_count;
    int64_t *units;             /* distinct, ascending */
    size_t *group_rows;         /* a row of each group, by ascending keys */
    size_t *unit_of, *group_of; /* by row */
};

void oracle_make(struct oracle *oracle, const struct table *table);
void oracle_free(struct oracle *oracle);

/* cells[unit * group_count + group]: saturated sums of a measure. The caller frees them. */
int64_t *oracle_cells(const struct oracle *oracle, const struct weir_bounder_measure *measure);

/* The square of a vector's norm divided by 2^*shift, as norm.h says it. */
weir_uint128 oracle_square(const int64_t *vector, size_t count, int *shift);

/* clipped[group] of one unit's vector, in lattice units. */
void oracle_clip(const int64_t *vector, size_t count, int64_t tau, int lattice_bits,
                 weir_int128 *clipped);

#endif
