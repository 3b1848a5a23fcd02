/* A SELECT, clause by clause, into relations. */
#include "sql/bind_private.h"
#include "sql/lift.h"
#include "sql/statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define KNOWN(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }

struct query {
    struct binder binder;
    const json_t *select;
    size_t target_count, sort_count, key_count;
    bound targets[TARGETS_MAX];
    const char *names[TARGETS_MAX];
    bound sorts[KEYS_MAX];
    struct weir_sort_key sort_keys[KEYS_MAX];
    bound keys[KEYS_MAX];
    bound having;
    bool is_grouped;
};

/* Every clause that a SELECT may not have, with what to write instead. */
static weir_status check_clauses(struct query *query) {
    static const struct {
        const char *field, *name, *hint;
    } refused[] = {
        {"withClause", "WITH", "Ask each part as a question of its own."},
        {"windowClause", "WINDOW", "Order the groups with ORDER BY, or compute shares afterwards."},
        {"valuesLists", "VALUES", "Ask SELECT ... FROM a table that \\dt lists."},
        {"intoClause", "SELECT INTO", "Answers leave through the client: use \\g or \\copy there."},
        {"lockingClause", "FOR UPDATE",
         "Nothing can be changed here, so there is nothing to lock."},
        {"larg", "UNION, INTERSECT or EXCEPT", "Ask each part as a question of its own."},
        {"groupDistinct", "GROUP BY DISTINCT", "Write GROUP BY and the columns."},
    };
    struct binder *binder = &query->binder;
    for (size_t i = 0; i < WEIR_COUNT(refused); i++)
        if (json_object_get(query->select, refused[i].field) != NULL) {
            weir_bind_refuse(binder, -1, refused[i].hint, "%s is not available", refused[i].name);
            return WEIR_FAILED;
        }
    bool known = weir_bind_fields(binder, query->select, "SELECT",
                                  KNOWN("targetList", "fromClause", "whereClause", "groupClause",
                                        "havingClause", "sortClause", "limitCount", "limitOffset",
                                        "limitOption", "op", "distinctClause"));
    const char *option = json_string_value(json_object_get(query->select, "limitOption"));
    if (known && option != NULL && strcmp(option, "LIMIT_OPTION_WITH_TIES") == 0)
        weir_bind_refuse(binder, -1, "Write LIMIT n.", "FETCH ... WITH TIES is not available");
    const char *set = json_string_value(json_object_get(query->select, "op"));
    if (known && set != NULL && strcmp(set, "SETOP_NONE") != 0)
        weir_bind_refuse(binder, -1, refused[5].hint, "%s is not available", refused[5].name);
    return weir_error_is_set(binder->error) ? WEIR_FAILED : WEIR_OK;
}

static weir_status bind_where(struct query *query) {
    struct binder *binder = &query->binder;
    const json_t *where = json_object_get(query->select, "whereClause");
    if (where == NULL)
        return WEIR_OK;
    bound condition = weir_bind_condition(binder, where, "WHERE");
    if (condition == NULL)
        return WEIR_FAILED;
    struct weir_relation *filter =
        weir_bind_relation(binder, WEIR_RELATION_FILTER, binder->from, binder->from->column_count);
    if (filter == NULL)
        return WEIR_FAILED;
    memcpy(filter->columns, binder->from->columns, filter->column_count * sizeof *filter->columns);
    filter->as.filter = condition;
    binder->from = filter;
    return WEIR_OK;
}

/* What PostgreSQL would call an unnamed column. */
static const char *usual_name(const json_t *value) {
    const json_t *fields = NULL;
    const char *kind = weir_tree_kind(value, &fields);
    const char *name = NULL, *schema;
    if (kind != NULL && strcmp(kind, "ColumnRef") == 0) {
        const json_t *parts = json_object_get(fields, "fields");
        name = weir_tree_string(json_array_get(parts, json_array_size(parts) - 1));
    } else if (kind != NULL && strcmp(kind, "FuncCall") == 0)
        weir_tree_names(json_object_get(fields, "funcname"), &schema, &name);
    else if (kind != NULL && strcmp(kind, "CaseExpr") == 0)
        name = "case";
    else if (kind != NULL && strcmp(kind, "CoalesceExpr") == 0)
        name = "coalesce";
    else if (kind != NULL && strcmp(kind, "TypeCast") == 0)
        return usual_name(json_object_get(fields, "arg"));
    return name == NULL ? "?column?" : name;
}

