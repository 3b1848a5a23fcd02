/* OIDs, and values in their text and binary encodings. */
#include "wire/types.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* PostgreSQL counts days and microseconds from 2000-01-01. */
#define EPOCH_DAYS INT64_C(10957)
#define EPOCH_MICROSECONDS (EPOCH_DAYS * INT64_C(86400000000))

uint32_t weir_type_oid(enum weir_type type) {
    switch (type) {
    case WEIR_TYPE_BOOLEAN:
        return WEIR_OID_BOOL;
    case WEIR_TYPE_INTEGER:
        return WEIR_OID_INT4;
    case WEIR_TYPE_BIGINT:
        return WEIR_OID_INT8;
    case WEIR_TYPE_NUMERIC:
        return WEIR_OID_NUMERIC;
    case WEIR_TYPE_DOUBLE:
        return WEIR_OID_FLOAT8;
    case WEIR_TYPE_TEXT:
        return WEIR_OID_TEXT;
    case WEIR_TYPE_DATE:
        return WEIR_OID_DATE;
    case WEIR_TYPE_TIMESTAMP:
        return WEIR_OID_TIMESTAMP;
    case WEIR_TYPE_BLOB:
        return WEIR_OID_BYTEA;
    }
    return WEIR_OID_TEXT;
}

bool weir_oid_is_unknown(uint32_t oid) {
    return oid == 0 || oid == WEIR_OID_UNKNOWN;
}

bool weir_oid_type(uint32_t oid, enum weir_type *type) {
    static const struct {
        uint32_t oid;
        enum weir_type type;
    } known[] = {
        {WEIR_OID_BOOL, WEIR_TYPE_BOOLEAN},    {WEIR_OID_BYTEA, WEIR_TYPE_BLOB},
        {WEIR_OID_NAME, WEIR_TYPE_TEXT},       {WEIR_OID_INT8, WEIR_TYPE_BIGINT},
        {WEIR_OID_INT2, WEIR_TYPE_INTEGER},    {WEIR_OID_INT4, WEIR_TYPE_INTEGER},
        {WEIR_OID_TEXT, WEIR_TYPE_TEXT},       {WEIR_OID_OID, WEIR_TYPE_BIGINT},
        {WEIR_OID_FLOAT4, WEIR_TYPE_DOUBLE},   {WEIR_OID_FLOAT8, WEIR_TYPE_DOUBLE},
        {WEIR_OID_BPCHAR, WEIR_TYPE_TEXT},     {WEIR_OID_VARCHAR, WEIR_TYPE_TEXT},
        {WEIR_OID_DATE, WEIR_TYPE_DATE},       {WEIR_OID_TIMESTAMP, WEIR_TYPE_TIMESTAMP},
        {WEIR_OID_NUMERIC, WEIR_TYPE_NUMERIC},
    };
    for (size_t i = 0; i < WEIR_COUNT(known); i++) {
        if (known[i].oid == oid) {
            *type = known[i].type;
            return true;
        }
    }
    return false;
}

int16_t weir_oid_size(uint32_t oid) {
    switch (oid) {
    case WEIR_OID_BOOL:
    case WEIR_OID_CHAR:
        return 1;
    case WEIR_OID_INT2:
        return 2;
    case WEIR_OID_INT4:
    case WEIR_OID_OID:
    case WEIR_OID_FLOAT4:
    case WEIR_OID_DATE:
        return 4;
    case WEIR_OID_INT8:
    case WEIR_OID_FLOAT8:
    case WEIR_OID_TIMESTAMP:
        return 8;
    case WEIR_OID_NAME:
        return 64;
    case WEIR_OID_UNKNOWN:
        return -2;
    default:
        return -1;
    }
}

void weir_value_write_binary(const struct weir_value *value, struct weir_buffer *out) {
    weir_check(!value->is_null);
    uint64_t bits;
    switch (value->type) {
    case WEIR_TYPE_BOOLEAN:
        weir_buffer_byte(out, value->as.boolean);
        return;
    case WEIR_TYPE_INTEGER:
        weir_write_int32(out, (int32_t)value->as.integer);
        return;
    case WEIR_TYPE_BIGINT:
        weir_write_int64(out, value->as.integer);
        return;
    case WEIR_TYPE_NUMERIC:
        weir_numeric_write_binary(value->as.numeric.digits, value->as.numeric.scale, out);
        return;
    case WEIR_TYPE_DOUBLE:
        memcpy(&bits, &value->as.number, sizeof bits);
        weir_write_int64(out, (int64_t)bits);
        return;
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        weir_buffer_append(out, value->as.text.bytes, value->as.text.len);
        return;
    case WEIR_TYPE_DATE:
        weir_write_int32(out, (int32_t)(value->as.integer - EPOCH_DAYS));
        return;
    case WEIR_TYPE_TIMESTAMP:
        weir_write_int64(out, value->as.integer - EPOCH_MICROSECONDS);
        return;
    }
}

/* An integer known by its text, of a size that no value has: smallint and oid. */
static bool write_narrow(uint32_t oid, int64_t integer, struct weir_buffer *out) {
    bool is_oid = oid == WEIR_OID_OID;
    if (integer < (is_oid ? 0 : INT16_MIN) || integer > (is_oid ? (int64_t)UINT32_MAX : INT16_MAX))
        return false;
    if (is_oid)
        weir_write_int32(out, (int32_t)(uint32_t)integer);
    else
        weir_write_int16(out, (int16_t)integer);
    return true;
}

