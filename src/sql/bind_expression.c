/* Expressions: literals, columns, conditions, CASE, casts and operators. */
#include "sql/bind_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define KNOWN(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }

struct weir_expression *weir_bind_new(struct binder *binder, enum weir_expression_kind kind,
                                      enum weir_type type, int location) {
    struct weir_expression *expression = WEIR_NEW(binder->arena, struct weir_expression);
    if (expression == NULL)
        return NULL;
    expression->kind = kind;
    expression->type = type;
    expression->position = location;
    return expression;
}

bound weir_bind_constant(struct binder *binder, struct weir_value value, int location) {
    struct weir_expression *constant =
        weir_bind_new(binder, WEIR_EXPRESSION_CONSTANT, value.type, location);
    if (constant != NULL)
        constant->as.constant = value;
    return constant;
}

static bound untyped(struct binder *binder, struct weir_value value, int location) {
    struct weir_expression *constant =
        (struct weir_expression *)weir_bind_constant(binder, value, location);
    if (constant != NULL)
        constant->is_untyped = true;
    return constant;
}

/* Whole numbers are INTEGER or BIGINT by size; with a point or exponent DOUBLE. */
static bound bind_number(struct binder *binder, const char *text, int location) {
    struct weir_value value;
    size_t len = strlen(text);
    if (weir_value_parse(binder->arena, WEIR_TYPE_INTEGER, text, len, &value) ||
        weir_value_parse(binder->arena, WEIR_TYPE_BIGINT, text, len, &value) ||
        weir_value_parse(binder->arena, WEIR_TYPE_DOUBLE, text, len, &value)) {
        if (value.type == WEIR_TYPE_DOUBLE && !__builtin_isfinite(value.as.number))
            return weir_bind_invalid(binder, location, "22003", "this number is out of range");
        return weir_bind_constant(binder, value, location);
    }
    return weir_bind_invalid(binder, location, "22003", "this number cannot be read");
}

static bound bind_literal(struct binder *binder, const json_t *fields) {
    int location = weir_tree_location(fields);
    const json_t *value;
    if (json_is_true(json_object_get(fields, "isnull")))
        return untyped(binder, weir_value_null(WEIR_TYPE_TEXT), location);
    if ((value = json_object_get(fields, "ival")) != NULL)
        return weir_bind_constant(
            binder,
            weir_value_integer(WEIR_TYPE_INTEGER,
                               json_integer_value(json_object_get(value, "ival"))),
            location);
    if ((value = json_object_get(fields, "boolval")) != NULL)
        return weir_bind_constant(
            binder, weir_value_boolean(json_is_true(json_object_get(value, "boolval"))), location);
    if ((value = json_object_get(fields, "fval")) != NULL)
        return bind_number(binder, json_string_value(json_object_get(value, "fval")), location);
    if ((value = json_object_get(fields, "sval")) != NULL) {
        const char *text = json_string_value(json_object_get(value, "sval"));
        char *copy = weir_arena_string(binder->arena, text == NULL ? "" : text);
        return copy == NULL ? NULL : untyped(binder, weir_value_text(copy, strlen(copy)), location);
    }
    return weir_bind_refuse(binder, location, NULL, "this kind of literal is not available");
}

static bound bind_parameter(struct binder *binder, const json_t *fields) {
    size_t number = (size_t)json_integer_value(json_object_get(fields, "number"));
    int location = weir_tree_location(fields);
    if (number < 1 || number > binder->parameter_count)
        return weir_bind_invalid(binder, location, "42P02", "there is no parameter $%zu", number);
    const struct weir_bound_parameter *parameter = &binder->parameters[number - 1];
    struct weir_value value =
        parameter->has_value ? parameter->value
                             : weir_value_null(parameter->typed ? parameter->type : WEIR_TYPE_TEXT);
    bound made = weir_bind_constant(binder, value, location);
    if (made != NULL) {
        struct weir_expression *constant = (struct weir_expression *)made;
        constant->is_untyped = !parameter->typed;
        constant->parameter = (int)number;
    }
    return made;
}

