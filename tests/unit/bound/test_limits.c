/* Extremes of values, of one unit, of memory and of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "oracle.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static struct weir_bounder *create(const struct weir_bounder_options *options) {
    struct weir_bounder *bounder;
    struct weir_error error = {0};
    assert_true(weir_bounder_create(options, &bounder, &error).ok);
    return bounder;
}

/* Rows of one BIGINT key and one BIGINT or DOUBLE argument. */
static weir_status feed(struct weir_bounder_part *part, const int64_t *units, const int64_t *keys,
                        const void *arguments, size_t count, struct weir_error *error) {
    struct weir_bounder_vector key = {.data = keys}, argument = {.data = arguments};
    struct weir_bounder_batch batch = {
        .row_count = count, .unit = {.data = units}, .keys = &key, .arguments = &argument};
    return weir_bounder_feed(part, &batch, error);
}

static const struct weir_bounder_column bigint = {.type = WEIR_TYPE_BIGINT},
                                        real = {.type = WEIR_TYPE_DOUBLE};
static const int64_t widest = (int64_t)1 << 53;

static struct weir_bounder_options options_of(const struct weir_bounder_column *argument,
                                              const struct weir_bounder_measure *measures,
                                              size_t count) {
    return (struct weir_bounder_options){.memory_limit_bytes = (size_t)1 << 32,
                                         .threads = 2,
                                         .key_count = 1,
                                         .argument_count = 1,
                                         .measure_count = count,
                                         .keys = &bigint,
                                         .arguments = argument,
                                         .measures = measures};
}

static void test_candidates(void **state) {
    (void)state;
    static const int64_t first[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 23, 27, 32};
    for (size_t i = 0; i < WEIR_COUNT(first); i++)
        assert_int_equal(weir_bounder_tau(i), first[i]);
    assert_int_equal(weir_bounder_tau(WEIR_BOUNDER_TAU_COUNT - 1), (int64_t)1 << 62);
    for (size_t i = 1; i < WEIR_BOUNDER_TAU_COUNT; i++) {
        long double exact = exp2l((long double)(i + 5) / 4);
        assert_true(weir_bounder_tau(i) > weir_bounder_tau(i - 1));
        if (i >= 8 && exact < 0x1p50L)
            assert_int_equal(weir_bounder_tau(i), (int64_t)ceill(exact - 1e-4L));
    }
}

/* 8192 rows of 2^53 in one cell: beyond 63 bits, however they are divided into runs. */
static void test_saturation(void **state) {
    (void)state;
    enum { ROWS = 8192 };
    static int64_t units[ROWS], keys[ROWS], values[ROWS];
    struct weir_bounder_measure sum = {
        WEIR_BOUNDER_SUM, 0, {.low = -widest, .high = widest, .centre = -widest, .raw_unit = 1}};
    for (size_t i = 0; i < ROWS; i++)
        values[i] = i % 2 == 0 ? INT64_MAX : widest;
    for (int64_t sign = -1; sign <= 1; sign += 2) {
        struct weir_bounder_options options = options_of(&bigint, &sum, 1);
        struct weir_bounder_part *parts[2];
        struct weir_error error = {0};
        weir_int128 total;
        sum.contribution.centre = sign > 0 ? -widest : widest;
        for (size_t i = 0; i < ROWS; i++)
            values[i] = sign > 0 ? INT64_MAX - (int64_t)i : INT64_MIN + (int64_t)i;
        struct weir_bounder *bounder = create(&options);
        for (size_t i = 0; i < 2; i++)
            assert_true(weir_bounder_part_create(bounder, &parts[i], &error).ok);
        for (size_t i = 0; i < ROWS; i += ROWS / 4)
            assert_true(feed(parts[i / 2048 % 2], units, keys, values + i, ROWS / 4, &error).ok);
        assert_true(weir_bounder_finish(bounder, &error).ok);
        assert_int_equal(weir_bounder_histogram(bounder, 0)[WEIR_BOUNDER_TAU_COUNT], 1);
        assert_true(weir_bounder_clip(bounder, 0, (int64_t)1 << 62, 20, &total, &error).ok);
        weir_int128 bound = (weir_int128)1 << 82; /* outward norm: next to it, never beyond */
        assert_true(sign * total <= bound && sign * total > bound - (bound >> 40));
        weir_bounder_destroy(bounder);
    }
}

