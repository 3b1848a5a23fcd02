/* SELECT: its clauses in the order in which names become known. */
#include "wire/introspect_translate.h"

#include <string.h>

#include "base/banned.h"

/* The text of each clause with its keyword; "" where there is none. */
struct clauses {
    const char *with, *from, *where, *group, *having, *order, *limit;
};

weir_status weir_translate_sort_flags(struct weir_translation *translation, const json_t *sort,
                                      bool *descending, bool *nulls_first) {
    WEIR_TRY(weir_tree_allow(translation, sort, "SortBy", "node sortby_dir sortby_nulls location"));
    const char *direction = weir_tree_text(sort, "sortby_dir");
    const char *nulls = weir_tree_text(sort, "sortby_nulls");
    if (direction == NULL || nulls == NULL || strcmp(direction, "SORTBY_USING") == 0)
        return weir_tree_refuse(translation, "ORDER BY USING");
    *descending = strcmp(direction, "SORTBY_DESC") == 0;
    *nulls_first = strcmp(nulls, "SORTBY_NULLS_DEFAULT") == 0
                       ? *descending
                       : strcmp(nulls, "SORTBY_NULLS_FIRST") == 0;
    return WEIR_OK;
}

weir_status weir_translate_sort(struct weir_translation *translation, const json_t *sort,
                                const char *by, struct weir_text *text) {
    bool descending = false, nulls_first = false;
    WEIR_TRY(weir_translate_sort_flags(translation, sort, &descending, &nulls_first));
    WEIR_TRY(weir_text_add(translation, text, text->len == 0 ? " ORDER BY " : ", "));
    WEIR_TRY(weir_text_add(translation, text, by));
    WEIR_TRY(weir_text_add(translation, text, descending ? " DESC NULLS " : " NULLS "));
    return weir_text_add(translation, text, nulls_first ? "FIRST" : "LAST");
}

static weir_status add_column(struct weir_translation *translation,
                              struct weir_selection *selection, const char *name, uint32_t type,
                              const char *sql, struct weir_text *list) {
    size_t place = selection->column_count++;
    selection->columns[place].name = name;
    selection->columns[place].type_oid = type;
    selection->names[place] =
        weir_arena_printf(translation->arena, "c%u", translation->next_alias++);
    if (selection->names[place] == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_text_list(translation, list, sql));
    WEIR_TRY(weir_text_add(translation, list, " AS "));
    return weir_text_add(translation, list, selection->names[place]);
}

static bool is_star(const json_t *target) {
    const json_t *reference = json_object_get(weir_tree_get(target, "val"), "ColumnRef");
    const json_t *fields = weir_tree_get(reference, "fields");
    size_t count = json_array_size(fields);
    return count > 0 && json_object_get(json_array_get(fields, count - 1), "A_Star") != NULL;
}

/* The sources are listed last first: recursion puts them in their order. */
static weir_status expand_star(struct weir_translation *translation, const struct weir_scope *scope,
                               const struct weir_source *source, const json_t *fields,
                               struct weir_selection *selection, struct weir_text *list) {
    if (source == scope->end)
        return WEIR_OK;
    WEIR_TRY(weir_tree_enter(translation));
    weir_status status = expand_star(translation, scope, source->next, fields, selection, list);
    weir_tree_leave(translation);
    WEIR_TRY(status);
    for (size_t i = 0; i < source->field_count; i++)
        if (weir_scope_is_starred(fields, source, &source->fields[i]))
            WEIR_TRY(add_column(translation, selection, source->fields[i].name,
                                source->fields[i].type, source->fields[i].sql, list));
    return WEIR_OK;
}

static weir_status add_target(struct weir_translation *translation, const struct weir_scope *scope,
                              const json_t *target, struct weir_selection *selection,
                              struct weir_text *list) {
    struct weir_expression value = {0};
    WEIR_TRY(weir_tree_allow(translation, target, "ResTarget", "name val location"));
    if (is_star(target)) {
        const json_t *fields =
            weir_tree_get(json_object_get(weir_tree_get(target, "val"), "ColumnRef"), "fields");
        size_t before = selection->column_count;
        WEIR_TRY(expand_star(translation, scope, scope->sources, fields, selection, list));
        return selection->column_count > before
                   ? WEIR_OK
                   : weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42P01",
                                     "there is no table in FROM for this *");
    }
    const char *name = weir_tree_text(target, "name");
    WEIR_TRY(weir_translate_expression(translation, scope, weir_tree_get(target, "val"), &value));
    if (name == NULL)
        name = value.name != NULL ? value.name : "?column?";
    return add_column(translation, selection, name, value.type, value.sql, list);
}

