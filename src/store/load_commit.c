/* Putting a load in force: all that it wrote, in one transaction. */
#include "store/load_private.h"

#include "base/banned.h"

static weir_status insert_version(struct weir_load *load, size_t which, uint64_t log_index,
                                  int64_t now, struct weir_error *error) {
    const struct weir_table_version *version = &load->versions[which];
    const struct weir_load_file *file = &load->files[which];
    struct weir_state_statement statement = {0};
    bool row;
    weir_status status = weir_state_prepare(
        load->store->database,
        "INSERT INTO table_version (version, schema, name, file, rows, orphans, digest, content,"
        " log_index, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &statement, error);
    if (status.ok) {
        weir_state_bind_integer(&statement, 1, version->version);
        weir_state_bind_text(&statement, 2, version->schema);
        weir_state_bind_text(&statement, 3, version->name);
        weir_state_bind_text(&statement, 4, file->name);
        weir_state_bind_integer(&statement, 5, version->rows);
        weir_state_bind_integer(&statement, 6, version->orphans);
        weir_state_bind_blob(&statement, 7, version->digest, sizeof version->digest);
        weir_state_bind_blob(&statement, 8, file->content, sizeof file->content);
        weir_state_bind_integer(&statement, 9, (int64_t)log_index);
        weir_state_bind_integer(&statement, 10, now);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    return status;
}

static weir_status insert_units(struct weir_load *load, int64_t now, struct weir_error *error) {
    struct weir_state_statement statement = {0};
    bool row;
    weir_status status = weir_state_prepare(load->store->database,
                                            "INSERT INTO unit_version (version, dataset, file,"
                                            " content, since) VALUES (?, ?, ?, ?, ?)",
                                            &statement, error);
    if (status.ok) {
        weir_state_bind_integer(&statement, 1, load->versions[0].version);
        weir_state_bind_text(&statement, 2, load->table->schema);
        weir_state_bind_text(&statement, 3, load->units.name);
        weir_state_bind_blob(&statement, 4, load->units.content, sizeof load->units.content);
        weir_state_bind_integer(&statement, 5, now);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    return status;
}

static weir_status insert_all(struct weir_load *load, const uint64_t *log_indexes, int64_t now,
                              struct weir_error *error) {
    for (size_t i = 0; i < load->count; i++)
        WEIR_TRY(insert_version(load, i, log_indexes[i], now, error));
    return load->units.is_written ? insert_units(load, now, error) : WEIR_OK;
}

/* Where a failure has rolled back by itself there is nothing left to do. */
static void roll_back(sqlite3 *database) {
    struct weir_error ignored = {0};
    if (sqlite3_get_autocommit(database) == 0 && !weir_state_run(database, "ROLLBACK", &ignored).ok)
        weir_error_clear(&ignored);
}

weir_status weir_load_keep(struct weir_load *load, const uint64_t *log_indexes,
                           struct weir_error *error) {
    const struct weir_env *env = load->store->env;
    sqlite3 *database = load->store->database;
    int64_t now;
    WEIR_TRY(env->now(env->state, &now, error));
    weir_store_lock(load->store);
    weir_status status = weir_state_run(database, "BEGIN IMMEDIATE", error);
    if (status.ok) {
        status = insert_all(load, log_indexes, now, error);
        if (status.ok)
            status = weir_state_run(database, "COMMIT", error);
        if (!status.ok)
            roll_back(database);
    }
    weir_store_unlock(load->store);
    return status;
}
