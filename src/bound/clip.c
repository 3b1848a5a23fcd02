/* Group sums of clipped vectors. norm.c has the proof that a clipped vector is within tau. */
#include "bound/bounder_private.h"

#include "bound/norm.h"
#include "bound/workers.h"

#include "base/banned.h"

/* No sum of 128 bits overflows: a unit's value is at most 2^62 raw units (tau), 2^82 lattice units,
 * and there are fewer than 2^44 units, for each has a record of at least 16 bytes in memory. */
struct totals { /* of one worker, by group */
    size_t group_count;
    int64_t *small;      /* raw units, of units within tau with values of up to 32 bits */
    weir_int128 *whole;  /* raw units, of units within tau */
    weir_int128 *scaled; /* lattice units, of the others */
    size_t since_drain;  /* records added to small since it was emptied */
};

struct clipping {
    struct weir_bounder *bounder;
    size_t measure;
    int64_t tau;
    int lattice_bits;
    size_t candidates_within; /* how many candidates are at most tau */
    struct totals *totals;    /* by worker */
};

/* Records of parts have the group ids of their part, merged ones ranks: map is then NULL. */
static inline uint32_t rank_of(const uint32_t *map, uint32_t group) {
    return map == NULL ? group : map[group];
}

#define ADD(group_type, value_type, member)                                                        \
    for (uint32_t cell = 0; cell < record->cell_count; cell++)                                     \
        totals->member[rank_of(map, ((const group_type *)groups)[cell])] +=                        \
            ((const value_type *)values)[cell];                                                    \
    break

/* U16 and I32 go with groups of 16 bits, the wider with 32: see enum weir_bound_width. */
static void add_whole(const struct weir_bound_layout *layout, const uint32_t *map,
                      const struct weir_bound_record *record, size_t measure,
                      struct totals *totals) {
    const void *groups = weir_bound_record_array(layout, record, layout->groups);
    const void *values = weir_bound_record_array(layout, record, layout->measures[measure]);
    switch (layout->measures[measure].item) {
    case WEIR_BOUND_NONE:
        for (uint32_t cell = 0; cell < record->cell_count; cell++)
            totals->small[rank_of(map, weir_bound_record_group(layout, record, cell))]++;
        break;
    case WEIR_BOUND_U16:
        ADD(uint16_t, uint16_t, small);
    case WEIR_BOUND_I32:
        ADD(uint16_t, int32_t, small);
    case WEIR_BOUND_U32:
        ADD(uint32_t, uint32_t, small);
    case WEIR_BOUND_I64:
        ADD(uint32_t, int64_t, whole);
    }
}

static void add_scaled(const struct clipping *clipping, const struct weir_bound_layout *layout,
                       const uint32_t *map, const struct weir_bound_record *record, uint64_t ratio,
                       struct totals *totals) {
    for (uint32_t cell = 0; cell < record->cell_count; cell++) {
        uint32_t group = rank_of(map, weir_bound_record_group(layout, record, cell));
        int64_t value = weir_bound_record_value(layout, record, clipping->measure, cell);
        totals->scaled[group] += weir_bound_scale(value, ratio, clipping->lattice_bits);
    }
}

/* Values below 2^32 in fewer than 2^31 records: 64 bits are enough in between. */
static void drain(struct totals *totals) {
    for (size_t group = 0; group < totals->group_count; group++) {
        totals->whole[group] += totals->small[group];
        totals->small[group] = 0;
    }
    totals->since_drain = 0;
}

static void add_record(const struct clipping *clipping, const struct weir_bound_layout *layout,
                       const uint32_t *map, const struct weir_bound_record *record,
                       struct totals *totals) {
    if (record->entry == WEIR_BOUND_MERGED)
        return;
    if (++totals->since_drain == (size_t)1 << 31)
        drain(totals);
    if (weir_bound_record_buckets(record)[clipping->measure] < clipping->candidates_within) {
        add_whole(layout, map, record, clipping->measure, totals);
        return;
    }
    struct weir_bound_norm norm = weir_bound_norm_of(layout, record, clipping->measure);
    if (weir_bound_norm_within(norm, clipping->tau))
        add_whole(layout, map, record, clipping->measure, totals);
    else
        add_scaled(clipping, layout, map, record, weir_bound_norm_ratio(norm, clipping->tau),
                   totals);
}

