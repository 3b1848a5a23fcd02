/* WHERE: conditions, and EXISTS and IN (SELECT ...) as semi and anti joins. */
#include "sql/bind_private.h"

#include <string.h>

#include "base/banned.h"

#define KNOWN(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }

struct subquery {
    const json_t *fields; /* of the SubLink */
    bool negated;
};

struct subqueries {
    size_t count;
    struct subquery items[SCOPE_TABLES_MAX];
};

/* EXISTS (...), IN (...), NOT before either. */
static bool is_subquery(const json_t *node, struct subquery *subquery) {
    const json_t *fields = NULL;
    const char *kind = weir_tree_kind(node, &fields);
    *subquery = (struct subquery){0};
    if (kind != NULL && strcmp(kind, "BoolExpr") == 0 &&
        strcmp(json_string_value(json_object_get(fields, "boolop")), "NOT_EXPR") == 0) {
        subquery->negated = true;
        kind = weir_tree_kind(json_array_get(json_object_get(fields, "args"), 0), &fields);
    }
    subquery->fields = fields;
    return kind != NULL && strcmp(kind, "SubLink") == 0;
}

static weir_status split(struct binder *binder, const json_t *node, struct subqueries *subqueries) {
    const json_t *fields = NULL;
    const char *kind = weir_tree_kind(node, &fields);
    struct subquery subquery;
    size_t index;
    json_t *item;
    if (kind != NULL && strcmp(kind, "BoolExpr") == 0 &&
        strcmp(json_string_value(json_object_get(fields, "boolop")), "AND_EXPR") == 0) {
        json_array_foreach(json_object_get(fields, "args"), index, item)
            WEIR_TRY(split(binder, item, subqueries));
        return WEIR_OK;
    }
    if (!is_subquery(node, &subquery))
        return weir_bind_add_condition(binder, weir_bind_condition(binder, node, "WHERE"));
    if (subqueries->count == WEIR_COUNT(subqueries->items)) {
        weir_bind_refuse(binder, -1, NULL, "WHERE takes at most %zu subqueries",
                         WEIR_COUNT(subqueries->items));
        return WEIR_FAILED;
    }
    subqueries->items[subqueries->count++] = subquery;
    return WEIR_OK;
}

/* ---- one subquery ---- */

struct matching {
    struct binder *inner; /* its scope: the outer one, then right's columns */
    struct weir_relation *right;
    size_t count;
    bound conditions[CONDITIONS_MAX + 1]; /* over the inner scope */
};

/* Tables and conditions alone: what may refer to the outer question. */
static bool is_plain(const json_t *select) {
    static const char *const others[] = {"withClause",     "groupClause",  "havingClause",
                                         "distinctClause", "sortClause",   "windowClause",
                                         "limitCount",     "limitOffset",  "larg",
                                         "valuesLists",    "lockingClause"};
    for (size_t i = 0; i < WEIR_COUNT(others); i++)
        if (json_object_get(select, others[i]) != NULL)
            return false;
    return true;
}

/* Conditions that name the outer question match its rows; the rest filter the inner ones. */
static weir_status divide_conditions(struct matching *matching) {
    struct binder *inner = matching->inner;
    size_t kept = 0;
    for (size_t i = 0; i < inner->condition_count; i++) {
        size_t least, greatest;
        bool has_places = weir_bind_places(inner->conditions[i], &least, &greatest);
        if (has_places && least < inner->outer_columns)
            matching->conditions[matching->count++] = inner->conditions[i];
        else
            inner->conditions[kept++] = inner->conditions[i];
    }
    inner->condition_count = kept;
    matching->right = weir_bind_place_conditions(inner, inner->from, 0, inner->outer_columns);
    return matching->right == NULL ? WEIR_FAILED : WEIR_OK;
}

static weir_status apply_subqueries(struct binder *binder, const struct subqueries *subqueries);

