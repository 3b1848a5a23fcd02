/* Joins the records of each unit in one partition, and takes the norms.
 *
 * Where rows came clustered by unit nearly every unit has one record, which stays where it is. The
 * others' cells are added up in 128 bits and saturated at the end, so that the order of records
 * does not matter. */
#include "bound/bounder_private.h"

#include "bound/norm.h"

#include <string.h>

#include "base/banned.h"

enum { FIRST_SLOTS = 1 << 10, FIRST_ENTRIES = 1 << 9 };

struct entry { /* a unit */
    int64_t unit;
    struct weir_bound_record *only; /* the first that was met */
    size_t record_count, first;     /* first: of its records in the list, once there are several */
};

/* Where a record lies. */
struct source {
    const struct weir_bound_layout *layout;
    const uint32_t *group_map;
};

struct listed {
    const struct weir_bound_record *record;
    const struct weir_bound_layout *layout;
    const uint32_t *group_map;
};

struct weir_bound_gatherer {
    struct weir_bounder *bounder;
    struct weir_bound_log *merged;
    size_t partition;
    uint64_t *histograms;

    uint32_t *slots; /* entry + 1 by hash of unit; 0 = free */
    size_t slot_count;
    struct entry *entries;
    size_t entry_count, entry_room;
    bool has_several;
    struct listed *list; /* records of units with several, unit by unit */
    size_t list_count, list_room;

    struct weir_bound_place *places; /* by group; run = number of the unit being merged */
    uint32_t run_number;
    uint32_t cell_count;
    size_t cell_room, index_room;
    weir_int128 *sums; /* [measure other than PEOPLE][cell_room] */
    uint32_t *groups;  /* by cell */
    uint32_t *indices; /* of the cells of a record */
};

static size_t histogram_count(const struct weir_bounder *bounder) {
    return bounder->options.measure_count * (WEIR_BOUNDER_TAU_COUNT + 1);
}

