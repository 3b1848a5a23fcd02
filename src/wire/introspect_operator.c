/* Operators: comparison, arithmetic, text patterns, concatenation, IN, ANY and ALL over arrays,
 * BETWEEN, NULLIF. */
#include "wire/introspect_translate.h"

#include <string.h>

#include "base/banned.h"

/* Both operands are translated; the result has its type and its text. */
typedef weir_status apply(struct weir_translation *translation, const char *written,
                          struct weir_expression *left, struct weir_expression *right,
                          struct weir_expression *out);

static weir_status compare(struct weir_translation *translation, const char *written,
                           struct weir_expression *left, struct weir_expression *right,
                           struct weir_expression *out) {
    WEIR_TRY(weir_introspect_adapt_pair(translation, left, right));
    return weir_expression_give(
        out, WEIR_PG_BOOL, NULL,
        weir_arena_printf(translation->arena, "(%s %s %s)", left->sql, written, right->sql));
}

static weir_status calculate(struct weir_translation *translation, const char *written,
                             struct weir_expression *left, struct weir_expression *right,
                             struct weir_expression *out) {
    WEIR_TRY(weir_introspect_adapt_pair(translation, left, right));
    enum weir_shadow_class classes[2] = {weir_shadow_class_of(left->type),
                                         weir_shadow_class_of(right->type)};
    for (int i = 0; i < 2; i++)
        if (classes[i] != WEIR_CLASS_INTEGER && classes[i] != WEIR_CLASS_NUMBER)
            return weir_tree_refuse(translation, "%s between such values", written);
    bool is_integer = classes[0] == WEIR_CLASS_INTEGER && classes[1] == WEIR_CLASS_INTEGER;
    bool is_long = left->type == WEIR_PG_INT8 || right->type == WEIR_PG_INT8;
    return weir_expression_give(
        out,
        !is_integer ? WEIR_PG_NUMERIC
        : is_long   ? WEIR_PG_INT8
                    : WEIR_PG_INT4,
        NULL, weir_arena_printf(translation->arena, "(%s %s %s)", left->sql, written, right->sql));
}

static weir_status match(struct weir_translation *translation, const char *written,
                         struct weir_expression *left, struct weir_expression *right,
                         struct weir_expression *out) {
    WEIR_TRY(weir_introspect_as_text(translation, left));
    WEIR_TRY(weir_introspect_as_text(translation, right));
    bool is_not = written[0] == '!', any_case = strchr(written, '*') != NULL;
    return weir_expression_give(out, WEIR_PG_BOOL, NULL,
                                weir_arena_printf(translation->arena, "(%sweir_match(%s, %s, %d))",
                                                  is_not ? "NOT " : "", left->sql, right->sql,
                                                  any_case));
}

static weir_status like_with(struct weir_translation *translation, const char *written,
                             struct weir_expression *left, struct weir_expression *right,
                             const char *escape, struct weir_expression *out) {
    WEIR_TRY(weir_introspect_as_text(translation, left));
    WEIR_TRY(weir_introspect_as_text(translation, right));
    bool is_not = written[0] == '!', any_case = strchr(written, '*') != NULL;
    return weir_expression_give(
        out, WEIR_PG_BOOL, NULL,
        weir_arena_printf(translation->arena, "(%sweir_like(%s, %s, %s, %d))", is_not ? "NOT " : "",
                          left->sql, right->sql, escape, any_case));
}

static weir_status like(struct weir_translation *translation, const char *written,
                        struct weir_expression *left, struct weir_expression *right,
                        struct weir_expression *out) {
    return like_with(translation, written, left, right, "'\\'", out);
}

static bool is_array(const struct weir_expression *value) {
    return weir_shadow_class_of(value->type) == WEIR_CLASS_ARRAY;
}

/* An element joined to an array is an array of one. */
static const char *array_side(struct weir_translation *translation, struct weir_expression *value,
                              uint32_t array) {
    if (is_array(value))
        return value->sql;
    if (value->type == WEIR_PG_UNKNOWN)
        return weir_introspect_adapt(translation, value, array).ok ? value->sql : NULL;
    return weir_arena_printf(translation->arena, "json_array(%s)", value->sql);
}

