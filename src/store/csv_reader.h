/* Records of a CSV file (RFC 4180, strict), each with the line it starts on. Bytes are pushed in,
 * fields are called out. Refused: bytes that are not UTF-8, NUL, a carriage return that ends no
 * line, an empty line before the last record, an unclosed quote, a record above
 * WEIR_CSV_RECORD_MAX. A leading byte-order mark is skipped. */
#ifndef WEIR_STORE_CSV_READER_H
#define WEIR_STORE_CSV_READER_H

#include "base/error.h"

enum { WEIR_CSV_RECORD_MAX = 16 << 20 };

struct weir_csv_reader;

/* bytes NULL = an empty field without quotes. The bytes hold for the length of the call. A failure
 * stops the reading. */
struct weir_csv_events {
    void *state;
    weir_status (*field)(void *state, int64_t line, size_t number, const char *bytes, size_t len,
                         struct weir_error *error);
    weir_status (*record)(void *state, int64_t line, size_t field_count, struct weir_error *error);
};

/* NULL when memory is out. */
struct weir_csv_reader *weir_csv_create(const struct weir_csv_events *events);
void weir_csv_destroy(struct weir_csv_reader *reader);

/* Errors are of class INVALID with error->line set, unless an event failed: then they are its own.
 */
weir_status weir_csv_push(struct weir_csv_reader *reader, const char *bytes, size_t len,
                          struct weir_error *error) WEIR_MUST_CHECK;
/* The end of the file. */
weir_status weir_csv_finish(struct weir_csv_reader *reader,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* A problem of the file: "line 17: ..." or, with a column, "line 17, column "age": ...". The place
 * is "line", or "row" in a file that has no lines. */
weir_status weir_load_fail(struct weir_error *error, const char *place, int64_t line,
                           const char *column, const char *problem);

#endif
