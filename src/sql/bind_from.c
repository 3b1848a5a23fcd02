/* FROM: tables, derived tables, and their joins. */
#include "sql/bind_private.h"

#include <string.h>

#include "base/banned.h"

#define KNOWN(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }

static struct weir_relation *bind_item(struct binder *binder, const json_t *node);

struct weir_relation *weir_bind_relation(struct binder *binder, enum weir_relation_kind kind,
                                         struct weir_relation *input, size_t column_count) {
    struct weir_relation *relation = WEIR_NEW(binder->arena, struct weir_relation);
    if (relation == NULL)
        return NULL;
    relation->kind = kind;
    relation->input = input;
    relation->unit = WEIR_NO_UNIT;
    relation->column_count = column_count;
    relation->columns = WEIR_NEW_ARRAY(binder->arena, column_count, struct weir_column);
    return relation->columns == NULL ? NULL : relation;
}

/* ---- tables ---- */

/* "schema.table", the second time "schema.table#2". */
static const char *scan_label(struct binder *binder, const struct weir_policy_table *table,
                              int location) {
    struct question_counts *counts = binder->counts;
    size_t before = 0;
    for (size_t i = 0; i < counts->scan_count; i++)
        before += counts->scans[i] == table;
    if (counts->scan_count == WEIR_COUNT(counts->scans)) {
        weir_bind_refuse(binder, location, NULL, "a question takes at most %zu tables",
                         WEIR_COUNT(counts->scans));
        return NULL;
    }
    counts->scans[counts->scan_count++] = table;
    return before == 0 ? weir_arena_printf(binder->arena, "%s.%s", table->schema, table->name)
                       : weir_arena_printf(binder->arena, "%s.%s#%zu", table->schema, table->name,
                                           before + 1);
}

/* A row whose path leads nowhere is in no version's rows, so what leads to a person is never NULL.
 */
static struct weir_column table_column(const struct weir_policy_table *table,
                                       const struct weir_policy_column *column, const char *label) {
    struct weir_range range = {-__builtin_inf(), __builtin_inf()};
    if (column->has_range)
        range = (struct weir_range){weir_value_number(&column->range_low),
                                    weir_value_number(&column->range_high)};
    else if (column->value_count > 0 && column->type != WEIR_TYPE_TEXT) /* sorted */
        range = (struct weir_range){weir_value_number(&column->values[0]),
                                    weir_value_number(&column->values[column->value_count - 1])};
    bool is_present = column->not_null || column->role == WEIR_COLUMN_UNIT_VIA;
    return (struct weir_column){.name = column->name,
                                .label = label,
                                .type = column->type,
                                .table = table,
                                .source = column,
                                .nullable = !is_present || column->type == WEIR_TYPE_DOUBLE,
                                .scale = column->scale,
                                .range = range};
}

static struct weir_relation *bind_scan(struct binder *binder,
                                       const struct weir_catalog_table *table, int location) {
    bool is_public = table->table->is_public;
    struct weir_relation *scan =
        weir_bind_relation(binder, WEIR_RELATION_SCAN, NULL, table->column_count + !is_public);
    const char *label = scan_label(binder, table->table, location);
    if (scan == NULL || label == NULL)
        return NULL;
    scan->position = location;
    scan->as.scan.table = table;
    scan->as.scan.label = label;
    for (size_t i = 0; i < table->column_count; i++) {
        const char *name =
            weir_arena_printf(binder->arena, "%s.%s", label, table->columns[i]->name);
        if (name == NULL)
            return NULL;
        scan->columns[i] = table_column(table->table, table->columns[i], name);
    }
    if (is_public)
        return scan;
    scan->unit = table->column_count;
    scan->columns[scan->unit] = (struct weir_column){
        .label = weir_arena_printf(binder->arena, "%s's %s", label, table->table->dataset->unit),
        .type = WEIR_TYPE_BIGINT,
        .table = table->table};
    return scan->columns[scan->unit].label == NULL ? NULL : scan;
}

