/* What one thread makes of its rows: the cells (sums by group) of the unit whose rows are coming,
 * written to the log as a record when the next unit's rows come.
 *
 * Nothing here relies on the order of the rows. A unit that comes back gets another record, and
 * finish joins the records of a unit. Sums cannot overflow: a run ends, too, before it has so many
 * rows that they could. */
#ifndef WEIR_BOUND_CELLS_H
#define WEIR_BOUND_CELLS_H

#include "bound/grouping.h"
#include "bound/norm.h"
#include "bound/record.h"

struct weir_bound_run { /* of consecutive rows of one unit */
    int64_t unit;
    uint32_t first_cell;
};

/* Where a group's cell of the current run is: valid when run equals the current run's number. */
struct weir_bound_place {
    uint32_t run, cell;
};

struct weir_bound_cells {
    struct weir_bound_memory *memory;
    const struct weir_bound_layout *layouts; /* by width: SMALL, FULL */
    size_t measure_count, array_count;       /* array_count: measures other than PEOPLE */
    const struct weir_bounder_measure *measures;
    const enum weir_bounder_storage *storages; /* of arguments */
    const struct weir_bound_candidates *candidates;
    size_t run_row_limit; /* >= 1 */
    size_t run_rows;      /* so far, of the open run */
    uint32_t run_number;  /* of the open run */
    size_t run_count;     /* runs in the slice, the open one last */
    struct weir_bound_run runs[WEIR_BOUND_SLICE + 1];
    uint32_t cell_of_row[WEIR_BOUND_SLICE];
    uint32_t cell_count, cell_room;
    char *cell_memory;                          /* of the next two */
    int64_t *values[WEIR_BOUNDER_MEASURES_MAX]; /* by cell; NULL for PEOPLE */
    uint32_t *groups;                           /* by cell */
    struct weir_bound_place *places;            /* by group */
    uint32_t place_room;
    struct weir_bound_log logs[2]; /* as layouts */
    uint32_t full_runs;            /* to write in FULL before SMALL is tried again */
};

/* Zero-initialised but for memory, layouts, measure_count, array_count, measures, storages,
 * candidates and run_row_limit. The largest magnitude of a row's contribution times run_row_limit
 * is below 2^63, and it below 2^32. */
void weir_bound_cells_free(struct weir_bound_cells *cells);

/* Adds rows first .. first + count - 1 of the batch, whose groups are below group_count; count <=
 * WEIR_BOUND_SLICE and <= run_row_limit. False when memory is out, as below. */
bool weir_bound_cells_add(struct weir_bound_cells *cells, const struct weir_bounder_batch *batch,
                          size_t first, size_t count, const uint32_t *groups,
                          uint32_t group_count) WEIR_MUST_CHECK;

/* Writes the open run, too: no rows follow. */
bool weir_bound_cells_end(struct weir_bound_cells *cells) WEIR_MUST_CHECK;

#endif
