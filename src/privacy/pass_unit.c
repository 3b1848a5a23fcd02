/* Ownership: to whom each row belongs, from the tables up. Over-approximates on the person's side:
 * what is not proved to keep each person to at most one row is refused, by the names of the two
 * relations and the missing condition. */
#include "privacy/passes.h"
#include "sql/statement.h"

#include <string.h>

#include "base/banned.h"

struct ownership {
    const char *text;
    struct weir_question *question;
    struct weir_error *error;
};

static weir_status refuse(struct ownership *ownership, int position, const char *hint,
                          const char *message) {
    weir_fail(ownership->error, WEIR_ERROR_REFUSED, "%s", message);
    weir_error_hint(ownership->error, "%s", hint);
    return weir_error_at(ownership->error, weir_sql_position(ownership->text, position));
}

static const char *table_name(const struct weir_relation *relation) {
    while (relation->kind == WEIR_RELATION_JOIN)
        relation = relation->as.join.right->ownership == WEIR_OWNED_BY_UNIT
                       ? relation->as.join.right
                       : relation->input;
    return relation->kind == WEIR_RELATION_SCAN ? relation->as.scan->table->name : "";
}

struct side {
    size_t first, count; /* columns of the public side within the join's */
};

static bool stays_outside(void *state, const struct weir_expression *child) {
    const struct side *side = state;
    if (child->kind == WEIR_EXPRESSION_COLUMN)
        return child->as.column < side->first || child->as.column >= side->first + side->count;
    return weir_expression_children(child, stays_outside, state);
}

/* The bare key column of the public side, perhaps widened from INTEGER to BIGINT, which keeps
 * different keys different. */
static bool is_key(const struct weir_relation *join, const struct side *side,
                   const struct weir_expression *expression) {
    bool widened = expression->kind == WEIR_EXPRESSION_CALL &&
                   strcmp(expression->as.call.function->name, "cast") == 0 &&
                   expression->type == WEIR_TYPE_BIGINT &&
                   expression->as.call.arguments[0]->type == WEIR_TYPE_INTEGER;
    if (widened)
        expression = expression->as.call.arguments[0];
    if (expression->kind != WEIR_EXPRESSION_COLUMN || stays_outside((void *)side, expression))
        return false;
    const struct weir_column *column = &join->columns[expression->as.column];
    return column->source != NULL && column->source->is_key && column->table->is_public;
}

/* Does the condition fix the public side's key to something that the other side decides? Then each
 * row of the other side meets at most one row of it. */
static bool fixes_key(const struct weir_relation *join, const struct side *side,
                      const struct weir_expression *condition) {
    if (condition->kind == WEIR_EXPRESSION_LOGIC && !condition->as.logic.is_or) {
        for (size_t i = 0; i < condition->as.logic.count; i++)
            if (fixes_key(join, side, condition->as.logic.conditions[i]))
                return true;
        return false;
    }
    if (condition->kind != WEIR_EXPRESSION_CALL ||
        strcmp(condition->as.call.function->name, "=") != 0)
        return false;
    const struct weir_expression *left = condition->as.call.arguments[0];
    const struct weir_expression *right = condition->as.call.arguments[1];
    return (is_key(join, side, left) && stays_outside((void *)side, right)) ||
           (is_key(join, side, right) && stays_outside((void *)side, left));
}

static weir_status refuse_multiplying(struct ownership *ownership, const struct weir_relation *join,
                                      const char *owned, const char *open) {
    weir_fail(ownership->error, WEIR_ERROR_REFUSED,
              "joining %s to %s could repeat a person: the condition does not fix the key of %s",
              owned, open, open);
    weir_error_hint(ownership->error, "Join %s on its key: ... ON %s.key = ....", open, open);
    return weir_error_at(ownership->error, weir_sql_position(ownership->text, join->position));
}

