/* The schema-only shadow behind introspection: an SQLite database in memory holding PostgreSQL's
 * system catalog as this session sees it, with the functions that read it. Filled once from the
 * catalog and the purposes, read-only after. */
#ifndef WEIR_WIRE_SHADOW_H
#define WEIR_WIRE_SHADOW_H

#include "base/arena.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "wire/shadow_types.h"

#include <sqlite3.h>

enum {
    WEIR_SHADOW_OWNER = 10,        /* OID of the role that owns everything */
    WEIR_SHADOW_FIRST_OID = 16384, /* the first not fixed by PostgreSQL: this session's user */
    WEIR_SHADOW_ROW_LIMIT = 10000,
    WEIR_SHADOW_VALUE_LIMIT = 256 * 1024,
    WEIR_SHADOW_SECONDS = 3
};

struct weir_shadow_column {
    const char *name;
    uint32_t type;
};

/* A table of the system catalog. */
struct weir_shadow_table {
    uint32_t oid; /* 0: none is fixed */
    const char *schema, *name;
    size_t column_count;
    const struct weir_shadow_column *columns;
};

/* Something that regclass can name. */
struct weir_shadow_relation {
    uint32_t oid;
    const char *schema, *name;
    bool is_visible; /* without its schema */
};

struct weir_shadow_schema {
    uint32_t oid;
    const char *name;
    bool in_path;
};

struct weir_shadow {
    sqlite3 *database;
    struct weir_arena *arena; /* of all that hangs here */
    const struct weir_catalog *catalog;
    const struct weir_policy_purpose *const *purposes;
    size_t purpose_count;
    const char *user;
    const char *search_path; /* "census, public" */
    size_t table_count, relation_count, schema_count;
    const struct weir_shadow_table *tables;
    struct weir_shadow_relation *relations;
    struct weir_shadow_schema *schemas; /* those of the path first, in its order */
    /* Of the statement that runs: */
    struct weir_error *error; /* where a function says what went wrong */
    int64_t deadline;         /* monotonic microseconds */
    int64_t memory_before;    /* bytes that SQLite held */
};

weir_status weir_shadow_open(const struct weir_catalog *catalog,
                             const struct weir_policy_purpose *const *purposes,
                             size_t purpose_count, const char *user, struct weir_shadow **shadow,
                             struct weir_error *error) WEIR_MUST_CHECK;
void weir_shadow_close(struct weir_shadow *shadow); /* NULL is allowed */

/* Starts the clock and the count of memory for one statement, whose error functions fill. */
void weir_shadow_begin(struct weir_shadow *shadow, struct weir_error *error);
/* Has the statement used up its time or memory? The error then says so. */
bool weir_shadow_is_exhausted(struct weir_shadow *shadow);
/* The failure of an SQLite call that no function has explained. */
weir_status weir_shadow_fail(struct weir_shadow *shadow, struct weir_error *error,
                             const char *task);

/* NULL when there is none. schema NULL = pg_catalog. */
const struct weir_shadow_table *weir_shadow_find_table(const struct weir_shadow *shadow,
                                                       const char *schema, const char *name);

/* The catalog table relations[2 * i] stands for is catalog->tables[i]; relations[2 * i + 1] is the
 * index of its key, with name NULL where there is no key. Those of the system follow. */
weir_status weir_shadow_name_relations(struct weir_shadow *shadow) WEIR_MUST_CHECK;
/* NULL when there is none. schema NULL = found without one, as is_visible says. */
const struct weir_shadow_relation *weir_shadow_find_relation(const struct weir_shadow *shadow,
                                                             const char *schema, const char *name);
const struct weir_shadow_schema *weir_shadow_find_schema(const struct weir_shadow *shadow,
                                                         const char *name);
/* The place of the visible column by which rows are told apart, the UNIT KEY or else the KEY;
 * column_count when there is none. */
size_t weir_shadow_key_of(const struct weir_catalog_table *table);

/* Parts of opening, in the order of their calls. */
weir_status weir_shadow_make_tables(struct weir_shadow *shadow,
                                    struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_shadow_add_functions(struct weir_shadow *shadow,
                                      struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_shadow_fill_system(struct weir_shadow *shadow,
                                    struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_shadow_fill_relations(struct weir_shadow *shadow,
                                       struct weir_error *error) WEIR_MUST_CHECK;
/* Called by weir_shadow_fill_relations. */
weir_status weir_shadow_fill_keys(struct weir_shadow *shadow,
                                  struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_shadow_fill_views(struct weir_shadow *shadow,
                                   struct weir_error *error) WEIR_MUST_CHECK;

/* INSERT INTO `target` VALUES (...): a letter of `kinds` a value, i = int64_t, t = const char * or
 * NULL. */
weir_status weir_shadow_insert(struct weir_shadow *shadow, struct weir_error *error,
                               const char *target, const char *kinds, ...) WEIR_MUST_CHECK;

#endif