static bool is_star(const json_t *value) {
    const json_t *fields = NULL;
    const char *kind = weir_tree_kind(value, &fields);
    const json_t *parts = json_object_get(fields, "fields");
    return kind != NULL && strcmp(kind, "ColumnRef") == 0 && json_array_size(parts) == 1 &&
           json_object_get(json_array_get(parts, 0), "A_Star") != NULL;
}

static weir_status add_target(struct query *query, bound target, const char *name) {
    if (target == NULL)
        return WEIR_FAILED;
    if (query->target_count == TARGETS_MAX) {
        weir_bind_refuse(&query->binder, target->position, NULL,
                         "a question takes at most %d columns", TARGETS_MAX);
        return WEIR_FAILED;
    }
    query->names[query->target_count] = weir_arena_string(query->binder.arena, name);
    query->targets[query->target_count] = target;
    return query->names[query->target_count++] == NULL ? WEIR_FAILED : WEIR_OK;
}

static bool touches_persons(const struct weir_relation *relation) {
    for (size_t i = 0; i < relation->column_count; i++)
        if (relation->columns[i].table != NULL && !relation->columns[i].table->is_public)
            return true;
    return false;
}

static weir_status add_star(struct query *query, const json_t *fields) {
    struct binder *binder = &query->binder;
    int location = weir_tree_location(fields);
    if (touches_persons(binder->from)) {
        weir_bind_refuse(binder, location,
                         "Ask for aggregates, for instance SELECT column, count(*) ... GROUP BY "
                         "column.",
                         "rows of persons are never shown");
        return WEIR_FAILED;
    }
    if (binder->from->column_count == 0) {
        weir_bind_invalid(binder, location, "42601", "SELECT * needs a FROM");
        return WEIR_FAILED;
    }
    for (size_t i = 0; i < binder->from->column_count; i++) {
        struct weir_expression *column =
            weir_bind_new(binder, WEIR_EXPRESSION_COLUMN, binder->from->columns[i].type, location);
        if (column == NULL)
            return WEIR_FAILED;
        column->as.column = i;
        WEIR_TRY(add_target(query, column, binder->from->columns[i].name));
    }
    return WEIR_OK;
}

static weir_status bind_targets(struct query *query) {
    const json_t *list = json_object_get(query->select, "targetList");
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) {
        const json_t *target = json_object_get(item, "ResTarget");
        const json_t *value = json_object_get(target, "val");
        if (target == NULL ||
            !weir_bind_fields(&query->binder, target, "column", KNOWN("name", "val", "location")))
            return WEIR_FAILED;
        if (is_star(value)) {
            WEIR_TRY(add_star(query, json_object_get(value, "ColumnRef")));
            continue;
        }
        const char *name = json_string_value(json_object_get(target, "name"));
        bound bound_target =
            weir_bind_settle(&query->binder, weir_bind_expression(&query->binder, value));
        WEIR_TRY(add_target(query, bound_target, name != NULL ? name : usual_name(value)));
    }
    if (query->target_count > 0)
        return WEIR_OK;
    weir_bind_invalid(&query->binder, -1, "42601", "the question asks for no column");
    return WEIR_FAILED;
}

/* GROUP BY and ORDER BY may say the place or the name of an output column. */
static bound output_column(struct query *query, const json_t *node, bool *decided) {
    const json_t *constant = json_object_get(json_object_get(node, "A_Const"), "ival");
    *decided = true;
    if (constant != NULL) {
        json_int_t place = json_integer_value(json_object_get(constant, "ival"));
        if (place >= 1 && place <= (json_int_t)query->target_count)
            return query->targets[place - 1];
        return weir_bind_invalid(&query->binder,
                                 weir_tree_location(json_object_get(node, "A_Const")), "42P10",
                                 "there is no column %d in the question", (int)place);
    }
    const json_t *parts = json_object_get(json_object_get(node, "ColumnRef"), "fields");
    const char *name =
        json_array_size(parts) == 1 ? weir_tree_string(json_array_get(parts, 0)) : NULL;
    for (size_t i = 0; name != NULL && i < query->target_count; i++)
        if (strcmp(query->names[i], name) == 0)
            return query->targets[i];
    *decided = false;
    return NULL;
}

static bool is_input_column(const struct query *query, const json_t *node) {
    const json_t *parts = json_object_get(json_object_get(node, "ColumnRef"), "fields");
    const char *name =
        json_array_size(parts) == 1 ? weir_tree_string(json_array_get(parts, 0)) : NULL;
    for (size_t i = 0; name != NULL && i < query->binder.from->column_count; i++)
        if (strcmp(query->binder.from->columns[i].name, name) == 0)
            return true;
    return false;
}

