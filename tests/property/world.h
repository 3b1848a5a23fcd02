/* A random policy, the public tables it declares, and databases of persons under it. */
#ifndef WEIR_TESTS_PROPERTY_WORLD_H
#define WEIR_TESTS_PROPERTY_WORLD_H

#include "draw.h"

#include "catalog/catalog.h"
#include "privacy/plan.h"

enum { TABLES_MAX = 10, NOBODY = -1 };

/* The rows of one table: values[row * column_count + i]. */
struct rows {
    size_t count;
    struct weir_value *values;
    int64_t *units;  /* protected tables */
    bool *is_hidden; /* left out while a failing case is made smaller */
};

/* As the store has it: rows whose path leads to nobody are in none of these. */
struct database {
    int64_t unit_count; /* units are numbered from 0 */
    struct rows tables[TABLES_MAX];
};

struct world {
    struct weir_arena *arena;
    const char *text;
    const struct weir_policy *policy;
    const struct weir_catalog *catalog;
    struct rows open[TABLES_MAX]; /* of the public tables, by their place in the policy */
};

/* All in the arena; aborts on a defect of its own, as a policy that does not parse. */
void world_make(struct world *world, struct weir_arena *arena, struct draw *draw);
void world_fill_open(struct world *world, struct draw *draw); /* of world_make; database.c */
void database_make(const struct world *world, struct database *database, struct draw *draw);

/* Reads the domains of public tables, and aborts when a plan asks for those of others. */
struct weir_domain_reader world_domain_reader(const struct world *world);

size_t world_place(const struct world *world, const struct weir_policy_table *table);

#endif
