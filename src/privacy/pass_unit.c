/* Ownership: to whom each row belongs, from the tables up. What is not proved to belong to exactly
 * one person, to be public, or to be released, is refused, by the names of the two relations and
 * the missing condition.
 *
 * The invariant of a relation owned by units: with all rows of one unit taken out of every
 * protected table, exactly the rows whose `unit` column names that unit are gone from it, and all
 * others are as they were. Scans have it by construction of the store; every case below keeps it.
 */
#include "privacy/passes.h"
#include "sql/statement.h"

#include <string.h>

#include "base/banned.h"

struct ownership {
    struct weir_arena *arena;
    const char *text;
    struct weir_question *question;
    struct weir_error *error;
};

static weir_status own(struct ownership *ownership, struct weir_relation *relation);

static weir_status refuse(struct ownership *ownership, int position, const char *hint,
                          const char *message) {
    weir_fail(ownership->error, WEIR_ERROR_REFUSED, "%s", message);
    weir_error_hint(ownership->error, "%s", hint);
    return weir_error_at(ownership->error, weir_sql_position(ownership->text, position));
}

static bool is_owned(const struct weir_relation *relation) {
    return relation->ownership == WEIR_OWNED_BY_UNIT;
}

/* For messages: a table within the relation. */
static const struct weir_policy_table *table_of(const struct weir_relation *relation) {
    while (relation->kind != WEIR_RELATION_SCAN && relation->input != NULL)
        relation = relation->kind == WEIR_RELATION_JOIN && !is_owned(relation->input) &&
                           is_owned(relation->as.join.right)
                       ? relation->as.join.right
                       : relation->input;
    return relation->kind == WEIR_RELATION_SCAN ? relation->as.scan.table->table : NULL;
}

static const char *name_of(const struct weir_relation *relation) {
    const struct weir_policy_table *table = table_of(relation);
    return table == NULL ? "the derived table" : table->name;
}

/* ---- tables ---- */

static void own_scan(struct weir_relation *scan) {
    const struct weir_policy_table *table = scan->as.scan.table->table;
    scan->ownership = table->is_public ? WEIR_OWNED_BY_NONE : WEIR_OWNED_BY_UNIT;
    for (size_t i = 0; !table->is_public && i < table->column_count; i++)
        scan->one_row |= table->columns[i].role == WEIR_COLUMN_UNIT_KEY;
    scan->bound_rows = scan->one_row ? 1 : table->bound_rows;
}

static void own_as(struct weir_relation *relation, const struct weir_relation *source) {
    relation->ownership = source->ownership;
    relation->one_row = source->one_row;
    relation->bound_rows = source->bound_rows;
}

/* ---- joins with public tables ---- */

struct side {
    size_t first, count; /* columns of the public side within the join's scope */
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
    const struct weir_column *column = &join->as.join.scope[expression->as.column];
    return column->source != NULL && column->source->is_key && column->table->is_public;
}

/* Does the condition fix the public side's key to something that the other side decides? Then each
 * row of the other side meets at most one row of it. */
