/* What the files of the binder share. */
#ifndef WEIR_SQL_BIND_PRIVATE_H
#define WEIR_SQL_BIND_PRIVATE_H

#include "sql/bind.h"
#include "sql/tree.h"

enum {
    SCOPE_TABLES_MAX = 16,
    AGGREGATES_MAX = 64,
    KEYS_MAX = 16,
    TARGETS_MAX = 256,
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

struct binder {
    struct weir_arena *arena;
    const struct weir_catalog *catalog;
    const char *text;
    struct weir_bound_parameter *parameters;
    size_t parameter_count;
    struct weir_error *error;
    size_t table_count;
    struct scope_table tables[SCOPE_TABLES_MAX];
    struct weir_relation *from;
    bool aggregates_allowed, inside_aggregate;
    const char *clause; /* for refusals: "WHERE" */
    size_t aggregate_count;
    struct weir_aggregate aggregates[AGGREGATES_MAX];
};

typedef const struct weir_expression *bound;

/* Set the error at a byte offset and return NULL. */
bound weir_bind_refuse(struct binder *binder, int location, const char *hint, const char *format,
                       ...) WEIR_PRINTF(4, 5);
bound weir_bind_invalid(struct binder *binder, int location, const char *sqlstate,
                        const char *format, ...) WEIR_PRINTF(4, 5);
/* Refuses a field of a node that the reader does not know. */
bool weir_bind_fields(struct binder *binder, const json_t *fields, const char *what,
                      const char *const *known);

/* All return NULL on failure (error set, or unset when memory is out). */
bound weir_bind_expression(struct binder *binder, const json_t *node);
bound weir_bind_condition(struct binder *binder, const json_t *node, const char *clause);
bound weir_bind_function(struct binder *binder, const json_t *fields);
bound weir_bind_cast(struct binder *binder, const json_t *fields);
bound weir_bind_operator(struct binder *binder, const json_t *fields);
/* The call of an allow-listed function, arguments converted, in canonical form. */
bound weir_bind_call(struct binder *binder, const char *name, bound *arguments, size_t count,
                     int location);
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
size_t weir_bind_node_count(bound expression);
/* Does it refer to an aggregate of the question, or to its error? */
bool weir_bind_has_aggregate(bound expression);

/* FROM. */
weir_status weir_bind_from(struct binder *binder, const json_t *list);
struct weir_relation *weir_bind_relation(struct binder *binder, enum weir_relation_kind kind,
                                         struct weir_relation *input, size_t column_count);
/* A column named in the question. */
bound weir_bind_column(struct binder *binder, const json_t *fields);

#endif