static void test_doubles(void **state) {
    (void)state;
    static const double values[] = {NAN,   INFINITY, -INFINITY, -0.0, 0.125,  -0.125,
                                    1e300, -1e300,   5e-324,    2.0,  0x1p53, -0x1p53};
    static const weir_int128 rounded[] = {0,       1 << 20,    -(1 << 20), 0, 1,       -1,
                                          1 << 20, -(1 << 20), 0,          8, 1 << 20, -(1 << 20)};
    int64_t units[WEIR_COUNT(values)] = {0}, keys[WEIR_COUNT(values)];
    struct weir_bounder_measure measures[] = {
        {WEIR_BOUNDER_SUM, 0, {.low = -(1 << 20), .high = 1 << 20, .raw_unit = 0.25}},
        {.kind = WEIR_BOUNDER_VALUES}};
    struct weir_bounder_options options = options_of(&real, measures, 2);
    struct weir_bounder *bounder = create(&options);
    struct weir_bounder_part *part;
    struct weir_error error = {0};
    weir_int128 sums[WEIR_COUNT(values)];
    for (size_t i = 0; i < WEIR_COUNT(values); i++)
        units[i] = keys[i] = (int64_t)i;
    assert_true(weir_bounder_part_create(bounder, &part, &error).ok);
    assert_true(feed(part, units, keys, values, WEIR_COUNT(values), &error).ok);
    assert_true(weir_bounder_finish(bounder, &error).ok);
    assert_true(weir_bounder_clip(bounder, 0, 1 << 20, 0, sums, &error).ok);
    for (size_t i = 0; i < WEIR_COUNT(values); i++)
        assert_true(sums[i] == rounded[i]);
    assert_true(weir_bounder_clip(bounder, 1, 1, 0, sums, &error).ok);
    for (size_t i = 0; i < WEIR_COUNT(values); i++)
        assert_true(sums[i] == (i > 0));
    weir_bounder_destroy(bounder);
}

/* One unit of 10^6 rows in 10^5 groups, its rows over and over the groups, beside a few small
 * ones. */
static void test_large_unit(void **state) {
    (void)state;
    enum { ROWS = 1000000, GROUPS = 100000, BATCH = 2000 };
    static int64_t units[BATCH], keys[BATCH], values[BATCH];
    struct weir_bounder_measure measures[] = {
        {.kind = WEIR_BOUNDER_ROWS},
        {.kind = WEIR_BOUNDER_PEOPLE},
        {WEIR_BOUNDER_SUM, 0, {.low = 0, .high = 100, .raw_unit = 1}}};
    struct weir_bounder_options options = options_of(&bigint, measures, 3);
    struct weir_bounder *bounder = create(&options);
    struct weir_bounder_part *part;
    struct weir_error error = {0};
    assert_true(weir_bounder_part_create(bounder, &part, &error).ok);
    for (size_t first = 0; first < ROWS; first += BATCH) {
        for (size_t i = 0; i < BATCH; i++) {
            units[i] = i == BATCH - 1 && first < GROUPS ? (int64_t)first + 1 : 0;
            keys[i] = (int64_t)((first + i) * 7919 % GROUPS);
            values[i] = 7;
        }
        assert_true(feed(part, units, keys, values, BATCH, &error).ok);
    }
    assert_true(weir_bounder_finish(bounder, &error).ok);
    assert_int_equal(weir_bounder_group_count(bounder), GROUPS);
    weir_int128 *sums = calloc(GROUPS, sizeof *sums), total = 0;
    assert_true(weir_bounder_clip(bounder, 0, (int64_t)1 << 40, 0, sums, &error).ok);
    for (size_t i = 0; i < GROUPS; i++)
        total += sums[i];
    assert_true(total == ROWS);
    assert_true(weir_bounder_clip(bounder, 1, 1, 20, sums, &error).ok);
    weir_int128 weight = (weir_int128)(0x1p20 / sqrt(GROUPS));
    for (size_t i = 0; i < GROUPS; i++)
        assert_true(sums[i] % (1 << 20) <= weight && sums[i] >= weight - 1);
    free(sums);
    weir_bounder_destroy(bounder);
}

/* ---- failures ---- */

struct watch {
    atomic_long calls, stop_after;
};

static bool is_cancelled(void *context) {
    struct watch *watch = context;
    return atomic_fetch_add(&watch->calls, 1) >= atomic_load(&watch->stop_after);
}

/* All steps until one fails; the class of its error, NONE when none did. */
static enum weir_error_class run_all(const struct table *table,
                                     const struct weir_bounder_options *options) {
    struct weir_bounder *bounder = create(options);
    struct weir_bounder_part *parts[2];
    struct weir_error error = {0};
    bool going = table_set_storage(table, bounder, &error).ok;
    for (size_t i = 0; i < 2 && going; i++)
        going = weir_bounder_part_create(bounder, &parts[i], &error).ok;
    for (size_t first = 0; first < table->row_count && going; first += 500) {
        size_t left = table->row_count - first;
        going =
            table_feed(table, parts[first / 500 % 2], first, left < 500 ? left : 500, &error).ok;
    }
    going = going && weir_bounder_finish(bounder, &error).ok;
    if (going) {
        weir_int128 *sums = calloc(weir_bounder_group_count(bounder) + 1, sizeof *sums);
        for (size_t i = 0; i < options->measure_count && going; i++)
            going = weir_bounder_clip(bounder, i, 3, 10, sums, &error).ok;
        free(sums);
    }
    if (!going && error.class == WEIR_ERROR_LIMIT)
        assert_string_equal(error.sqlstate, "53200");
    weir_bounder_destroy(bounder);
    return error.class;
}

