/* Admission: what no purpose allows is refused here, whatever the binder let through. */
#include "privacy/passes.h"
#include "sql/statement.h"

#include <string.h>

#include "base/banned.h"

struct admission {
    const char *text;
    const struct weir_column *scope;
    struct weir_error *error;
};

static bool refuse_unit_key(struct admission *admission, const struct weir_column *column,
                            int position) {
    weir_fail(admission->error, WEIR_ERROR_REFUSED,
              "%s.%s.%s is the key of a person: a question may only count persons by it",
              column->table->schema, column->table->name, column->source->name);
    weir_error_hint(admission->error,
                    "Write COUNT(DISTINCT %s), and group or filter by columns "
                    "that many persons share.",
                    column->source->name);
    weir_error_at(admission->error, weir_sql_position(admission->text, position));
    return false;
}

static bool admit_column(struct admission *admission, const struct weir_column *column,
                         int position) {
    if (column->source == NULL)
        return true;
    switch (column->source->role) {
    case WEIR_COLUMN_PLAIN:
        break;
    case WEIR_COLUMN_UNIT_KEY:
    case WEIR_COLUMN_UNIT_VIA:
        return refuse_unit_key(admission, column, position);
    case WEIR_COLUMN_IDENTIFYING:
    case WEIR_COLUMN_BIOMETRIC:
        weir_fail(admission->error, WEIR_ERROR_REFUSED, "no purpose may use this column");
        weir_error_at(admission->error, weir_sql_position(admission->text, position));
        return false;
    }
    if (column->type != WEIR_TYPE_BLOB)
        return true;
    weir_fail(admission->error, WEIR_ERROR_REFUSED,
              "a column of bytes cannot be used in a question");
    weir_error_at(admission->error, weir_sql_position(admission->text, position));
    return false;
}

static bool admit(void *state, const struct weir_expression *expression) {
    struct admission *admission = state;
    if (expression->kind == WEIR_EXPRESSION_COLUMN)
        return admit_column(admission, &admission->scope[expression->as.column],
                            expression->position);
    return weir_expression_children(expression, admit, state);
}

static bool admit_aggregate(struct admission *admission, const struct weir_aggregate *aggregate) {
    if (aggregate->argument == NULL)
        return true;
    if (aggregate->kind != WEIR_AGGREGATE_COUNT_UNITS)
        return admit(admission, aggregate->argument);
    const struct weir_expression *key = aggregate->argument;
    const struct weir_policy_column *source =
        key->kind == WEIR_EXPRESSION_COLUMN ? admission->scope[key->as.column].source : NULL;
    if (source != NULL && source->role == WEIR_COLUMN_UNIT_KEY)
        return true;
    weir_fail(admission->error, WEIR_ERROR_REFUSED,
              "COUNT(DISTINCT ...) takes the key of the person only");
    return false;
}

static bool is_seen_before(const struct weir_relation *relation,
                           const struct weir_policy_table *table) {
    if (relation->kind == WEIR_RELATION_SCAN)
        return relation->as.scan->table == table;
    if (relation->kind == WEIR_RELATION_JOIN && is_seen_before(relation->as.join.right, table))
        return true;
    return relation->input != NULL && is_seen_before(relation->input, table);
}

static bool admit_join(struct admission *admission, const struct weir_relation *relation) {
    const struct weir_relation *right = relation->as.join.right;
    if (right->kind == WEIR_RELATION_SCAN &&
        is_seen_before(relation->input, right->as.scan->table)) {
        weir_fail(admission->error, WEIR_ERROR_REFUSED,
                  "the table %s.%s appears twice: a table may be joined once",
                  right->as.scan->table->schema, right->as.scan->table->name);
        weir_error_at(admission->error, weir_sql_position(admission->text, right->position));
        return false;
    }
    return admit(admission, relation->as.join.condition);
}

static bool admit_relation(struct admission *admission, const struct weir_relation *relation) {
    bool admitted = true;
    if (relation->kind != WEIR_RELATION_ONE_ROW && relation->kind != WEIR_RELATION_SCAN)
        admission->scope = weir_relation_scope(relation);
    switch (relation->kind) {
    case WEIR_RELATION_ONE_ROW:
    case WEIR_RELATION_SCAN:
        return true;
    case WEIR_RELATION_JOIN:
        admitted =
            admit_join(admission, relation) && admit_relation(admission, relation->as.join.right);
        break;
    case WEIR_RELATION_FILTER:
        admitted = admit(admission, relation->as.filter);
        break;
    case WEIR_RELATION_AGGREGATE:
        for (size_t i = 0; admitted && i < relation->as.aggregate.key_count; i++)
            admitted = admit(admission, relation->as.aggregate.keys[i]);
        for (size_t i = 0; admitted && i < relation->as.aggregate.aggregate_count; i++)
            admitted = admit_aggregate(admission, &relation->as.aggregate.aggregates[i]);
        break;
    case WEIR_RELATION_PROJECT:
        for (size_t i = 0; admitted && i < relation->column_count; i++)
            admitted = admit(admission, relation->as.project[i]);
        break;
    case WEIR_RELATION_SORT:
        break;
    }
    return admitted && admit_relation(admission, relation->input);
}

weir_status weir_pass_admit(const char *text, const struct weir_question *question,
                            struct weir_error *error) {
    struct admission admission = {.text = text, .error = error};
    return admit_relation(&admission, question->root) ? WEIR_OK : WEIR_FAILED;
}
