/* One cell of a file as a value of a policy's column, strictly: what does not fit is refused,
 * nothing is rounded. */
#ifndef WEIR_STORE_LOAD_VALUE_H
#define WEIR_STORE_LOAD_VALUE_H

#include "base/arena.h"
#include "policy/policy.h"

enum { WEIR_PROBLEM_BYTES = 128 };

/* From text; bytes NULL = no value. The text is UTF-8 without NUL. TEXT is not copied; scratch
 * memory comes from the arena. False, with the problem put into words that hold nothing of the
 * text, when it does not fit the column's type, NOT NULL or VALUES. (A value out of RANGE fits: it
 * is clamped when asked for.) */
bool weir_load_value_from_text(struct weir_arena *arena, const struct weir_policy_column *column,
                               const char *bytes, size_t len, struct weir_value *value,
                               char problem[WEIR_PROBLEM_BYTES]) WEIR_MUST_CHECK;

/* From a typed file: integers widen and shrink, decimals change scale, where that is exact. */
bool weir_load_value_from_typed(const struct weir_policy_column *column,
                                const struct weir_value *given, struct weir_value *value,
                                char problem[WEIR_PROBLEM_BYTES]) WEIR_MUST_CHECK;

#endif