static const struct common_table *find_common(const struct binder *binder, const char *name) {
    const struct common_table *common = binder->common_tables;
    while (common != NULL && strcmp(common->name, name) != 0)
        common = common->next;
    return common;
}

/* ---- derived tables ---- */

/* AS t (a, b): new names for the first columns. */
static bool rename_columns(struct binder *binder, struct weir_relation *relation,
                           const json_t *names, int location) {
    size_t count = json_array_size(names), named = 0;
    for (size_t i = 0; i < relation->column_count; i++)
        named += relation->columns[i].name != NULL;
    if (count > named) {
        weir_bind_invalid(binder, location, "42P10", "more names than the table has columns");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        relation->columns[i].name =
            weir_arena_string(binder->arena, weir_tree_string(json_array_get(names, i)));
        if (relation->columns[i].name == NULL)
            return false;
    }
    return true;
}

static struct weir_relation *add_derived(struct binder *binder, struct weir_relation *relation,
                                         const json_t *alias, const char *name, const json_t *names,
                                         int location) {
    if (relation == NULL || (alias != NULL && !weir_bind_fields(binder, alias, "alias",
                                                                KNOWN("aliasname", "colnames"))))
        return NULL;
    const char *given = json_string_value(json_object_get(alias, "aliasname"));
    const json_t *given_names = json_object_get(alias, "colnames");
    relation->position = location;
    if (!rename_columns(binder, relation, names, location) ||
        !rename_columns(binder, relation, given_names, location) ||
        !weir_bind_add_table(binder, given != NULL ? given : name, NULL, relation, location).ok)
        return NULL;
    return relation;
}

static struct weir_relation *bind_common(struct binder *binder, const struct common_table *common,
                                         const json_t *fields) {
    struct binder *inner = weir_bind_inner(binder, false);
    if (inner == NULL)
        return NULL;
    inner->common_tables = common->next;
    return add_derived(binder, weir_bind_select(inner, common->select),
                       json_object_get(fields, "alias"), common->name, common->column_names,
                       weir_tree_location(fields));
}

static struct weir_relation *bind_derived(struct binder *binder, const json_t *fields) {
    if (!weir_bind_fields(binder, fields, "derived table", KNOWN("subquery", "alias")))
        return NULL;
    struct binder *inner = weir_bind_inner(binder, false);
    const json_t *select = json_object_get(json_object_get(fields, "subquery"), "SelectStmt");
    if (inner == NULL)
        return NULL;
    if (select == NULL) {
        weir_bind_refuse(binder, -1, NULL, "this form of derived table is not available");
        return NULL;
    }
    return add_derived(binder, weir_bind_select(inner, select), json_object_get(fields, "alias"),
                       NULL, NULL, -1);
}

static struct weir_relation *bind_table(struct binder *binder, const json_t *fields) {
    if (!weir_bind_fields(
            binder, fields, "table reference",
            KNOWN("schemaname", "relname", "inh", "relpersistence", "alias", "location")))
        return NULL;
    int location = weir_tree_location(fields);
    const char *schema = json_string_value(json_object_get(fields, "schemaname"));
    const char *name = json_string_value(json_object_get(fields, "relname"));
    const struct common_table *common =
        schema == NULL && name != NULL ? find_common(binder, name) : NULL;
    if (common != NULL)
        return bind_common(binder, common, fields);
    const struct weir_catalog_table *table =
        name == NULL ? NULL : weir_catalog_find(binder->catalog, schema, name);
    if (table == NULL) {
        weir_bind_invalid(binder, location, "42P01",
                          "there is no table \"%s%s%s\" that the purpose %s may use",
                          schema == NULL ? "" : schema, schema == NULL ? "" : ".",
                          name == NULL ? "" : name, binder->catalog->purpose->name);
        weir_error_hint(binder->error, "\\dt lists the tables of this purpose.");
        return NULL;
    }
    struct weir_relation *scan = bind_scan(binder, table, location);
    const json_t *alias = json_object_get(fields, "alias");
    if (scan == NULL || (alias != NULL &&
                         !weir_bind_fields(binder, alias, "alias", KNOWN("aliasname", "colnames"))))
        return NULL;
    const char *given = json_string_value(json_object_get(alias, "aliasname"));
    if (!rename_columns(binder, scan, json_object_get(alias, "colnames"), location) ||
        !weir_bind_add_table(binder, given != NULL ? given : table->table->name,
                             given != NULL ? NULL : table->table->schema, scan, location)
             .ok)
        return NULL;
    return scan;
}

