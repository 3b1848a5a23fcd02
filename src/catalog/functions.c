/* Search of the allow-list. */
#include "catalog/functions.h"

#include <limits.h>
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

/* functions.def writes argument lists in parentheses, or as VARIADIC(type). */
#define VARIADIC(type) (WEIR_FUNCTION_VARIADIC | (int)(type))
#define LIST(...) __VA_ARGS__
#define LENGTH(...) (sizeof((int[]){__VA_ARGS__}) / sizeof(int))
#define FUNCTION(name, shown, result, arguments, duckdb)                                           \
    {name, shown, result, {LIST arguments}, LENGTH arguments, duckdb},

static const struct weir_function functions[] = {
#include "catalog/functions.def"
};

bool weir_function_is_known(const char *name) {
    for (size_t i = 0; i < WEIR_COUNT(functions); i++)
        if (strcmp(functions[i].name, name) == 0)
            return true;
    return strcmp(name, "date_part") == 0 || strcmp(name, "date_trunc") == 0 ||
           strcmp(name, "extract") == 0;
}

bool weir_function_is_variadic(const struct weir_function *function) {
    return (function->signature[0] & WEIR_FUNCTION_VARIADIC) != 0;
}

size_t weir_function_placeholder(const char **at, size_t count, size_t *first) {
    const char *mark = *at + 1;
    *first = *mark == '*' ? 0 : (size_t)(*mark - '1');
    bool rest = *mark == '*' || mark[1] == '*';
    *at = mark + (*mark != '*' && rest);
    weir_check(*first < count || rest);
    return rest ? count - *first : 1;
}

enum weir_type weir_function_argument(const struct weir_function *function, size_t index) {
    bool variadic = weir_function_is_variadic(function);
    weir_check(variadic || index < function->argument_count);
    return (enum weir_type)(function->signature[variadic ? 0 : index] & ~WEIR_FUNCTION_VARIADIC);
}

/* Steps of widening from one type to another; -1 = not without a cast. */
static int widening(enum weir_type from, enum weir_type to) {
    if (from == to)
        return 0;
    if (from == WEIR_TYPE_INTEGER && to == WEIR_TYPE_BIGINT)
        return 1;
    if (from == WEIR_TYPE_INTEGER && to == WEIR_TYPE_DOUBLE)
        return 3;
    if ((from == WEIR_TYPE_BIGINT || from == WEIR_TYPE_NUMERIC) && to == WEIR_TYPE_DOUBLE)
        return 2;
    if (from == WEIR_TYPE_DATE && to == WEIR_TYPE_TIMESTAMP)
        return 1;
    return -1;
}

bool weir_type_widens(enum weir_type from, enum weir_type to) {
    return widening(from, to) >= 0;
}

static int total_cost(const struct weir_function *function,
                      const struct weir_argument_type *arguments, size_t count) {
    bool variadic = weir_function_is_variadic(function);
    if (variadic ? count == 0 : count != function->argument_count)
        return INT_MAX;
    int cost = 0;
    for (size_t i = 0; i < count; i++) {
        enum weir_type wanted = weir_function_argument(function, i);
        int step = arguments[i].typed ? widening(arguments[i].type, wanted)
                                      : (wanted == WEIR_TYPE_TEXT ? 0 : 1);
        if (step < 0)
            return INT_MAX;
        cost += step;
    }
    return cost;
}

const struct weir_function *
weir_function_find(const char *name, const struct weir_argument_type *arguments, size_t count) {
    const struct weir_function *best = NULL;
    int best_cost = INT_MAX;
    for (size_t i = 0; i < WEIR_COUNT(functions); i++) {
        if (strcmp(functions[i].name, name) != 0)
            continue;
        int cost = total_cost(&functions[i], arguments, count);
        if (cost < best_cost) {
            best = &functions[i];
            best_cost = cost;
        }
    }
    return best;
}

const struct weir_function *weir_function_cast(enum weir_type from, enum weir_type to) {
    for (size_t i = 0; i < WEIR_COUNT(functions); i++)
        if (strcmp(functions[i].name, "cast") == 0 && functions[i].result == to &&
            weir_function_argument(&functions[i], 0) == from)
            return &functions[i];
    return NULL;
}
