/* The allow-list of scalar functions, read from functions.def. */
#ifndef WEIR_CATALOG_FUNCTIONS_H
#define WEIR_CATALOG_FUNCTIONS_H

#include "base/value.h"

enum { WEIR_FUNCTION_ARGUMENTS_MAX = 4, WEIR_FUNCTION_VARIADIC = 0x100 };

/* One signature. Static lifetime. */
struct weir_function {
    const char *name;
    const char *shown; /* template of the canonical question; NULL = name(arguments) */
    enum weir_type result;
    /* Types of the arguments; the first or-ed with WEIR_FUNCTION_VARIADIC = one or more of that
     * type. */
    int signature[WEIR_FUNCTION_ARGUMENTS_MAX];
    size_t argument_count;
    const char *duckdb;
};

bool weir_function_is_known(const char *name);
bool weir_function_is_variadic(const struct weir_function *function);
/* The type that the i-th argument of a call must have. */
enum weir_type weir_function_argument(const struct weir_function *function, size_t index);

/* A template's placeholder: "$1" is the first argument, "$*" all, "$2*" the second and later ones.
 * *at is at the '$' and is moved to the placeholder's last character. Gives how many of the `count`
 * arguments stand there, from *first on. */
size_t weir_function_placeholder(const char **at, size_t count, size_t *first);

/* One argument's type for the search; an untyped literal or parameter fits any. */
struct weir_argument_type {
    bool typed;
    enum weir_type type;
};

/* The signature that needs the least widening (INTEGER < BIGINT < DOUBLE, NUMERIC < DOUBLE, DATE <
 * TIMESTAMP); untyped arguments prefer TEXT; the first in the list where several are as good. NULL
 * when none fits. */
const struct weir_function *
weir_function_find(const char *name, const struct weir_argument_type *arguments, size_t count);

/* The conversion from one type to another, or NULL. */
const struct weir_function *weir_function_cast(enum weir_type from, enum weir_type to);

/* May a value of type `from` stand where `to` is wanted without being asked to? */
bool weir_type_widens(enum weir_type from, enum weir_type to);

#endif