/* An untyped parameter takes the type of its first use. */
static bound type_parameter(struct binder *binder, bound expression, enum weir_type type) {
    struct weir_bound_parameter *parameter = &binder->parameters[(size_t)expression->parameter - 1];
    if (parameter->typed && parameter->type != type)
        return weir_bind_invalid(binder, expression->position, "42P08",
                                 "parameter $%d is used as %s and as %s", expression->parameter,
                                 weir_type_name(parameter->type), weir_type_name(type));
    parameter->typed = true;
    parameter->type = type;
    bound made = weir_bind_constant(binder, weir_value_null(type), expression->position);
    if (made != NULL)
        ((struct weir_expression *)made)->parameter = expression->parameter;
    return made;
}

static bound type_literal(struct binder *binder, bound expression, enum weir_type type) {
    const struct weir_value *literal = &expression->as.constant;
    if (expression->parameter > 0)
        return type_parameter(binder, expression, type);
    if (literal->is_null)
        return weir_bind_constant(binder, weir_value_null(type), expression->position);
    struct weir_value value;
    if (!weir_value_parse(binder->arena, type, literal->as.text.bytes, literal->as.text.len,
                          &value) ||
        (type == WEIR_TYPE_DOUBLE && !__builtin_isfinite(value.as.number)))
        return weir_bind_invalid(binder, expression->position, "22P02",
                                 "this literal cannot be read as %s", weir_type_name(type));
    return weir_bind_constant(binder, value, expression->position);
}

/* Literals convert here rather than in the engine, so that 2 and 2::bigint make one question. */
static bound widen_constant(struct binder *binder, bound expression, enum weir_type type) {
    const struct weir_value *value = &expression->as.constant;
    struct weir_value wide = weir_value_null(type);
    if (!value->is_null) {
        wide = *value;
        wide.type = type;
        if (type == WEIR_TYPE_DOUBLE)
            wide.as.number = (double)value->as.integer;
        if (type == WEIR_TYPE_TIMESTAMP)
            wide.as.integer = value->as.integer * 86400000000;
    }
    bound made = weir_bind_constant(binder, wide, expression->position);
    if (made != NULL)
        ((struct weir_expression *)made)->parameter = expression->parameter;
    return made;
}

bound weir_bind_coerce(struct binder *binder, bound expression, enum weir_type type,
                       const char *what) {
    if (expression == NULL)
        return NULL;
    if (expression->kind == WEIR_EXPRESSION_CONSTANT && expression->is_untyped)
        return type_literal(binder, expression, type);
    if (expression->type == type)
        return expression;
    const struct weir_function *cast = weir_function_cast(expression->type, type);
    if (!weir_type_widens(expression->type, type) || cast == NULL)
        return weir_bind_invalid(binder, expression->position, "42804", "%s takes %s, not %s", what,
                                 weir_type_name(type), weir_type_name(expression->type));
    if (expression->kind == WEIR_EXPRESSION_CONSTANT && expression->type != WEIR_TYPE_NUMERIC)
        return widen_constant(binder, expression, type);
    struct weir_expression *call =
        weir_bind_new(binder, WEIR_EXPRESSION_CALL, type, expression->position);
    if (call == NULL)
        return NULL;
    call->as.call.function = cast;
    call->as.call.count = 1;
    call->as.call.arguments = WEIR_NEW_ARRAY(binder->arena, 1, bound);
    if (call->as.call.arguments == NULL)
        return NULL;
    call->as.call.arguments[0] = expression;
    return call;
}

bound weir_bind_settle(struct binder *binder, bound expression) {
    if (expression == NULL || !expression->is_untyped)
        return expression;
    return type_literal(binder, expression, WEIR_TYPE_TEXT);
}

bound weir_bind_condition(struct binder *binder, const json_t *node, const char *clause) {
    const char *outer = binder->clause;
    binder->clause = clause;
    bound condition = weir_bind_expression(binder, node);
    binder->clause = outer;
    return weir_bind_coerce(binder, condition, WEIR_TYPE_BOOLEAN, clause);
}