static weir_status bind_group(struct query *query, const json_t *node) {
    struct binder *binder = &query->binder;
    bool decided = false;
    bound key = is_input_column(query, node) ? NULL : output_column(query, node, &decided);
    if (!decided) {
        binder->aggregates_allowed = false;
        binder->clause = "GROUP BY";
        key = weir_bind_settle(binder, weir_bind_expression(binder, node));
        binder->aggregates_allowed = true;
    }
    if (key == NULL)
        return WEIR_FAILED;
    if (weir_bind_has_aggregate(key)) { /* by its place or name in the output */
        weir_bind_invalid(binder, key->position, "42803", "GROUP BY cannot contain an aggregate");
        return WEIR_FAILED;
    }
    if (query->key_count == KEYS_MAX) {
        weir_bind_refuse(binder, key->position, NULL, "a question takes at most %d group keys",
                         KEYS_MAX);
        return WEIR_FAILED;
    }
    query->keys[query->key_count++] = key;
    return WEIR_OK;
}

static weir_status bind_groups(struct query *query) {
    const json_t *list = json_object_get(query->select, "groupClause");
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) WEIR_TRY(bind_group(query, item));
    const json_t *having = json_object_get(query->select, "havingClause");
    if (having != NULL) {
        query->having = weir_bind_condition(&query->binder, having, "HAVING");
        if (query->having == NULL)
            return WEIR_FAILED;
    }
    query->is_grouped =
        json_array_size(list) > 0 || having != NULL || query->binder.aggregate_count > 0;
    return WEIR_OK;
}

static weir_status bind_order(struct query *query) {
    struct binder *binder = &query->binder;
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(query->select, "sortClause"), index, item) {
        const json_t *sort = json_object_get(item, "SortBy"), *node = json_object_get(sort, "node");
        if (!weir_bind_fields(binder, sort, "ORDER BY",
                              KNOWN("node", "sortby_dir", "sortby_nulls", "location")))
            return WEIR_FAILED;
        if (query->sort_count == KEYS_MAX) {
            weir_bind_refuse(binder, -1, NULL, "ORDER BY takes at most %d keys", KEYS_MAX);
            return WEIR_FAILED;
        }
        bool decided;
        bound key = output_column(query, node, &decided);
        if (!decided)
            key = weir_bind_settle(binder, weir_bind_expression(binder, node));
        if (key == NULL)
            return WEIR_FAILED;
        const char *direction = json_string_value(json_object_get(sort, "sortby_dir"));
        const char *nulls = json_string_value(json_object_get(sort, "sortby_nulls"));
        bool descending = direction != NULL && strcmp(direction, "SORTBY_DESC") == 0;
        bool first = nulls != NULL && strcmp(nulls, "SORTBY_NULLS_FIRST") == 0;
        bool unsaid = nulls == NULL || strcmp(nulls, "SORTBY_NULLS_DEFAULT") == 0;
        query->sorts[query->sort_count] = key;
        query->sort_keys[query->sort_count++] =
            (struct weir_sort_key){0, descending, unsaid ? descending : first};
    }
    return WEIR_OK;
}

static weir_status bind_distinct(struct query *query) {
    const json_t *distinct = json_object_get(query->select, "distinctClause");
    if (distinct == NULL)
        return WEIR_OK;
    if (query->is_grouped || json_object_size(json_array_get(distinct, 0)) > 0 ||
        query->target_count > KEYS_MAX) {
        weir_bind_refuse(&query->binder, -1, "Write GROUP BY and the columns.",
                         "this form of SELECT DISTINCT is not available");
        return WEIR_FAILED;
    }
    for (size_t i = 0; i < query->target_count; i++)
        query->keys[query->key_count++] = query->targets[i];
    query->is_grouped = true;
    return WEIR_OK;
}

struct sortable {
    const char *text;
    size_t place;
};

static int by_text(const void *left, const void *right) {
    return strcmp(((const struct sortable *)left)->text, ((const struct sortable *)right)->text);
}

static weir_status order_keys(struct query *query, struct weir_relation *relation,
                              const char **texts, struct sortable *items) {
    struct binder *binder = &query->binder;
    size_t kept = 0;
    for (size_t i = 0; i < query->key_count; i++) {
        items[i].place = i;
        items[i].text = weir_expression_print(binder->arena, binder->from->columns, query->keys[i]);
        if (items[i].text == NULL)
            return WEIR_FAILED;
    }
    qsort(items, query->key_count, sizeof *items, by_text);
    for (size_t i = 0; i < query->key_count; i++) {
        if (i > 0 && strcmp(items[i].text, items[i - 1].text) == 0)
            continue;
        texts[kept] = items[i].text;
        relation->as.aggregate.keys[kept++] = query->keys[items[i].place];
    }
    relation->as.aggregate.key_count = kept;
    return WEIR_OK;
}

