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
    WEIR_AGGREGATE_COUNT,       /* rows where the argument is not null */
    WEIR_AGGREGATE_COUNT_UNITS, /* COUNT(DISTINCT unit key) */
    WEIR_AGGREGATE_SUM,
    WEIR_AGGREGATE_AVG,
    WEIR_AGGREGATE_MIN, /* of public rows only */
    WEIR_AGGREGATE_MAX
};

struct weir_aggregate {
    enum weir_aggregate_kind kind;
    enum weir_type type;                    /* of the result */
    const struct weir_expression *argument; /* over the input; NULL for COUNT_ROWS */
    int position;
};

struct weir_column {
    const char *name;
    enum weir_type type;
    /* Where a column comes unchanged from a table: */
    const struct weir_policy_table *table;
    const struct weir_policy_column *source;
    bool nullable; /* also by a left join */
};

/* To whom the rows of a relation belong; filled by privacy/pass_unit. */
enum weir_ownership {
    WEIR_OWNED_BY_NONE, /* public: no person in it */
    WEIR_OWNED_BY_UNIT, /* each row belongs to exactly one unit, and each unit has at most one row
                         */
    WEIR_OWNED_RELEASED /* came out of a release: free to post-process */
};

struct weir_sort_key {
    size_t column; /* of the input */
    bool descending, nulls_first;
};

struct weir_relation {
    enum weir_relation_kind kind;
    int position;
    size_t column_count;
    struct weir_column *columns;
    enum weir_ownership ownership;
    struct weir_relation *input; /* all kinds but ONE_ROW and SCAN; a join's left */
    union {
        const struct weir_catalog_table *scan;
        struct {
            struct weir_relation *right;
            bool is_left;
            const struct weir_expression *condition;
        } join;
        const struct weir_expression *filter;
        const struct weir_expression **project; /* column_count of them */
        struct {
            /* Columns: keys, then aggregates, then the 95% error of each aggregate (DOUBLE). Keys
             * and aggregates are sorted by their canonical text, so that equal questions are equal
             * trees. */
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

/* The columns that a relation's own expressions refer to: its input's, or for a join its own. */
const struct weir_column *weir_relation_scope(const struct weir_relation *relation);

/* Canonical text of the part of a question that touches tables: "SELECT keys, aggregates FROM ...
 * WHERE ... GROUP BY keys". With hide_constants each literal is written $1, $2, ... Equal questions
 * give equal texts whatever their aliases, the order of commuting operands, or the order of keys
 * and aggregates. NULL when the arena is exhausted. */
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
