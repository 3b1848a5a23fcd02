/* Records of a CSV file. libcsv takes the fields apart; it is fed whole lines, so that the line of
 * each record is known and every line can be checked before. */
#include "store/csv_reader.h"

#include "base/buffer.h"
#include "store/utf8.h"

#include <csv.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct weir_csv_reader {
    struct weir_csv_events events;
    struct csv_parser parser;
    struct weir_buffer partial; /* a line whose end has not come yet */
    int64_t line;               /* of the line being fed */
    int64_t record_line;        /* where the record being read starts */
    int64_t empty_line;         /* the first of the empty lines just passed, or 0 */
    size_t record_bytes;        /* of the record being read; 0 = between records */
    size_t field_count;
    bool in_quotes; /* at the start of the line being fed */
    bool failed;
    struct weir_error *error; /* of the push under way */
};

weir_status weir_load_fail(struct weir_error *error, const char *place, int64_t line,
                           const char *column, const char *problem) {
    if (column == NULL)
        weir_fail(error, WEIR_ERROR_INVALID, "%s %lld: %s", place, (long long)line, problem);
    else
        weir_fail(error, WEIR_ERROR_INVALID, "%s %lld, column \"%.64s\": %s", place,
                  (long long)line, column, problem);
    error->line = line > INT_MAX ? INT_MAX : (int)line;
    return WEIR_FAILED;
}

static weir_status fail_at(struct weir_csv_reader *reader, int64_t line, const char *problem) {
    return weir_load_fail(reader->error, "line", line, NULL, problem);
}

static int is_never(unsigned char byte) {
    (void)byte;
    return 0; /* white space belongs to the field */
}

struct weir_csv_reader *weir_csv_create(const struct weir_csv_events *events) {
    struct weir_csv_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    if (csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL) != 0) {
        free(reader);
        return NULL;
    }
    csv_set_space_func(&reader->parser, is_never);
    csv_set_blk_size(&reader->parser, 1 << 18);
    reader->events = *events;
    reader->line = 1;
    reader->partial.limit = WEIR_CSV_RECORD_MAX;
    return reader;
}

void weir_csv_destroy(struct weir_csv_reader *reader) {
    if (reader == NULL)
        return;
    csv_free(&reader->parser);
    weir_buffer_free(&reader->partial);
    free(reader);
}

static void on_field(void *bytes, size_t len, void *state) {
    struct weir_csv_reader *reader = state;
    size_t number = reader->field_count++;
    if (!reader->failed)
        reader->failed = !reader->events
                              .field(reader->events.state, reader->record_line, number, bytes, len,
                                     reader->error)
                              .ok;
}

static void on_record(int terminator, void *state) {
    (void)terminator;
    struct weir_csv_reader *reader = state;
    if (!reader->failed)
        reader->failed = !reader->events
                              .record(reader->events.state, reader->record_line,
                                      reader->field_count, reader->error)
                              .ok;
    reader->field_count = 0;
    reader->record_bytes = 0;
}

static weir_status parser_failed(struct weir_csv_reader *reader) {
    if (csv_error(&reader->parser) == CSV_ENOMEM)
        return weir_fail_state(reader->error, WEIR_ERROR_LIMIT, "53200", "memory is out");
    return fail_at(reader, reader->record_line,
                   "a quote is out of place: a field with quotes in it is quoted as a whole, "
                   "each quote in it doubled");
}

static bool is_empty_line(const char *bytes, size_t len) {
    return (len == 1 && bytes[0] == '\n') || (len == 2 && bytes[0] == '\r' && bytes[1] == '\n');
}

static size_t count_quotes(const char *bytes, size_t len) {
    size_t count = 0;
    for (const char *at = bytes, *end = bytes + len;
         (at = memchr(at, '"', (size_t)(end - at))) != NULL; at++)
        count++;
    return count;
}

/* A carriage return is data within quotes and else must be a line's end: libcsv would take it for
 * one anywhere. */