static weir_status add_targets(struct weir_translation *translation, const struct weir_scope *scope,
                               const json_t *targets, struct weir_selection *selection,
                               struct weir_text *list) {
    for (size_t i = 0; i < json_array_size(targets); i++)
        WEIR_TRY(add_target(translation, scope,
                            json_object_get(json_array_get(targets, i), "ResTarget"), selection,
                            list));
    return WEIR_OK;
}

static weir_status translate_targets(struct weir_translation *translation, struct weir_scope *scope,
                                     const json_t *targets, struct weir_selection *selection,
                                     const char **list, struct weir_sets *sets) {
    struct weir_text text = {0};
    size_t most = json_array_size(targets), stars = 0, fields = 0;
    for (size_t i = 0; i < json_array_size(targets); i++)
        stars += is_star(json_object_get(json_array_get(targets, i), "ResTarget"));
    for (const struct weir_source *source = scope->sources; source != NULL; source = source->next)
        fields += source->field_count;
    most += stars * fields;
    selection->columns = WEIR_NEW_ARRAY(translation->arena, most, struct weir_introspect_column);
    selection->names = WEIR_NEW_ARRAY(translation->arena, most, const char *);
    if (selection->columns == NULL || selection->names == NULL)
        return WEIR_FAILED;
    scope->sets = sets;
    weir_status status = add_targets(translation, scope, targets, selection, &text);
    scope->sets = NULL;
    *list = weir_text_of(&text);
    return status;
}

/* The column of the result that an ordinal or a plain name means; column_count when it is neither.
 */
static size_t find_output(const struct weir_selection *selection, const json_t *node) {
    const json_t *constant = json_object_get(json_object_get(node, "A_Const"), "ival");
    const json_t *fields = json_object_get(json_object_get(node, "ColumnRef"), "fields");
    if (constant != NULL) {
        json_int_t place = json_integer_value(json_object_get(constant, "ival"));
        return place >= 1 && (uint64_t)place <= selection->column_count ? (size_t)place - 1
                                                                        : selection->column_count;
    }
    const char *name =
        json_array_size(fields) == 1 ? weir_tree_string(json_array_get(fields, 0)) : NULL;
    size_t place = 0;
    while (place < selection->column_count &&
           (name == NULL || strcmp(selection->columns[place].name, name) != 0))
        place++;
    return place;
}

/* For ORDER BY the name of a result column comes first, for GROUP BY that of a table's column. */
static weir_status key(struct weir_translation *translation, const struct weir_scope *scope,
                       const struct weir_selection *selection, const json_t *node, bool is_group,
                       const char **sql) {
    struct weir_expression value = {0};
    const json_t *fields = json_object_get(json_object_get(node, "ColumnRef"), "fields");
    const char *name =
        json_array_size(fields) == 1 ? weir_tree_string(json_array_get(fields, 0)) : NULL;
    size_t place = find_output(selection, node);
    bool is_ordinal = json_object_get(json_object_get(node, "A_Const"), "ival") != NULL;
    if (is_ordinal && place == selection->column_count)
        return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42P10",
                               "a position of ORDER BY or GROUP BY is not in the select list");
    bool is_input = is_group && name != NULL && scope != NULL && weir_scope_has(scope, name);
    if (place < selection->column_count && !is_input) {
        *sql = selection->names[place];
        return WEIR_OK;
    }
    if (scope == NULL)
        return weir_tree_refuse(translation, "ORDER BY such an expression after a set operation");
    WEIR_TRY(weir_translate_expression(translation, scope, node, &value));
    *sql = value.sql;
    return WEIR_OK;
}

