/* Expressions: the dispatch over nodes, and the plain ones. */
#include "wire/introspect_translate.h"

#include <string.h>

#include "base/banned.h"

static weir_status column(struct weir_translation *translation, const struct weir_scope *scope,
                          const json_t *node, struct weir_expression *out) {
    WEIR_TRY(weir_tree_allow(translation, node, "ColumnRef", "fields location"));
    return weir_scope_find(translation, scope, weir_tree_get(node, "fields"), out);
}

static weir_status constant(struct weir_translation *translation, const struct weir_scope *scope,
                            const json_t *node, struct weir_expression *out) {
    (void)scope;
    WEIR_TRY(
        weir_tree_allow(translation, node, "A_Const", "ival fval boolval sval isnull location"));
    const json_t *value = NULL;
    if (weir_tree_flag(node, "isnull"))
        return weir_expression_give(out, WEIR_PG_UNKNOWN, NULL, "NULL");
    if ((value = weir_tree_get(node, "boolval")) != NULL)
        return weir_expression_give(out, WEIR_PG_BOOL, NULL,
                                    weir_tree_flag(value, "boolval") ? "1" : "0");
    if ((value = weir_tree_get(node, "ival")) != NULL)
        return weir_expression_give(
            out, WEIR_PG_INT4, NULL,
            weir_arena_printf(translation->arena, "%lld",
                              (long long)json_integer_value(json_object_get(value, "ival"))));
    if ((value = weir_tree_get(node, "fval")) != NULL) {
        const char *text = weir_tree_text(value, "fval");
        if (text == NULL || text[strspn(text, "0123456789.eE+-")] != '\0')
            return weir_tree_refuse(translation, "such a number");
        return weir_expression_give(out, WEIR_PG_NUMERIC, NULL, text);
    }
    if ((value = weir_tree_get(node, "sval")) != NULL) {
        const char *text = weir_tree_text(value, "sval");
        return weir_expression_give(out, WEIR_PG_UNKNOWN, NULL,
                                    weir_tree_quote(translation, text != NULL ? text : ""));
    }
    return weir_tree_refuse(translation, "such a constant");
}

static weir_status parameter(struct weir_translation *translation, const struct weir_scope *scope,
                             const json_t *node, struct weir_expression *out) {
    (void)scope;
    WEIR_TRY(weir_tree_allow(translation, node, "ParamRef", "number location"));
    json_int_t number = json_integer_value(weir_tree_get(node, "number"));
    if (number < 1 || (uint64_t)number > translation->parameter_count)
        return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42P02",
                               "there is no parameter $%d", (int)number);
    return weir_expression_give(out, WEIR_PG_UNKNOWN, NULL,
                                weir_arena_printf(translation->arena, "?%d", (int)number));
}

weir_status weir_translate_boolean(struct weir_translation *translation,
                                   const struct weir_scope *scope, const json_t *node,
                                   const char **sql) {
    struct weir_expression value = {0};
    WEIR_TRY(weir_translate_expression(translation, scope, node, &value));
    WEIR_TRY(weir_introspect_adapt(translation, &value, WEIR_PG_BOOL));
    if (value.type != WEIR_PG_BOOL)
        return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42804",
                               "a condition must be of type boolean");
    *sql = value.sql;
    return WEIR_OK;
}

static weir_status boolean(struct weir_translation *translation, const struct weir_scope *scope,
                           const json_t *node, struct weir_expression *out) {
    WEIR_TRY(weir_tree_allow(translation, node, "BoolExpr", "boolop args location"));
    const char *operation = weir_tree_text(node, "boolop");
    const json_t *arguments = weir_tree_get(node, "args");
    struct weir_text sql = {0};
    bool is_not = operation != NULL && strcmp(operation, "NOT_EXPR") == 0;
    bool is_and = operation != NULL && strcmp(operation, "AND_EXPR") == 0;
    if (!is_not && !is_and && (operation == NULL || strcmp(operation, "OR_EXPR") != 0))
        return weir_tree_refuse(translation, "such a condition");
    for (size_t i = 0; i < json_array_size(arguments); i++) {
        const char *argument = NULL;
        WEIR_TRY(
            weir_translate_boolean(translation, scope, json_array_get(arguments, i), &argument));
        const char *joint = is_not ? "NOT " : i == 0 ? "" : is_and ? " AND " : " OR ";
        WEIR_TRY(weir_text_add(translation, &sql, joint));
        WEIR_TRY(weir_text_add(translation, &sql, argument));
    }
    return weir_expression_give(out, WEIR_PG_BOOL, NULL,
                                weir_arena_printf(translation->arena, "(%s)", weir_text_of(&sql)));
}

