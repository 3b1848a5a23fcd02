/* Layouts of records, and blocks that grow with their partition. */
#include "bound/record.h"

#include "base/banned.h"

enum { FIRST_BLOCK = 1 << 10, LARGEST_BLOCK = 1 << 16 };

static const uint32_t item_bytes[] = {[WEIR_BOUND_NONE] = 0,
                                      [WEIR_BOUND_U16] = 2,
                                      [WEIR_BOUND_U32] = 4,
                                      [WEIR_BOUND_I32] = 4,
                                      [WEIR_BOUND_I64] = 8};

static enum weir_bound_item item_of(enum weir_bounder_measure_kind kind,
                                    enum weir_bound_width width) {
    static const enum weir_bound_item counts[] = {WEIR_BOUND_U16, WEIR_BOUND_U32, WEIR_BOUND_I64},
                                      sums[] = {WEIR_BOUND_I32, WEIR_BOUND_I64, WEIR_BOUND_I64};
    if (kind == WEIR_BOUNDER_PEOPLE)
        return WEIR_BOUND_NONE;
    return kind == WEIR_BOUNDER_SUM ? sums[width] : counts[width];
}

/* Places the arrays whose items have this size. */
static void place_arrays(struct weir_bound_layout *layout, uint32_t bytes, uint32_t *before) {
    for (size_t i = 0; i <= layout->measure_count; i++) {
        struct weir_bound_array *array =
            i < layout->measure_count ? &layout->measures[i] : &layout->groups;
        if (item_bytes[array->item] != bytes)
            continue;
        array->before = *before;
        *before += bytes;
    }
}

struct weir_bound_layout weir_bound_layout_make(const struct weir_bounder_measure *measures,
                                                size_t measure_count, enum weir_bound_width width) {
    struct weir_bound_layout layout = {.measure_count = measure_count,
                                       .bucket_bytes = (measure_count + 7) & ~(size_t)7};
    uint32_t before = 0;
    layout.groups.item = width == WEIR_BOUND_SMALL ? WEIR_BOUND_U16 : WEIR_BOUND_U32;
    for (size_t i = 0; i < measure_count; i++)
        layout.measures[i].item = item_of(measures[i].kind, width);
    for (uint32_t bytes = 8; bytes >= 2; bytes /= 2)
        place_arrays(&layout, bytes, &before);
    layout.cell_bytes = before;
    return layout;
}

static size_t block_size(const struct weir_bound_stream *stream, size_t needed) {
    size_t size = FIRST_BLOCK;
    if (stream->last != NULL) {
        size = (size_t)(stream->end - (char *)stream->last) * 2;
        size = size > LARGEST_BLOCK ? LARGEST_BLOCK : size;
    }
    return size < needed ? needed : size;
}

char *weir_bound_log_extend(struct weir_bound_log *log, size_t partition, size_t bytes) {
    struct weir_bound_stream *stream = &log->streams[partition];
    size_t size = block_size(stream, bytes + sizeof(struct weir_bound_block));
    struct weir_bound_block *block = weir_bound_slab_take(&log->slab, size);
    if (block == NULL)
        return NULL;
    *block = (struct weir_bound_block){0};
    if (stream->last == NULL) {
        stream->first = block;
    } else {
        stream->last->end = stream->at;
        stream->last->next = block;
    }
    stream->last = block;
    stream->at = (char *)(block + 1) + bytes;
    stream->end = (char *)block + size;
    log->bytes += size;
    return (char *)(block + 1);
}

void weir_bound_log_seal(struct weir_bound_log *log) {
    for (size_t i = 0; i < WEIR_BOUND_PARTITIONS; i++)
        if (log->streams[i].last != NULL)
            log->streams[i].last->end = log->streams[i].at;
}
