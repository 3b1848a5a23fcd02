/* Cancelling from another thread, and eight threads on one backend. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "backend_fixture.h"
#include "base/env.h"

#include <pthread.h>
#include <unistd.h>

#include "base/banned.h"

static struct fixture fixture;
static const char *const endless =
    "SELECT sum(sin(a.id * b.id)) FROM city.people a, city.people b, city.people c";

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

struct request {
    struct weir_cancel *cancel;
    unsigned delay_microseconds;
};

static void *request_later(void *argument) {
    const struct request *request = argument;
    usleep(request->delay_microseconds);
    weir_cancel_request(request->cancel);
    return NULL;
}

static void expect_cancelled(struct weir_cancel *cancel, const char *sql) {
    struct weir_rows rows;
    weir_error_clear(&fixture.error);
    assert_false(fixture.backend->operations
                     ->query(fixture.backend, fixture.arena, cancel, sql, NULL, 0, SIZE_MAX, &rows,
                             &fixture.error)
                     .ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_CANCELLED);
    assert_string_equal(fixture.error.sqlstate, "57014");
}

/* Every delay must work: before the plan, during it, during the run. */
static void test_a_running_statement_is_cancelled(void **state) {
    (void)state;
    static const unsigned delays[] = {0, 50, 100, 200, 300, 500, 700, 1000, 2000, 5000, 50000};
    struct weir_cancel *cancel = weir_cancel_create();
    assert_non_null(cancel);
    for (size_t i = 0; i < WEIR_COUNT(delays); i++) {
        struct request request = {cancel, delays[i]};
        pthread_t thread;
        int64_t start = weir_env_monotonic_microseconds();
        assert_int_equal(pthread_create(&thread, NULL, request_later, &request), 0);
        expect_cancelled(cancel, endless);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(weir_env_monotonic_microseconds() - start < 5000000);
        weir_cancel_reset(cancel);
    }
    weir_cancel_destroy(cancel);
}

static void test_a_request_before_the_start_counts_until_reset(void **state) {
    (void)state;
    struct weir_cancel *cancel = weir_cancel_create();
    struct weir_rows rows;
    assert_non_null(cancel);
    assert_false(weir_cancel_is_requested(cancel));
    weir_cancel_request(cancel);
    assert_true(weir_cancel_is_requested(cancel));
    expect_cancelled(cancel, "SELECT 1");
    expect_cancelled(cancel, endless);
    weir_cancel_reset(cancel);
    weir_error_clear(&fixture.error);
    assert_true(fixture.backend->operations
                    ->query(fixture.backend, fixture.arena, cancel, "SELECT 1", NULL, 0, 1, &rows,
                            &fixture.error)
                    .ok);
    weir_cancel_request(cancel); /* nothing runs: must not touch a connection that is gone */
    weir_cancel_destroy(cancel);
}

struct worker {
    int number;
    int wrong;
};

static void ask_released(struct worker *worker, struct weir_arena *arena, int64_t round) {
    static const enum weir_type types[] = {WEIR_TYPE_BIGINT, WEIR_TYPE_NUMERIC, WEIR_TYPE_TEXT};
    static const char *const names[] = {"key", "total", "a \"label\""};
    struct weir_value values[] = {
        weir_value_integer(WEIR_TYPE_BIGINT, worker->number),
        weir_value_numeric(125, 1),
        weir_value_text("label", 5),
        weir_value_integer(WEIR_TYPE_BIGINT, round),
        weir_value_numeric(-7, 0),
        weir_value_null(WEIR_TYPE_TEXT),
    };
    const struct weir_rows released = {3, 2, types, values};
    struct weir_rows rows;
    struct weir_error error = {0};
    weir_status status = fixture.backend->operations->query_released(
        fixture.backend, arena, NULL, &released, names,
        "SELECT sum(key), sum(total), count(\"a \"\"label\"\"\") FROM release", NULL, 0, 10, &rows,
        &error);
    if (!status.ok || rows.row_count != 1 ||
        rows.values[0].as.numeric.digits != worker->number + round ||
        rows.values[1].as.numeric.digits != 55 || rows.values[1].as.numeric.scale != 1 ||
        rows.values[2].as.integer != 1)
        worker->wrong++;
}

