/* A log in use: group commit into the journal, and the thread that integrates it. */
#include "translog/log.h"
#include "translog/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#include "base/banned.h"

/* Half of what the contract allows, so that a slow disk still keeps to it. */
enum { INTEGRATE_AFTER_MICROSECONDS = 500000 };

/* An append that waits for its batch; on the stack of its thread, which leaves neither the queue
 * (until the log has failed) nor a batch that is being written. */
struct request {
    struct request *next;
    const void *entry;
    size_t len;
    uint64_t index;
    enum { QUEUED, IN_BATCH, DURABLE, REFUSED } state;
};

/* Locks are taken in this order: publish_mutex, publish.lock, journal_mutex, append.lock, mutex.
 * The files' locks are between processes; a mutex over each keeps this process's threads apart. */
struct weir_log {
    char *folder;
    struct weir_env env;
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    struct weir_publisher publisher;

    pthread_mutex_t publish_mutex;
    int publish_lock;

    pthread_mutex_t journal_mutex;
    int append_lock;
    struct weir_journal journal;
    struct weir_frame frame;

    pthread_mutex_t mutex;  /* over what follows */
    pthread_cond_t written; /* a batch came to its end, or the log failed */
    pthread_cond_t pending; /* there is something to integrate, or the thread must end */
    struct request *first_waiting, **last_waiting;
    bool leading; /* a thread is writing a batch */
    bool idle;    /* the integrator waits for anything to do */
    bool stopping, failed;
    struct weir_error failure;
    uint64_t next, published;
    pthread_t integrator;
};

static weir_status take_lock(int file, const char *name, struct weir_error *error) {
    while (flock(file, LOCK_EX) != 0)
        if (errno != EINTR)
            return weir_fail_errno(error, "cannot lock the log by its file %s", name);
    return WEIR_OK;
}

static void release_lock(int file) {
    weir_check(flock(file, LOCK_UN) == 0);
}

static weir_status open_in_folder(const char *folder, const char *name, int flags, int *file,
                                  struct weir_error *error) {
    char path[PATH_MAX];
    int written = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (written < 0 || (size_t)written >= sizeof path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long", folder);
    *file = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*file < 0 && errno == ENOENT)
        return weir_fail(error, WEIR_ERROR_INVALID, "%s is not a log: it has no file %s", folder,
                         name);
    if (*file < 0)
        return weir_fail_errno(error, "cannot open %s", path);
    return WEIR_OK;
}

static weir_status prepare_publisher(const char *folder, const struct weir_env *env,
                                     const char *origin, const uint8_t *seed, uint8_t *secret,
                                     struct weir_publisher *publisher, struct weir_error *error) {
    if (!weir_origin_is_valid(origin))
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "the log's origin must be 1 to %d printable characters without spaces or "
                         "plus signs, for instance weir.example/city",
                         WEIR_ORIGIN_MAX);
    uint8_t key[crypto_sign_PUBLICKEYBYTES];
    weir_check(crypto_sign_seed_keypair(key, secret, seed) == 0);
    *publisher = (struct weir_publisher){.folder = folder, .env = env, .secret = secret};
    weir_checkpoint_verifier_make(origin, key, &publisher->verifier);
    return WEIR_OK;
}

/* ---- creating ---- */

static bool exists_in(const char *folder, const char *name) {
    char path[PATH_MAX];
    int written = snprintf(path, sizeof path, "%s/%s", folder, name);
    return written > 0 && (size_t)written < sizeof path && weir_file_exists(path);
}

/* Under the lock. The checkpoint comes last: without one there is no log, and creating may be tried
 * again. */
static weir_status create_files(const struct weir_publisher *publisher, struct weir_error *error) {
    const char *folder = publisher->folder;
    int append_lock;
    if (exists_in(folder, "checkpoint") || exists_in(folder, "tile"))
        return weir_fail(error, WEIR_ERROR_INVALID, "there is a log in %s already", folder);
    if (exists_in(folder, "journal")) {
        struct weir_journal journal = {.file = -1};
        weir_status status = weir_journal_refresh(&journal, folder, error);
        weir_journal_close(&journal);
        WEIR_TRY(status);
        if (journal.next > 0)
            return weir_fail(error, WEIR_ERROR_INVALID,
                             "%s holds the entries of a log whose checkpoint is missing", folder);
    }
    WEIR_TRY(open_in_folder(folder, "append.lock", O_RDWR | O_CREAT, &append_lock, error));
    close(append_lock);
    WEIR_TRY(weir_journal_create(publisher->env, folder, 0, error));
    return weir_publish_empty(publisher, error);
}

