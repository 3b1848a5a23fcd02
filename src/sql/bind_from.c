/* FROM: tables and their joins, and the names they bring. */
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
    relation->column_count = column_count;
    relation->columns = WEIR_NEW_ARRAY(binder->arena, column_count, struct weir_column);
    return relation->columns == NULL ? NULL : relation;
}

static bool add_table(struct binder *binder, const json_t *fields,
                      const struct weir_catalog_table *table, int location) {
    const json_t *alias = json_object_get(fields, "alias");
    if (alias != NULL && !weir_bind_fields(binder, alias, "alias", KNOWN("aliasname")))
        return false;
    const char *name = json_string_value(json_object_get(alias, "aliasname"));
    if (binder->table_count == SCOPE_TABLES_MAX) {
        weir_bind_refuse(binder, location, NULL, "a question takes at most %d tables",
                         SCOPE_TABLES_MAX);
        return false;
    }
    struct scope_table *entry = &binder->tables[binder->table_count];
    *entry =
        (struct scope_table){name != NULL ? name : table->table->name,
                             name != NULL ? NULL : table->table->schema, 0, table->column_count};
    for (size_t i = 0; i < binder->table_count; i++) {
        entry->first += binder->tables[i].count;
        if (strcmp(binder->tables[i].alias, entry->alias) == 0) {
            weir_bind_invalid(binder, location, "42712", "the name \"%s\" is used for two tables",
                              entry->alias);
            return false;
        }
    }
    binder->table_count++;
    return true;
}

static struct weir_relation *bind_table(struct binder *binder, const json_t *fields) {
    if (!weir_bind_fields(
            binder, fields, "table reference",
            KNOWN("schemaname", "relname", "inh", "relpersistence", "alias", "location")))
        return NULL;
    int location = weir_tree_location(fields);
    const char *schema = json_string_value(json_object_get(fields, "schemaname"));
    const char *name = json_string_value(json_object_get(fields, "relname"));
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
    if (!add_table(binder, fields, table, location))
        return NULL;
    struct weir_relation *scan =
        weir_bind_relation(binder, WEIR_RELATION_SCAN, NULL, table->column_count);
    if (scan == NULL)
        return NULL;
    scan->position = location;
    scan->as.scan = table;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct weir_policy_column *column = table->columns[i];
        scan->columns[i] = (struct weir_column){column->name, column->type, table->table, column,
                                                !column->not_null};
    }
    return scan;
}

static struct weir_relation *bind_join(struct binder *binder, const json_t *fields) {
    if (!weir_bind_fields(binder, fields, "JOIN (write JOIN ... ON ...)",
                          KNOWN("jointype", "larg", "rarg", "quals")))
        return NULL;
    const char *type = json_string_value(json_object_get(fields, "jointype"));
    bool is_left = type != NULL && strcmp(type, "JOIN_LEFT") == 0;
    const json_t *condition = json_object_get(fields, "quals");
    struct weir_relation *left = bind_item(binder, json_object_get(fields, "larg"));
    if (left == NULL)
        return NULL;
    struct weir_relation *right = bind_item(binder, json_object_get(fields, "rarg"));
    if (right == NULL)
        return NULL;
    if (right->kind != WEIR_RELATION_SCAN) {
        weir_bind_refuse(binder, right->position, "Write the joins one after the other.",
                         "a join in parentheses on the right of a join is not available");
        return NULL;
    }
    if (type == NULL || (!is_left && strcmp(type, "JOIN_INNER") != 0) || condition == NULL) {
        weir_bind_refuse(binder, right->position,
                         "Write JOIN or LEFT JOIN with an ON condition on the public table's key.",
                         "only inner and left joins with a condition are available");
        return NULL;
    }
    size_t columns = left->column_count + right->column_count;
    struct weir_relation *join = weir_bind_relation(binder, WEIR_RELATION_JOIN, left, columns);
    if (join == NULL)
        return NULL;
    memcpy(join->columns, left->columns, left->column_count * sizeof *left->columns);
    for (size_t i = 0; i < right->column_count; i++) {
        join->columns[left->column_count + i] = right->columns[i];
        join->columns[left->column_count + i].nullable |= is_left;
    }
    join->position = right->position;
    join->as.join.right = right;
    join->as.join.is_left = is_left;
    binder->from = join;
    join->as.join.condition = weir_bind_condition(binder, condition, "ON");
    return join->as.join.condition == NULL ? NULL : join;
}

