/* Records of a file as rows of a policy's table: columns matched by name, every cell checked, the
 * good ones handed on. */
#ifndef WEIR_STORE_LOAD_ROWS_H
#define WEIR_STORE_LOAD_ROWS_H

#include "policy/policy.h"
#include "store/csv_reader.h"

/* Where good cells go; column is the place in the policy's table. Every row has each column once.
 */
struct weir_load_sink {
    void *state;
    weir_status (*put)(void *state, size_t column, const struct weir_value *value,
                       struct weir_error *error);
    weir_status (*end_row)(void *state, int64_t line, struct weir_error *error);
};

struct weir_load_rows;

/* NULL when memory is out. Table and sink outlive it. `place` is what the file counts: "line" or
 * "row". */
struct weir_load_rows *weir_load_rows_create(const struct weir_policy_table *table,
                                             const char *place, const struct weir_load_sink *sink);
void weir_load_rows_destroy(struct weir_load_rows *rows);

/* The events of a CSV reader whose first record is the header. */
struct weir_csv_events weir_load_rows_events(struct weir_load_rows *rows);

/* A typed file: its columns' names first (they may not be data), then cells, row by row from row 1.
 */
weir_status weir_load_rows_name(struct weir_load_rows *rows, size_t number, const char *name,
                                size_t len, struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_load_rows_named(struct weir_load_rows *rows, size_t count,
                                 struct weir_error *error) WEIR_MUST_CHECK;
/* The table's column that the file's column `number` is. */
size_t weir_load_rows_column(const struct weir_load_rows *rows, size_t number);
weir_status weir_load_rows_typed(struct weir_load_rows *rows, int64_t row, size_t number,
                                 const struct weir_value *value,
                                 struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_load_rows_end(struct weir_load_rows *rows, int64_t row,
                               struct weir_error *error) WEIR_MUST_CHECK;

bool weir_load_rows_has_header(const struct weir_load_rows *rows);
int64_t weir_load_rows_count(const struct weir_load_rows *rows);

#endif
