/* The allow-list of scalar functions, read from functions.def. */
#ifndef WEIR_CATALOG_FUNCTIONS_H
#define WEIR_CATALOG_FUNCTIONS_H

#include "base/value.h"

enum { WEIR_FUNCTION_ARGUMENTS_MAX = 4 };

struct weir_function {
    const char *name;
    const char *shown; /* template of the canonical question; NULL = name(arguments) */
    enum weir_type result;
    bool is_variadic; /* one or more arguments of arguments[0] */
    size_t argument_count;
    enum weir_type arguments[WEIR_FUNCTION_ARGUMENTS_MAX];
    const char *duckdb;
};

bool weir_function_is_known(const char *name);

/* One argument's type for the search; an untyped literal or parameter fits any. */
struct weir_argument_type {
    bool typed;
    enum weir_type type;
};

/* The signature that needs the fewest widenings (INTEGER < BIGINT < DOUBLE, NUMERIC < DOUBLE, DATE < TIMESTAMP); the
 * first in the list where several need as many. NULL when none fits. Static lifetime. */
const struct weir_function *weir_function_find(const char *name,
                                               const struct weir_argument_type *arguments,
                                               size_t count);

/* The exact conversion "cast" from one type to another, or NULL. */
const struct weir_function *weir_function_cast(enum weir_type from, enum weir_type to);

/* The type that the i-th argument of a call must have. */
enum weir_type weir_function_argument(const struct weir_function *function, size_t index);

#endif
