/* A run of the operator, inside. */
#ifndef WEIR_BOUND_BOUNDER_PRIVATE_H
#define WEIR_BOUND_BOUNDER_PRIVATE_H

#include "bound/cells.h"

#include <pthread.h>

struct weir_bounder_part {
    struct weir_bounder_part *next;
    struct weir_bounder *bounder;
    atomic_size_t batches; /* fed: what was written before is seen by who reads it */
    struct weir_bound_grouping grouping;
    struct weir_bound_cells cells;
    uint32_t groups[WEIR_BOUND_SLICE]; /* of the rows of a slice */
    uint32_t *group_map;               /* finish: the rank of each group of this part */
    uint32_t group_map_room;
};

enum weir_bound_stage {
    WEIR_BOUND_FED,
    WEIR_BOUND_FINISHED,
    WEIR_BOUND_BROKEN /* something failed: no more answers */
};

struct weir_bounder {
    struct weir_bounder_options options; /* its arrays are the next three */
    struct weir_bounder_column *keys, *arguments;
    struct weir_bounder_measure *measures;
    enum weir_bounder_storage key_storages[WEIR_BOUNDER_KEYS_MAX];
    enum weir_bounder_storage argument_storages[WEIR_BOUNDER_ARGUMENTS_MAX];
    struct weir_bound_memory memory;
    struct weir_bound_layout layouts[3]; /* by enum weir_bound_width */
    size_t array_count;                  /* measures other than PEOPLE */
    struct weir_bound_candidates candidates;
    size_t slice;         /* rows taken at once */
    size_t run_row_limit; /* see struct weir_bound_cells */
    pthread_mutex_t lock; /* of the next two, and of histograms */
    struct weir_bounder_part *parts;
    struct weir_error failure; /* the first */
    atomic_int stage;          /* enum weir_bound_stage */

    /* finish makes these */
    struct weir_bound_grouping grouping; /* of all parts */
    uint32_t *group_order;               /* id in grouping by rank */
    uint32_t group_count, group_order_room;
    size_t worker_count;
    struct weir_bound_log *merged; /* by worker: records of units with several, wide layout */
    uint64_t *histograms;          /* [measure][tau index], TAU_COUNT + 1 each */
};

weir_status weir_bound_out_of_memory(struct weir_error *error);
weir_status weir_bound_not_allowed(struct weir_error *error);
/* The run is of no more use; error becomes the first failure of any thread. */
weir_status weir_bound_break(struct weir_bounder *bounder, struct weir_error *error);
/* The parts, and all that their threads have written. */
struct weir_bounder_part *weir_bound_parts(struct weir_bounder *bounder);
/* CANCELLED when the caller's function says so. */
weir_status weir_bound_check_cancel(const struct weir_bounder *bounder,
                                    struct weir_error *error) WEIR_MUST_CHECK;

/* The merging of one partition's records: workers of finish. gather.c */
struct weir_bound_gatherer;
struct weir_bound_gatherer *weir_bound_gatherer_create(struct weir_bounder *bounder,
                                                       struct weir_bound_log *merged);
void weir_bound_gatherer_destroy(struct weir_bound_gatherer *gatherer); /* NULL is allowed */
/* Units with several records get one in `merged`, with ranks for group ids; all norms are counted
 * in the gatherer's histograms. */
weir_status weir_bound_gather(struct weir_bound_gatherer *gatherer, size_t partition,
                              struct weir_error *error) WEIR_MUST_CHECK;
/* Adds the gatherer's counts of units to histograms. */
void weir_bound_gatherer_count(const struct weir_bound_gatherer *gatherer, uint64_t *histograms);

#endif