static void ask_table(struct worker *worker, struct weir_arena *arena) {
    struct weir_value constant = weir_value_integer(WEIR_TYPE_INTEGER, worker->number * 100);
    struct weir_rows rows;
    struct weir_error error = {0};
    weir_status status = fixture.backend->operations->query(
        fixture.backend, arena, NULL, "SELECT count(*) FROM city.people WHERE id < $1", &constant,
        1, 10, &rows, &error);
    if (!status.ok || rows.row_count != 1 || rows.values[0].as.integer != worker->number * 100)
        worker->wrong++;
}

static void *work(void *argument) {
    struct worker *worker = argument;
    for (int64_t round = 0; round < 20; round++) {
        struct weir_arena *arena = weir_arena_create(1 << 20);
        if (arena == NULL) {
            worker->wrong++;
            return NULL;
        }
        ask_released(worker, arena, round);
        ask_table(worker, arena);
        weir_arena_destroy(arena);
    }
    return NULL;
}

static void test_eight_threads_each_see_their_own_release(void **state) {
    (void)state;
    pthread_t threads[8];
    struct worker workers[8];
    for (int i = 0; i < 8; i++) {
        workers[i] = (struct worker){.number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(workers[i].wrong, 0);
}

static void test_the_release_is_gone_afterwards(void **state) {
    (void)state;
    struct worker worker = {.number = 1};
    struct weir_rows rows;
    ask_released(&worker, fixture.arena, 1);
    assert_int_equal(worker.wrong, 0);
    assert_false(fixture_query(&fixture, "SELECT * FROM release", &rows).ok);
}

static void test_an_empty_release_and_every_type(void **state) {
    (void)state;
    static const enum weir_type types[] = {WEIR_TYPE_BOOLEAN, WEIR_TYPE_INTEGER,   WEIR_TYPE_BIGINT,
                                           WEIR_TYPE_NUMERIC, WEIR_TYPE_DOUBLE,    WEIR_TYPE_TEXT,
                                           WEIR_TYPE_DATE,    WEIR_TYPE_TIMESTAMP, WEIR_TYPE_BLOB};
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    const struct weir_value values[] = {weir_value_boolean(true),
                                        weir_value_integer(WEIR_TYPE_INTEGER, -5),
                                        weir_value_integer(WEIR_TYPE_BIGINT, INT64_MIN),
                                        weir_value_numeric(-1234567, 3),
                                        weir_value_double(2.5),
                                        weir_value_text("\xc3\xa9", 2),
                                        weir_value_integer(WEIR_TYPE_DATE, -1),
                                        weir_value_integer(WEIR_TYPE_TIMESTAMP, 1),
                                        {.type = WEIR_TYPE_BLOB, .as.text = {"\0\1", 2}}};
    for (size_t count = 0; count <= 1; count++) {
        const struct weir_rows released = {9, count, types, values};
        struct weir_rows rows;
        weir_error_clear(&fixture.error);
        assert_true(fixture.backend->operations
                        ->query_released(fixture.backend, fixture.arena, NULL, &released, names,
                                         "SELECT * FROM release", NULL, 0, 10, &rows,
                                         &fixture.error)
                        .ok);
        assert_int_equal(rows.row_count, count);
        for (size_t i = 0; i < 9; i++) {
            assert_int_equal(rows.types[i], types[i]);
            if (count == 1)
                assert_int_equal(weir_value_compare(&rows.values[i], &values[i]), 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_running_statement_is_cancelled),
        cmocka_unit_test(test_a_request_before_the_start_counts_until_reset),
        cmocka_unit_test(test_eight_threads_each_see_their_own_release),
        cmocka_unit_test(test_the_release_is_gone_afterwards),
        cmocka_unit_test(test_an_empty_release_and_every_type),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
