/* The prepared statements and portals of one session, by name. A portal keeps its statement alive.
 */
#ifndef WEIR_WIRE_OBJECTS_H
#define WEIR_WIRE_OBJECTS_H

#include "sql/statement.h"
#include "wire/answer.h"
#include "wire/command.h"

enum {
    WEIR_OBJECTS_STATEMENT_LIMIT = 256,
    WEIR_OBJECTS_PORTAL_LIMIT = 32,
    WEIR_OBJECTS_TEXT_LIMIT = 1024 * 1024 /* of all prepared statements together */
};

struct weir_held_statement {
    struct weir_held_statement *next;
    char name[WEIR_MESSAGE_NAME_LIMIT + 1];
    int references; /* by the list and by portals */
    size_t text_len;
    struct weir_arena *arena;
    struct weir_statements statements;
    bool is_empty; /* no statement at all in the text */
    struct weir_command command;
};

struct weir_portal {
    struct weir_portal *next;
    char name[WEIR_MESSAGE_NAME_LIMIT + 1];
    struct weir_held_statement *statement;
    struct weir_arena *arena;
    struct weir_arguments arguments;
    struct weir_formats formats;
    bool has_run;
    struct weir_answer answer;
    size_t next_row;
};

/* Zero-initialised. */
struct weir_objects {
    struct weir_held_statement *statements;
    struct weir_portal *portals;
    size_t statement_count, portal_count, text_len;
};

/* Makes a statement that is not in the list yet, with an empty arena. NULL when memory is out. */
struct weir_held_statement *weir_held_statement_create(const char *name, size_t arena_cap);
/* Drops one reference (NULL is allowed). */
void weir_held_statement_release(struct weir_held_statement *statement);
/* Puts it into the list, which takes over the reference on success. A named one must not be there
 * already (42P05); the unnamed one replaces the last. */
weir_status weir_objects_keep_statement(struct weir_objects *objects,
                                        struct weir_held_statement *statement,
                                        struct weir_error *error) WEIR_MUST_CHECK;
struct weir_held_statement *weir_objects_find_statement(const struct weir_objects *objects,
                                                        const char *name);
/* False when there is none of this name. */
bool weir_objects_drop_statement(struct weir_objects *objects, const char *name);
void weir_objects_drop_statements(struct weir_objects *objects);

/* A portal over a statement, in the list. A named one must not be there already (42P03); the
 * unnamed one replaces the last. */
weir_status weir_objects_open_portal(struct weir_objects *objects, const char *name,
                                     struct weir_held_statement *statement, size_t arena_cap,
                                     struct weir_portal **portal,
                                     struct weir_error *error) WEIR_MUST_CHECK;
struct weir_portal *weir_objects_find_portal(const struct weir_objects *objects, const char *name);
void weir_objects_drop_portal(struct weir_objects *objects, const char *name);
void weir_objects_drop_portals(struct weir_objects *objects);

#endif
