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

/* What pg_get_indexdef and pg_get_constraintdef say of a key over the column of this name. */
static weir_status define_key(struct keys *keys, const struct weir_policy_table *table,
                              const struct weir_shadow_relation *index, uint32_t constraint,
                              const char *column) {
    struct weir_buffer text = {0};
    weir_buffer_text(&text, "CREATE UNIQUE INDEX ");
    weir_shadow_quote_name(index->name, &text);
    weir_buffer_text(&text, " ON ");
    weir_shadow_quote_name(table->schema, &text);
    weir_buffer_text(&text, ".");
    weir_shadow_quote_name(table->name, &text);
    weir_buffer_printf(&text, " USING btree (%s)", column);
    weir_status status = text.failed ? WEIR_FAILED : define(keys, index->oid, 0, text.bytes);
    weir_buffer_clear(&text);
    weir_buffer_printf(&text, "PRIMARY KEY (%s)", column);
    if (status.ok)
        status = text.failed ? WEIR_FAILED : define(keys, constraint, 0, text.bytes);
    if (status.ok)
        status = define(keys, index->oid, 1, column);
    weir_buffer_free(&text);
    return status;
}

static weir_status add_key(struct keys *keys, const struct weir_shadow_relation *relation,
                           const struct weir_shadow_relation *index, const char *places,
                           uint32_t constraint) {
    WEIR_TRY(weir_shadow_insert(
        keys->shadow, keys->error,
        "\"pg_catalog.pg_index\" (indexrelid, indrelid, indnatts, indnkeyatts, indisunique, "
        "indisprimary, indimmediate, indisvalid, indisready, indislive, indkey, indcollation, "
        "indclass, indoption)",
        "iiiiiiiiiitttt", (int64_t)index->oid, (int64_t)relation->oid, (int64_t)1, (int64_t)1,
        (int64_t)1, (int64_t)1, (int64_t)1, (int64_t)1, (int64_t)1, (int64_t)1, places, "[0]",
        "[0]", "[0]"));
    return weir_shadow_insert(
        keys->shadow, keys->error,
        "\"pg_catalog.pg_constraint\" (oid, conname, connamespace, contype, convalidated, "
        "conrelid, conindid, confupdtype, confdeltype, confmatchtype, conislocal, connoinherit, "
        "conkey)",
        "ititiiitttiit", (int64_t)constraint, index->name, schema_oid(keys, relation->schema), "p",
        (int64_t)1, (int64_t)relation->oid, (int64_t)index->oid, " ", " ", " ", (int64_t)1,
        (int64_t)1, places);
}

static weir_status primary_key(struct keys *keys, size_t which) {
    const struct weir_catalog_table *table = &keys->shadow->catalog->tables[which];
    const struct weir_shadow_relation *relation = &keys->shadow->relations[2 * which];
    const struct weir_shadow_relation *index = &keys->shadow->relations[2 * which + 1];
    size_t place = weir_shadow_key_of(table);
    if (place == table->column_count)
        return WEIR_OK;
    struct weir_buffer name = {0};
    uint32_t constraint = keys->next_oid++;
    const char *places = weir_arena_printf(keys->shadow->arena, "[%zu]", place + 1);
    weir_shadow_quote_name(table->columns[place]->name, &name);
    weir_status status = places == NULL || name.failed
                             ? WEIR_FAILED
                             : add_key(keys, relation, index, places, constraint);
    if (status.ok)
        status = define_key(keys, table->table, index, constraint, name.bytes);
    weir_buffer_free(&name);
    return status;
}

/* Finds a visible column that is the key of a visible table. */
static bool find_target(const struct keys *keys, const struct weir_policy_table *table,
                        const struct weir_policy_column *column, size_t *which, size_t *place) {
    const struct weir_catalog *catalog = keys->shadow->catalog;
    for (*which = 0; *which < catalog->table_count; ++*which) {
        const struct weir_catalog_table *candidate = &catalog->tables[*which];
        *place = weir_shadow_key_of(candidate);
        if (candidate->table == table)
            return *place < candidate->column_count && candidate->columns[*place] == column;
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
