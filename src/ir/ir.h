/* The relational intermediate representation: what a question can be, and nothing else. Trees live
 * in one arena and are not changed once the passes have run. Column references are places in the
 * input's columns (a join's input is its left columns followed by its right ones). */
#ifndef WEIR_IR_IR_H
#define WEIR_IR_IR_H

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"
#include "catalog/catalog.h"
#include "catalog/functions.h"

enum weir_expression_kind {
#define EXPRESSION(kind) WEIR_EXPRESSION_##kind,
#include "ir/nodes.def"
#undef EXPRESSION
};

enum weir_relation_kind {
#define RELATION(kind) WEIR_RELATION_##kind,
#include "ir/nodes.def"
#undef RELATION
};

struct weir_expression {
    enum weir_expression_kind kind;
    enum weir_type type;
    int position;    /* byte offset in the statement, -1 = none: for refusals */
    bool is_untyped; /* CONSTANT: a string literal, NULL or parameter whose type the context decides
                      */
    int parameter;   /* CONSTANT: the number of the parameter it stands for, 0 = none */
    union {
        size_t column;
        struct weir_value constant;
        struct {
            const struct weir_function *function;
            size_t count;
            const struct weir_expression **arguments;
        } call;
        struct {
            bool is_or;
            size_t count; /* >= 2 */
            const struct weir_expression **conditions;
        } logic;
        struct {
            size_t count;
            const struct weir_expression **conditions, **results;
            const struct weir_expression *otherwise; /* NULL = NULL */
        } cases;
    } as;
};

enum weir_aggregate_kind {
    WEIR_AGGREGATE_COUNT_ROWS,
    WEIR_AGGREGATE_COUNT,          /* rows where the argument is not null */
    WEIR_AGGREGATE_COUNT_UNITS,    /* COUNT(DISTINCT unit key) */
    WEIR_AGGREGATE_COUNT_DISTINCT, /* this and the last two: of public rows, or within one unit */
    WEIR_AGGREGATE_SUM,
    WEIR_AGGREGATE_AVG,
    WEIR_AGGREGATE_MIN,
    WEIR_AGGREGATE_MAX
};

struct weir_aggregate {
    enum weir_aggregate_kind kind;
    enum weir_type type;                    /* of the result */
    const struct weir_expression *argument; /* over the input; NULL for COUNT_ROWS */
    int position;
};

/* An interval that holds every value; infinite ends where nothing is known, low > high for nothing
 * but NULL. */
struct weir_range {
    double low, high;
};

struct weir_column {
    const char *name;  /* what the question may call it; NULL = hidden */
    const char *label; /* what the canonical text calls it: one label, one column */
    enum weir_type type;
    /* Where a column comes unchanged from a table: */
    const struct weir_policy_table *table;
    const struct weir_policy_column *source;
    bool nullable;  /* also by a left join; NaN counts as NULL */
    bool is_merged; /* by USING: found by its table's name only */
    int scale;      /* NUMERIC: digits after the point */
    struct weir_range range;
};

/* To whom the rows of a relation belong; filled by privacy/pass_unit. */
enum weir_ownership {
    WEIR_OWNED_BY_NONE, /* public: no person in it */
    WEIR_OWNED_BY_UNIT, /* each row belongs to exactly one unit: the one its column `unit` names */
    WEIR_OWNED_RELEASED /* came out of a release: free to post-process */
};

struct weir_sort_key {
    size_t column; /* of the input */
    bool descending, nulls_first;
};

enum weir_join_kind {
    WEIR_JOIN_INNER,
    WEIR_JOIN_LEFT,
    WEIR_JOIN_SEMI, /* rows of the left that have a match; columns are the left's */
    WEIR_JOIN_ANTI  /* rows of the left that have none */
};

/* A function over the rows of one partition. */
enum weir_window_kind {
#define WINDOW_FUNCTION(kind, name, arguments) WEIR_WINDOW_##kind,
#include "ir/windows.def"
#undef WINDOW_FUNCTION
};
struct weir_window_order {
    const struct weir_expression *expression;
    bool descending, nulls_first;
};
struct weir_window {
    enum weir_window_kind kind;
    const struct weir_expression *argument; /* NULL when it takes none */
    int64_t distance;                       /* lag, lead */
    size_t partition_count, order_count;
    const struct weir_expression **partition;
    struct weir_window_order *order;
    int position;
};

#define WEIR_NO_UNIT SIZE_MAX

