/* Keys are recognised by canonical text; what lies between keys and the root is rebuilt. */
#include "sql/lift.h"

#include <string.h>

#include "base/banned.h"

static bound column_at(const struct lift *lift, bound expression, size_t place) {
    struct weir_expression *column =
        weir_bind_new(lift->binder, WEIR_EXPRESSION_COLUMN, expression->type, expression->position);
    if (column != NULL)
        column->as.column = place;
    return column;
}

static bound lift_column(const struct lift *lift, bound expression) {
    size_t place = expression->as.column;
    if (place >= ERROR_PLACE)
        return column_at(lift, expression,
                         lift->key_count + lift->binder->aggregate_count +
                             lift->aggregate_order[place - ERROR_PLACE]);
    if (place >= AGGREGATE_PLACE)
        return column_at(lift, expression,
                         lift->key_count + lift->aggregate_order[place - AGGREGATE_PLACE]);
    weir_bind_invalid(lift->binder, expression->position, "42803",
                      "the column \"%s\" must be in GROUP BY or within an aggregate",
                      lift->binder->scope[place].name);
    return NULL;
}

static bool lift_list(const struct lift *lift, bound *list, size_t count, bound **lifted) {
    *lifted = WEIR_NEW_ARRAY(lift->binder->arena, count, bound);
    for (size_t i = 0; *lifted != NULL && i < count; i++)
        if (((*lifted)[i] = weir_lift(lift, list[i])) == NULL)
            return false;
    return *lifted != NULL;
}

static bound lift_children(const struct lift *lift, bound expression) {
    struct weir_expression *copy = WEIR_NEW(lift->binder->arena, struct weir_expression);
    if (copy == NULL)
        return NULL;
    *copy = *expression;
    switch (expression->kind) {
    case WEIR_EXPRESSION_COLUMN:
        return lift_column(lift, expression);
    case WEIR_EXPRESSION_CONSTANT:
        return expression;
    case WEIR_EXPRESSION_CALL:
        return lift_list(lift, expression->as.call.arguments, expression->as.call.count,
                         &copy->as.call.arguments)
                   ? copy
                   : NULL;
    case WEIR_EXPRESSION_LOGIC:
        return lift_list(lift, expression->as.logic.conditions, expression->as.logic.count,
                         &copy->as.logic.conditions)
                   ? copy
                   : NULL;
    case WEIR_EXPRESSION_CASE:
        if (!lift_list(lift, expression->as.cases.conditions, expression->as.cases.count,
                       &copy->as.cases.conditions) ||
            !lift_list(lift, expression->as.cases.results, expression->as.cases.count,
                       &copy->as.cases.results))
            return NULL;
        if (expression->as.cases.otherwise != NULL &&
            (copy->as.cases.otherwise = weir_lift(lift, expression->as.cases.otherwise)) == NULL)
            return NULL;
        return copy;
    }
    return NULL;
}

bound weir_lift(const struct lift *lift, bound expression) {
    if (expression->kind != WEIR_EXPRESSION_CONSTANT && !weir_bind_has_aggregate(expression)) {
        const char *text =
            weir_expression_print(lift->binder->arena, lift->binder->scope, expression);
        if (text == NULL)
            return NULL;
        for (size_t i = 0; i < lift->key_count; i++)
            if (strcmp(text, lift->key_texts[i]) == 0)
                return column_at(lift, expression, i);
    }
    return lift_children(lift, expression);
}
