/* Values of the shadow as PostgreSQL's text and back, and names as SQL writes them. In SQLite a
 * boolean is 0 or 1, an object (regclass and its kin) its OID, an array a JSON array, everything
 * else its text or number. */
#ifndef WEIR_WIRE_SHADOW_VALUES_H
#define WEIR_WIRE_SHADOW_VALUES_H

#include "wire/shadow.h"

/* Appends a name, in double quotes where SQL needs them. */
void weir_shadow_quote_name(const char *name, struct weir_buffer *out);
/* Reads one part of a dotted name, in double quotes or folded to lower case. The rest of the text,
 * or NULL when it is malformed. */
enum { WEIR_SHADOW_NAME_BYTES = 256 };
const char *weir_shadow_read_part(const char *text,
                                  char part[WEIR_SHADOW_NAME_BYTES]) WEIR_MUST_CHECK;
/* The words that need quotes as names, by place; NULL after the last. */
const char *weir_shadow_reserved(size_t place);

/* Appends PostgreSQL's text form of a value of this type, given as SQLite's text of it. */
void weir_shadow_print(const struct weir_shadow *shadow, uint32_t type, const char *text,
                       struct weir_buffer *out);
/* The same for a JSON array whose elements have the type `element`: {a,"b c"}. False when it is
 * none. */
bool weir_shadow_print_array(const struct weir_shadow *shadow, uint32_t element, const char *json,
                             struct weir_buffer *out) WEIR_MUST_CHECK;

/* Reads {a,"b c"}, or the space-separated form of the vectors, as a JSON array. False when it is
 * malformed. */
bool weir_shadow_read_array(uint32_t element, const char *text,
                            struct weir_buffer *json) WEIR_MUST_CHECK;

/* OIDs and names of objects of a type (regclass, regtype, ...). Reading accepts digits, and names
 * with or without schema and quotes; false for an unknown one, which weir_shadow_unknown_object
 * tells of. */
void weir_shadow_print_object(const struct weir_shadow *shadow, uint32_t type, uint32_t oid,
                              struct weir_buffer *out);
bool weir_shadow_read_object(const struct weir_shadow *shadow, uint32_t type, const char *text,
                             uint32_t *oid) WEIR_MUST_CHECK;
weir_status weir_shadow_unknown_object(struct weir_error *error, uint32_t type, const char *text);

/* Settings as a new session has them; places from 0 up to the first name that is NULL. */
const char *weir_shadow_setting(const struct weir_shadow *shadow, size_t place, const char **name,
                                const char **description);

/* Registration, each with its own file. */
int weir_shadow_add_value_functions(struct weir_shadow *shadow);
int weir_shadow_add_array_functions(struct weir_shadow *shadow);
int weir_shadow_add_text_functions(struct weir_shadow *shadow);
int weir_shadow_add_session_functions(struct weir_shadow *shadow);
int weir_shadow_add_aggregate(struct weir_shadow *shadow);

struct weir_shadow_function {
    const char *name;
    int arguments; /* -1 = any number */
    void (*run)(sqlite3_context *call, int count, sqlite3_value **values);
};
int weir_shadow_register(struct weir_shadow *shadow, const struct weir_shadow_function *functions,
                         size_t count);
struct weir_shadow *weir_shadow_of(sqlite3_context *call);
/* Ends a call: with the buffer's text, then freed; or with what the statement's error says. */
void weir_shadow_give_text(sqlite3_context *call, struct weir_buffer *text);
void weir_shadow_give_error(sqlite3_context *call);
/* NULL for a null. */
const char *weir_shadow_text_of(sqlite3_value *value);

#endif