weir_status weir_log_create(const char *folder, const struct weir_env *env, const char *origin,
                            const uint8_t seed[WEIR_LOG_KEY_BYTES], struct weir_error *error) {
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    struct weir_publisher publisher;
    int lock;
    WEIR_TRY(prepare_publisher(folder, env, origin, seed, secret, &publisher, error));
    weir_status status = weir_file_make_folder(folder, 0755, error);
    if (status.ok)
        status = open_in_folder(folder, "publish.lock", O_RDWR | O_CREAT, &lock, error);
    if (status.ok) {
        status = take_lock(lock, "publish.lock", error);
        if (status.ok)
            status = create_files(&publisher, error);
        close(lock);
    }
    sodium_memzero(secret, sizeof secret);
    return status;
}

/* ---- integrating ---- */

/* The journal as all processes see it now. Both of its locks are held on success. */
static weir_status lock_journal(struct weir_log *log, struct weir_error *error) {
    pthread_mutex_lock(&log->journal_mutex);
    weir_status status = take_lock(log->append_lock, "append.lock", error);
    if (status.ok) {
        status = weir_journal_refresh(&log->journal, log->folder, error);
        if (!status.ok)
            release_lock(log->append_lock);
    }
    if (!status.ok)
        pthread_mutex_unlock(&log->journal_mutex);
    return status;
}

static void unlock_journal(struct weir_log *log) {
    pthread_mutex_lock(&log->mutex);
    log->next = log->journal.next;
    if (log->published < log->journal.first)
        log->published = log->journal.first;
    pthread_mutex_unlock(&log->mutex);
    release_lock(log->append_lock);
    pthread_mutex_unlock(&log->journal_mutex);
}

/* Under publish.lock, which alone lets the journal be replaced: its file stays what it is while
 * tiles are written, and appends go on. */
static weir_status integrate_locked(struct weir_log *log, struct weir_error *error) {
    WEIR_TRY(lock_journal(log, error));
    struct weir_journal snapshot = log->journal;
    unlock_journal(log);
    uint64_t published;
    WEIR_TRY(weir_publish(&log->publisher, &snapshot, &published, error));
    pthread_mutex_lock(&log->mutex);
    log->published = published;
    pthread_mutex_unlock(&log->mutex);
    if (published == snapshot.first)
        return WEIR_OK;
    WEIR_TRY(lock_journal(log, error));
    weir_status status =
        weir_journal_rotate(&log->journal, &log->env, log->folder, published, error);
    unlock_journal(log);
    return status;
}

/* After any failure what is on the disk is unknown to this process: it stops here. */
static void remember_failure(struct weir_log *log, const struct weir_error *error) {
    pthread_mutex_lock(&log->mutex);
    if (!log->failed)
        log->failure = *error;
    log->failed = true;
    pthread_cond_broadcast(&log->written);
    pthread_cond_signal(&log->pending);
    pthread_mutex_unlock(&log->mutex);
}

/* With `mutex` held. */
static weir_status refuse_after_failure(const struct weir_log *log, struct weir_error *error) {
    weir_fail(error, WEIR_ERROR_SYSTEM, "the log takes no entries since an earlier failure: %s",
              log->failure.message);
    return weir_error_hint(error, "Repair the cause, then open the log again.");
}

weir_status weir_log_integrate(struct weir_log *log, struct weir_error *error) {
    pthread_mutex_lock(&log->mutex);
    weir_status status = log->failed ? refuse_after_failure(log, error) : WEIR_OK;
    pthread_mutex_unlock(&log->mutex);
    WEIR_TRY(status);
    pthread_mutex_lock(&log->publish_mutex);
    status = take_lock(log->publish_lock, "publish.lock", error);
    if (status.ok) {
        status = integrate_locked(log, error);
        release_lock(log->publish_lock);
    }
    pthread_mutex_unlock(&log->publish_mutex);
    if (!status.ok)
        remember_failure(log, error);
    return status;
}