/* FROM and WHERE of a plain subquery. */
static weir_status bind_plain(const json_t *select, struct matching *matching) {
    struct binder *inner = matching->inner;
    struct subqueries nested = {0};
    const json_t *where = json_object_get(select, "whereClause");
    WEIR_TRY(weir_bind_from(inner, json_object_get(select, "fromClause")));
    if (inner->from->kind == WEIR_RELATION_ONE_ROW) {
        weir_bind_refuse(inner, -1, NULL, "a subquery names a table in FROM");
        return WEIR_FAILED;
    }
    if (where != NULL)
        WEIR_TRY(split(inner, where, &nested));
    WEIR_TRY(divide_conditions(matching));
    inner->from = matching->right;
    WEIR_TRY(apply_subqueries(inner, &nested));
    matching->right = inner->from;
    return WEIR_OK;
}

/* x IN (SELECT y): x = y. NOT IN drops a row also where it is not known whether they are equal. */
static weir_status add_membership(struct matching *matching, bound sides[2], bool negated,
                                  int location) {
    struct binder *inner = matching->inner;
    bool may_be_null = weir_expression_may_be_null(inner->scope, sides[0]) ||
                       weir_expression_may_be_null(inner->scope, sides[1]);
    bound equal = weir_bind_call(inner, "=", sides, 2, location);
    if (equal != NULL && negated && may_be_null)
        equal = weir_bind_call(inner, "is_not_false", &equal, 1, location);
    if (equal == NULL)
        return WEIR_FAILED;
    matching->conditions[matching->count++] = equal;
    return WEIR_OK;
}

static bool is_star(const json_t *value) {
    const json_t *parts = json_object_get(json_object_get(value, "ColumnRef"), "fields");
    return json_object_get(json_array_get(parts, json_array_size(parts) - 1), "A_Star") != NULL;
}

/* What an EXISTS selects says nothing, unless it is an aggregate, which would make a row of none.
 */
static weir_status check_targets(const json_t *select, struct binder *inner) {
    size_t index;
    json_t *item;
    inner->clause = "EXISTS";
    json_array_foreach(json_object_get(select, "targetList"), index, item) {
        const json_t *value = json_object_get(json_object_get(item, "ResTarget"), "val");
        if (!is_star(value) && weir_bind_expression(inner, value) == NULL)
            return WEIR_FAILED;
    }
    return WEIR_OK;
}

static weir_status bind_exists(const json_t *select, struct matching *matching) {
    if (!is_plain(select)) {
        weir_bind_refuse(matching->inner, -1, "Write EXISTS (SELECT 1 FROM ... WHERE ...).",
                         "EXISTS takes FROM and WHERE alone");
        return WEIR_FAILED;
    }
    WEIR_TRY(bind_plain(select, matching));
    return check_targets(select, matching->inner);
}

static const json_t *only_target(const json_t *select) {
    const json_t *list = json_object_get(select, "targetList");
    const json_t *target = json_object_get(json_array_get(list, 0), "ResTarget");
    return json_array_size(list) == 1 ? json_object_get(target, "val") : NULL;
}

static weir_status bind_in(struct binder *binder, const struct subquery *subquery,
                           const json_t *select, struct matching *matching) {
    int location = weir_tree_location(subquery->fields);
    struct binder *inner = matching->inner;
    bound sides[2] = {weir_bind_expression(binder, json_object_get(subquery->fields, "testexpr")),
                      NULL};
    if (sides[0] == NULL)
        return WEIR_FAILED;
    if (is_plain(select) && only_target(select) != NULL) {
        WEIR_TRY(bind_plain(select, matching));
        sides[1] = weir_bind_settle(inner, weir_bind_expression(inner, only_target(select)));
    } else {
        struct binder *apart = weir_bind_inner(binder, false);
        matching->right = apart == NULL ? NULL : weir_bind_select(apart, select);
        if (matching->right == NULL)
            return WEIR_FAILED;
        if (matching->right->column_count - (matching->right->unit != WEIR_NO_UNIT) != 1) {
            weir_bind_invalid(inner, location, "42601", "IN takes a subquery of one column");
            return WEIR_FAILED;
        }
        WEIR_TRY(weir_bind_add_table(inner, NULL, NULL, matching->right, location));
        sides[1] = weir_bind_place(inner, inner->outer_columns, matching->right->columns[0].type,
                                   location);
    }
    return sides[1] == NULL ? WEIR_FAILED
                            : add_membership(matching, sides, subquery->negated, location);
}