static bool fixes_key(const struct weir_relation *join, const struct side *side,
                      const struct weir_expression *condition) {
    if (condition == NULL)
        return false;
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

/* One public table, with no row of it twice. */
static bool is_one_table(const struct weir_relation *relation) {
    while (relation->kind == WEIR_RELATION_FILTER || relation->kind == WEIR_RELATION_PROJECT)
        relation = relation->input;
    return relation->kind == WEIR_RELATION_SCAN;
}

/* Rows of persons, each repeated for as many public rows as match it; the bounds hold on where that
 * is at most one. */
static weir_status own_public_join(struct ownership *ownership, struct weir_relation *join) {
    const struct weir_relation *left = join->input, *right = join->as.join.right;
    bool left_owned = is_owned(left);
    if (!left_owned && join->as.join.kind != WEIR_JOIN_INNER)
        return refuse(
            ownership, join->position,
            "Begin FROM with the table of persons; ask whether a person has a public row.",
            "rows of a public table that persons decide over belong to nobody");
    const struct weir_relation *owned = left_owned ? left : right;
    const struct weir_relation *open = left_owned ? right : left;
    const struct side side = {left_owned ? left->column_count : 0, open->column_count};
    own_as(join, owned);
    if (join->as.join.kind == WEIR_JOIN_SEMI || join->as.join.kind == WEIR_JOIN_ANTI)
        return WEIR_OK;
    if (is_one_table(open) && fixes_key(join, &side, join->as.join.condition))
        return WEIR_OK;
    join->one_row = false;
    join->bound_rows = 0;
    return WEIR_OK;
}

/* ---- joins of persons ---- */

/* Columns of either side that lead to the person alike, the person's own key first; false when
 * there are none. */
static bool find_common_key(const struct weir_relation *join, bool is_unit,
                            const struct weir_column **left, const struct weir_column **right) {
    for (size_t i = 0; i < join->input->column_count; i++)
        for (size_t k = 0; k < join->as.join.right->column_count; k++) {
            *left = &join->input->columns[i];
            *right = &join->as.join.right->columns[k];
            const void *identity = weir_column_identity(*left);
            if (identity != NULL && identity == weir_column_identity(*right) &&
                weir_column_is_unit_key(*left) == is_unit)
                return true;
        }
    return is_unit && find_common_key(join, false, left, right);
}

static weir_status refuse_unequal(struct ownership *ownership, const struct weir_relation *join) {
    const struct weir_column *left_key, *right_key;
    const char *left = name_of(join->input), *right = name_of(join->as.join.right);
    const struct weir_policy_table *table = table_of(join->input);
    const char *unit = table == NULL ? "person" : table->dataset->unit;
    weir_fail(
        ownership->error, WEIR_ERROR_REFUSED,
        "%s and %s both hold rows of persons: the join does not say that they are of the same %s",
        left, right, unit);
    if (find_common_key(join, true, &left_key, &right_key))
        weir_error_hint(ownership->error,
                        "Add the equality of the keys by which both lead to the %s: %s.%s = %s.%s.",
                        unit, left_key->table->name, left_key->source->name, right_key->table->name,
                        right_key->source->name);
    else
        weir_error_hint(ownership->error,
                        "Join them through the tables by which both lead to the %s, as \\d shows "
                        "them.",
                        unit);
    return weir_error_at(ownership->error, weir_sql_position(ownership->text, join->position));
}

static weir_status own_person_join(struct ownership *ownership, struct weir_relation *join) {
    const struct weir_relation *left = join->input, *right = join->as.join.right;
    bool exhausted;
    if (!weir_join_same_unit(ownership->arena, join, &exhausted))
        return refuse_unequal(ownership, join);
    if (exhausted)
        return WEIR_FAILED;
    own_as(join, left);
    if (join->as.join.kind == WEIR_JOIN_SEMI || join->as.join.kind == WEIR_JOIN_ANTI)
        return WEIR_OK;
    join->one_row = left->one_row && right->one_row;
    if (left->bound_rows == 0 || right->bound_rows == 0 ||
        __builtin_mul_overflow(left->bound_rows, right->bound_rows, &join->bound_rows))
        join->bound_rows = 0;
    return WEIR_OK;
}

static weir_status own_join(struct ownership *ownership, struct weir_relation *join) {
    WEIR_TRY(own(ownership, join->as.join.right));
    const struct weir_relation *left = join->input, *right = join->as.join.right;
    bool is_released =
        left->ownership == WEIR_OWNED_RELEASED || right->ownership == WEIR_OWNED_RELEASED;
    if (is_owned(left) && is_owned(right))
        return own_person_join(ownership, join);
    if ((is_owned(left) || is_owned(right)) && is_released)
        return refuse(ownership, join->position,
                      "Ask the inner question first, and put its numbers into this one.",
                      "rows of persons joined to an answer about persons");
    if (is_owned(left) || is_owned(right))
        return own_public_join(ownership, join);
    join->ownership = is_released ? WEIR_OWNED_RELEASED : WEIR_OWNED_BY_NONE;
    return WEIR_OK;
}

static weir_status own_union(struct ownership *ownership, struct weir_relation *both) {
    struct weir_relation *left = both->input, *right = both->as.union_right;
    WEIR_TRY(own(ownership, right));
    if (is_owned(left) != is_owned(right))
        return refuse(ownership, both->position, "Ask each part as a question of its own.",
                      "UNION of rows of persons with rows that belong to nobody");
    both->ownership = left->ownership == WEIR_OWNED_BY_NONE ? right->ownership : left->ownership;
    bool bounded = left->bound_rows > 0 && right->bound_rows > 0;
    if (!bounded || __builtin_add_overflow(left->bound_rows, right->bound_rows, &both->bound_rows))
        both->bound_rows = 0;
    return WEIR_OK;
}

/* ---- groups ---- */

static weir_status check_released(struct ownership *ownership, const struct weir_relation *relation,
                                  const struct weir_aggregate *aggregate) {
    const struct weir_expression *argument = aggregate->argument;
    switch (aggregate->kind) {
    case WEIR_AGGREGATE_COUNT_ROWS:
    case WEIR_AGGREGATE_COUNT:
    case WEIR_AGGREGATE_SUM:
    case WEIR_AGGREGATE_AVG:
        return WEIR_OK;
    case WEIR_AGGREGATE_COUNT_UNITS:
        if (!relation->input->columns[argument->as.column].nullable)
            return WEIR_OK;
        return refuse(ownership, aggregate->position,
                      "Write JOIN, or count the key of the table on the left.",
                      "persons are counted by a key that a left join may leave out");
    case WEIR_AGGREGATE_COUNT_DISTINCT:
        return refuse(ownership, aggregate->position,
                      "Count persons by COUNT(DISTINCT key), or group by the column and count the "
                      "groups.",
                      "COUNT(DISTINCT ...) takes the key of the person only");
    case WEIR_AGGREGATE_MIN:
    case WEIR_AGGREGATE_MAX:
        return refuse(ownership, aggregate->position,
                      "Ask for count(*) by width_bucket(x, low, high, n), and read the ends of "
                      "the distribution from it.",
                      "a minimum or maximum over persons is the value of one person");
    }
    return WEIR_FAILED;
}

/* Grouped by nothing but the person's own key: one row each. A key that a left join may leave out
 * is a second group, of NULL. */
static bool is_one_row_a_unit(const struct weir_relation *relation) {
    for (size_t i = 0; i + 1 < relation->as.aggregate.key_count; i++)
        if (!weir_column_is_unit_key(&relation->columns[i]) || relation->columns[i].nullable)
            return false;
    return true;
}

static weir_status own_aggregate(struct ownership *ownership, struct weir_relation *relation) {
    relation->ownership = relation->input->ownership;
    if (!is_owned(relation->input))
        return WEIR_OK;
    if (relation->as.aggregate.is_within_units) {
        relation->one_row = is_one_row_a_unit(relation);
        relation->bound_rows = relation->one_row ? 1 : relation->input->bound_rows;
        return WEIR_OK;
    }
    for (size_t i = 0; i < relation->as.aggregate.aggregate_count; i++)
        WEIR_TRY(check_released(ownership, relation, &relation->as.aggregate.aggregates[i]));
    if (ownership->question->release != NULL)
        return refuse(ownership, relation->position, "Ask each as a question of its own.",
                      "two answers about persons in one question");
    relation->ownership = WEIR_OWNED_RELEASED;
    ownership->question->release = relation;
    return WEIR_OK;
}

/* ---- all ---- */

static weir_status own(struct ownership *ownership, struct weir_relation *relation) {
    bool is_leaf = relation->kind == WEIR_RELATION_ONE_ROW || relation->kind == WEIR_RELATION_SCAN;
    weir_check(is_leaf == (relation->input == NULL));
    if (!is_leaf)
        WEIR_TRY(own(ownership, relation->input));
    switch (relation->kind) {
    case WEIR_RELATION_ONE_ROW:
        relation->ownership = WEIR_OWNED_BY_NONE;
        return WEIR_OK;
    case WEIR_RELATION_SCAN:
        own_scan(relation);
        return WEIR_OK;
    case WEIR_RELATION_JOIN:
        return own_join(ownership, relation);
    case WEIR_RELATION_AGGREGATE:
        return own_aggregate(ownership, relation);
    case WEIR_RELATION_UNION:
        return own_union(ownership, relation);
    case WEIR_RELATION_FILTER:
    case WEIR_RELATION_WINDOW:  /* partitions hold one unit: sql/emit.c */
    case WEIR_RELATION_PROJECT: /* row by row, the unit carried on */
        own_as(relation, relation->input);
        return WEIR_OK;
    case WEIR_RELATION_SORT:
        if (is_owned(relation->input))
            return refuse(ownership, relation->position, "Order and cut the groups.",
                          "rows of persons are never ordered or cut");
        own_as(relation, relation->input);
        return WEIR_OK;
    }
    return weir_fail(ownership->error, WEIR_ERROR_INTERNAL, "a relation of unknown kind");
}

/* Under the root's own order, which is refused with it. */
weir_status weir_pass_unit(struct weir_arena *arena, const char *text,
                           struct weir_question *question, struct weir_error *error) {
    struct ownership ownership = {arena, text, question, error};
    question->release = NULL;
    WEIR_TRY(own(&ownership, question->root));
    if (!is_owned(question->root))
        return WEIR_OK;
    return refuse(&ownership, -1,
                  "Ask for aggregates: count(*), sum(x) or avg(x), with GROUP BY for a breakdown.",
                  "rows of persons are never shown");
}