static bound bind_boolean(struct binder *binder, const json_t *fields) {
    const char *operator= json_string_value(json_object_get(fields, "boolop"));
    const json_t *list = json_object_get(fields, "args");
    size_t count = json_array_size(list);
    int location = weir_tree_location(fields);
    bound *conditions = WEIR_NEW_ARRAY(binder->arena, count, bound);
    if (conditions == NULL || operator== NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        conditions[i] =
            weir_bind_coerce(binder, weir_bind_expression(binder, json_array_get(list, i)),
                             WEIR_TYPE_BOOLEAN, "AND, OR or NOT");
        if (conditions[i] == NULL)
            return NULL;
    }
    if (strcmp(operator, "NOT_EXPR") == 0)
        return weir_bind_call(binder, "not", conditions, 1, location);
    return weir_bind_logic(binder, strcmp(operator, "OR_EXPR") == 0, conditions, count, location);
}

static bound bind_test(struct binder *binder, const json_t *fields, const char *type_field) {
    static const struct {
        const char *test, *name;
    } tests[] = {
        {"IS_NULL", "is_null"},    {"IS_NOT_NULL", "is_not_null"},
        {"IS_TRUE", "is_true"},    {"IS_NOT_TRUE", "is_not_true"},
        {"IS_FALSE", "is_false"},  {"IS_NOT_FALSE", "is_not_false"},
        {"IS_UNKNOWN", "is_null"}, {"IS_NOT_UNKNOWN", "is_not_null"},
    };
    if (!weir_bind_fields(binder, fields, "IS test", KNOWN("arg", type_field, "location")))
        return NULL;
    const char *type = json_string_value(json_object_get(fields, type_field));
    bound argument =
        weir_bind_settle(binder, weir_bind_expression(binder, json_object_get(fields, "arg")));
    for (size_t i = 0; argument != NULL && type != NULL && i < WEIR_COUNT(tests); i++)
        if (strcmp(tests[i].test, type) == 0)
            return weir_bind_call(binder, tests[i].name, &argument, 1, weir_tree_location(fields));
    return NULL;
}

static bound bind_list_call(struct binder *binder, const json_t *fields, const char *name) {
    const json_t *list = json_object_get(fields, "args");
    size_t count = json_array_size(list);
    bound *arguments = WEIR_NEW_ARRAY(binder->arena, count, bound);
    for (size_t i = 0; arguments != NULL && i < count; i++) {
        arguments[i] = weir_bind_expression(binder, json_array_get(list, i));
        if (arguments[i] == NULL)
            return NULL;
    }
    return arguments == NULL
               ? NULL
               : weir_bind_call(binder, name, arguments, count, weir_tree_location(fields));
}

/* The one type that all results of a CASE widen to. */
static bool common_type(bound *results, size_t count, enum weir_type *type) {
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        if (results[i] == NULL || results[i]->is_untyped)
            continue;
        if (!found || weir_type_widens(*type, results[i]->type))
            *type = results[i]->type;
        else if (!weir_type_widens(results[i]->type, *type))
            return true; /* the coercion that follows reports it */
        found = true;
    }
    return found;
}

static bound case_condition(struct binder *binder, const json_t *subject, const json_t *when) {
    if (subject == NULL)
        return weir_bind_condition(binder, when, "WHEN");
    bound sides[2] = {weir_bind_expression(binder, subject), weir_bind_expression(binder, when)};
    if (sides[0] == NULL || sides[1] == NULL)
        return NULL;
    if (weir_bind_node_count(sides[0]) > REPEATED_NODES_MAX)
        return weir_bind_refuse(binder, sides[0]->position, "Write CASE WHEN condition THEN ...",
                                "the subject of this CASE is too long");
    return weir_bind_call(binder, "=", sides, 2, sides[1]->position);
}

