/* What the files of the release share: exact sums on their way to the noise. */
#ifndef WEIR_EXEC_RELEASE_PRIVATE_H
#define WEIR_EXEC_RELEASE_PRIVATE_H

#include "exec/release.h"

/* Exact sums by group, sorted by key: keys[group * key_count + i], sums[group * measure_count + i]
 * in raw units. */
struct weir_exact_groups {
    size_t count;
    const struct weir_value *keys;
    weir_int128 *sums;
};

/* The engine's statement for the release. NULL when memory is out. release_statement.c */
const char *weir_release_statement(struct weir_arena *arena, const struct weir_release_plan *plan,
                                   const struct weir_value **constants,
                                   size_t *constant_count) WEIR_MUST_CHECK;

/* The engine's rows as groups: with declared groups exactly those, empty ones with zeros.
 * release_groups.c */
weir_status weir_release_groups(struct weir_arena *arena, const struct weir_release_plan *plan,
                                const struct weir_rows *rows, struct weir_exact_groups *groups,
                                struct weir_error *error) WEIR_MUST_CHECK;

#endif
