/* A catalog query's parse tree written as SQLite's SQL: an allow-list. Every node and every key of
 * it that is not named in these files is refused (0A000). Names are resolved here, against the
 * tables of the shadow alone, and every column is written with a table alias of ours, so SQLite
 * resolves no name of the client's. Literals are quoted anew. */
#ifndef WEIR_WIRE_INTROSPECT_TRANSLATE_H
#define WEIR_WIRE_INTROSPECT_TRANSLATE_H

#include "sql/tree.h"
#include "wire/introspect.h"
#include "wire/shadow.h"

enum { WEIR_INTROSPECT_DEPTH = 200 };

struct weir_translation {
    const struct weir_shadow *shadow;
    struct weir_arena *arena;
    struct weir_error *error;
    size_t parameter_count;
    unsigned next_alias;
    unsigned depth;
};

/* SQL that grows by parts, in the arena: its cost is in proportion to its length. */
struct weir_text {
    char *bytes; /* NULL = nothing yet */
    size_t len, capacity;
};

/* A column of something in FROM. */
struct weir_scope_field {
    const char *name, *sql;
    uint32_t type;
    bool is_hidden; /* from * and from unqualified names: the other side of USING stands for it */
    bool is_system; /* tableoid: from * alone */
};

struct weir_source {
    struct weir_source *next;
    const char *schema; /* NULL when there is an alias, or none is known */
    const char *name;   /* alias or table; NULL for an unnamed one */
    size_t field_count;
    struct weir_scope_field *fields;
};

/* A WITH query. */
struct weir_common {
    const struct weir_common *next;
    const char *name, *alias;
    size_t column_count;
    const struct weir_introspect_column *columns;
    const char *const *names; /* their names in SQLite */
};

/* Functions in the select list that give many rows become part of FROM. */
struct weir_sets {
    const char *joins; /* "" so far */
    const char *first; /* the alias of the first; NULL so far */
    const char
        *array; /* what the last one unfolds, and its alias: asked for again, it is the same rows */
    const char *alias;
};

/* What names mean within one SELECT. */
struct weir_scope {
    const struct weir_scope *outer;
    struct weir_source *sources;       /* the last one first */
    const struct weir_source *end;     /* where they end: not NULL for the two sides of a join */
    const struct weir_common *commons; /* those of this SELECT and of all outer ones */
    struct weir_sets *sets;            /* while the select list is read; else NULL */
};

struct weir_expression {
    const char *sql;
    const char *name; /* what PostgreSQL would call the column */
    uint32_t type;
    bool is_weak_name; /* a CASE with this ELSE is called "case" all the same */
};

/* A SELECT as SQLite text; `names` are SQLite's names of its columns. */
struct weir_selection {
    const char *sql;
    size_t column_count;
    struct weir_introspect_column *columns;
    const char **names;
};

/* The one entry. The selection lives in the arena. */
weir_status weir_introspect_translate(const struct weir_shadow *shadow, struct weir_arena *arena,
                                      const json_t *select, size_t parameter_count,
                                      struct weir_selection *selection,
                                      struct weir_error *error) WEIR_MUST_CHECK;

/* introspect_select.c */
weir_status weir_translate_select(struct weir_translation *translation,
                                  const struct weir_scope *outer, const json_t *select,
                                  struct weir_selection *selection) WEIR_MUST_CHECK;
/* What a SortBy says: ascending puts nulls last, descending first, unless it says otherwise. */
weir_status weir_translate_sort_flags(struct weir_translation *translation, const json_t *sort,
                                      bool *descending, bool *nulls_first) WEIR_MUST_CHECK;
/* Adds such a key, whose text is `by`, to an ORDER BY ("" so far). */
weir_status weir_translate_sort(struct weir_translation *translation, const json_t *sort,
                                const char *by, struct weir_text *text) WEIR_MUST_CHECK;

/* introspect_from.c: adds what FROM names to the scope; *sql is the text after FROM. */
weir_status weir_translate_from(struct weir_translation *translation, struct weir_scope *scope,
                                const json_t *from, const char **sql) WEIR_MUST_CHECK;

/* introspect_scope.c */
struct weir_source *weir_scope_add(struct weir_translation *translation, struct weir_scope *scope,
                                   const char *name, size_t field_count) WEIR_MUST_CHECK;
weir_status weir_scope_find(struct weir_translation *translation, const struct weir_scope *scope,
                            const json_t *reference, struct weir_expression *found) WEIR_MUST_CHECK;