struct weir_bound_gatherer *weir_bound_gatherer_create(struct weir_bounder *bounder,
                                                       struct weir_bound_log *merged) {
    struct weir_bound_memory *memory = &bounder->memory;
    struct weir_bound_gatherer *made = weir_bound_take(memory, 1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->bounder = bounder;
    made->merged = merged;
    made->slot_count = FIRST_SLOTS;
    made->entry_room = FIRST_ENTRIES;
    made->slots = weir_bound_take(memory, made->slot_count, sizeof *made->slots);
    made->entries = weir_bound_take(memory, made->entry_room, sizeof *made->entries);
    made->places = weir_bound_take(memory, bounder->group_count, sizeof *made->places);
    made->histograms = weir_bound_take(memory, histogram_count(bounder), sizeof *made->histograms);
    if (made->slots == NULL || made->entries == NULL || made->places == NULL ||
        made->histograms == NULL) {
        weir_bound_gatherer_destroy(made);
        return NULL;
    }
    return made;
}

void weir_bound_gatherer_destroy(struct weir_bound_gatherer *gatherer) {
    if (gatherer == NULL)
        return;
    struct weir_bounder *bounder = gatherer->bounder;
    struct weir_bound_memory *memory = &bounder->memory;
    weir_bound_give(memory, gatherer->slots, gatherer->slot_count, sizeof *gatherer->slots);
    weir_bound_give(memory, gatherer->entries, gatherer->entry_room, sizeof *gatherer->entries);
    weir_bound_give(memory, gatherer->places, bounder->group_count, sizeof *gatherer->places);
    weir_bound_give(memory, gatherer->histograms, histogram_count(bounder),
                    sizeof *gatherer->histograms);
    weir_bound_give(memory, gatherer->list, gatherer->list_room, sizeof *gatherer->list);
    weir_bound_give(memory, gatherer->sums, gatherer->cell_room * bounder->array_count,
                    sizeof *gatherer->sums);
    weir_bound_give(memory, gatherer->groups, gatherer->cell_room, sizeof *gatherer->groups);
    weir_bound_give(memory, gatherer->indices, gatherer->index_room, sizeof *gatherer->indices);
    weir_bound_give(memory, gatherer, 1, sizeof *gatherer);
}

void weir_bound_gatherer_count(const struct weir_bound_gatherer *gatherer, uint64_t *histograms) {
    for (size_t i = 0; i < histogram_count(gatherer->bounder); i++)
        histograms[i] += gatherer->histograms[i];
}

/* ---- units ---- */

static bool grow_units(struct weir_bound_gatherer *gatherer) {
    struct weir_bound_memory *memory = &gatherer->bounder->memory;
    if (gatherer->entry_room > UINT32_MAX / 4)
        return false;
    struct entry *entries = weir_bound_grow(memory, gatherer->entries, gatherer->entry_room,
                                            gatherer->entry_room * 2, sizeof *entries);
    if (entries == NULL)
        return false;
    gatherer->entries = entries;
    gatherer->entry_room *= 2;
    size_t count = gatherer->slot_count * 2;
    uint32_t *slots = weir_bound_take(memory, count, sizeof *slots);
    if (slots == NULL)
        return false;
    weir_bound_give(memory, gatherer->slots, gatherer->slot_count, sizeof *slots);
    gatherer->slots = slots;
    gatherer->slot_count = count;
    for (size_t i = 0; i < gatherer->entry_count; i++) {
        size_t place = (size_t)weir_bound_unit_hash(entries[i].unit) & (count - 1);
        while (slots[place] != 0)
            place = (place + 1) & (count - 1);
        slots[place] = (uint32_t)i + 1;
    }
    return true;
}

/* The unit's entry, new or not; false when memory is out. There are twice as many slots as entries
 * can be. */
static bool find_unit(struct weir_bound_gatherer *gatherer, int64_t unit, uint32_t *found) {
    if (gatherer->entry_count == gatherer->entry_room && !grow_units(gatherer))
        return false;
    size_t mask = gatherer->slot_count - 1;
    size_t place = (size_t)weir_bound_unit_hash(unit) & mask;
    for (; gatherer->slots[place] != 0; place = (place + 1) & mask) {
        *found = gatherer->slots[place] - 1;
        if (gatherer->entries[*found].unit == unit)
            return true;
    }
    *found = (uint32_t)gatherer->entry_count++;
    gatherer->entries[*found] = (struct entry){.unit = unit};
    gatherer->slots[place] = *found + 1;
    return true;
}

/* ---- walks over the records of the partition ---- */

static void count_norms(struct weir_bound_gatherer *gatherer,
                        const struct weir_bound_record *record, uint64_t times) {
    const uint8_t *buckets = weir_bound_record_buckets(record);
    for (size_t i = 0; i < gatherer->bounder->options.measure_count; i++)
        gatherer->histograms[i * (WEIR_BOUNDER_TAU_COUNT + 1) + buckets[i]] += times;
}

/* A unit's first record is counted until there is a second. */
static bool meet_record(struct weir_bound_gatherer *gatherer, struct weir_bound_record *record) {
    if (!find_unit(gatherer, record->unit, &record->entry))
        return false;
    struct entry *entry = &gatherer->entries[record->entry];
    if (entry->record_count == 0) {
        entry->only = record;
        count_norms(gatherer, record, 1);
    } else if (entry->record_count == 1) {
        count_norms(gatherer, entry->only, UINT64_MAX); /* takes 1 off */
        gatherer->has_several = true;
    }
    entry->record_count++;
    return true;
}

static void list_record(struct weir_bound_gatherer *gatherer, const struct source *source,
                        struct weir_bound_record *record) {
    struct entry *entry = &gatherer->entries[record->entry];
    if (entry->record_count < 2)
        return;
    gatherer->list[entry->first++] = (struct listed){record, source->layout, source->group_map};
    record->entry = WEIR_BOUND_MERGED;
}

static weir_status walk_log(struct weir_bound_gatherer *gatherer, bool is_first,
                            const struct source *source, struct weir_bound_block *block,
                            struct weir_error *error) {
    for (; block != NULL; block = block->next) {
        WEIR_TRY(weir_bound_check_cancel(gatherer->bounder, error));
        struct weir_bound_record *record = (struct weir_bound_record *)(block + 1);
        for (; (char *)record < block->end;
             record = weir_bound_record_after(source->layout, record)) {
            if (!is_first)
                list_record(gatherer, source, record);
            else if (!meet_record(gatherer, record))
                return weir_bound_out_of_memory(error);
        }
    }
    return WEIR_OK;
}

static weir_status walk(struct weir_bound_gatherer *gatherer, bool is_first,
                        struct weir_error *error) {
    const struct weir_bounder *bounder = gatherer->bounder;
    for (struct weir_bounder_part *part = bounder->parts; part != NULL; part = part->next) {
        for (size_t i = 0; i < WEIR_COUNT(part->cells.logs); i++) {
            struct source source = {&bounder->layouts[i], part->group_map};
            WEIR_TRY(walk_log(gatherer, is_first, &source,
                              part->cells.logs[i].streams[gatherer->partition].first, error));
        }
    }
    return WEIR_OK;
}

/* entry->first: where the records of each unit with several begin in the list. */
static bool make_list(struct weir_bound_gatherer *gatherer) {
    struct weir_bound_memory *memory = &gatherer->bounder->memory;
    gatherer->list_count = 0;
    for (size_t i = 0; i < gatherer->entry_count; i++) {
        gatherer->entries[i].first = gatherer->list_count;
        if (gatherer->entries[i].record_count > 1)
            gatherer->list_count += gatherer->entries[i].record_count;
    }
    if (gatherer->list_count <= gatherer->list_room)
        return true;
    weir_bound_give(memory, gatherer->list, gatherer->list_room, sizeof *gatherer->list);
    gatherer->list = weir_bound_take(memory, gatherer->list_count, sizeof *gatherer->list);
    gatherer->list_room = gatherer->list == NULL ? 0 : gatherer->list_count;
    return gatherer->list != NULL;
}

/* ---- merging ---- */

static bool make_cell_room(struct weir_bound_gatherer *gatherer, size_t count) {
    struct weir_bound_memory *memory = &gatherer->bounder->memory;
    size_t arrays = gatherer->bounder->array_count;
    if (count <= gatherer->cell_room)
        return true;
    weir_bound_give(memory, gatherer->sums, gatherer->cell_room * arrays, sizeof *gatherer->sums);
    weir_bound_give(memory, gatherer->groups, gatherer->cell_room, sizeof *gatherer->groups);
    gatherer->cell_room = 0;
    gatherer->groups = NULL;
    gatherer->sums = weir_bound_take(memory, count * arrays, sizeof *gatherer->sums);
    if (gatherer->sums == NULL)
        return false;
    gatherer->groups = weir_bound_take(memory, count, sizeof *gatherer->groups);
    if (gatherer->groups == NULL) {
        weir_bound_give(memory, gatherer->sums, count * arrays, sizeof *gatherer->sums);
        gatherer->sums = NULL;
        return false;
    }
    gatherer->cell_room = count;
    return true;
}

static bool make_index_room(struct weir_bound_gatherer *gatherer, size_t count) {
    struct weir_bound_memory *memory = &gatherer->bounder->memory;
    if (count <= gatherer->index_room)
        return true;
    weir_bound_give(memory, gatherer->indices, gatherer->index_room, sizeof *gatherer->indices);
    gatherer->indices = weir_bound_take(memory, count, sizeof *gatherer->indices);
    gatherer->index_room = gatherer->indices == NULL ? 0 : count;
    return gatherer->indices != NULL;
}

/* Room for all cells that the records can give; the next number for the places. */
static bool begin_unit(struct weir_bound_gatherer *gatherer, const struct listed *records,
                       size_t count) {
    size_t cells = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t own = records[i].record->cell_count;
        cells += own;
        largest = largest < own ? own : largest;
    }
    if (cells > gatherer->bounder->group_count)
        cells = gatherer->bounder->group_count;
    if (!make_cell_room(gatherer, cells) || !make_index_room(gatherer, largest))
        return false;
    if (gatherer->run_number == UINT32_MAX) {
        memset(gatherer->places, 0, gatherer->bounder->group_count * sizeof *gatherer->places);
        gatherer->run_number = 0;
    }
    gatherer->run_number++;
    gatherer->cell_count = 0;
    return true;
}