static weir_status order_aggregates(struct query *query, struct weir_relation *relation,
                                    size_t *order, struct sortable *items) {
    struct binder *binder = &query->binder;
    for (size_t i = 0; i < binder->aggregate_count; i++) {
        items[i].place = i;
        items[i].text =
            weir_aggregate_print(binder->arena, binder->from->columns, &binder->aggregates[i]);
        if (items[i].text == NULL)
            return WEIR_FAILED;
    }
    qsort(items, binder->aggregate_count, sizeof *items, by_text);
    for (size_t i = 0; i < binder->aggregate_count; i++) {
        relation->as.aggregate.aggregates[i] = binder->aggregates[items[i].place];
        order[items[i].place] = i;
    }
    relation->as.aggregate.aggregate_count = binder->aggregate_count;
    return WEIR_OK;
}

/* A key that is a plain column keeps its origin, so that its domain can be found. */
static void name_group_columns(struct weir_relation *relation) {
    size_t keys = relation->as.aggregate.key_count;
    size_t count = relation->as.aggregate.aggregate_count;
    for (size_t i = 0; i < keys; i++) {
        const struct weir_expression *key = relation->as.aggregate.keys[i];
        relation->columns[i] =
            (struct weir_column){.name = "key", .type = key->type, .nullable = true};
        if (key->kind == WEIR_EXPRESSION_COLUMN)
            relation->columns[i] = relation->input->columns[key->as.column];
    }
    for (size_t i = 0; i < count; i++) {
        relation->columns[keys + i] =
            (struct weir_column){.name = "aggregate",
                                 .type = relation->as.aggregate.aggregates[i].type,
                                 .nullable = true};
        relation->columns[keys + count + i] =
            (struct weir_column){.name = "error", .type = WEIR_TYPE_DOUBLE, .nullable = true};
    }
}

static bool lift_all(const struct lift *lift, bound *expressions, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((expressions[i] = weir_lift(lift, expressions[i])) == NULL)
            return false;
    return true;
}

/* Without ORDER BY groups come in the order of their keys, so that the order tells nothing of the
 * storage. */
static void order_by_keys(struct query *query) {
    for (size_t i = 0; query->sort_count == 0 && i < query->key_count; i++)
        query->sorts[i] = query->keys[i];
    if (query->sort_count == 0)
        query->sort_count = query->key_count;
}

static weir_status build_groups(struct query *query, struct weir_relation **top) {
    struct binder *binder = &query->binder;
    const char *texts[KEYS_MAX];
    size_t order[AGGREGATES_MAX];
    struct sortable items[AGGREGATES_MAX > KEYS_MAX ? AGGREGATES_MAX : KEYS_MAX];
    order_by_keys(query);
    struct weir_relation *group =
        weir_bind_relation(binder, WEIR_RELATION_AGGREGATE, binder->from,
                           query->key_count + 2 * binder->aggregate_count);
    if (group == NULL)
        return WEIR_FAILED;
    group->as.aggregate.keys = WEIR_NEW_ARRAY(binder->arena, query->key_count, bound);
    group->as.aggregate.aggregates =
        WEIR_NEW_ARRAY(binder->arena, binder->aggregate_count, struct weir_aggregate);
    if (group->as.aggregate.keys == NULL || group->as.aggregate.aggregates == NULL)
        return WEIR_FAILED;
    WEIR_TRY(order_keys(query, group, texts, items));
    WEIR_TRY(order_aggregates(query, group, order, items));
    group->column_count = group->as.aggregate.key_count + 2 * binder->aggregate_count;
    name_group_columns(group);
    struct lift lift = {binder, group->as.aggregate.key_count, texts, order};
    if (!lift_all(&lift, query->targets, query->target_count) ||
        !lift_all(&lift, query->sorts, query->sort_count) ||
        (query->having != NULL && !lift_all(&lift, &query->having, 1)))
        return WEIR_FAILED;
    *top = group;
    if (query->having == NULL)
        return WEIR_OK;
    struct weir_relation *filter =
        weir_bind_relation(binder, WEIR_RELATION_FILTER, group, group->column_count);
    if (filter == NULL)
        return WEIR_FAILED;
    memcpy(filter->columns, group->columns, group->column_count * sizeof *group->columns);
    filter->as.filter = query->having;
    *top = filter;
    return WEIR_OK;
}

