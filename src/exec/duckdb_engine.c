/* Opening DuckDB with our settings, locking it, and turning its errors into ours. */
#include "exec/duckdb_engine.h"

#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

weir_status weir_duckdb_fail(duckdb_error_type type, struct weir_error *error) {
    if (type == DUCKDB_ERROR_INTERRUPT)
        return weir_fail(error, WEIR_ERROR_CANCELLED, "the statement was cancelled");
    if (type == DUCKDB_ERROR_OUT_OF_MEMORY)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200",
                               "the statement needs more memory than the data engine may use");
    return weir_fail(error, WEIR_ERROR_INTERNAL, "the data engine could not answer");
}

static void quote(struct weir_buffer *out, const char *text, char mark) {
    weir_buffer_byte(out, (unsigned char)mark);
    for (; *text != '\0'; text++) {
        if (*text == mark)
            weir_buffer_byte(out, (unsigned char)mark);
        weir_buffer_byte(out, (unsigned char)*text);
    }
    weir_buffer_byte(out, (unsigned char)mark);
}

void weir_duckdb_identifier(struct weir_buffer *out, const char *name) {
    quote(out, name, '"');
}

void weir_duckdb_literal(struct weir_buffer *out, const char *text) {
    quote(out, text, '\'');
}

weir_status weir_duckdb_run(duckdb_connection connection, const char *sql,
                            struct weir_error *error) {
    duckdb_result result;
    weir_status status = WEIR_OK;
    if (duckdb_query(connection, sql, &result) != DuckDBSuccess)
        status = weir_duckdb_fail(duckdb_result_error_type(&result), error);
    duckdb_destroy_result(&result);
    return status;
}

weir_status weir_duckdb_lock(duckdb_connection connection, struct weir_error *error) {
    WEIR_TRY(weir_duckdb_run(connection, "SET enable_external_access = false", error));
    return weir_duckdb_run(connection, "SET lock_configuration = true", error);
}

size_t weir_duckdb_default_memory_megabytes(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page_size <= 0)
        return 1024;
    size_t megabytes = (size_t)pages / 1024 * (size_t)page_size / 1024;
    return megabytes / 5 * 3 + 64;
}

static int default_threads(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > 256 ? 256 : (int)processors;
}

static weir_status configure(duckdb_config config, const struct weir_backend_options *options,
                             struct weir_error *error) {
    size_t megabytes = options->memory_megabytes != 0 ? options->memory_megabytes
                                                      : weir_duckdb_default_memory_megabytes();
    char memory[32], threads[16];
    snprintf(memory, sizeof memory, "%zuMiB", megabytes);
    snprintf(threads, sizeof threads, "%d",
             options->threads > 0 ? options->threads : default_threads());
    const char *const settings[][2] = {
        {"threads", threads},
        {"memory_limit", memory},
        {"temp_directory", options->spill_folder != NULL ? options->spill_folder : ""},
        {"preserve_insertion_order", "false"},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
        {"allow_unsigned_extensions", "false"},
        {"allow_persistent_secrets", "false"},
        /* Ours is checked before it is paid: 200 levels, each of a few of the engine's. */
        {"max_expression_depth", "10000"},
    };
    for (size_t i = 0; i < WEIR_COUNT(settings); i++)
        if (duckdb_set_config(config, settings[i][0], settings[i][1]) != DuckDBSuccess)
            return weir_fail(error, WEIR_ERROR_INTERNAL, "the data engine has no setting %s",
                             settings[i][0]);
    return WEIR_OK;
}

weir_status weir_duckdb_open_database(const char *path, const struct weir_backend_options *options,
                                      duckdb_database *database, struct weir_error *error) {
    duckdb_config config;
    if (duckdb_create_config(&config) != DuckDBSuccess)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the data engine cannot be started");
    weir_status status = configure(config, options, error);
    if (status.ok && duckdb_open_ext(path, database, config, NULL) != DuckDBSuccess)
        status = weir_fail(error, WEIR_ERROR_SYSTEM, "the data engine cannot open %s",
                           path != NULL ? path : "its memory");
    duckdb_destroy_config(&config);
    return status;
}
