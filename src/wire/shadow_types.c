/* The table of built-in types, and its look-ups. */
#include "wire/shadow_types.h"

#include <string.h>

#include "base/banned.h"

#define WEIR_SHADOW_TYPE(...) {__VA_ARGS__},
const struct weir_shadow_type weir_shadow_types[] = {
#include "wire/shadow_types.def"
};
const size_t weir_shadow_type_count = WEIR_COUNT(weir_shadow_types);

const struct weir_shadow_type *weir_shadow_find_type(uint32_t oid) {
    for (size_t i = 0; i < WEIR_COUNT(weir_shadow_types); i++)
        if (weir_shadow_types[i].oid == oid)
            return &weir_shadow_types[i];
    return NULL;
}

const struct weir_shadow_type *weir_shadow_type_named(const char *name) {
    for (size_t i = 0; i < WEIR_COUNT(weir_shadow_types); i++)
        if (strcmp(weir_shadow_types[i].name, name) == 0)
            return &weir_shadow_types[i];
    for (size_t i = 0; i < WEIR_COUNT(weir_shadow_types); i++)
        if (strcmp(weir_shadow_types[i].sql_name, name) == 0)
            return &weir_shadow_types[i];
    static const struct {
        const char *name;
        uint32_t oid;
    } others[] = {{"int", WEIR_PG_INT4},
                  {"decimal", WEIR_PG_NUMERIC},
                  {"float", WEIR_PG_FLOAT8},
                  {"timestamp", 1114},
                  {"time", 1083}};
    for (size_t i = 0; i < WEIR_COUNT(others); i++)
        if (strcmp(others[i].name, name) == 0)
            return weir_shadow_find_type(others[i].oid);
    return NULL;
}

enum weir_shadow_class weir_shadow_class_of(uint32_t oid) {
    switch (oid) {
    case WEIR_PG_UNKNOWN:
        return WEIR_CLASS_UNKNOWN;
    case WEIR_PG_OID:
    case WEIR_PG_XID:
        return WEIR_CLASS_INTEGER;
    case WEIR_PG_REGPROC:
    case WEIR_PG_REGPROCEDURE:
    case WEIR_PG_REGCLASS:
    case WEIR_PG_REGTYPE:
    case WEIR_PG_REGNAMESPACE:
    case WEIR_PG_REGROLE:
        return WEIR_CLASS_OBJECT;
    case WEIR_PG_CHAR:
    case WEIR_PG_CSTRING:
    case WEIR_PG_NODE_TREE:
        return WEIR_CLASS_TEXT;
    case WEIR_PG_INT2:
    case WEIR_PG_INT4:
    case WEIR_PG_INT8:
        return WEIR_CLASS_INTEGER;
    case WEIR_PG_ANYARRAY:
        return WEIR_CLASS_ARRAY;
    default:
        break;
    }
    const struct weir_shadow_type *type = weir_shadow_find_type(oid);
    char category = type == NULL ? 'U' : type->category;
    return category == 'A'   ? WEIR_CLASS_ARRAY
           : category == 'B' ? WEIR_CLASS_BOOLEAN
           : category == 'N' ? WEIR_CLASS_NUMBER
           : category == 'S' ? WEIR_CLASS_TEXT
                             : WEIR_CLASS_OTHER;
}

uint32_t weir_shadow_element_of(uint32_t oid) {
    if (oid == WEIR_PG_ANYARRAY)
        return WEIR_PG_TEXT;
    const struct weir_shadow_type *type = weir_shadow_find_type(oid);
    return type != NULL && type->category == 'A' ? type->element : 0;
}

uint32_t weir_shadow_array_of(uint32_t oid) {
    const struct weir_shadow_type *type = weir_shadow_find_type(oid);
    return type != NULL && type->array != 0 ? type->array : WEIR_PG_TEXT_ARRAY;
}

/* numeric(p,s), varchar(n): the modifier holds the sizes plus 4. */
static void print_modifier(uint32_t oid, int64_t modifier, struct weir_buffer *out) {
    int64_t size = modifier - 4;
    if (size < 0)
        return;
    if (oid == WEIR_PG_NUMERIC)
        weir_buffer_printf(out, "(%d,%d)", (int)((size >> 16) & 0xffff), (int)(size & 0x7ff));
    else if (oid == WEIR_PG_VARCHAR || oid == WEIR_PG_BPCHAR)
        weir_buffer_printf(out, "(%d)", (int)size);
}

void weir_shadow_format_type(uint32_t oid, int64_t modifier, struct weir_buffer *out) {
    const struct weir_shadow_type *type = weir_shadow_find_type(oid);
    if (oid == 0 || type == NULL) {
        weir_buffer_text(out, oid == 0 ? "-" : "???");
        return;
    }
    weir_buffer_text(out, type->sql_name);
    print_modifier(oid, modifier, out);
}
