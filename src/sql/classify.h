/* Which kind of statement each parse tree is. */
#ifndef WEIR_SQL_CLASSIFY_H
#define WEIR_SQL_CLASSIFY_H

#include "sql/statement.h"

/* Fills statements->items from libpg_query's whole tree. */
weir_status weir_sql_classify(struct weir_arena *arena, const json_t *tree,
                              struct weir_statements *statements,
                              struct weir_error *error) WEIR_MUST_CHECK;

#endif