static void find_cells(struct weir_bound_gatherer *gatherer, const struct listed *listed) {
    for (uint32_t i = 0; i < listed->record->cell_count; i++) {
        uint32_t group =
            listed->group_map[weir_bound_record_group(listed->layout, listed->record, i)];
        struct weir_bound_place *place = &gatherer->places[group];
        if (place->run != gatherer->run_number) {
            *place = (struct weir_bound_place){gatherer->run_number, gatherer->cell_count++};
            gatherer->groups[place->cell] = group;
            for (size_t array = 0; array < gatherer->bounder->array_count; array++)
                gatherer->sums[array * gatherer->cell_room + place->cell] = 0;
        }
        gatherer->indices[i] = place->cell;
    }
}

static void add_record(struct weir_bound_gatherer *gatherer, const struct listed *listed) {
    weir_int128 *sums = gatherer->sums;
    find_cells(gatherer, listed);
    for (size_t i = 0; i < listed->layout->measure_count; i++) {
        if (listed->layout->measures[i].item == WEIR_BOUND_NONE)
            continue;
        for (uint32_t cell = 0; cell < listed->record->cell_count; cell++)
            sums[gatherer->indices[cell]] +=
                weir_bound_record_value(listed->layout, listed->record, i, cell);
        sums += gatherer->cell_room;
    }
}

