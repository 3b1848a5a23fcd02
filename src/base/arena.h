/* One arena a statement: memory handed out in order, given back all at once, never beyond a cap.
 *
 * Every allocating function returns NULL when the cap or the machine is exhausted; the caller then
 * returns failure with its error unset (see weir_error_settle). Memory is zeroed. Not thread-safe:
 * one owner. */
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include "base/checks.h"

#include <stdarg.h>

struct weir_arena;

/* NULL when memory is out. The caller owns it and calls weir_arena_destroy (NULL is allowed). */
struct weir_arena *weir_arena_create(size_t cap_bytes);
void weir_arena_destroy(struct weir_arena *arena);

void *weir_arena_allocate(struct weir_arena *arena, size_t size) WEIR_MUST_CHECK;
/* count * size, checked for overflow. count 0 gives a valid pointer. */
void *weir_arena_array(struct weir_arena *arena, size_t count, size_t size) WEIR_MUST_CHECK;
char *weir_arena_copy(struct weir_arena *arena, const char *bytes, size_t len) WEIR_MUST_CHECK;
char *weir_arena_string(struct weir_arena *arena, const char *text) WEIR_MUST_CHECK;
char *weir_arena_printf(struct weir_arena *arena, const char *format, ...)
    WEIR_PRINTF(2, 3) WEIR_MUST_CHECK;

/* Bytes handed out so far. */
size_t weir_arena_used(const struct weir_arena *arena);

#define WEIR_NEW(arena, type) ((type *)weir_arena_allocate((arena), sizeof(type)))
#define WEIR_NEW_ARRAY(arena, count, type)                                                         \
    ((type *)weir_arena_array((arena), (count), sizeof(type)))

#endif
