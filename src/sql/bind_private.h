/* What the files of the binder share. */
#ifndef WEIR_SQL_BIND_PRIVATE_H
#define WEIR_SQL_BIND_PRIVATE_H

#include "sql/bind.h"
#include "sql/tree.h"

enum {
    SCOPE_TABLES_MAX = 16,
    SCOPE_COLUMNS_MAX = 1024,
    QUESTION_SELECTS_MAX = 64, /* in one question, each reference to a WITH counted */
    AGGREGATES_MAX = 64,
    KEYS_MAX = 16,
    TARGETS_MAX = 256,
    CONDITIONS_MAX = 8192,
    REPEATED_NODES_MAX = 100
};

/* While an aggregated question is bound, a reference to its k-th aggregate is a column
 * AGGREGATE_PLACE + k and to that aggregate's error ERROR_PLACE + k; lift.c turns them into real
 * places. */
enum { AGGREGATE_PLACE = 1 << 20, ERROR_PLACE = 1 << 21 };

struct scope_table {
    const char *alias;
    const char *schema; /* NULL when an alias hides it */
    size_t first, count;
};

/* WITH name AS (select). */
struct common_table {
    const struct common_table *next; /* those defined before it: what its select may name */
    const char *name;
    const json_t *select, *column_names;
};

/* Counted over the whole question, so that labels are unique and size is bounded. */
struct question_counts {
    size_t selects, scan_count;
    int ordinals;
    const struct weir_policy_table *scans[SCOPE_TABLES_MAX * 4];
};

/* One SELECT on its way. The columns in reach are `scope`: for a correlated subquery first the
 * enclosing question's (`outer_columns` of them, of `outer_tables` tables), then its own. */
struct binder {
    struct weir_arena *arena;
    const struct weir_catalog *catalog;
    const char *text;
    struct weir_bound_parameter *parameters;
    size_t parameter_count;
    struct weir_error *error;
    struct question_counts *counts;
    const struct common_table *common_tables;
    size_t table_count, outer_tables;
    struct scope_table tables[SCOPE_TABLES_MAX];
    struct weir_column *scope;
    size_t scope_count, outer_columns;
    struct weir_relation *from; /* its columns are the scope's from outer_columns on */
    bool aggregates_allowed, windows_allowed, inside_aggregate;
    const char *clause; /* for refusals: "WHERE" */
    size_t aggregate_count;
    struct weir_aggregate aggregates[AGGREGATES_MAX];
    size_t condition_count; /* of inner joins' ON and WHERE, all AND-ed; over the scope */
    const struct weir_expression *conditions[CONDITIONS_MAX];
};

typedef const struct weir_expression *bound;

/* Set the error at a byte offset and return NULL. */
bound weir_bind_refuse(struct binder *binder, int location, const char *hint, const char *format,
                       ...) WEIR_PRINTF(4, 5);
bound weir_bind_invalid(struct binder *binder, int location, const char *sqlstate,
                        const char *format, ...) WEIR_PRINTF(4, 5);
bound weir_bind_unknown_function(struct binder *binder, const char *name, int location);
/* Refuses a field of a node that the reader does not know. */
bool weir_bind_fields(struct binder *binder, const json_t *fields, const char *what,
                      const char *const *known);

/* All return NULL on failure (error set, or unset when memory is out). */
bound weir_bind_expression(struct binder *binder, const json_t *node);
bound weir_bind_condition(struct binder *binder, const json_t *node, const char *clause);
bound weir_bind_function(struct binder *binder, const json_t *fields);
bound weir_bind_cast(struct binder *binder, const json_t *fields);
bound weir_bind_operator(struct binder *binder, const json_t *fields);
/* A function with OVER, as a new column of `from`, which becomes a WINDOW. bind_window.c */
bound weir_bind_window(struct binder *binder, const char *name, const json_t *fields);
/* The call of an allow-listed function, arguments converted, in canonical form. */
bound weir_bind_call(struct binder *binder, const char *name, bound *arguments, size_t count,
                     int location);
/* Puts the sides of a comparison with a NUMERIC in the types it is made in. bind_numeric.c */
bool weir_bind_compare_numeric(struct binder *binder, const char *name, bound *sides, size_t count);
bound weir_bind_logic(struct binder *binder, bool is_or, bound *conditions, size_t count,
                      int location);
/* `expression` as `type`: widening, or typing what is untyped; else an error that names `what`. */
bound weir_bind_coerce(struct binder *binder, bound expression, enum weir_type type,
                       const char *what);
/* What is still untyped becomes TEXT. */
bound weir_bind_settle(struct binder *binder, bound expression);
struct weir_expression *weir_bind_new(struct binder *binder, enum weir_expression_kind kind,
                                      enum weir_type type, int location);
bound weir_bind_constant(struct binder *binder, struct weir_value value, int location);
bound weir_bind_place(struct binder *binder, size_t place, enum weir_type type, int location);
size_t weir_bind_node_count(bound expression);
/* Does it refer to an aggregate of the question, or to its error? */
bool weir_bind_has_aggregate(bound expression);
/* The same expression with every column's place less `offset`. NULL when a place is below it, with
 * the error unset: the caller says what that means. rebase.c */
bound weir_bind_rebase(struct binder *binder, bound expression, size_t offset);
/* The least and the greatest place of a column in it; false when it has none. rebase.c */
bool weir_bind_places(bound expression, size_t *least, size_t *greatest);

/* ---- relations ---- */

struct weir_relation *weir_bind_relation(struct binder *binder, enum weir_relation_kind kind,
                                         struct weir_relation *input, size_t column_count);
/* FROM: binder->from, the scope, and the conditions of inner joins. bind_from.c */
weir_status weir_bind_from(struct binder *binder, const json_t *list);
/* A column named in the question. bind_scope.c */
bound weir_bind_column(struct binder *binder, const json_t *fields);
weir_status weir_bind_add_table(struct binder *binder, const char *alias, const char *schema,
                                const struct weir_relation *relation, int location);
/* The conditions of WHERE: those with subqueries become semi and anti joins, the others
 * binder->conditions. bind_where.c */
weir_status weir_bind_where(struct binder *binder, const json_t *node);
/* Adds a condition to those of the question, split at AND. bind_place.c */
weir_status weir_bind_add_condition(struct binder *binder, bound condition);
/* Takes the conditions from `first` on, all over columns of `relation`, whose columns begin at
 * `offset` in the scope, and puts them where they belong: equalities between tables into their
 * joins, the rest into a filter on top. bind_place.c */
struct weir_relation *weir_bind_place_conditions(struct binder *binder,
                                                 struct weir_relation *relation, size_t first,
                                                 size_t offset);
/* A binder for a SELECT within another: it sees the outer's WITH, and, correlated, its columns.
 * bind_query.c */
struct binder *weir_bind_inner(struct binder *outer, bool is_correlated);
/* A whole SELECT as a relation. bind_query.c */
struct weir_relation *weir_bind_select(struct binder *binder, const json_t *select);
/* The rows of UNION's two sides. bind_union.c */
struct weir_relation *weir_bind_union(struct binder *binder, const json_t *select);

/* The keys and aggregates of one SELECT into an AGGREGATE in canonical order; gives the texts by
 * which lift.c knows its keys. bind_group.c */
struct grouping {
    size_t key_count;
    bound keys[KEYS_MAX + 1];            /* over the scope */
    const char *key_texts[KEYS_MAX + 1]; /* in the order of the AGGREGATE's columns */
    size_t aggregate_order[AGGREGATES_MAX];
    struct weir_relation *relation;
};
weir_status weir_bind_group(struct binder *binder, struct grouping *grouping);

#endif