static struct weir_relation *bind_item(struct binder *binder, const json_t *node) {
    const json_t *fields = NULL;
    const char *kind = weir_tree_kind(node, &fields);
    if (kind != NULL && strcmp(kind, "RangeVar") == 0)
        return bind_table(binder, fields);
    if (kind != NULL && strcmp(kind, "JoinExpr") == 0)
        return bind_join(binder, fields);
    weir_bind_refuse(binder, fields == NULL ? -1 : weir_tree_location(fields),
                     "Name a table that \\dt lists, and join public tables to it.",
                     "FROM takes tables and joins; subqueries and functions are not available "
                     "there");
    return NULL;
}

weir_status weir_bind_from(struct binder *binder, const json_t *list) {
    if (json_array_size(list) == 0) {
        binder->from = weir_bind_relation(binder, WEIR_RELATION_ONE_ROW, NULL, 0);
        return binder->from == NULL ? WEIR_FAILED : WEIR_OK;
    }
    if (json_array_size(list) > 1) {
        weir_bind_refuse(binder, -1,
                         "Write table JOIN public_table ON table.column = public_table.key.",
                         "a comma between tables in FROM is not available");
        return WEIR_FAILED;
    }
    binder->from = bind_item(binder, json_array_get(list, 0));
    return binder->from == NULL ? WEIR_FAILED : WEIR_OK;
}

static const struct scope_table *find_table(const struct binder *binder, const char *schema,
                                            const char *alias) {
    for (size_t i = 0; i < binder->table_count; i++) {
        const struct scope_table *table = &binder->tables[i];
        if (strcmp(table->alias, alias) == 0 &&
            (schema == NULL || (table->schema != NULL && strcmp(table->schema, schema) == 0)))
            return table;
    }
    return NULL;
}

static bound missing_column(struct binder *binder, const char *name, int location) {
    weir_bind_invalid(binder, location, "42703",
                      "there is no column \"%s\" that the purpose %s may use in these tables", name,
                      binder->catalog->purpose->name);
    weir_error_hint(binder->error, "\\d and a table's name list the columns of this purpose.");
    return NULL;
}

/* The place of a column within the tables bound so far; ambiguous names are refused. */
static bound find_column(struct binder *binder, const struct scope_table *only, const char *name,
                         int location) {
    size_t found = 0, place = 0;
    for (size_t t = 0; t < binder->table_count; t++) {
        const struct scope_table *table = &binder->tables[t];
        for (size_t i = table->first;
             (only == NULL || only == table) && i < table->first + table->count; i++) {
            if (i < binder->from->column_count &&
                strcmp(binder->from->columns[i].name, name) == 0) {
                found++;
                place = i;
            }
        }
    }
    if (found == 0)
        return missing_column(binder, name, location);
    if (found > 1)
        return weir_bind_invalid(binder, location, "42702",
                                 "the column \"%s\" is in more than one table: write table.%s",
                                 name, name);
    struct weir_expression *column =
        weir_bind_new(binder, WEIR_EXPRESSION_COLUMN, binder->from->columns[place].type, location);
    if (column != NULL)
        column->as.column = place;
    return column;
}

bound weir_bind_column(struct binder *binder, const json_t *fields) {
    const json_t *parts = json_object_get(fields, "fields");
    int location = weir_tree_location(fields);
    size_t count = json_array_size(parts);
    const char *name = weir_tree_string(json_array_get(parts, count - 1));
    const char *alias = count > 1 ? weir_tree_string(json_array_get(parts, count - 2)) : NULL;
    const char *schema = count > 2 ? weir_tree_string(json_array_get(parts, count - 3)) : NULL;
    if (name == NULL || count > 3 || (count > 1 && alias == NULL) || (count > 2 && schema == NULL))
        return weir_bind_refuse(binder, location, "Name single columns.",
                                "* is available in COUNT(*) and over public tables only");
    if (alias == NULL)
        return find_column(binder, NULL, name, location);
    const struct scope_table *table = find_table(binder, schema, alias);
    if (table == NULL)
        return weir_bind_invalid(binder, location, "42P01",
                                 "the question has no table \"%s\" in its FROM", alias);
    return find_column(binder, table, name, location);
}
