/* A question from its text to its plan, as the program does it (engine/prepare.c). */
#ifndef WEIR_TESTS_PROPERTY_PLANNED_H
#define WEIR_TESTS_PROPERTY_PLANNED_H

#include "world.h"

#include "exec/release_private.h"
#include "sql/statement.h"

struct planned {
    bool is_planned;
    struct weir_error error; /* else why not */
    struct weir_statements statements;
    struct weir_question question;
    struct weir_release_plan *plan;
};

/* No plan also where no person's table is touched. planned_end releases the statement. */
void planned_begin(struct planned *planned, struct weir_arena *arena, const struct world *world,
                   const char *sql, double epsilon);
void planned_end(struct planned *planned);
bool planned_equal(const struct planned *one, const struct planned *other);

#endif
