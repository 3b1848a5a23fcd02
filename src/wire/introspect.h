/* Answers to the questions that PostgreSQL clients ask of the system catalog: which purposes,
 * tables and columns there are for this session. They come from a schema-only shadow made of the
 * session's catalog and its list of purposes alone, so a table, a column or a purpose that the
 * session may not use can't appear, and no number in an answer comes from data: there is no data
 * behind it.
 *
 * The shadow is an SQLite database in memory, made at the first query. A query arrives as
 * PostgreSQL's parse tree and is written anew in SQLite's language; whatever the translator does
 * not name is refused. */
#ifndef WEIR_WIRE_INTROSPECT_H
#define WEIR_WIRE_INTROSPECT_H

#include "base/arena.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "sql/statement.h"

struct weir_introspect; /* a schema-only shadow for one session */

/* `catalog`, `purposes` (those this user may use: the databases of \l) and what they point to must
 * outlive the shadow; `user` is copied. The caller owns the result. One thread uses it at a time.
 */
weir_status weir_introspect_open(const struct weir_catalog *catalog,
                                 const struct weir_policy_purpose *const *purposes,
                                 size_t purpose_count, const char *user,
                                 struct weir_introspect **introspect,
                                 struct weir_error *error) WEIR_MUST_CHECK;
void weir_introspect_close(struct weir_introspect *introspect); /* NULL is allowed */

struct weir_introspect_column {
    const char *name;
    uint32_t type_oid; /* PostgreSQL's, of a built-in type */
};

struct weir_introspect_result {
    size_t column_count, row_count;
    const struct weir_introspect_column *columns;
    const char *const *cells; /* text form or NULL, row-major */
};

/* Answers one SELECT (statement->tree). Parameters are in text form, NULL for null, one for each $n
 * up to parameter_count. The result lives in the arena. To learn the columns alone, ask with null
 * parameters.
 *
 * Errors: 42P01 unknown table, 42703 unknown column, 42702 ambiguous name, 42883 unknown function,
 * 42704 unknown type, role or setting, 22P02 malformed input for a type, 0A000 a construct the
 * translator does not know, 54000 more than 10,000 rows, 54001 nesting, 57014 more than three
 * seconds, 53200 memory. */
weir_status weir_introspect_query(struct weir_introspect *introspect, struct weir_arena *arena,
                                  const struct weir_statement *statement,
                                  const char *const *parameters, size_t parameter_count,
                                  struct weir_introspect_result *result,
                                  struct weir_error *error) WEIR_MUST_CHECK;

#endif
