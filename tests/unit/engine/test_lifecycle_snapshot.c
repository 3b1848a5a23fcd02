/* Snapshots: they follow the store, stay still for whoever uses them, and leave nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine_fixture.h"

#include "base/file.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/banned.h"

static struct fixture fixture;

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static struct weir_snapshot *acquire(void) {
    struct weir_snapshot *snapshot = NULL;
    fixture_must(&fixture, weir_snapshot_acquire(fixture.engine, &snapshot, &fixture.error));
    return snapshot;
}

static int64_t count_rows(struct weir_snapshot *snapshot, const char *sql) {
    struct weir_rows rows;
    fixture_must(&fixture,
                 snapshot->backend->operations->query(snapshot->backend, fixture.arena, NULL, sql,
                                                      NULL, 0, 10, &rows, &fixture.error));
    return rows.values[0].as.integer;
}

static int64_t count_districts(struct weir_snapshot *snapshot) {
    return count_rows(snapshot, "SELECT count(*) FROM \"public\".\"district\"");
}

static void test_an_empty_store_has_a_snapshot_without_tables(void **state) {
    (void)state;
    struct weir_snapshot *snapshot = acquire();
    assert_int_equal(snapshot->version_count, 0);
    assert_null(weir_snapshot_table(snapshot, "health", "patient"));
    weir_snapshot_return(fixture.engine, snapshot);
}

static void test_it_is_shared_while_the_store_stands_still(void **state) {
    (void)state;
    fixture_load_all(&fixture);
    struct weir_snapshot *first = acquire(), *second = acquire();
    assert_ptr_equal(first, second);
    assert_int_equal(weir_snapshot_table(first, "health", "patient")->version, 2);
    assert_null(weir_snapshot_table(first, "public", "patient"));
    assert_int_equal(count_rows(first, "SELECT count(*) FROM \"health\".\"patient\""), 4);
    weir_snapshot_return(fixture.engine, first);
    weir_snapshot_return(fixture.engine, second);
    struct weir_snapshot *third = acquire();
    assert_ptr_equal(first, third);
    weir_snapshot_return(fixture.engine, third);
}

static void test_it_moves_when_another_engine_loads(void **state) {
    (void)state;
    fixture_load_all(&fixture);
    struct weir_snapshot *old = acquire();
    assert_int_equal(count_districts(old), 2);
    struct weir_engine *other = fixture_open_engine(&fixture, false);
    fixture_load(&fixture, other, "public", "district", "code,label\nN,North\nS,South\nW,West\n");
    struct weir_snapshot *new = acquire();
    assert_ptr_not_equal(old, new);
    assert_int_equal(count_districts(new), 3);
    assert_int_equal(weir_snapshot_table(new, "public", "district")->version, 3);
    assert_int_equal(weir_snapshot_table(new, "health", "patient")->version, 2);
    fixture_load(&fixture, other, "public", "district", "code,label\nN,North\nS,South\n");
    fixture_load(&fixture, other, "public", "district", "code,label\nN,North\nS,South\n");
    weir_engine_close(other);
    other = fixture_open_engine(&fixture, false); /* removes files that were replaced twice */
    assert_int_equal(count_districts(old), 2);
    assert_int_equal(count_districts(new), 3);
    weir_engine_close(other);
    weir_snapshot_return(fixture.engine, old);
    weir_snapshot_return(fixture.engine, new);
}

static void test_a_missing_file_is_an_error_and_not_an_old_answer(void **state) {
    (void)state;
    struct weir_snapshot *snapshot = NULL;
    const struct weir_table_version *versions;
    size_t count;
    int64_t store_version;
    fixture_load_all(&fixture);
    weir_snapshot_return(fixture.engine, acquire());
    fixture_load(&fixture, fixture.engine, "public", "district",
                 "code,label\nN,North\nS,South\nW,West\n");
    fixture_must(&fixture, weir_store_versions(fixture.engine->store, fixture.arena, &versions,
                                               &count, &store_version, &fixture.error));
    assert_int_equal(remove(versions[1].path), 0);
    assert_false(weir_snapshot_acquire(fixture.engine, &snapshot, &fixture.error).ok);
    assert_true(weir_error_is_set(&fixture.error));
    assert_null(snapshot);
}