static bound finish_case(struct binder *binder, bound *conditions, bound *results, size_t count,
                         bool has_else, int location) {
    enum weir_type type = WEIR_TYPE_TEXT;
    common_type(results, count + has_else, &type);
    for (size_t i = 0; i < count + has_else; i++) {
        results[i] = weir_bind_coerce(binder, results[i], type, "CASE");
        if (results[i] == NULL)
            return NULL;
    }
    struct weir_expression *made = weir_bind_new(binder, WEIR_EXPRESSION_CASE, type, location);
    if (made == NULL)
        return NULL;
    made->as.cases.count = count;
    made->as.cases.conditions = conditions;
    made->as.cases.results = results;
    made->as.cases.otherwise = has_else ? results[count] : NULL;
    return made;
}

static bound bind_case(struct binder *binder, const json_t *fields) {
    if (!weir_bind_fields(binder, fields, "CASE", KNOWN("arg", "args", "defresult", "location")))
        return NULL;
    const json_t *list = json_object_get(fields, "args");
    const json_t *otherwise = json_object_get(fields, "defresult");
    size_t count = json_array_size(list);
    bound *conditions = WEIR_NEW_ARRAY(binder->arena, count, bound);
    bound *results = WEIR_NEW_ARRAY(binder->arena, count + 1, bound);
    if (conditions == NULL || results == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const json_t *when = json_object_get(json_array_get(list, i), "CaseWhen");
        conditions[i] =
            case_condition(binder, json_object_get(fields, "arg"), json_object_get(when, "expr"));
        results[i] = conditions[i] == NULL
                         ? NULL
                         : weir_bind_expression(binder, json_object_get(when, "result"));
        if (results[i] == NULL)
            return NULL;
    }
    if (otherwise != NULL && (results[count] = weir_bind_expression(binder, otherwise)) == NULL)
        return NULL;
    return finish_case(binder, conditions, results, count, otherwise != NULL,
                       weir_tree_location(fields));
}

static bound refuse_subquery(struct binder *binder, const json_t *fields) {
    return weir_bind_refuse(
        binder, weir_tree_location(fields),
        "EXISTS and IN (SELECT ...) are conditions of WHERE, joined by AND; ask for a "
        "single value first, and put it into the question.",
        "a subquery is not available here");
}

bound weir_bind_expression(struct binder *binder, const json_t *node) {
    const json_t *fields = NULL;
    const char *kind = weir_tree_kind(node, &fields);
    if (kind == NULL)
        return weir_bind_refuse(binder, -1, NULL, "this expression is not available");
    if (strcmp(kind, "ColumnRef") == 0)
        return weir_bind_column(binder, fields);
    if (strcmp(kind, "A_Const") == 0)
        return bind_literal(binder, fields);
    if (strcmp(kind, "ParamRef") == 0)
        return bind_parameter(binder, fields);
    if (strcmp(kind, "A_Expr") == 0)
        return weir_bind_operator(binder, fields);
    if (strcmp(kind, "BoolExpr") == 0)
        return bind_boolean(binder, fields);
    if (strcmp(kind, "NullTest") == 0)
        return bind_test(binder, fields, "nulltesttype");
    if (strcmp(kind, "BooleanTest") == 0)
        return bind_test(binder, fields, "booltesttype");
    if (strcmp(kind, "FuncCall") == 0)
        return weir_bind_function(binder, fields);
    if (strcmp(kind, "TypeCast") == 0)
        return weir_bind_cast(binder, fields);
    if (strcmp(kind, "CaseExpr") == 0)
        return bind_case(binder, fields);
    if (strcmp(kind, "CoalesceExpr") == 0)
        return bind_list_call(binder, fields, "coalesce");
    if (strcmp(kind, "MinMaxExpr") == 0) {
        const char *op = json_string_value(json_object_get(fields, "op"));
        bool least = op != NULL && strcmp(op, "IS_LEAST") == 0;
        return bind_list_call(binder, fields, least ? "least" : "greatest");
    }
    if (strcmp(kind, "SubLink") == 0)
        return refuse_subquery(binder, fields);
    return weir_bind_refuse(binder, weir_tree_location(fields),
                            "What can be asked is listed in docs/sql.md.",
                            "this kind of expression is not available (%s)", kind);
}
