/* Search of the allow-list. */
#include "catalog/functions.h"

#include <string.h>

#include "base/banned.h"

#define BOOLEAN WEIR_TYPE_BOOLEAN
#define INTEGER WEIR_TYPE_INTEGER
#define BIGINT WEIR_TYPE_BIGINT
#define NUMERIC WEIR_TYPE_NUMERIC
#define DOUBLE WEIR_TYPE_DOUBLE
#define TEXT WEIR_TYPE_TEXT
#define DATE WEIR_TYPE_DATE
#define TIMESTAMP WEIR_TYPE_TIMESTAMP

/* A row's argument list carries a leading NULL-like marker so that one macro serves both forms. */
#define LIST(...) {__VA_ARGS__}
#define LENGTH(...) (sizeof((enum weir_type[]){__VA_ARGS__}) / sizeof(enum weir_type))
#define VARIADIC_MARK 0x100
#define VARIADIC(type) ((enum weir_type)(VARIADIC_MARK | (int)(type)))
#define STRIP(...) __VA_ARGS__

struct row {
    const char *name, *shown;
    enum weir_type result;
    enum weir_type arguments[WEIR_FUNCTION_ARGUMENTS_MAX];
    size_t count;
    const char *duckdb;
};
