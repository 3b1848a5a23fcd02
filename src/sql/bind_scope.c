/* Names to columns. */
#include "sql/bind_private.h"

#include <string.h>

#include "base/banned.h"

weir_status weir_bind_add_table(struct binder *binder, const char *alias, const char *schema,
                                const struct weir_relation *relation, int location) {
    if (binder->table_count == SCOPE_TABLES_MAX ||
        binder->scope_count + relation->column_count > SCOPE_COLUMNS_MAX) {
        weir_bind_refuse(binder, location, NULL,
                         "a question takes at most %d tables with %d columns", SCOPE_TABLES_MAX,
                         SCOPE_COLUMNS_MAX);
        return WEIR_FAILED;
    }
    for (size_t i = binder->outer_tables; alias != NULL && i < binder->table_count; i++)
        if (binder->tables[i].alias != NULL && strcmp(binder->tables[i].alias, alias) == 0) {
            weir_bind_invalid(binder, location, "42712", "the name \"%s\" is used for two tables",
                              alias);
            return WEIR_FAILED;
        }
    binder->tables[binder->table_count++] =
        (struct scope_table){alias, schema, binder->scope_count, relation->column_count};
    memcpy(binder->scope + binder->scope_count, relation->columns,
           relation->column_count * sizeof *relation->columns);
    binder->scope_count += relation->column_count;
    return WEIR_OK;
}

bound weir_bind_place(struct binder *binder, size_t place, enum weir_type type, int location) {
    struct weir_expression *column = weir_bind_new(binder, WEIR_EXPRESSION_COLUMN, type, location);
    if (column != NULL)
        column->as.column = place;
    return column;
}

/* The innermost table of a name. */
static const struct scope_table *find_table(const struct binder *binder, const char *schema,
                                            const char *alias) {
    for (size_t i = binder->table_count; i-- > 0;) {
        const struct scope_table *table = &binder->tables[i];
        if (table->alias != NULL && strcmp(table->alias, alias) == 0 &&
            (schema == NULL || (table->schema != NULL && strcmp(table->schema, schema) == 0)))
            return table;
    }
    return NULL;
}

/* How many columns from `first` on have the name, and the place of the last of them. */
static size_t count_columns(const struct binder *binder, size_t first, size_t count,
                            const char *name, bool is_qualified, size_t *place) {
    size_t found = 0;
    for (size_t i = first; i < first + count; i++) {
        const struct weir_column *column = &binder->scope[i];
        if (column->name == NULL || strcmp(column->name, name) != 0 ||
            (column->is_merged && !is_qualified))
            continue;
        found++;
        *place = i;
    }
    return found;
}

static bound found_column(struct binder *binder, size_t found, size_t place, const char *name,
                          int location) {
    if (found == 1)
        return weir_bind_place(binder, place, binder->scope[place].type, location);
    if (found > 1)
        return weir_bind_invalid(binder, location, "42702",
                                 "the column \"%s\" is in more than one table: write table.%s",
                                 name, name);
    weir_bind_invalid(binder, location, "42703",
                      "there is no column \"%s\" that the purpose %s may use in these tables", name,
                      binder->catalog->purpose->name);
    weir_error_hint(binder->error, "\\d and a table's name list the columns of this purpose.");
    return NULL;
}

bound weir_bind_column(struct binder *binder, const json_t *fields) {
    const json_t *parts = json_object_get(fields, "fields");
    int location = weir_tree_location(fields);
    size_t count = json_array_size(parts), place = 0;
    const char *name = weir_tree_string(json_array_get(parts, count - 1));
    const char *alias = count > 1 ? weir_tree_string(json_array_get(parts, count - 2)) : NULL;
    const char *schema = count > 2 ? weir_tree_string(json_array_get(parts, count - 3)) : NULL;
    if (name == NULL || count > 3 || (count > 1 && alias == NULL) || (count > 2 && schema == NULL))
        return weir_bind_refuse(binder, location, "Name single columns.",
                                "* is available in COUNT(*) and over public tables only");
    if (alias == NULL) {
        size_t own = binder->scope_count - binder->outer_columns;
        size_t found = count_columns(binder, binder->outer_columns, own, name, false, &place);
        if (found == 0)
            found = count_columns(binder, 0, binder->outer_columns, name, false, &place);
        return found_column(binder, found, place, name, location);
    }
    const struct scope_table *table = find_table(binder, schema, alias);
    if (table == NULL)
        return weir_bind_invalid(binder, location, "42P01",
                                 "the question has no table \"%s\" in its FROM", alias);
    size_t found = count_columns(binder, table->first, table->count, name, true, &place);
    return found_column(binder, found, place, name, location);
}
