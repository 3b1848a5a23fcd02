/* From expressions over the input to expressions over the groups. */
#ifndef WEIR_SQL_LIFT_H
#define WEIR_SQL_LIFT_H

#include "sql/bind_private.h"

struct lift {
    struct binder *binder;
    size_t key_count;
    const char *const *key_texts;  /* canonical texts, in the order of the group's columns */
    const size_t *aggregate_order; /* place in the group's aggregates of the k-th bound */
};

/* `expression`, bound over the input with aggregates in it, over the columns of the AGGREGATE:
 * keys, aggregates, errors. NULL (42803) when a column is neither in a key nor in an aggregate. */
bound weir_lift(const struct lift *lift, bound expression);

#endif
