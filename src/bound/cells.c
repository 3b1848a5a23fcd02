/* The hot loop: rows to cells, cells to records.
 *
 * A slice of rows is taken in passes over short arrays: find each row's cell, add each measure,
 * write the runs that are complete. */
#include "bound/cells.h"

#include "bound/argument.h"
#include "bound/norm.h"

#include <string.h>

#include "base/banned.h"

enum { FULL_RUNS = 16 };

static size_t cell_bytes(const struct weir_bound_cells *cells) {
    return cells->array_count * sizeof(int64_t) + sizeof(uint32_t);
}

void weir_bound_cells_free(struct weir_bound_cells *cells) {
    weir_bound_give(cells->memory, cells->cell_memory, cells->cell_room, cell_bytes(cells));
    weir_bound_give(cells->memory, cells->places, cells->place_room, sizeof *cells->places);
    for (size_t i = 0; i < WEIR_COUNT(cells->logs); i++)
        weir_bound_slab_free(&cells->logs[i].slab);
}

/* ---- room ---- */

/* The arrays of all measures, then the groups, in one piece of memory. */
static void move_cells(struct weir_bound_cells *cells, char *memory, uint32_t room) {
    int64_t *next = (int64_t *)memory;
    for (size_t i = 0; i < cells->measure_count; i++) {
        if (cells->measures[i].kind == WEIR_BOUNDER_PEOPLE)
            continue;
        if (cells->cell_count != 0)
            memcpy(next, cells->values[i], cells->cell_count * sizeof *next);
        cells->values[i] = next;
        next += room;
    }
    if (cells->cell_count != 0)
        memcpy(next, cells->groups, cells->cell_count * sizeof *cells->groups);
    cells->groups = (uint32_t *)next;
}

/* Room for a cell of each row of a slice, and one more. */
static bool make_cell_room(struct weir_bound_cells *cells) {
    uint32_t needed = cells->cell_count + WEIR_BOUND_SLICE + 1;
    if (needed <= cells->cell_room)
        return true;
    uint32_t room = needed + cells->cell_count;
    char *memory = weir_bound_take(cells->memory, room, cell_bytes(cells));
    if (memory == NULL)
        return false;
    move_cells(cells, memory, room);
    weir_bound_give(cells->memory, cells->cell_memory, cells->cell_room, cell_bytes(cells));
    cells->cell_memory = memory;
    cells->cell_room = room;
    return true;
}

static bool make_place_room(struct weir_bound_cells *cells, uint32_t group_count) {
    if (group_count <= cells->place_room)
        return true;
    uint32_t room = group_count < UINT32_MAX / 2 ? group_count * 2 : group_count;
    struct weir_bound_place *places =
        weir_bound_grow(cells->memory, cells->places, cells->place_room, room, sizeof *places);
    if (places == NULL)
        return false;
    cells->places = places;
    cells->place_room = room;
    return true;
}

/* ---- writing runs ---- */

#define WRITE(type, add, as)                                                                       \
    for (uint32_t cell = 0; cell < count; cell++) {                                                \
        ((type *)array)[cell] = (type)values[cell];                                                \
        add(&small, (as)values[cell]);                                                             \
    }                                                                                              \
    break

/* A measure's values into the record, and their norm's bucket: from the squares in 64 bits where
 * they fit, as they nearly always do. False when a value is too large for the layout. */
static bool write_values(const struct weir_bound_cells *cells,
                         const struct weir_bound_layout *layout,
                         const struct weir_bound_record *record, size_t measure,
                         const int64_t *values) {
    void *array = weir_bound_record_array(layout, record, layout->measures[measure]);
    struct weir_bound_small_norm small = {0};
    uint32_t count = record->cell_count;
    uint64_t too_large = 0;
    switch (layout->measures[measure].item) {
    case WEIR_BOUND_NONE:
        small.square = count;
        break;
    case WEIR_BOUND_U16:
        too_large = ~(uint64_t)UINT16_MAX;
        WRITE(uint16_t, weir_bound_small_norm_add_count, uint64_t);
    case WEIR_BOUND_I32:
        too_large = ~(uint64_t)INT32_MAX;
        WRITE(int32_t, weir_bound_small_norm_add, int64_t);
    case WEIR_BOUND_U32: /* runs have fewer rows */
        WRITE(uint32_t, weir_bound_small_norm_add_count, uint64_t);
    case WEIR_BOUND_I64:
        WRITE(int64_t, weir_bound_small_norm_add, int64_t);
    }
    if ((small.all & too_large) != 0)
        return false;
    struct weir_bound_norm norm = {.square = small.square};
    if (!weir_bound_small_norm_holds(&small, count))
        norm = weir_bound_norm_of(layout, record, measure);
    weir_bound_record_buckets(record)[measure] =
        (uint8_t)weir_bound_norm_bucket(cells->candidates, norm);
    return true;
}

