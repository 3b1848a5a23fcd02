/* A load: read and check everything, write a new version's file, and put it in force once it has
 * been logged. */
#include "store/load_private.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

enum { LOCK_ATTEMPTS = 50 };

struct weir_load {
    struct weir_store *store;
    const struct weir_policy_table *table;
    int lock; /* held from start to end */
    char file[NAME_MAX + 1], path[PATH_MAX];
    struct weir_table_version version;
    uint8_t content[WEIR_DIGEST_BYTES]; /* of the file that was written */
    bool is_written, is_settled;        /* settled: the file's fate is the state's to tell */
};

/* "." parts a file's name, and other letters may mean something to a file system: they are written
 * as %XX. */
static bool append_encoded(char *out, size_t size, size_t *len, const char *name) {
    for (; *name != '\0'; name++) {
        unsigned char byte = (unsigned char)*name;
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
        if (size - *len < 4)
            return false;
        int written = snprintf(out + *len, size - *len, plain ? "%c" : "%%%02X", byte);
        *len += (size_t)written;
    }
    return true;
}

static weir_status name_file(struct weir_load *load, struct weir_error *error) {
    size_t len = 0, size = sizeof load->file - 40; /* room for the rest */
    bool fits = append_encoded(load->file, size, &len, load->table->schema);
    load->file[len++] = '.';
    if (!fits || !append_encoded(load->file, size, &len, load->table->name))
        return weir_fail(error, WEIR_ERROR_LIMIT, "the name of the table is too long for a file");
    snprintf(load->file + len, sizeof load->file - len, ".%lld.duckdb",
             (long long)load->version.version);
    return weir_store_path(load->path, load->store->data, load->file, error);
}

/* The engine takes names that differ in case for one. */
static weir_status check_table(const struct weir_policy_table *table, struct weir_error *error) {
    bool has_unit = false;
    for (size_t i = 0; i < table->column_count; i++) {
        const char *name = table->columns[i].name;
        has_unit = has_unit || table->columns[i].role == WEIR_COLUMN_UNIT_KEY;
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
    if (!table->is_public && !has_unit)
        return weir_fail(error, WEIR_ERROR_REFUSED,
                         "the table %.64s.%.64s has no UNIT KEY: tables with many rows a person "
                         "cannot be loaded yet",
                         table->schema, table->name);
    return WEIR_OK;
}

static weir_status find_table(struct weir_load *load, const char *schema, const char *name,
                              struct weir_error *error) {
    load->table = weir_policy_find_table(load->store->policy, schema, name);
    if (load->table == NULL)
        return weir_fail(error, WEIR_ERROR_INVALID, "the policy has no table %.64s.%.64s", schema,
                         name);
    load->version.schema = load->table->schema;
    load->version.name = load->table->name;
    load->version.path = load->path;
    return check_table(load->table, error);
}

/* A load holds the lock for long; tidying, when another process opens the store, for a moment. */
static weir_status take_lock(struct weir_load *load, struct weir_error *error) {
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
        bool held;
        if (attempt > 0)
            nanosleep(&pause, NULL);
        WEIR_TRY(weir_store_lock_data(load->store, &load->lock, &held, error));
        if (held)
            return WEIR_OK;
    }
    weir_fail_state(error, WEIR_ERROR_SYSTEM, "55P03", "another load into this store is under way");
    return weir_error_hint(error, "Wait until it is done, then load again.");
}

