/* What a failing case is, in full: enough to see it, and how to run it again. */
#ifndef WEIR_TESTS_PROPERTY_REPORT_H
#define WEIR_TESTS_PROPERTY_REPORT_H

#include "check.h"

void report_database(const struct world *world, const struct database *database, int64_t unit);
void report_statement(const struct weir_release_plan *plan, struct weir_arena *arena);

#endif
