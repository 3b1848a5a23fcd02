/* Keys: the unit key and the keys of public tables as primary keys, and what refers to them as
 * foreign keys, where both ends are visible. Clients find out from them how tables join. */
#include "wire/shadow.h"

#include "wire/shadow_values.h"

#include <string.h>

#include "base/banned.h"

struct keys {
    struct weir_shadow *shadow;
    struct weir_error *error;
    uint32_t next_oid;
};

static weir_status define(struct keys *keys, uint32_t oid, int64_t part, const char *text) {
    return weir_shadow_insert(keys->shadow, keys->error, "weir_definition", "iit", (int64_t)oid,
                              part, text);
}

static int64_t schema_oid(const struct keys *keys, const char *name) {
    const struct weir_shadow_schema *schema = weir_shadow_find_schema(keys->shadow, name);
    weir_check(schema != NULL);
    return schema->oid;
}

/* The columns of a key: their places as a JSON array, and their names as SQL. */
static void list_key(const struct weir_catalog_table *table, struct weir_buffer *places,
                     struct weir_buffer *names, size_t *count) {
    weir_buffer_text(places, "[");
    for (size_t i = 0; i < table->column_count; i++) {
        if (!weir_shadow_is_key(table->columns[i]))
            continue;
        weir_buffer_printf(places, "%s%zu", *count == 0 ? "" : ",", i + 1);
        weir_buffer_text(names, *count == 0 ? "" : ", ");
        weir_shadow_quote_name(table->columns[i]->name, names);
        (*count)++;
    }
    weir_buffer_text(places, "]");
}

static weir_status define_key(struct keys *keys, const struct weir_catalog_table *table,
                              const struct weir_shadow_relation *index, uint32_t constraint,
                              const char *columns) {
    struct weir_buffer text = {0};
    weir_buffer_text(&text, "CREATE UNIQUE INDEX ");
    weir_shadow_quote_name(index->name, &text);
    weir_buffer_text(&text, " ON ");
    weir_shadow_quote_name(table->table->schema, &text);
    weir_buffer_text(&text, ".");
    weir_shadow_quote_name(table->table->name, &text);
    weir_buffer_printf(&text, " USING btree (%s)", columns);
    weir_status status = text.failed ? WEIR_FAILED : define(keys, index->oid, 0, text.bytes);
    weir_buffer_clear(&text);
    weir_buffer_printf(&text, "PRIMARY KEY (%s)", columns);
    if (status.ok)
        status = text.failed ? WEIR_FAILED : define(keys, constraint, 0, text.bytes);
    int64_t part = 0;
    for (size_t i = 0; i < table->column_count && status.ok; i++) {
        if (!weir_shadow_is_key(table->columns[i]))
            continue;
        weir_buffer_clear(&text);
        weir_shadow_quote_name(table->columns[i]->name, &text);
        status = text.failed ? WEIR_FAILED : define(keys, index->oid, ++part, text.bytes);
    }
    weir_buffer_free(&text);
    return status;
}

static weir_status add_key(struct keys *keys, const struct weir_catalog_table *table,
                           const struct weir_shadow_relation *relation,
                           const struct weir_shadow_relation *index, const char *places,
                           int64_t count, uint32_t constraint) {
    struct weir_buffer zeros = {0};
    for (int64_t i = 0; i < count; i++)
        weir_buffer_text(&zeros, i == 0 ? "[0" : ",0");
    weir_buffer_text(&zeros, "]");
    weir_status status =
        zeros.failed
            ? WEIR_FAILED
            : weir_shadow_insert(
                  keys->shadow, keys->error,
                  "\"pg_catalog.pg_index\" (indexrelid, indrelid, indnatts, indnkeyatts, "
                  "indisunique, indisprimary, indimmediate, indisvalid, indisready, indislive, "
                  "indkey, indcollation, indclass, indoption)",
                  "iiiiiiiiiitttt", (int64_t)index->oid, (int64_t)relation->oid, count, count,
                  (int64_t)1, (int64_t)1, (int64_t)1, (int64_t)1, (int64_t)1, (int64_t)1, places,
                  zeros.bytes, zeros.bytes, zeros.bytes);
    weir_buffer_free(&zeros);
    WEIR_TRY(status);
    return weir_shadow_insert(
        keys->shadow, keys->error,
        "\"pg_catalog.pg_constraint\" (oid, conname, connamespace, contype, convalidated, "
        "conrelid, "
        "conindid, confupdtype, confdeltype, confmatchtype, conislocal, connoinherit, conkey)",
        "ititiiitttiit", (int64_t)constraint, index->name, schema_oid(keys, table->table->schema),
        "p", (int64_t)1, (int64_t)relation->oid, (int64_t)index->oid, " ", " ", " ", (int64_t)1,
        (int64_t)1, places);
}

