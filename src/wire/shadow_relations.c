/* Which schemas and relations there are, their OIDs, and which are found without naming their
 * schema. */
#include "wire/shadow.h"

#include <string.h>

#include "base/banned.h"

size_t weir_shadow_key_of(const struct weir_catalog_table *table) {
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i]->role == WEIR_COLUMN_UNIT_KEY)
            return i;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i]->is_key)
            return i;
    return table->column_count;
}

const struct weir_shadow_schema *weir_shadow_find_schema(const struct weir_shadow *shadow,
                                                         const char *name) {
    for (size_t i = 0; i < shadow->schema_count; i++)
        if (strcmp(shadow->schemas[i].name, name) == 0)
            return &shadow->schemas[i];
    return NULL;
}

static void add_schema(struct weir_shadow *shadow, const char *name, uint32_t oid, bool in_path) {
    if (weir_shadow_find_schema(shadow, name) == NULL)
        shadow->schemas[shadow->schema_count++] =
            (struct weir_shadow_schema){.oid = oid, .name = name, .in_path = in_path};
}

/* The path is every schema of the purpose, those of protected tables first: a question may leave
 * out any schema. */
static weir_status name_schemas(struct weir_shadow *shadow, uint32_t *next) {
    const struct weir_catalog *catalog = shadow->catalog;
    shadow->schemas =
        WEIR_NEW_ARRAY(shadow->arena, catalog->table_count + 3, struct weir_shadow_schema);
    struct weir_buffer path = {0};
    if (shadow->schemas == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < catalog->table_count; i++)
        if (!catalog->tables[i].table->is_public &&
            weir_shadow_find_schema(shadow, catalog->tables[i].table->schema) == NULL)
            add_schema(shadow, catalog->tables[i].table->schema, (*next)++, true);
    add_schema(shadow, "public", 2200, true);
    for (size_t i = 0; i < shadow->schema_count; i++)
        weir_buffer_printf(&path, "%s%s", i == 0 ? "" : ", ", shadow->schemas[i].name);
    add_schema(shadow, "pg_catalog", 11, false);
    add_schema(shadow, "information_schema", 13000, false);
    if (!path.failed)
        shadow->search_path = weir_arena_string(shadow->arena, path.bytes);
    weir_buffer_free(&path);
    return shadow->search_path != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status name_tables(struct weir_shadow *shadow, uint32_t *next) {
    const struct weir_catalog *catalog = shadow->catalog;
    for (size_t i = 0; i < catalog->table_count; i++) {
        const struct weir_policy_table *table = catalog->tables[i].table;
        bool is_visible = weir_catalog_find(catalog, NULL, table->name) == &catalog->tables[i];
        shadow->relations[2 * i] =
            (struct weir_shadow_relation){(*next)++, table->schema, table->name, is_visible};
        struct weir_shadow_relation *index = &shadow->relations[2 * i + 1];
        *index = (struct weir_shadow_relation){(*next)++, table->schema, NULL, is_visible};
        if (weir_shadow_key_of(&catalog->tables[i]) == catalog->tables[i].column_count)
            continue;
        index->name = weir_arena_printf(shadow->arena, "%s_pkey", table->name);
        if (index->name == NULL)
            return WEIR_FAILED;
    }
    shadow->relation_count = 2 * catalog->table_count;
    return WEIR_OK;
}

weir_status weir_shadow_name_relations(struct weir_shadow *shadow) {
    shadow->relations =
        WEIR_NEW_ARRAY(shadow->arena, 2 * shadow->catalog->table_count + shadow->table_count,
                       struct weir_shadow_relation);
    if (shadow->relations == NULL)
        return WEIR_FAILED;
    uint32_t next = (uint32_t)(WEIR_SHADOW_FIRST_OID + 1 + shadow->purpose_count);
    WEIR_TRY(name_schemas(shadow, &next));
    WEIR_TRY(name_tables(shadow, &next));
    for (size_t i = 0; i < shadow->table_count; i++) {
        const struct weir_shadow_table *table = &shadow->tables[i];
        bool is_catalog = strcmp(table->schema, "pg_catalog") == 0;
        if (table->oid != 0)
            shadow->relations[shadow->relation_count++] =
                (struct weir_shadow_relation){table->oid, table->schema, table->name, is_catalog};
    }
    return WEIR_OK;
}

const struct weir_shadow_relation *weir_shadow_find_relation(const struct weir_shadow *shadow,
                                                             const char *schema, const char *name) {
    for (size_t i = 0; i < shadow->relation_count; i++) {
        const struct weir_shadow_relation *relation = &shadow->relations[i];
        if (relation->name == NULL || strcmp(relation->name, name) != 0)
            continue;
        if (schema == NULL ? relation->is_visible : strcmp(relation->schema, schema) == 0)
            return relation;
    }
    return NULL;
}
