/* PostgreSQL's built-in types, as far as a client of Weir meets them. */
#ifndef WEIR_WIRE_SHADOW_TYPES_H
#define WEIR_WIRE_SHADOW_TYPES_H

#include "base/buffer.h"
#include "base/checks.h"

enum weir_shadow_oid {
    WEIR_PG_BOOL = 16,
    WEIR_PG_CHAR = 18,
    WEIR_PG_NAME = 19,
    WEIR_PG_INT8 = 20,
    WEIR_PG_INT2 = 21,
    WEIR_PG_INT2VECTOR = 22,
    WEIR_PG_INT4 = 23,
    WEIR_PG_REGPROC = 24,
    WEIR_PG_TEXT = 25,
    WEIR_PG_OID = 26,
    WEIR_PG_XID = 28,
    WEIR_PG_OIDVECTOR = 30,
    WEIR_PG_JSON = 114,
    WEIR_PG_NODE_TREE = 194,
    WEIR_PG_FLOAT4 = 700,
    WEIR_PG_FLOAT8 = 701,
    WEIR_PG_UNKNOWN = 705,
    WEIR_PG_INT2_ARRAY = 1005,
    WEIR_PG_INT4_ARRAY = 1007,
    WEIR_PG_NAME_ARRAY = 1003,
    WEIR_PG_TEXT_ARRAY = 1009,
    WEIR_PG_BPCHAR = 1042,
    WEIR_PG_VARCHAR = 1043,
    WEIR_PG_TIMESTAMPTZ = 1184,
    WEIR_PG_NUMERIC = 1700,
    WEIR_PG_REGPROCEDURE = 2202,
    WEIR_PG_REGCLASS = 2205,
    WEIR_PG_REGTYPE = 2206,
    WEIR_PG_RECORD = 2249,
    WEIR_PG_CSTRING = 2275,
    WEIR_PG_ANYARRAY = 2277,
    WEIR_PG_REGNAMESPACE = 4089,
    WEIR_PG_REGROLE = 4096
};

struct weir_shadow_type {
    uint32_t oid;
    const char *name, *sql_name; /* "int4", "integer" */
    int len;
    bool by_value;
    char kind, category;
    bool is_preferred;
    uint32_t element, array;
    uint32_t input, output, receive, send; /* functions */
    char alignment, storage;
    uint32_t collation;
};

/* How the translator and the printer treat a type. */
enum weir_shadow_class {
    WEIR_CLASS_UNKNOWN, /* an untyped literal or parameter */
    WEIR_CLASS_BOOLEAN, /* 0 or 1 */
    WEIR_CLASS_INTEGER,
    WEIR_CLASS_NUMBER,
    WEIR_CLASS_TEXT,
    WEIR_CLASS_OBJECT, /* regclass and its kin: an OID */
    WEIR_CLASS_ARRAY,  /* a JSON array */
    WEIR_CLASS_OTHER   /* kept as text */
};

extern const struct weir_shadow_type weir_shadow_types[];
extern const size_t weir_shadow_type_count;

const struct weir_shadow_type *weir_shadow_find_type(uint32_t oid); /* NULL when there is none */
/* By either name ("int4", "integer", "text[]", "_text"); NULL when there is none. */
const struct weir_shadow_type *weir_shadow_type_named(const char *name);
enum weir_shadow_class weir_shadow_class_of(uint32_t oid);
uint32_t weir_shadow_element_of(uint32_t oid); /* of an array type; else 0 */
uint32_t weir_shadow_array_of(uint32_t oid); /* the array type over it; text[] when there is none */
/* PostgreSQL's format_type. */
void weir_shadow_format_type(uint32_t oid, int64_t modifier, struct weir_buffer *out);

#endif
