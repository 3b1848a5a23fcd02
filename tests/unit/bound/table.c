/* Random columns of every storage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct string { /* as duckdb_string_t */
    uint32_t length;
    char prefix[4];
    union {
        char more[8];
        const char *bytes;
    } rest;
};

uint64_t table_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

uint64_t table_below(uint64_t *state, uint64_t bound) {
    return (table_random(state) >> 11) % bound;
}

static const size_t item_sizes[] = {
    [WEIR_BOUNDER_BOOL] = 1,   [WEIR_BOUNDER_INT16] = 2,   [WEIR_BOUNDER_INT32] = 4,
    [WEIR_BOUNDER_INT64] = 8,  [WEIR_BOUNDER_INT128] = 16, [WEIR_BOUNDER_DOUBLE] = 8,
    [WEIR_BOUNDER_STRING] = 16};

/* Texts that share beginnings and lengths around the 12 bytes that lie inline. */
static const char *text_of(size_t number) {
    static char texts[TABLE_TEXTS][40];
    char *text = texts[number % TABLE_TEXTS];
    if (number % TABLE_TEXTS != 0)
        snprintf(text, sizeof texts[0], "%.*s%zu", (int)(number % 7) * 4,
                 "a common beginning that is long", number % TABLE_TEXTS);
    return text;
}

static struct string string_of(const char *text) {
    struct string string = {.length = (uint32_t)strlen(text)};
    memcpy(string.prefix, text, string.length < 4 ? string.length : 4);
    if (string.length > 12)
        string.rest.bytes = text;
    else if (string.length > 4)
        memcpy(string.rest.more, text + 4, string.length - 4);
    return string;
}

/* `number` is any whole number that fits the storage. */
static void put(struct table_column *column, size_t row, int64_t number) {
    char *place = column->data + row * column->item_size;
    int16_t small = (int16_t)number;
    int32_t middle = (int32_t)number;
    double floating = (double)number / 4;
    weir_int128 wide = (weir_int128)number << (number % 3 == 0 ? 64 : 0);
    bool boolean = number % 2 != 0;
    struct string string;
    switch (column->storage) {
    case WEIR_BOUNDER_BOOL:
        memcpy(place, &boolean, 1);
        return;
    case WEIR_BOUNDER_INT16:
        memcpy(place, &small, sizeof small);
        return;
    case WEIR_BOUNDER_INT32:
        memcpy(place, &middle, sizeof middle);
        return;
    case WEIR_BOUNDER_INT64:
        memcpy(place, &number, sizeof number);
        return;
    case WEIR_BOUNDER_INT128:
        memcpy(place, &wide, sizeof wide);
        return;
    case WEIR_BOUNDER_DOUBLE:
        memcpy(place, &floating, sizeof floating);
        return;
    case WEIR_BOUNDER_STRING:
        string = string_of(text_of((size_t)number));
        memcpy(place, &string, sizeof string);
        return;
    }
}

static void make_column(struct table_column *column, enum weir_type type,
                        enum weir_bounder_storage storage, size_t rows, uint64_t *dice) {
    *column = (struct table_column){
        .column = {.type = type}, .storage = storage, .item_size = item_sizes[storage]};
    column->column.scale = type == WEIR_TYPE_NUMERIC ? 2 : 0;
    column->data = calloc(rows + 1, column->item_size);
    assert_non_null(column->data);
    if (table_below(dice, 2) == 0) {
        column->validity = calloc(rows / 64 + 1, sizeof *column->validity);
        assert_non_null(column->validity);
        for (size_t i = 0; i < rows; i++)
            if (table_below(dice, 5) != 0)
                column->validity[i / 64] |= UINT64_C(1) << i % 64;
    }
}

