/* What bounder.h says, word by word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static int compare_keys(const struct table *table, size_t left, size_t right) {
    for (size_t i = 0; i < table->key_count; i++) {
        struct weir_value a = table_value(&table->keys[i], left),
                          b = table_value(&table->keys[i], right);
        int order = weir_value_compare(&a, &b);
        if (order != 0)
            return order;
    }
    return 0;
}

static int by_keys(const void *left, const void *right, void *table) {
    return compare_keys(table, *(const size_t *)left, *(const size_t *)right);
}

static int by_unit(const void *left, const void *right, void *table) {
    const struct table *own = table;
    int64_t a = own->units[*(const size_t *)left], b = own->units[*(const size_t *)right];
    return (a > b) - (a < b);
}

static size_t *sorted_rows(const struct table *table,
                           int (*compare)(const void *, const void *, void *)) {
    size_t *rows = calloc(table->row_count + 1, sizeof *rows);
    assert_non_null(rows);
    for (size_t i = 0; i < table->row_count; i++)
        rows[i] = i;
    qsort_r(rows, table->row_count, sizeof *rows, compare, (void *)(uintptr_t)table);
    return rows;
}

void oracle_make(struct oracle *oracle, const struct table *table) {
    *oracle = (struct oracle){.table = table};
    oracle->units = calloc(table->row_count + 1, sizeof *oracle->units);
    oracle->unit_of = calloc(table->row_count + 1, sizeof *oracle->unit_of);
    oracle->group_of = calloc(table->row_count + 1, sizeof *oracle->group_of);
    oracle->group_rows = calloc(table->row_count + 1, sizeof *oracle->group_rows);
    size_t *rows = sorted_rows(table, by_unit);
    for (size_t i = 0; i < table->row_count; i++) {
        int64_t unit = table->units[rows[i]];
        if (oracle->unit_count == 0 || oracle->units[oracle->unit_count - 1] != unit)
            oracle->units[oracle->unit_count++] = unit;
        oracle->unit_of[rows[i]] = oracle->unit_count - 1;
    }
    free(rows);
    rows = sorted_rows(table, by_keys);
    for (size_t i = 0; i < table->row_count; i++) {
        if (i == 0 || compare_keys(table, rows[i - 1], rows[i]) != 0)
            oracle->group_rows[oracle->group_count++] = rows[i];
        oracle->group_of[rows[i]] = oracle->group_count - 1;
    }
    if (table->key_count == 0)
        oracle->group_count = 1;
    free(rows);
}

void oracle_free(struct oracle *oracle) {
    free(oracle->units);
    free(oracle->unit_of);
    free(oracle->group_of);
    free(oracle->group_rows);
}

static bool is_present(const struct weir_value *value) {
    return !value->is_null && !(value->type == WEIR_TYPE_DOUBLE && isnan(value->as.number));
}

static int64_t contribution_of(const struct weir_value *value,
                               const struct weir_contribution *contribution) {
    weir_int128 units;
    if (!is_present(value))
        return 0;
    if (value->type == WEIR_TYPE_DOUBLE) {
        long double exact = roundl((long double)value->as.number / contribution->raw_unit);
        exact =
            fminl(fmaxl(exact, (long double)contribution->low), (long double)contribution->high);
        units = (weir_int128)exact;
    } else {
        units = value->type == WEIR_TYPE_NUMERIC ? value->as.numeric.digits : value->as.integer;
    }
    if (units < contribution->low)
        units = contribution->low;
    if (units > contribution->high)
        units = contribution->high;
    return (int64_t)(units - contribution->centre);
}

static weir_int128 row_value(const struct oracle *oracle,
                             const struct weir_bounder_measure *measure, size_t row) {
    if (measure->kind == WEIR_BOUNDER_ROWS || measure->kind == WEIR_BOUNDER_PEOPLE)
        return 1;
    struct weir_value value = table_value(&oracle->table->arguments[measure->argument], row);
    if (measure->kind == WEIR_BOUNDER_VALUES)
        return is_present(&value);
    return contribution_of(&value, &measure->contribution);
}

int64_t *oracle_cells(const struct oracle *oracle, const struct weir_bounder_measure *measure) {
    size_t count = oracle->unit_count * oracle->group_count;
    weir_int128 *sums = calloc(count + 1, sizeof *sums);
    int64_t *cells = calloc(count + 1, sizeof *cells);
    assert_true(sums != NULL && cells != NULL);
    for (size_t row = 0; row < oracle->table->row_count; row++) {
        weir_int128 *sum =
            &sums[oracle->unit_of[row] * oracle->group_count + oracle->group_of[row]];
        weir_int128 value = row_value(oracle, measure, row);
        *sum = measure->kind == WEIR_BOUNDER_PEOPLE ? 1 : *sum + value;
    }
    for (size_t i = 0; i < count; i++) {
        weir_int128 sum = sums[i] > INT64_MAX ? INT64_MAX : sums[i];
        cells[i] = (int64_t)(sum < -INT64_MAX ? -INT64_MAX : sum);
    }
    free(sums);
    return cells;
}

static uint64_t magnitude_of(int64_t value) {
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

weir_uint128 oracle_square(const int64_t *vector, size_t count, int *shift) {
    weir_uint128 square = 0;
    *shift = 0;
    for (size_t i = 0; i < count; i++)
        if (magnitude_of(vector[i]) >= UINT64_C(1) << 47)
            *shift = 32;
    for (size_t i = 0; i < count; i++) {
        uint64_t magnitude = magnitude_of(vector[i]);
        if (*shift != 0)
            magnitude = magnitude / 65536 + (magnitude % 65536 != 0);
        square += (weir_uint128)magnitude * magnitude;
    }
    return square;
}

void oracle_clip(const int64_t *vector, size_t count, int64_t tau, int lattice_bits,
                 weir_int128 *clipped) {
    int shift;
    weir_uint128 square = oracle_square(vector, count, &shift);
    bool within = square <= ((weir_uint128)tau * (weir_uint128)tau) >> shift;
    double norm = sqrt((double)square) * (shift == 0 ? 1 : 65536);
    weir_uint128 ratio = (weir_uint128)((double)tau / norm * (1 - 0x1p-49) * 0x1p62);
    for (size_t i = 0; i < count; i++) {
        weir_uint128 scaled = (magnitude_of(vector[i]) * ratio) >> (62 - lattice_bits);
        if (within)
            scaled = (weir_uint128)magnitude_of(vector[i]) << lattice_bits;
        clipped[i] = vector[i] < 0 ? -(weir_int128)scaled : (weir_int128)scaled;
    }
}