static weir_status order(struct weir_translation *translation, const struct weir_scope *scope,
                         const struct weir_selection *selection, const json_t *sorts,
                         const char **sql) {
    struct weir_text text = {0};
    for (size_t i = 0; i < json_array_size(sorts); i++) {
        const json_t *sort = json_object_get(json_array_get(sorts, i), "SortBy");
        const char *by = NULL;
        WEIR_TRY(key(translation, scope, selection, weir_tree_get(sort, "node"), false, &by));
        WEIR_TRY(weir_translate_sort(translation, sort, by, &text));
    }
    *sql = weir_text_of(&text);
    return WEIR_OK;
}

static weir_status group(struct weir_translation *translation, const struct weir_scope *scope,
                         const struct weir_selection *selection, const json_t *keys,
                         const char **sql) {
    struct weir_text text = {0};
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const char *by = NULL;
        WEIR_TRY(key(translation, scope, selection, json_array_get(keys, i), true, &by));
        WEIR_TRY(weir_text_add(translation, &text, i == 0 ? " GROUP BY " : ", "));
        WEIR_TRY(weir_text_add(translation, &text, by));
    }
    *sql = weir_text_of(&text);
    return WEIR_OK;
}

/* A count of rows; a null means the one given. */
static weir_status row_count(struct weir_translation *translation, const json_t *node,
                             const char *without, const char **sql) {
    static const struct weir_scope nothing;
    struct weir_expression value = {.sql = "NULL", .type = WEIR_PG_INT8};
    if (node != NULL)
        WEIR_TRY(weir_translate_expression(translation, &nothing, node, &value));
    WEIR_TRY(weir_introspect_adapt(translation, &value, WEIR_PG_INT8));
    if (weir_shadow_class_of(value.type) != WEIR_CLASS_INTEGER)
        return weir_tree_refuse(translation, "a LIMIT or OFFSET that is no integer");
    *sql = weir_arena_printf(translation->arena, "coalesce(%s, %s)", value.sql, without);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status limit(struct weir_translation *translation, const json_t *select,
                         const char **sql) {
    const json_t *count = weir_tree_get(select, "limitCount");
    const json_t *offset = weir_tree_get(select, "limitOffset");
    const char *option = weir_tree_text(select, "limitOption"), *rows = NULL, *skipped = NULL;
    *sql = "";
    if (option != NULL && strcmp(option, "LIMIT_OPTION_WITH_TIES") == 0)
        return weir_tree_refuse(translation, "WITH TIES");
    if (count == NULL && offset == NULL)
        return WEIR_OK;
    WEIR_TRY(row_count(translation, count, "-1", &rows));
    WEIR_TRY(row_count(translation, offset, "0", &skipped));
    *sql = weir_arena_printf(translation->arena, " LIMIT %s OFFSET %s", rows, skipped);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status condition(struct weir_translation *translation, const struct weir_scope *scope,
                             const char *keyword, const json_t *node, const char **sql) {
    const char *text = NULL;
    *sql = "";
    if (node == NULL)
        return WEIR_OK;
    WEIR_TRY(weir_translate_boolean(translation, scope, node, &text));
    *sql = weir_arena_printf(translation->arena, " %s %s", keyword, text);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status distinct(struct weir_translation *translation, const json_t *select,
                            const char **sql) {
    const json_t *clause = weir_tree_get(select, "distinctClause");
    *sql = clause != NULL ? "DISTINCT " : "";
    for (size_t i = 0; i < json_array_size(clause); i++)
        if (json_object_size(json_array_get(clause, i)) > 0)
            return weir_tree_refuse(translation, "DISTINCT ON");
    return WEIR_OK;
}

static const char *add_sets(struct weir_translation *translation, const char *from,
                            const struct weir_sets *sets) {
    if (sets->first == NULL)
        return from;
    return weir_arena_printf(translation->arena, "%s%s%s", from, *from == '\0' ? "" : ", ",
                             sets->joins);
}

static weir_status plain(struct weir_translation *translation, struct weir_scope *scope,
                         const json_t *select, struct clauses *clauses,
                         struct weir_selection *selection) {
    struct weir_sets sets = {.joins = ""};
    const char *list = NULL, *unique = NULL;
    WEIR_TRY(weir_tree_allow(translation, select, "SelectStmt",
                             "distinctClause targetList fromClause whereClause groupClause "
                             "havingClause sortClause limitOffset limitCount limitOption op "
                             "withClause"));
    WEIR_TRY(weir_translate_from(translation, scope, weir_tree_get(select, "fromClause"),
                                 &clauses->from));
    WEIR_TRY(condition(translation, scope, "WHERE", weir_tree_get(select, "whereClause"),
                       &clauses->where));
    WEIR_TRY(translate_targets(translation, scope, weir_tree_get(select, "targetList"), selection,
                               &list, &sets));
    WEIR_TRY(distinct(translation, select, &unique));
    WEIR_TRY(group(translation, scope, selection, weir_tree_get(select, "groupClause"),
                   &clauses->group));
    WEIR_TRY(condition(translation, scope, "HAVING", weir_tree_get(select, "havingClause"),
                       &clauses->having));
    WEIR_TRY(
        order(translation, scope, selection, weir_tree_get(select, "sortClause"), &clauses->order));
    WEIR_TRY(limit(translation, select, &clauses->limit));
    const char *from = add_sets(translation, clauses->from, &sets);
    if (from == NULL)
        return WEIR_FAILED;
    selection->sql = weir_arena_printf(
        translation->arena, "%sSELECT %s%s%s%s%s%s%s%s%s", clauses->with, unique,
        selection->column_count == 0 ? "1" : list, *from == '\0' ? "" : " FROM ", from,
        clauses->where, clauses->group, clauses->having, clauses->order, clauses->limit);
    return selection->sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status values_row(struct weir_translation *translation, const struct weir_scope *scope,
                              const json_t *items, struct weir_selection *selection,
                              struct weir_text *sql) {
    for (size_t i = 0; i < json_array_size(items); i++) {
        struct weir_expression value = {0};
        uint32_t *type = &selection->columns[i].type_oid;
        WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(items, i), &value));
        WEIR_TRY(weir_introspect_adapt(translation, &value, *type));
        *type = *type == WEIR_PG_UNKNOWN ? value.type : *type;
        WEIR_TRY(weir_text_add(translation, sql, i == 0 ? "(" : ", "));
        WEIR_TRY(weir_text_add(translation, sql, value.sql));
    }
    return weir_text_add(translation, sql, ")");
}

/* VALUES (...), (...): SQLite calls the columns column1, column2, as PostgreSQL does. */
static weir_status values(struct weir_translation *translation, const struct weir_scope *scope,
                          const json_t *select, struct clauses *clauses,
                          struct weir_selection *selection) {
    WEIR_TRY(
        weir_tree_allow(translation, select, "VALUES",
                        "valuesLists sortClause limitOffset limitCount limitOption op withClause"));
    const json_t *rows = weir_tree_get(select, "valuesLists");
    const json_t *first =
        json_object_get(json_object_get(json_array_get(rows, 0), "List"), "items");
    size_t count = json_array_size(first);
    selection->columns = WEIR_NEW_ARRAY(translation->arena, count, struct weir_introspect_column);
    selection->names = WEIR_NEW_ARRAY(translation->arena, count, const char *);
    if (selection->columns == NULL || selection->names == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < count; i++) {
        selection->names[i] = weir_arena_printf(translation->arena, "column%zu", i + 1);
        selection->columns[i] = (struct weir_introspect_column){.name = selection->names[i],
                                                                .type_oid = WEIR_PG_UNKNOWN};
    }
    selection->column_count = count;
    struct weir_text sql = {0};
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *items =
            json_object_get(json_object_get(json_array_get(rows, i), "List"), "items");
        if (json_array_size(items) != count || count == 0)
            return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42601",
                                   "VALUES lists must all be the same length");
        WEIR_TRY(weir_text_add(translation, &sql, i == 0 ? "" : ", "));
        WEIR_TRY(values_row(translation, scope, items, selection, &sql));
    }
    WEIR_TRY(
        order(translation, NULL, selection, weir_tree_get(select, "sortClause"), &clauses->order));
    WEIR_TRY(limit(translation, select, &clauses->limit));
    selection->sql =
        weir_arena_printf(translation->arena, "%sSELECT * FROM (VALUES %s)%s%s", clauses->with,
                          weir_text_of(&sql), clauses->order, clauses->limit);
    return selection->sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static const char *set_operator(const json_t *select) {
    const char *kind = weir_tree_text(select, "op");
    bool all = weir_tree_flag(select, "all");
    if (kind == NULL || (all && strcmp(kind, "SETOP_UNION") != 0))
        return NULL;
    return strcmp(kind, "SETOP_UNION") == 0       ? (all ? "UNION ALL" : "UNION")
           : strcmp(kind, "SETOP_INTERSECT") == 0 ? "INTERSECT"
           : strcmp(kind, "SETOP_EXCEPT") == 0    ? "EXCEPT"
                                                  : NULL;
}

static weir_status combine(struct weir_translation *translation, const struct weir_scope *scope,
                           const json_t *select, struct clauses *clauses,
                           struct weir_selection *selection) {
    struct weir_selection right = {0};
    WEIR_TRY(weir_tree_allow(
        translation, select, "SelectStmt",
        "op all larg rarg sortClause limitOffset limitCount limitOption withClause"));
    const char *written = set_operator(select);
    if (written == NULL)
        return weir_tree_refuse(translation, "this set operation");
    struct weir_scope sides = {.outer = scope->outer, .commons = scope->commons};
    WEIR_TRY(weir_translate_select(translation, &sides, weir_tree_get(select, "larg"), selection));
    WEIR_TRY(weir_translate_select(translation, &sides, weir_tree_get(select, "rarg"), &right));
    if (selection->column_count != right.column_count)
        return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42601",
                               "each part of a set operation must have the same number of columns");
    for (size_t i = 0; i < right.column_count; i++)
        if (selection->columns[i].type_oid == WEIR_PG_UNKNOWN)
            selection->columns[i].type_oid = right.columns[i].type_oid;
    WEIR_TRY(
        order(translation, NULL, selection, weir_tree_get(select, "sortClause"), &clauses->order));
    WEIR_TRY(limit(translation, select, &clauses->limit));
    selection->sql = weir_arena_printf(
        translation->arena, "%sSELECT * FROM (%s) %s SELECT * FROM (%s)%s%s", clauses->with,
        selection->sql, written, right.sql, clauses->order, clauses->limit);
    return selection->sql != NULL ? WEIR_OK : WEIR_FAILED;
}