bool weir_text_write_binary(struct weir_arena *arena, uint32_t oid, const char *text,
                            struct weir_buffer *out) {
    enum weir_type type = WEIR_TYPE_TEXT;
    struct weir_value value;
    if (oid == WEIR_OID_CHAR) {
        weir_buffer_byte(out, (unsigned char)text[0]);
        return true;
    }
    if (oid == WEIR_OID_FLOAT4 || (!weir_oid_is_unknown(oid) && !weir_oid_type(oid, &type)) ||
        !weir_value_parse(arena, type, text, strlen(text), &value))
        return false;
    if (oid == WEIR_OID_INT2 || oid == WEIR_OID_OID)
        return write_narrow(oid, value.as.integer, out);
    weir_value_write_binary(&value, out);
    return true;
}

static int64_t read_big_endian(const uint8_t *bytes, size_t len) {
    uint64_t bits = bytes[0] >= 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < len; i++)
        bits = bits << 8 | bytes[i];
    return (int64_t)bits;
}

/* The binary form of the types that are an integer of a fixed size inside. */
static bool read_fixed(const struct weir_message_argument *argument, uint32_t oid,
                       struct weir_value *value) {
    int16_t size = weir_oid_size(oid);
    if (size < 1 || argument->len != size)
        return false;
    int64_t integer = read_big_endian(argument->bytes, (size_t)size);
    float narrow;
    uint32_t narrow_bits = (uint32_t)integer;
    switch (oid) {
    case WEIR_OID_BOOL:
        *value = weir_value_boolean(integer != 0);
        return integer == 0 || integer == 1;
    case WEIR_OID_INT2:
    case WEIR_OID_INT4:
        *value = weir_value_integer(WEIR_TYPE_INTEGER, integer);
        return true;
    case WEIR_OID_INT8:
        *value = weir_value_integer(WEIR_TYPE_BIGINT, integer);
        return true;
    case WEIR_OID_OID:
        *value = weir_value_integer(WEIR_TYPE_BIGINT, (int64_t)narrow_bits);
        return true;
    case WEIR_OID_FLOAT4:
        memcpy(&narrow, &narrow_bits, sizeof narrow);
        *value = weir_value_double((double)narrow);
        return true;
    case WEIR_OID_FLOAT8:
        *value = weir_value_double(0);
        memcpy(&value->as.number, &integer, sizeof integer);
        return true;
    case WEIR_OID_DATE:
        *value = weir_value_integer(WEIR_TYPE_DATE, integer + EPOCH_DAYS);
        return integer != INT32_MIN && integer != INT32_MAX; /* infinite */
    case WEIR_OID_TIMESTAMP:
        *value = weir_value_integer(WEIR_TYPE_TIMESTAMP, 0);
        return integer != INT64_MIN && integer != INT64_MAX &&
               !__builtin_add_overflow(integer, EPOCH_MICROSECONDS, &value->as.integer);
    default:
        return false;
    }
}

static bool read_binary(struct weir_arena *arena, const struct weir_message_argument *argument,
                        uint32_t oid, struct weir_value *value) {
    size_t len = (size_t)argument->len;
    enum weir_type type;
    if (oid == WEIR_OID_NUMERIC)
        return weir_numeric_read_binary(weir_reader_over(argument->bytes, len), value);
    if (!weir_oid_type(oid, &type))
        return false;
    if (oid == WEIR_OID_NAME || type == WEIR_TYPE_TEXT || type == WEIR_TYPE_BLOB) {
        char *bytes = weir_arena_copy(arena, (const char *)argument->bytes, len);
        *value = (struct weir_value){.type = type, .as.text = {bytes, len}};
        return bytes != NULL && (type == WEIR_TYPE_BLOB || (memchr(bytes, '\0', len) == NULL &&
                                                            weir_utf8_is_valid(bytes, len)));
    }
    return read_fixed(argument, oid, value);
}

/* A value read as the client's type, as the statement's type: through the text form that both
 * share. */
static bool convert(struct weir_arena *arena, enum weir_type type, struct weir_value *value) {
    if (value->type == type)
        return true;
    struct weir_buffer text = {0};
    weir_value_print(value, &text);
    struct weir_value converted;
    bool done = !text.failed && weir_value_parse(arena, type, text.bytes, text.len, &converted);
    weir_buffer_free(&text);
    if (done)
        *value = converted;
    return done;
}

bool weir_argument_read(struct weir_arena *arena, const struct weir_message_argument *argument,
                        uint32_t oid, enum weir_type type, struct weir_value *value) {
    if (argument->len < 0) {
        *value = weir_value_null(type);
        return true;
    }
    enum weir_type sent = type;
    if (weir_oid_is_unknown(oid))
        oid = weir_type_oid(type);
    else if (!weir_oid_type(oid, &sent))
        return false;
    size_t len = (size_t)argument->len;
    if (argument->is_binary) {
        if (!read_binary(arena, argument, oid, value))
            return false;
    } else if (!weir_utf8_is_valid((const char *)argument->bytes, len) ||
               !weir_value_parse(arena, sent, (const char *)argument->bytes, len, value)) {
        return false;
    }
    return convert(arena, type, value);
}
