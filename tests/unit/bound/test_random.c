/* The bounding operator against the oracle, and the promise itself: without one unit's rows, the
 * sums of a measure move by at most tau in L2 norm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { CASES = 400, NEIGHBOURS = 300, MEASURES = 5 };

static void make_measures(struct weir_bounder_measure *measures, uint64_t *dice) {
    int64_t width = (int64_t)1 << table_below(dice, 54);
    double raw_unit = table_below(dice, 2) == 0 ? 0.25 : 1;
    struct weir_contribution plain = {.low = -width, .high = width, .raw_unit = raw_unit},
                             centred = {.low = -5, .high = 1001, .centre = 498, .raw_unit = 0.5};
    memset(measures, 0, MEASURES * sizeof *measures);
    measures[0] = (struct weir_bounder_measure){.kind = WEIR_BOUNDER_ROWS};
    measures[1] = (struct weir_bounder_measure){.kind = WEIR_BOUNDER_VALUES, .argument = 1};
    measures[2] = (struct weir_bounder_measure){WEIR_BOUNDER_SUM, 0, plain};
    measures[3] = (struct weir_bounder_measure){.kind = WEIR_BOUNDER_PEOPLE};
    measures[4] = (struct weir_bounder_measure){WEIR_BOUNDER_SUM, 1, centred};
}

static struct table_shape random_shape(uint64_t *dice) {
    struct table_shape shape = {.row_count = (size_t)table_below(dice, 600),
                                .unit_count = 1 + (size_t)table_below(dice, 60),
                                .group_spread = 1 + (size_t)table_below(dice, 30),
                                .by_unit = table_below(dice, 2) == 0,
                                .small = table_below(dice, 2) == 0};
    if (table_below(dice, 40) == 0) { /* longer than a slice and than a run may be */
        shape.row_count = 30000;
        shape.unit_count = 4;
    }
    return shape;
}

static void compare_groups(const struct oracle *oracle, const struct weir_bounder *bounder) {
    const struct weir_value *keys;
    struct weir_arena *arena = weir_arena_create(16 << 20);
    size_t key_count = oracle->table->key_count;
    assert_int_equal(weir_bounder_group_count(bounder), oracle->group_count);
    assert_true(weir_bounder_groups(bounder, arena, &keys).ok);
    for (size_t i = 0; i < oracle->group_count * key_count; i++) {
        struct weir_value expected =
            table_value(&oracle->table->keys[i % key_count], oracle->group_rows[i / key_count]);
        assert_int_equal(keys[i].type, expected.type);
        assert_int_equal(weir_value_compare(&keys[i], &expected), 0);
    }
    weir_arena_destroy(arena);
}

static void compare_histogram(const struct oracle *oracle, const int64_t *cells,
                              const uint64_t *histogram) {
    uint64_t expected[WEIR_BOUNDER_TAU_COUNT + 1] = {0};
    for (size_t unit = 0; unit < oracle->unit_count; unit++) {
        int shift;
        size_t place = 0;
        weir_uint128 square =
            oracle_square(cells + unit * oracle->group_count, oracle->group_count, &shift);
        for (; place < WEIR_BOUNDER_TAU_COUNT; place++) {
            weir_uint128 tau = (weir_uint128)weir_bounder_tau(place);
            if (square <= (tau * tau) >> shift)
                break;
        }
        expected[place]++;
    }
    assert_memory_equal(histogram, expected, sizeof expected);
}

static void compare_sums(const struct oracle *oracle, const int64_t *cells, int64_t tau, int bits,
                         const weir_int128 *sums) {
    weir_int128 *expected = calloc(oracle->group_count + 1, sizeof *expected),
                *clipped = calloc(oracle->group_count + 1, sizeof *clipped);
    for (size_t unit = 0; unit < oracle->unit_count; unit++) {
        oracle_clip(cells + unit * oracle->group_count, oracle->group_count, tau, bits, clipped);
        for (size_t group = 0; group < oracle->group_count; group++)
            expected[group] += clipped[group];
    }
    assert_memory_equal(sums, expected, oracle->group_count * sizeof *sums);
    free(expected);
    free(clipped);
}

static int64_t random_tau(uint64_t *dice) {
    uint64_t wide = table_random(dice) >> 2 >> table_below(dice, 61);
    return wide == 0 ? 1 : (int64_t)wide;
}

static void compare(const struct oracle *oracle, struct weir_bounder *bounder,
                    const struct weir_bounder_measure *measures, uint64_t *dice) {
    struct weir_error error = {0};
    weir_int128 *sums = calloc(oracle->group_count + 1, sizeof *sums);
    compare_groups(oracle, bounder);
    for (size_t i = 0; i < MEASURES; i++) {
        int64_t *cells = oracle_cells(oracle, &measures[i]);
        compare_histogram(oracle, cells, weir_bounder_histogram(bounder, i));
        for (int round = 0; round < 4; round++) {
            int64_t tau = round == 0 ? 1 : round == 1 ? weir_bounder_tau(5) : random_tau(dice);
            int bits = (int)table_below(dice, WEIR_BOUNDER_LATTICE_BITS_MAX + 1);
            assert_true(weir_bounder_clip(bounder, i, tau, bits, sums, &error).ok);
            compare_sums(oracle, cells, tau, bits, sums);
        }
        free(cells);
    }
    free(sums);
}

