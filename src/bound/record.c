/* Layouts of records, and blocks that grow with their partition. */
#include "bound/record.h"

#include "base/banned.h"

enum { FIRST_BLOCK = 1 << 10, LARGEST_BLOCK = 1 << 16 };

struct weir_bound_layout weir_bound_layout_make(const struct weir_bounder_measure *measures,
                                                size_t measure_count, bool compact) {
    struct weir_bound_layout layout = {.measure_count = measure_count,
                                       .bucket_bytes = (measure_count + 7) & ~(size_t)7};
    for (size_t i = 0; i < measure_count; i++) {
        if (measures[i].kind == WEIR_BOUNDER_PEOPLE)
            continue;
        bool wide = measures[i].kind == WEIR_BOUNDER_SUM || !compact;
        layout.slots[i].width = wide ? 8 : 4;
        layout.slots[i].rank = (uint8_t)(wide ? layout.wide_count++ : layout.narrow_count++);
    }
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
