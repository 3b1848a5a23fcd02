/* Subqueries in expressions: a single value, EXISTS, IN, = ANY, <> ALL, ARRAY(...). */
#include "wire/introspect_translate.h"

#include <string.h>

#include "base/banned.h"

static weir_status is_one_column(struct weir_translation *translation,
                                 const struct weir_selection *selection) {
    if (selection->column_count == 1)
        return WEIR_OK;
    return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42601",
                           "subquery must return only one column");
}

/* x IN (SELECT ...), x = ANY (SELECT ...), x <> ALL (SELECT ...) */
static weir_status membership(struct weir_translation *translation, const struct weir_scope *scope,
                              const json_t *node, bool is_all,
                              const struct weir_selection *selection, struct weir_expression *out) {
    const char *schema = NULL, *name = "=";
    struct weir_expression left = {0};
    if (weir_tree_get(node, "operName") != NULL)
        name = weir_tree_qualified(weir_tree_get(node, "operName"), &schema);
    if (name == NULL || strcmp(name, is_all ? "<>" : "=") != 0)
        return weir_tree_refuse(translation, "this operator with ANY or ALL");
    WEIR_TRY(weir_translate_expression(translation, scope, weir_tree_get(node, "testexpr"), &left));
    if (left.type != WEIR_PG_RECORD) {
        WEIR_TRY(is_one_column(translation, selection));
        WEIR_TRY(weir_introspect_adapt(translation, &left, selection->columns[0].type_oid));
    }
    return weir_expression_give(out, WEIR_PG_BOOL, NULL,
                                weir_arena_printf(translation->arena, "(%s %sIN (%s))", left.sql,
                                                  is_all ? "NOT " : "", selection->sql));
}

weir_status weir_translate_sublink(struct weir_translation *translation,
                                   const struct weir_scope *scope, const json_t *node,
                                   struct weir_expression *out) {
    WEIR_TRY(weir_tree_allow(translation, node, "SubLink",
                             "subLinkType testexpr operName subselect location"));
    const char *kind = weir_tree_text(node, "subLinkType");
    const json_t *select = json_object_get(weir_tree_get(node, "subselect"), "SelectStmt");
    struct weir_selection selection = {0};
    if (kind == NULL || select == NULL)
        return weir_tree_refuse(translation, "such a subquery");
    WEIR_TRY(weir_translate_select(translation, scope, select, &selection));
    if (strcmp(kind, "EXISTS_SUBLINK") == 0)
        return weir_expression_give(
            out, WEIR_PG_BOOL, "exists",
            weir_arena_printf(translation->arena, "(EXISTS (%s))", selection.sql));
    if (strcmp(kind, "ANY_SUBLINK") == 0 || strcmp(kind, "ALL_SUBLINK") == 0)
        return membership(translation, scope, node, kind[1] == 'L', &selection, out);
    WEIR_TRY(is_one_column(translation, &selection));
    if (strcmp(kind, "EXPR_SUBLINK") == 0)
        return weir_expression_give(out, selection.columns[0].type_oid, selection.columns[0].name,
                                    weir_arena_printf(translation->arena, "(%s)", selection.sql));
    if (strcmp(kind, "ARRAY_SUBLINK") != 0)
        return weir_tree_refuse(translation, "%s", kind);
    /* Over no rows, json_group_array is an empty array, as PostgreSQL's is. */
    unsigned alias = translation->next_alias++;
    return weir_expression_give(
        out, weir_shadow_array_of(selection.columns[0].type_oid), "array",
        weir_arena_printf(translation->arena, "(SELECT json_group_array(a%u.%s) FROM (%s) AS a%u)",
                          alias, selection.names[0], selection.sql, alias));
}
