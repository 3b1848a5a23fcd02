/* A question from its text to its plan. */
#include "planned.h"

#include "sql/bind.h"

#include <string.h>

#include "base/banned.h"

void planned_begin(struct planned *planned, struct weir_arena *arena, const struct world *world,
                   const char *sql, double epsilon) {
    struct weir_domain_reader reader = world_domain_reader(world);
    *planned = (struct planned){0};
    if (!weir_sql_parse(arena, sql, strlen(sql), &planned->statements, &planned->error).ok)
        return;
    weir_check(planned->statements.count == 1 && planned->statements.items[0].tree != NULL);
    weir_status status = weir_sql_bind(arena, world->catalog, planned->statements.text,
                                       planned->statements.items[0].tree, NULL, 0,
                                       &planned->question, &planned->error);
    if (status.ok)
        status = weir_privacy_plan(arena, world->catalog, planned->statements.text, epsilon,
                                   &reader, &planned->question, &planned->plan, &planned->error);
    planned->is_planned = status.ok && planned->plan != NULL;
    if (!status.ok)
        weir_error_settle(&planned->error);
}

void planned_end(struct planned *planned) {
    if (planned->statements.owned != NULL)
        weir_statements_release(&planned->statements);
}

bool planned_equal(const struct planned *one, const struct planned *other) {
    if (one->is_planned != other->is_planned)
        return false;
    if (!one->is_planned)
        return strcmp(one->error.message, other->error.message) == 0;
    return strcmp(one->plan->canonical, other->plan->canonical) == 0 &&
           strcmp(one->plan->shown, other->plan->shown) == 0 &&
           one->plan->price.femto_rho == other->plan->price.femto_rho &&
           one->plan->price.selection_delta == other->plan->price.selection_delta &&
           one->plan->measure_count == other->plan->measure_count &&
           one->plan->one_row == other->plan->one_row;
}