static weir_status primary_key(struct keys *keys, size_t which) {
    const struct weir_catalog_table *table = &keys->shadow->catalog->tables[which];
    const struct weir_shadow_relation *relation = &keys->shadow->relations[2 * which];
    const struct weir_shadow_relation *index = &keys->shadow->relations[2 * which + 1];
    if (index->name == NULL)
        return WEIR_OK;
    struct weir_buffer places = {0}, names = {0};
    size_t count = 0;
    uint32_t constraint = keys->next_oid++;
    list_key(table, &places, &names, &count);
    weir_status status =
        places.failed || names.failed
            ? WEIR_FAILED
            : add_key(keys, table, relation, index, places.bytes, (int64_t)count, constraint);
    if (status.ok)
        status = define_key(keys, table, index, constraint, names.bytes);
    weir_buffer_free(&places);
    weir_buffer_free(&names);
    return status;
}

/* Finds a visible column that is by itself the key of a visible table. */
static bool find_target(const struct keys *keys, const struct weir_policy_table *table,
                        const struct weir_policy_column *column, size_t *which, size_t *place) {
    const struct weir_catalog *catalog = keys->shadow->catalog;
    for (*which = 0; *which < catalog->table_count; ++*which) {
        const struct weir_catalog_table *candidate = &catalog->tables[*which];
        if (candidate->table != table)
            continue;
        size_t key_count = 0;
        bool found = false;
        for (size_t i = 0; i < candidate->column_count; i++) {
            key_count += weir_shadow_is_key(candidate->columns[i]);
            if (candidate->columns[i] == column && weir_shadow_is_key(column)) {
                found = true;
                *place = i;
            }
        }
        return found && key_count == 1;
    }
    return false;
}

static weir_status define_reference(struct keys *keys, uint32_t constraint,
                                    const struct weir_policy_column *column,
                                    const struct weir_shadow_relation *target,
                                    const struct weir_policy_column *target_column) {
    struct weir_buffer text = {0};
    weir_buffer_text(&text, "FOREIGN KEY (");
    weir_shadow_quote_name(column->name, &text);
    weir_buffer_text(&text, ") REFERENCES ");
    if (!target->is_visible) {
        weir_shadow_quote_name(target->schema, &text);
        weir_buffer_text(&text, ".");
    }
    weir_shadow_quote_name(target->name, &text);
    weir_buffer_text(&text, "(");
    weir_shadow_quote_name(target_column->name, &text);
    weir_buffer_text(&text, ")");
    weir_status status = text.failed ? WEIR_FAILED : define(keys, constraint, 0, text.bytes);
    weir_buffer_free(&text);
    return status;
}

static weir_status foreign_key(struct keys *keys, size_t from, size_t from_place,
                               const struct weir_policy_table *table,
                               const struct weir_policy_column *target_column) {
    size_t to = 0, to_place = 0;
    if (table == NULL || !find_target(keys, table, target_column, &to, &to_place))
        return WEIR_OK;
    struct weir_shadow *shadow = keys->shadow;
    const struct weir_shadow_relation *relation = &shadow->relations[2 * from];
    const struct weir_policy_column *column = shadow->catalog->tables[from].columns[from_place];
    uint32_t constraint = keys->next_oid++;
    const char *name = weir_arena_printf(shadow->arena, "%s_%s_fkey", relation->name, column->name);
    const char *key = weir_arena_printf(shadow->arena, "[%zu]", from_place + 1);
    const char *target_key = weir_arena_printf(shadow->arena, "[%zu]", to_place + 1);
    if (name == NULL || key == NULL || target_key == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_shadow_insert(
        shadow, keys->error,
        "\"pg_catalog.pg_constraint\" (oid, conname, connamespace, contype, convalidated, "
        "conrelid, "
        "conindid, confrelid, confupdtype, confdeltype, confmatchtype, conislocal, connoinherit, "
        "conkey, confkey)",
        "ititiiiitttiitt", (int64_t)constraint, name, schema_oid(keys, relation->schema), "f",
        (int64_t)1, (int64_t)relation->oid, (int64_t)shadow->relations[2 * to + 1].oid,
        (int64_t)shadow->relations[2 * to].oid, "a", "a", "s", (int64_t)1, (int64_t)1, key,
        target_key));
    return define_reference(keys, constraint, column, &shadow->relations[2 * to], target_column);
}

weir_status weir_shadow_fill_keys(struct weir_shadow *shadow, struct weir_error *error) {
    const struct weir_catalog *catalog = shadow->catalog;
    struct keys keys = {.shadow = shadow, .error = error, .next_oid = WEIR_SHADOW_FIRST_OID * 2};
    for (size_t i = 0; i < catalog->table_count; i++)
        WEIR_TRY(primary_key(&keys, i));
    for (size_t i = 0; i < catalog->table_count; i++) {
        for (size_t c = 0; c < catalog->tables[i].column_count; c++) {
            const struct weir_policy_column *column = catalog->tables[i].columns[c];
            WEIR_TRY(foreign_key(&keys, i, c, column->values_table, column->values_column));
            if (column->role == WEIR_COLUMN_UNIT_VIA)
                WEIR_TRY(foreign_key(&keys, i, c, column->via_table, column->via_column));
        }
    }
    return WEIR_OK;
}
