/* Random rows for the bounding operator, with what each of them means. */
#ifndef WEIR_TESTS_BOUND_TABLE_H
#define WEIR_TESTS_BOUND_TABLE_H

#include "bound/bounder.h"

enum { TABLE_COLUMNS_MAX = 4, TABLE_TEXTS = 40 };

/* xorshift64*: a test's own numbers, from a seed that reproduces it. */
uint64_t table_random(uint64_t *state);
/* Below bound, which is at least 1. */
uint64_t table_below(uint64_t *state, uint64_t bound);

struct table_column {
    struct weir_bounder_column column;
    enum weir_bounder_storage storage;
    char *data; /* item_size bytes a row */
    size_t item_size;
    uint64_t *validity; /* NULL = all valid */
};

struct table {
    size_t row_count, key_count, argument_count;
    int64_t *units;
    struct table_column keys[TABLE_COLUMNS_MAX], arguments[TABLE_COLUMNS_MAX];
};

struct table_shape {
    size_t row_count, unit_count, group_spread; /* distinct values a key has, about */
    bool by_unit;                               /* rows of a unit are consecutive */
    bool small; /* arguments within +-1000, so that sums are small; else any, NaN and infinite */
};

void table_make(struct table *table, const struct table_shape *shape, uint64_t *dice);
void table_free(struct table *table);
/* The same rows in another order. */
void table_shuffle(struct table *table, uint64_t *dice);
/* Drops all rows of a unit. */
void table_drop(struct table *table, int64_t unit);

/* The value of a row's column as the engine would show it. */
struct weir_value table_value(const struct table_column *column, size_t row);

/* A bounder over the table's columns, its rows fed in batches of dice sizes to `parts` parts,
 * finished. Aborts the test on failure. */
struct weir_bounder *table_bound(const struct table *table,
                                 const struct weir_bounder_measure *measures, size_t measure_count,
                                 size_t parts, int threads, uint64_t *dice);
/* The options for such a bounder; columns[] has room for TABLE_COLUMNS_MAX of each. */
struct weir_bounder_options table_options(const struct table *table,
                                          const struct weir_bounder_measure *measures,
                                          size_t measure_count, struct weir_bounder_column *keys,
                                          struct weir_bounder_column *arguments);
weir_status table_set_storage(const struct table *table, struct weir_bounder *bounder,
                              struct weir_error *error);
/* Feeds rows first .. first + count - 1. */
weir_status table_feed(const struct table *table, struct weir_bounder_part *part, size_t first,
                       size_t count, struct weir_error *error);

#endif
