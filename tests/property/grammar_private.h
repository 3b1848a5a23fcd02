/* What the files of the grammar share. All texts are in the arena. */
#ifndef WEIR_TESTS_PROPERTY_GRAMMAR_PRIVATE_H
#define WEIR_TESTS_PROPERTY_GRAMMAR_PRIVATE_H

#include "grammar.h"

#include "policy/policy.h"

enum { SCOPE_MAX = 96, COMMON_MAX = 2 };

/* A column that an expression can name. */
struct field {
    const char *text; /* "a3.pid" */
    const char *name; /* "pid" */
    enum weir_type type;
    const void *key;  /* whose key it is; NULL = nobody's */
    bool is_unit_key; /* the person's own */
    bool is_public_key, is_bounded, is_number;
    size_t item; /* of FROM */
};

struct scope {
    size_t count, item_count;
    struct field fields[SCOPE_MAX];
};

/* A SELECT's output under the names that it gives. */
struct select {
    const char *text;
    bool is_owned;
    size_t count;
    struct field fields[24];
};

struct common {
    const char *name;
    struct select select;
};

struct grammar {
    struct weir_arena *arena;
    const struct weir_catalog *catalog;
    struct draw *draw;
    uint64_t forms;
    int names, selects;
    size_t common_count;
    struct common commons[COMMON_MAX];
};

const char *grammar_text(struct grammar *grammar, const char *format, ...) WEIR_PRINTF(2, 3);
bool grammar_chance(struct grammar *grammar, unsigned percent);
size_t grammar_below(struct grammar *grammar, size_t bound);
void grammar_note(struct grammar *grammar, enum form form);

/* Expressions over a scope. grammar_expression.c */
const char *grammar_number(struct grammar *grammar, const struct scope *scope, int depth);
const char *grammar_summand(struct grammar *grammar,
                            const struct scope *scope); /* of a known range, mostly */
const char *grammar_string(struct grammar *grammar, const struct scope *scope, int depth);
const char *grammar_condition(struct grammar *grammar, const struct scope *scope, int depth);
/* NULL when there is none. */
const struct field *grammar_pick(struct grammar *grammar, const struct scope *scope,
                                 bool (*wanted)(const struct field *field));
bool grammar_is_plain(const struct field *field);
bool grammar_is_unit_key(const struct field *field);
bool grammar_is_any_key(const struct field *field);
bool grammar_is_public_key(const struct field *field);

/* FROM and WHERE, with a leading blank; fills the scope, which may hold the columns of an outer
 * question already. grammar_from.c */
const char *grammar_from_where(struct grammar *grammar, struct scope *scope, bool is_owned,
                               int depth);

/* A SELECT for use within another: rows of persons, or of public tables. grammar_select.c */
struct select grammar_rows(struct grammar *grammar, bool is_owned, int depth);

#endif
