/* Writing the new versions' files: rows with their units, sorted by them; each durable under its
 * final name. */
#include "store/load_private.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

/* Where a table's rows come from, and where their units do. */
struct writing {
    struct weir_load *load;
    struct weir_stage *stage;
    size_t which;         /* among the load's tables */
    const char *source;   /* NULL: the stage, else the path of the version in force */
    const char *lead;     /* path of the file that has the units; NULL for public tables */
    const char *key, *in; /* its column with the keys, and its table */
    size_t column;        /* the table's own that leads there */
    struct weir_buffer sql;
};

weir_status weir_load_begin_file(struct weir_load *load, struct weir_load_file *file,
                                 struct weir_stage *stage, struct weir_error *error) {
    struct weir_buffer sql = {.limit = 1 << 20};
    const char *temporary = weir_arena_printf(load->arena, "%s.tmp", file->path);
    if (temporary == NULL)
        return WEIR_FAILED;
    weir_buffer_text(&sql, "ATTACH ");
    weir_duckdb_literal(&sql, temporary);
    weir_buffer_text(&sql, " AS made");
    weir_status status = weir_stage_run(stage, &sql, "make the new version's file", error);
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

static weir_status close_made(struct weir_stage *stage, struct weir_error *error) {
    struct weir_buffer sql = {.limit = 1 << 20};
    weir_buffer_text(&sql, "CHECKPOINT made");
    weir_status status = weir_stage_run(stage, &sql, "write the new version", error);
    if (status.ok) {
        weir_buffer_text(&sql, "DETACH made");
        status = weir_stage_run(stage, &sql, "close the new version", error);
    }
    weir_buffer_free(&sql);
    return status;
}

weir_status weir_load_end_file(struct weir_load *load, struct weir_load_file *file,
                               struct weir_stage *stage, struct weir_error *error) {
    const char *temporary = weir_arena_printf(load->arena, "%s.tmp", file->path);
    const char *journal = weir_arena_printf(load->arena, "%s.tmp.wal", file->path);
    if (temporary == NULL || journal == NULL)
        return WEIR_FAILED;
    WEIR_TRY(close_made(stage, error));
    /* The file must be whole by itself: all of the journal is in it. */
    if (weir_file_exists(journal))
        return weir_fail(error, WEIR_ERROR_INTERNAL, "the new version's file was not completed");
    WEIR_TRY(make_durable(load->store->env, temporary, error));
    if (rename(temporary, file->path) != 0)
        return weir_fail_errno(error, "cannot rename %s into place", temporary);
    file->is_written = true;
    return weir_file_sync_folder(load->store->env, load->store->data, error);
}

static void print_source(struct writing *writing, const struct weir_policy_table *table) {
    if (writing->source == NULL) {
        weir_buffer_text(&writing->sql, " FROM stage AS source");
        return;
    }
    weir_buffer_text(&writing->sql, " FROM (");
    weir_load_print_stored(&writing->sql, table, "old");
    weir_buffer_text(&writing->sql, ") AS source");
}

static void print_columns(struct weir_buffer *sql, const struct weir_policy_table *table) {
    for (size_t i = 0; i < table->column_count; i++) {
        weir_buffer_printf(sql, "%sc%zu AS ", i == 0 ? "" : ", ", i);
        weir_duckdb_identifier(sql, table->columns[i].name);
    }
}

/* Rows of a unit lie together, and among them those of one key. */
static void print_rows(struct writing *writing, const struct weir_policy_table *table) {
    struct weir_buffer *sql = &writing->sql;
    weir_buffer_text(sql, "CREATE TABLE made.main.rows AS SELECT ");
    print_columns(sql, table);
    if (writing->lead != NULL)
        weir_buffer_text(sql, ", weir_unit");
    print_source(writing, table);
    if (writing->lead != NULL) {
        weir_buffer_text(sql, " JOIN (SELECT ");
        weir_duckdb_identifier(sql, writing->key);
        weir_buffer_printf(sql, " AS key, weir_unit FROM lead.main.%s) AS lead ON c%zu = lead.key",
                           writing->in, writing->column);
    }
    weir_buffer_text(sql, " ORDER BY ");
    if (writing->lead != NULL)
        weir_buffer_text(sql, "weir_unit, ");
    if (writing->lead != NULL && table->columns[writing->column].role == WEIR_COLUMN_UNIT_VIA)
        weir_buffer_printf(sql, "c%zu, ", writing->column);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].is_key)
            weir_buffer_printf(sql, "c%zu, ", i);
    weir_buffer_text(sql, "line");
}