static weir_status null_test(struct weir_translation *translation, const struct weir_scope *scope,
                             const json_t *node, struct weir_expression *out) {
    struct weir_expression value = {0};
    WEIR_TRY(weir_tree_allow(translation, node, "NullTest", "arg nulltesttype location"));
    WEIR_TRY(weir_translate_expression(translation, scope, weir_tree_get(node, "arg"), &value));
    const char *test = weir_tree_text(node, "nulltesttype");
    bool is_null = test != NULL && strcmp(test, "IS_NULL") == 0;
    return weir_expression_give(
        out, WEIR_PG_BOOL, NULL,
        weir_arena_printf(translation->arena, "(%s IS %sNULL)", value.sql, is_null ? "" : "NOT "));
}

static weir_status boolean_test(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *node,
                                struct weir_expression *out) {
    static const char *const tests[][2] = {
        {"IS_TRUE", "IS 1"},       {"IS_NOT_TRUE", "IS NOT 1"},
        {"IS_FALSE", "IS 0"},      {"IS_NOT_FALSE", "IS NOT 0"},
        {"IS_UNKNOWN", "IS NULL"}, {"IS_NOT_UNKNOWN", "IS NOT NULL"}};
    const char *value = NULL, *test = weir_tree_text(node, "booltesttype");
    WEIR_TRY(weir_tree_allow(translation, node, "BooleanTest", "arg booltesttype location"));
    WEIR_TRY(weir_translate_boolean(translation, scope, weir_tree_get(node, "arg"), &value));
    for (size_t i = 0; test != NULL && i < WEIR_COUNT(tests); i++)
        if (strcmp(tests[i][0], test) == 0)
            return weir_expression_give(
                out, WEIR_PG_BOOL, NULL,
                weir_arena_printf(translation->arena, "(%s %s)", value, tests[i][1]));
    return weir_tree_refuse(translation, "such a test");
}

/* All text here is ordered by its bytes: the collations that clients name make no difference. */
static weir_status collate(struct weir_translation *translation, const struct weir_scope *scope,
                           const json_t *node, struct weir_expression *out) {
    static const char *const known[] = {"default", "C", "POSIX", "ucs_basic"};
    const char *schema = NULL;
    WEIR_TRY(weir_tree_allow(translation, node, "CollateClause", "arg collname location"));
    const char *name = weir_tree_qualified(weir_tree_get(node, "collname"), &schema);
    for (size_t i = 0; name != NULL && i < WEIR_COUNT(known); i++)
        if (strcmp(known[i], name) == 0)
            return weir_translate_expression(translation, scope, weir_tree_get(node, "arg"), out);
    return weir_tree_refuse(translation, "this collation");
}

weir_status weir_translate_list(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *list,
                                const char **sql) {
    struct weir_text text = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct weir_expression value = {0};
        WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(list, i), &value));
        WEIR_TRY(weir_text_list(translation, &text, value.sql));
    }
    *sql = weir_text_of(&text);
    return WEIR_OK;
}

static weir_status row(struct weir_translation *translation, const struct weir_scope *scope,
                       const json_t *node, struct weir_expression *out) {
    const char *sql = NULL;
    WEIR_TRY(weir_tree_allow(translation, node, "RowExpr", "args row_format location"));
    if (json_array_size(weir_tree_get(node, "args")) < 2)
        return weir_tree_refuse(translation, "a row of less than two values");
    WEIR_TRY(weir_translate_list(translation, scope, weir_tree_get(node, "args"), &sql));
    return weir_expression_give(out, WEIR_PG_RECORD, "row",
                                weir_arena_printf(translation->arena, "(%s)", sql));
}

static const struct {
    const char *kind;
    weir_translator *translate;
} nodes[] = {
    {"ColumnRef", column},
    {"A_Const", constant},
    {"ParamRef", parameter},
    {"BoolExpr", boolean},
    {"NullTest", null_test},
    {"BooleanTest", boolean_test},
    {"CollateClause", collate},
    {"RowExpr", row},
    {"A_Expr", weir_translate_operator},
    {"SubLink", weir_translate_sublink},
    {"FuncCall", weir_translate_call},
    {"SQLValueFunction", weir_translate_value_function},
    {"TypeCast", weir_translate_cast},
    {"CaseExpr", weir_translate_case},
    {"CoalesceExpr", weir_translate_coalesce},
    {"A_ArrayExpr", weir_translate_array},
    {"A_Indirection", weir_translate_indirection},
};

weir_status weir_translate_expression(struct weir_translation *translation,
                                      const struct weir_scope *scope, const json_t *node,
                                      struct weir_expression *out) {
    const json_t *body = NULL;
    const char *kind = weir_tree_kind(node, &body);
    if (kind == NULL)
        return weir_tree_refuse(translation, "an incomplete expression");
    for (size_t i = 0; i < WEIR_COUNT(nodes); i++) {
        if (strcmp(nodes[i].kind, kind) != 0)
            continue;
        WEIR_TRY(weir_tree_enter(translation));
        weir_status status = nodes[i].translate(translation, scope, body, out);
        weir_tree_leave(translation);
        return status;
    }
    return weir_tree_refuse(translation, "%s", kind);
}