/* ---- joins ---- */

static struct weir_relation *make_join(struct binder *binder, enum weir_join_kind kind,
                                       struct weir_relation *left, struct weir_relation *right) {
    struct weir_relation *join = weir_bind_relation(binder, WEIR_RELATION_JOIN, left,
                                                    left->column_count + right->column_count);
    if (join == NULL)
        return NULL;
    memcpy(join->columns, left->columns, left->column_count * sizeof *left->columns);
    for (size_t i = 0; i < right->column_count; i++) {
        join->columns[left->column_count + i] = right->columns[i];
        join->columns[left->column_count + i].nullable |= kind == WEIR_JOIN_LEFT;
    }
    join->position = right->position;
    join->as.join.kind = kind;
    join->as.join.right = right;
    join->as.join.scope = join->columns;
    join->unit = left->unit;
    if (left->unit == WEIR_NO_UNIT && right->unit != WEIR_NO_UNIT)
        join->unit = left->column_count + right->unit;
    return join;
}

/* The place of the one column of a name among those from `first` on. */
static bool find_named(struct binder *binder, size_t first, size_t end, const char *name,
                       size_t *place) {
    size_t found = 0;
    for (size_t i = first; i < end; i++)
        if (binder->scope[i].name != NULL && strcmp(binder->scope[i].name, name) == 0 &&
            !binder->scope[i].is_merged) {
            *place = i;
            found++;
        }
    if (found != 1)
        weir_bind_invalid(binder, -1, "42703",
                          "USING names \"%s\", which is not one column of each side", name);
    return found == 1;
}

/* USING (a, b): equalities, each column then being one. */
static bound bind_using(struct binder *binder, const json_t *names, size_t left, size_t right) {
    bound equalities[KEYS_MAX];
    size_t count = json_array_size(names);
    if (count > KEYS_MAX)
        return weir_bind_refuse(binder, -1, NULL, "USING takes at most %d columns", KEYS_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *name = weir_tree_string(json_array_get(names, i));
        size_t places[2];
        if (name == NULL || !find_named(binder, left, right, name, &places[0]) ||
            !find_named(binder, right, binder->scope_count, name, &places[1]))
            return NULL;
        bound sides[2];
        for (int k = 0; k < 2; k++)
            sides[k] = weir_bind_place(binder, places[k], binder->scope[places[k]].type, -1);
        if (sides[0] == NULL || sides[1] == NULL)
            return NULL;
        binder->scope[places[1]].is_merged = true;
        equalities[i] = weir_bind_call(binder, "=", sides, 2, -1);
        if (equalities[i] == NULL)
            return NULL;
    }
    return count == 1 ? equalities[0] : weir_bind_logic(binder, false, equalities, count, -1);
}

/* An inner join's condition is one of the question's, whether it stands in ON or in WHERE. A left
 * join's is its own. */
static weir_status set_condition(struct binder *binder, struct weir_relation *join, bound condition,
                                 size_t first) {
    if (condition == NULL)
        return WEIR_FAILED;
    if (join->as.join.kind == WEIR_JOIN_INNER)
        return weir_bind_add_condition(binder, condition);
    join->as.join.condition = weir_bind_rebase(binder, condition, first);
    if (join->as.join.condition != NULL)
        return WEIR_OK;
    if (!weir_error_is_set(binder->error))
        weir_bind_refuse(binder, condition->position, "Put the condition into WHERE.",
                         "ON may name the columns of its own join only");
    return WEIR_FAILED;
}