static weir_status concatenate(struct weir_translation *translation, const char *written,
                               struct weir_expression *left, struct weir_expression *right,
                               struct weir_expression *out) {
    if (is_array(left) || is_array(right)) {
        uint32_t type = is_array(left) ? left->type : right->type;
        const char *sides[2] = {array_side(translation, left, type),
                                array_side(translation, right, type)};
        if (sides[0] == NULL || sides[1] == NULL)
            return WEIR_FAILED;
        return weir_expression_give(
            out, type, NULL,
            weir_arena_printf(translation->arena, "weir_array_join(%s, %s)", sides[0], sides[1]));
    }
    WEIR_TRY(weir_introspect_as_text(translation, left));
    WEIR_TRY(weir_introspect_as_text(translation, right));
    return weir_expression_give(
        out, WEIR_PG_TEXT, NULL,
        weir_arena_printf(translation->arena, "(%s %s %s)", left->sql, written, right->sql));
}

static const struct {
    const char *name;
    apply *apply;
} operators[] = {
    {"=", compare},   {"<>", compare},  {"<", compare},   {">", compare},      {"<=", compare},
    {">=", compare},  {"+", calculate}, {"-", calculate}, {"*", calculate},    {"/", calculate},
    {"%", calculate}, {"&", calculate}, {"|", calculate}, {"<<", calculate},   {">>", calculate},
    {"~", match},     {"!~", match},    {"~*", match},    {"!~*", match},      {"~~", like},
    {"!~~", like},    {"~~*", like},    {"!~~*", like},   {"||", concatenate},
};

static weir_status apply_operator(struct weir_translation *translation, const char *name,
                                  struct weir_expression *left, struct weir_expression *right,
                                  struct weir_expression *out) {
    for (size_t i = 0; i < WEIR_COUNT(operators); i++)
        if (strcmp(operators[i].name, name) == 0)
            return operators[i].apply(translation, name, left, right, out);
    return weir_tree_refuse(translation, "the operator %.20s", name);
}

static weir_status unary(struct weir_translation *translation, const char *name,
                         struct weir_expression *value, struct weir_expression *out) {
    if ((strcmp(name, "-") != 0 && strcmp(name, "+") != 0) || value->type == WEIR_PG_UNKNOWN)
        return weir_tree_refuse(translation, "the operator %.20s", name);
    return weir_expression_give(out, value->type, NULL,
                                weir_arena_printf(translation->arena, "(%s %s)", name, value->sql));
}

/* x IN (a, b) */
static weir_status in_list(struct weir_translation *translation, const struct weir_scope *scope,
                           const char *name, struct weir_expression *left, const json_t *right,
                           struct weir_expression *out) {
    const json_t *items = json_object_get(json_object_get(right, "List"), "items");
    struct weir_text sql = {0};
    if (json_array_size(items) == 0)
        return weir_tree_refuse(translation, "such an IN");
    for (size_t i = 0; i < json_array_size(items); i++) {
        struct weir_expression item = {0};
        WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(items, i), &item));
        WEIR_TRY(weir_introspect_adapt_pair(translation, left, &item));
        WEIR_TRY(weir_text_list(translation, &sql, item.sql));
    }
    const char *rows = left->type == WEIR_PG_RECORD ? "VALUES " : "";
    const char *is_not = strcmp(name, "<>") == 0 ? "NOT " : "";
    return weir_expression_give(out, WEIR_PG_BOOL, NULL,
                                weir_arena_printf(translation->arena, "(%s %sIN (%s%s))", left->sql,
                                                  is_not, rows, weir_text_of(&sql)));
}

/* x op ANY (array), x op ALL (array) */
static weir_status quantified(struct weir_translation *translation, const char *name, bool is_all,
                              struct weir_expression *left, struct weir_expression *right,
                              struct weir_expression *out) {
    if (right->type == WEIR_PG_UNKNOWN)
        WEIR_TRY(weir_introspect_adapt(
            translation, right,
            weir_shadow_array_of(left->type == WEIR_PG_UNKNOWN ? WEIR_PG_TEXT : left->type)));
    if (!is_array(right))
        return weir_tree_refuse(translation, "ANY or ALL over what is no array");
    unsigned alias = translation->next_alias++;
    struct weir_expression item = {.type = weir_shadow_element_of(right->type),
                                   .sql =
                                       weir_arena_printf(translation->arena, "j%u.value", alias)};
    struct weir_expression test = {0};
    if (item.sql == NULL)
        return WEIR_FAILED;
    WEIR_TRY(apply_operator(translation, name, left, &item, &test));
    return weir_expression_give(
        out, WEIR_PG_BOOL, NULL,
        weir_arena_printf(translation->arena,
                          "(%sEXISTS (SELECT 1 FROM json_each(%s) AS j%u WHERE %s%s))",
                          is_all ? "NOT " : "", right->sql, alias, is_all ? "NOT " : "", test.sql));
}

