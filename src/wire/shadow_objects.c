/* regclass and its kin: OIDs as names, and names as OIDs. */
#include "wire/shadow_values.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* The few functions that clients name by regproc. */
static const struct {
    uint32_t oid;
    const char *name;
} functions[] = {{89, "version"},
                 {750, "array_in"},
                 {2400, "array_recv"},
                 {2290, "record_in"},
                 {2402, "record_recv"}};

/* Words that SQL would read as something else. */
static const char *const reserved[] = {
    "all",        "analyse", "analyze",   "and",     "any",       "array",      "as",
    "asc",        "both",    "case",      "cast",    "check",     "collate",    "column",
    "constraint", "create",  "default",   "desc",    "distinct",  "do",         "else",
    "end",        "except",  "false",     "fetch",   "for",       "foreign",    "from",
    "grant",      "group",   "having",    "in",      "initially", "intersect",  "into",
    "lateral",    "leading", "limit",     "not",     "null",      "offset",     "on",
    "only",       "or",      "order",     "placing", "primary",   "references", "returning",
    "select",     "some",    "symmetric", "table",   "then",      "to",         "trailing",
    "true",       "union",   "unique",    "user",    "using",     "variadic",   "when",
    "where",      "window",  "with"};

const char *weir_shadow_reserved(size_t place) {
    return place < WEIR_COUNT(reserved) ? reserved[place] : NULL;
}

