/* SQL text split and classified into statements, over PostgreSQL's own parser. The parse tree is
 * libpg_query's JSON (jansson), because a reader of it can name every key it knows and refuse the
 * rest. Only parse.c knows libpg_query.
 *
 * Limits, checked before anything else reads the tree: 64 KiB of text, valid UTF-8, depth 200
 * (SQLSTATE 54001). */
#ifndef WEIR_SQL_STATEMENT_H
#define WEIR_SQL_STATEMENT_H

#include "base/arena.h"
#include "base/error.h"

#include <jansson.h>

enum {
    WEIR_SQL_TEXT_LIMIT = 64 * 1024,
    WEIR_SQL_DEPTH_LIMIT = 200,
    WEIR_SQL_PARAMETER_LIMIT = 200
};

enum weir_statement_kind {
    WEIR_STATEMENT_SELECT,
    WEIR_STATEMENT_EXPLAIN, /* tree = the inner SelectStmt */
    WEIR_STATEMENT_SET,     /* SET name = value */
    WEIR_STATEMENT_RESET,   /* RESET name | RESET ALL (name "all") | SET name TO DEFAULT */
    WEIR_STATEMENT_SHOW,    /* SHOW name | SHOW ALL (name "all") */
    WEIR_STATEMENT_BEGIN,   /* also START TRANSACTION, SAVEPOINT excluded */
    WEIR_STATEMENT_COMMIT,
    WEIR_STATEMENT_ROLLBACK,
    WEIR_STATEMENT_DISCARD,
    WEIR_STATEMENT_DEALLOCATE, /* name, or "all" */
    WEIR_STATEMENT_OTHER       /* COPY, CREATE, DO, ...: `name` says which, for the refusal */
};

struct weir_statement {
    enum weir_statement_kind kind;
    const json_t *tree; /* SELECT, EXPLAIN: the object inside "SelectStmt"; else NULL. Owned by
                           weir_statements */
    const char *name;   /* SET/RESET/SHOW/DEALLOCATE/OTHER, lower case but for OTHER ("COPY") */
    const char *value;  /* SET: the value as text ("0.1", "UTF8") */
    bool is_local;      /* SET LOCAL */
    bool explain_json;  /* EXPLAIN (FORMAT JSON) */
    /* Names only system catalogs (pg_catalog, information_schema, unqualified pg_*), or no table at
     * all while calling functions of the system (version(), current_database(), ...): for the
     * introspection shadow. Never true when an ordinary table is named anywhere in it. */
    bool is_introspection;
    int parameter_count; /* highest $n */
};

struct weir_statements {
    const char
        *text; /* the whole text, in the arena; positions in trees are byte offsets into it */
    size_t count;
    struct weir_statement *items;
    json_t *owned;
};

/* The caller calls weir_statements_release when done (trees are not in the arena). A syntax error
 * carries PostgreSQL's message (which may quote the client's own text back to it) and the position.
 */
weir_status weir_sql_parse(struct weir_arena *arena, const char *text, size_t len,
                           struct weir_statements *statements,
                           struct weir_error *error) WEIR_MUST_CHECK;
void weir_statements_release(struct weir_statements *statements);

/* 1-based character position for an error, of a byte offset in the text (-1 = unknown = 0). */
int weir_sql_position(const char *text, int byte_offset);

#endif
