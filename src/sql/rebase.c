/* Moving expressions between scopes. */
#include "sql/bind_private.h"

#include "base/banned.h"

static bool rebase_list(struct binder *binder, bound *list, size_t count, size_t offset,
                        bound **moved) {
    *moved = WEIR_NEW_ARRAY(binder->arena, count, bound);
    for (size_t i = 0; *moved != NULL && i < count; i++)
        if (((*moved)[i] = weir_bind_rebase(binder, list[i], offset)) == NULL)
            return false;
    return *moved != NULL;
}

static bool rebase_cases(struct binder *binder, struct weir_expression *copy, size_t offset) {
    if (!rebase_list(binder, copy->as.cases.conditions, copy->as.cases.count, offset,
                     &copy->as.cases.conditions) ||
        !rebase_list(binder, copy->as.cases.results, copy->as.cases.count, offset,
                     &copy->as.cases.results))
        return false;
    if (copy->as.cases.otherwise == NULL)
        return true;
    copy->as.cases.otherwise = weir_bind_rebase(binder, copy->as.cases.otherwise, offset);
    return copy->as.cases.otherwise != NULL;
}

bound weir_bind_rebase(struct binder *binder, bound expression, size_t offset) {
    if (offset == 0)
        return expression;
    struct weir_expression *copy = WEIR_NEW(binder->arena, struct weir_expression);
    if (copy == NULL)
        return NULL;
    *copy = *expression;
    bool moved = true;
    switch (expression->kind) {
    case WEIR_EXPRESSION_COLUMN:
        moved = expression->as.column >= offset;
        copy->as.column -= moved ? offset : 0;
        break;
    case WEIR_EXPRESSION_CONSTANT:
        break;
    case WEIR_EXPRESSION_CALL:
        moved = rebase_list(binder, copy->as.call.arguments, copy->as.call.count, offset,
                            &copy->as.call.arguments);
        break;
    case WEIR_EXPRESSION_LOGIC:
        moved = rebase_list(binder, copy->as.logic.conditions, copy->as.logic.count, offset,
                            &copy->as.logic.conditions);
        break;
    case WEIR_EXPRESSION_CASE:
        moved = rebase_cases(binder, copy, offset);
        break;
    }
    return moved ? copy : NULL;
}

struct places {
    bool found;
    size_t least, greatest;
};

static bool find_places(void *state, const struct weir_expression *child) {
    struct places *places = state;
    if (child->kind != WEIR_EXPRESSION_COLUMN)
        return weir_expression_children(child, find_places, state);
    size_t place = child->as.column;
    if (!places->found || place < places->least)
        places->least = place;
    if (!places->found || place > places->greatest)
        places->greatest = place;
    places->found = true;
    return true;
}

bool weir_bind_places(bound expression, size_t *least, size_t *greatest) {
    struct places places = {0};
    find_places(&places, expression);
    *least = places.least;
    *greatest = places.greatest;
    return places.found;
}
