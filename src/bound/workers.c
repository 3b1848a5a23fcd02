/* Threads that take the next partition until none is left. */
#include "bound/workers.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/banned.h"

enum { WORKERS_MAX = 256 };

struct work {
    atomic_size_t next, next_worker;
    atomic_bool failed;
    size_t partition_count;
    void *context;
    weir_status (*run)(void *context, size_t worker, size_t partition, struct weir_error *error);
    pthread_mutex_t lock; /* of error */
    struct weir_error *error;
};

static void keep_first(struct work *work, const struct weir_error *error) {
    weir_check(pthread_mutex_lock(&work->lock) == 0);
    if (!atomic_exchange(&work->failed, true))
        *work->error = *error;
    weir_check(pthread_mutex_unlock(&work->lock) == 0);
}

static void *work_on(void *argument) {
    struct work *work = argument;
    size_t worker = atomic_fetch_add(&work->next_worker, 1), partition;
    while (!atomic_load(&work->failed) &&
           (partition = atomic_fetch_add(&work->next, 1)) < work->partition_count) {
        struct weir_error error = {0};
        if (!work->run(work->context, worker, partition, &error).ok) {
            keep_first(work, &error);
            break;
        }
    }
    return NULL;
}

weir_status weir_bound_workers_run(int threads, size_t partition_count, void *context,
                                   weir_status (*run)(void *context, size_t worker,
                                                      size_t partition, struct weir_error *error),
                                   struct weir_error *error) {
    struct work work = {.partition_count = partition_count,
                        .context = context,
                        .run = run,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .error = error};
    pthread_t others[WORKERS_MAX];
    int started = 0;
    while (started + 1 < threads && started < WORKERS_MAX &&
           pthread_create(&others[started], NULL, work_on, &work) == 0)
        started++;
    work_on(&work);
    for (int i = 0; i < started; i++)
        weir_check(pthread_join(others[i], NULL) == 0);
    weir_check(pthread_mutex_destroy(&work.lock) == 0);
    return atomic_load(&work.failed) ? WEIR_FAILED : WEIR_OK;
}