/* Does this SELECT's own FROM have a column of this name? */
bool weir_scope_has(const struct weir_scope *scope, const char *name);
/* Is a field meant by `*`, or `source.*`, or `schema.source.*`? The prefix is the reference without
 * its star. */
bool weir_scope_is_starred(const json_t *fields, const struct weir_source *source,
                           const struct weir_scope_field *field);

/* introspect_expression.c */
weir_status weir_translate_expression(struct weir_translation *translation,
                                      const struct weir_scope *scope, const json_t *node,
                                      struct weir_expression *out) WEIR_MUST_CHECK;
weir_status weir_translate_boolean(struct weir_translation *translation,
                                   const struct weir_scope *scope, const json_t *node,
                                   const char **sql) WEIR_MUST_CHECK;
/* Translates each and joins them with ", ". */
weir_status weir_translate_list(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *list,
                                const char **sql) WEIR_MUST_CHECK;

/* Nodes, each in the file of its kind; the dispatch is in introspect_expression.c. */
typedef weir_status weir_translator(struct weir_translation *translation,
                                    const struct weir_scope *scope, const json_t *node,
                                    struct weir_expression *out);
weir_translator weir_translate_operator, weir_translate_sublink, weir_translate_call,
    weir_translate_cast, weir_translate_case, weir_translate_coalesce, weir_translate_array,
    weir_translate_indirection, weir_translate_value_function, weir_translate_aggregate;

/* introspect_call.c: a function that gives many rows, as a JSON array. `kind` says what a row is.
 */
enum weir_set_kind { WEIR_SET_NONE, WEIR_SET_VALUE, WEIR_SET_PLACE, WEIR_SET_PAIR };
struct weir_set {
    enum weir_set_kind kind;
    const char *array; /* SQL of the JSON array */
    const char *name;
    uint32_t type;
    int lower; /* what the first place is called */
};
weir_status weir_translate_set(struct weir_translation *translation, const struct weir_scope *scope,
                               const json_t *call, struct weir_set *set) WEIR_MUST_CHECK;

/* introspect_cast.c */
weir_status weir_introspect_cast(struct weir_translation *translation,
                                 const struct weir_expression *from, uint32_t to,
                                 struct weir_expression *out) WEIR_MUST_CHECK;
/* An untyped literal or parameter takes the type that its place asks for; all else stays. */
weir_status weir_introspect_adapt(struct weir_translation *translation,
                                  struct weir_expression *expression, uint32_t to) WEIR_MUST_CHECK;
weir_status weir_introspect_adapt_pair(struct weir_translation *translation,
                                       struct weir_expression *left,
                                       struct weir_expression *right) WEIR_MUST_CHECK;
weir_status weir_introspect_as_text(struct weir_translation *translation,
                                    struct weir_expression *expression) WEIR_MUST_CHECK;

/* introspect_tree.c: reading the parse tree. */
const char *weir_tree_text(const json_t *object, const char *key); /* NULL when there is none */
const json_t *weir_tree_get(const json_t *object, const char *key);
bool weir_tree_flag(const json_t *object, const char *key);
/* The last of a list of names, after an optional pg_catalog or information_schema (in *schema;
 * NULL: none). NULL for any other form. */
const char *weir_tree_qualified(const json_t *names, const char **schema);
/* Fails when the object has a key outside the space-separated list. */
weir_status weir_tree_allow(struct weir_translation *translation, const json_t *object,
                            const char *kind, const char *keys) WEIR_MUST_CHECK;
weir_status weir_tree_refuse(struct weir_translation *translation, const char *format, ...)
    WEIR_PRINTF(2, 3);
weir_status weir_tree_enter(struct weir_translation *translation) WEIR_MUST_CHECK;
void weir_tree_leave(struct weir_translation *translation);
weir_status weir_text_add(struct weir_translation *translation, struct weir_text *text,
                          const char *part) WEIR_MUST_CHECK;
/* With ", " before all parts but the first. */
weir_status weir_text_list(struct weir_translation *translation, struct weir_text *text,
                           const char *part) WEIR_MUST_CHECK;
const char *weir_text_of(const struct weir_text *text); /* "" for nothing */
/* A SQLite string literal. */
const char *weir_tree_quote(struct weir_translation *translation, const char *text);

/* Sets the result; fails when the text could not be made. */
weir_status weir_expression_give(struct weir_expression *out, uint32_t type, const char *name,
                                 const char *sql) WEIR_MUST_CHECK;
/* Their texts, joined with ", "; NULL when memory ran out. */
const char *weir_expression_join(struct weir_translation *translation,
                                 const struct weir_expression *values,
                                 size_t count) WEIR_MUST_CHECK;

#endif