static size_t count_spills(void) {
    size_t count = 0;
    DIR *stream = opendir(fixture_path(&fixture, "spill"));
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        count += strncmp(entry->d_name, "engine-", 7) == 0;
    closedir(stream);
    return count;
}

static void test_spill_folders_go_with_their_snapshots(void **state) {
    (void)state;
    fixture_load_all(&fixture);
    assert_int_equal(count_spills(), 0);
    weir_snapshot_return(fixture.engine, acquire());
    assert_int_equal(count_spills(), 1);
    fixture_load(&fixture, fixture.engine, "public", "district", "code,label\nN,North\nS,South\n");
    weir_snapshot_return(fixture.engine, acquire());
    assert_int_equal(count_spills(), 1);
    weir_engine_close(fixture.engine);
    assert_int_equal(count_spills(), 0);
    fixture.engine = fixture_open_engine(&fixture, false);
}

static void test_what_a_crash_spilled_is_removed_and_what_is_in_use_stays(void **state) {
    (void)state;
    weir_snapshot_return(fixture.engine, acquire());
    assert_int_equal(mkdir(fixture_path(&fixture, "spill/engine-killed"), 0700), 0);
    FILE *file = fopen(fixture_path(&fixture, "spill/engine-killed/block"), "we");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(count_spills(), 2);
    struct weir_engine *other = fixture_open_engine(&fixture, false);
    assert_int_equal(count_spills(), 1);
    assert_false(weir_file_exists(fixture_path(&fixture, "spill/engine-killed")));
    weir_engine_close(other);
}

struct worker {
    pthread_t thread;
    int64_t least, most;
};

static void *read_always(void *argument) {
    struct worker *worker = argument;
    for (int i = 0; i < 40; i++) {
        struct weir_error error = {0};
        struct weir_snapshot *snapshot = NULL;
        struct weir_rows rows;
        struct weir_arena *arena = weir_arena_create(1 << 20);
        weir_check(arena != NULL);
        weir_check(weir_snapshot_acquire(fixture.engine, &snapshot, &error).ok);
        weir_check(snapshot->backend->operations
                       ->query(snapshot->backend, arena, NULL,
                               "SELECT count(*) FROM \"public\".\"district\"", NULL, 0, 10, &rows,
                               &error)
                       .ok);
        int64_t count = rows.values[0].as.integer;
        worker->least = i == 0 || count < worker->least ? count : worker->least;
        worker->most = count > worker->most ? count : worker->most;
        weir_snapshot_return(fixture.engine, snapshot);
        weir_arena_destroy(arena);
    }
    return NULL;
}

static void test_readers_and_a_loader_at_once(void **state) {
    (void)state;
    struct worker workers[4] = {0};
    fixture_load_all(&fixture);
    struct weir_engine *other = fixture_open_engine(&fixture, false);
    for (size_t i = 0; i < WEIR_COUNT(workers); i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, read_always, &workers[i]), 0);
    for (int i = 0; i < 6; i++)
        fixture_load(&fixture, other, "public", "district",
                     i % 2 == 0 ? "code,label\nN,North\nS,South\nW,West\n"
                                : "code,label\nN,North\nS,South\n");
    for (size_t i = 0; i < WEIR_COUNT(workers); i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_true(workers[i].least >= 2 && workers[i].most <= 3);
    }
    weir_engine_close(other);
    assert_int_equal(fixture.engine->snapshot->users, 0);
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_an_empty_store_has_a_snapshot_without_tables),
        TEST(test_it_is_shared_while_the_store_stands_still),
        TEST(test_it_moves_when_another_engine_loads),
        TEST(test_a_missing_file_is_an_error_and_not_an_old_answer),
        TEST(test_spill_folders_go_with_their_snapshots),
        TEST(test_what_a_crash_spilled_is_removed_and_what_is_in_use_stays),
        TEST(test_readers_and_a_loader_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