static int64_t saturate(weir_int128 sum) {
    return sum > INT64_MAX ? INT64_MAX : sum < -INT64_MAX ? -INT64_MAX : (int64_t)sum;
}

static bool write_merged(struct weir_bound_gatherer *gatherer, int64_t unit) {
    const struct weir_bound_layout *layout = &gatherer->bounder->layouts[WEIR_BOUND_WIDEST];
    const weir_int128 *sums = gatherer->sums;
    uint32_t count = gatherer->cell_count;
    struct weir_bound_record *record = (struct weir_bound_record *)weir_bound_log_reserve(
        gatherer->merged, gatherer->partition, weir_bound_record_bytes(layout, count));
    if (record == NULL)
        return false;
    *record = (struct weir_bound_record){.unit = unit, .cell_count = count};
    for (size_t i = 0; i < layout->measure_count; i++) {
        if (layout->measures[i].item == WEIR_BOUND_NONE)
            continue;
        int64_t *values = weir_bound_record_array(layout, record, layout->measures[i]);
        for (uint32_t cell = 0; cell < count; cell++)
            values[cell] = saturate(sums[cell]);
        sums += gatherer->cell_room;
    }
    memcpy(weir_bound_record_array(layout, record, layout->groups), gatherer->groups,
           count * sizeof *gatherer->groups);
    weir_bound_norm_buckets(&gatherer->bounder->candidates, layout, record);
    count_norms(gatherer, record, 1);
    return true;
}

/* list_record has left entry->first behind the unit's last record. */
static weir_status merge_units(struct weir_bound_gatherer *gatherer, struct weir_error *error) {
    size_t since_check = 0;
    for (size_t i = 0; i < gatherer->entry_count; i++) {
        const struct entry *entry = &gatherer->entries[i];
        if (entry->record_count < 2)
            continue;
        const struct listed *records = gatherer->list + entry->first - entry->record_count;
        if (!begin_unit(gatherer, records, entry->record_count))
            return weir_bound_out_of_memory(error);
        for (size_t j = 0; j < entry->record_count; j++) {
            add_record(gatherer, &records[j]);
            if (++since_check % 4096 == 0)
                WEIR_TRY(weir_bound_check_cancel(gatherer->bounder, error));
        }
        if (!write_merged(gatherer, entry->unit))
            return weir_bound_out_of_memory(error);
    }
    return WEIR_OK;
}

weir_status weir_bound_gather(struct weir_bound_gatherer *gatherer, size_t partition,
                              struct weir_error *error) {
    gatherer->partition = partition;
    gatherer->entry_count = 0;
    gatherer->has_several = false;
    memset(gatherer->slots, 0, gatherer->slot_count * sizeof *gatherer->slots);
    WEIR_TRY(walk(gatherer, true, error));
    if (!gatherer->has_several)
        return WEIR_OK;
    if (!make_list(gatherer))
        return weir_bound_out_of_memory(error);
    WEIR_TRY(walk(gatherer, false, error));
    return merge_units(gatherer, error);
}
