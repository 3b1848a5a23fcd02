/* What the engine may not do: too many rows, too much memory, files, settings; what its errors say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "backend_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static struct fixture fixture;

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture, "CREATE TABLE rows AS SELECT range AS id FROM range(100000)");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void expect_class(const char *sql, enum weir_error_class class) {
    struct weir_rows rows;
    if (fixture_query(&fixture, sql, &rows).ok)
        fail_msg("%s was answered", sql);
    if (fixture.error.class != class)
        fail_msg("%s: class %d, %s", sql, (int)fixture.error.class, fixture.error.message);
}

static void test_the_row_limit_is_exact(void **state) {
    (void)state;
    struct weir_rows rows;
    const struct weir_backend_operations *operations = fixture.backend->operations;
    weir_error_clear(&fixture.error);
    assert_true(operations
                    ->query(fixture.backend, fixture.arena, NULL, "SELECT id FROM city.people",
                            NULL, 0, 100000, &rows, &fixture.error)
                    .ok);
    assert_int_equal(rows.row_count, 100000);
    assert_false(operations
                     ->query(fixture.backend, fixture.arena, NULL, "SELECT id FROM city.people",
                             NULL, 0, 99999, &rows, &fixture.error)
                     .ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_LIMIT);
}

static void test_an_endless_result_stops_at_the_limit(void **state) {
    (void)state;
    expect_class("SELECT a.id FROM city.people a, city.people b, city.people c", WEIR_ERROR_LIMIT);
}

static void test_engine_memory_is_a_limit(void **state) {
    (void)state;
    expect_class("SELECT list(a.id) FROM city.people a, city.people b", WEIR_ERROR_LIMIT);
    assert_string_equal(fixture.error.sqlstate, "53200");
}

static void test_arena_memory_is_left_to_settle(void **state) {
    (void)state;
    struct weir_rows rows;
    struct weir_arena *small = weir_arena_create(100000);
    assert_non_null(small);
    weir_error_clear(&fixture.error);
    assert_false(fixture.backend->operations
                     ->query(fixture.backend, small, NULL, "SELECT id FROM city.people", NULL, 0,
                             100000, &rows, &fixture.error)
                     .ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_NONE);
    weir_arena_destroy(small);
}

static void test_failures_are_uniform(void **state) {
    (void)state;
    static const char *const failing[] = {
        "SELECT error('secret ' || id) FROM city.people",
        "SELECT CASE WHEN id = 99999 THEN error('secret') ELSE '' END FROM city.people",
        "SELECT ('secret' || id)::INTEGER FROM city.people",
        "SELECT secret FROM city.people",
        "SELECT 1 FROM city.secret",
        "SELEC",
        "SELECT 1; SELECT 2",
        "",
    };
    for (size_t i = 0; i < WEIR_COUNT(failing); i++) {
        expect_class(failing[i], WEIR_ERROR_INTERNAL);
        assert_string_equal(fixture.error.message, "the data engine could not answer");
        assert_string_equal(fixture.error.sqlstate, "XX000");
        assert_string_equal(fixture.error.detail, "");
        assert_string_equal(fixture.error.hint, "");
    }
}

static const char *const forbidden[] = {
    "SET threads = 1",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET enable_external_access",
    "PRAGMA threads = 1",
    "ATTACH '/tmp/other.duckdb'",
    "COPY (SELECT 1) TO '/tmp/weir_out.csv'",
    "COPY city.people FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/weir_export'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_parquet('/tmp/x.parquet')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd.csv'",
    "SELECT getenv('HOME')",
};

static void test_the_backend_refuses_all_but_questions(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(forbidden); i++)
        expect_class(forbidden[i], WEIR_ERROR_INTERNAL);
    expect_class("CREATE TABLE t (a INTEGER)", WEIR_ERROR_INTERNAL);
    expect_class("DROP VIEW city.people", WEIR_ERROR_INTERNAL);
    expect_class("EXPLAIN SELECT 1", WEIR_ERROR_INTERNAL);
    expect_class("CALL pragma_version()", WEIR_ERROR_INTERNAL);
}

/* Behind the backend's own check the engine is locked too. */
static void test_the_engine_is_locked(void **state) {
    (void)state;
    struct weir_duckdb *engine = (struct weir_duckdb *)fixture.backend;
    duckdb_connection connection;
    assert_int_equal(duckdb_connect(engine->database, &connection), DuckDBSuccess);
    for (size_t i = 0; i < WEIR_COUNT(forbidden); i++) {
        weir_error_clear(&fixture.error);
        if (weir_duckdb_run(connection, forbidden[i], &fixture.error).ok)
            fail_msg("%s ran", forbidden[i]);
    }
    weir_error_clear(&fixture.error);
    assert_false(
        weir_duckdb_run(connection, "INSERT INTO \" table 0\".main.rows VALUES (1)", &fixture.error)
            .ok);
    assert_false(
        weir_duckdb_run(connection, "DROP TABLE \" table 0\".main.rows", &fixture.error).ok);
    duckdb_disconnect(&connection);
}

