/* Columns to ids, ids to pairs, pairs to groups. */
#include "bound/grouping.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void weir_bound_grouping_init(struct weir_bound_grouping *grouping,
                              struct weir_bound_memory *memory, size_t key_count,
                              const enum weir_bounder_storage *storages) {
    weir_check(key_count <= WEIR_BOUNDER_KEYS_MAX);
    *grouping = (struct weir_bound_grouping){.key_count = key_count, .storages = storages};
    for (size_t i = 0; i < key_count; i++) {
        weir_bound_dictionary_init(&grouping->columns[i], memory, weir_bound_keys_of(storages[i]));
        weir_bound_dictionary_init(&grouping->pairs[i], memory, WEIR_BOUND_NARROW);
    }
}

void weir_bound_grouping_free(struct weir_bound_grouping *grouping) {
    for (size_t i = 0; i < grouping->key_count; i++) {
        weir_bound_dictionary_free(&grouping->columns[i]);
        weir_bound_dictionary_free(&grouping->pairs[i]);
    }
}

/* The dictionary whose ids are the groups of the first `level + 1` columns. */
static const struct weir_bound_dictionary *level_of(const struct weir_bound_grouping *grouping,
                                                    size_t level) {
    return level == 0 ? &grouping->columns[0] : &grouping->pairs[level];
}

uint32_t weir_bound_grouping_count(const struct weir_bound_grouping *grouping) {
    return grouping->key_count == 0 ? 1 : level_of(grouping, grouping->key_count - 1)->count;
}

bool weir_bound_grouping_lookup(struct weir_bound_grouping *grouping,
                                const struct weir_bounder_vector *keys, size_t first, size_t count,
                                uint32_t *groups) {
    uint32_t ids[WEIR_BOUND_SLICE];
    if (grouping->key_count == 0)
        memset(groups, 0, count * sizeof *groups);
    for (size_t i = 0; i < grouping->key_count; i++) {
        if (!weir_bound_dictionary_lookup(&grouping->columns[i], grouping->storages[i], &keys[i],
                                          first, count, i == 0 ? groups : ids))
            return false;
        if (i > 0 && !weir_bound_dictionary_pairs(&grouping->pairs[i], groups, ids, count, groups))
            return false;
    }
    return true;
}

/* ---- merging ---- */

/* map: of the pairs of level - 1 when it comes, of level when it goes. */
static bool merge_level(struct weir_bound_grouping *grouping,
                        const struct weir_bound_grouping *other, size_t level,
                        const uint32_t *column_map, const uint32_t *before, uint32_t *map) {
    const struct weir_bound_dictionary *pairs = &other->pairs[level];
    for (uint32_t id = 0; id < pairs->count; id++) {
        uint64_t pair = pairs->entries[id].low;
        uint32_t left = before[pair >> 32], right = column_map[pair & UINT32_MAX];
        if (!weir_bound_dictionary_pairs(&grouping->pairs[level], &left, &right, 1, &map[id]))
            return false;
    }
    return true;
}

static bool merge_column(struct weir_bound_grouping *grouping,
                         const struct weir_bound_grouping *other, size_t level,
                         const uint32_t *before, uint32_t *map) {
    if (level == 0)
        return weir_bound_dictionary_merge(&grouping->columns[0], &other->columns[0], map);
    struct weir_bound_memory *memory = grouping->columns[0].memory;
    uint32_t count = other->columns[level].count;
    uint32_t *column_map = weir_bound_take(memory, count, sizeof *column_map);
    bool done = column_map != NULL &&
                weir_bound_dictionary_merge(&grouping->columns[level], &other->columns[level],
                                            column_map) &&
                merge_level(grouping, other, level, column_map, before, map);
    weir_bound_give(memory, column_map, count, sizeof *column_map);
    return done;
}

bool weir_bound_grouping_merge(struct weir_bound_grouping *grouping,
                               const struct weir_bound_grouping *other, uint32_t *map) {
    size_t levels = grouping->key_count;
    struct weir_bound_memory *memory = grouping->columns[0].memory;
    uint32_t *before = NULL;
    uint32_t before_count = 0;
    bool done = true;
    if (levels == 0)
        map[0] = 0;
    for (size_t level = 0; level < levels && done; level++) {
        bool is_last = level + 1 == levels;
        uint32_t count = level_of(other, level)->count;
        uint32_t *here = is_last ? map : weir_bound_take(memory, count, sizeof *here);
        done = here != NULL && merge_column(grouping, other, level, before, here);
        weir_bound_give(memory, before, before_count, sizeof *before);
        before = is_last ? NULL : here;
        before_count = count;
    }
    weir_bound_give(memory, before, before_count, sizeof *before);
    return done;
}

/* ---- sorting ---- */

struct column_order {
    const struct weir_bound_dictionary *dictionary;
    const struct weir_bounder_column *type;
};

