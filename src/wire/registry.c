/* Seats under one lock, and the watch that cancels statements which take too long. */
#include "wire/registry.h"

#include "base/env.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum seat_state { SEAT_FREE, SEAT_TAKEN, SEAT_LEFT };

struct weir_seat {
    struct weir_registry *registry;
    enum seat_state state;
    pthread_t thread;
    bool is_admitted;
    struct weir_session *session;              /* NULL when there is nothing to cancel */
    uint8_t key[4 + WEIR_CANCEL_SECRET_BYTES]; /* process id and secret */
    int64_t deadline; /* of the running statement, monotonic microseconds; 0 = none */
    bool timed_out;
};

struct weir_registry {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a deadline was set, a seat was left, or all stops */
    pthread_t watch;
    bool stopping, closing;
    size_t session_limit, session_count, seat_count;
    struct weir_seat seats[];
};

static void hold(struct weir_registry *registry) {
    weir_check(pthread_mutex_lock(&registry->lock) == 0);
}

static void release(struct weir_registry *registry) {
    weir_check(pthread_mutex_unlock(&registry->lock) == 0);
}

/* Cancels what is over its time; returns the next deadline, or 0. */
static int64_t check_deadlines(struct weir_registry *registry) {
    int64_t now = weir_env_monotonic_microseconds(), next = 0;
    for (size_t i = 0; i < registry->seat_count; i++) {
        struct weir_seat *seat = &registry->seats[i];
        if (seat->deadline == 0)
            continue;
        if (seat->deadline <= now) {
            seat->deadline = 0;
            seat->timed_out = true;
            weir_session_cancel(seat->session);
        } else if (next == 0 || seat->deadline < next) {
            next = seat->deadline;
        }
    }
    return next;
}

static void *watch(void *argument) {
    struct weir_registry *registry = argument;
    hold(registry);
    while (!registry->closing) {
        int64_t next = check_deadlines(registry);
        if (next == 0) {
            pthread_cond_wait(&registry->changed, &registry->lock);
        } else {
            struct timespec until = {.tv_sec = next / 1000000, .tv_nsec = next % 1000000 * 1000};
            pthread_cond_timedwait(&registry->changed, &registry->lock, &until);
        }
    }
    release(registry);
    return NULL;
}

static bool initialise_lock(struct weir_registry *registry) {
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    bool done = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&registry->changed, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    if (done && pthread_mutex_init(&registry->lock, NULL) != 0) {
        pthread_cond_destroy(&registry->changed);
        done = false;
    }
    return done;
}

weir_status weir_registry_create(size_t session_limit, size_t handshake_limit,
                                 struct weir_registry **registry, struct weir_error *error) {
    weir_check(session_limit > 0 && session_limit <= 100000 && handshake_limit <= 100000);
    size_t count = session_limit + handshake_limit;
    struct weir_registry *made = calloc(1, sizeof *made + count * sizeof made->seats[0]);
    if (made == NULL)
        return WEIR_FAILED;
    made->session_limit = session_limit;
    made->seat_count = count;
    for (size_t i = 0; i < count; i++)
        made->seats[i].registry = made;
    if (!initialise_lock(made)) {
        free(made);
        return weir_fail(error, WEIR_ERROR_SYSTEM, "a lock cannot be made");
    }
    if (pthread_create(&made->watch, NULL, watch, made) != 0) {
        pthread_mutex_destroy(&made->lock);
        pthread_cond_destroy(&made->changed);
        free(made);
        return weir_fail(error, WEIR_ERROR_SYSTEM, "the statements' watch cannot be started");
    }
    *registry = made;
    return WEIR_OK;
}

void weir_registry_destroy(struct weir_registry *registry) {
    if (registry == NULL)
        return;
    hold(registry);
    registry->closing = true;
    for (size_t i = 0; i < registry->seat_count; i++)
        weir_check(registry->seats[i].state == SEAT_FREE);
    pthread_cond_broadcast(&registry->changed);
    release(registry);
    pthread_join(registry->watch, NULL);
    pthread_mutex_destroy(&registry->lock);
    pthread_cond_destroy(&registry->changed);
    free(registry);
}

struct weir_seat *weir_registry_take(struct weir_registry *registry) {
    struct weir_seat *seat = NULL;
    hold(registry);
    for (size_t i = 0; i < registry->seat_count && seat == NULL; i++)
        if (registry->seats[i].state == SEAT_FREE)
            seat = &registry->seats[i];
    if (seat != NULL)
        *seat = (struct weir_seat){.registry = registry, .state = SEAT_TAKEN};
    release(registry);
    return seat;
}

weir_status weir_seat_start(struct weir_seat *seat, const pthread_attr_t *attributes,
                            void *(*run)(void *argument), void *argument,
                            struct weir_error *error) {
    /* Under the lock, so that a thread which leaves at once is joined by its true id. */
    hold(seat->registry);
    bool started = pthread_create(&seat->thread, attributes, run, argument) == 0;
    if (!started)
        seat->state = SEAT_FREE;
    release(seat->registry);
    return started ? WEIR_OK
                   : weir_fail_state(error, WEIR_ERROR_LIMIT, "53300",
                                     "a thread for the session cannot be started");
}