static bool has_lone_return(const struct weir_csv_reader *reader, const char *bytes, size_t len) {
    const char *at = bytes, *end = bytes + len;
    while ((at = memchr(at, '\r', (size_t)(end - at))) != NULL) {
        bool quoted = (count_quotes(bytes, (size_t)(at - bytes)) % 2 == 1) != reader->in_quotes;
        bool ends_line = at + 1 < end && at[1] == '\n';
        if (!quoted && !ends_line)
            return true;
        at++;
    }
    return false;
}

static weir_status check_line(struct weir_csv_reader *reader, const char *bytes, size_t len) {
    if (memchr(bytes, '\0', len) != NULL)
        return fail_at(reader, reader->line, "a NUL byte");
    if (!weir_utf8_is_valid(bytes, len))
        return fail_at(reader, reader->line, "not UTF-8");
    if (len > WEIR_CSV_RECORD_MAX - reader->record_bytes)
        return fail_at(reader, reader->record_line,
                       "a record of more than 16 MiB, or a quote that is not closed");
    if (has_lone_return(reader, bytes, len))
        return fail_at(reader, reader->line, "a carriage return that does not end the line");
    return WEIR_OK;
}

/* One line with its line feed; only the file's last may lack one. */
static weir_status feed_line(struct weir_csv_reader *reader, const char *bytes, size_t len) {
    if (reader->record_bytes == 0) {
        reader->record_line = reader->line;
        if (is_empty_line(bytes, len)) {
            if (reader->empty_line == 0)
                reader->empty_line = reader->line;
            reader->line++;
            return WEIR_OK;
        }
        if (reader->empty_line != 0)
            return fail_at(reader, reader->empty_line, "an empty line");
    }
    WEIR_TRY(check_line(reader, bytes, len));
    reader->record_bytes += len;
    reader->in_quotes = (count_quotes(bytes, len) % 2 == 1) != reader->in_quotes;
    size_t taken = csv_parse(&reader->parser, bytes, len, on_field, on_record, reader);
    if (reader->failed)
        return WEIR_FAILED;
    if (taken != len)
        return parser_failed(reader);
    reader->line++;
    return WEIR_OK;
}

/* The file's first line may begin with a byte-order mark. */
static weir_status feed_first(struct weir_csv_reader *reader, const char *bytes, size_t len) {
    if (reader->line == 1 && len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        return len == 3 ? WEIR_OK : feed_line(reader, bytes + 3, len - 3);
    return feed_line(reader, bytes, len);
}

static weir_status feed_partial(struct weir_csv_reader *reader) {
    if (reader->partial.failed)
        return fail_at(reader, reader->line, "a line of more than 16 MiB");
    weir_status status = feed_first(reader, reader->partial.bytes, reader->partial.len);
    weir_buffer_clear(&reader->partial);
    return status;
}

weir_status weir_csv_push(struct weir_csv_reader *reader, const char *bytes, size_t len,
                          struct weir_error *error) {
    weir_check(!reader->failed);
    reader->error = error;
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t count = end == NULL ? len : (size_t)(end - bytes) + 1;
        weir_status status = WEIR_OK;
        if (end == NULL || reader->partial.len > 0)
            weir_buffer_append(&reader->partial, bytes, count);
        if (reader->partial.len > 0 || reader->partial.failed) {
            if (end != NULL || reader->partial.failed)
                status = feed_partial(reader);
        } else {
            status = feed_first(reader, bytes, count);
        }
        if (!status.ok) {
            reader->failed = true;
            return WEIR_FAILED;
        }
        bytes += count;
        len -= count;
    }
    return WEIR_OK;
}

weir_status weir_csv_finish(struct weir_csv_reader *reader, struct weir_error *error) {
    weir_check(!reader->failed);
    reader->error = error;
    if (reader->partial.len > 0 && !feed_partial(reader).ok) {
        reader->failed = true;
        return WEIR_FAILED;
    }
    int failed = csv_fini(&reader->parser, on_field, on_record, reader);
    if (reader->failed)
        return WEIR_FAILED;
    reader->failed = true; /* nothing may follow */
    if (failed != 0)
        return fail_at(reader, reader->record_line, "a quote that is not closed");
    return WEIR_OK;
}