/* Makes what a WITH query is called known to those after it. */
static weir_status name_common(struct weir_translation *translation, struct weir_scope *scope,
                               const json_t *body, const struct weir_selection *selection,
                               struct weir_common **common) {
    const json_t *names = weir_tree_get(body, "aliascolnames");
    *common = WEIR_NEW(translation->arena, struct weir_common);
    if (*common == NULL)
        return WEIR_FAILED;
    if (json_array_size(names) > selection->column_count)
        return weir_tree_refuse(translation, "more column names than columns");
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = weir_tree_string(json_array_get(names, i));
        selection->columns[i].name = name != NULL ? name : "";
    }
    **common = (struct weir_common){
        .next = scope->commons,
        .name = weir_tree_text(body, "ctename"),
        .alias = weir_arena_printf(translation->arena, "w%u", translation->next_alias++),
        .column_count = selection->column_count,
        .columns = selection->columns,
        .names = selection->names};
    scope->commons = *common;
    return (*common)->alias != NULL && (*common)->name != NULL ? WEIR_OK : WEIR_FAILED;
}

/* a UNION b, where b may name the WITH query itself: SQLite wants that b bare. */
static weir_status recursive_common(struct weir_translation *translation, struct weir_scope *scope,
                                    const json_t *body, const json_t *select,
                                    struct weir_common **common, const char **sql) {
    struct weir_scope outer = {.outer = scope->outer, .commons = scope->commons};
    struct weir_selection first = {0}, second = {0};
    const char *written = set_operator(select);
    WEIR_TRY(
        weir_tree_allow(translation, select, "WITH RECURSIVE", "op all larg rarg limitOption"));
    WEIR_TRY(weir_translate_select(translation, &outer, weir_tree_get(select, "larg"), &first));
    WEIR_TRY(name_common(translation, scope, body, &first, common));
    outer.commons = scope->commons;
    WEIR_TRY(weir_translate_select(translation, &outer, weir_tree_get(select, "rarg"), &second));
    if (first.column_count != second.column_count || first.column_count == 0)
        return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42601",
                               "each part of a set operation must have the same number of columns");
    *sql = weir_arena_printf(translation->arena, "SELECT * FROM (%s) %s %s", first.sql, written,
                             second.sql);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status plain_common(struct weir_translation *translation, struct weir_scope *scope,
                                const json_t *body, const json_t *select,
                                struct weir_common **common, const char **sql) {
    struct weir_scope outer = {.outer = scope->outer, .commons = scope->commons};
    struct weir_selection selection = {0};
    WEIR_TRY(weir_translate_select(translation, &outer, select, &selection));
    *sql = selection.sql;
    return name_common(translation, scope, body, &selection, common);
}

