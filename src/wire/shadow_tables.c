/* The tables of the system catalog, described and made. */
#include "wire/shadow.h"

#include <string.h>

#include "base/banned.h"

struct description {
    uint32_t oid;
    const char *schema, *name, *columns;
};

#define WEIR_SHADOW_TABLE(oid, schema, name, columns) {oid, schema, name, columns},
static const struct description descriptions[] = {
#include "wire/shadow_tables.def"
};

/* "oid oid,relname name" into columns. */
static weir_status read_columns(struct weir_arena *arena, const char *text,
                                struct weir_shadow_table *table) {
    size_t count = 1;
    for (const char *at = text; *at != '\0'; at++)
        count += *at == ',';
    struct weir_shadow_column *columns = WEIR_NEW_ARRAY(arena, count, struct weir_shadow_column);
    char *names = weir_arena_string(arena, text), *rest = NULL;
    if (columns == NULL || names == NULL)
        return WEIR_FAILED;
    for (char *part = strtok_r(names, ",", &rest); part != NULL;
         part = strtok_r(NULL, ",", &rest)) {
        char *space = strchr(part, ' ');
        weir_check(space != NULL);
        *space = '\0';
        const struct weir_shadow_type *type = weir_shadow_type_named(space + 1);
        columns[table->column_count++] = (struct weir_shadow_column){
            .name = part, .type = type != NULL ? type->oid : WEIR_PG_TEXT};
    }
    table->columns = columns;
    return WEIR_OK;
}

/* What a row has where nothing is said: PostgreSQL's own tables hold few nulls. */
static const char *storage_of(const struct weir_shadow_table *table, uint32_t type) {
    bool is_table = strcmp(table->schema, "pg_catalog") == 0;
    switch (weir_shadow_class_of(type)) {
    case WEIR_CLASS_BOOLEAN:
    case WEIR_CLASS_INTEGER:
    case WEIR_CLASS_OBJECT:
        return is_table ? "INTEGER DEFAULT 0" : "INTEGER";
    case WEIR_CLASS_NUMBER:
        return "NUMERIC";
    case WEIR_CLASS_UNKNOWN:
    case WEIR_CLASS_TEXT:
    case WEIR_CLASS_ARRAY:
    case WEIR_CLASS_OTHER:
        break;
    }
    return type == WEIR_PG_CHAR ? "TEXT DEFAULT ''" : "TEXT";
}

static weir_status make_table(struct weir_shadow *shadow, const struct weir_shadow_table *table,
                              struct weir_buffer *sql, struct weir_error *error) {
    weir_buffer_clear(sql);
    weir_buffer_printf(sql, "CREATE TABLE \"%s.%s\" (", table->schema, table->name);
    for (size_t i = 0; i < table->column_count; i++)
        weir_buffer_printf(sql, "%s\"%s\" %s", i == 0 ? "" : ", ", table->columns[i].name,
                           storage_of(table, table->columns[i].type));
    weir_buffer_text(sql, ")");
    if (sql->failed)
        return WEIR_FAILED;
    if (sqlite3_exec(shadow->database, sql->bytes, NULL, NULL, NULL) != SQLITE_OK)
        return weir_shadow_fail(shadow, error, "make the tables of");
    return WEIR_OK;
}

/* What functions look up, not reachable by name: definitions of constraints and indexes. */
static const char own_tables[] =
    "CREATE TABLE weir_definition (oid INTEGER, part INTEGER, text TEXT);";

/* For the look-ups that clients make once a row: a policy may have 50,000 columns. */
static const char indexes[] =
    "CREATE INDEX weir_definition_oid ON weir_definition (oid);"
    "CREATE INDEX weir_class_oid ON \"pg_catalog.pg_class\" (oid);"
    "CREATE INDEX weir_type_oid ON \"pg_catalog.pg_type\" (oid);"
    "CREATE INDEX weir_attribute_relation ON \"pg_catalog.pg_attribute\" (attrelid, attnum);"
    "CREATE INDEX weir_description_object ON \"pg_catalog.pg_description\" (objoid, objsubid);";

weir_status weir_shadow_make_tables(struct weir_shadow *shadow, struct weir_error *error) {
    struct weir_shadow_table *tables =
        WEIR_NEW_ARRAY(shadow->arena, WEIR_COUNT(descriptions), struct weir_shadow_table);
    if (tables == NULL)
        return WEIR_FAILED;
    if (sqlite3_exec(shadow->database, own_tables, NULL, NULL, NULL) != SQLITE_OK)
        return weir_shadow_fail(shadow, error, "make the tables of");
    struct weir_buffer sql = {0};
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < WEIR_COUNT(descriptions) && status.ok; i++) {
        tables[i] = (struct weir_shadow_table){.oid = descriptions[i].oid,
                                               .schema = descriptions[i].schema,
                                               .name = descriptions[i].name};
        status = read_columns(shadow->arena, descriptions[i].columns, &tables[i]);
        if (status.ok)
            status = make_table(shadow, &tables[i], &sql, error);
    }
    weir_buffer_free(&sql);
    if (status.ok && sqlite3_exec(shadow->database, indexes, NULL, NULL, NULL) != SQLITE_OK)
        status = weir_shadow_fail(shadow, error, "make the tables of");
    shadow->tables = tables;
    shadow->table_count = WEIR_COUNT(descriptions);
    return status;
}

const struct weir_shadow_table *weir_shadow_find_table(const struct weir_shadow *shadow,
                                                       const char *schema, const char *name) {
    const char *wanted = schema != NULL ? schema : "pg_catalog";
    for (size_t i = 0; i < shadow->table_count; i++)
        if (strcmp(shadow->tables[i].name, name) == 0 &&
            strcmp(shadow->tables[i].schema, wanted) == 0)
            return &shadow->tables[i];
    return NULL;
}
