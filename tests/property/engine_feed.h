/* Rows as values into a bounder. */
#ifndef WEIR_TESTS_PROPERTY_ENGINE_FEED_H
#define WEIR_TESTS_PROPERTY_ENGINE_FEED_H

#include "bound/bounder.h"
#include "exec/backend.h"

/* Columns: the unit, keys, arguments, of the types and scales that the bounder was told; else
 * INTERNAL. */
weir_status engine_feed(struct weir_arena *arena, const struct weir_rows *rows, const int *scales,
                        struct weir_bounder *bounder, struct weir_error *error);

#endif
