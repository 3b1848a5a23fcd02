/* Parse tree to IR: names resolved against what the purpose may see, types found, everything else
 * refused with its place and what to write instead. */
#ifndef WEIR_SQL_BIND_H
#define WEIR_SQL_BIND_H

#include "catalog/catalog.h"
#include "ir/ir.h"

#include <jansson.h>

/* A parameter $n: typed by the client or found out here; with a value when the question is about to
 * run. */
struct weir_bound_parameter {
    bool typed, has_value;
    enum weir_type type;
    struct weir_value value;
};

/* `select` is the object inside "SelectStmt" of `text`. Parameters without values bind as NULL, for
 * description only. */
weir_status weir_sql_bind(struct weir_arena *arena, const struct weir_catalog *catalog,
                          const char *text, const json_t *select,
                          struct weir_bound_parameter *parameters, size_t parameter_count,
                          struct weir_question *question, struct weir_error *error) WEIR_MUST_CHECK;

#endif