/* Sleeps until something is pending and then while more may join it. With `mutex` held. */
static void await_pending(struct weir_log *log) {
    log->idle = true;
    while (!log->stopping && !log->failed && log->next == log->published)
        pthread_cond_wait(&log->pending, &log->mutex);
    log->idle = false;
    int64_t deadline = weir_env_monotonic_microseconds() + INTEGRATE_AFTER_MICROSECONDS;
    struct timespec time = {.tv_sec = deadline / 1000000, .tv_nsec = deadline % 1000000 * 1000};
    int result = 0;
    while (!log->stopping && !log->failed && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&log->pending, &log->mutex, &time);
}

static void *integrate_in_background(void *state) {
    struct weir_log *log = state;
    pthread_mutex_lock(&log->mutex);
    for (;;) {
        await_pending(log);
        if (log->stopping || log->failed)
            break;
        pthread_mutex_unlock(&log->mutex);
        struct weir_error error = {0};
        weir_status status = weir_log_integrate(log, &error);
        (void)status; /* a failure is remembered, and ends this loop */
        pthread_mutex_lock(&log->mutex);
    }
    pthread_mutex_unlock(&log->mutex);
    return NULL;
}

/* ---- opening and closing ---- */

static void initialise_locks(struct weir_log *log) {
    pthread_condattr_t attributes;
    weir_check(pthread_mutex_init(&log->publish_mutex, NULL) == 0);
    weir_check(pthread_mutex_init(&log->journal_mutex, NULL) == 0);
    weir_check(pthread_mutex_init(&log->mutex, NULL) == 0);
    weir_check(pthread_condattr_init(&attributes) == 0);
    weir_check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    weir_check(pthread_cond_init(&log->written, &attributes) == 0);
    weir_check(pthread_cond_init(&log->pending, &attributes) == 0);
    weir_check(pthread_condattr_destroy(&attributes) == 0);
}

static void destroy(struct weir_log *log) {
    weir_journal_close(&log->journal);
    if (log->append_lock >= 0)
        close(log->append_lock);
    if (log->publish_lock >= 0)
        close(log->publish_lock);
    pthread_cond_destroy(&log->pending);
    pthread_cond_destroy(&log->written);
    pthread_mutex_destroy(&log->mutex);
    pthread_mutex_destroy(&log->journal_mutex);
    pthread_mutex_destroy(&log->publish_mutex);
    weir_buffer_free(&log->frame.bytes);
    sodium_memzero(log->secret, sizeof log->secret);
    free(log->folder);
    free(log);
}

static struct weir_log *allocate(const char *folder, const struct weir_env *env) {
    struct weir_log *log = calloc(1, sizeof *log);
    char *copy = strdup(folder);
    if (log == NULL || copy == NULL) {
        free(copy);
        free(log);
        return NULL;
    }
    log->folder = copy;
    log->env = *env;
    log->append_lock = log->publish_lock = -1;
    log->journal = (struct weir_journal){.file = -1, .writable = true};
    log->last_waiting = &log->first_waiting;
    initialise_locks(log);
    return log;
}

