/* Types meet: casts that are written, and those that an untyped literal or parameter needs. */
#include "wire/introspect_translate.h"

#include <string.h>

#include "base/banned.h"

static bool is_text(uint32_t type) {
    enum weir_shadow_class class = weir_shadow_class_of(type);
    return class == WEIR_CLASS_TEXT || class == WEIR_CLASS_UNKNOWN;
}

static bool is_number(uint32_t type) {
    enum weir_shadow_class class = weir_shadow_class_of(type);
    return class == WEIR_CLASS_INTEGER || class == WEIR_CLASS_OBJECT;
}

static weir_status refuse_cast(struct weir_translation *translation, uint32_t from, uint32_t to) {
    const struct weir_shadow_type *source = weir_shadow_find_type(from);
    const struct weir_shadow_type *target = weir_shadow_find_type(to);
    return weir_tree_refuse(translation, "a cast from %s to %s",
                            source != NULL ? source->sql_name : "this type",
                            target != NULL ? target->sql_name : "that type");
}

static const char *as_text(struct weir_translation *translation,
                           const struct weir_expression *from) {
    switch (weir_shadow_class_of(from->type)) {
    case WEIR_CLASS_UNKNOWN:
    case WEIR_CLASS_TEXT:
    case WEIR_CLASS_OTHER:
        return from->sql;
    case WEIR_CLASS_INTEGER:
        return weir_arena_printf(translation->arena, "CAST(%s AS TEXT)", from->sql);
    case WEIR_CLASS_BOOLEAN:
    case WEIR_CLASS_NUMBER:
    case WEIR_CLASS_OBJECT:
    case WEIR_CLASS_ARRAY:
        break;
    }
    return weir_arena_printf(translation->arena, "weir_out(%u, %s)", from->type, from->sql);
}

static const char *from_text(struct weir_translation *translation,
                             const struct weir_expression *from, uint32_t to) {
    return weir_arena_printf(translation->arena, "weir_in(%u, %s)", to, from->sql);
}

/* NULL with the error unset means that memory ran out; set, that there is no such cast. */
static const char *write_cast(struct weir_translation *translation,
                              const struct weir_expression *from, uint32_t to) {
    enum weir_shadow_class source = weir_shadow_class_of(from->type);
    switch (weir_shadow_class_of(to)) {
    case WEIR_CLASS_BOOLEAN:
        if (is_text(from->type))
            return from_text(translation, from, to);
        if (source == WEIR_CLASS_INTEGER)
            return weir_arena_printf(translation->arena, "(%s <> 0)", from->sql);
        break;
    case WEIR_CLASS_INTEGER:
    case WEIR_CLASS_OBJECT:
        if (is_text(from->type))
            return from_text(translation, from, to);
        if (is_number(from->type) || source == WEIR_CLASS_BOOLEAN)
            return from->sql;
        if (source == WEIR_CLASS_NUMBER)
            return weir_arena_printf(translation->arena, "CAST(round(%s) AS INTEGER)", from->sql);
        break;
    case WEIR_CLASS_NUMBER:
        if (is_text(from->type))
            return from_text(translation, from, to);
        if (is_number(from->type) || source == WEIR_CLASS_NUMBER)
            return from->sql;
        break;
    case WEIR_CLASS_ARRAY:
        if (is_text(from->type))
            return from_text(translation, from, to);
        if (source == WEIR_CLASS_ARRAY)
            return from->sql;
        break;
    case WEIR_CLASS_TEXT:
    case WEIR_CLASS_UNKNOWN:
        return as_text(translation, from);
    case WEIR_CLASS_OTHER:
        if (is_text(from->type) || from->type == to)
            return from->sql;
        break;
    }
    (void)refuse_cast(translation, from->type, to);
    return NULL;
}

weir_status weir_introspect_cast(struct weir_translation *translation,
                                 const struct weir_expression *from, uint32_t to,
                                 struct weir_expression *out) {
    const char *sql = write_cast(translation, from, to);
    if (sql != NULL && to == WEIR_PG_CHAR && from->type != WEIR_PG_CHAR)
        sql = weir_arena_printf(translation->arena, "substr(%s, 1, 1)", sql);
    return weir_expression_give(out, to, from->name, sql);
}