static void test_oracle(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        uint64_t dice = seed * UINT64_C(0x9E3779B97F4A7C15);
        struct weir_bounder_measure measures[MEASURES];
        struct table_shape shape = random_shape(&dice);
        struct table table;
        struct oracle oracle;
        make_measures(measures, &dice);
        table_make(&table, &shape, &dice);
        oracle_make(&oracle, &table);
        for (int round = 0; round < 2; round++) { /* as it came, then in another order */
            struct weir_bounder *bounder =
                table_bound(&table, measures, MEASURES, 1 + (size_t)table_below(&dice, 4),
                            1 + (int)table_below(&dice, 3), &dice);
            compare(&oracle, bounder, measures, &dice);
            weir_bounder_destroy(bounder);
            oracle_free(&oracle);
            table_shuffle(&table, &dice);
            oracle_make(&oracle, &table);
        }
        oracle_free(&oracle);
        table_free(&table);
    }
}

/* ---- the promise ---- */

/* The sums of `fewer`'s groups put in the places of `all`'s, 0 where it has none. */
static void spread(const struct weir_bounder *all, const struct weir_bounder *fewer,
                   size_t key_count, const weir_int128 *sums, weir_int128 *spread_sums) {
    const struct weir_value *all_keys, *keys;
    struct weir_arena *arena = weir_arena_create(16 << 20);
    assert_true(weir_bounder_groups(all, arena, &all_keys).ok);
    assert_true(weir_bounder_groups(fewer, arena, &keys).ok);
    size_t place = 0;
    for (size_t group = 0; group < weir_bounder_group_count(all); group++) {
        bool found = place < weir_bounder_group_count(fewer);
        for (size_t i = 0; i < key_count && found; i++)
            found = weir_value_compare(&all_keys[group * key_count + i],
                                       &keys[place * key_count + i]) == 0;
        spread_sums[group] = found ? sums[place++] : 0;
    }
    assert_int_equal(place, weir_bounder_group_count(fewer));
    weir_arena_destroy(arena);
}

/* Exact: tau * 2^bits is below 2^62, so that squares add up in 128 bits once none is larger. */
static void check_distance(const weir_int128 *left, const weir_int128 *right, size_t count,
                           int64_t tau, int bits) {
    weir_uint128 bound = (weir_uint128)tau << bits, square = 0;
    for (size_t i = 0; i < count; i++) {
        weir_int128 difference = left[i] - right[i];
        weir_uint128 magnitude = (weir_uint128)(difference < 0 ? -difference : difference);
        assert_true(magnitude <= bound);
        square += magnitude * magnitude;
        assert_true(square <= bound * bound);
    }
}

static void check_neighbours(struct weir_bounder *all, struct weir_bounder *fewer, size_t key_count,
                             uint64_t *dice) {
    struct weir_error error = {0};
    size_t count = weir_bounder_group_count(all);
    weir_int128 *left = calloc(count + 1, sizeof *left), *right = calloc(count + 1, sizeof *right),
                *small = calloc(count + 1, sizeof *small);
    for (size_t i = 0; i < MEASURES; i++) {
        for (int round = 0; round < 4; round++) {
            int bits = (int)table_below(dice, WEIR_BOUNDER_LATTICE_BITS_MAX + 1);
            int64_t tau = 1 + (int64_t)(table_random(dice) >> (24 + table_below(dice, 40)));
            assert_true(weir_bounder_clip(all, i, tau, bits, left, &error).ok);
            assert_true(weir_bounder_clip(fewer, i, tau, bits, small, &error).ok);
            spread(all, fewer, key_count, small, right);
            check_distance(left, right, count, tau, bits);
        }
    }
    free(left);
    free(right);
    free(small);
}

static void test_neighbours(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= NEIGHBOURS; seed++) {
        uint64_t dice = seed * UINT64_C(0xD1B54A32D192ED03);
        struct weir_bounder_measure measures[MEASURES];
        struct table_shape shape = random_shape(&dice);
        struct table table;
        shape.row_count++;
        make_measures(measures, &dice);
        table_make(&table, &shape, &dice);
        int64_t unit = table.units[table_below(&dice, table.row_count)];
        struct weir_bounder *all = table_bound(&table, measures, MEASURES, 2, 2, &dice);
        table_drop(&table, unit);
        struct weir_bounder *fewer = table_bound(&table, measures, MEASURES, 3, 1, &dice);
        check_neighbours(all, fewer, table.key_count, &dice);
        weir_bounder_destroy(all);
        weir_bounder_destroy(fewer);
        table_free(&table);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oracle),
        cmocka_unit_test(test_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