static weir_status add_log(const struct clipping *clipping, const struct weir_bound_layout *layout,
                           const uint32_t *map, const struct weir_bound_log *log, size_t partition,
                           struct totals *totals, struct weir_error *error) {
    for (struct weir_bound_block *block = log->streams[partition].first; block != NULL;
         block = block->next) {
        WEIR_TRY(weir_bound_check_cancel(clipping->bounder, error));
        struct weir_bound_record *record = (struct weir_bound_record *)(block + 1);
        for (; (char *)record < block->end; record = weir_bound_record_after(layout, record))
            add_record(clipping, layout, map, record, totals);
    }
    return WEIR_OK;
}

static bool make_totals(struct weir_bounder *bounder, struct totals *totals) {
    totals->group_count = bounder->group_count;
    totals->small = weir_bound_take(&bounder->memory, totals->group_count, sizeof(int64_t));
    totals->whole = weir_bound_take(&bounder->memory, totals->group_count, sizeof(weir_int128));
    totals->scaled = weir_bound_take(&bounder->memory, totals->group_count, sizeof(weir_int128));
    return totals->small != NULL && totals->whole != NULL && totals->scaled != NULL;
}

static void free_totals(struct weir_bounder *bounder, struct totals *totals) {
    weir_bound_give(&bounder->memory, totals->small, totals->group_count, sizeof(int64_t));
    weir_bound_give(&bounder->memory, totals->whole, totals->group_count, sizeof(weir_int128));
    weir_bound_give(&bounder->memory, totals->scaled, totals->group_count, sizeof(weir_int128));
}

static weir_status clip_partition(void *context, size_t worker, size_t partition,
                                  struct weir_error *error) {
    const struct clipping *clipping = context;
    struct weir_bounder *bounder = clipping->bounder;
    struct totals *own = &clipping->totals[worker];
    if (own->small == NULL && !make_totals(bounder, own))
        return weir_bound_out_of_memory(error);
    for (struct weir_bounder_part *part = bounder->parts; part != NULL; part = part->next)
        for (size_t i = 0; i < WEIR_COUNT(part->cells.logs); i++)
            WEIR_TRY(add_log(clipping, &bounder->layouts[i], part->group_map, &part->cells.logs[i],
                             partition, own, error));
    for (size_t i = 0; i < bounder->worker_count; i++)
        WEIR_TRY(add_log(clipping, &bounder->layouts[WEIR_BOUND_WIDEST], NULL, &bounder->merged[i],
                         partition, own, error));
    return WEIR_OK;
}

static void add_up(const struct clipping *clipping, struct totals *totals, weir_int128 *sums) {
    drain(totals);
    for (size_t group = 0; group < totals->group_count; group++)
        sums[group] += totals->whole[group] * ((weir_int128)1 << clipping->lattice_bits) +
                       totals->scaled[group];
}

static weir_status clip(struct clipping *clipping, weir_int128 *sums, struct weir_error *error) {
    struct weir_bounder *bounder = clipping->bounder;
    size_t workers = bounder->worker_count;
    clipping->totals = weir_bound_take(&bounder->memory, workers, sizeof *clipping->totals);
    if (clipping->totals == NULL)
        return weir_bound_out_of_memory(error);
    weir_status status = weir_bound_workers_run((int)workers, WEIR_BOUND_PARTITIONS, clipping,
                                                clip_partition, error);
    for (uint32_t group = 0; group < bounder->group_count; group++)
        sums[group] = 0;
    for (size_t i = 0; i < workers; i++) {
        if (status.ok && clipping->totals[i].small != NULL)
            add_up(clipping, &clipping->totals[i], sums);
        free_totals(bounder, &clipping->totals[i]);
    }
    weir_bound_give(&bounder->memory, clipping->totals, workers, sizeof *clipping->totals);
    return status;
}

weir_status weir_bounder_clip(struct weir_bounder *bounder, size_t measure, int64_t tau,
                              int lattice_bits, weir_int128 *sums, struct weir_error *error) {
    struct clipping clipping = {
        .bounder = bounder, .measure = measure, .tau = tau, .lattice_bits = lattice_bits};
    bool allowed = atomic_load(&bounder->stage) == WEIR_BOUND_FINISHED &&
                   measure < bounder->options.measure_count && tau >= 1 &&
                   tau <= (int64_t)1 << 62 && lattice_bits >= 0 &&
                   lattice_bits <= WEIR_BOUNDER_LATTICE_BITS_MAX;
    if (!allowed)
        weir_bound_not_allowed(error);
    while (clipping.candidates_within < WEIR_BOUNDER_TAU_COUNT &&
           weir_bounder_tau(clipping.candidates_within) <= tau)
        clipping.candidates_within++;
    if (!allowed || !clip(&clipping, sums, error).ok)
        return weir_bound_break(bounder, error);
    return WEIR_OK;
}