weir_status weir_introspect_adapt(struct weir_translation *translation,
                                  struct weir_expression *expression, uint32_t to) {
    if (expression->type != WEIR_PG_UNKNOWN || to == WEIR_PG_UNKNOWN || to == WEIR_PG_RECORD)
        return WEIR_OK;
    struct weir_expression from = *expression;
    bool is_weak = from.is_weak_name;
    /* "char" against 'ab' compares the whole literal. */
    WEIR_TRY(weir_introspect_cast(translation, &from, to == WEIR_PG_CHAR ? WEIR_PG_TEXT : to,
                                  expression));
    expression->type = to;
    expression->is_weak_name = is_weak;
    return WEIR_OK;
}

weir_status weir_introspect_adapt_pair(struct weir_translation *translation,
                                       struct weir_expression *left,
                                       struct weir_expression *right) {
    WEIR_TRY(weir_introspect_adapt(translation, left, right->type));
    return weir_introspect_adapt(translation, right, left->type);
}

weir_status weir_introspect_as_text(struct weir_translation *translation,
                                    struct weir_expression *expression) {
    struct weir_expression from = *expression;
    return weir_introspect_cast(translation, &from, WEIR_PG_TEXT, expression);
}

/* The type that a TypeName node means. */
static weir_status read_type(struct weir_translation *translation, const json_t *node,
                             uint32_t *type) {
    WEIR_TRY(weir_tree_allow(translation, node, "TypeName",
                             "names typmods typemod arrayBounds location"));
    const char *schema = NULL;
    const char *name = weir_tree_qualified(weir_tree_get(node, "names"), &schema);
    /* Of a type named without quotes, the parser has already made the catalog's name ("char" is
     * bpchar). */
    const struct weir_shadow_type *found = name == NULL ? NULL : weir_shadow_type_named(name);
    if (found == NULL && schema != NULL && strcmp(schema, "information_schema") == 0)
        found = weir_shadow_find_type(WEIR_PG_NAME);
    if (found == NULL)
        return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42704",
                               "type \"%.63s\" does not exist", name != NULL ? name : "");
    bool is_array = json_array_size(weir_tree_get(node, "arrayBounds")) > 0;
    *type = is_array ? found->array : found->oid;
    if (*type == 0)
        return weir_tree_refuse(translation, "an array of %s", found->sql_name);
    return WEIR_OK;
}

/* varchar(n) cuts; no other size is taken. */
static weir_status cut(struct weir_translation *translation, const json_t *type_name, uint32_t type,
                       struct weir_expression *out) {
    const json_t *sizes = weir_tree_get(type_name, "typmods");
    if (sizes == NULL)
        return WEIR_OK;
    const json_t *constant = json_object_get(json_array_get(sizes, 0), "A_Const");
    json_int_t size =
        json_integer_value(json_object_get(json_object_get(constant, "ival"), "ival"));
    if ((type != WEIR_PG_VARCHAR && type != WEIR_PG_BPCHAR) || size <= 0)
        return weir_tree_refuse(translation, "a cast to a type with a size");
    out->sql = weir_arena_printf(translation->arena, "substr(%s, 1, %d)", out->sql, (int)size);
    return out->sql != NULL ? WEIR_OK : WEIR_FAILED;
}

weir_status weir_translate_cast(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *node,
                                struct weir_expression *out) {
    struct weir_expression from = {0};
    uint32_t type = 0;
    WEIR_TRY(weir_tree_allow(translation, node, "TypeCast", "arg typeName location"));
    WEIR_TRY(read_type(translation, weir_tree_get(node, "typeName"), &type));
    WEIR_TRY(weir_translate_expression(translation, scope, weir_tree_get(node, "arg"), &from));
    WEIR_TRY(weir_introspect_cast(translation, &from, type, out));
    WEIR_TRY(cut(translation, weir_tree_get(node, "typeName"), type, out));
    const char *schema = NULL;
    if (out->name == NULL || from.is_weak_name) {
        out->name =
            weir_tree_qualified(weir_tree_get(weir_tree_get(node, "typeName"), "names"), &schema);
        out->is_weak_name = true;
    }
    return WEIR_OK;
}
