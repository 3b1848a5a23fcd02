/* UNION ALL, and UNION before its duplicates are dropped: the rows of two SELECTs. */
#include "sql/bind_private.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

static struct weir_relation *bind_side(struct binder *binder, const json_t *select) {
    struct binder *inner = weir_bind_inner(binder, false);
    return inner == NULL ? NULL : weir_bind_select(inner, select);
}

static bool refuse(struct binder *binder, const char *hint, const char *message) {
    weir_bind_refuse(binder, -1, hint, "%s", message);
    return false;
}

static bool fit(struct binder *binder, const struct weir_relation *left,
                const struct weir_relation *right) {
    if ((left->unit == WEIR_NO_UNIT) != (right->unit == WEIR_NO_UNIT))
        return refuse(binder, "Ask each part as a question of its own.",
                      "UNION of rows of persons with rows that belong to nobody");
    if (left->column_count != right->column_count)
        return refuse(binder, NULL, "the parts of a UNION have different numbers of columns");
    for (size_t i = 0; i < left->column_count; i++) {
        if (left->columns[i].type != right->columns[i].type)
            return refuse(binder, "Cast both to one type.",
                          "the parts of a UNION have columns of different types");
        if (weir_column_identity(&left->columns[i]) != weir_column_identity(&right->columns[i]))
            return refuse(binder, NULL, "UNION of a person's key with something else");
    }
    return true;
}

/* What holds of the values of either side. */
static struct weir_column either(const struct weir_column *left, const struct weir_column *right) {
    struct weir_column column = *left;
    column.nullable |= right->nullable;
    column.scale = left->scale > right->scale ? left->scale : right->scale;
    column.range.low = fmin(left->range.low, right->range.low);
    column.range.high = fmax(left->range.high, right->range.high);
    if (left->source != right->source && weir_column_identity(left) == NULL) {
        column.table = NULL;
        column.source = NULL;
    }
    return column;
}

struct weir_relation *weir_bind_union(struct binder *binder, const json_t *select) {
    const char *operation = json_string_value(json_object_get(select, "op"));
    if (operation == NULL || strcmp(operation, "SETOP_UNION") != 0) {
        weir_bind_refuse(binder, -1, "Write EXISTS or NOT EXISTS in WHERE.",
                         "INTERSECT and EXCEPT are not available");
        return NULL;
    }
    struct weir_relation *left = bind_side(binder, json_object_get(select, "larg"));
    struct weir_relation *right =
        left == NULL ? NULL : bind_side(binder, json_object_get(select, "rarg"));
    if (right == NULL || !fit(binder, left, right))
        return NULL;
    struct weir_relation *both =
        weir_bind_relation(binder, WEIR_RELATION_UNION, left, left->column_count);
    if (both == NULL)
        return NULL;
    both->ordinal = ++binder->counts->ordinals;
    both->as.union_right = right;
    both->unit = left->unit;
    for (size_t i = 0; i < both->column_count; i++) {
        both->columns[i] = either(&left->columns[i], &right->columns[i]);
        both->columns[i].label = weir_arena_printf(binder->arena, "q%d.c%zu", both->ordinal, i);
        if (both->columns[i].label == NULL)
            return NULL;
    }
    return both;
}
