/* What the parser read, with the place of every name, before the names are resolved. Lists are in
 * the order of the text. build.c turns a draft into struct weir_policy. */
#ifndef WEIR_POLICY_DRAFT_H
#define WEIR_POLICY_DRAFT_H

#include "policy/policy.h"

#define WEIR_POLICY_LOWEST_EPSILON 1e-6
#define WEIR_POLICY_HIGHEST_EPSILON 1e6
#define WEIR_POLICY_LOWEST_DELTA 1e-30
#define WEIR_POLICY_HIGHEST_DELTA 1e-5

enum {
    WEIR_POLICY_MAX_DATASETS = 32,
    WEIR_POLICY_MAX_TABLES = 100,
    WEIR_POLICY_MAX_COLUMNS = 500,  /* of one table */
    WEIR_POLICY_MAX_VALUES = 10000, /* of one column */
    WEIR_POLICY_MAX_ROLES = 200,
    WEIR_POLICY_MAX_PURPOSES = 500,
    WEIR_POLICY_MAX_PERMITS = 1000,
    WEIR_POLICY_MAX_NAMES = 100, /* approvers, signatories of one statement */
    WEIR_POLICY_MAX_PRECISION = 18
};

struct weir_policy_place {
    int line, column;
};

struct weir_policy_name {
    const char *text; /* NULL = not given */
    int line, column;
    struct weir_policy_name *next;
};

struct weir_policy_names {
    struct weir_policy_name *first, **end;
    size_t count;
};

struct weir_policy_reference {
    struct weir_policy_name schema, table, column;
};

struct weir_policy_draft_column {
    struct weir_policy_draft_column *next;
    struct weir_policy_column model;
    struct weir_policy_name name;
    struct weir_policy_reference values_from, via;
};

struct weir_policy_draft_table {
    struct weir_policy_draft_table *next;
    struct weir_policy_table model;
    struct weir_policy_column *built; /* model.columns, still open to build.c */
    struct weir_policy_name schema, name, retain_from;
    struct weir_policy_draft_column *columns, **columns_end;
};

struct weir_policy_draft_dataset {
    struct weir_policy_draft_dataset *next;
    struct weir_policy_dataset model;
    struct weir_policy_name name;
};

struct weir_policy_draft_role {
    struct weir_policy_draft_role *next;
    struct weir_policy_role model;
    struct weir_policy_name name;
};

struct weir_policy_draft_purpose {
    struct weir_policy_draft_purpose *next;
    struct weir_policy_purpose model;
    struct weir_policy_name name;
};

struct weir_policy_draft_grant {
    struct weir_policy_draft_grant *next;
    struct weir_policy_name schema, table;
    struct weir_policy_names columns;
};

struct weir_policy_draft_permit {
    struct weir_policy_draft_permit *next;
    struct weir_policy_permit model;
    struct weir_policy_name purpose, role;
    struct weir_policy_draft_grant *grants, **grants_end;
    struct weir_policy_place place;
};

struct weir_policy_draft {
    struct weir_policy model; /* the POLICY statement's own fields, and all counts */
    struct weir_policy_draft_dataset *datasets, **datasets_end;
    struct weir_policy_draft_table *tables, **tables_end;
    struct weir_policy_draft_role *roles, **roles_end;
    struct weir_policy_draft_purpose *purposes, **purposes_end;
    struct weir_policy_draft_permit *permits, **permits_end;
};

/* Resolves every name. NULL on an error, or with the error unset when the arena is exhausted. */
struct weir_policy *weir_policy_build(struct weir_arena *arena, struct weir_policy_draft *draft,
                                      struct weir_error *error) WEIR_MUST_CHECK;

/* The permits, once tables, roles and purposes stand. */
weir_status weir_policy_build_permits(struct weir_arena *arena, struct weir_policy *policy,
                                      struct weir_policy_draft *draft,
                                      struct weir_error *error) WEIR_MUST_CHECK;

/* Whether two names are the same to some engine: several fold the case of ASCII letters. */
bool weir_policy_same_name(const char *left, const char *right);

#endif
