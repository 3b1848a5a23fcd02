/* A chain of malloc'd blocks under a cap. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { BLOCK_BYTES = 32 * 1024, ALIGNMENT = 16 };

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

struct weir_arena {
    struct block *blocks;
    size_t cap, reserved, used;
};

struct weir_arena *weir_arena_create(size_t cap_bytes) {
    struct weir_arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL)
        arena->cap = cap_bytes;
    return arena;
}

void weir_arena_destroy(struct weir_arena *arena) {
    if (arena == NULL)
        return;
    for (struct block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

static struct block *add_block(struct weir_arena *arena, size_t size) {
    size_t bytes = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    if (bytes > arena->cap - arena->reserved)
        bytes = size;
    if (bytes > arena->cap - arena->reserved)
        return NULL;
    struct block *block = malloc(sizeof *block + bytes);
    if (block == NULL)
        return NULL;
    block->size = bytes;
    block->used = 0;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->reserved += bytes;
    return block;
}

void *weir_arena_allocate(struct weir_arena *arena, size_t size) {
    if (size > arena->cap)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size)
        block = add_block(arena, size);
    if (block == NULL)
        return NULL;
    void *memory = block->bytes + block->used;
    block->used += size;
    arena->used += size;
    return memset(memory, 0, size);
}

void *weir_arena_array(struct weir_arena *arena, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return weir_arena_allocate(arena, bytes);
}

char *weir_arena_copy(struct weir_arena *arena, const char *bytes, size_t len) {
    if (len >= SIZE_MAX - 1)
        return NULL;
    char *copy = weir_arena_allocate(arena, len + 1);
    if (copy != NULL && len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

char *weir_arena_string(struct weir_arena *arena, const char *text) {
    return weir_arena_copy(arena, text, strlen(text));
}

char *weir_arena_printf(struct weir_arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0)
        return NULL;
    char *text = weir_arena_allocate(arena, (size_t)len + 1);
    if (text == NULL)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)len + 1, format, arguments);
    va_end(arguments);
    return text;
}

size_t weir_arena_used(const struct weir_arena *arena) {
    return arena->used;
}
