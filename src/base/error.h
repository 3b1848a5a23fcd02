/* The error value every fallible function fills, and the one-field status it returns.
 *
 * A refusal is an ordinary error of class WEIR_ERROR_REFUSED. Messages name what is wrong, where,
 * and what to do; they never hold a data value. Buffers are fixed, so that reporting cannot itself
 * fail. */
#ifndef WEIR_BASE_ERROR_H
#define WEIR_BASE_ERROR_H

#include "base/checks.h"

enum weir_error_class {
    WEIR_ERROR_NONE = 0,
    WEIR_ERROR_REFUSED,   /* the question is well formed, but no purpose allows it */
    WEIR_ERROR_INVALID,   /* malformed input: syntax, unknown name, bad option, bad file */
    WEIR_ERROR_DENIED,    /* authentication or role */
    WEIR_ERROR_BUDGET,    /* the budget is spent */
    WEIR_ERROR_LIMIT,     /* memory, depth, size, sessions */
    WEIR_ERROR_CANCELLED, /* by the client or a time-out */
    WEIR_ERROR_SYSTEM,    /* disk, clock, entropy, lock: nothing was answered */
    WEIR_ERROR_INTERNAL   /* a defect of ours, refused rather than guessed at */
};

struct weir_error {
    enum weir_error_class class;
    char sqlstate[6];
    int position; /* SQL: 1-based character of the query; 0 = none */
    int line;     /* files: 1-based; 0 = none */
    int column;   /* files: 1-based; 0 = none */
    char message[512];
    char detail[1024];
    char hint[1024];
};

/* ok is true on success. On false the caller's error is set, or (for a function that builds in an
 * arena) still of class NONE, which means that the arena was exhausted: weir_error_settle() says
 * so. */
typedef struct {
    bool ok;
} weir_status;

#define WEIR_OK ((weir_status){true})
#define WEIR_FAILED ((weir_status){false})

/* Propagates a failure to the caller, where both return weir_status. */
#define WEIR_TRY(call)                                                                             \
    do {                                                                                           \
        if (!(call).ok)                                                                            \
            return WEIR_FAILED;                                                                    \
    } while (0)

/* Set the error (the first one wins: a later set on a set error is ignored) and return WEIR_FAILED.
 * `sqlstate` has five characters; the plain form picks the class's usual one. */
weir_status weir_fail(struct weir_error *error, enum weir_error_class class, const char *format,
                      ...) WEIR_PRINTF(3, 4);
weir_status weir_fail_state(struct weir_error *error, enum weir_error_class class,
                            const char *sqlstate, const char *format, ...) WEIR_PRINTF(4, 5);
/* System failure: appends the text of errno to the message. */
weir_status weir_fail_errno(struct weir_error *error, const char *format, ...) WEIR_PRINTF(2, 3);

/* Add to an error already set; returns WEIR_FAILED for use in a return statement. */
weir_status weir_error_detail(struct weir_error *error, const char *format, ...) WEIR_PRINTF(2, 3);
weir_status weir_error_hint(struct weir_error *error, const char *format, ...) WEIR_PRINTF(2, 3);
weir_status weir_error_at(struct weir_error *error, int position);

void weir_error_clear(struct weir_error *error);
bool weir_error_is_set(const struct weir_error *error);

/* An unset error after a failure means memory ran out: make it say so (53200). */
void weir_error_settle(struct weir_error *error);

#endif