static void make_key(struct table_column *column, const struct table_shape *shape, uint64_t *dice) {
    static const struct {
        enum weir_type type;
        enum weir_bounder_storage storage;
    } kinds[] = {
        {WEIR_TYPE_BOOLEAN, WEIR_BOUNDER_BOOL},    {WEIR_TYPE_INTEGER, WEIR_BOUNDER_INT32},
        {WEIR_TYPE_BIGINT, WEIR_BOUNDER_INT64},    {WEIR_TYPE_NUMERIC, WEIR_BOUNDER_INT16},
        {WEIR_TYPE_NUMERIC, WEIR_BOUNDER_INT128},  {WEIR_TYPE_DOUBLE, WEIR_BOUNDER_DOUBLE},
        {WEIR_TYPE_TEXT, WEIR_BOUNDER_STRING},     {WEIR_TYPE_DATE, WEIR_BOUNDER_INT32},
        {WEIR_TYPE_TIMESTAMP, WEIR_BOUNDER_INT64}, {WEIR_TYPE_BLOB, WEIR_BOUNDER_STRING},
    };
    size_t kind = (size_t)table_below(dice, WEIR_COUNT(kinds));
    bool is_text = kinds[kind].storage == WEIR_BOUNDER_STRING;
    make_column(column, kinds[kind].type, kinds[kind].storage, shape->row_count, dice);
    for (size_t i = 0; i < shape->row_count; i++) {
        int64_t number = (int64_t)table_below(dice, shape->group_spread);
        put(column, i, is_text || number % 2 == 0 ? number : -number * 1001);
        if (column->storage == WEIR_BOUNDER_DOUBLE && number % 5 == 0) {
            double special = number % 2 == 0 ? -0.0 : NAN;
            memcpy(column->data + i * sizeof special, &special, sizeof special);
        }
    }
}

static void make_argument(struct table_column *column, const struct table_shape *shape,
                          uint64_t *dice) {
    static const struct {
        enum weir_type type;
        enum weir_bounder_storage storage;
    } kinds[] = {
        {WEIR_TYPE_INTEGER, WEIR_BOUNDER_INT32}, {WEIR_TYPE_BIGINT, WEIR_BOUNDER_INT64},
        {WEIR_TYPE_NUMERIC, WEIR_BOUNDER_INT16}, {WEIR_TYPE_NUMERIC, WEIR_BOUNDER_INT32},
        {WEIR_TYPE_NUMERIC, WEIR_BOUNDER_INT64}, {WEIR_TYPE_NUMERIC, WEIR_BOUNDER_INT128},
        {WEIR_TYPE_DOUBLE, WEIR_BOUNDER_DOUBLE},
    };
    static const double specials[] = {NAN, INFINITY, -INFINITY, 1e308, -1e308, 0.5, -0.5, 5e-324};
    size_t kind = (size_t)table_below(dice, WEIR_COUNT(kinds));
    make_column(column, kinds[kind].type, kinds[kind].storage, shape->row_count, dice);
    for (size_t i = 0; i < shape->row_count; i++) {
        int64_t number = (int64_t)table_random(dice) >> table_below(dice, 63);
        if (shape->small)
            number = (int64_t)table_below(dice, 2001) - 1000;
        put(column, i, number);
        if (column->storage == WEIR_BOUNDER_DOUBLE && table_below(dice, 4) == 0) {
            double special = specials[table_below(dice, WEIR_COUNT(specials))];
            memcpy(column->data + i * sizeof special, &special, sizeof special);
        }
    }
}

