/* The release: the only way from rows of persons to rows of an answer. Each group's exact sums,
 * with what one unit adds to them bounded, are noised here and go nowhere else. */
#ifndef WEIR_EXEC_RELEASE_H
#define WEIR_EXEC_RELEASE_H

#include "base/env.h"
#include "exec/backend.h"
#include "privacy/plan.h"

/* What a release tells: its rows, and how each measure of the plan was noised. */
struct weir_released {
    struct weir_rows rows;
    size_t measure_count;
    const struct weir_measure_noise *noise;
};

struct weir_release_options {
    size_t memory_bytes; /* of the bounding operator */
    int threads;
};

/* Runs the release of `plan` and adds its noise. Rows are sorted by their keys; columns are keys,
 * aggregates, and the half width of each aggregate's 95% interval (DOUBLE, NULL where none can be
 * stated). Types are those of the release relation's columns. Errors hold no data. */
weir_status weir_release(struct weir_arena *arena, const struct weir_env *env,
                         struct weir_backend *backend, struct weir_cancel *cancel,
                         const struct weir_release_options *options,
                         const struct weir_release_plan *plan, struct weir_released *released,
                         struct weir_error *error) WEIR_MUST_CHECK;

/* The half width of a measure's interval, in what the measure counts, that holds with `confidence`.
 * For explanations too. It covers the noise, not what was clipped. */
#define WEIR_RELEASE_CONFIDENCE 0.95
double weir_release_half_width(const struct weir_measure *measure,
                               const struct weir_measure_noise *noise, double confidence);

#endif