weir_status weir_log_open(const char *folder, const struct weir_env *env, const char *origin,
                          const uint8_t seed[WEIR_LOG_KEY_BYTES], struct weir_log **log,
                          struct weir_error *error) {
    struct weir_log *opened = allocate(folder, env);
    if (opened == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to open the log");
    weir_status status = prepare_publisher(opened->folder, &opened->env, origin, seed,
                                           opened->secret, &opened->publisher, error);
    if (status.ok)
        status = open_in_folder(folder, "publish.lock", O_RDWR, &opened->publish_lock, error);
    if (status.ok)
        status = open_in_folder(folder, "append.lock", O_RDWR, &opened->append_lock, error);
    if (status
            .ok) /* recovers: what a crash left in the journal joins the tree before anything new */
        status = weir_log_integrate(opened, error);
    if (status.ok &&
        pthread_create(&opened->integrator, NULL, integrate_in_background, opened) != 0)
        status = weir_fail(error, WEIR_ERROR_SYSTEM, "cannot start the log's thread");
    if (!status.ok) {
        destroy(opened);
        return status;
    }
    *log = opened;
    return WEIR_OK;
}

void weir_log_close(struct weir_log *log) {
    if (log == NULL)
        return;
    pthread_mutex_lock(&log->mutex);
    log->stopping = true;
    pthread_cond_signal(&log->pending);
    pthread_mutex_unlock(&log->mutex);
    weir_check(pthread_join(log->integrator, NULL) == 0);
    if (weir_log_size(log) > weir_log_published_size(log)) {
        struct weir_error error = {0};
        weir_status status = weir_log_integrate(log, &error);
        (void)status; /* the entries are durable in the journal: the next open integrates them or
                         fails */
    }
    destroy(log);
}

/* ---- appending ---- */

static weir_status write_batch(struct weir_log *log, struct request *batch,
                               struct weir_error *error) {
    WEIR_TRY(lock_journal(log, error));
    weir_status status = WEIR_OK;
    uint64_t index = log->journal.next;
    weir_frame_clear(&log->frame);
    for (struct request *request = batch; request != NULL && status.ok; request = request->next) {
        request->index = index++;
        if (!weir_frame_add(&log->frame, request->entry, request->len))
            status = weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory for a log entry");
    }
    if (status.ok && index > INT64_MAX)
        status = weir_fail(error, WEIR_ERROR_LIMIT, "the log is full");
    if (status.ok)
        status = weir_journal_append(&log->journal, &log->env, &log->frame, error);
    unlock_journal(log);
    return status;
}

/* Takes from the queue what fits into one frame. With `mutex` held. */
static struct request *take_batch(struct weir_log *log) {
    struct request *batch = log->first_waiting, *last = batch;
    size_t size = 2 + batch->len;
    batch->state = IN_BATCH;
    while (last->next != NULL && size + 2 + last->next->len <= WEIR_FRAME_PAYLOAD_MAX) {
        last = last->next;
        last->state = IN_BATCH;
        size += 2 + last->len;
    }
    log->first_waiting = last->next;
    if (log->first_waiting == NULL)
        log->last_waiting = &log->first_waiting;
    last->next = NULL;
    return batch;
}

/* Writes one batch for all who wait. With `mutex` held, except while writing. */
static void lead(struct weir_log *log) {
    struct request *batch = take_batch(log);
    struct weir_error error = {0};
    log->leading = true;
    pthread_mutex_unlock(&log->mutex);
    weir_status status = write_batch(log, batch, &error);
    if (!status.ok)
        remember_failure(log, &error);
    pthread_mutex_lock(&log->mutex);
    for (struct request *request = batch; request != NULL; request = request->next)
        request->state = status.ok ? DURABLE : REFUSED;
    log->leading = false;
    pthread_cond_broadcast(&log->written);
    if (log->idle)
        pthread_cond_signal(&log->pending);
}

weir_status weir_log_append(struct weir_log *log, const void *entry, size_t len, uint64_t *index,
                            struct weir_error *error) {
    if (len > WEIR_LOG_ENTRY_MAX)
        return weir_fail(error, WEIR_ERROR_LIMIT, "a log entry of %zu bytes is longer than %d", len,
                         WEIR_LOG_ENTRY_MAX);
    struct request request = {.entry = entry, .len = len, .state = QUEUED};
    pthread_mutex_lock(&log->mutex);
    if (!log->failed) {
        *log->last_waiting = &request;
        log->last_waiting = &request.next;
    }
    while (request.state == IN_BATCH || (request.state == QUEUED && !log->failed)) {
        if (log->leading)
            pthread_cond_wait(&log->written, &log->mutex);
        else
            lead(log);
    }
    weir_status status = request.state == DURABLE ? WEIR_OK : refuse_after_failure(log, error);
    pthread_mutex_unlock(&log->mutex);
    if (status.ok)
        *index = request.index;
    return status;
}

uint64_t weir_log_size(struct weir_log *log) {
    pthread_mutex_lock(&log->mutex);
    uint64_t size = log->next;
    pthread_mutex_unlock(&log->mutex);
    return size;
}

uint64_t weir_log_published_size(struct weir_log *log) {
    pthread_mutex_lock(&log->mutex);
    uint64_t size = log->published;
    pthread_mutex_unlock(&log->mutex);
    return size;
}
