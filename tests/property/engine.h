/* One DuckDB in memory for all cases. Its tables are views of functions that read the case's rows
 * where they lie, so that a neighbour is the same prepared statement with one unit left out. */
#ifndef WEIR_TESTS_PROPERTY_ENGINE_H
#define WEIR_TESTS_PROPERTY_ENGINE_H

#include "world.h"

#include "exec/backend.h"

struct engine;

/* Aborts when the engine cannot be opened. */
struct engine *engine_open(void);
void engine_close(struct engine *engine);

/* Makes the views of a policy's tables, and forgets the statements of the one before. */
void engine_show(struct engine *engine, const struct world *world);

/* What the views hold from here on: the database without the rows of unit `without`, or NOBODY's.
 */
void engine_use(struct engine *engine, const struct database *database, int64_t without);

/* As the product's backend, but each statement is prepared once, its constants written out. Its
 * `bound` feeds from the rows of the statement, which it leaves in engine_fed. Where told so,
 * constants are bound and rows fed as the product does. */
struct weir_backend *engine_backend(struct engine *engine);
const struct weir_rows *engine_fed(const struct engine *engine);
void engine_run_as_product(struct engine *engine, bool is_as_product);
/* Forgets what is prepared. */
void engine_forget(struct engine *engine);
/* A statement since engine_use asked for more rows or memory than a test has, and failed for that.
 */
bool engine_is_too_much(const struct engine *engine);
/* The engine's own text of its last failure: of made-up data alone. */
const char *engine_said(const struct engine *engine);

#endif
