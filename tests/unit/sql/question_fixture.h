/* A clinic's policy, questions asked of it as far as their plan, and the emitted SQL run on a few
 * rows. */
#ifndef WEIR_TESTS_QUESTION_FIXTURE_H
#define WEIR_TESTS_QUESTION_FIXTURE_H

#include "exec/backend.h"
#include "privacy/plan.h"

extern const char clinic_policy[];

struct clinic {
    struct weir_arena *arena;
    const struct weir_catalog *catalog;
    struct weir_domain_reader reader; /* gives three values of any type, for any public column */
    char folder[64];
    struct weir_backend *backend; /* only after clinic_fill */
};

/* What came of one question; the plan is NULL when it was refused or touches public tables alone.
 */
struct asked {
    bool ok;
    struct weir_error error;
    struct weir_question question;
    struct weir_release_plan *plan;
    const char *sql; /* of the whole question, exact: for tests alone */
    size_t constant_count;
    const struct weir_value *constants;
};

/* All fail the test when they cannot. */
void clinic_open(struct clinic *clinic);
void clinic_close(struct clinic *clinic);
struct asked clinic_ask(struct clinic *clinic, const char *text);
struct asked clinic_ask_at(struct clinic *clinic, const char *text, double epsilon);
/* The plan of a question that must be admitted. */
struct weir_release_plan *clinic_plan(struct clinic *clinic, const char *text);

/* Makes the tables. `rows` is "table: SELECT ..." a line, with all of the table's columns and, of a
 * protected one, weir_unit. */
struct clinic_table {
    const char *schema, *name, *select;
};
void clinic_fill(struct clinic *clinic, const struct clinic_table *tables, size_t count);
/* Runs the exact SQL of a question: values separated by "|", rows by ";", NULL as "-". In the
 * arena. */
const char *clinic_run(struct clinic *clinic, const char *text);

#endif
