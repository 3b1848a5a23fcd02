/* The same work on every partition, by a few threads. */
#ifndef WEIR_BOUND_WORKERS_H
#define WEIR_BOUND_WORKERS_H

#include "base/error.h"

/* Calls run(context, worker, partition, error) for each partition 0 .. partition_count - 1, once,
 * from `threads` threads of which the caller's is one; worker is 0 .. threads - 1. The first
 * failure ends it. Threads that cannot be had are done without. */
weir_status weir_bound_workers_run(int threads, size_t partition_count, void *context,
                                   weir_status (*run)(void *context, size_t worker,
                                                      size_t partition, struct weir_error *error),
                                   struct weir_error *error) WEIR_MUST_CHECK;

#endif
