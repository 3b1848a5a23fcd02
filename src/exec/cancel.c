/* Cancelling a statement from another thread: one lock orders request, start and end of a
 * statement. */
#include "exec/cancel.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/banned.h"

struct weir_cancel {
    pthread_mutex_t lock;
    bool requested;
    void (*interrupt)(void *target);
    void *target;
};

struct weir_cancel *weir_cancel_create(void) {
    struct weir_cancel *cancel = calloc(1, sizeof *cancel);
    if (cancel == NULL)
        return NULL;
    if (pthread_mutex_init(&cancel->lock, NULL) != 0) {
        free(cancel);
        return NULL;
    }
    return cancel;
}

void weir_cancel_destroy(struct weir_cancel *cancel) {
    if (cancel == NULL)
        return;
    weir_check(cancel->interrupt == NULL);
    weir_check(pthread_mutex_destroy(&cancel->lock) == 0);
    free(cancel);
}

static void lock(struct weir_cancel *cancel) {
    weir_check(pthread_mutex_lock(&cancel->lock) == 0);
}

static void unlock(struct weir_cancel *cancel) {
    weir_check(pthread_mutex_unlock(&cancel->lock) == 0);
}

void weir_cancel_request(struct weir_cancel *cancel) {
    lock(cancel);
    cancel->requested = true;
    if (cancel->interrupt != NULL)
        cancel->interrupt(cancel->target);
    unlock(cancel);
}

void weir_cancel_reset(struct weir_cancel *cancel) {
    lock(cancel);
    cancel->requested = false;
    unlock(cancel);
}

bool weir_cancel_is_requested(struct weir_cancel *cancel) {
    lock(cancel);
    bool requested = cancel->requested;
    unlock(cancel);
    return requested;
}

bool weir_cancel_attach(struct weir_cancel *cancel, void (*interrupt)(void *target), void *target) {
    if (cancel == NULL)
        return true;
    lock(cancel);
    bool requested = cancel->requested;
    weir_check(cancel->interrupt == NULL);
    if (!requested) {
        cancel->interrupt = interrupt;
        cancel->target = target;
    }
    unlock(cancel);
    return !requested;
}

void weir_cancel_detach(struct weir_cancel *cancel) {
    if (cancel == NULL)
        return;
    lock(cancel);
    cancel->interrupt = NULL;
    cancel->target = NULL;
    unlock(cancel);
}
