/* Records of a file as rows of a policy's table. */
#include "store/load_rows.h"

#include "store/load_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    SCRATCH_BYTES = 64 << 20, /* twice the largest record and more */
    SCRATCH_RENEW = 4 << 20,
    HEADER_NAME_MAX = 256
};

struct weir_load_rows {
    const struct weir_policy_table *table;
    const char *place;
    struct weir_load_sink sink;
    struct weir_arena *scratch;
    size_t *columns;               /* the table's column of each of the file's */
    bool *seen;                    /* of the table's columns: named in the header */
    char unknown[HEADER_NAME_MAX]; /* the first name in the header that is no column */
    bool has_unknown, has_header;
    int64_t count;
};

struct weir_load_rows *weir_load_rows_create(const struct weir_policy_table *table,
                                             const char *place, const struct weir_load_sink *sink) {
    struct weir_load_rows *rows = calloc(1, sizeof *rows);
    if (rows == NULL)
        return NULL;
    rows->table = table;
    rows->place = place;
    rows->sink = *sink;
    rows->columns = calloc(table->column_count, sizeof *rows->columns);
    rows->seen = calloc(table->column_count, sizeof *rows->seen);
    rows->scratch = weir_arena_create(SCRATCH_BYTES);
    if (rows->columns == NULL || rows->seen == NULL || rows->scratch == NULL) {
        weir_load_rows_destroy(rows);
        return NULL;
    }
    return rows;
}

void weir_load_rows_destroy(struct weir_load_rows *rows) {
    if (rows == NULL)
        return;
    weir_arena_destroy(rows->scratch);
    free(rows->columns);
    free(rows->seen);
    free(rows);
}

bool weir_load_rows_has_header(const struct weir_load_rows *rows) {
    return rows->has_header;
}

int64_t weir_load_rows_count(const struct weir_load_rows *rows) {
    return rows->count;
}

size_t weir_load_rows_column(const struct weir_load_rows *rows, size_t number) {
    weir_check(number < rows->table->column_count);
    return rows->columns[number];
}

static void keep_unknown(struct weir_load_rows *rows, const char *name, size_t len) {
    if (rows->has_unknown)
        return;
    rows->has_unknown = true;
    snprintf(rows->unknown, sizeof rows->unknown, "%.*s", len > 64 ? 64 : (int)len, name);
    for (char *at = rows->unknown; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
}

weir_status weir_load_rows_name(struct weir_load_rows *rows, size_t number, const char *name,
                                size_t len, struct weir_error *error) {
    const struct weir_policy_table *table = rows->table;
    for (size_t i = 0; i < table->column_count; i++) {
        if (strlen(table->columns[i].name) != len || memcmp(table->columns[i].name, name, len) != 0)
            continue;
        if (rows->seen[i])
            return weir_load_fail(error, rows->place, 1, table->columns[i].name,
                                  "named twice in the header");
        rows->seen[i] = true;
        if (number < table->column_count)
            rows->columns[number] = i;
        return WEIR_OK;
    }
    keep_unknown(rows, name, len);
    return WEIR_OK;
}

static weir_status hint_header(const struct weir_load_rows *rows, struct weir_error *error) {
    struct weir_buffer names = {.limit = 1000};
    weir_buffer_text(&names, "");
    for (size_t i = 0; i < rows->table->column_count; i++)
        weir_buffer_printf(&names, "%s%s", i == 0 ? "" : ",", rows->table->columns[i].name);
    if (!names.failed)
        weir_error_hint(error, "The file begins with the names of its columns, in any order: %s",
                        names.bytes);
    weir_buffer_free(&names);
    return WEIR_FAILED;
}

/* A name that is not a column may be data, when the file has no header at all: it is only said when
 * all of the table's columns are there too. */
weir_status weir_load_rows_named(struct weir_load_rows *rows, size_t count,
                                 struct weir_error *error) {
    for (size_t i = 0; i < rows->table->column_count; i++) {
        if (!rows->seen[i]) {
            weir_load_fail(error, rows->place, 1, rows->table->columns[i].name,
                           "missing in the header");
            return hint_header(rows, error);
        }
    }
    if (rows->has_unknown) {
        weir_load_fail(error, rows->place, 1, rows->unknown,
                       "not a column of the table in the policy");
        return hint_header(rows, error);
    }
    weir_check(count == rows->table->column_count);
    rows->has_header = true;
    return WEIR_OK;
}

static weir_status renew_scratch(struct weir_load_rows *rows) {
    if (weir_arena_used(rows->scratch) < SCRATCH_RENEW)
        return WEIR_OK;
    weir_arena_destroy(rows->scratch);
    rows->scratch = weir_arena_create(SCRATCH_BYTES);
    return rows->scratch == NULL ? WEIR_FAILED : WEIR_OK;
}

static weir_status on_field(void *state, int64_t line, size_t number, const char *bytes, size_t len,
                            struct weir_error *error) {
    struct weir_load_rows *rows = state;
    struct weir_value value;
    char problem[WEIR_PROBLEM_BYTES];
    if (!rows->has_header)
        return weir_load_rows_name(rows, number, bytes == NULL ? "" : bytes, len, error);
    if (number >= rows->table->column_count)
        return WEIR_OK; /* the record's end refuses it */
    size_t column = rows->columns[number];
    if (!weir_load_value_from_text(rows->scratch, &rows->table->columns[column], bytes, len, &value,
                                   problem))
        return weir_load_fail(error, rows->place, line, rows->table->columns[column].name, problem);
    WEIR_TRY(rows->sink.put(rows->sink.state, column, &value, error));
    return renew_scratch(rows);
}

static weir_status on_record(void *state, int64_t line, size_t field_count,
                             struct weir_error *error) {
    struct weir_load_rows *rows = state;
    char problem[WEIR_PROBLEM_BYTES];
    if (!rows->has_header)
        return weir_load_rows_named(rows, field_count, error);
    if (field_count != rows->table->column_count) {
        snprintf(problem, sizeof problem, "%zu fields where the header names %zu", field_count,
                 rows->table->column_count);
        return weir_load_fail(error, rows->place, line, NULL, problem);
    }
    return weir_load_rows_end(rows, line, error);
}

struct weir_csv_events weir_load_rows_events(struct weir_load_rows *rows) {
    return (struct weir_csv_events){.state = rows, .field = on_field, .record = on_record};
}

weir_status weir_load_rows_typed(struct weir_load_rows *rows, int64_t row, size_t number,
                                 const struct weir_value *given, struct weir_error *error) {
    struct weir_value value;
    char problem[WEIR_PROBLEM_BYTES];
    size_t column = weir_load_rows_column(rows, number);
    if (!weir_load_value_from_typed(&rows->table->columns[column], given, &value, problem))
        return weir_load_fail(error, rows->place, row, rows->table->columns[column].name, problem);
    return rows->sink.put(rows->sink.state, column, &value, error);
}

weir_status weir_load_rows_end(struct weir_load_rows *rows, int64_t row, struct weir_error *error) {
    WEIR_TRY(rows->sink.end_row(rows->sink.state, row, error));
    rows->count++;
    return WEIR_OK;
}
