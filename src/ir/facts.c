/* What is known of an expression's values whatever the data: NULL, scale, and where a column comes
 * from. */
#include "ir/ir.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

static bool is_named(const struct weir_expression *call, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(call->as.call.function->name, names[i]) == 0)
            return true;
    return false;
}

struct nullity {
    const struct weir_column *scope;
    bool found;
};

static bool look_for_null(void *state, const struct weir_expression *child) {
    struct nullity *nullity = state;
    nullity->found = weir_expression_may_be_null(nullity->scope, child);
    return !nullity->found;
}

static bool any_child_may_be_null(const struct weir_column *scope,
                                  const struct weir_expression *expression) {
    struct nullity nullity = {scope, false};
    weir_expression_children(expression, look_for_null, &nullity);
    return nullity.found;
}

/* Functions that are NULL only where an argument is; the others are total by being NULL. */
static bool call_may_be_null(const struct weir_column *scope, const struct weir_expression *call) {
    static const char *const never[] = {"is_null",     "is_not_null", "is_true",
                                        "is_not_true", "is_false",    "is_not_false"};
    static const char *const strict[] = {
        "=",  "<>",  "<",   "<=",   ">",  ">=",    "not",   "in",     "not_in",
        "~~", "!~~", "~~*", "!~~*", "||", "lower", "upper", "length", "btrim"};
    if (is_named(call, never, WEIR_COUNT(never)))
        return false;
    if (is_named(call, strict, WEIR_COUNT(strict)))
        return any_child_may_be_null(scope, call);
    if (strcmp(call->as.call.function->name, "coalesce") != 0)
        return true;
    if (call->type == WEIR_TYPE_DOUBLE) /* NaN is handed on, and is absent too */
        return any_child_may_be_null(scope, call);
    for (size_t i = 0; i < call->as.call.count; i++)
        if (!weir_expression_may_be_null(scope, call->as.call.arguments[i]))
            return false;
    return true;
}

bool weir_expression_may_be_null(const struct weir_column *scope,
                                 const struct weir_expression *expression) {
    switch (expression->kind) {
    case WEIR_EXPRESSION_COLUMN:
        return scope[expression->as.column].nullable;
    case WEIR_EXPRESSION_CONSTANT:
        return expression->as.constant.is_null;
    case WEIR_EXPRESSION_CALL:
        return call_may_be_null(scope, expression);
    case WEIR_EXPRESSION_LOGIC:
        return any_child_may_be_null(scope, expression);
    case WEIR_EXPRESSION_CASE:
        if (expression->as.cases.otherwise == NULL ||
            weir_expression_may_be_null(scope, expression->as.cases.otherwise))
            return true;
        for (size_t i = 0; i < expression->as.cases.count; i++)
            if (weir_expression_may_be_null(scope, expression->as.cases.results[i]))
                return true;
        return false;
    }
    return true;
}

struct widest {
    const struct weir_column *scope;
    int scale;
};

static bool widen_scale(void *state, const struct weir_expression *child) {
    struct widest *widest = state;
    int scale = child->type == WEIR_TYPE_NUMERIC ? weir_expression_scale(widest->scope, child) : 0;
    widest->scale = scale > widest->scale ? scale : widest->scale;
    return true;
}

int weir_expression_scale(const struct weir_column *scope,
                          const struct weir_expression *expression) {
    struct widest widest = {scope, 0};
    if (expression->kind == WEIR_EXPRESSION_COLUMN)
        return scope[expression->as.column].scale;
    if (expression->kind == WEIR_EXPRESSION_CONSTANT)
        return expression->type == WEIR_TYPE_NUMERIC ? expression->as.constant.as.numeric.scale : 0;
    weir_expression_children(expression, widen_scale, &widest);
    return widest.scale;
}

struct weir_column weir_column_of(const struct weir_column *scope,
                                  const struct weir_expression *expression, const char *name,
                                  const char *label) {
    struct weir_column column = {0};
    if (expression->kind == WEIR_EXPRESSION_COLUMN)
        column = scope[expression->as.column];
    column.name = name;
    column.label = label;
    column.type = expression->type;
    column.is_merged = false;
    column.nullable = weir_expression_may_be_null(scope, expression);
    column.scale = weir_expression_scale(scope, expression);
    column.range = weir_expression_range(scope, expression);
    return column;
}
