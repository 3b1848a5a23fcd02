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
    struct binder *binder;
    const json_t *select;
    size_t target_count, sort_count, key_count;
    bound targets[TARGETS_MAX];
    const char *names[TARGETS_MAX];
    bound sorts[KEYS_MAX];
    struct weir_sort_key sort_keys[KEYS_MAX];
    bound keys[KEYS_MAX];
    bound having;
    bool is_grouped, is_root;
};

/* Every clause that a SELECT may not have, with what to write instead. */
static weir_status check_clauses(struct query *query) {
    static const struct {
        const char *field, *name, *hint;
    } refused[] = {
        {"windowClause", "WINDOW", "Order the groups with ORDER BY, or compute shares afterwards."},
        {"valuesLists", "VALUES", "Ask SELECT ... FROM a table that \\dt lists."},
        {"intoClause", "SELECT INTO", "Answers leave through the client: use \\g or \\copy there."},
        {"lockingClause", "FOR UPDATE",
         "Nothing can be changed here, so there is nothing to lock."},
        {"groupDistinct", "GROUP BY DISTINCT", "Write GROUP BY and the columns."},
    };
    struct binder *binder = query->binder;
    for (size_t i = 0; i < WEIR_COUNT(refused); i++)
        if (json_object_get(query->select, refused[i].field) != NULL) {
            weir_bind_refuse(binder, -1, refused[i].hint, "%s is not available", refused[i].name);
            return WEIR_FAILED;
        }
    bool known = weir_bind_fields(binder, query->select, "SELECT",
                                  KNOWN("targetList", "fromClause", "whereClause", "groupClause",
                                        "havingClause", "sortClause", "limitCount", "limitOffset",
                                        "limitOption", "op", "distinctClause", "withClause", "all",
                                        "larg", "rarg"));
    const char *option = json_string_value(json_object_get(query->select, "limitOption"));
    if (known && option != NULL && strcmp(option, "LIMIT_OPTION_WITH_TIES") == 0)
        weir_bind_refuse(binder, -1, "Write LIMIT n.", "FETCH ... WITH TIES is not available");
    return weir_error_is_set(binder->error) ? WEIR_FAILED : WEIR_OK;
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
        weir_bind_refuse(query->binder, target->position, NULL,
                         "a question takes at most %d columns", TARGETS_MAX);
        return WEIR_FAILED;
    }
    query->names[query->target_count] = weir_arena_string(query->binder->arena, name);
    query->targets[query->target_count] = target;
    return query->names[query->target_count++] == NULL ? WEIR_FAILED : WEIR_OK;
}

/* All columns with a name. */
static weir_status add_all(struct query *query, int location) {
    struct binder *binder = query->binder;
    for (size_t i = 0; i < binder->scope_count; i++) {
        const struct weir_column *column = &binder->scope[i];
        if (column->name != NULL && !column->is_merged)
            WEIR_TRY(add_target(query, weir_bind_place(binder, i, column->type, location),
                                column->name));
    }
    return WEIR_OK;
}

static weir_status add_star(struct query *query, const json_t *fields) {
    struct binder *binder = query->binder;
    int location = weir_tree_location(fields);
    if (query->is_root && binder->from->unit != WEIR_NO_UNIT) {
        weir_bind_refuse(binder, location,
                         "Ask for aggregates, for instance SELECT column, count(*) ... GROUP BY "
                         "column.",
                         "rows of persons are never shown");
        return WEIR_FAILED;
    }
    if (binder->scope_count == 0) {
        weir_bind_invalid(binder, location, "42601", "SELECT * needs a FROM");
        return WEIR_FAILED;
    }
    return add_all(query, location);
}

static weir_status bind_targets(struct query *query) {
    const json_t *list = json_object_get(query->select, "targetList");
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) {
        const json_t *target = json_object_get(item, "ResTarget");
        const json_t *value = json_object_get(target, "val");
        if (target == NULL ||
            !weir_bind_fields(query->binder, target, "column", KNOWN("name", "val", "location")))
            return WEIR_FAILED;
        if (is_star(value)) {
            WEIR_TRY(add_star(query, json_object_get(value, "ColumnRef")));
            continue;
        }
        const char *name = json_string_value(json_object_get(target, "name"));
        bound bound_target =
            weir_bind_settle(query->binder, weir_bind_expression(query->binder, value));
        WEIR_TRY(add_target(query, bound_target, name != NULL ? name : usual_name(value)));
    }
    if (query->target_count > 0)
        return WEIR_OK;
    weir_bind_invalid(query->binder, -1, "42601", "the question asks for no column");
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
        return weir_bind_invalid(query->binder,
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
    for (size_t i = 0; name != NULL && i < query->binder->scope_count; i++)
        if (query->binder->scope[i].name != NULL && strcmp(query->binder->scope[i].name, name) == 0)
            return true;
    return false;
}

