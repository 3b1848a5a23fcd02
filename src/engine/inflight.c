/* Equal questions that are asked at once: one is answered and paid, the others wait for it and read
 * its answer. */
#include "engine/engine_private.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

enum { POLL_MICROSECONDS = 50000 };

static void lock(struct weir_engine *engine) {
    weir_check(pthread_mutex_lock(&engine->inflight_lock) == 0);
}

static void unlock(struct weir_engine *engine) {
    weir_check(pthread_mutex_unlock(&engine->inflight_lock) == 0);
}

static bool is_in_flight(const struct weir_engine *engine, const struct weir_inflight *mine) {
    for (const struct weir_inflight *other = engine->inflight; other != NULL; other = other->next)
        if (memcmp(other->key, mine->key, sizeof mine->key) == 0)
            return true;
    return false;
}

/* A cancel is looked for between waits. */
static void wait_a_moment(struct weir_engine *engine) {
    int64_t end = weir_env_monotonic_microseconds() + POLL_MICROSECONDS;
    struct timespec until = {.tv_sec = end / 1000000, .tv_nsec = end % 1000000 * 1000};
    int result = pthread_cond_timedwait(&engine->inflight_left, &engine->inflight_lock, &until);
    weir_check(result == 0 || result == ETIMEDOUT);
}

/* On the clock that never goes back: a wall clock set back would make a wait of it. */
void weir_inflight_initialise(struct weir_engine *engine) {
    pthread_condattr_t attributes;
    weir_check(pthread_mutex_init(&engine->inflight_lock, NULL) == 0);
    weir_check(pthread_condattr_init(&attributes) == 0);
    weir_check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    weir_check(pthread_cond_init(&engine->inflight_left, &attributes) == 0);
    weir_check(pthread_condattr_destroy(&attributes) == 0);
}

void weir_inflight_destroy(struct weir_engine *engine) {
    weir_check(engine->inflight == NULL);
    weir_check(pthread_cond_destroy(&engine->inflight_left) == 0);
    weir_check(pthread_mutex_destroy(&engine->inflight_lock) == 0);
}

weir_status weir_inflight_enter(struct weir_session *session, struct weir_inflight *mine,
                                struct weir_error *error) {
    struct weir_engine *engine = session->engine;
    bool cancelled = false;
    lock(engine);
    while (is_in_flight(engine, mine) && !(cancelled = weir_cancel_is_requested(session->cancel)))
        wait_a_moment(engine);
    if (!cancelled) {
        mine->next = engine->inflight;
        engine->inflight = mine;
    }
    unlock(engine);
    return cancelled ? weir_fail(error, WEIR_ERROR_CANCELLED, "the statement was cancelled")
                     : WEIR_OK;
}

void weir_inflight_leave(struct weir_session *session, struct weir_inflight *mine) {
    struct weir_engine *engine = session->engine;
    lock(engine);
    struct weir_inflight **place = &engine->inflight;
    while (*place != mine)
        place = &(*place)->next;
    *place = mine->next;
    weir_check(pthread_cond_broadcast(&engine->inflight_left) == 0);
    unlock(engine);
}