static bool write_groups(const struct weir_bound_layout *layout,
                         const struct weir_bound_record *record, const uint32_t *groups) {
    void *array = weir_bound_record_array(layout, record, layout->groups);
    uint32_t all = 0;
    if (layout->groups.item == WEIR_BOUND_U32) {
        memcpy(array, groups, record->cell_count * sizeof *groups);
        return true;
    }
    for (uint32_t cell = 0; cell < record->cell_count; cell++) {
        ((uint16_t *)array)[cell] = (uint16_t)groups[cell];
        all |= groups[cell];
    }
    return all <= UINT16_MAX;
}

enum written { WRITTEN, TOO_LARGE, OUT_OF_MEMORY };

static enum written write_as(struct weir_bound_cells *cells, enum weir_bound_width width,
                             const struct weir_bound_run *run, uint32_t count) {
    const struct weir_bound_layout *layout = &cells->layouts[width];
    size_t partition = weir_bound_partition_of(weir_bound_unit_hash(run->unit));
    size_t bytes = weir_bound_record_bytes(layout, count);
    struct weir_bound_record *record =
        (struct weir_bound_record *)weir_bound_log_reserve(&cells->logs[width], partition, bytes);
    if (record == NULL)
        return OUT_OF_MEMORY;
    *record = (struct weir_bound_record){.unit = run->unit, .cell_count = count};
    bool fits = write_groups(layout, record, cells->groups + run->first_cell);
    for (size_t i = 0; i < cells->measure_count && fits; i++)
        fits = write_values(cells, layout, record, i,
                            cells->values[i] == NULL ? NULL : cells->values[i] + run->first_cell);
    if (!fits)
        weir_bound_log_return(&cells->logs[width], partition, bytes);
    return fits ? WRITTEN : TOO_LARGE;
}

static bool write_run(struct weir_bound_cells *cells, const struct weir_bound_run *run,
                      uint32_t end_cell) {
    uint32_t count = end_cell - run->first_cell;
    if (cells->full_runs == 0) {
        enum written written = write_as(cells, WEIR_BOUND_SMALL, run, count);
        if (written != TOO_LARGE)
            return written == WRITTEN;
        cells->full_runs = FULL_RUNS;
    }
    cells->full_runs--;
    return write_as(cells, WEIR_BOUND_FULL, run, count) == WRITTEN;
}

/* All runs but the open one are complete; the open one moves to the front. */
static bool write_complete_runs(struct weir_bound_cells *cells) {
    if (cells->run_count < 2)
        return true;
    for (size_t i = 0; i + 1 < cells->run_count; i++)
        if (!write_run(cells, &cells->runs[i], cells->runs[i + 1].first_cell))
            return false;
    struct weir_bound_run *open = &cells->runs[cells->run_count - 1];
    uint32_t first = open->first_cell, count = cells->cell_count - first;
    for (size_t i = 0; i < cells->measure_count; i++)
        if (cells->values[i] != NULL)
            memmove(cells->values[i], cells->values[i] + first, count * sizeof(int64_t));
    for (uint32_t cell = 0; cell < count; cell++) {
        cells->groups[cell] = cells->groups[first + cell];
        cells->places[cells->groups[cell]].cell = cell;
    }
    cells->cell_count = count;
    cells->runs[0] = (struct weir_bound_run){.unit = open->unit};
    cells->run_count = 1;
    return true;
}

bool weir_bound_cells_end(struct weir_bound_cells *cells) {
    if (cells->run_count != 0 && !write_run(cells, &cells->runs[0], cells->cell_count))
        return false;
    cells->run_count = 0;
    cells->run_rows = 0;
    cells->cell_count = 0;
    return true;
}

/* ---- rows ---- */