/* A number is used once, even when its load is given up: the log may already name it. */
static weir_status draw_version(struct weir_load *load, struct weir_error *error) {
    struct weir_state_statement statement = {0};
    bool row = false;
    weir_store_lock(load->store);
    weir_status status = weir_state_prepare(
        load->store->database,
        "UPDATE counter SET value = value + 1 WHERE name = 'version' RETURNING value", &statement,
        error);
    if (status.ok)
        status = weir_state_step(&statement, &row, error);
    if (status.ok && !row)
        status = weir_state_fail(load->store->database, SQLITE_CORRUPT, error);
    if (status.ok) {
        load->version.version = sqlite3_column_int64(statement.statement, 0);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    weir_store_unlock(load->store);
    return status;
}

static weir_status fill_load(struct weir_load *load, struct weir_load_source *source,
                             const struct weir_load_progress *progress, struct weir_stage *stage,
                             struct weir_error *error) {
    WEIR_TRY(weir_load_read(source, &load->store->keys, load->table, progress, stage,
                            &load->version.rows, load->version.digest, error));
    WEIR_TRY(weir_load_check(load->store, load->table, stage, error));
    WEIR_TRY(draw_version(load, error));
    WEIR_TRY(name_file(load, error));
    WEIR_TRY(weir_load_write(load->store, load->table, stage, load->path, error));
    load->is_written = true;
    return weir_store_content_digest(load->store, load->path, load->version.version,
                                     load->version.digest, load->content, error);
}

static weir_status prepare(struct weir_load *load, const char *schema, const char *table,
                           const char *path, const struct weir_load_progress *progress,
                           struct weir_error *error) {
    char spill[PATH_MAX];
    struct weir_stage *stage = NULL;
    struct weir_load_source source = {0};
    WEIR_TRY(find_table(load, schema, table, error));
    WEIR_TRY(take_lock(load, error));
    WEIR_TRY(weir_store_path(spill, load->store->spill, "load", error));
    WEIR_TRY(weir_file_make_folder(spill, 0700, error));
    weir_status status = weir_load_open_source(&source, path, error);
    if (status.ok)
        status = weir_stage_create(load->table, source.is_parquet ? "row" : "line", spill, &stage,
                                   error);
    if (status.ok)
        status = fill_load(load, &source, progress, stage, error);
    weir_load_close_source(&source);
    weir_stage_destroy(stage);
    return status;
}

weir_status weir_load_prepare(struct weir_store *store, const char *schema, const char *table,
                              const char *path, const struct weir_load_progress *progress,
                              struct weir_load **load, struct weir_error *error) {
    struct weir_load *made = calloc(1, sizeof *made);
    weir_status status = WEIR_FAILED;
    if (made != NULL) {
        made->store = store;
        made->lock = -1;
        status = prepare(made, schema, table, path, progress, error);
    }
    if (!status.ok) {
        weir_error_settle(error);
        weir_load_close(made);
        return WEIR_FAILED;
    }
    *load = made;
    return WEIR_OK;
}

const struct weir_table_version *weir_load_version(const struct weir_load *load) {
    return &load->version;
}

static weir_status insert_version(struct weir_load *load, uint64_t log_index, int64_t now,
                                  struct weir_error *error) {
    const struct weir_table_version *version = &load->version;
    struct weir_state_statement statement = {0};
    bool row;
    weir_store_lock(load->store);
    weir_status status = weir_state_prepare(
        load->store->database,
        "INSERT INTO table_version (version, schema, name, file, rows, digest, content, log_index,"
        " since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &statement, error);
    if (status.ok) {
        weir_state_bind_integer(&statement, 1, version->version);
        weir_state_bind_text(&statement, 2, version->schema);
        weir_state_bind_text(&statement, 3, version->name);
        weir_state_bind_text(&statement, 4, load->file);
        weir_state_bind_integer(&statement, 5, version->rows);
        weir_state_bind_blob(&statement, 6, version->digest, sizeof version->digest);
        weir_state_bind_blob(&statement, 7, load->content, sizeof load->content);
        weir_state_bind_integer(&statement, 8, (int64_t)log_index);
        weir_state_bind_integer(&statement, 9, now);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    weir_store_unlock(load->store);
    return status;
}

weir_status weir_load_commit(struct weir_load *load, uint64_t log_index, struct weir_error *error) {
    int64_t now;
    weir_check(load->is_written && !load->is_settled);
    if (log_index > INT64_MAX)
        return weir_fail(error, WEIR_ERROR_INVALID, "the log's index is out of range");
    WEIR_TRY(load->store->env->now(load->store->env->state, &now, error));
    load->is_settled = true; /* even a failed commit may have reached the disk */
    return insert_version(load, log_index, now, error);
}

void weir_load_close(struct weir_load *load) {
    if (load == NULL)
        return;
    if (load->is_written && !load->is_settled)
        unlink(load->path); /* what cannot be removed now, the next open of the store removes */
    if (load->lock >= 0)
        close(load->lock);
    free(load);
}
