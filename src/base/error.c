/* Filling the error value. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

_Noreturn void weir_check_failed(const char *expression, const char *file, int line) {
    fprintf(stderr, "weir: broken invariant: %s (%s:%d)\n", expression, file, line);
    abort();
}

static const char *usual_sqlstate(enum weir_error_class class) {
    switch (class) {
    case WEIR_ERROR_NONE:
        return "00000";
    case WEIR_ERROR_REFUSED:
        return "42501";
    case WEIR_ERROR_INVALID:
        return "22023";
    case WEIR_ERROR_DENIED:
        return "28000";
    case WEIR_ERROR_BUDGET:
        return "53W01";
    case WEIR_ERROR_LIMIT:
        return "54000";
    case WEIR_ERROR_CANCELLED:
        return "57014";
    case WEIR_ERROR_SYSTEM:
        return "58030";
    case WEIR_ERROR_INTERNAL:
        return "XX000";
    }
    return "XX000";
}

static void set(struct weir_error *error, enum weir_error_class class, const char *sqlstate,
                const char *format, va_list arguments) WEIR_PRINTF(4, 0);

static void set(struct weir_error *error, enum weir_error_class class, const char *sqlstate,
                const char *format, va_list arguments) {
    if (weir_error_is_set(error))
        return;
    error->class = class;
    memcpy(error->sqlstate, sqlstate, sizeof error->sqlstate);
    vsnprintf(error->message, sizeof error->message, format, arguments);
}

weir_status weir_fail(struct weir_error *error, enum weir_error_class class, const char *format,
                      ...) {
    va_list arguments;
    va_start(arguments, format);
    set(error, class, usual_sqlstate(class), format, arguments);
    va_end(arguments);
    return WEIR_FAILED;
}

weir_status weir_fail_state(struct weir_error *error, enum weir_error_class class,
                            const char *sqlstate, const char *format, ...) {
    weir_check(strlen(sqlstate) == 5);
    va_list arguments;
    va_start(arguments, format);
    set(error, class, sqlstate, format, arguments);
    va_end(arguments);
    return WEIR_FAILED;
}

weir_status weir_fail_errno(struct weir_error *error, const char *format, ...) {
    int number = errno;
    if (weir_error_is_set(error))
        return WEIR_FAILED;
    va_list arguments;
    va_start(arguments, format);
    set(error, WEIR_ERROR_SYSTEM, usual_sqlstate(WEIR_ERROR_SYSTEM), format, arguments);
    va_end(arguments);
    size_t len = strlen(error->message);
    char text[128] = "unknown cause";
    const char *shown = strerror_r(number, text, sizeof text);
    snprintf(error->message + len, sizeof error->message - len, ": %s", shown);
    return WEIR_FAILED;
}

weir_status weir_error_detail(struct weir_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->detail, sizeof error->detail, format, arguments);
    va_end(arguments);
    return WEIR_FAILED;
}

weir_status weir_error_hint(struct weir_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->hint, sizeof error->hint, format, arguments);
    va_end(arguments);
    return WEIR_FAILED;
}

weir_status weir_error_at(struct weir_error *error, int position) {
    if (error->position == 0)
        error->position = position;
    return WEIR_FAILED;
}

void weir_error_clear(struct weir_error *error) {
    memset(error, 0, sizeof *error);
}

bool weir_error_is_set(const struct weir_error *error) {
    return error->class != WEIR_ERROR_NONE;
}

void weir_error_settle(struct weir_error *error) {
    if (!weir_error_is_set(error))
        weir_fail_state(error, WEIR_ERROR_LIMIT, "53200",
                        "the statement needs more memory than it may use");
}
