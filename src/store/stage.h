/* The rows of a load on their way: a table of the engine, in memory and spilling, with each row's
 * line. Its columns are c0, c1, ... in the policy's order, and `line`. */
#ifndef WEIR_STORE_STAGE_H
#define WEIR_STORE_STAGE_H

#include "exec/duckdb_engine.h"
#include "policy/policy.h"
#include "store/load_rows.h"

struct weir_stage;

/* `place` is what the file counts: "line" or "row". */
weir_status weir_stage_create(const struct weir_policy_table *table, const char *place,
                              const char *spill_folder, struct weir_stage **stage,
                              struct weir_error *error) WEIR_MUST_CHECK;
void weir_stage_destroy(struct weir_stage *stage);

struct weir_load_sink weir_stage_sink(struct weir_stage *stage);
/* All rows are in: what follows may ask for them. */
weir_status weir_stage_finish(struct weir_stage *stage, struct weir_error *error) WEIR_MUST_CHECK;

/* A connection to read a file with while rows are put in: the one that writes ends every open
 * result. */
duckdb_connection weir_stage_reader(struct weir_stage *stage);
const char *weir_stage_place(const struct weir_stage *stage);

/* Runs a question whose answer is one integer or NULL (*found false), and clears its text. */
weir_status weir_stage_ask(struct weir_stage *stage, struct weir_buffer *sql, bool *found,
                           int64_t *answer, struct weir_error *error) WEIR_MUST_CHECK;
/* Runs a statement for its effect; a failure is said as "the data engine could not <what>". */
weir_status weir_stage_run(struct weir_stage *stage, struct weir_buffer *sql, const char *what,
                           struct weir_error *error) WEIR_MUST_CHECK;

#endif