struct weir_relation {
    enum weir_relation_kind kind;
    int position;
    int ordinal; /* AGGREGATE, PROJECT, UNION: how the canonical text tells derived tables apart */
    size_t column_count;
    struct weir_column *columns;
    size_t unit; /* the column that holds each row's unit, or WEIR_NO_UNIT */
    enum weir_ownership ownership;
    bool one_row;       /* owned: no unit has more than one row, whatever the data */
    int64_t bound_rows; /* owned: the policy bounds what a unit contributes to that of so many rows;
                           0 = it does not */
    struct weir_relation *input; /* all kinds but ONE_ROW and SCAN; the left of a JOIN or UNION */
    union {
        struct {
            const struct weir_catalog_table
                *table;        /* its columns, then the unit of a protected one, hidden */
            const char *label; /* "city.visit", a second time "city.visit#2" */
        } scan;
        struct {
            enum weir_join_kind kind;
            struct weir_relation *right;
            const struct weir_column *scope; /* of the condition: left's columns, then right's */
            const struct weir_expression *condition; /* NULL = every pair */
        } join;
        struct weir_relation *union_right; /* the same types of columns as `input` */
        struct {
            size_t count; /* columns: the input's, then one a function */
            struct weir_window *functions;
        } window;
        const struct weir_expression *filter;
        const struct weir_expression **project; /* column_count of them */
        struct {
            /* Columns: keys, then aggregates, then the 95% error of each aggregate (DOUBLE). Keys
             * and aggregates are sorted by their canonical text, so that equal questions are equal
             * trees. Within units the last key is the unit. */
            bool is_within_units;
            size_t key_count, aggregate_count;
            const struct weir_expression **keys;
            struct weir_aggregate *aggregates;
        } aggregate;
        struct {
            size_t key_count;
            struct weir_sort_key *keys;
            bool has_limit;
            int64_t limit, offset;
            /* column_count (<= the input's) first columns of the input go on; the rest served the
             * order. */
        } sort;
    } as;
};

/* The whole question. At most one AGGREGATE over persons: its release. */
struct weir_question {
    struct weir_relation *root;
    struct weir_relation
        *release; /* NULL when no table of persons is touched; filled by pass_unit */
};

/* The only enumerator of an expression's children: calls `visit` for each direct child, in order,
 * until it returns false. */
bool weir_expression_children(const struct weir_expression *expression,
                              bool (*visit)(void *state, const struct weir_expression *child),
                              void *state);

/* The same for a relation's inputs. */
bool weir_relation_inputs(const struct weir_relation *relation,
                          bool (*visit)(void *state, const struct weir_relation *input),
                          void *state);

/* The columns that a relation's own expressions refer to: its input's, or for a join its scope. */
const struct weir_column *weir_relation_scope(const struct weir_relation *relation);

/* Which persons' key a column holds: two columns of equal identity hold equal values only in rows
 * of one unit. NULL when it is no key: else a UNIT KEY's dataset, or the KEY column that it is or
 * leads to. identity.c */
const void *weir_column_identity(const struct weir_column *column);
bool weir_column_is_unit_key(const struct weir_column *column); /* equals the unit's own key */

/* What is known of an expression's values over `scope`, for any data. facts.c, range.c */
bool weir_expression_may_be_null(const struct weir_column *scope,
                                 const struct weir_expression *expression);
int weir_expression_scale(const struct weir_column *scope,
                          const struct weir_expression *expression);
struct weir_range weir_expression_range(const struct weir_column *scope,
                                        const struct weir_expression *expression);
/* NaN for what is no number. */
double weir_value_number(const struct weir_value *value);
/* A column of a new relation that holds the expression: the same column when it is one. */
struct weir_column weir_column_of(const struct weir_column *scope,
                                  const struct weir_expression *expression, const char *name,
                                  const char *label);

/* Canonical text of an AGGREGATE with all below it: "SELECT keys, aggregates FROM ... WHERE ...
 * GROUP BY keys". With hide_constants each literal is written $1, $2, ... Equal questions give
 * equal texts whatever their aliases, the order of commuting operands, or the order of keys and
 * aggregates; none of the client's names is in it. NULL when the arena is exhausted. */
char *weir_relation_print(struct weir_arena *arena, const struct weir_relation *relation,
                          bool hide_constants) WEIR_MUST_CHECK;
/* One expression over `scope`. */
char *weir_expression_print(struct weir_arena *arena, const struct weir_column *scope,
                            const struct weir_expression *expression) WEIR_MUST_CHECK;
char *weir_aggregate_print(struct weir_arena *arena, const struct weir_column *scope,
                           const struct weir_aggregate *aggregate) WEIR_MUST_CHECK;

/* Names "schema.table.column" of all table columns used below and in `relation`, sorted, distinct,
 * in the arena. */
bool weir_relation_columns_used(struct weir_arena *arena, const struct weir_relation *relation,
                                const char *const **names, size_t *count) WEIR_MUST_CHECK;

#endif
