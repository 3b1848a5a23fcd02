/* Expressions over several others: CASE, COALESCE, arrays and their elements. */
#include "wire/introspect_translate.h"

#include <string.h>

#include "base/banned.h"

/* Translates a list, gives untyped ones the type of the first that has one, and joins them. */
static weir_status translate_alike(struct weir_translation *translation,
                                   const struct weir_scope *scope, const json_t *list,
                                   uint32_t *type, const char **sql) {
    size_t count = json_array_size(list);
    struct weir_expression *values =
        WEIR_NEW_ARRAY(translation->arena, count, struct weir_expression);
    *type = WEIR_PG_UNKNOWN;
    if (values == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < count; i++) {
        WEIR_TRY(
            weir_translate_expression(translation, scope, json_array_get(list, i), &values[i]));
        if (*type == WEIR_PG_UNKNOWN)
            *type = values[i].type;
    }
    for (size_t i = 0; i < count; i++)
        WEIR_TRY(weir_introspect_adapt(translation, &values[i], *type));
    *sql = weir_expression_join(translation, values, count);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

weir_status weir_translate_coalesce(struct weir_translation *translation,
                                    const struct weir_scope *scope, const json_t *node,
                                    struct weir_expression *out) {
    const json_t *list = weir_tree_get(node, "args");
    const char *sql = NULL;
    uint32_t type = 0;
    WEIR_TRY(weir_tree_allow(translation, node, "CoalesceExpr", "args location"));
    WEIR_TRY(translate_alike(translation, scope, list, &type, &sql));
    /* SQLite's coalesce takes two or more. */
    return weir_expression_give(out, type, "coalesce",
                                weir_arena_printf(translation->arena, "coalesce(%s%s)", sql,
                                                  json_array_size(list) == 1 ? ", NULL" : ""));
}

struct branch {
    struct weir_expression condition, result;
};

static weir_status read_branch(struct weir_translation *translation, const struct weir_scope *scope,
                               const json_t *node, struct weir_expression *subject,
                               struct branch *branch) {
    const json_t *when = NULL;
    const char *kind = weir_tree_kind(node, &when);
    if (kind == NULL || strcmp(kind, "CaseWhen") != 0)
        return weir_tree_refuse(translation, "such a CASE");
    WEIR_TRY(weir_tree_allow(translation, when, "CaseWhen", "expr result location"));
    const json_t *condition = weir_tree_get(when, "expr");
    if (subject != NULL) {
        WEIR_TRY(weir_translate_expression(translation, scope, condition, &branch->condition));
        WEIR_TRY(weir_introspect_adapt_pair(translation, subject, &branch->condition));
    } else {
        WEIR_TRY(weir_translate_boolean(translation, scope, condition, &branch->condition.sql));
    }
    return weir_translate_expression(translation, scope, weir_tree_get(when, "result"),
                                     &branch->result);
}

static const char *write_case(struct weir_translation *translation,
                              const struct weir_expression *subject, const struct branch *branches,
                              size_t count, const struct weir_expression *otherwise) {
    struct weir_text text = {0};
    bool ok = weir_text_add(translation, &text, "(CASE ").ok;
    if (subject != NULL)
        ok = ok && weir_text_add(translation, &text, subject->sql).ok;
    for (size_t i = 0; i < count && ok; i++) {
        const char *parts[] = {" WHEN ", branches[i].condition.sql, " THEN ",
                               branches[i].result.sql};
        for (size_t part = 0; part < WEIR_COUNT(parts) && ok; part++)
            ok = weir_text_add(translation, &text, parts[part]).ok;
    }
    return ok ? weir_arena_printf(translation->arena, "%s ELSE %s END)", weir_text_of(&text),
                                  otherwise->sql)
              : NULL;
}

weir_status weir_translate_case(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *node,
                                struct weir_expression *out) {
    WEIR_TRY(weir_tree_allow(translation, node, "CaseExpr", "arg args defresult location"));
    const json_t *list = weir_tree_get(node, "args"), *subject_node = weir_tree_get(node, "arg");
    const json_t *otherwise_node = weir_tree_get(node, "defresult");
    size_t count = json_array_size(list);
    struct weir_expression subject = {0};
    struct weir_expression otherwise = {.sql = "NULL", .type = WEIR_PG_UNKNOWN};
    struct branch *branches = WEIR_NEW_ARRAY(translation->arena, count, struct branch);
    if (branches == NULL)
        return WEIR_FAILED;
    if (subject_node != NULL)
        WEIR_TRY(weir_translate_expression(translation, scope, subject_node, &subject));
    uint32_t type = WEIR_PG_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        WEIR_TRY(read_branch(translation, scope, json_array_get(list, i),
                             subject_node != NULL ? &subject : NULL, &branches[i]));
        if (type == WEIR_PG_UNKNOWN)
            type = branches[i].result.type;
    }
    if (otherwise_node != NULL)
        WEIR_TRY(weir_translate_expression(translation, scope, otherwise_node, &otherwise));
    if (type == WEIR_PG_UNKNOWN)
        type = otherwise.type;
    for (size_t i = 0; i < count; i++)
        WEIR_TRY(weir_introspect_adapt(translation, &branches[i].result, type));
    WEIR_TRY(weir_introspect_adapt(translation, &otherwise, type));
    bool is_named = otherwise.name != NULL && !otherwise.is_weak_name;
    const char *sql = write_case(translation, subject_node != NULL ? &subject : NULL, branches,
                                 count, &otherwise);
    WEIR_TRY(weir_expression_give(out, type, is_named ? otherwise.name : "case", sql));
    out->is_weak_name = !is_named;
    return WEIR_OK;
}