static bool join_kind(struct binder *binder, const json_t *fields, enum weir_join_kind *kind,
                      bool *swap) {
    const char *type = json_string_value(json_object_get(fields, "jointype"));
    *swap = type != NULL && strcmp(type, "JOIN_RIGHT") == 0;
    *kind = type != NULL && strcmp(type, "JOIN_INNER") == 0 ? WEIR_JOIN_INNER : WEIR_JOIN_LEFT;
    if (type != NULL && (*kind == WEIR_JOIN_INNER || *swap || strcmp(type, "JOIN_LEFT") == 0))
        return true;
    weir_bind_refuse(binder, -1, "Write JOIN or LEFT JOIN.", "FULL JOIN is not available");
    return false;
}

static struct weir_relation *bind_join(struct binder *binder, const json_t *fields) {
    enum weir_join_kind kind;
    bool swap;
    if (!weir_bind_fields(binder, fields, "JOIN",
                          KNOWN("jointype", "larg", "rarg", "quals", "usingClause")) ||
        !join_kind(binder, fields, &kind, &swap))
        return NULL;
    size_t left_place = binder->scope_count;
    struct weir_relation *left = bind_item(binder, json_object_get(fields, swap ? "rarg" : "larg"));
    size_t right_place = binder->scope_count, conditions = binder->condition_count;
    struct weir_relation *right =
        left == NULL ? NULL : bind_item(binder, json_object_get(fields, swap ? "larg" : "rarg"));
    if (right != NULL && kind == WEIR_JOIN_LEFT) /* its own inner joins come before it */
        right = weir_bind_place_conditions(binder, right, conditions, right_place);
    if (right == NULL)
        return NULL;
    for (size_t i = right_place; kind == WEIR_JOIN_LEFT && i < binder->scope_count; i++)
        binder->scope[i].nullable = true;
    struct weir_relation *join = make_join(binder, kind, left, right);
    const json_t *quals = json_object_get(fields, "quals");
    const json_t *using = json_object_get(fields, "usingClause");
    if (join == NULL)
        return NULL;
    if (quals == NULL && using == NULL && kind == WEIR_JOIN_INNER)
        return join; /* CROSS JOIN */
    bound condition = using != NULL ? bind_using(binder, using, left_place, right_place)
                                    : weir_bind_condition(binder, quals, "ON");
    return set_condition(binder, join, condition, left_place).ok ? join : NULL;
}

static struct weir_relation *bind_item(struct binder *binder, const json_t *node) {
    const json_t *fields = NULL;
    const char *kind = weir_tree_kind(node, &fields);
    if (kind != NULL && strcmp(kind, "RangeVar") == 0)
        return bind_table(binder, fields);
    if (kind != NULL && strcmp(kind, "JoinExpr") == 0)
        return bind_join(binder, fields);
    if (kind != NULL && strcmp(kind, "RangeSubselect") == 0)
        return bind_derived(binder, fields);
    weir_bind_refuse(
        binder, fields == NULL ? -1 : weir_tree_location(fields),
        "Name a table that \\dt lists, or a SELECT in parentheses.",
        "FROM takes tables, joins and derived tables; functions and lists of values are "
        "not available there");
    return NULL;
}

weir_status weir_bind_from(struct binder *binder, const json_t *list) {
    size_t index;
    json_t *item;
    if (json_array_size(list) == 0) {
        binder->from = weir_bind_relation(binder, WEIR_RELATION_ONE_ROW, NULL, 0);
        return binder->from == NULL ? WEIR_FAILED : WEIR_OK;
    }
    json_array_foreach(list, index, item) {
        struct weir_relation *relation = bind_item(binder, item);
        if (relation == NULL)
            return WEIR_FAILED;
        binder->from =
            index == 0 ? relation : make_join(binder, WEIR_JOIN_INNER, binder->from, relation);
        if (binder->from == NULL)
            return WEIR_FAILED;
    }
    return WEIR_OK;
}