static int by_value(const void *left, const void *right, void *context) {
    const struct column_order *order = context;
    struct weir_value values[2] = {
        weir_bound_dictionary_value(order->dictionary, *(const uint32_t *)left, order->type->type,
                                    order->type->scale),
        weir_bound_dictionary_value(order->dictionary, *(const uint32_t *)right, order->type->type,
                                    order->type->scale)};
    return weir_value_compare(&values[0], &values[1]);
}

/* The two halves of a group's key as ranks, so that comparing one number compares both. */
struct ranked {
    uint64_t ranks;
    uint32_t id;
};

static int by_ranks(const void *left, const void *right) {
    const struct ranked *a = left, *b = right;
    return (a->ranks > b->ranks) - (a->ranks < b->ranks);
}

/* ranks[id] of one column's values. */
static bool rank_column(const struct weir_bound_grouping *grouping, size_t column,
                        const struct weir_bounder_column *type, uint32_t *ranks) {
    const struct weir_bound_dictionary *dictionary = &grouping->columns[column];
    uint32_t *ids = weir_bound_take(dictionary->memory, dictionary->count, sizeof *ids);
    if (ids == NULL)
        return false;
    for (uint32_t i = 0; i < dictionary->count; i++)
        ids[i] = i;
    struct column_order order = {dictionary, type};
    qsort_r(ids, dictionary->count, sizeof *ids, by_value, &order);
    for (uint32_t i = 0; i < dictionary->count; i++)
        ranks[ids[i]] = i;
    weir_bound_give(dictionary->memory, ids, dictionary->count, sizeof *ids);
    return true;
}

/* ranks[id] of the groups of one level, from those of the level before and of its column. */
static bool rank_pairs(const struct weir_bound_dictionary *pairs, const uint32_t *left,
                       const uint32_t *right, uint32_t *ranks) {
    struct ranked *sorted = weir_bound_take(pairs->memory, pairs->count, sizeof *sorted);
    if (sorted == NULL)
        return false;
    for (uint32_t i = 0; i < pairs->count; i++) {
        uint64_t pair = pairs->entries[i].low;
        sorted[i].ranks = (uint64_t)left[pair >> 32] << 32 | right[pair & UINT32_MAX];
        sorted[i].id = i;
    }
    qsort(sorted, pairs->count, sizeof *sorted, by_ranks);
    for (uint32_t i = 0; i < pairs->count; i++)
        ranks[sorted[i].id] = i;
    weir_bound_give(pairs->memory, sorted, pairs->count, sizeof *sorted);
    return true;
}

/* The ranks of `level`, newly taken; NULL when memory is out. */
static uint32_t *rank_level(const struct weir_bound_grouping *grouping,
                            const struct weir_bounder_column *types, size_t level,
                            const uint32_t *before) {
    const struct weir_bound_dictionary *groups = level_of(grouping, level);
    struct weir_bound_memory *memory = groups->memory;
    uint32_t column_count = grouping->columns[level].count;
    uint32_t *column = weir_bound_take(memory, column_count, sizeof *column);
    if (column == NULL || !rank_column(grouping, level, &types[level], column)) {
        weir_bound_give(memory, column, column_count, sizeof *column);
        return NULL;
    }
    if (level == 0)
        return column;
    uint32_t *ranks = weir_bound_take(memory, groups->count, sizeof *ranks);
    if (ranks != NULL && !rank_pairs(groups, before, column, ranks)) {
        weir_bound_give(memory, ranks, groups->count, sizeof *ranks);
        ranks = NULL;
    }
    weir_bound_give(memory, column, column_count, sizeof *column);
    return ranks;
}

bool weir_bound_grouping_sort(const struct weir_bound_grouping *grouping,
                              const struct weir_bounder_column *types, uint32_t *order) {
    struct weir_bound_memory *memory = grouping->columns[0].memory;
    uint32_t *ranks = NULL, count = 0;
    if (grouping->key_count == 0)
        order[0] = 0;
    for (size_t level = 0; level < grouping->key_count; level++) {
        uint32_t *next = rank_level(grouping, types, level, ranks);
        weir_bound_give(memory, ranks, count, sizeof *ranks);
        if (next == NULL)
            return false;
        ranks = next;
        count = level_of(grouping, level)->count;
    }
    for (uint32_t id = 0; id < count; id++)
        order[ranks[id]] = id;
    weir_bound_give(memory, ranks, count, sizeof *ranks);
    return true;
}

void weir_bound_grouping_values(const struct weir_bound_grouping *grouping,
                                const struct weir_bounder_column *types, uint32_t group,
                                struct weir_value *values) {
    uint32_t id = group;
    for (size_t i = grouping->key_count; i-- > 0;) {
        uint32_t column_id = id;
        if (i > 0) {
            uint64_t pair = grouping->pairs[i].entries[id].low;
            column_id = (uint32_t)(pair & UINT32_MAX);
            id = (uint32_t)(pair >> 32);
        }
        values[i] = weir_bound_dictionary_value(&grouping->columns[i], column_id, types[i].type,
                                                types[i].scale);
    }
}
