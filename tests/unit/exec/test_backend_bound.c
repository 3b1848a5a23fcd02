/* The bounding operator fed by DuckDB, against the same bounding written as SQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "backend_fixture.h"

#include "bound/bounder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* 400,000 rows of 20,000 units, half of them in order of unit, so that threads share units. */
#define MAKE_PEOPLE                                                                                \
    "CREATE TABLE rows AS SELECT CAST(CASE WHEN i < 200000 THEN i // 20 ELSE hash(i) % 20000 END " \
    "AS INTEGER) AS unit, CAST(hash(i + 1) % 7 AS INTEGER) AS whole, "                             \
    "CASE WHEN hash(i + 2) % 9 = 0 THEN NULL ELSE "                                                \
    "repeat('long enough not to be inline ', CAST(hash(i + 3) % 3 AS INTEGER)) || "                \
    "(hash(i + 4) % 4) END AS name, "                                                              \
    "CASE WHEN hash(i + 5) % 11 = 0 THEN NULL ELSE CAST(CAST(hash(i + 6) % 100000 AS INTEGER) - "  \
    "30000 AS INTEGER) END AS amount FROM range(400000) r(i)"

enum { GROUPS_MAX = 4096 };

struct asked {
    size_t key_count, argument_count;
    struct weir_bounder_column keys[4], arguments[4];
};

static struct weir_bounder *make_bounder(const struct asked *asked,
                                         const struct weir_bounder_measure *measures, size_t count,
                                         size_t memory, struct weir_error *error) {
    struct weir_bounder_options options = {.memory_limit_bytes = memory,
                                           .threads = 2,
                                           .key_count = asked->key_count,
                                           .argument_count = asked->argument_count,
                                           .measure_count = count,
                                           .keys = asked->keys,
                                           .arguments = asked->arguments,
                                           .measures = measures};
    struct weir_bounder *bounder;
    assert_true(weir_bounder_create(&options, &bounder, error).ok);
    return bounder;
}

static weir_status bound(struct fixture *fixture, const char *sql, struct weir_bounder *bounder) {
    weir_error_clear(&fixture->error);
    return fixture->backend->operations->bound(fixture->backend, fixture->arena, NULL, sql, NULL, 0,
                                               bounder, &fixture->error);
}

/* Texts are compared by their order and length: ThreadSanitizer cannot see that DuckDB's threads
 * have written them before they are read.
 *
 * The operator's arithmetic in HUGEINT and DOUBLE: `value` is an aggregate over a cell. Exact while
 * squares stay below 2^127 and the ratio, computed from the same doubles, below 2^62. */
static void say_in_sql(char *sql, size_t size, const char *value, long tau, int bits) {
    snprintf(sql, size,
             "WITH cells AS (SELECT unit, whole, name, CAST(%s AS HUGEINT) AS v FROM city.people "
             "GROUP BY unit, whole, name), squares AS (SELECT whole, name, v, "
             "sum(v * v) OVER (PARTITION BY unit) AS s FROM cells), scaled AS (SELECT whole, name, "
             "CASE WHEN s <= CAST(%ld AS HUGEINT) * %ld THEN v * CAST(%ld AS HUGEINT) ELSE sign(v) "
             "* (abs(v) * CAST(floor(CAST(%ld AS DOUBLE) / sqrt(CAST(s AS DOUBLE)) * "
             "(1 - power(2, -49)) * power(2, 62)) AS HUGEINT) // CAST(power(2, %d) AS HUGEINT)) "
             "END AS c FROM squares) SELECT whole, CAST(length(name) AS INTEGER), "
             "CAST(sum(c) AS HUGEINT) FROM scaled "
             "GROUP BY whole, name ORDER BY whole NULLS LAST, name NULLS LAST",
             value, tau, tau, 1L << bits, tau, 62 - bits);
}