weir_status weir_translate_array(struct weir_translation *translation,
                                 const struct weir_scope *scope, const json_t *node,
                                 struct weir_expression *out) {
    const char *sql = NULL;
    uint32_t type = 0;
    WEIR_TRY(weir_tree_allow(translation, node, "A_ArrayExpr", "elements location"));
    WEIR_TRY(translate_alike(translation, scope, weir_tree_get(node, "elements"), &type, &sql));
    return weir_expression_give(out, weir_shadow_array_of(type), "array",
                                weir_arena_printf(translation->arena, "json_array(%s)", sql));
}

/* (information_schema._pg_expandarray(...)).x and .n */
static weir_status read_field(struct weir_translation *translation, struct weir_expression *value,
                              const char *name) {
    bool is_value = strcmp(name, "x") == 0;
    if (value->type != WEIR_PG_RECORD || (!is_value && strcmp(name, "n") != 0))
        return weir_tree_refuse(translation, "a field of such a value");
    return weir_expression_give(value, WEIR_PG_INT4, name,
                                weir_arena_printf(translation->arena, "weir_array_get(%s, %d, 1)",
                                                  value->sql, is_value ? 1 : 2));
}

static weir_status read_element(struct weir_translation *translation,
                                const struct weir_scope *scope, struct weir_expression *value,
                                const json_t *subscript) {
    struct weir_expression place = {0};
    WEIR_TRY(weir_tree_allow(translation, subscript, "A_Indices", "uidx"));
    WEIR_TRY(
        weir_translate_expression(translation, scope, weir_tree_get(subscript, "uidx"), &place));
    WEIR_TRY(weir_introspect_adapt(translation, &place, WEIR_PG_INT4));
    if (weir_shadow_class_of(value->type) != WEIR_CLASS_ARRAY)
        return weir_tree_refuse(translation, "a subscript of what is no array");
    bool from_zero = value->type == WEIR_PG_INT2VECTOR || value->type == WEIR_PG_OIDVECTOR;
    return weir_expression_give(value, weir_shadow_element_of(value->type), value->name,
                                weir_arena_printf(translation->arena, "weir_array_get(%s, %s, %d)",
                                                  value->sql, place.sql, from_zero ? 0 : 1));
}

weir_status weir_translate_indirection(struct weir_translation *translation,
                                       const struct weir_scope *scope, const json_t *node,
                                       struct weir_expression *out) {
    WEIR_TRY(weir_tree_allow(translation, node, "A_Indirection", "arg indirection"));
    WEIR_TRY(weir_translate_expression(translation, scope, weir_tree_get(node, "arg"), out));
    const json_t *steps = weir_tree_get(node, "indirection");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i), *body = NULL;
        const char *kind = weir_tree_kind(step, &body), *field = weir_tree_string(step);
        if (field != NULL)
            WEIR_TRY(read_field(translation, out, field));
        else if (kind != NULL && strcmp(kind, "A_Indices") == 0)
            WEIR_TRY(read_element(translation, scope, out, body));
        else
            return weir_tree_refuse(translation, "such a subscript");
    }
    return WEIR_OK;
}
