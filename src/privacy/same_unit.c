/* A join of two tables of persons: the equality of their units, found in the condition and written
 * into it.
 *
 * A condition that equates two keys of one kind (weir_column_identity) says that the rows are of
 * one person, if the data are honest. The equality of the units themselves is added, so that the
 * join pairs rows of one person even where they lie. Where the keys are the person's own, the store
 * has numbered units by them: the equality of the units replaces theirs, unless a left join below
 * may have left one out. */
#include "privacy/passes.h"

#include <string.h>

#include "base/banned.h"

enum { CONDITIONS_MAX = 8192 };

struct conjunction {
    size_t count;
    const struct weir_expression *items[CONDITIONS_MAX + 1];
};

static bool split(const struct weir_expression *condition, struct conjunction *conjunction) {
    if (condition == NULL)
        return true;
    if (condition->kind != WEIR_EXPRESSION_LOGIC || condition->as.logic.is_or) {
        conjunction->items[conjunction->count++] = condition;
        return true;
    }
    if (condition->as.logic.count > CONDITIONS_MAX)
        return false;
    for (size_t i = 0; i < condition->as.logic.count; i++)
        conjunction->items[conjunction->count++] = condition->as.logic.conditions[i];
    return true;
}

/* The column that an expression is, perhaps widened from INTEGER to BIGINT, among those of the
 * join; NULL when it is none. */
static const struct weir_column *column_of(const struct weir_relation *join,
                                           const struct weir_expression *expression,
                                           bool *is_left) {
    if (expression->kind == WEIR_EXPRESSION_CALL &&
        strcmp(expression->as.call.function->name, "cast") == 0 &&
        expression->type == WEIR_TYPE_BIGINT &&
        expression->as.call.arguments[0]->type == WEIR_TYPE_INTEGER)
        expression = expression->as.call.arguments[0];
    if (expression->kind != WEIR_EXPRESSION_COLUMN)
        return NULL;
    size_t place = expression->as.column, left_count = join->input->column_count;
    *is_left = place < left_count;
    return *is_left ? &join->input->columns[place]
                    : &join->as.join.right->columns[place - left_count];
}

/* The key that the condition equates across the join; *is_unit: it is the person's own, in every
 * row of either side. */
static const void *equated_key(const struct weir_relation *join,
                               const struct weir_expression *condition, bool *is_unit) {
    if (condition->kind != WEIR_EXPRESSION_CALL ||
        strcmp(condition->as.call.function->name, "=") != 0)
        return NULL;
    bool is_left[2];
    const struct weir_column *first = column_of(join, condition->as.call.arguments[0], &is_left[0]);
    const struct weir_column *second =
        column_of(join, condition->as.call.arguments[1], &is_left[1]);
    if (first == NULL || second == NULL || is_left[0] == is_left[1])
        return NULL;
    const void *identity = weir_column_identity(first);
    *is_unit = weir_column_is_unit_key(first) && !first->nullable && !second->nullable;
    return identity != NULL && identity == weir_column_identity(second) ? identity : NULL;
}

static struct weir_expression *unit_column(struct weir_arena *arena, size_t place) {
    struct weir_expression *column = WEIR_NEW(arena, struct weir_expression);
    if (column != NULL)
        *column = (struct weir_expression){.kind = WEIR_EXPRESSION_COLUMN,
                                           .type = WEIR_TYPE_BIGINT,
                                           .position = -1,
                                           .as.column = place};
    return column;
}

static struct weir_expression *units_equal(struct weir_arena *arena,
                                           const struct weir_relation *join) {
    static const struct weir_argument_type types[2] = {{true, WEIR_TYPE_BIGINT},
                                                       {true, WEIR_TYPE_BIGINT}};
    struct weir_expression *equal = WEIR_NEW(arena, struct weir_expression);
    const struct weir_expression **sides = WEIR_NEW_ARRAY(arena, 2, const struct weir_expression *);
    if (equal == NULL || sides == NULL)
        return NULL;
    sides[0] = unit_column(arena, join->input->unit);
    sides[1] = unit_column(arena, join->input->column_count + join->as.join.right->unit);
    *equal = (struct weir_expression){.kind = WEIR_EXPRESSION_CALL,
                                      .type = WEIR_TYPE_BOOLEAN,
                                      .position = -1,
                                      .as.call = {weir_function_find("=", types, 2), 2, sides}};
    return sides[0] == NULL || sides[1] == NULL ? NULL : equal;
}

static const struct weir_expression *all_of(struct weir_arena *arena,
                                            const struct conjunction *conjunction) {
    if (conjunction->count == 1)
        return conjunction->items[0];
    struct weir_expression *logic = WEIR_NEW(arena, struct weir_expression);
    const struct weir_expression **items =
        WEIR_NEW_ARRAY(arena, conjunction->count, const struct weir_expression *);
    if (logic == NULL || items == NULL)
        return NULL;
    memcpy(items, conjunction->items, conjunction->count * sizeof *items);
    *logic = (struct weir_expression){.kind = WEIR_EXPRESSION_LOGIC,
                                      .type = WEIR_TYPE_BOOLEAN,
                                      .position = -1,
                                      .as.logic = {false, conjunction->count, items}};
    return logic;
}

bool weir_join_same_unit(struct weir_arena *arena, struct weir_relation *join, bool *exhausted) {
    struct conjunction given = {0}, kept = {0};
    bool found = false, replaced = false;
    *exhausted = false;
    if (!split(join->as.join.condition, &given))
        return false;
    struct weir_expression *equal = units_equal(arena, join);
    kept.items[kept.count++] = equal;
    for (size_t i = 0; i < given.count; i++) {
        bool is_unit = false;
        bool is_key = equated_key(join, given.items[i], &is_unit) != NULL;
        found |= is_key;
        if (is_key && is_unit && !replaced)
            replaced = true;
        else if (kept.count <= CONDITIONS_MAX)
            kept.items[kept.count++] = given.items[i];
        else
            return false;
    }
    if (!found)
        return false;
    join->as.join.condition = equal == NULL ? NULL : all_of(arena, &kept);
    *exhausted = join->as.join.condition == NULL;
    return true;
}
