/* The units of a dataset: a file of its own, main.units(key, weir_unit), that gives each UNIT KEY
 * ever loaded a number. Numbers count up from 0 without a gap, and stay: a number means the same
 * person in every table and every version. New keys follow those known, in their order, so that
 * rows sorted by number lie almost sorted by key. */
#include "store/load_private.h"

#include "base/banned.h"

static weir_status find_units(const struct weir_load *load, const char **path,
                              struct weir_error *error) {
    struct weir_store *store = load->store;
    struct weir_state_statement statement = {0};
    bool row = false;
    *path = NULL;
    weir_store_lock(store);
    weir_status status = weir_state_prepare(
        store->database,
        "SELECT file FROM unit_version WHERE dataset = ? ORDER BY version DESC LIMIT 1", &statement,
        error);
    if (status.ok) {
        weir_state_bind_text(&statement, 1, load->table->schema);
        status = weir_state_step(&statement, &row, error);
    }
    if (status.ok && row) {
        const char *file = (const char *)sqlite3_column_text(statement.statement, 0);
        *path = file == NULL ? NULL : weir_arena_printf(load->arena, "%s/%s", store->data, file);
        if (*path == NULL)
            status = WEIR_FAILED;
    }
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}

/* Keys of the stage that have no number yet. */
static void print_new_keys(struct weir_buffer *sql, size_t column, bool is_known) {
    weir_buffer_printf(sql, "FROM stage");
    if (is_known)
        weir_buffer_printf(
            sql, " WHERE NOT EXISTS (SELECT 1 FROM known.main.units WHERE key = stage.c%zu)",
            column);
}

static weir_status write_units(struct weir_load *load, struct weir_stage *stage, size_t column,
                               bool is_known, int64_t next, struct weir_error *error) {
    const char *type = load->table->columns[column].type == WEIR_TYPE_TEXT ? "VARCHAR" : "BIGINT";
    struct weir_buffer sql = {.limit = 1 << 20};
    WEIR_TRY(weir_load_name_units(load, error));
    WEIR_TRY(weir_load_begin_file(load, &load->units, stage, error));
    weir_buffer_printf(&sql, "CREATE TABLE made.main.units (key %s, weir_unit BIGINT)", type);
    weir_status status = weir_stage_run(stage, &sql, "write the units", error);
    if (status.ok && is_known) {
        weir_buffer_text(&sql, "INSERT INTO made.main.units SELECT key, weir_unit FROM "
                               "known.main.units ORDER BY weir_unit");
        status = weir_stage_run(stage, &sql, "write the units", error);
    }
    if (status.ok) {
        weir_buffer_printf(&sql,
                           "INSERT INTO made.main.units SELECT key, %lld + row_number() OVER () - 1"
                           " FROM (SELECT c%zu AS key ",
                           (long long)next, column);
        print_new_keys(&sql, column, is_known);
        weir_buffer_text(&sql, " ORDER BY key)");
        status = weir_stage_run(stage, &sql, "write the new units", error);
    }
    weir_buffer_free(&sql);
    if (status.ok)
        status = weir_load_end_file(load, &load->units, stage, error);
    if (status.ok)
        status = weir_store_units_digest(load->store, load->units.path, load->versions[0].version,
                                         load->units.content, error);
    return status;
}

/* With the known units attached, when there are any. */
static weir_status add_units(struct weir_load *load, struct weir_stage *stage, size_t column,
                             const char **path, struct weir_error *error) {
    struct weir_buffer sql = {.limit = 1 << 20};
    bool is_known = *path != NULL, found;
    int64_t missing = 0, next = 0;
    weir_buffer_text(&sql, "SELECT count(*) ");
    print_new_keys(&sql, column, is_known);
    weir_status status = weir_stage_ask(stage, &sql, &found, &missing, error);
    if (status.ok && is_known) {
        weir_buffer_text(&sql, "SELECT count(*) FROM known.main.units");
        status = weir_stage_ask(stage, &sql, &found, &next, error);
    }
    weir_buffer_free(&sql);
    if (!status.ok || (missing == 0 && is_known))
        return status;
    status = write_units(load, stage, column, is_known, next, error);
    *path = load->units.path;
    return status;
}

weir_status weir_load_units(struct weir_load *load, struct weir_stage *stage, const char **path,
                            struct weir_error *error) {
    size_t column = weir_load_unit_column(load->table);
    *path = NULL;
    if (column == load->table->column_count ||
        load->table->columns[column].role != WEIR_COLUMN_UNIT_KEY)
        return WEIR_OK;
    WEIR_TRY(find_units(load, path, error));
    bool is_known = *path != NULL;
    if (is_known)
        WEIR_TRY(weir_load_attach(stage, *path, "known", error));
    WEIR_TRY(add_units(load, stage, column, path, error));
    return is_known ? weir_load_detach(stage, "known", error) : WEIR_OK;
}