static void compare_with_sql(struct fixture *fixture, struct weir_bounder *bounder, size_t measure,
                             const char *value, long tau, int bits) {
    static weir_int128 sums[GROUPS_MAX];
    char sql[2048];
    struct weir_rows rows;
    const struct weir_value *keys;
    say_in_sql(sql, sizeof sql, value, tau, bits);
    assert_true(fixture_query(fixture, sql, &rows).ok);
    assert_true(weir_bounder_clip(bounder, measure, tau, bits, sums, &fixture->error).ok);
    assert_true(weir_bounder_groups(bounder, fixture->arena, &keys).ok);
    assert_int_equal(weir_bounder_group_count(bounder), rows.row_count);
    for (size_t i = 0; i < rows.row_count; i++) {
        const struct weir_value *row = &rows.values[i * 3];
        assert_int_equal(weir_value_compare(&keys[i * 2], &row[0]), 0);
        assert_int_equal(keys[i * 2 + 1].is_null, row[1].is_null);
        if (!row[1].is_null)
            assert_int_equal(keys[i * 2 + 1].as.text.len, row[1].as.integer);
        assert_true(sums[i] == row[2].as.numeric.digits);
    }
}

static const struct asked two_keys = {
    .key_count = 2,
    .argument_count = 1,
    .keys = {{.type = WEIR_TYPE_INTEGER}, {.type = WEIR_TYPE_TEXT}},
    .arguments = {{.type = WEIR_TYPE_INTEGER}}};
static const struct weir_bounder_measure four_measures[] = {
    {.kind = WEIR_BOUNDER_ROWS},
    {.kind = WEIR_BOUNDER_VALUES},
    {.kind = WEIR_BOUNDER_PEOPLE},
    {WEIR_BOUNDER_SUM, 0, {.low = -20000, .high = 50000, .centre = 15000, .raw_unit = 1}}};
static const char *const as_sql[] = {
    "count(*)", "count(amount)", "1",
    "sum(CASE WHEN amount IS NULL THEN 0 ELSE greatest(-20000, least(50000, amount)) - 15000 END)"};
static const char rows_sql[] = "SELECT CAST(unit AS BIGINT), whole, name, amount FROM city.people";

static void test_against_sql(void **state) {
    static const long taus[] = {1, 3, 40, 100000, 1000000000};
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, MAKE_PEOPLE);
    struct weir_bounder *bounder =
        make_bounder(&two_keys, four_measures, 4, (size_t)1 << 30, &fixture.error);
    assert_true(bound(&fixture, rows_sql, bounder).ok);
    assert_true(weir_bounder_finish(bounder, &fixture.error).ok);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < WEIR_COUNT(taus); j++)
            compare_with_sql(&fixture, bounder, i, as_sql[i], taus[j], j % 2 == 0 ? 20 : 3);
    weir_bounder_destroy(bounder);
    fixture_close(&fixture);
}

