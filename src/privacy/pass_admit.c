/* Admission: what no purpose allows is refused here, whatever the binder let through. A person's
 * key may join, group and be counted; it is never compared with a value, computed with, or shown.
 */
#include "privacy/passes.h"
#include "sql/statement.h"

#include <string.h>

#include "base/banned.h"

struct admission {
    const char *text;
    const struct weir_column *scope;
    struct weir_error *error;
};

static bool admit(void *state, const struct weir_expression *expression);

static bool refuse(struct admission *admission, int position) {
    weir_error_at(admission->error, weir_sql_position(admission->text, position));
    return false;
}

static bool refuse_key(struct admission *admission, const struct weir_column *column,
                       int position) {
    weir_fail(admission->error, WEIR_ERROR_REFUSED,
              "%s.%s.%s is the key of a person: a question may only count persons by it",
              column->table->schema, column->table->name, column->source->name);
    weir_error_hint(
        admission->error,
        "Write COUNT(DISTINCT %s), join or GROUP BY it in a derived table, and group or "
        "filter by columns that many persons share.",
        column->source->name);
    return refuse(admission, position);
}

static bool admit_column(struct admission *admission, const struct weir_column *column,
                         int position) {
    if (weir_column_identity(column) != NULL)
        return refuse_key(admission, column, position);
    if (column->source != NULL && (column->source->role == WEIR_COLUMN_IDENTIFYING ||
                                   column->source->role == WEIR_COLUMN_BIOMETRIC)) {
        weir_fail(admission->error, WEIR_ERROR_REFUSED, "no purpose may use this column");
        return refuse(admission, position);
    }
    if (column->type != WEIR_TYPE_BLOB)
        return true;
    weir_fail(admission->error, WEIR_ERROR_REFUSED,
              "a column of bytes cannot be used in a question");
    return refuse(admission, position);
}

/* What key an expression is, if it is nothing but one, perhaps widened. */
static const void *identity_of(const struct admission *admission,
                               const struct weir_expression *expression) {
    if (expression->kind == WEIR_EXPRESSION_CALL &&
        strcmp(expression->as.call.function->name, "cast") == 0 &&
        expression->type == WEIR_TYPE_BIGINT &&
        expression->as.call.arguments[0]->type == WEIR_TYPE_INTEGER)
        expression = expression->as.call.arguments[0];
    return expression->kind == WEIR_EXPRESSION_COLUMN
               ? weir_column_identity(&admission->scope[expression->as.column])
               : NULL;
}

/* Equal keys of one kind, and whether there is a key at all (after a left join). */
static bool is_admitted_call(const struct admission *admission,
                             const struct weir_expression *call) {
    const char *name = call->as.call.function->name;
    const void *first = identity_of(admission, call->as.call.arguments[0]);
    if (first == NULL)
        return false;
    if (strcmp(name, "is_null") == 0 || strcmp(name, "is_not_null") == 0)
        return true;
    return strcmp(name, "=") == 0 && first == identity_of(admission, call->as.call.arguments[1]);
}

static bool admit(void *state, const struct weir_expression *expression) {
    struct admission *admission = state;
    if (expression->kind == WEIR_EXPRESSION_COLUMN)
        return admit_column(admission, &admission->scope[expression->as.column],
                            expression->position);
    if (expression->kind == WEIR_EXPRESSION_CALL && is_admitted_call(admission, expression))
        return true;
    return weir_expression_children(expression, admit, state);
}

/* Where a key may stand by itself. */
static bool admit_or_key(struct admission *admission, const struct weir_expression *expression) {
    bool is_key = expression->kind == WEIR_EXPRESSION_COLUMN &&
                  weir_column_identity(&admission->scope[expression->as.column]) != NULL;
    return is_key || admit(admission, expression);
}

static bool admit_aggregate(struct admission *admission, const struct weir_aggregate *aggregate) {
    if (aggregate->argument == NULL)
        return true;
    switch (aggregate->kind) {
    case WEIR_AGGREGATE_COUNT_ROWS:
    case WEIR_AGGREGATE_COUNT:
    case WEIR_AGGREGATE_COUNT_UNITS:
    case WEIR_AGGREGATE_COUNT_DISTINCT:
        return admit_or_key(admission, aggregate->argument);
    case WEIR_AGGREGATE_SUM:
    case WEIR_AGGREGATE_AVG:
    case WEIR_AGGREGATE_MIN:
    case WEIR_AGGREGATE_MAX:
        break;
    }
    return admit(admission, aggregate->argument);
}

static bool admit_groups(struct admission *admission, const struct weir_relation *relation) {
    for (size_t i = 0; i < relation->as.aggregate.key_count; i++) {
        const struct weir_expression *key = relation->as.aggregate.keys[i];
        if (relation->as.aggregate.is_within_units ? !admit_or_key(admission, key)
                                                   : !admit(admission, key))
            return false;
    }
    for (size_t i = 0; i < relation->as.aggregate.aggregate_count; i++)
        if (!admit_aggregate(admission, &relation->as.aggregate.aggregates[i]))
            return false;
    return true;
}

static bool admit_windows(struct admission *admission, const struct weir_relation *relation) {
    for (size_t i = 0; i < relation->as.window.count; i++) {
        const struct weir_window *window = &relation->as.window.functions[i];
        if (window->argument != NULL && !admit(admission, window->argument))
            return false;
        for (size_t k = 0; k < window->partition_count; k++)
            if (!admit_or_key(admission, window->partition[k]))
                return false;
        for (size_t k = 0; k < window->order_count; k++)
            if (!admit(admission, window->order[k].expression))
                return false;
    }
    return true;
}

static bool admit_projection(struct admission *admission, const struct weir_relation *relation) {
    for (size_t i = 0; i < relation->column_count; i++)
        if (!admit_or_key(admission, relation->as.project[i]))
            return false;
    return true;
}

static bool admit_relation(struct admission *admission, const struct weir_relation *relation) {
    if (relation->kind != WEIR_RELATION_ONE_ROW && relation->kind != WEIR_RELATION_SCAN)
        admission->scope = weir_relation_scope(relation);
    switch (relation->kind) {
    case WEIR_RELATION_ONE_ROW:
    case WEIR_RELATION_SCAN:
        return true;
    case WEIR_RELATION_JOIN:
        return (relation->as.join.condition == NULL ||
                admit(admission, relation->as.join.condition)) &&
               admit_relation(admission, relation->as.join.right) &&
               admit_relation(admission, relation->input);
    case WEIR_RELATION_FILTER:
        return admit(admission, relation->as.filter) && admit_relation(admission, relation->input);
    case WEIR_RELATION_WINDOW:
        return admit_windows(admission, relation) && admit_relation(admission, relation->input);
    case WEIR_RELATION_AGGREGATE:
        return admit_groups(admission, relation) && admit_relation(admission, relation->input);
    case WEIR_RELATION_PROJECT:
        return admit_projection(admission, relation) && admit_relation(admission, relation->input);
    case WEIR_RELATION_UNION:
        return admit_relation(admission, relation->as.union_right) &&
               admit_relation(admission, relation->input);
    case WEIR_RELATION_SORT:
        return admit_relation(admission, relation->input);
    }
    return false;
}

weir_status weir_pass_admit(const char *text, const struct weir_question *question,
                            struct weir_error *error) {
    struct admission admission = {.text = text, .error = error};
    return admit_relation(&admission, question->root) ? WEIR_OK : WEIR_FAILED;
}