static void test_a_missing_or_torn_file_is_refused(void **state) {
    (void)state;
    struct weir_backend *backend = NULL;
    struct weir_backend_options options = {.threads = 1, .memory_megabytes = 64};
    struct weir_backend_table missing = {"city", "people", "/tmp/weir_backend_no_such_file"};
    struct weir_backend_table torn = {"city", "people", "/etc/passwd"};
    weir_error_clear(&fixture.error);
    assert_false(weir_duckdb_open(&missing, 1, &options, &backend, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_SYSTEM);
    assert_non_null(strstr(fixture.error.message, "city.people"));
    weir_error_clear(&fixture.error);
    assert_false(weir_duckdb_open(&torn, 1, &options, &backend, &fixture.error).ok);
    assert_null(strstr(fixture.error.message, "root"));
    assert_null(backend);
}

static int count_entries(const char *folder) {
    DIR *stream = opendir(folder);
    int count = 0;
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(stream);
    return count;
}

static void open_spilling(const char *folder, struct weir_backend **backend) {
    struct weir_backend_options options = {
        .threads = 1, .memory_megabytes = 64, .spill_folder = folder};
    weir_error_clear(&fixture.error);
    if (!weir_duckdb_open(NULL, 0, &options, backend, &fixture.error).ok)
        fail_msg("%s", fixture.error.message);
}

/* A sort of more than the engine's memory; its spilled blocks go with the engine, or with the next
 * one. */
static void test_spilling_leaves_nothing(void **state) {
    (void)state;
    char folder[] = "/tmp/weir_spill_XXXXXX", left[64];
    struct weir_backend *first = NULL, *second = NULL;
    struct weir_rows rows;
    assert_non_null(mkdtemp(folder));
    snprintf(left, sizeof left, "%s/engine-killed", folder);
    assert_int_equal(mkdir(left, 0700), 0);
    snprintf(left, sizeof left, "%s/engine-killed/block", folder);
    assert_int_equal(close(creat(left, 0600)), 0);
    open_spilling(folder, &first);
    assert_int_equal(count_entries(folder), 1);
    assert_true(first->operations
                    ->query(first, fixture.arena, NULL,
                            "SELECT count(*) FROM (SELECT sha256(range::VARCHAR) AS a FROM "
                            "range(2000000) ORDER BY a OFFSET 1)",
                            NULL, 0, 1, &rows, &fixture.error)
                    .ok);
    assert_int_equal(rows.values[0].as.integer, 1999999);
    open_spilling(folder, &second);
    assert_int_equal(count_entries(folder), 2);
    first->operations->close(first);
    second->operations->close(second);
    assert_int_equal(rmdir(folder), 0);
}

static void test_an_engine_without_tables_computes(void **state) {
    (void)state;
    struct weir_backend *backend = NULL;
    struct weir_backend_options options = {0};
    struct weir_rows rows;
    weir_error_clear(&fixture.error);
    assert_true(weir_duckdb_open(NULL, 0, &options, &backend, &fixture.error).ok);
    assert_true(
        backend->operations
            ->query(backend, fixture.arena, NULL, "SELECT 6 * 7", NULL, 0, 1, &rows, &fixture.error)
            .ok);
    assert_int_equal(rows.values[0].as.integer, 42);
    backend->operations->close(backend);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_row_limit_is_exact),
        cmocka_unit_test(test_an_endless_result_stops_at_the_limit),
        cmocka_unit_test(test_engine_memory_is_a_limit),
        cmocka_unit_test(test_arena_memory_is_left_to_settle),
        cmocka_unit_test(test_failures_are_uniform),
        cmocka_unit_test(test_the_backend_refuses_all_but_questions),
        cmocka_unit_test(test_the_engine_is_locked),
        cmocka_unit_test(test_a_missing_or_torn_file_is_refused),
        cmocka_unit_test(test_spilling_leaves_nothing),
        cmocka_unit_test(test_an_engine_without_tables_computes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