/* Every type a query can give, as a key and as an argument; constants as parameters. */
static void test_types(void **state) {
    static const struct {
        const char *expression;
        struct weir_bounder_column column;
        bool is_number;
    } cases[] = {
        {"whole > 2", {.type = WEIR_TYPE_BOOLEAN}, false},
        {"CAST(whole AS TINYINT)", {.type = WEIR_TYPE_INTEGER}, true},
        {"CAST(whole AS USMALLINT)", {.type = WEIR_TYPE_INTEGER}, true},
        {"whole", {.type = WEIR_TYPE_INTEGER}, true},
        {"CAST(whole AS BIGINT)", {.type = WEIR_TYPE_BIGINT}, true},
        {"CAST(whole AS UINTEGER)", {.type = WEIR_TYPE_BIGINT}, true},
        {"CAST(whole AS HUGEINT)", {.type = WEIR_TYPE_NUMERIC}, true},
        {"CAST(whole AS UBIGINT)", {.type = WEIR_TYPE_NUMERIC}, true},
        {"CAST(whole AS DECIMAL(3, 2))", {.type = WEIR_TYPE_NUMERIC, .scale = 2}, true},
        {"CAST(whole AS DECIMAL(7, 1))", {.type = WEIR_TYPE_NUMERIC, .scale = 1}, true},
        {"CAST(whole AS DECIMAL(15, 4))", {.type = WEIR_TYPE_NUMERIC, .scale = 4}, true},
        {"CAST(whole AS DECIMAL(30, 9))", {.type = WEIR_TYPE_NUMERIC, .scale = 9}, true},
        {"CAST(whole AS FLOAT)", {.type = WEIR_TYPE_DOUBLE}, true},
        {"CAST(whole AS DOUBLE)", {.type = WEIR_TYPE_DOUBLE}, true},
        {"DATE '2020-01-01' + whole", {.type = WEIR_TYPE_DATE}, false},
        {"TIMESTAMP '2020-01-01' + INTERVAL 1 DAY * whole", {.type = WEIR_TYPE_TIMESTAMP}, false},
        {"CAST(whole AS VARCHAR)", {.type = WEIR_TYPE_TEXT}, false},
        {"encode(CAST(whole AS VARCHAR))", {.type = WEIR_TYPE_BLOB}, false},
    };
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, "CREATE TABLE rows AS SELECT i AS unit, CAST(i % 7 AS INTEGER) AS whole "
                           "FROM range(7000) r(i)");
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        char sql[256];
        weir_int128 sums[7];
        struct asked asked = {.key_count = 1,
                              .argument_count = 1,
                              .keys = {cases[i].column},
                              .arguments = {cases[i].column}};
        struct weir_bounder_measure measure = {
            cases[i].is_number ? WEIR_BOUNDER_SUM : WEIR_BOUNDER_VALUES,
            0,
            {.low = 0, .high = (int64_t)7000000000, .raw_unit = 1}};
        snprintf(sql, sizeof sql, "SELECT unit, %s, %s FROM city.people WHERE unit >= $1",
                 cases[i].expression, cases[i].expression);
        struct weir_value constant = weir_value_integer(WEIR_TYPE_BIGINT, 0);
        struct weir_bounder *bounder =
            make_bounder(&asked, &measure, 1, (size_t)1 << 30, &fixture.error);
        assert_true(fixture.backend->operations
                        ->bound(fixture.backend, fixture.arena, NULL, sql, &constant, 1, bounder,
                                &fixture.error)
                        .ok);
        assert_true(weir_bounder_finish(bounder, &fixture.error).ok);
        size_t groups = cases[i].column.type == WEIR_TYPE_BOOLEAN ? 2 : 7;
        assert_int_equal(weir_bounder_group_count(bounder), groups);
        assert_true(weir_bounder_clip(bounder, 0, (int64_t)1 << 40, 0, sums, &fixture.error).ok);
        weir_int128 total = 0, expected = cases[i].is_number ? 21000 : 7000;
        for (size_t group = 0; group < groups; group++)
            total += sums[group];
        for (int digit = 0; digit < cases[i].column.scale; digit++)
            expected *= 10;
        assert_true(total == expected);
        weir_bounder_destroy(bounder);
    }
    fixture_close(&fixture);
}

static void test_no_keys(void **state) {
    struct fixture fixture;
    struct asked none = {0};
    weir_int128 sum;
    (void)state;
    fixture_open(&fixture, MAKE_PEOPLE);
    struct weir_bounder *bounder =
        make_bounder(&none, four_measures, 1, (size_t)1 << 30, &fixture.error);
    assert_true(bound(&fixture, "SELECT CAST(unit AS BIGINT) FROM city.people", bounder).ok);
    assert_true(weir_bounder_finish(bounder, &fixture.error).ok);
    assert_int_equal(weir_bounder_group_count(bounder), 1);
    assert_true(weir_bounder_clip(bounder, 0, 1000000, 0, &sum, &fixture.error).ok);
    assert_true(sum == 400000);
    weir_bounder_destroy(bounder);

    bounder = make_bounder(&none, four_measures, 1, (size_t)1 << 30, &fixture.error);
    assert_true(
        bound(&fixture, "SELECT CAST(unit AS BIGINT) FROM city.people WHERE whole > 9", bounder)
            .ok);
    assert_true(weir_bounder_finish(bounder, &fixture.error).ok);
    assert_int_equal(weir_bounder_group_count(bounder), 1);
    assert_true(weir_bounder_clip(bounder, 0, 1, 20, &sum, &fixture.error).ok);
    assert_true(sum == 0);
    weir_bounder_destroy(bounder);
    fixture_close(&fixture);
}

