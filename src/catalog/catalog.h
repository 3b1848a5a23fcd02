/* What one purpose can see: the tables and columns its permit names, and the public tables. Nothing
 * else exists. Built from the policy for one (purpose, role) on one day; immutable; lives in the
 * arena given. */
#ifndef WEIR_CATALOG_CATALOG_H
#define WEIR_CATALOG_CATALOG_H

#include "base/arena.h"
#include "base/error.h"
#include "policy/policy.h"

struct weir_catalog_table {
    const struct weir_policy_table *table;
    /* Visible columns in the table's order: those granted, and always those that lead to the unit,
     * as joins need them: the UNIT KEY (which a question may also use in COUNT(DISTINCT ...)), the
     * UNIT VIA, and a KEY that another granted table's UNIT VIA leads to. Public tables show all.
     */
    size_t column_count;
    const struct weir_policy_column *const *columns;
};

struct weir_catalog {
    const struct weir_policy *policy;
    const struct weir_policy_purpose *purpose;
    const struct weir_policy_permit *permit;
    size_t table_count;
    const struct weir_catalog_table *tables; /* sorted by schema, name */
};

/* Class DENIED (SQLSTATE 3D000) when no permit gives this role this purpose on that day (days since
 * 1970); the message is the same whether the purpose exists or not. */
weir_status weir_catalog_open(struct weir_arena *arena, const struct weir_policy *policy,
                              const char *purpose, const char *role, int64_t today,
                              const struct weir_catalog **catalog,
                              struct weir_error *error) WEIR_MUST_CHECK;

/* The purposes a role may use that day, sorted by name, in the arena. */
weir_status weir_catalog_purposes(struct weir_arena *arena, const struct weir_policy *policy,
                                  const char *role, int64_t today,
                                  const struct weir_policy_purpose *const **purposes, size_t *count,
                                  struct weir_error *error) WEIR_MUST_CHECK;

/* schema may be NULL: then the name alone must be unique among visible tables. NULL when there is
 * none or several. */
const struct weir_catalog_table *weir_catalog_find(const struct weir_catalog *catalog,
                                                   const char *schema, const char *name);

#endif