static weir_status add_common(struct weir_translation *translation, struct weir_scope *scope,
                              const json_t *node, bool is_recursive, const char **sql) {
    const json_t *body = json_object_get(node, "CommonTableExpr");
    WEIR_TRY(weir_tree_allow(translation, body, "CommonTableExpr",
                             "ctename aliascolnames ctematerialized ctequery location"));
    const json_t *select = json_object_get(weir_tree_get(body, "ctequery"), "SelectStmt");
    struct weir_common *common = NULL;
    const char *query = NULL, *operation = select != NULL ? set_operator(select) : NULL;
    if (select == NULL)
        return weir_tree_refuse(translation, "such a WITH query");
    if (is_recursive && operation != NULL && strncmp(operation, "UNION", 5) == 0)
        WEIR_TRY(recursive_common(translation, scope, body, select, &common, &query));
    else
        WEIR_TRY(plain_common(translation, scope, body, select, &common, &query));
    struct weir_text columns = {0};
    for (size_t i = 0; i < common->column_count; i++)
        WEIR_TRY(weir_text_list(translation, &columns, common->names[i]));
    *sql = weir_arena_printf(translation->arena, "%s%s%s%s%s%s AS (%s)", *sql,
                             **sql == '\0' ? "WITH RECURSIVE " : ", ", common->alias,
                             columns.len == 0 ? "" : "(", weir_text_of(&columns),
                             columns.len == 0 ? "" : ")", query);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status with(struct weir_translation *translation, struct weir_scope *scope,
                        const json_t *clause, const char **sql) {
    *sql = "";
    if (clause == NULL)
        return WEIR_OK;
    WEIR_TRY(weir_tree_allow(translation, clause, "WITH", "ctes recursive location"));
    const json_t *queries = weir_tree_get(clause, "ctes");
    for (size_t i = 0; i < json_array_size(queries); i++)
        WEIR_TRY(add_common(translation, scope, json_array_get(queries, i),
                            weir_tree_flag(clause, "recursive"), sql));
    *sql = weir_arena_printf(translation->arena, "%s ", *sql);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status any_select(struct weir_translation *translation, const struct weir_scope *outer,
                              const json_t *select, struct weir_selection *selection) {
    struct weir_scope scope = {.outer = outer, .commons = outer != NULL ? outer->commons : NULL};
    struct clauses clauses = {"", "", "", "", "", "", ""};
    const char *operation = weir_tree_text(select, "op");
    WEIR_TRY(with(translation, &scope, weir_tree_get(select, "withClause"), &clauses.with));
    if (weir_tree_get(select, "valuesLists") != NULL)
        return values(translation, &scope, select, &clauses, selection);
    if (operation != NULL && strcmp(operation, "SETOP_NONE") == 0)
        return plain(translation, &scope, select, &clauses, selection);
    return combine(translation, &scope, select, &clauses, selection);
}

weir_status weir_translate_select(struct weir_translation *translation,
                                  const struct weir_scope *outer, const json_t *select,
                                  struct weir_selection *selection) {
    WEIR_TRY(weir_tree_enter(translation));
    weir_status status = any_select(translation, outer, select, selection);
    weir_tree_leave(translation);
    return status;
}

weir_status weir_introspect_translate(const struct weir_shadow *shadow, struct weir_arena *arena,
                                      const json_t *select, size_t parameter_count,
                                      struct weir_selection *selection, struct weir_error *error) {
    struct weir_translation translation = {
        .shadow = shadow, .arena = arena, .error = error, .parameter_count = parameter_count};
    *selection = (struct weir_selection){0};
    WEIR_TRY(weir_translate_select(&translation, NULL, select, selection));
    for (size_t i = 0; i < selection->column_count; i++)
        if (selection->columns[i].type_oid == WEIR_PG_UNKNOWN)
            selection->columns[i].type_oid = WEIR_PG_TEXT;
    return WEIR_OK;
}
