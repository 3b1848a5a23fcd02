/* Calls of allow-listed functions in canonical form, so that spelling variants of one question are
 * one question. */
#include "sql/bind_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static bool add_nodes(void *state, const struct weir_expression *child) {
    *(size_t *)state += weir_bind_node_count(child);
    return true;
}

size_t weir_bind_node_count(bound expression) {
    size_t count = 1;
    weir_expression_children(expression, add_nodes, &count);
    return count;
}

static bool has_no_nullif(void *state, const struct weir_expression *child) {
    if (child->kind == WEIR_EXPRESSION_CALL && strcmp(child->as.call.function->name, "nullif") == 0)
        return false;
    return weir_expression_children(child, has_no_nullif, state);
}

/* The aggregates of a question have no columns of the input to print: order those by place. */
static bool is_over_input(void *state, const struct weir_expression *child) {
    if (child->kind == WEIR_EXPRESSION_COLUMN)
        return child->as.column < AGGREGATE_PLACE;
    return weir_expression_children(child, is_over_input, state);
}

bool weir_bind_has_aggregate(bound expression) {
    return !is_over_input(NULL, expression);
}

struct sortable {
    bound expression;
    const char *text;
};

static int by_text(const void *left, const void *right) {
    return strcmp(((const struct sortable *)left)->text, ((const struct sortable *)right)->text);
}

/* Sorts by canonical text and, where asked, drops equal ones. Leaves an order with aggregates in it
 * alone. */
static bool sort_canonically(struct binder *binder, bound *expressions, size_t *count,
                             bool distinct) {
    struct sortable *items = WEIR_NEW_ARRAY(binder->arena, *count, struct sortable);
    if (items == NULL)
        return false;
    for (size_t i = 0; i < *count; i++) {
        if (!is_over_input(NULL, expressions[i]))
            return true;
        items[i].expression = expressions[i];
        items[i].text = weir_expression_print(binder->arena, binder->scope, expressions[i]);
        if (items[i].text == NULL)
            return false;
    }
    qsort(items, *count, sizeof *items, by_text);
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++)
        if (!distinct || i == 0 || strcmp(items[i].text, items[i - 1].text) != 0)
            expressions[kept++] = items[i].expression;
    *count = kept;
    return true;
}

bound weir_bind_logic(struct binder *binder, bool is_or, bound *conditions, size_t count,
                      int location) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        bool nested =
            conditions[i]->kind == WEIR_EXPRESSION_LOGIC && conditions[i]->as.logic.is_or == is_or;
        total += nested ? conditions[i]->as.logic.count : 1;
    }
    bound *flat = WEIR_NEW_ARRAY(binder->arena, total, bound);
    struct weir_expression *logic =
        weir_bind_new(binder, WEIR_EXPRESSION_LOGIC, WEIR_TYPE_BOOLEAN, location);
    if (flat == NULL || logic == NULL)
        return NULL;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct weir_expression *condition = conditions[i];
        if (condition->kind == WEIR_EXPRESSION_LOGIC && condition->as.logic.is_or == is_or)
            for (size_t k = 0; k < condition->as.logic.count; k++)
                flat[at++] = condition->as.logic.conditions[k];
        else
            flat[at++] = condition;
    }
    if (!sort_canonically(binder, flat, &total, true))
        return NULL;
    if (total == 1)
        return flat[0];
    logic->as.logic.is_or = is_or;
    logic->as.logic.count = total;
    logic->as.logic.conditions = flat;
    return logic;
}

/* 5 < age becomes age > 5. */
static const char *mirrored(const char *name) {
    static const char *const pairs[][2] = {{"<", ">"}, {">", "<"}, {"<=", ">="}, {">=", "<="}};
    for (size_t i = 0; i < WEIR_COUNT(pairs); i++)
        if (strcmp(name, pairs[i][0]) == 0)
            return pairs[i][1];
    return NULL;
}

static bool commutes(const struct weir_function *function) {
    static const char *const names[] = {"=", "<>", "+", "*"};
    for (size_t i = 0; i < WEIR_COUNT(names); i++)
        if (strcmp(function->name, names[i]) == 0)
            return function->argument_count == 2 &&
                   function->signature[0] == function->signature[1];
    return false;
}

