/* The release: the only way from rows of persons to rows of an answer. The engine computes each
 * group's exact sums; they are noised here and go nowhere else. */
#ifndef WEIR_EXEC_RELEASE_H
#define WEIR_EXEC_RELEASE_H

#include "base/env.h"
#include "exec/backend.h"
#include "privacy/plan.h"

/* Runs the release of `plan` and adds its noise. Rows are sorted by their keys; columns are keys,
 * aggregates, and the half width of each aggregate's 95% interval (DOUBLE, NULL where none can be
 * stated). Types are those of the release relation's columns. Errors hold no data. */
weir_status weir_release(struct weir_arena *arena, const struct weir_env *env,
                         struct weir_backend *backend, struct weir_cancel *cancel,
                         const struct weir_release_plan *plan, struct weir_rows *rows,
                         struct weir_error *error) WEIR_MUST_CHECK;

/* The half width of a measure's interval, in what the measure counts, that holds with `confidence`.
 * For explanations too. */
#define WEIR_RELEASE_CONFIDENCE 0.95
double weir_release_half_width(const struct weir_measure *measure, double confidence);

#endif
