/* Operators, BETWEEN, IN, LIKE, and casts. */
#include "sql/bind_private.h"

#include <string.h>

#include "base/banned.h"

#define KNOWN(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }

static bool bind_sides(struct binder *binder, const json_t *fields, bound sides[2]) {
    const json_t *left = json_object_get(fields, "lexpr");
    sides[0] = left == NULL ? NULL : weir_bind_expression(binder, left);
    if (left != NULL && sides[0] == NULL)
        return false;
    sides[1] = weir_bind_expression(binder, json_object_get(fields, "rexpr"));
    return sides[1] != NULL;
}

/* x BETWEEN a AND b is x >= a AND x <= b, the same question in either spelling. */
static bound bind_between(struct binder *binder, const json_t *fields, bool negated) {
    const json_t *limits =
        json_object_get(json_object_get(json_object_get(fields, "rexpr"), "List"), "items");
    int location = weir_tree_location(fields);
    bound subject = weir_bind_expression(binder, json_object_get(fields, "lexpr"));
    bound low = subject == NULL ? NULL : weir_bind_expression(binder, json_array_get(limits, 0));
    bound high = low == NULL ? NULL : weir_bind_expression(binder, json_array_get(limits, 1));
    if (high == NULL)
        return NULL;
    if (weir_bind_node_count(subject) > REPEATED_NODES_MAX)
        return weir_bind_refuse(binder, location, "Write two comparisons.",
                                "the subject of this BETWEEN is too long");
    bound first[2] = {subject, low}, second[2] = {subject, high};
    bound both[2];
    both[0] = weir_bind_call(binder, negated ? "<" : ">=", first, 2, location);
    both[1] =
        both[0] == NULL ? NULL : weir_bind_call(binder, negated ? ">" : "<=", second, 2, location);
    return both[1] == NULL ? NULL : weir_bind_logic(binder, negated, both, 2, location);
}

static bound bind_in(struct binder *binder, const json_t *fields, bool negated) {
    const json_t *items =
        json_object_get(json_object_get(json_object_get(fields, "rexpr"), "List"), "items");
    size_t count = json_array_size(items);
    bound *arguments = WEIR_NEW_ARRAY(binder->arena, count + 1, bound);
    if (arguments == NULL)
        return NULL;
    arguments[0] = weir_bind_expression(binder, json_object_get(fields, "lexpr"));
    if (arguments[0] == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        arguments[i + 1] = weir_bind_expression(binder, json_array_get(items, i));
        if (arguments[i + 1] == NULL)
            return NULL;
    }
    return weir_bind_call(binder, negated ? "not_in" : "in", arguments, count + 1,
                          weir_tree_location(fields));
}

static bound bind_like(struct binder *binder, const json_t *fields, const char *name) {
    bound sides[2];
    if (!bind_sides(binder, fields, sides) || sides[0] == NULL)
        return NULL;
    return weir_bind_call(binder, name, sides, 2, weir_tree_location(fields));
}

bound weir_bind_operator(struct binder *binder, const json_t *fields) {
    if (!weir_bind_fields(binder, fields, "operator",
                          KNOWN("kind", "name", "lexpr", "rexpr", "location")))
        return NULL;
    const char *kind = json_string_value(json_object_get(fields, "kind")), *schema, *name;
    int location = weir_tree_location(fields);
    if (kind == NULL || !weir_tree_names(json_object_get(fields, "name"), &schema, &name))
        return weir_bind_refuse(binder, location, NULL, "this operator is not available");
    if (strcmp(kind, "AEXPR_BETWEEN") == 0 || strcmp(kind, "AEXPR_NOT_BETWEEN") == 0)
        return bind_between(binder, fields, kind[6] == 'N');
    if (strcmp(kind, "AEXPR_IN") == 0)
        return bind_in(binder, fields, strcmp(name, "<>") == 0);
    if (strcmp(kind, "AEXPR_LIKE") == 0 || strcmp(kind, "AEXPR_ILIKE") == 0)
        return bind_like(binder, fields, name);
    bound sides[2];
    if (strcmp(kind, "AEXPR_NULLIF") == 0)
        return bind_sides(binder, fields, sides)
                   ? weir_bind_call(binder, "nullif", sides, 2, location)
                   : NULL;
    if (strcmp(kind, "AEXPR_OP") != 0 || (schema != NULL && strcmp(schema, "pg_catalog") != 0))
        return weir_bind_refuse(binder, location,
                                "Write IN (...), or comparisons joined by AND, OR.",
                                "this form of the operator %s is not available", name);
    if (!bind_sides(binder, fields, sides))
        return NULL;
    if (strcmp(name, "!=") == 0)
        name = "<>";
    if (sides[0] == NULL && strcmp(name, "+") == 0)
        return sides[1];
    if (sides[0] == NULL && strcmp(name, "-") == 0 && sides[1]->kind == WEIR_EXPRESSION_CONSTANT &&
        sides[1]->type == WEIR_TYPE_DOUBLE && sides[1]->parameter == 0)
        return weir_bind_constant(binder, weir_value_double(-sides[1]->as.constant.as.number),
                                  location);
    return sides[0] == NULL ? weir_bind_call(binder, name, &sides[1], 1, location)
                            : weir_bind_call(binder, name, sides, 2, location);
}

