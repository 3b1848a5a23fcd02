/* Makes and removes the folder that the backend's tests work in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "backend_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static void make_file(const char *path, const char *sql) {
    struct weir_backend_options options = {.threads = 1, .memory_megabytes = 256};
    struct weir_error error = {0};
    duckdb_database database;
    duckdb_connection connection;
    assert_true(weir_duckdb_open_database(path, &options, &database, &error).ok);
    assert_int_equal(duckdb_connect(database, &connection), DuckDBSuccess);
    assert_true(weir_duckdb_run(connection, sql, &error).ok);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
}

void fixture_open(struct fixture *fixture, const char *sql) {
    memset(fixture, 0, sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/weir_backend_XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/it's.duckdb", fixture->folder);
    make_file(fixture->path, sql);
    struct weir_backend_table table = {"city", "people", fixture->path};
    struct weir_backend_options options = {.threads = 2, .memory_megabytes = 256};
    assert_true(weir_duckdb_open(&table, 1, &options, &fixture->backend, &fixture->error).ok);
    fixture->arena = weir_arena_create(64 << 20);
    assert_non_null(fixture->arena);
}

void fixture_close(struct fixture *fixture) {
    fixture->backend->operations->close(fixture->backend);
    weir_arena_destroy(fixture->arena);
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(rmdir(fixture->folder), 0);
}

weir_status fixture_query_with(struct fixture *fixture, const char *sql,
                               const struct weir_value *constants, size_t count,
                               struct weir_rows *rows) {
    weir_error_clear(&fixture->error);
    return fixture->backend->operations->query(fixture->backend, fixture->arena, NULL, sql,
                                               constants, count, 100000, rows, &fixture->error);
}

weir_status fixture_query(struct fixture *fixture, const char *sql, struct weir_rows *rows) {
    return fixture_query_with(fixture, sql, NULL, 0, rows);
}