/* Whatever is wrong, the error has a class and no value, and the engine works on. */
static void test_refused(void **state) {
    static const char *const wrong[] = {
        "SELECT CAST(unit AS BIGINT), whole, name FROM city.people",
        "SELECT CAST(unit AS BIGINT), whole, name, amount, amount FROM city.people",
        "SELECT unit, whole, name, amount FROM city.people",
        "SELECT CAST(unit AS BIGINT), name, whole, amount FROM city.people",
        "SELECT CAST(unit AS BIGINT), whole, name, CAST(amount AS DOUBLE) FROM city.people",
        "SELECT CAST(unit AS BIGINT), whole, name, nothing FROM city.people",
        "SELECT nullif(CAST(unit AS BIGINT), 77), whole, name, amount FROM city.people",
        "SELECT CAST(unit AS BIGINT), whole, name, CAST(error('4711') AS INTEGER) FROM city.people",
        "CREATE TABLE t (i INTEGER)",
    };
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, MAKE_PEOPLE);
    for (size_t i = 0; i < WEIR_COUNT(wrong); i++) {
        struct weir_bounder *bounder =
            make_bounder(&two_keys, four_measures, 4, (size_t)1 << 30, &fixture.error);
        assert_false(bound(&fixture, wrong[i], bounder).ok);
        assert_int_equal(fixture.error.class, WEIR_ERROR_INTERNAL);
        assert_null(strstr(fixture.error.message, "4711"));
        weir_bounder_destroy(bounder);
    }
    struct weir_bounder *bounder =
        make_bounder(&two_keys, four_measures, 4, 3 << 20, &fixture.error);
    assert_false(bound(&fixture, rows_sql, bounder).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_LIMIT);
    assert_string_equal(fixture.error.sqlstate, "53200");
    weir_bounder_destroy(bounder);
    struct weir_rows rows;
    assert_true(fixture_query(&fixture, "SELECT count(*) FROM city.people", &rows).ok);
    fixture_close(&fixture);
}

/* ---- other threads ---- */

static void *cancel_soon(void *argument) {
    usleep(30000);
    weir_cancel_request(argument);
    return NULL;
}

static void test_cancel(void **state) {
    struct fixture fixture;
    pthread_t thread;
    (void)state;
    fixture_open(&fixture, MAKE_PEOPLE);
    struct weir_cancel *cancel = weir_cancel_create();
    struct weir_bounder *bounder =
        make_bounder(&two_keys, four_measures, 4, (size_t)1 << 30, &fixture.error);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, cancel), 0);
    assert_false(fixture.backend->operations
                     ->bound(fixture.backend, fixture.arena, cancel,
                             "SELECT CAST(p.unit AS BIGINT), 1, 'a', 1 FROM city.people p, "
                             "range(1000000) r(i)",
                             NULL, 0, bounder, &fixture.error)
                     .ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_CANCELLED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    weir_bounder_destroy(bounder);
    weir_cancel_destroy(cancel);
    fixture_close(&fixture);
}

struct job {
    struct fixture *fixture;
    weir_int128 total;
    bool done;
};

static void *run_job(void *argument) {
    static const struct asked one_key = {.key_count = 1, .keys = {{.type = WEIR_TYPE_INTEGER}}};
    struct job *job = argument;
    struct weir_error error = {0};
    struct weir_arena *arena = weir_arena_create(8 << 20);
    weir_int128 sums[7];
    job->done = true;
    for (int round = 0; round < 5 && job->done; round++) {
        struct weir_bounder *bounder =
            make_bounder(&one_key, four_measures, 1, (size_t)1 << 30, &error);
        struct weir_backend *backend = job->fixture->backend;
        job->done =
            backend->operations
                ->bound(backend, arena, NULL, "SELECT CAST(unit AS BIGINT), whole FROM city.people",
                        NULL, 0, bounder, &error)
                .ok &&
            weir_bounder_finish(bounder, &error).ok &&
            weir_bounder_clip(bounder, 0, 1000000, 0, sums, &error).ok;
        job->total = 0;
        for (size_t i = 0; i < 7; i++)
            job->total += sums[i];
        weir_bounder_destroy(bounder);
    }
    weir_arena_destroy(arena);
    return NULL;
}

static void test_at_once(void **state) {
    enum { JOBS = 4 };
    struct fixture fixture;
    struct job jobs[JOBS];
    pthread_t threads[JOBS];
    (void)state;
    fixture_open(&fixture, MAKE_PEOPLE);
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i] = (struct job){.fixture = &fixture};
        assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
    }
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(jobs[i].done && jobs[i].total == 400000);
    }
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_sql), cmocka_unit_test(test_types),
        cmocka_unit_test(test_no_keys),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cancel),      cmocka_unit_test(test_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
