/* A run of one unit's cells, as it is kept between feeding and clipping, and the logs that hold
 * such records by partition of units.
 *
 * A record is a header, the norms' places in the histograms (one byte a measure, filled up to 8),
 * then one array a measure and one of group ids, each of cell_count items: first the 64-bit arrays,
 * then the 32-bit ones. PEOPLE needs no array: its value is 1 in every
 * cell. As rows are fed, counts of a run fit 32 bits (compact); once runs are merged they may not
 * (wide). A log is owned by one thread at a time; records never move and are freed with its slab.
 */
#ifndef WEIR_BOUND_RECORD_H
#define WEIR_BOUND_RECORD_H

#include "bound/bounder.h"
#include "bound/memory.h"
#include "bound/mix.h"

enum { WEIR_BOUND_PARTITIONS = 256 };

struct weir_bound_layout {
    size_t measure_count, wide_count, narrow_count; /* narrow_count: without the groups */
    size_t bucket_bytes;
    struct {
        uint8_t width; /* bytes: 0, 4 or 8 */
        uint8_t rank;  /* among the arrays of its width */
    } slots[WEIR_BOUNDER_MEASURES_MAX];
};

struct weir_bound_record {
    int64_t unit;
    uint32_t cell_count;
    uint32_t entry; /* scratch of finish; then WEIR_BOUND_MERGED where another record took over */
};

static const uint32_t WEIR_BOUND_MERGED = UINT32_MAX;

/* Groups lie before the 32-bit measures. */
static inline size_t weir_bound_record_bytes(const struct weir_bound_layout *layout, size_t cells) {
    size_t bytes = sizeof(struct weir_bound_record) + layout->bucket_bytes +
                   cells * layout->wide_count * 8 + cells * (layout->narrow_count + 1) * 4;
    return (bytes + 7) & ~(size_t)7;
}

/* By measure: see weir_bound_norm_bucket. */
static inline uint8_t *weir_bound_record_buckets(const struct weir_bound_record *record) {
    return (uint8_t *)(uintptr_t)(record + 1);
}

static inline int64_t *weir_bound_record_wide(const struct weir_bound_layout *layout,
                                              const struct weir_bound_record *record, size_t rank) {
    char *arrays = (char *)(uintptr_t)(record + 1) + layout->bucket_bytes;
    return (int64_t *)arrays + rank * record->cell_count;
}

static inline uint32_t *weir_bound_record_groups(const struct weir_bound_layout *layout,
                                                 const struct weir_bound_record *record) {
    return (uint32_t *)weir_bound_record_wide(layout, record, layout->wide_count);
}

static inline uint32_t *weir_bound_record_narrow(const struct weir_bound_layout *layout,
                                                 const struct weir_bound_record *record,
                                                 size_t rank) {
    return weir_bound_record_groups(layout, record) + (rank + 1) * record->cell_count;
}

/* One cell's value of a measure, whatever its width. */
static inline int64_t weir_bound_record_value(const struct weir_bound_layout *layout,
                                              const struct weir_bound_record *record,
                                              size_t measure, size_t cell) {
    size_t rank = layout->slots[measure].rank;
    if (layout->slots[measure].width == 8)
        return weir_bound_record_wide(layout, record, rank)[cell];
    if (layout->slots[measure].width == 4)
        return weir_bound_record_narrow(layout, record, rank)[cell];
    return 1;
}

static inline uint64_t weir_bound_unit_hash(int64_t unit) {
    return weir_bound_hash((uint64_t)unit);
}

static inline size_t weir_bound_partition_of(uint64_t hash) {
    return (size_t)(hash >> 56);
}

struct weir_bound_layout weir_bound_layout_make(const struct weir_bounder_measure *measures,
                                                size_t measure_count, bool compact);

/* Records follow the header, back to back. */
struct weir_bound_block {
    struct weir_bound_block *next;
    char *end; /* of the records; set by weir_bound_log_seal for the last block */
};

struct weir_bound_stream {
    char *at, *end; /* of the last block */
    struct weir_bound_block *first, *last;
};

struct weir_bound_log {
    struct weir_bound_slab slab;
    size_t bytes; /* of all blocks */
    struct weir_bound_stream streams[WEIR_BOUND_PARTITIONS];
};

/* NULL when memory is out. */
char *weir_bound_log_extend(struct weir_bound_log *log, size_t partition,
                            size_t bytes) WEIR_MUST_CHECK;

/* Room for a record of `bytes`, a multiple of 8. */
static inline char *weir_bound_log_reserve(struct weir_bound_log *log, size_t partition,
                                           size_t bytes) {
    struct weir_bound_stream *stream = &log->streams[partition];
    if (bytes > (size_t)(stream->end - stream->at))
        return weir_bound_log_extend(log, partition, bytes);
    char *room = stream->at;
    stream->at += bytes;
    return room;
}

/* Says where the records of each partition end, so that they can be walked. */
void weir_bound_log_seal(struct weir_bound_log *log);

static inline struct weir_bound_record *
weir_bound_record_after(const struct weir_bound_layout *layout, struct weir_bound_record *record) {
    return (struct weir_bound_record *)((char *)record +
                                        weir_bound_record_bytes(layout, record->cell_count));
}

#endif