static weir_status own_join(struct ownership *ownership, struct weir_relation *join) {
    struct weir_relation *left = join->input, *right = join->as.join.right;
    bool left_owned = left->ownership == WEIR_OWNED_BY_UNIT;
    bool right_owned = right->ownership == WEIR_OWNED_BY_UNIT;
    join->ownership = left_owned || right_owned ? WEIR_OWNED_BY_UNIT : WEIR_OWNED_BY_NONE;
    if (left_owned && right_owned) {
        weir_fail(ownership->error, WEIR_ERROR_REFUSED,
                  "%s and %s both hold persons: joining tables of persons is not available",
                  table_name(left), table_name(right));
        weir_error_hint(ownership->error, "Ask each table as a question of its own, or join public "
                                          "tables.");
        return weir_error_at(ownership->error, weir_sql_position(ownership->text, join->position));
    }
    struct side right_side = {left->column_count, right->column_count};
    struct side left_side = {0, left->column_count};
    if (left_owned && !fixes_key(join, &right_side, join->as.join.condition))
        return refuse_multiplying(ownership, join, table_name(left), table_name(right));
    if (!right_owned)
        return WEIR_OK;
    if (join->as.join.is_left)
        return refuse(ownership, join->position, "Begin FROM with the table of persons.",
                      "a left join from a public table to persons would make rows that belong to "
                      "nobody");
    if (left->kind != WEIR_RELATION_SCAN)
        return refuse(ownership, join->position, "Begin FROM with the table of persons.",
                      "persons are joined to more than one public table before them");
    return fixes_key(join, &left_side, join->as.join.condition)
               ? WEIR_OK
               : refuse_multiplying(ownership, join, table_name(right), table_name(left));
}

static weir_status own_aggregate(struct ownership *ownership, struct weir_relation *relation) {
    relation->ownership = WEIR_OWNED_BY_NONE;
    if (relation->input->ownership != WEIR_OWNED_BY_UNIT)
        return WEIR_OK;
    for (size_t i = 0; i < relation->as.aggregate.aggregate_count; i++) {
        const struct weir_aggregate *aggregate = &relation->as.aggregate.aggregates[i];
        if (aggregate->kind == WEIR_AGGREGATE_MIN || aggregate->kind == WEIR_AGGREGATE_MAX)
            return refuse(ownership, aggregate->position,
                          "Ask for count(*) by width_bucket(x, low, high, n), and read the ends of "
                          "the distribution from it.",
                          "a minimum or maximum over persons is the value of one person");
    }
    relation->ownership = WEIR_OWNED_RELEASED;
    ownership->question->release = relation;
    return WEIR_OK;
}

static weir_status own(struct ownership *ownership, struct weir_relation *relation) {
    if (relation->input != NULL)
        WEIR_TRY(own(ownership, relation->input));
    switch (relation->kind) {
    case WEIR_RELATION_ONE_ROW:
        relation->ownership = WEIR_OWNED_BY_NONE;
        return WEIR_OK;
    case WEIR_RELATION_SCAN:
        relation->ownership =
            relation->as.scan->table->is_public ? WEIR_OWNED_BY_NONE : WEIR_OWNED_BY_UNIT;
        return WEIR_OK;
    case WEIR_RELATION_JOIN:
        WEIR_TRY(own(ownership, relation->as.join.right));
        return own_join(ownership, relation);
    case WEIR_RELATION_AGGREGATE:
        return own_aggregate(ownership, relation);
    case WEIR_RELATION_FILTER:
    case WEIR_RELATION_PROJECT:
    case WEIR_RELATION_SORT:
        relation->ownership = relation->input->ownership;
        return WEIR_OK;
    }
    return weir_fail(ownership->error, WEIR_ERROR_INTERNAL, "a relation of unknown kind");
}

weir_status weir_pass_unit(const char *text, struct weir_question *question,
                           struct weir_error *error) {
    struct ownership ownership = {text, question, error};
    question->release = NULL;
    WEIR_TRY(own(&ownership, question->root));
    if (question->root->ownership != WEIR_OWNED_BY_UNIT)
        return WEIR_OK;
    return refuse(&ownership, -1,
                  "Ask for aggregates: count(*), sum(x) or avg(x), with GROUP BY for a breakdown.",
                  "rows of persons are never shown");
}
