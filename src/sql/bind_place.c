/* Where each condition goes. Inner joins commute with filters, so whether a condition stood in ON
 * or in WHERE is forgotten: one question in several spellings becomes one tree. */
#include "sql/bind_private.h"

#include <string.h>

#include "base/banned.h"

weir_status weir_bind_add_condition(struct binder *binder, bound condition) {
    if (condition == NULL)
        return WEIR_FAILED;
    if (condition->kind == WEIR_EXPRESSION_LOGIC && !condition->as.logic.is_or) {
        for (size_t i = 0; i < condition->as.logic.count; i++)
            WEIR_TRY(weir_bind_add_condition(binder, condition->as.logic.conditions[i]));
        return WEIR_OK;
    }
    if (binder->condition_count == CONDITIONS_MAX) {
        weir_bind_refuse(binder, condition->position, NULL,
                         "a question takes at most %d conditions", CONDITIONS_MAX);
        return WEIR_FAILED;
    }
    binder->conditions[binder->condition_count++] = condition;
    return WEIR_OK;
}

/* Does it equate something of the left with something of the right? `split` is the first place of
 * the right. */
static bool is_equality_across(bound condition, size_t split) {
    size_t least[2], greatest[2];
    if (condition->kind != WEIR_EXPRESSION_CALL ||
        strcmp(condition->as.call.function->name, "=") != 0 ||
        !weir_bind_places(condition->as.call.arguments[0], &least[0], &greatest[0]) ||
        !weir_bind_places(condition->as.call.arguments[1], &least[1], &greatest[1]))
        return false;
    return (greatest[0] < split && least[1] >= split) || (greatest[1] < split && least[0] >= split);
}

/* The join that a condition belongs into; NULL = a filter on top. Going to a join's left is safe
 * for a condition over the left alone, whatever the join; to the right, of an inner join. */
static const struct weir_relation *destination(const struct weir_relation *relation,
                                               bound condition, size_t offset) {
    size_t least, greatest;
    if (!weir_bind_places(condition, &least, &greatest))
        return NULL;
    while (relation->kind == WEIR_RELATION_JOIN) {
        size_t split = offset + relation->input->column_count;
        bool is_inner = relation->as.join.kind == WEIR_JOIN_INNER;
        if (greatest >= split && (!is_inner || least < split))
            return is_inner && is_equality_across(condition, split) ? relation : NULL;
        offset = greatest < split ? offset : split;
        relation = greatest < split ? relation->input : relation->as.join.right;
    }
    return NULL;
}

/* Conditions being placed: those from `first` on, over `root`, whose columns begin at `offset`. */
struct placing {
    struct binder *binder;
    const struct weir_relation *root;
    size_t first, offset;
};

/* All conditions that belong to `join` (or on top: NULL), AND-ed, over columns from `offset` on;
 * NULL and *none when there are none. */
static bound gather(const struct placing *placing, const struct weir_relation *join, size_t offset,
                    bool *none) {
    struct binder *binder = placing->binder;
    bound chosen[CONDITIONS_MAX];
    size_t count = 0;
    for (size_t i = placing->first; i < binder->condition_count; i++)
        if (destination(placing->root, binder->conditions[i], placing->offset) == join)
            chosen[count++] = binder->conditions[i];
    *none = count == 0;
    if (count == 0)
        return NULL;
    bound all = weir_bind_logic(binder, false, chosen, count, chosen[0]->position);
    bound moved = all == NULL ? NULL : weir_bind_rebase(binder, all, offset);
    /* the right of a left join in a subquery */
    if (moved == NULL && all != NULL && !weir_error_is_set(binder->error))
        weir_bind_refuse(binder, all->position, "Put the condition into WHERE.",
                         "ON may name the columns of its own join only");
    return moved;
}

static bool place_into(const struct placing *placing, struct weir_relation *join, size_t offset) {
    bool none;
    if (join->kind != WEIR_RELATION_JOIN)
        return true;
    bound condition = gather(placing, join, offset, &none);
    if (condition == NULL && !none)
        return false;
    if (!none)
        join->as.join.condition = condition;
    return place_into(placing, join->input, offset) &&
           (join->as.join.kind != WEIR_JOIN_INNER ||
            place_into(placing, join->as.join.right, offset + join->input->column_count));
}

struct weir_relation *weir_bind_place_conditions(struct binder *binder,
                                                 struct weir_relation *relation, size_t first,
                                                 size_t offset) {
    const struct placing placing = {binder, relation, first, offset};
    bool none;
    if (!place_into(&placing, relation, offset))
        return NULL;
    bound rest = gather(&placing, NULL, offset, &none);
    binder->condition_count = first;
    if (none)
        return relation;
    struct weir_relation *filter =
        rest == NULL
            ? NULL
            : weir_bind_relation(binder, WEIR_RELATION_FILTER, relation, relation->column_count);
    if (filter == NULL)
        return NULL;
    memcpy(filter->columns, relation->columns, filter->column_count * sizeof *filter->columns);
    filter->as.filter = rest;
    filter->unit = relation->unit;
    filter->position = relation->position;
    return filter;
}
