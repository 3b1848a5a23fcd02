/* The tables and columns of the purpose, their keys, and what the policy says of them. Nothing
 * about rows. */
#include "wire/shadow.h"
#include "wire/types.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { SHOWN_VALUES = 20 };

static int64_t type_modifier(const struct weir_policy_column *column) {
    if (column->type != WEIR_TYPE_NUMERIC || column->precision <= 0)
        return -1;
    return ((int64_t)column->precision << 16 | (int64_t)column->scale) + 4;
}

static weir_status add_class(struct weir_shadow *shadow,
                             const struct weir_shadow_relation *relation, const char *kind,
                             int64_t method, int64_t columns, bool has_index,
                             struct weir_error *error) {
    const struct weir_shadow_schema *schema = weir_shadow_find_schema(shadow, relation->schema);
    weir_check(schema != NULL);
    return weir_shadow_insert(
        shadow, error,
        "\"pg_catalog.pg_class\" (oid, relname, relnamespace, relowner, relam, reltuples, relkind, "
        "relpersistence, relnatts, relhasindex, relispopulated, relreplident)",
        "itiiiittiiit", (int64_t)relation->oid, relation->name, (int64_t)schema->oid,
        (int64_t)WEIR_SHADOW_OWNER, method, (int64_t)-1, kind, "p", columns, (int64_t)has_index,
        (int64_t)1, strcmp(kind, "r") == 0 ? "d" : "n");
}

static weir_status add_attribute(struct weir_shadow *shadow, uint32_t relation, int64_t place,
                                 const struct weir_policy_column *column,
                                 struct weir_error *error) {
    const struct weir_shadow_type *type = weir_shadow_find_type(weir_type_oid(column->type));
    weir_check(type != NULL);
    const char letters[2][2] = {{type->alignment, 0}, {type->storage, 0}};
    bool not_null = column->not_null || column->is_key || column->role == WEIR_COLUMN_UNIT_KEY;
    return weir_shadow_insert(
        shadow, error,
        "\"pg_catalog.pg_attribute\" (attrelid, attname, atttypid, attstattarget, attlen, attnum, "
        "attcacheoff, atttypmod, attbyval, attalign, attstorage, attnotnull, attislocal, "
        "attcollation)",
        "itiiiiiiittiii", (int64_t)relation, column->name, (int64_t)type->oid, (int64_t)-1,
        (int64_t)type->len, place, (int64_t)-1, type_modifier(column), (int64_t)type->by_value,
        letters[0], letters[1], (int64_t)not_null, (int64_t)1, (int64_t)type->collation);
}

static void print_value(const struct weir_value *value, struct weir_buffer *out) {
    bool quoted = value->type == WEIR_TYPE_TEXT || value->type == WEIR_TYPE_DATE ||
                  value->type == WEIR_TYPE_TIMESTAMP;
    weir_buffer_text(out, quoted ? "'" : "");
    weir_value_print(value, out);
    weir_buffer_text(out, quoted ? "'" : "");
}

/* What one may know before asking: the declared domain of a column, and what it may be used for. */
static void describe_column(const struct weir_policy_column *column, bool is_public,
                            struct weir_buffer *out) {
    weir_buffer_clear(out);
    if (column->role == WEIR_COLUMN_UNIT_KEY)
        weir_buffer_printf(out, "unit key: only COUNT(DISTINCT %s)", column->name);
    else if (column->role == WEIR_COLUMN_UNIT_VIA || (column->is_key && !is_public))
        weir_buffer_text(out, "only for joins");
    if (column->has_range) {
        weir_buffer_text(out, "range ");
        print_value(&column->range_low, out);
        weir_buffer_text(out, " .. ");
        print_value(&column->range_high, out);
    }
    for (size_t i = 0; i < column->value_count && i < SHOWN_VALUES; i++) {
        weir_buffer_text(out, i == 0 ? "values " : ", ");
        print_value(&column->values[i], out);
    }
    if (column->value_count > SHOWN_VALUES)
        weir_buffer_printf(out, " and %zu more", column->value_count - SHOWN_VALUES);
    if (column->values_table != NULL && column->values_column != NULL)
        weir_buffer_printf(out, "values from %s.%s(%s)", column->values_table->schema,
                           column->values_table->name, column->values_column->name);
}

static weir_status add_description(struct weir_shadow *shadow, uint32_t relation, int64_t place,
                                   const struct weir_buffer *text, struct weir_error *error) {
    if (text->failed)
        return WEIR_FAILED;
    if (text->len == 0)
        return WEIR_OK;
    return weir_shadow_insert(shadow, error, "\"pg_catalog.pg_description\"", "iiit",
                              (int64_t)relation, (int64_t)1259, place, text->bytes);
}

static weir_status describe_table(struct weir_shadow *shadow, uint32_t relation,
                                  const struct weir_policy_table *table, struct weir_error *error) {
    struct weir_buffer text = {0};
    if (table->is_public)
        weir_buffer_text(&text, "public: holds no personal data");
    else
        weir_buffer_printf(&text, "protected: aggregates only, each %s counts for little",
                           table->dataset != NULL && table->dataset->unit != NULL
                               ? table->dataset->unit
                               : "person");
    weir_status status = add_description(shadow, relation, 0, &text, error);
    weir_buffer_free(&text);
    return status;
}

static weir_status fill_columns(struct weir_shadow *shadow, uint32_t relation,
                                const struct weir_catalog_table *table, struct weir_error *error) {
    struct weir_buffer text = {0};
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < table->column_count && status.ok; i++) {
        int64_t place = (int64_t)i + 1;
        status = add_attribute(shadow, relation, place, table->columns[i], error);
        describe_column(table->columns[i], table->table->is_public, &text);
        if (status.ok)
            status = add_description(shadow, relation, place, &text, error);
    }
    weir_buffer_free(&text);
    return status;
}

weir_status weir_shadow_fill_relations(struct weir_shadow *shadow, struct weir_error *error) {
    for (size_t i = 0; i < shadow->catalog->table_count; i++) {
        const struct weir_catalog_table *table = &shadow->catalog->tables[i];
        const struct weir_shadow_relation *relation = &shadow->relations[2 * i];
        const struct weir_shadow_relation *index = &shadow->relations[2 * i + 1];
        WEIR_TRY(add_class(shadow, relation, "r", 2, (int64_t)table->column_count,
                           index->name != NULL, error));
        WEIR_TRY(fill_columns(shadow, relation->oid, table, error));
        WEIR_TRY(describe_table(shadow, relation->oid, table->table, error));
        if (index->name == NULL)
            continue;
        const struct weir_policy_column *key = table->columns[weir_shadow_key_of(table)];
        WEIR_TRY(add_attribute(shadow, index->oid, 1, key, error));
        WEIR_TRY(add_class(shadow, index, "i", 403, 1, false, error));
    }
    return weir_shadow_fill_keys(shadow, error);
}
