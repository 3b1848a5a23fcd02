/* Memory of one run, counted against its limit.
 *
 * Arrays come zeroed and are given back with the size they were taken with. A slab hands out
 * uninitialised pieces from chunks that grow, all given back at once: large chunks lie on huge
 * pages where the system has them, so that filling them costs few page faults. Every taking
 * function returns NULL beyond the limit or when the machine has no more. The count is atomic:
 * threads share one struct weir_bound_memory. */
#ifndef WEIR_BOUND_MEMORY_H
#define WEIR_BOUND_MEMORY_H

#include "base/checks.h"

#include <stdatomic.h>

struct weir_bound_memory {
    atomic_size_t used;
    size_t limit; /* bytes */
};

void *weir_bound_take(struct weir_bound_memory *memory, size_t count, size_t size) WEIR_MUST_CHECK;
/* NULL is allowed. */
void weir_bound_give(struct weir_bound_memory *memory, void *array, size_t count, size_t size);
/* The array with new_count >= old_count items, the new ones zeroed; on NULL the old one stays. */
void *weir_bound_grow(struct weir_bound_memory *memory, void *array, size_t old_count,
                      size_t new_count, size_t size) WEIR_MUST_CHECK;

struct weir_bound_chunk;

struct weir_bound_slab { /* owned by one thread at a time; zero-initialised but for memory */
    struct weir_bound_memory *memory;
    struct weir_bound_chunk *chunks;
    char *at, *end; /* what is left of the newest chunk */
};

/* Aligned to 16 bytes. */
void *weir_bound_slab_take(struct weir_bound_slab *slab, size_t size) WEIR_MUST_CHECK;
void weir_bound_slab_free(struct weir_bound_slab *slab);

#endif