static bool is_reserved(const char *name) {
    for (size_t i = 0; i < WEIR_COUNT(reserved); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

void weir_shadow_quote_name(const char *name, struct weir_buffer *out) {
    size_t plain = strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789");
    if (name[plain] == '\0' && plain > 0 && !isdigit((unsigned char)name[0]) &&
        !is_reserved(name)) {
        weir_buffer_text(out, name);
        return;
    }
    weir_buffer_byte(out, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            weir_buffer_byte(out, '"');
        weir_buffer_byte(out, (unsigned char)*name);
    }
    weir_buffer_byte(out, '"');
}

static const char *schema_name(const struct weir_shadow *shadow, uint32_t oid) {
    for (size_t i = 0; i < shadow->schema_count; i++)
        if (shadow->schemas[i].oid == oid)
            return shadow->schemas[i].name;
    return NULL;
}

static const char *role_name(const struct weir_shadow *shadow, uint32_t oid) {
    return oid == WEIR_SHADOW_OWNER ? "weir" : oid == WEIR_SHADOW_FIRST_OID ? shadow->user : NULL;
}

static const char *function_name(uint32_t oid) {
    for (size_t i = 0; i < WEIR_COUNT(functions); i++)
        if (functions[i].oid == oid)
            return functions[i].name;
    return NULL;
}

static bool print_relation(const struct weir_shadow *shadow, uint32_t oid,
                           struct weir_buffer *out) {
    for (size_t i = 0; i < shadow->relation_count; i++) {
        const struct weir_shadow_relation *relation = &shadow->relations[i];
        if (relation->oid != oid || relation->name == NULL)
            continue;
        if (!relation->is_visible) {
            weir_shadow_quote_name(relation->schema, out);
            weir_buffer_byte(out, '.');
        }
        weir_shadow_quote_name(relation->name, out);
        return true;
    }
    return false;
}

void weir_shadow_print_object(const struct weir_shadow *shadow, uint32_t type, uint32_t oid,
                              struct weir_buffer *out) {
    const char *name = NULL;
    if (oid == 0) {
        weir_buffer_byte(out, '-');
        return;
    }
    if (type == WEIR_PG_REGCLASS && print_relation(shadow, oid, out))
        return;
    if (type == WEIR_PG_REGTYPE && weir_shadow_find_type(oid) != NULL) {
        weir_shadow_format_type(oid, -1, out);
        return;
    }
    if (type == WEIR_PG_REGNAMESPACE)
        name = schema_name(shadow, oid);
    if (type == WEIR_PG_REGROLE)
        name = role_name(shadow, oid);
    if (type == WEIR_PG_REGPROC || type == WEIR_PG_REGPROCEDURE)
        name = function_name(oid);
    if (name != NULL)
        weir_shadow_quote_name(name, out);
    else
        weir_buffer_printf(out, "%u", oid);
}

const char *weir_shadow_read_part(const char *text, char part[WEIR_SHADOW_NAME_BYTES]) {
    size_t len = 0;
    bool quoted = *text == '"';
    text += quoted;
    for (; *text != '\0' && len + 1 < WEIR_SHADOW_NAME_BYTES; text++) {
        if (quoted && *text == '"' && *++text != '"')
            break;
        if (!quoted && *text == '.')
            break;
        part[len++] = quoted ? *text : (char)tolower((unsigned char)*text);
    }
    part[len] = '\0';
    bool ended = *text == '\0' || *text == '.';
    return len > 0 && ended ? text : NULL;
}

/* [schema.]name; schema is "" when there is none. */
static bool read_name(const char *text, char schema[WEIR_SHADOW_NAME_BYTES],
                      char name[WEIR_SHADOW_NAME_BYTES]) {
    schema[0] = '\0';
    const char *rest = weir_shadow_read_part(text, name);
    if (rest != NULL && *rest == '.') {
        memcpy(schema, name, WEIR_SHADOW_NAME_BYTES);
        rest = weir_shadow_read_part(rest + 1, name);
    }
    return rest != NULL && *rest == '\0';
}

static uint32_t relation_oid(const struct weir_shadow *shadow, const char *schema,
                             const char *name) {
    const struct weir_shadow_relation *relation =
        weir_shadow_find_relation(shadow, schema[0] != '\0' ? schema : NULL, name);
    return relation != NULL ? relation->oid : 0;
}

static uint32_t type_oid(const char *text) {
    char name[WEIR_SHADOW_NAME_BYTES];
    static const char prefix[] = "pg_catalog.";
    if (strncmp(text, prefix, strlen(prefix)) == 0)
        text += strlen(prefix);
    size_t len = strlen(text);
    if (len >= WEIR_SHADOW_NAME_BYTES)
        return 0;
    const struct weir_shadow_type *type = NULL;
    if (strcmp(text, "char") == 0)
        return WEIR_PG_BPCHAR;
    memcpy(name, text, len + 1);
    for (size_t i = 0; name[0] != '"' && i < len; i++)
        name[i] = (char)tolower((unsigned char)name[i]);
    type = weir_shadow_type_named(name);
    if (type == NULL && len > 2 && strcmp(name + len - 2, "[]") == 0) {
        name[len - 2] = '\0';
        type = weir_shadow_type_named(name);
        return type != NULL ? type->array : 0;
    }
    char schema[WEIR_SHADOW_NAME_BYTES], part[WEIR_SHADOW_NAME_BYTES];
    if (type == NULL && read_name(text, schema, part) && schema[0] == '\0')
        type = weir_shadow_type_named(part);
    return type != NULL ? type->oid : 0;
}

static uint32_t function_oid(const char *name) {
    for (size_t i = 0; i < WEIR_COUNT(functions); i++)
        if (strcmp(functions[i].name, name) == 0)
            return functions[i].oid;
    return 0;
}

bool weir_shadow_read_object(const struct weir_shadow *shadow, uint32_t type, const char *text,
                             uint32_t *oid) {
    char schema[WEIR_SHADOW_NAME_BYTES], name[WEIR_SHADOW_NAME_BYTES];
    *oid = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && digits <= 10 && text[digits] == '\0') {
        unsigned long long number = strtoull(text, NULL, 10);
        *oid = (uint32_t)number;
        return number <= UINT32_MAX;
    }
    if (strcmp(text, "-") == 0)
        return true;
    if (type == WEIR_PG_REGTYPE)
        *oid = type_oid(text);
    else if (!read_name(text, schema, name))
        return false;
    else if (type == WEIR_PG_REGCLASS)
        *oid = relation_oid(shadow, schema, name);
    else if (type == WEIR_PG_REGNAMESPACE) {
        const struct weir_shadow_schema *found = weir_shadow_find_schema(shadow, name);
        *oid = found != NULL && schema[0] == '\0' ? found->oid : 0;
    } else if (type == WEIR_PG_REGROLE)
        *oid = strcmp(name, shadow->user) == 0 ? WEIR_SHADOW_FIRST_OID
               : strcmp(name, "weir") == 0     ? WEIR_SHADOW_OWNER
                                               : 0;
    else
        *oid = function_oid(name);
    return *oid != 0;
}

weir_status weir_shadow_unknown_object(struct weir_error *error, uint32_t type, const char *text) {
    const char *kind = "function", *state = "42883";
    if (type == WEIR_PG_REGCLASS) {
        kind = "relation";
        state = "42P01";
    } else if (type == WEIR_PG_REGTYPE) {
        kind = "type";
        state = "42704";
    } else if (type == WEIR_PG_REGNAMESPACE) {
        kind = "schema";
        state = "3F000";
    } else if (type == WEIR_PG_REGROLE) {
        kind = "role";
        state = "42704";
    }
    return weir_fail_state(error, WEIR_ERROR_INVALID, state, "%s \"%.63s\" does not exist", kind,
                           text);
}