static bool named_type(const char *name, enum weir_type *type) {
    static const struct {
        const char *name;
        enum weir_type type;
    } types[] = {
        {"int4", WEIR_TYPE_INTEGER},        {"int2", WEIR_TYPE_INTEGER},
        {"int8", WEIR_TYPE_BIGINT},         {"float8", WEIR_TYPE_DOUBLE},
        {"float4", WEIR_TYPE_DOUBLE},       {"numeric", WEIR_TYPE_DOUBLE},
        {"text", WEIR_TYPE_TEXT},           {"varchar", WEIR_TYPE_TEXT},
        {"bpchar", WEIR_TYPE_TEXT},         {"date", WEIR_TYPE_DATE},
        {"timestamp", WEIR_TYPE_TIMESTAMP}, {"bool", WEIR_TYPE_BOOLEAN},
        {"double", WEIR_TYPE_DOUBLE},
    };
    for (size_t i = 0; i < WEIR_COUNT(types); i++) {
        if (strcmp(types[i].name, name) == 0) {
            *type = types[i].type;
            return true;
        }
    }
    return false;
}

bound weir_bind_cast(struct binder *binder, const json_t *fields) {
    const json_t *type_name = json_object_get(fields, "typeName");
    int location = weir_tree_location(fields);
    if (!weir_bind_fields(binder, fields, "cast", KNOWN("arg", "typeName", "location")) ||
        !weir_bind_fields(binder, type_name, "type (without length, array or precision)",
                          KNOWN("names", "typemod", "location")))
        return NULL;
    const char *schema, *name;
    enum weir_type type;
    if (!weir_tree_names(json_object_get(type_name, "names"), &schema, &name) ||
        (schema != NULL && strcmp(schema, "pg_catalog") != 0) || !named_type(name, &type))
        return weir_bind_refuse(binder, location,
                                "Casts go to integer, bigint, double precision, text, boolean, "
                                "date and timestamp.",
                                "this type is not available");
    bound argument = weir_bind_expression(binder, json_object_get(fields, "arg"));
    if (argument == NULL || argument->type == type || argument->is_untyped)
        return weir_bind_coerce(binder, argument, type, "a cast");
    if (weir_function_cast(argument->type, type) == NULL)
        return weir_bind_invalid(binder, location, "42846", "%s cannot be cast to %s",
                                 weir_type_name(argument->type), weir_type_name(type));
    if (weir_type_widens(argument->type, type))
        return weir_bind_coerce(binder, argument, type, "a cast");
    struct weir_expression *call = weir_bind_new(binder, WEIR_EXPRESSION_CALL, type, location);
    if (call == NULL)
        return NULL;
    call->as.call.function = weir_function_cast(argument->type, type);
    call->as.call.count = 1;
    call->as.call.arguments = WEIR_NEW_ARRAY(binder->arena, 1, bound);
    if (call->as.call.arguments == NULL)
        return NULL;
    call->as.call.arguments[0] = argument;
    return call;
}
