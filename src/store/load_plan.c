/* Which tables a load writes: its own and every loaded one whose path to the unit leads through it;
 * under which numbers and names. */
#include "store/load_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

size_t weir_load_unit_column(const struct weir_policy_table *table) {
    size_t column = table->is_public ? table->column_count : 0;
    while (column < table->column_count && table->columns[column].role != WEIR_COLUMN_UNIT_KEY &&
           table->columns[column].role != WEIR_COLUMN_UNIT_VIA)
        column++;
    return column;
}

const struct weir_table_version *weir_load_before(const struct weir_load *load,
                                                  const struct weir_policy_table *table) {
    for (size_t i = 0; i < load->before_count; i++)
        if (strcmp(load->before[i].schema, table->schema) == 0 &&
            strcmp(load->before[i].name, table->name) == 0)
            return &load->before[i];
    return NULL;
}

/* The engine takes names that differ in case for one. */
static weir_status check_names(const struct weir_policy_table *table, struct weir_error *error) {
    for (size_t i = 0; i < table->column_count; i++) {
        const char *name = table->columns[i].name;
        if (strcasecmp(name, "weir_unit") == 0)
            return weir_fail(error, WEIR_ERROR_INVALID,
                             "the column name weir_unit is taken: rename the column in the policy");
        for (size_t k = 0; k < i; k++)
            if (strcasecmp(name, table->columns[k].name) == 0)
                return weir_fail(error, WEIR_ERROR_INVALID,
                                 "the columns \"%.64s\" and \"%.64s\" differ in case only: rename "
                                 "one in the policy",
                                 table->columns[k].name, name);
    }
    return WEIR_OK;
}

/* What the table leads through must be there, or no row would have a unit. */
static weir_status check_path(const struct weir_load *load, struct weir_error *error) {
    const struct weir_policy_table *table = load->table;
    size_t column = weir_load_unit_column(table);
    if (table->is_public)
        return WEIR_OK;
    if (column == table->column_count)
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "the table %.64s.%.64s leads to no unit: its policy was never checked",
                         table->schema, table->name);
    const struct weir_policy_table *parent = table->columns[column].via_table;
    if (parent == NULL || weir_load_before(load, parent) != NULL)
        return WEIR_OK;
    weir_fail(error, WEIR_ERROR_INVALID,
              "the rows of %.64s.%.64s lead to their units through %.64s.%.64s, which is not "
              "loaded yet",
              table->schema, table->name, parent->schema, parent->name);
    return weir_error_hint(error, "Load %.64s.%.64s first, then this table.", parent->schema,
                           parent->name);
}

/* `before` NULL: the table of the load. Rows that come from the store are those of the file that
 * they came from. */
static void add_table(struct weir_load *load, const struct weir_policy_table *table,
                      const struct weir_table_version *before) {
    struct weir_table_version *version = &load->versions[load->count];
    *version = (struct weir_table_version){.schema = table->schema, .name = table->name};
    if (before != NULL)
        memcpy(version->digest, before->digest, sizeof version->digest);
    load->tables[load->count++] = table;
}

static bool leads_through(const struct weir_policy_table *table,
                          const struct weir_policy_table *parent) {
    size_t column = weir_load_unit_column(table);
    return column < table->column_count && table->columns[column].via_table == parent;
}

/* Whether a table behind changes its units depends on values, so all are written, and the log shows
 * as much whatever the values are. The list grows while it is walked: parents before children. */
static weir_status list_tables(struct weir_load *load, struct weir_error *error) {
    const struct weir_policy *policy = load->store->policy;
    (void)error; /* only the arena can fail here, and that leaves the error unset */
    load->tables =
        WEIR_NEW_ARRAY(load->arena, policy->table_count, const struct weir_policy_table *);
    load->versions = WEIR_NEW_ARRAY(load->arena, policy->table_count, struct weir_table_version);
    load->files = WEIR_NEW_ARRAY(load->arena, policy->table_count, struct weir_load_file);
    if (load->tables == NULL || load->versions == NULL || load->files == NULL)
        return WEIR_FAILED;
    add_table(load, load->table, NULL);
    for (size_t i = 0; i < load->count; i++) {
        for (size_t k = 0; k < policy->table_count; k++) {
            const struct weir_policy_table *table = &policy->tables[k];
            const struct weir_table_version *before = weir_load_before(load, table);
            if (before != NULL && leads_through(table, load->tables[i]))
                add_table(load, table, before);
        }
    }
    return WEIR_OK;
}

