/* Counted arrays, and slabs on huge pages. */
#include "bound/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/banned.h"

enum { ALIGNMENT = 16 };
static const size_t first_chunk = (size_t)1 << 16, largest_chunk = (size_t)1 << 22,
                    huge_page = (size_t)1 << 21;

struct weir_bound_chunk {
    struct weir_bound_chunk *next;
    size_t size; /* with this header, of 16 bytes */
};

static bool count_in(struct weir_bound_memory *memory, size_t size) {
    size_t used = atomic_load_explicit(&memory->used, memory_order_relaxed);
    do {
        if (size > memory->limit || used > memory->limit - size)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&memory->used, &used, used + size,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

static void count_out(struct weir_bound_memory *memory, size_t size) {
    atomic_fetch_sub_explicit(&memory->used, size, memory_order_relaxed);
}

void *weir_bound_take(struct weir_bound_memory *memory, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || !count_in(memory, bytes))
        return NULL;
    void *array = calloc(1, bytes == 0 ? 1 : bytes);
    if (array == NULL)
        count_out(memory, bytes);
    return array;
}

void weir_bound_give(struct weir_bound_memory *memory, void *array, size_t count, size_t size) {
    if (array == NULL)
        return;
    count_out(memory, count * size);
    free(array);
}

void *weir_bound_grow(struct weir_bound_memory *memory, void *array, size_t old_count,
                      size_t new_count, size_t size) {
    void *larger = weir_bound_take(memory, new_count, size);
    if (larger == NULL)
        return NULL;
    if (array != NULL)
        memcpy(larger, array, old_count * size);
    weir_bound_give(memory, array, old_count, size);
    return larger;
}

static size_t chunk_size(const struct weir_bound_slab *slab, size_t needed) {
    size_t size = slab->chunks == NULL ? first_chunk : slab->chunks->size * 2;
    if (size > largest_chunk)
        size = largest_chunk;
    if (needed <= size)
        return size;
    return needed < huge_page ? needed : (needed + huge_page - 1) & ~(huge_page - 1);
}

static bool add_chunk(struct weir_bound_slab *slab, size_t needed) {
    if (needed > slab->memory->limit)
        return false;
    size_t size = chunk_size(slab, needed);
    if (!count_in(slab->memory, size))
        return false;
    size_t alignment = size % huge_page == 0 ? huge_page : ALIGNMENT;
    struct weir_bound_chunk *chunk = aligned_alloc(alignment, size);
    if (chunk == NULL) {
        count_out(slab->memory, size);
        return false;
    }
    if (alignment == huge_page) /* a system without huge pages refuses: no harm */
        (void)madvise(chunk, size, MADV_HUGEPAGE);
    *chunk = (struct weir_bound_chunk){.next = slab->chunks, .size = size};
    slab->chunks = chunk;
    slab->at = (char *)chunk + ALIGNMENT;
    slab->end = (char *)chunk + size;
    return true;
}

void *weir_bound_slab_take(struct weir_bound_slab *slab, size_t size) {
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (size > (size_t)(slab->end - slab->at) && !add_chunk(slab, size + ALIGNMENT))
        return NULL;
    char *piece = slab->at;
    slab->at += size;
    return piece;
}

void weir_bound_slab_free(struct weir_bound_slab *slab) {
    while (slab->chunks != NULL) {
        struct weir_bound_chunk *chunk = slab->chunks;
        slab->chunks = chunk->next;
        count_out(slab->memory, chunk->size);
        free(chunk);
    }
    slab->at = slab->end = NULL;
}
