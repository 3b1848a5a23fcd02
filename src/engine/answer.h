/* A stored answer: released rows as bytes, and back. */
#ifndef WEIR_ENGINE_ANSWER_H
#define WEIR_ENGINE_ANSWER_H

#include "exec/release.h"

/* Canonical JSON: {"noise":[...],"rows":[[...]],"types":[...]}, each cell as PostgreSQL's text or
 * null. In the arena. */
weir_status weir_answer_print(struct weir_arena *arena, const struct weir_released *released,
                              const void **bytes, size_t *len,
                              struct weir_error *error) WEIR_MUST_CHECK;
/* Class INTERNAL when the bytes are not such an answer with so many measures and columns of these
 * types. */
weir_status weir_answer_read(struct weir_arena *arena, const void *bytes, size_t len,
                             const enum weir_type *types, size_t column_count, size_t measure_count,
                             struct weir_released *released,
                             struct weir_error *error) WEIR_MUST_CHECK;

#endif
