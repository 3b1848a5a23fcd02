/* Reading libpg_query's JSON: each node is an object with one key, its kind, and an object of
 * fields. A reader names every field it knows; a field it does not know is refused, so nothing of a
 * statement is ever overlooked. */
#ifndef WEIR_SQL_TREE_H
#define WEIR_SQL_TREE_H

#include "base/error.h"

#include <jansson.h>

/* The one key of a node; NULL when it is not a node. *fields gets the object inside. */
const char *weir_tree_kind(const json_t *node, const json_t **fields);
/* The text inside a {"String": {"sval": ...}} node; NULL when it is not one. */
const char *weir_tree_string(const json_t *node);
/* The last and the last but one of a list of names; schema NULL when there is one name. False when
 * there are more. */
bool weir_tree_names(const json_t *list, const char **schema, const char **name);
/* Byte offset; the tree leaves out zeros. */
int weir_tree_location(const json_t *fields);
/* The first field that is not in the NULL-terminated list; NULL when all are. */
const char *weir_tree_unknown_field(const json_t *fields, const char *const *known);

#endif
