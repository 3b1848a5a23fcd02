/* Rows of versions in force, read again into a load's engine. */
#include "store/load_private.h"

#include "base/banned.h"

weir_status weir_load_attach(struct weir_stage *stage, const char *path, const char *as,
                             struct weir_error *error) {
    struct weir_buffer sql = {.limit = 1 << 20};
    weir_buffer_text(&sql, "ATTACH ");
    weir_duckdb_literal(&sql, path);
    weir_buffer_printf(&sql, " AS %s (READ_ONLY)", as);
    weir_status status = weir_stage_run(stage, &sql, "open a table of the store", error);
    weir_buffer_free(&sql);
    return status;
}

weir_status weir_load_detach(struct weir_stage *stage, const char *as, struct weir_error *error) {
    struct weir_buffer sql = {.limit = 1 << 20};
    weir_buffer_printf(&sql, "DETACH %s", as);
    weir_status status = weir_stage_run(stage, &sql, "close a table of the store", error);
    weir_buffer_free(&sql);
    return status;
}

static void print_select(struct weir_buffer *sql, const struct weir_policy_table *table,
                         const char *as, const char *part) {
    weir_buffer_text(sql, "SELECT ");
    for (size_t i = 0; i < table->column_count; i++) {
        weir_duckdb_identifier(sql, table->columns[i].name);
        weir_buffer_printf(sql, " AS c%zu, ", i);
    }
    weir_buffer_printf(sql, "0::BIGINT AS line FROM %s.main.%s", as, part);
}

void weir_load_print_stored(struct weir_buffer *sql, const struct weir_policy_table *table,
                            const char *as) {
    size_t unit = weir_load_unit_column(table);
    print_select(sql, table, as, "rows");
    if (unit == table->column_count || table->columns[unit].role != WEIR_COLUMN_UNIT_VIA)
        return;
    weir_buffer_text(sql, " UNION ALL ");
    print_select(sql, table, as, "orphans");
}

weir_status weir_load_add_stored(struct weir_load *load, struct weir_stage *stage,
                                 struct weir_error *error) {
    const struct weir_table_version *version = weir_load_before(load, load->table);
    struct weir_buffer sql = {.limit = 1 << 20};
    if (version == NULL)
        return WEIR_OK;
    WEIR_TRY(weir_load_attach(stage, version->path, "old", error));
    weir_buffer_text(&sql, "INSERT INTO stage ");
    weir_load_print_stored(&sql, load->table, "old");
    weir_status status = weir_stage_run(stage, &sql, "read the table's stored rows", error);
    weir_buffer_free(&sql);
    if (status.ok)
        status = weir_load_detach(stage, "old", error);
    return status;
}
