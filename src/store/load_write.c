/* Writing a new version's file: sorted, numbered by unit, durable under its final name. */
#include "store/load_private.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

/* Sorted by the key, rows of a unit lie together, and places in that order are the units' dense
 * numbers. */
static void print_select(struct weir_buffer *sql, const struct weir_policy_table *table) {
    for (size_t i = 0; i < table->column_count; i++) {
        weir_buffer_printf(sql, "%sc%zu AS ", i == 0 ? "" : ", ", i);
        weir_duckdb_identifier(sql, table->columns[i].name);
    }
    if (!table->is_public)
        weir_buffer_text(sql, ", row_number() OVER () - 1 AS weir_unit");
    weir_buffer_text(sql, " FROM (SELECT * FROM stage ORDER BY ");
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].role == WEIR_COLUMN_UNIT_KEY || table->columns[i].is_key)
            weir_buffer_printf(sql, "c%zu, ", i);
    weir_buffer_text(sql, "line)");
}

static weir_status write_rows(const struct weir_policy_table *table, struct weir_stage *stage,
                              const char *path, struct weir_error *error) {
    struct weir_buffer sql = {.limit = 1 << 20};
    weir_buffer_text(&sql, "ATTACH ");
    weir_duckdb_literal(&sql, path);
    weir_buffer_text(&sql, " AS made");
    weir_status status = weir_stage_run(stage, &sql, "make the new version's file", error);
    if (status.ok) {
        weir_buffer_text(&sql, "CREATE TABLE made.main.rows AS SELECT ");
        print_select(&sql, table);
        status = weir_stage_run(stage, &sql, "write the new version", error);
    }
    if (status.ok) {
        weir_buffer_text(&sql, "CHECKPOINT made");
        status = weir_stage_run(stage, &sql, "write the new version", error);
    }
    if (status.ok) {
        weir_buffer_text(&sql, "DETACH made");
        status = weir_stage_run(stage, &sql, "close the new version", error);
    }
    weir_buffer_free(&sql);
    return status;
}

static weir_status make_durable(const struct weir_env *env, const char *path,
                                struct weir_error *error) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return weir_fail_errno(error, "cannot open %s", path);
    weir_status status = WEIR_OK;
    if (fchmod(file, 0600) != 0)
        status = weir_fail_errno(error, "cannot protect %s", path);
    if (status.ok)
        status = env->sync(env->state, file, error);
    close(file);
    return status;
}

weir_status weir_load_write(struct weir_store *store, const struct weir_policy_table *table,
                            struct weir_stage *stage, const char *path, struct weir_error *error) {
    char temporary[PATH_MAX], journal[PATH_MAX];
    int len = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    int journal_len = snprintf(journal, sizeof journal, "%s.tmp.wal", path);
    if (len < 0 || journal_len < 0 || (size_t)journal_len >= sizeof journal)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the store's path is too long");
    weir_status status = write_rows(table, stage, temporary, error);
    /* The file must be whole by itself: all of the journal is in it. */
    if (status.ok && weir_file_exists(journal))
        status = weir_fail(error, WEIR_ERROR_INTERNAL, "the new version's file was not completed");
    if (status.ok)
        status = make_durable(store->env, temporary, error);
    if (status.ok && rename(temporary, path) != 0)
        status = weir_fail_errno(error, "cannot rename %s into place", temporary);
    if (!status.ok) {
        unlink(journal);
        unlink(temporary);
        return WEIR_FAILED;
    }
    return weir_file_sync_folder(store->env, store->data, error);
}
