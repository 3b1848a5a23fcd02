/* Checks that stay on in every build: a broken invariant in a reference monitor must stop it. */
#ifndef WEIR_BASE_CHECKS_H
#define WEIR_BASE_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_MUST_CHECK __attribute__((warn_unused_result))
#define WEIR_PRINTF(text_index, first_index)                                                       \
    __attribute__((format(printf, text_index, first_index)))
#define WEIR_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Aborts the process when an invariant of the program (never a property of its input) is false.
 * The text names code, never data. */
_Noreturn void weir_check_failed(const char *expression, const char *file, int line);

#define weir_check(expression)                                                                     \
    do {                                                                                           \
        if (!(expression))                                                                         \
            weir_check_failed(#expression, __FILE__, __LINE__);                                    \
    } while (0)

typedef __int128 weir_int128;
typedef unsigned __int128 weir_uint128;

#endif