static void test_memory(void **state) {
    (void)state;
    uint64_t dice = 42;
    struct table_shape shape = {
        .row_count = 20000, .unit_count = 900, .group_spread = 700, .by_unit = true};
    struct weir_bounder_measure measures[] = {{.kind = WEIR_BOUNDER_ROWS},
                                              {.kind = WEIR_BOUNDER_PEOPLE}};
    struct weir_bounder_column keys[TABLE_COLUMNS_MAX], arguments[TABLE_COLUMNS_MAX];
    struct table table;
    bool failed = false, succeeded = false;
    do {
        table_make(&table, &shape, &dice);
        if (table.key_count >= 2)
            break;
        table_free(&table);
    } while (true);
    struct weir_bounder_options options = table_options(&table, measures, 2, keys, arguments);
    options.threads = 3;
    for (size_t limit = 1000; limit < (size_t)1 << 27; limit += limit / 24) {
        options.memory_limit_bytes = limit;
        enum weir_error_class class = run_all(&table, &options);
        assert_true(class == WEIR_ERROR_LIMIT || class == WEIR_ERROR_NONE);
        failed = failed || class == WEIR_ERROR_LIMIT;
        succeeded = succeeded || class == WEIR_ERROR_NONE;
    }
    assert_true(failed && succeeded);
    table_free(&table);
}

static void test_cancel(void **state) {
    (void)state;
    uint64_t dice = 7;
    struct table_shape shape = {.row_count = 20000, .unit_count = 3000, .group_spread = 20};
    struct weir_bounder_measure measures[] = {{.kind = WEIR_BOUNDER_ROWS},
                                              {.kind = WEIR_BOUNDER_PEOPLE}};
    struct weir_bounder_column keys[TABLE_COLUMNS_MAX], arguments[TABLE_COLUMNS_MAX];
    struct watch watch = {0};
    struct table table;
    table_make(&table, &shape, &dice);
    struct weir_bounder_options options = table_options(&table, measures, 2, keys, arguments);
    options.is_cancelled = is_cancelled;
    options.cancel_context = &watch;
    atomic_store(&watch.stop_after, 1000000);
    assert_int_equal(run_all(&table, &options), WEIR_ERROR_NONE);
    long all = atomic_load(&watch.calls);
    assert_true(all > 40);
    for (long after = 0; after < all; after += 1 + all / 60) {
        atomic_store(&watch.calls, 0);
        atomic_store(&watch.stop_after, after);
        assert_int_equal(run_all(&table, &options), WEIR_ERROR_CANCELLED);
    }
    table_free(&table);
}

static void test_refused(void **state) {
    (void)state;
    struct weir_bounder_measure sum = {
        WEIR_BOUNDER_SUM, 0, {.low = 0, .high = widest + 1, .raw_unit = 1}};
    struct weir_bounder_options options = options_of(&bigint, &sum, 1);
    struct weir_bounder *bounder;
    struct weir_bounder_part *part;
    struct weir_error error = {0};
    int64_t unit = 1, key = 1, value = 1;
    weir_int128 total;
    assert_false(weir_bounder_create(&options, &bounder, &error).ok);
    assert_int_equal(error.class, WEIR_ERROR_INTERNAL);
    sum.contribution.high = 10;
    enum weir_bounder_storage wrong = WEIR_BOUNDER_INT32, right = WEIR_BOUNDER_INT64;
    bounder = create(&options);
    assert_false(weir_bounder_set_storage(bounder, &right, &wrong, &error).ok);
    assert_true(weir_bounder_part_create(bounder, &part, &error).ok);
    assert_true(feed(part, &unit, &key, &value, 1, &error).ok);
    weir_error_clear(&error);
    assert_false(weir_bounder_clip(bounder, 0, 1, 0, &total, &error).ok); /* not finished */
    assert_int_equal(error.class, WEIR_ERROR_INTERNAL);
    weir_bounder_destroy(bounder);

    bounder = create(&options);
    weir_error_clear(&error);
    assert_true(weir_bounder_part_create(bounder, &part, &error).ok);
    uint64_t none = 0;
    struct weir_bounder_vector keys = {.data = &key}, arguments = {.data = &value};
    struct weir_bounder_batch batch = {.row_count = 1,
                                       .unit = {.data = &unit, .validity = &none},
                                       .keys = &keys,
                                       .arguments = &arguments};
    assert_false(weir_bounder_feed(part, &batch, &error).ok);
    assert_int_equal(error.class, WEIR_ERROR_INTERNAL);
    weir_error_clear(&error);
    assert_false(weir_bounder_finish(bounder, &error).ok); /* nothing comes of it any more */
    weir_bounder_destroy(bounder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_candidates), cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_doubles),    cmocka_unit_test(test_large_unit),
        cmocka_unit_test(test_memory),     cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