static weir_status bind_group(struct query *query, const json_t *node) {
    struct binder *binder = query->binder;
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
        query->having = weir_bind_condition(query->binder, having, "HAVING");
        if (query->having == NULL)
            return WEIR_FAILED;
    }
    query->is_grouped =
        json_array_size(list) > 0 || having != NULL || query->binder->aggregate_count > 0;
    return WEIR_OK;
}

static weir_status bind_order(struct query *query) {
    struct binder *binder = query->binder;
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

static weir_status group_by_targets(struct query *query) {
    if (query->target_count > KEYS_MAX) {
        weir_bind_refuse(query->binder, -1, NULL, "DISTINCT takes at most %d columns", KEYS_MAX);
        return WEIR_FAILED;
    }
    for (size_t i = 0; i < query->target_count; i++)
        query->keys[query->key_count++] = query->targets[i];
    query->is_grouped = true;
    return WEIR_OK;
}

static weir_status bind_distinct(struct query *query) {
    const json_t *distinct = json_object_get(query->select, "distinctClause");
    if (distinct == NULL)
        return WEIR_OK;
    if (query->is_grouped || json_object_size(json_array_get(distinct, 0)) > 0) {
        weir_bind_refuse(query->binder, -1, "Write GROUP BY and the columns.",
                         "this form of SELECT DISTINCT is not available");
        return WEIR_FAILED;
    }
    return group_by_targets(query);
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
    struct binder *binder = query->binder;
    struct grouping grouping = {.key_count = query->key_count};
    if (binder->from->kind == WEIR_RELATION_WINDOW) {
        weir_bind_refuse(binder, -1,
                         "Compute it in a derived table: FROM (SELECT ..., rank() OVER (...)).",
                         "window functions and aggregates in one SELECT are not available");
        return WEIR_FAILED;
    }
    order_by_keys(query);
    memcpy(grouping.keys, query->keys, query->key_count * sizeof *query->keys);
    WEIR_TRY(weir_bind_group(binder, &grouping));
    struct lift lift = {binder, grouping.key_count, grouping.key_texts, grouping.aggregate_order};
    if (!lift_all(&lift, query->targets, query->target_count) ||
        !lift_all(&lift, query->sorts, query->sort_count) ||
        (query->having != NULL && !lift_all(&lift, &query->having, 1)))
        return WEIR_FAILED;
    *top = grouping.relation;
    if (query->having == NULL)
        return WEIR_OK;
    struct weir_relation *filter =
        weir_bind_relation(binder, WEIR_RELATION_FILTER, *top, (*top)->column_count);
    if (filter == NULL)
        return WEIR_FAILED;
    memcpy(filter->columns, (*top)->columns, filter->column_count * sizeof *filter->columns);
    filter->as.filter = query->having;
    filter->unit = (*top)->unit;
    *top = filter;
    return WEIR_OK;
}

/* Rows of persons carry their unit on, hidden; their order is nobody's to know. */
static weir_status build_projection(struct query *query, bool is_sorted,
                                    struct weir_relation **top) {
    struct binder *binder = query->binder;
    const struct weir_relation *input = *top;
    bool has_unit = input->unit != WEIR_NO_UNIT;
    size_t sorts = is_sorted ? query->sort_count : 0;
    size_t total = query->target_count + has_unit + sorts;
    struct weir_relation *project = weir_bind_relation(binder, WEIR_RELATION_PROJECT, *top, total);
    if (project == NULL)
        return WEIR_FAILED;
    project->ordinal = ++binder->counts->ordinals;
    project->as.project = WEIR_NEW_ARRAY(binder->arena, total, bound);
    if (project->as.project == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < total; i++) {
        bool is_target = i < query->target_count;
        bound expression;
        if (is_target)
            expression = query->targets[i];
        else if (has_unit && i == query->target_count)
            expression = weir_bind_place(binder, input->unit, WEIR_TYPE_BIGINT, -1);
        else
            expression = query->sorts[i - query->target_count - has_unit];
        const char *label = weir_arena_printf(binder->arena, "q%d.c%zu", project->ordinal, i);
        if (expression == NULL || label == NULL)
            return WEIR_FAILED;
        project->as.project[i] = expression;
        project->columns[i] =
            weir_column_of(input->columns, expression, is_target ? query->names[i] : NULL, label);
    }
    project->unit = has_unit ? query->target_count : WEIR_NO_UNIT;
    *top = project;
    return WEIR_OK;
}

static weir_status bind_limit(struct query *query, const char *field, int64_t *limit, bool *given) {
    const json_t *node = json_object_get(query->select, field);
    *limit = 0;
    *given = false;
    if (node == NULL)
        return WEIR_OK;
    bound value = weir_bind_coerce(query->binder, weir_bind_expression(query->binder, node),
                                   WEIR_TYPE_BIGINT, "LIMIT and OFFSET");
    if (value == NULL)
        return WEIR_FAILED;
    bool constant = value->kind == WEIR_EXPRESSION_CONSTANT;
    if (!constant || (!value->as.constant.is_null && value->as.constant.as.integer < 0)) {
        weir_bind_invalid(query->binder, value->position, "2201W",
                          "LIMIT and OFFSET take a constant that is not negative");
        return WEIR_FAILED;
    }
    *given = !value->as.constant.is_null;
    *limit = *given ? value->as.constant.as.integer : 0;
    return WEIR_OK;
}

/* A table within a question has no order, unless LIMIT cuts it. */
static weir_status build_order(struct query *query, struct weir_relation **top) {
    struct binder *binder = query->binder;
    int64_t limit, offset;
    bool has_limit, has_offset;
    WEIR_TRY(bind_limit(query, "limitCount", &limit, &has_limit));
    WEIR_TRY(bind_limit(query, "limitOffset", &offset, &has_offset));
    bool is_cut = has_limit || offset > 0, has_unit = (*top)->unit != WEIR_NO_UNIT;
    if (is_cut && has_unit) {
        weir_bind_refuse(binder, -1, "Cut the groups of the outer question instead.",
                         "LIMIT and OFFSET over rows of persons would pick single persons");
        return WEIR_FAILED;
    }
    bool is_sorted = !has_unit && (query->is_root || is_cut);
    WEIR_TRY(build_projection(query, is_sorted, top));
    if (!is_sorted)
        return WEIR_OK;
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
    sort->as.sort.has_limit = has_limit;
    sort->as.sort.limit = limit;
    sort->as.sort.offset = offset;
    *top = sort;
    return WEIR_OK;
}

/* ---- WITH ---- */

/* `outer`: those of the questions around this one, whose names may be used again. */
static weir_status add_common_table(struct binder *binder, const struct common_table *outer,
                                    const json_t *fields) {
    struct common_table *common = WEIR_NEW(binder->arena, struct common_table);
    if (common == NULL || !weir_bind_fields(binder, fields, "WITH",
                                            KNOWN("ctename", "ctequery", "ctematerialized",
                                                  "aliascolnames", "location")))
        return WEIR_FAILED;
    *common = (struct common_table){
        .next = binder->common_tables,
        .name = json_string_value(json_object_get(fields, "ctename")),
        .select = json_object_get(json_object_get(fields, "ctequery"), "SelectStmt"),
        .column_names = json_object_get(fields, "aliascolnames")};
    if (common->name == NULL || common->select == NULL) {
        weir_bind_refuse(binder, weir_tree_location(fields), NULL,
                         "WITH takes SELECT statements alone");
        return WEIR_FAILED;
    }
    for (const struct common_table *other = common->next; other != outer; other = other->next)
        if (strcmp(other->name, common->name) == 0) {
            weir_bind_invalid(binder, weir_tree_location(fields), "42712",
                              "the name \"%s\" is used for two tables", common->name);
            return WEIR_FAILED;
        }
    binder->common_tables = common;
    return WEIR_OK;
}

static weir_status add_common_tables(struct query *query) {
    const json_t *with = json_object_get(query->select, "withClause");
    const struct common_table *outer = query->binder->common_tables;
    size_t index;
    json_t *item;
    if (with == NULL)
        return WEIR_OK;
    if (json_is_true(json_object_get(with, "recursive"))) {
        weir_bind_refuse(query->binder, weir_tree_location(with), NULL,
                         "WITH RECURSIVE is not available");
        return WEIR_FAILED;
    }
    json_array_foreach(json_object_get(with, "ctes"), index, item)
        WEIR_TRY(add_common_table(query->binder, outer, json_object_get(item, "CommonTableExpr")));
    return WEIR_OK;
}

/* ---- the whole ---- */

struct binder *weir_bind_inner(struct binder *outer, bool is_correlated) {
    struct binder *inner = WEIR_NEW(outer->arena, struct binder);
    if (inner == NULL)
        return NULL;
    *inner = (struct binder){.arena = outer->arena,
                             .catalog = outer->catalog,
                             .text = outer->text,
                             .parameters = outer->parameters,
                             .parameter_count = outer->parameter_count,
                             .error = outer->error,
                             .counts = outer->counts,
                             .common_tables = outer->common_tables};
    inner->scope = WEIR_NEW_ARRAY(outer->arena, SCOPE_COLUMNS_MAX, struct weir_column);
    if (inner->scope == NULL || !is_correlated)
        return inner->scope == NULL ? NULL : inner;
    memcpy(inner->scope, outer->scope, outer->scope_count * sizeof *inner->scope);
    memcpy(inner->tables, outer->tables, outer->table_count * sizeof *inner->tables);
    inner->scope_count = inner->outer_columns = outer->scope_count;
    inner->table_count = inner->outer_tables = outer->table_count;
    return inner;
}

static weir_status bind_body(struct query *query) {
    struct binder *binder = query->binder;
    const char *set = json_string_value(json_object_get(query->select, "op"));
    if (set != NULL && strcmp(set, "SETOP_NONE") != 0) {
        binder->from = weir_bind_union(binder, query->select);
        if (binder->from == NULL || !weir_bind_add_table(binder, NULL, NULL, binder->from, -1).ok)
            return WEIR_FAILED;
        WEIR_TRY(add_all(query, -1));
        bool all = json_is_true(json_object_get(query->select, "all"));
        return all ? WEIR_OK : group_by_targets(query);
    }
    WEIR_TRY(weir_bind_from(binder, json_object_get(query->select, "fromClause")));
    WEIR_TRY(weir_bind_where(binder, json_object_get(query->select, "whereClause")));
    binder->aggregates_allowed = binder->windows_allowed = true;
    WEIR_TRY(bind_targets(query));
    binder->windows_allowed = false;
    WEIR_TRY(bind_groups(query));
    return bind_distinct(query);
}

static struct weir_relation *bind_select(struct binder *binder, const json_t *select,
                                         bool is_root) {
    struct query *query = WEIR_NEW(binder->arena, struct query);
    if (query == NULL)
        return NULL;
    query->binder = binder;
    query->select = select;
    query->is_root = is_root;
    if (++binder->counts->selects > QUESTION_SELECTS_MAX) {
        weir_bind_refuse(binder, -1, NULL, "a question takes at most %d SELECTs",
                         QUESTION_SELECTS_MAX);
        return NULL;
    }
    if (!check_clauses(query).ok || !add_common_tables(query).ok || !bind_body(query).ok ||
        !bind_order(query).ok)
        return NULL;
    struct weir_relation *top = binder->from;
    query->is_grouped |= binder->aggregate_count > 0;
    if ((query->is_grouped && !build_groups(query, &top).ok) || !build_order(query, &top).ok)
        return NULL;
    return top;
}

struct weir_relation *weir_bind_select(struct binder *binder, const json_t *select) {
    return bind_select(binder, select, false);
}

weir_status weir_sql_bind(struct weir_arena *arena, const struct weir_catalog *catalog,
                          const char *text, const json_t *select,
                          struct weir_bound_parameter *parameters, size_t parameter_count,
                          struct weir_question *question, struct weir_error *error) {
    struct question_counts *counts = WEIR_NEW(arena, struct question_counts);
    struct binder start = {.arena = arena,
                           .catalog = catalog,
                           .text = text,
                           .parameters = parameters,
                           .parameter_count = parameter_count,
                           .error = error,
                           .counts = counts};
    struct binder *binder = counts == NULL ? NULL : weir_bind_inner(&start, false);
    if (binder == NULL)
        return WEIR_FAILED;
    *question = (struct weir_question){.root = bind_select(binder, select, true)};
    return question->root == NULL ? WEIR_FAILED : WEIR_OK;
}
