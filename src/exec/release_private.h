/* What the files of the release share: exact sums on their way to the noise. */
#ifndef WEIR_EXEC_RELEASE_PRIVATE_H
#define WEIR_EXEC_RELEASE_PRIVATE_H

#include "bound/bounder.h"
#include "exec/release.h"

struct weir_releasing {
    struct weir_arena *arena;
    const struct weir_env *env;
    struct weir_backend *backend;
    struct weir_cancel *cancel;
    const struct weir_release_options *options;
    const struct weir_release_plan *plan;
    struct weir_error *error;
    struct weir_measure_noise *noise; /* one a measure */
};

/* Exact sums by group: keys[group * key_count + i], sums[group * measure_count + i] in steps of the
 * measure's lattice. */
struct weir_exact_groups {
    size_t count;
    struct weir_value *keys;
    weir_int128 *sums;
};

/* Where no unit has more than one row, the engine sums. release_rows.c */
weir_status weir_release_rows(struct weir_releasing *releasing,
                              struct weir_exact_groups *groups) WEIR_MUST_CHECK;
/* Else the bounding operator does, and tau is chosen. release_bounded.c */
weir_status weir_release_bounded(struct weir_releasing *releasing,
                                 struct weir_exact_groups *groups) WEIR_MUST_CHECK;
/* Its first part: a bounder made for the plan, fed and finished. The caller destroys it, also after
 * a failure. */
weir_status weir_release_fill(struct weir_releasing *releasing,
                              struct weir_bounder **bounder) WEIR_MUST_CHECK;

/* With declared groups exactly those, empty ones with zeros; else as found, sorted by their keys.
 * release_groups.c */
weir_status weir_release_arrange(struct weir_releasing *releasing,
                                 const struct weir_exact_groups *found,
                                 struct weir_exact_groups *groups) WEIR_MUST_CHECK;

/* The engine's statements: keys, then one exact number a measure, by group; or for each row its
 * unit, keys and arguments. NULL when memory is out. release_statement.c */
struct weir_release_sql {
    const char *text;
    size_t constant_count;
    const struct weir_value *constants;
};
struct weir_release_sql weir_release_sums_sql(struct weir_arena *arena,
                                              const struct weir_release_plan *plan);
struct weir_release_sql weir_release_feed_sql(struct weir_arena *arena,
                                              const struct weir_release_plan *plan);

#endif
