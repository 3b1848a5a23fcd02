/* From the keys of rows to dense group ids, and back.
 *
 * Each key column has a dictionary of its values; the ids of the first column are paired with those
 * of the second, the pair's ids with those of the third, and so on: every step is one lookup of 64
 * bits, and a dictionary of pairs is never larger than the number of groups. */
#ifndef WEIR_BOUND_GROUPING_H
#define WEIR_BOUND_GROUPING_H

#include "bound/dictionary.h"

struct weir_bound_grouping {
    size_t key_count;
    const enum weir_bounder_storage *storages; /* key_count; borrowed */
    struct weir_bound_dictionary columns[WEIR_BOUNDER_KEYS_MAX];
    struct weir_bound_dictionary pairs[WEIR_BOUNDER_KEYS_MAX]; /* from [1] on */
};

void weir_bound_grouping_init(struct weir_bound_grouping *grouping,
                              struct weir_bound_memory *memory, size_t key_count,
                              const enum weir_bounder_storage *storages);
void weir_bound_grouping_free(struct weir_bound_grouping *grouping);

/* Without keys there is one group, 0. */
uint32_t weir_bound_grouping_count(const struct weir_bound_grouping *grouping);

/* groups[i] of rows first .. first + count - 1; count <= WEIR_BOUND_SLICE. False when memory is
 * out, as in all that follows. */
bool weir_bound_grouping_lookup(struct weir_bound_grouping *grouping,
                                const struct weir_bounder_vector *keys, size_t first, size_t count,
                                uint32_t *groups) WEIR_MUST_CHECK;

/* Puts in every group of `other`; map[its id] = the id here, of weir_bound_grouping_count(other)
 * entries. */
bool weir_bound_grouping_merge(struct weir_bound_grouping *grouping,
                               const struct weir_bound_grouping *other,
                               uint32_t *map) WEIR_MUST_CHECK;

/* order[rank] = group id, by ascending keys. */
bool weir_bound_grouping_sort(const struct weir_bound_grouping *grouping,
                              const struct weir_bounder_column *types,
                              uint32_t *order) WEIR_MUST_CHECK;

/* The key_count values of a group; text lies in the dictionaries. */
void weir_bound_grouping_values(const struct weir_bound_grouping *grouping,
                                const struct weir_bounder_column *types, uint32_t group,
                                struct weir_value *values);

#endif