void weir_seat_leave(struct weir_seat *seat) {
    hold(seat->registry);
    weir_check(seat->session == NULL && seat->deadline == 0);
    if (seat->is_admitted)
        seat->registry->session_count--;
    seat->is_admitted = false;
    seat->state = SEAT_LEFT;
    pthread_cond_broadcast(&seat->registry->changed);
    release(seat->registry);
}

/* One that has left, or NULL; *busy tells whether some have not. */
static struct weir_seat *find_left(struct weir_registry *registry, bool *busy) {
    struct weir_seat *left = NULL;
    *busy = false;
    for (size_t i = 0; i < registry->seat_count; i++) {
        if (registry->seats[i].state == SEAT_LEFT)
            left = &registry->seats[i];
        *busy = *busy || registry->seats[i].state == SEAT_TAKEN;
    }
    return left;
}

void weir_registry_reap(struct weir_registry *registry, bool all) {
    hold(registry);
    for (;;) {
        bool busy;
        struct weir_seat *left = find_left(registry, &busy);
        if (left != NULL) {
            pthread_t thread = left->thread;
            release(registry);
            pthread_join(thread, NULL);
            hold(registry);
            left->state = SEAT_FREE;
        } else if (all && busy) {
            pthread_cond_wait(&registry->changed, &registry->lock);
        } else {
            break;
        }
    }
    release(registry);
}

weir_status weir_seat_admit(struct weir_seat *seat, struct weir_error *error) {
    struct weir_registry *registry = seat->registry;
    hold(registry);
    bool admitted = registry->session_count < registry->session_limit;
    if (admitted) {
        registry->session_count++;
        seat->is_admitted = true;
    }
    release(registry);
    if (admitted)
        return WEIR_OK;
    weir_fail_state(error, WEIR_ERROR_LIMIT, "53300", "sorry, too many clients already");
    return weir_error_hint(error, "Close a session, or try again later.");
}

static void draw_key(struct weir_seat *seat) {
    randombytes_buf(seat->key, sizeof seat->key);
    seat->key[0] &= 0x7f; /* clients print the process id as a positive number */
}

void weir_seat_attach(struct weir_seat *seat, struct weir_session *session, int32_t *process_id,
                      uint8_t secret[WEIR_CANCEL_SECRET_BYTES]) {
    hold(seat->registry);
    draw_key(seat);
    seat->session = session;
    *process_id = (int32_t)((uint32_t)seat->key[0] << 24 | (uint32_t)seat->key[1] << 16 |
                            (uint32_t)seat->key[2] << 8 | (uint32_t)seat->key[3]);
    memcpy(secret, seat->key + 4, WEIR_CANCEL_SECRET_BYTES);
    release(seat->registry);
}

void weir_seat_detach(struct weir_seat *seat) {
    hold(seat->registry);
    seat->session = NULL;
    seat->deadline = 0;
    release(seat->registry);
}

void weir_registry_cancel(struct weir_registry *registry, int32_t process_id,
                          const uint8_t secret[WEIR_CANCEL_SECRET_BYTES]) {
    uint32_t id = (uint32_t)process_id;
    uint8_t key[4 + WEIR_CANCEL_SECRET_BYTES] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16),
                                                 (uint8_t)(id >> 8), (uint8_t)id};
    memcpy(key + 4, secret, WEIR_CANCEL_SECRET_BYTES);
    hold(registry);
    for (size_t i = 0; i < registry->seat_count; i++) {
        struct weir_seat *seat = &registry->seats[i];
        bool equal = sodium_memcmp(key, seat->key, sizeof key) == 0;
        if (equal && seat->session != NULL)
            weir_session_cancel(seat->session);
    }
    release(registry);
}

weir_status weir_seat_begin_statement(struct weir_seat *seat, int64_t milliseconds,
                                      struct weir_error *error) {
    struct weir_registry *registry = seat->registry;
    hold(registry);
    bool stopping = registry->stopping;
    if (!stopping) {
        weir_session_cancel_reset(seat->session);
        seat->timed_out = false;
        seat->deadline =
            milliseconds > 0 ? weir_env_monotonic_microseconds() + milliseconds * 1000 : 0;
        if (seat->deadline != 0)
            pthread_cond_broadcast(&registry->changed);
    }
    release(registry);
    if (!stopping)
        return WEIR_OK;
    return weir_fail_state(error, WEIR_ERROR_CANCELLED, "57P01", "the server is stopping");
}

void weir_seat_end_statement(struct weir_seat *seat, bool *timed_out) {
    hold(seat->registry);
    seat->deadline = 0;
    *timed_out = seat->timed_out;
    release(seat->registry);
}

void weir_registry_stop(struct weir_registry *registry) {
    hold(registry);
    registry->stopping = true;
    for (size_t i = 0; i < registry->seat_count; i++)
        if (registry->seats[i].session != NULL)
            weir_session_cancel(registry->seats[i].session);
    release(registry);
}
