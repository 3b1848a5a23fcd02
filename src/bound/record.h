/* A run of one unit's cells, as it is kept between feeding and clipping, and the logs that hold
 * such records by partition of units.
 *
 * A record is a header, the norms' places in the histograms (one byte a measure, filled up to 8),
 * then one array a measure and one of group ids, each of cell_count items, the widest items first.
 * PEOPLE needs no array: its value is 1 in every cell. There are three layouts, each with logs of
 * its own: small, for a run whose numbers are small, as most are; full, for any run; wide, for what
 * runs of a unit add up to. A log is owned by one thread at a time; records never move and are
 * freed with its slab. */
#ifndef WEIR_BOUND_RECORD_H
#define WEIR_BOUND_RECORD_H

#include "bound/bounder.h"
#include "bound/memory.h"
#include "bound/mix.h"

enum { WEIR_BOUND_PARTITIONS = 256 };

enum weir_bound_item {
    WEIR_BOUND_NONE,
    WEIR_BOUND_U16,
    WEIR_BOUND_U32,
    WEIR_BOUND_I32,
    WEIR_BOUND_I64
};

struct weir_bound_array {
    enum weir_bound_item item;
    uint32_t before; /* bytes a cell has in the arrays before this one */
};

struct weir_bound_layout {
    size_t measure_count, bucket_bytes, cell_bytes;
    struct weir_bound_array groups; /* U16 or U32 */
    struct weir_bound_array measures[WEIR_BOUNDER_MEASURES_MAX];
};

enum weir_bound_width {
    WEIR_BOUND_SMALL, /* counts and groups of 16 bits, sums of 32 */
    WEIR_BOUND_FULL,  /* counts and groups of 32 bits, sums of 64 */
    WEIR_BOUND_WIDEST /* groups of 32 bits, all else of 64 */
};

struct weir_bound_layout weir_bound_layout_make(const struct weir_bounder_measure *measures,
                                                size_t measure_count, enum weir_bound_width width);

struct weir_bound_record {
    int64_t unit;
    uint32_t cell_count;
    uint32_t entry; /* scratch of finish; then WEIR_BOUND_MERGED where another record took over */
};

static const uint32_t WEIR_BOUND_MERGED = UINT32_MAX;

static inline size_t weir_bound_record_bytes(const struct weir_bound_layout *layout, size_t cells) {
    size_t bytes =
        sizeof(struct weir_bound_record) + layout->bucket_bytes + cells * layout->cell_bytes;
    return (bytes + 7) & ~(size_t)7;
}

/* By measure: see weir_bound_norm_bucket. */
static inline uint8_t *weir_bound_record_buckets(const struct weir_bound_record *record) {
    return (uint8_t *)(uintptr_t)(record + 1);
}

static inline void *weir_bound_record_array(const struct weir_bound_layout *layout,
                                            const struct weir_bound_record *record,
                                            struct weir_bound_array array) {
    return (char *)(uintptr_t)(record + 1) + layout->bucket_bytes +
           (size_t)record->cell_count * array.before;
}

static inline int64_t weir_bound_item_at(const void *array, enum weir_bound_item item,
                                         size_t cell) {
    switch (item) {
    case WEIR_BOUND_NONE:
        return 1;
    case WEIR_BOUND_U16:
        return ((const uint16_t *)array)[cell];
    case WEIR_BOUND_U32:
        return ((const uint32_t *)array)[cell];
    case WEIR_BOUND_I32:
        return ((const int32_t *)array)[cell];
    case WEIR_BOUND_I64:
        break;
    }
    return ((const int64_t *)array)[cell];
}

/* One cell's value of a measure. */
static inline int64_t weir_bound_record_value(const struct weir_bound_layout *layout,
                                              const struct weir_bound_record *record,
                                              size_t measure, size_t cell) {
    struct weir_bound_array array = layout->measures[measure];
    return weir_bound_item_at(weir_bound_record_array(layout, record, array), array.item, cell);
}

static inline uint32_t weir_bound_record_group(const struct weir_bound_layout *layout,
                                               const struct weir_bound_record *record,
                                               size_t cell) {
    const void *groups = weir_bound_record_array(layout, record, layout->groups);
    return layout->groups.item == WEIR_BOUND_U16 ? ((const uint16_t *)groups)[cell]
                                                 : ((const uint32_t *)groups)[cell];
}

static inline uint64_t weir_bound_unit_hash(int64_t unit) {
    return weir_bound_hash((uint64_t)unit);
}

static inline size_t weir_bound_partition_of(uint64_t hash) {
    return (size_t)(hash >> 56);
}

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
    __builtin_prefetch(stream->at, 1); /* where this partition's next record will be */
    __builtin_prefetch(stream->at + 64, 1);
    return room;
}

/* Takes the last reservation of `bytes` back. */
static inline void weir_bound_log_return(struct weir_bound_log *log, size_t partition,
                                         size_t bytes) {
    log->streams[partition].at -= bytes;
}

/* Says where the records of each partition end, so that they can be walked. */
void weir_bound_log_seal(struct weir_bound_log *log);

static inline struct weir_bound_record *
weir_bound_record_after(const struct weir_bound_layout *layout, struct weir_bound_record *record) {
    return (struct weir_bound_record *)((char *)record +
                                        weir_bound_record_bytes(layout, record->cell_count));
}

#endif