static weir_status build_projection(struct query *query, struct weir_relation **top) {
    struct binder *binder = &query->binder;
    size_t total = query->target_count + query->sort_count;
    struct weir_relation *project = weir_bind_relation(binder, WEIR_RELATION_PROJECT, *top, total);
    if (project == NULL)
        return WEIR_FAILED;
    project->as.project = WEIR_NEW_ARRAY(binder->arena, total, bound);
    if (project->as.project == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < total; i++) {
        bool is_target = i < query->target_count;
        bound expression = is_target ? query->targets[i] : query->sorts[i - query->target_count];
        project->as.project[i] = expression;
        project->columns[i] = (struct weir_column){.name = is_target ? query->names[i] : "order",
                                                   .type = expression->type,
                                                   .nullable = true};
    }
    *top = project;
    return WEIR_OK;
}

static weir_status bind_limit(struct query *query, const char *field, int64_t *limit, bool *given) {
    const json_t *node = json_object_get(query->select, field);
    *limit = 0;
    *given = false;
    if (node == NULL)
        return WEIR_OK;
    bound value = weir_bind_coerce(&query->binder, weir_bind_expression(&query->binder, node),
                                   WEIR_TYPE_BIGINT, "LIMIT and OFFSET");
    if (value == NULL)
        return WEIR_FAILED;
    bool constant = value->kind == WEIR_EXPRESSION_CONSTANT;
    if (!constant || (!value->as.constant.is_null && value->as.constant.as.integer < 0)) {
        weir_bind_invalid(&query->binder, value->position, "2201W",
                          "LIMIT and OFFSET take a constant that is not negative");
        return WEIR_FAILED;
    }
    *given = !value->as.constant.is_null;
    *limit = *given ? value->as.constant.as.integer : 0;
    return WEIR_OK;
}

static weir_status build_order(struct query *query, struct weir_relation **top) {
    struct binder *binder = &query->binder;
    struct weir_relation *sort =
        weir_bind_relation(binder, WEIR_RELATION_SORT, *top, query->target_count);
    if (sort == NULL)
        return WEIR_FAILED;
    memcpy(sort->columns, (*top)->columns, query->target_count * sizeof *sort->columns);
    sort->as.sort.keys = WEIR_NEW_ARRAY(binder->arena, query->sort_count, struct weir_sort_key);
    if (sort->as.sort.keys == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < query->sort_count; i++) {
        sort->as.sort.keys[i] = query->sort_keys[i];
        sort->as.sort.keys[i].column = query->target_count + i;
    }
    sort->as.sort.key_count = query->sort_count;
    bool has_offset;
    WEIR_TRY(bind_limit(query, "limitCount", &sort->as.sort.limit, &sort->as.sort.has_limit));
    WEIR_TRY(bind_limit(query, "limitOffset", &sort->as.sort.offset, &has_offset));
    *top = sort;
    return WEIR_OK;
}

weir_status weir_sql_bind(struct weir_arena *arena, const struct weir_catalog *catalog,
                          const char *text, const json_t *select,
                          struct weir_bound_parameter *parameters, size_t parameter_count,
                          struct weir_question *question, struct weir_error *error) {
    struct query *query = WEIR_NEW(arena, struct query);
    if (query == NULL)
        return WEIR_FAILED;
    query->select = select;
    query->binder = (struct binder){.arena = arena,
                                    .catalog = catalog,
                                    .text = text,
                                    .parameters = parameters,
                                    .parameter_count = parameter_count,
                                    .error = error};
    WEIR_TRY(check_clauses(query));
    WEIR_TRY(weir_bind_from(&query->binder, json_object_get(select, "fromClause")));
    WEIR_TRY(bind_where(query));
    query->binder.aggregates_allowed = true;
    WEIR_TRY(bind_targets(query));
    WEIR_TRY(bind_groups(query));
    WEIR_TRY(bind_distinct(query));
    WEIR_TRY(bind_order(query));
    struct weir_relation *top = query->binder.from;
    query->is_grouped |= query->binder.aggregate_count > 0;
    if (query->is_grouped)
        WEIR_TRY(build_groups(query, &top));
    WEIR_TRY(build_projection(query, &top));
    WEIR_TRY(build_order(query, &top));
    *question = (struct weir_question){.root = top};
    return WEIR_OK;
}