static weir_status bind_subquery(struct binder *binder, const struct subquery *subquery,
                                 struct matching *matching) {
    const char *type = json_string_value(json_object_get(subquery->fields, "subLinkType"));
    const json_t *select =
        json_object_get(json_object_get(subquery->fields, "subselect"), "SelectStmt");
    bool is_any = type != NULL && strcmp(type, "ANY_SUBLINK") == 0;
    if (!weir_bind_fields(binder, subquery->fields, "subquery",
                          KNOWN("subLinkType", "testexpr", "operName", "subselect", "location")))
        return WEIR_FAILED;
    if (select != NULL && is_any && json_object_get(subquery->fields, "operName") == NULL)
        return bind_in(binder, subquery, select, matching);
    if (select != NULL && type != NULL && strcmp(type, "EXISTS_SUBLINK") == 0)
        return bind_exists(select, matching);
    weir_bind_refuse(binder, weir_tree_location(subquery->fields),
                     "Write EXISTS (SELECT ...) or value IN (SELECT ...).",
                     "this form of subquery is not available");
    return WEIR_FAILED;
}

/* ---- all of them ---- */

static struct weir_relation *make_join(struct binder *binder, const struct subquery *subquery,
                                       struct weir_relation *right) {
    struct weir_relation *left = binder->from;
    struct weir_relation *join =
        weir_bind_relation(binder, WEIR_RELATION_JOIN, left, left->column_count);
    struct weir_column *scope =
        WEIR_NEW_ARRAY(binder->arena, left->column_count + right->column_count, struct weir_column);
    if (join == NULL || scope == NULL)
        return NULL;
    memcpy(join->columns, left->columns, left->column_count * sizeof *scope);
    memcpy(scope, left->columns, left->column_count * sizeof *scope);
    memcpy(scope + left->column_count, right->columns, right->column_count * sizeof *scope);
    join->unit = left->unit;
    join->position = weir_tree_location(subquery->fields);
    join->as.join.kind = subquery->negated ? WEIR_JOIN_ANTI : WEIR_JOIN_SEMI;
    join->as.join.right = right;
    join->as.join.scope = scope;
    return join;
}

/* Over the left's columns, then the right's. */
static bound join_condition(struct binder *binder, struct matching *matching) {
    bound all = weir_bind_logic(matching->inner, false, matching->conditions, matching->count,
                                matching->conditions[0]->position);
    bound moved = all == NULL ? NULL : weir_bind_rebase(binder, all, binder->outer_columns);
    if (moved == NULL && all != NULL && !weir_error_is_set(binder->error))
        weir_bind_refuse(binder, all->position, "Name columns of the question just around it.",
                         "a subquery may refer to the question directly around it only");
    return moved;
}

static weir_status apply_subquery(struct binder *binder, const struct subquery *subquery) {
    struct matching *matching = WEIR_NEW(binder->arena, struct matching);
    if (matching == NULL || (matching->inner = weir_bind_inner(binder, true)) == NULL)
        return WEIR_FAILED;
    WEIR_TRY(bind_subquery(binder, subquery, matching));
    struct weir_relation *join = make_join(binder, subquery, matching->right);
    if (join == NULL)
        return WEIR_FAILED;
    if (matching->count > 0 && (join->as.join.condition = join_condition(binder, matching)) == NULL)
        return WEIR_FAILED;
    binder->from = join;
    return WEIR_OK;
}

static weir_status apply_subqueries(struct binder *binder, const struct subqueries *subqueries) {
    for (size_t i = 0; i < subqueries->count; i++)
        WEIR_TRY(apply_subquery(binder, &subqueries->items[i]));
    return WEIR_OK;
}

weir_status weir_bind_where(struct binder *binder, const json_t *node) {
    struct subqueries subqueries = {0};
    if (node != NULL)
        WEIR_TRY(split(binder, node, &subqueries));
    binder->from = weir_bind_place_conditions(binder, binder->from, 0, binder->outer_columns);
    return binder->from == NULL ? WEIR_FAILED : apply_subqueries(binder, &subqueries);
}