static weir_status between(struct weir_translation *translation, const struct weir_scope *scope,
                           bool is_not, struct weir_expression *left, const json_t *right,
                           struct weir_expression *out) {
    const json_t *items = json_object_get(json_object_get(right, "List"), "items");
    struct weir_expression low = {0}, high = {0};
    WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(items, 0), &low));
    WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(items, 1), &high));
    WEIR_TRY(weir_introspect_adapt_pair(translation, left, &low));
    WEIR_TRY(weir_introspect_adapt(translation, &high, left->type));
    return weir_expression_give(out, WEIR_PG_BOOL, NULL,
                                weir_arena_printf(translation->arena, "(%s %sBETWEEN %s AND %s)",
                                                  left->sql, is_not ? "NOT " : "", low.sql,
                                                  high.sql));
}

/* LIKE with its ESCAPE, which the parser has made a call of like_escape. */
static weir_status like_pattern(struct weir_translation *translation,
                                const struct weir_scope *scope, const char *name,
                                struct weir_expression *left, const json_t *node,
                                struct weir_expression *out) {
    const json_t *call = json_object_get(node, "FuncCall");
    const char *schema = NULL;
    const char *function = weir_tree_qualified(weir_tree_get(call, "funcname"), &schema);
    struct weir_expression pattern = {0}, escape = {.sql = "'\\'", .type = WEIR_PG_UNKNOWN};
    if (function != NULL && strcmp(function, "like_escape") == 0) {
        const json_t *arguments = weir_tree_get(call, "args");
        node = json_array_get(arguments, 0);
        WEIR_TRY(
            weir_translate_expression(translation, scope, json_array_get(arguments, 1), &escape));
    }
    WEIR_TRY(weir_translate_expression(translation, scope, node, &pattern));
    return like_with(translation, name, left, &pattern, escape.sql, out);
}

static weir_status with_left(struct weir_translation *translation, const struct weir_scope *scope,
                             const char *kind, const char *name, struct weir_expression *left,
                             const json_t *right_node, struct weir_expression *out) {
    struct weir_expression right = {0};
    if (strcmp(kind, "AEXPR_IN") == 0)
        return in_list(translation, scope, name, left, right_node, out);
    if (strcmp(kind, "AEXPR_BETWEEN") == 0 || strcmp(kind, "AEXPR_NOT_BETWEEN") == 0)
        return between(translation, scope, kind[6] == 'N', left, right_node, out);
    if (strcmp(kind, "AEXPR_LIKE") == 0 || strcmp(kind, "AEXPR_ILIKE") == 0)
        return like_pattern(translation, scope, name, left, right_node, out);
    WEIR_TRY(weir_translate_expression(translation, scope, right_node, &right));
    if (strcmp(kind, "AEXPR_OP") == 0)
        return apply_operator(translation, name, left, &right, out);
    if (strcmp(kind, "AEXPR_OP_ANY") == 0 || strcmp(kind, "AEXPR_OP_ALL") == 0)
        return quantified(translation, name, kind[strlen(kind) - 1] == 'L', left, &right, out);
    if (strcmp(kind, "AEXPR_DISTINCT") == 0)
        return compare(translation, "IS NOT", left, &right, out);
    if (strcmp(kind, "AEXPR_NOT_DISTINCT") == 0)
        return compare(translation, "IS", left, &right, out);
    if (strcmp(kind, "AEXPR_NULLIF") != 0)
        return weir_tree_refuse(translation, "%s", kind);
    WEIR_TRY(weir_introspect_adapt_pair(translation, left, &right));
    return weir_expression_give(
        out, left->type, "nullif",
        weir_arena_printf(translation->arena, "nullif(%s, %s)", left->sql, right.sql));
}

weir_status weir_translate_operator(struct weir_translation *translation,
                                    const struct weir_scope *scope, const json_t *node,
                                    struct weir_expression *out) {
    const char *schema = NULL, *kind = weir_tree_text(node, "kind");
    struct weir_expression left = {0};
    WEIR_TRY(weir_tree_allow(translation, node, "A_Expr", "kind name lexpr rexpr location"));
    const char *name = weir_tree_qualified(weir_tree_get(node, "name"), &schema);
    const json_t *left_node = weir_tree_get(node, "lexpr"),
                 *right_node = weir_tree_get(node, "rexpr");
    if (kind == NULL || name == NULL)
        return weir_tree_refuse(translation, "such an operator");
    if (left_node == NULL) {
        WEIR_TRY(weir_translate_expression(translation, scope, right_node, &left));
        return unary(translation, name, &left, out);
    }
    WEIR_TRY(weir_translate_expression(translation, scope, left_node, &left));
    return with_left(translation, scope, kind, name, &left, right_node, out);
}