static bool order_arguments(struct binder *binder, const char **name, bound *arguments,
                            size_t count) {
    if (count != 2 || mirrored(*name) == NULL)
        return true;
    bool constant_left = arguments[0]->kind == WEIR_EXPRESSION_CONSTANT;
    bool constant_right = arguments[1]->kind == WEIR_EXPRESSION_CONSTANT;
    bool swap = constant_left && !constant_right;
    if (!constant_left && !constant_right && is_over_input(NULL, arguments[0]) &&
        is_over_input(NULL, arguments[1])) {
        const struct weir_column *scope = binder->scope;
        const char *left = weir_expression_print(binder->arena, scope, arguments[0]);
        const char *right = weir_expression_print(binder->arena, scope, arguments[1]);
        if (left == NULL || right == NULL)
            return false;
        swap = strcmp(left, right) > 0;
    }
    if (swap) {
        bound first = arguments[0];
        arguments[0] = arguments[1];
        arguments[1] = first;
        *name = mirrored(*name);
    }
    return true;
}

static bound no_signature(struct binder *binder, const char *name, bound *arguments, size_t count,
                          int location) {
    char types[200] = "";
    size_t len = 0;
    for (size_t i = 0; i < count && len + 32 < sizeof types; i++) {
        const char *type =
            arguments[i]->is_untyped ? "a literal" : weir_type_name(arguments[i]->type);
        memcpy(types + len, i == 0 ? "" : ", ", i == 0 ? 0 : 2);
        len += i == 0 ? 0 : 2;
        memcpy(types + len, type, strlen(type));
        len += strlen(type);
        types[len] = '\0';
    }
    if (!weir_function_is_known(name))
        return weir_bind_unknown_function(binder, name, location);
    return weir_bind_invalid(binder, location, "42883", "%s does not take (%s)", name, types);
}

bound weir_bind_call(struct binder *binder, const char *name, bound *arguments, size_t count,
                     int location) {
    struct weir_argument_type types[WEIR_FUNCTION_ARGUMENTS_MAX];
    struct weir_argument_type *wanted =
        count <= WEIR_COUNT(types)
            ? types
            : WEIR_NEW_ARRAY(binder->arena, count, struct weir_argument_type);
    bound *converted = WEIR_NEW_ARRAY(binder->arena, count, bound);
    if (wanted == NULL || converted == NULL ||
        !weir_bind_compare_numeric(binder, name, arguments, count) ||
        !order_arguments(binder, &name, arguments, count))
        return NULL;
    for (size_t i = 0; i < count; i++)
        wanted[i] = (struct weir_argument_type){!arguments[i]->is_untyped, arguments[i]->type};
    const struct weir_function *function = weir_function_find(name, wanted, count);
    if (function == NULL)
        return no_signature(binder, name, arguments, count, location);
    if (strcmp(name, "nullif") == 0 && !has_no_nullif(NULL, arguments[0]))
        return weir_bind_refuse(binder, location, "Write CASE WHEN ... THEN NULL ELSE ... END.",
                                "NULLIF within NULLIF is not available");
    for (size_t i = 0; i < count; i++) {
        converted[i] =
            weir_bind_coerce(binder, arguments[i], weir_function_argument(function, i), name);
        if (converted[i] == NULL)
            return NULL;
    }
    if (commutes(function) && !sort_canonically(binder, converted, &count, false))
        return NULL;
    size_t rest = count - 1; /* IN (...): the list is a set */
    if ((strcmp(name, "in") == 0 || strcmp(name, "not_in") == 0)) {
        if (!sort_canonically(binder, converted + 1, &rest, true))
            return NULL;
        count = rest + 1;
    }
    struct weir_expression *call =
        weir_bind_new(binder, WEIR_EXPRESSION_CALL, function->result, location);
    if (call == NULL)
        return NULL;
    call->as.call.function = function;
    call->as.call.count = count;
    call->as.call.arguments = converted;
    return call;
}