/* Rows that lead to nobody: kept, as their person may come, and never shown to the engine that
 * answers. */
static void print_orphans(struct writing *writing, const struct weir_policy_table *table) {
    struct weir_buffer *sql = &writing->sql;
    weir_buffer_text(sql, "CREATE TABLE made.main.orphans AS SELECT ");
    print_columns(sql, table);
    print_source(writing, table);
    weir_buffer_printf(sql, " WHERE NOT EXISTS (SELECT 1 FROM lead.main.%s AS lead WHERE lead.",
                       writing->in);
    weir_duckdb_identifier(sql, writing->key);
    weir_buffer_printf(sql, " = c%zu) ORDER BY c%zu, line", writing->column, writing->column);
}

static weir_status count_made(struct writing *writing, const char *part, int64_t *count,
                              struct weir_error *error) {
    bool found;
    weir_buffer_printf(&writing->sql, "SELECT count(*) FROM made.main.%s", part);
    return weir_stage_ask(writing->stage, &writing->sql, &found, count, error);
}

static weir_status fill_file(struct writing *writing, struct weir_error *error) {
    struct weir_load *load = writing->load;
    const struct weir_policy_table *table = load->tables[writing->which];
    struct weir_table_version *version = &load->versions[writing->which];
    print_rows(writing, table);
    WEIR_TRY(weir_stage_run(writing->stage, &writing->sql, "write the new version", error));
    WEIR_TRY(count_made(writing, "rows", &version->rows, error));
    version->orphans = 0;
    if (writing->lead == NULL || table->columns[writing->column].role != WEIR_COLUMN_UNIT_VIA)
        return WEIR_OK;
    print_orphans(writing, table);
    WEIR_TRY(weir_stage_run(writing->stage, &writing->sql, "write the new version", error));
    WEIR_TRY(count_made(writing, "orphans", &version->orphans, error));
    version->rows += version->orphans;
    return WEIR_OK;
}

static weir_status write_table(struct writing *writing, struct weir_error *error) {
    struct weir_load *load = writing->load;
    struct weir_stage *stage = writing->stage;
    struct weir_load_file *file = &load->files[writing->which];
    struct weir_table_version *version = &load->versions[writing->which];
    if (writing->source != NULL)
        WEIR_TRY(weir_load_attach(stage, writing->source, "old", error));
    if (writing->lead != NULL)
        WEIR_TRY(weir_load_attach(stage, writing->lead, "lead", error));
    WEIR_TRY(weir_load_begin_file(load, file, stage, error));
    WEIR_TRY(fill_file(writing, error));
    WEIR_TRY(weir_load_end_file(load, file, stage, error));
    if (writing->source != NULL)
        WEIR_TRY(weir_load_detach(stage, "old", error));
    if (writing->lead != NULL)
        WEIR_TRY(weir_load_detach(stage, "lead", error));
    return weir_store_content_digest(load->store, file->path, version->version, version->digest,
                                     file->content, error);
}

/* The newest version of a table, of this load or before it. */
static const char *newest_path(const struct weir_load *load,
                               const struct weir_policy_table *table) {
    for (size_t i = 0; i < load->count; i++)
        if (load->tables[i] == table)
            return load->files[i].path;
    const struct weir_table_version *version = weir_load_before(load, table);
    return version == NULL ? NULL : version->path;
}

static weir_status write_one(struct weir_load *load, struct weir_stage *stage, size_t which,
                             const char *units, struct weir_error *error) {
    const struct weir_policy_table *table = load->tables[which];
    struct writing writing = {.load = load,
                              .stage = stage,
                              .which = which,
                              .column = weir_load_unit_column(table),
                              .lead = units,
                              .key = "key",
                              .in = "units",
                              .sql = {.limit = 1 << 20}};
    if (which > 0)
        writing.source = weir_load_before(load, table)->path;
    if (writing.column < table->column_count &&
        table->columns[writing.column].role == WEIR_COLUMN_UNIT_VIA) {
        const struct weir_policy_column *column = &table->columns[writing.column];
        writing.lead = newest_path(load, column->via_table);
        writing.key = column->via_column->name;
        writing.in = "rows";
    }
    weir_status status = write_table(&writing, error);
    weir_buffer_free(&writing.sql);
    return status;
}

weir_status weir_load_write(struct weir_load *load, struct weir_stage *stage,
                            struct weir_error *error) {
    const char *units;
    WEIR_TRY(weir_load_units(load, stage, &units, error));
    for (size_t i = 0; i < load->count; i++)
        WEIR_TRY(write_one(load, stage, i, units, error));
    return WEIR_OK;
}
