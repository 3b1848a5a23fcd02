/* The only enumerator of children, and what else is said of every node in one place. */
#include "ir/ir.h"

#include "base/banned.h"

typedef bool visitor(void *state, const struct weir_expression *child);

static bool visit_all(const struct weir_expression *const *children, size_t count, visitor *visit,
                      void *state) {
    for (size_t i = 0; i < count; i++)
        if (!visit(state, children[i]))
            return false;
    return true;
}

bool weir_expression_children(const struct weir_expression *expression, visitor *visit,
                              void *state) {
    switch (expression->kind) {
    case WEIR_EXPRESSION_COLUMN:
    case WEIR_EXPRESSION_CONSTANT:
        return true;
    case WEIR_EXPRESSION_CALL:
        return visit_all(expression->as.call.arguments, expression->as.call.count, visit, state);
    case WEIR_EXPRESSION_LOGIC:
        return visit_all(expression->as.logic.conditions, expression->as.logic.count, visit, state);
    case WEIR_EXPRESSION_CASE:
        for (size_t i = 0; i < expression->as.cases.count; i++)
            if (!visit(state, expression->as.cases.conditions[i]) ||
                !visit(state, expression->as.cases.results[i]))
                return false;
        return expression->as.cases.otherwise == NULL ||
               visit(state, expression->as.cases.otherwise);
    }
    return true;
}

bool weir_relation_inputs(const struct weir_relation *relation,
                          bool (*visit)(void *state, const struct weir_relation *input),
                          void *state) {
    if (relation->input != NULL && !visit(state, relation->input))
        return false;
    if (relation->kind == WEIR_RELATION_JOIN)
        return visit(state, relation->as.join.right);
    return relation->kind != WEIR_RELATION_UNION || visit(state, relation->as.union_right);
}

const struct weir_column *weir_relation_scope(const struct weir_relation *relation) {
    if (relation->kind == WEIR_RELATION_JOIN)
        return relation->as.join.scope;
    weir_check(relation->input != NULL);
    return relation->input->columns;
}
