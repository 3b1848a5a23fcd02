/* CSV records and their cells as typed values, without the engine. The first byte says in pieces of
 * how many bytes the rest is pushed. What must hold: every cell handed on has its column's type,
 * every row has each column once, lines never go back, and a refusal names a line. */
#include "store/load_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { COLUMNS = 9 };

struct seen {
    const struct weir_policy_table *table;
    unsigned columns; /* of the row being read: one bit each */
    int64_t line;
};

static weir_status put(void *state, size_t column, const struct weir_value *value,
                       struct weir_error *error) {
    struct seen *seen = state;
    (void)error;
    weir_check(column < COLUMNS && (seen->columns & 1u << column) == 0);
    seen->columns |= 1u << column;
    weir_check(value->type == seen->table->columns[column].type);
    weir_check(!value->is_null || !seen->table->columns[column].not_null);
    if (!value->is_null && value->type == WEIR_TYPE_TEXT)
        weir_check(memchr(value->as.text.bytes, '\0', value->as.text.len) == NULL);
    if (!value->is_null && value->type == WEIR_TYPE_DOUBLE)
        weir_check(isfinite(value->as.number));
    if (!value->is_null && value->type == WEIR_TYPE_NUMERIC)
        weir_check(value->as.numeric.scale == 2 && value->as.numeric.digits < 100000 &&
                   value->as.numeric.digits > -100000);
    return WEIR_OK;
}

static weir_status end_row(void *state, int64_t line, struct weir_error *error) {
    struct seen *seen = state;
    (void)error;
    weir_check(seen->columns == (1u << COLUMNS) - 1 && line > seen->line);
    seen->columns = 0;
    seen->line = line;
    return WEIR_OK;
}

static weir_status push_pieces(struct weir_csv_reader *reader, const char *bytes, size_t len,
                               size_t piece, struct weir_error *error) {
    for (size_t at = 0; at < len; at += piece) {
        size_t count = len - at < piece ? len - at : piece;
        WEIR_TRY(weir_csv_push(reader, bytes + at, count, error));
    }
    return weir_csv_finish(reader, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct weir_value sexes[] = {weir_value_text("F", 1), weir_value_text("M", 1)};
    const struct weir_policy_column columns[COLUMNS] = {
        {.name = "id", .type = WEIR_TYPE_BIGINT, .role = WEIR_COLUMN_UNIT_KEY, .not_null = true},
        {.name = "n", .type = WEIR_TYPE_INTEGER},
        {.name = "w", .type = WEIR_TYPE_NUMERIC, .precision = 5, .scale = 2},
        {.name = "x", .type = WEIR_TYPE_DOUBLE},
        {.name = "b", .type = WEIR_TYPE_BOOLEAN},
        {.name = "d", .type = WEIR_TYPE_DATE},
        {.name = "t", .type = WEIR_TYPE_TIMESTAMP},
        {.name = "s", .type = WEIR_TYPE_TEXT, .value_count = 2, .values = sexes},
        {.name = "p", .type = WEIR_TYPE_BLOB},
    };
    const struct weir_policy_table table = {
        .schema = "a", .name = "b", .column_count = COLUMNS, .columns = columns};
    if (size == 0)
        return 0;
    struct seen seen = {.table = &table, .line = 1};
    const struct weir_load_sink sink = {&seen, put, end_row};
    struct weir_load_rows *rows = weir_load_rows_create(&table, "line", &sink);
    weir_check(rows != NULL);
    struct weir_csv_events events = weir_load_rows_events(rows);
    struct weir_csv_reader *reader = weir_csv_create(&events);
    weir_check(reader != NULL);
    struct weir_error error = {0};
    if (!push_pieces(reader, (const char *)data + 1, size - 1, data[0] + 1u, &error).ok)
        weir_check(error.class == WEIR_ERROR_INVALID && error.line > 0);
    weir_csv_destroy(reader);
    weir_load_rows_destroy(rows);
    return 0;
}