static int by_number(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

void table_make(struct table *table, const struct table_shape *shape, uint64_t *dice) {
    *table = (struct table){.row_count = shape->row_count,
                            .key_count = (size_t)table_below(dice, TABLE_COLUMNS_MAX),
                            .argument_count = 2};
    table->units = calloc(shape->row_count + 1, sizeof *table->units);
    assert_non_null(table->units);
    for (size_t i = 0; i < shape->row_count; i++)
        table->units[i] = (int64_t)table_below(dice, shape->unit_count) - 3;
    if (shape->by_unit)
        qsort(table->units, shape->row_count, sizeof *table->units, by_number);
    for (size_t i = 0; i < table->key_count; i++)
        make_key(&table->keys[i], shape, dice);
    for (size_t i = 0; i < table->argument_count; i++)
        make_argument(&table->arguments[i], shape, dice);
}

static void each_column(struct table *table, void (*apply)(struct table_column *, size_t, size_t),
                        size_t to, size_t from) {
    for (size_t i = 0; i < table->key_count; i++)
        apply(&table->keys[i], to, from);
    for (size_t i = 0; i < table->argument_count; i++)
        apply(&table->arguments[i], to, from);
}

static void free_column(struct table_column *column, size_t unused, size_t unused_too) {
    (void)unused, (void)unused_too;
    free(column->data);
    free(column->validity);
}

void table_free(struct table *table) {
    each_column(table, free_column, 0, 0);
    free(table->units);
}

static bool is_valid(const struct table_column *column, size_t row) {
    return column->validity == NULL || (column->validity[row / 64] >> row % 64 & 1) != 0;
}

static void set_valid(struct table_column *column, size_t row, bool valid) {
    if (column->validity == NULL)
        return;
    column->validity[row / 64] &= ~(UINT64_C(1) << row % 64);
    column->validity[row / 64] |= (uint64_t)valid << row % 64;
}

static void swap_items(struct table_column *column, size_t one, size_t other) {
    char item[16], *a = column->data + one * column->item_size,
                   *b = column->data + other * column->item_size;
    bool valid = is_valid(column, one);
    memcpy(item, a, column->item_size);
    memmove(a, b, column->item_size);
    memcpy(b, item, column->item_size);
    set_valid(column, one, is_valid(column, other));
    set_valid(column, other, valid);
}

static void swap_rows(struct table *table, size_t one, size_t other) {
    int64_t unit = table->units[one];
    table->units[one] = table->units[other];
    table->units[other] = unit;
    each_column(table, swap_items, one, other);
}

void table_shuffle(struct table *table, uint64_t *dice) {
    for (size_t i = table->row_count; i > 1; i--)
        swap_rows(table, i - 1, (size_t)table_below(dice, i));
}

void table_drop(struct table *table, int64_t unit) {
    size_t kept = 0;
    for (size_t i = 0; i < table->row_count; i++)
        if (table->units[i] != unit)
            swap_rows(table, kept++, i);
    table->row_count = kept;
}

struct weir_value table_value(const struct table_column *column, size_t row) {
    const char *place = column->data + row * column->item_size;
    int64_t number = 0;
    weir_int128 wide;
    double floating;
    struct string string;
    if (!is_valid(column, row))
        return weir_value_null(column->column.type);
    switch (column->storage) {
    case WEIR_BOUNDER_BOOL:
        return weir_value_boolean(*place != 0);
    case WEIR_BOUNDER_INT16:
        number = *(const int16_t *)(const void *)place;
        break;
    case WEIR_BOUNDER_INT32:
        number = *(const int32_t *)(const void *)place;
        break;
    case WEIR_BOUNDER_INT64:
        memcpy(&number, place, sizeof number);
        break;
    case WEIR_BOUNDER_INT128:
        memcpy(&wide, place, sizeof wide);
        return weir_value_numeric(wide, column->column.scale);
    case WEIR_BOUNDER_DOUBLE:
        memcpy(&floating, place, sizeof floating);
        return weir_value_double(floating);
    case WEIR_BOUNDER_STRING:
        memcpy(&string, place, sizeof string);
        struct weir_value value =
            weir_value_text(string.length > 12 ? string.rest.bytes : place + 4, string.length);
        value.type = column->column.type;
        return value;
    }
    if (column->column.type == WEIR_TYPE_NUMERIC)
        return weir_value_numeric(number, column->column.scale);
    return weir_value_integer(column->column.type, number);
}

/* ---- feeding ---- */

struct weir_bounder_options table_options(const struct table *table,
                                          const struct weir_bounder_measure *measures,
                                          size_t measure_count, struct weir_bounder_column *keys,
                                          struct weir_bounder_column *arguments) {
    for (size_t i = 0; i < table->key_count; i++)
        keys[i] = table->keys[i].column;
    for (size_t i = 0; i < table->argument_count; i++)
        arguments[i] = table->arguments[i].column;
    return (struct weir_bounder_options){.memory_limit_bytes = (size_t)1 << 32,
                                         .threads = 1,
                                         .key_count = table->key_count,
                                         .argument_count = table->argument_count,
                                         .measure_count = measure_count,
                                         .keys = keys,
                                         .arguments = arguments,
                                         .measures = measures};
}

weir_status table_set_storage(const struct table *table, struct weir_bounder *bounder,
                              struct weir_error *error) {
    enum weir_bounder_storage keys[TABLE_COLUMNS_MAX], arguments[TABLE_COLUMNS_MAX];
    for (size_t i = 0; i < table->key_count; i++)
        keys[i] = table->keys[i].storage;
    for (size_t i = 0; i < table->argument_count; i++)
        arguments[i] = table->arguments[i].storage;
    return weir_bounder_set_storage(bounder, keys, arguments, error);
}

/* A batch has its own validity mask: bit 0 is its first row. */
static struct weir_bounder_vector slice(const struct table_column *column, size_t first,
                                        size_t count, uint64_t *mask) {
    struct weir_bounder_vector vector = {.data = column->data + first * column->item_size};
    if (column->validity == NULL)
        return vector;
    for (size_t i = 0; i < count; i++)
        if (is_valid(column, first + i))
            mask[i / 64] |= UINT64_C(1) << i % 64;
    vector.validity = mask;
    return vector;
}

weir_status table_feed(const struct table *table, struct weir_bounder_part *part, size_t first,
                       size_t count, struct weir_error *error) {
    struct weir_bounder_vector keys[TABLE_COLUMNS_MAX], arguments[TABLE_COLUMNS_MAX];
    size_t words = count / 64 + 1, columns = table->key_count + table->argument_count;
    uint64_t *masks = calloc(words * columns, sizeof *masks), *mask = masks;
    assert_non_null(masks);
    for (size_t i = 0; i < table->key_count; i++, mask += words)
        keys[i] = slice(&table->keys[i], first, count, mask);
    for (size_t i = 0; i < table->argument_count; i++, mask += words)
        arguments[i] = slice(&table->arguments[i], first, count, mask);
    struct weir_bounder_batch batch = {.row_count = count,
                                       .unit = {.data = table->units + first},
                                       .keys = keys,
                                       .arguments = arguments};
    weir_status status = weir_bounder_feed(part, &batch, error);
    free(masks);
    return status;
}

struct weir_bounder *table_bound(const struct table *table,
                                 const struct weir_bounder_measure *measures, size_t measure_count,
                                 size_t parts, int threads, uint64_t *dice) {
    struct weir_bounder_column keys[TABLE_COLUMNS_MAX], arguments[TABLE_COLUMNS_MAX];
    struct weir_bounder_options options =
        table_options(table, measures, measure_count, keys, arguments);
    struct weir_bounder_part *all[8];
    struct weir_bounder *bounder;
    struct weir_error error = {0};
    options.threads = threads;
    assert_true(parts <= WEIR_COUNT(all));
    assert_true(weir_bounder_create(&options, &bounder, &error).ok);
    assert_true(table_set_storage(table, bounder, &error).ok);
    for (size_t i = 0; i < parts; i++)
        assert_true(weir_bounder_part_create(bounder, &all[i], &error).ok);
    for (size_t first = 0, count; first < table->row_count; first += count) {
        count = 1 + (size_t)table_below(dice, table_below(dice, 2) == 0 ? 9 : 5000);
        if (count > table->row_count - first)
            count = table->row_count - first;
        assert_true(table_feed(table, all[table_below(dice, parts)], first, count, &error).ok);
    }
    assert_true(weir_bounder_finish(bounder, &error).ok);
    return bounder;
}
