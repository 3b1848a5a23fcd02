/* PostgreSQL's type OIDs and the two encodings of values: text, and binary (each type's send/recv
 * form). */
#ifndef WEIR_WIRE_TYPES_H
#define WEIR_WIRE_TYPES_H

#include "base/value.h"
#include "wire/message.h"

enum weir_oid {
    WEIR_OID_BOOL = 16,
    WEIR_OID_BYTEA = 17,
    WEIR_OID_CHAR = 18, /* "char", one byte */
    WEIR_OID_NAME = 19,
    WEIR_OID_INT8 = 20,
    WEIR_OID_INT2 = 21,
    WEIR_OID_INT4 = 23,
    WEIR_OID_TEXT = 25,
    WEIR_OID_OID = 26,
    WEIR_OID_FLOAT4 = 700,
    WEIR_OID_FLOAT8 = 701,
    WEIR_OID_UNKNOWN = 705,
    WEIR_OID_BPCHAR = 1042,
    WEIR_OID_VARCHAR = 1043,
    WEIR_OID_DATE = 1082,
    WEIR_OID_TIMESTAMP = 1114,
    WEIR_OID_NUMERIC = 1700
};

uint32_t weir_type_oid(enum weir_type type);
/* The type that holds a parameter declared with this OID; false when there is none (0 and 705 say
 * nothing and also give false: see weir_oid_is_unknown). */
bool weir_oid_type(uint32_t oid, enum weir_type *type) WEIR_MUST_CHECK;
bool weir_oid_is_unknown(uint32_t oid);
/* typlen: bytes of a fixed size, -1 for variable, -2 for a C string. */
int16_t weir_oid_size(uint32_t oid);

/* Appends the value's binary form, without a length before it. The value is not null. */
void weir_value_write_binary(const struct weir_value *value, struct weir_buffer *out);

/* Appends the binary form of a value known by its text, as the type `oid`. False when this type has
 * no binary form here, or the text is not one of the type. */
bool weir_text_write_binary(struct weir_arena *arena, uint32_t oid, const char *text,
                            struct weir_buffer *out) WEIR_MUST_CHECK;

/* Reads one parameter, sent as `oid` (0 or 705: as the type itself), into a value of `type`, in the
 * arena. False when it is no such value: never says why, as it may be data. A number out of the
 * type's range is false too. */
bool weir_argument_read(struct weir_arena *arena, const struct weir_message_argument *argument,
                        uint32_t oid, enum weir_type type,
                        struct weir_value *value) WEIR_MUST_CHECK;

/* numeric's binary form: base 10,000 digits. In numeric_binary.c. */
void weir_numeric_write_binary(weir_int128 digits, int scale, struct weir_buffer *out);
bool weir_numeric_read_binary(struct weir_reader body, struct weir_value *value) WEIR_MUST_CHECK;

#endif