weir_status weir_load_plan(struct weir_load *load, const char *schema, const char *name,
                           struct weir_error *error) {
    int64_t store_version;
    load->table = weir_policy_find_table(load->store->policy, schema, name);
    if (load->table == NULL)
        return weir_fail(error, WEIR_ERROR_INVALID, "the policy has no table %.64s.%.64s", schema,
                         name);
    WEIR_TRY(check_names(load->table, error));
    WEIR_TRY(weir_store_versions(load->store, load->arena, &load->before, &load->before_count,
                                 &store_version, error));
    WEIR_TRY(check_path(load, error));
    return list_tables(load, error);
}

/* Numbers are used once, even when their load is given up: the log may already name them. */
static weir_status draw_numbers(struct weir_load *load, struct weir_error *error) {
    struct weir_state_statement statement = {0};
    bool row = false;
    weir_store_lock(load->store);
    weir_status status = weir_state_prepare(
        load->store->database,
        "UPDATE counter SET value = value + ? WHERE name = 'version' RETURNING value", &statement,
        error);
    if (status.ok) {
        weir_state_bind_integer(&statement, 1, (int64_t)load->count);
        status = weir_state_step(&statement, &row, error);
    }
    if (status.ok && !row)
        status = weir_state_fail(load->store->database, SQLITE_CORRUPT, error);
    if (status.ok) {
        int64_t last = sqlite3_column_int64(statement.statement, 0);
        for (size_t i = 0; i < load->count; i++)
            load->versions[i].version = last - (int64_t)(load->count - 1 - i);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    weir_store_unlock(load->store);
    return status;
}

/* "." parts a file's name, and other letters may mean something to a file system: they are written
 * as %XX. */
static void append_encoded(struct weir_buffer *out, const char *name) {
    for (; *name != '\0'; name++) {
        unsigned char byte = (unsigned char)*name;
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
        weir_buffer_printf(out, plain ? "%c" : "%%%02X", byte);
    }
}

/* `table` NULL: a file of the dataset's units. */
static weir_status name_file(struct weir_load *load, const char *schema, const char *table,
                             int64_t version, struct weir_load_file *file,
                             struct weir_error *error) {
    struct weir_buffer name = {.limit = NAME_MAX - 10}; /* room for what is added while writing */
    char path[PATH_MAX];
    append_encoded(&name, schema);
    weir_buffer_byte(&name, '.');
    if (table != NULL)
        append_encoded(&name, table);
    else
        weir_buffer_printf(&name, "%lld", (long long)version);
    weir_buffer_byte(&name, '.');
    if (table != NULL)
        weir_buffer_printf(&name, "%lld.duckdb", (long long)version);
    else
        weir_buffer_text(&name, "units.duckdb");
    file->name = name.failed ? NULL : weir_arena_string(load->arena, name.bytes);
    bool fits = !name.failed;
    weir_buffer_free(&name);
    if (!fits)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the name of the table is too long for a file");
    if (file->name == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_store_path(path, load->store->data, file->name, error));
    file->path = weir_arena_string(load->arena, path);
    return file->path == NULL ? WEIR_FAILED : WEIR_OK;
}

weir_status weir_load_number(struct weir_load *load, struct weir_error *error) {
    WEIR_TRY(draw_numbers(load, error));
    for (size_t i = 0; i < load->count; i++) {
        struct weir_table_version *version = &load->versions[i];
        WEIR_TRY(name_file(load, version->schema, version->name, version->version, &load->files[i],
                           error));
        version->path = load->files[i].path;
    }
    return WEIR_OK;
}

weir_status weir_load_name_units(struct weir_load *load, struct weir_error *error) {
    return name_file(load, load->table->schema, NULL, load->versions[0].version, &load->units,
                     error);
}
