/* The types a column, an expression or a result cell can have, and one such value. */
#ifndef WEIR_BASE_VALUE_H
#define WEIR_BASE_VALUE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/checks.h"

enum weir_type {
    WEIR_TYPE_BOOLEAN,
    WEIR_TYPE_INTEGER,   /* 32 bits */
    WEIR_TYPE_BIGINT,    /* 64 bits */
    WEIR_TYPE_NUMERIC,   /* decimal: a 128-bit integer times 10^-scale, scale 0..38 */
    WEIR_TYPE_DOUBLE,    /* IEEE 754 binary64 */
    WEIR_TYPE_TEXT,      /* UTF-8, no NUL */
    WEIR_TYPE_DATE,      /* days since 1970-01-01, proleptic Gregorian */
    WEIR_TYPE_TIMESTAMP, /* microseconds since 1970-01-01 00:00:00, no time zone */
    WEIR_TYPE_BLOB
};

/* Text and blob bytes belong to whoever made the value (usually an arena), NUL-terminated for
 * convenience. */
struct weir_value {
    enum weir_type type;
    bool is_null;
    union {
        bool boolean;
        int64_t integer; /* INTEGER, BIGINT, DATE, TIMESTAMP */
        double number;
        struct {
            weir_int128 digits;
            int scale;
        } numeric;
        struct {
            const char *bytes;
            size_t len;
        } text; /* TEXT, BLOB */
    } as;
};

/* SQL's upper-case name: "BIGINT". */
const char *weir_type_name(enum weir_type type);
/* INTEGER, BIGINT, NUMERIC or DOUBLE: what can be added up. */
bool weir_type_is_number(enum weir_type type);

/* Constructors. Text is not copied. */
struct weir_value weir_value_null(enum weir_type type);
struct weir_value weir_value_boolean(bool boolean);
struct weir_value weir_value_integer(enum weir_type type, int64_t integer);
struct weir_value weir_value_double(double number);
struct weir_value weir_value_numeric(weir_int128 digits, int scale);
struct weir_value weir_value_text(const char *bytes, size_t len);

/* PostgreSQL's text form of a value that is not null ("t", "2026-11-24", "12.50", "Infinity"). */
void weir_value_print(const struct weir_value *value, struct weir_buffer *out);

/* Reads PostgreSQL's text form as `type`. False when it is not one (never says why: the text may be
 * data). */
bool weir_value_parse(struct weir_arena *arena, enum weir_type type, const char *bytes, size_t len,
                      struct weir_value *value) WEIR_MUST_CHECK;

/* A total order within a type, NULL last; NaN above all numbers. Both have the same type. */
int weir_value_compare(const struct weir_value *left, const struct weir_value *right);

/* Calendar: proleptic Gregorian. month 1..12, day 1..31. */
int64_t weir_days_from_civil(int64_t year, int month, int day);
void weir_civil_from_days(int64_t days, int64_t *year, int *month, int *day);
bool weir_civil_is_valid(int64_t year, int month, int day);
/* "2026-11-24T12:34:56Z" into a buffer of at least 32 bytes. */
void weir_print_utc(int64_t microseconds, char *out, size_t size);

#endif