static void begin_run(struct weir_bound_cells *cells, int64_t unit) {
    cells->runs[0] = (struct weir_bound_run){.unit = unit};
    cells->run_count = 1;
    cells->run_rows = 0;
    if (cells->run_number > UINT32_MAX - 2 * WEIR_BOUND_SLICE) {
        memset(cells->places, 0, cells->place_room * sizeof *cells->places);
        cells->run_number = 0;
    }
    cells->run_number++;
}

/* Each row's cell, without a branch on whether it is a new one. */
static void find_cells(struct weir_bound_cells *cells, const int64_t *units, size_t count,
                       const uint32_t *groups) {
    struct weir_bound_place *places = cells->places;
    uint32_t *cell_groups = cells->groups, *cell_of_row = cells->cell_of_row;
    uint32_t run_number = cells->run_number, cell_count = cells->cell_count;
    size_t run_count = cells->run_count, run_first_row = 0;
    int64_t unit = cells->runs[run_count - 1].unit;
    for (size_t i = 0; i < count; i++) {
        if (units[i] != unit) {
            unit = units[i];
            run_number++;
            run_first_row = i;
            cells->runs[run_count++] = (struct weir_bound_run){unit, cell_count};
        }
        uint32_t group = groups[i];
        bool is_new = places[group].run != run_number;
        uint32_t cell = is_new ? cell_count : places[group].cell;
        cell_groups[cell_count] = group;
        places[group] = (struct weir_bound_place){run_number, cell};
        cell_of_row[i] = cell;
        cell_count += is_new;
    }
    cells->run_rows =
        run_count > cells->run_count ? count - run_first_row : cells->run_rows + count;
    cells->run_number = run_number;
    cells->cell_count = cell_count;
    cells->run_count = run_count;
}

static void add_ones(const uint32_t *cell_of_row, size_t count, int64_t *values) {
    for (size_t i = 0; i < count; i++)
        values[cell_of_row[i]]++;
}

static void add_present(const uint32_t *cell_of_row, const uint8_t *present, size_t count,
                        int64_t *values) {
    for (size_t i = 0; i < count; i++)
        values[cell_of_row[i]] += present[i];
}

static void add_values(const uint32_t *cell_of_row, const int64_t *added, size_t count,
                       int64_t *values) {
    for (size_t i = 0; i < count; i++)
        values[cell_of_row[i]] += added[i];
}

static void add_measure(struct weir_bound_cells *cells, const struct weir_bounder_batch *batch,
                        size_t first, size_t count, size_t measure) {
    const struct weir_bounder_measure *kind = &cells->measures[measure];
    int64_t added[WEIR_BOUND_SLICE];
    uint8_t present[WEIR_BOUND_SLICE];
    switch (kind->kind) {
    case WEIR_BOUNDER_ROWS:
        add_ones(cells->cell_of_row, count, cells->values[measure]);
        return;
    case WEIR_BOUNDER_VALUES:
        weir_bound_present(cells->storages[kind->argument], &batch->arguments[kind->argument],
                           first, count, present);
        add_present(cells->cell_of_row, present, count, cells->values[measure]);
        return;
    case WEIR_BOUNDER_SUM:
        weir_bound_contributions(cells->storages[kind->argument], &batch->arguments[kind->argument],
                                 first, count, &kind->contribution, added);
        add_values(cells->cell_of_row, added, count, cells->values[measure]);
        return;
    case WEIR_BOUNDER_PEOPLE:
        return;
    }
}

bool weir_bound_cells_add(struct weir_bound_cells *cells, const struct weir_bounder_batch *batch,
                          size_t first, size_t count, const uint32_t *groups,
                          uint32_t group_count) {
    const int64_t *units = (const int64_t *)batch->unit.data + first;
    bool must_end = cells->run_rows + count > cells->run_row_limit ||
                    cells->run_number > UINT32_MAX - 2 * WEIR_BOUND_SLICE;
    if ((must_end && !weir_bound_cells_end(cells)) || !make_cell_room(cells) ||
        !make_place_room(cells, group_count))
        return false;
    if (cells->run_count == 0)
        begin_run(cells, units[0]);
    uint32_t cell_count = cells->cell_count;
    find_cells(cells, units, count, groups);
    for (size_t i = 0; i < cells->measure_count; i++) {
        if (cells->values[i] != NULL)
            memset(cells->values[i] + cell_count, 0,
                   (cells->cell_count - cell_count) * sizeof(int64_t));
        add_measure(cells, batch, first, count, i);
    }
    return write_complete_runs(cells);
}
