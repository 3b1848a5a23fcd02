/* Function calls: aggregates, their errors, date fields by name, and the allow-list. */
#include "sql/bind_private.h"

#include <string.h>

#include "base/banned.h"

#define KNOWN(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }

static const struct aggregate_name {
    const char *name;
    bool is_available;
    const char *hint;
} aggregate_names[] = {
    {"count", true, NULL},
    {"sum", true, NULL},
    {"avg", true, NULL},
    {"min", true, NULL},
    {"max", true, NULL},
    {"stddev", false, "Ask for avg(x) and avg(x * x)."},
    {"stddev_samp", false, "Ask for avg(x) and avg(x * x)."},
    {"stddev_pop", false, "Ask for avg(x) and avg(x * x)."},
    {"variance", false, "Ask for avg(x) and avg(x * x)."},
    {"var_samp", false, "Ask for avg(x) and avg(x * x)."},
    {"var_pop", false, "Ask for avg(x) and avg(x * x)."},
    {"array_agg", false, "It would list values of single persons. Ask for count(*) by group."},
    {"string_agg", false, "It would list values of single persons. Ask for count(*) by group."},
    {"json_agg", false, "It would list values of single persons. Ask for count(*) by group."},
    {"percentile_cont", false, "Ask for count(*) by width_bucket(x, low, high, n)."},
    {"percentile_disc", false, "Ask for count(*) by width_bucket(x, low, high, n)."},
    {"mode", false, "Ask for count(*) by the column, and ORDER BY 2 DESC LIMIT 1."},
    {"bool_or", false, "Ask for sum(CASE WHEN condition THEN 1 ELSE 0 END)."},
    {"bool_and", false, "Ask for sum(CASE WHEN condition THEN 1 ELSE 0 END)."},
};

static const struct aggregate_name *find_aggregate(const char *name) {
    for (size_t i = 0; i < WEIR_COUNT(aggregate_names); i++)
        if (strcmp(aggregate_names[i].name, name) == 0)
            return &aggregate_names[i];
    return NULL;
}

static enum weir_type sum_type(enum weir_type argument) {
    return argument == WEIR_TYPE_INTEGER ? WEIR_TYPE_BIGINT : argument;
}

/* The place of an aggregate among those of the question; equal ones share it. */
static bound add_aggregate(struct binder *binder, const struct weir_aggregate *aggregate,
                           int location) {
    size_t place = 0;
    const char *text = weir_aggregate_print(binder->arena, binder->scope, aggregate);
    if (text == NULL)
        return NULL;
    for (; place < binder->aggregate_count; place++) {
        const char *other =
            weir_aggregate_print(binder->arena, binder->scope, &binder->aggregates[place]);
        if (other == NULL)
            return NULL;
        if (strcmp(text, other) == 0)
            break;
    }
    if (place == AGGREGATES_MAX)
        return weir_bind_refuse(binder, location, NULL, "a question takes at most %d aggregates",
                                AGGREGATES_MAX);
    if (place == binder->aggregate_count)
        binder->aggregates[binder->aggregate_count++] = *aggregate;
    struct weir_expression *column =
        weir_bind_new(binder, WEIR_EXPRESSION_COLUMN, aggregate->type, location);
    if (column != NULL)
        column->as.column = AGGREGATE_PLACE + place;
    return column;
}

static bool is_unit_key(const struct binder *binder, bound argument) {
    if (argument->kind != WEIR_EXPRESSION_COLUMN || argument->as.column >= AGGREGATE_PLACE)
        return false;
    return weir_column_is_unit_key(&binder->scope[argument->as.column]);
}

static bound finish_aggregate(struct binder *binder, const char *name, bound argument,
                              bool distinct, int location) {
    struct weir_aggregate aggregate = {.argument = argument, .position = location};
    if (strcmp(name, "count") == 0) {
        aggregate.kind = !distinct                       ? WEIR_AGGREGATE_COUNT
                         : is_unit_key(binder, argument) ? WEIR_AGGREGATE_COUNT_UNITS
                                                         : WEIR_AGGREGATE_COUNT_DISTINCT;
        aggregate.type = WEIR_TYPE_BIGINT;
        return add_aggregate(binder, &aggregate, location);
    }
    if (distinct)
        return weir_bind_refuse(binder, location, NULL, "%s(DISTINCT ...) is not available", name);
    if (name[0] == 'm') { /* min, max */
        aggregate.kind = name[1] == 'i' ? WEIR_AGGREGATE_MIN : WEIR_AGGREGATE_MAX;
        aggregate.type = argument->type;
        return add_aggregate(binder, &aggregate, location);
    }
    if (!weir_type_is_number(argument->type))
        return weir_bind_invalid(binder, location, "42883", "%s takes a number, not %s", name,
                                 weir_type_name(argument->type));
    aggregate.kind = name[0] == 's' ? WEIR_AGGREGATE_SUM : WEIR_AGGREGATE_AVG;
    aggregate.type = name[0] == 's' ? sum_type(argument->type) : WEIR_TYPE_DOUBLE;
    return add_aggregate(binder, &aggregate, location);
}

static bound bind_aggregate(struct binder *binder, const char *name, const json_t *fields) {
    int location = weir_tree_location(fields);
    const struct aggregate_name *entry = find_aggregate(name);
    if (!entry->is_available)
        return weir_bind_refuse(binder, location, entry->hint, "%s is not available", name);
    if (!weir_bind_fields(
            binder, fields, "aggregate (FILTER, ORDER BY, WITHIN GROUP and OVER)",
            KNOWN("funcname", "args", "agg_star", "agg_distinct", "funcformat", "location")))
        return NULL;
    if (binder->inside_aggregate)
        return weir_bind_invalid(binder, location, "42803", "aggregates cannot be nested");
    if (!binder->aggregates_allowed)
        return weir_bind_invalid(binder, location, "42803", "%s cannot contain an aggregate",
                                 binder->clause == NULL ? "this clause" : binder->clause);
    bool star = json_is_true(json_object_get(fields, "agg_star"));
    const json_t *arguments = json_object_get(fields, "args");
    if (star && strcmp(name, "count") == 0) {
        struct weir_aggregate rows = {
            .kind = WEIR_AGGREGATE_COUNT_ROWS, .type = WEIR_TYPE_BIGINT, .position = location};
        return add_aggregate(binder, &rows, location);
    }
    if (star || json_array_size(arguments) != 1)
        return weir_bind_invalid(binder, location, "42883", "%s takes one argument", name);
    binder->inside_aggregate = true;
    bound argument =
        weir_bind_settle(binder, weir_bind_expression(binder, json_array_get(arguments, 0)));
    binder->inside_aggregate = false;
    bool distinct = json_is_true(json_object_get(fields, "agg_distinct"));
    return argument == NULL ? NULL : finish_aggregate(binder, name, argument, distinct, location);
}

/* weir_error(aggregate): half the width of its 95% interval. */
static bound bind_error_of(struct binder *binder, const json_t *arguments, int location) {
    bound argument = json_array_size(arguments) != 1
                         ? NULL
                         : weir_bind_expression(binder, json_array_get(arguments, 0));
    if (argument == NULL && weir_error_is_set(binder->error))
        return NULL;
    bool is_aggregate = argument != NULL && argument->kind == WEIR_EXPRESSION_COLUMN &&
                        argument->as.column >= AGGREGATE_PLACE && argument->as.column < ERROR_PLACE;
    if (!is_aggregate)
        return weir_bind_invalid(binder, location, "42883",
                                 "weir_error takes one aggregate, as in weir_error(count(*))");
    struct weir_expression *column =
        weir_bind_new(binder, WEIR_EXPRESSION_COLUMN, WEIR_TYPE_DOUBLE, location);
    if (column != NULL)
        column->as.column = argument->as.column - AGGREGATE_PLACE + ERROR_PLACE;
    return column;
}

/* date_trunc('month', x) and extract(month from x): the field is part of the name, so that it is
 * never data. */
static bound bind_date_field(struct binder *binder, const char *name, const json_t *arguments,
                             int location) {
    const json_t *constant = json_object_get(json_array_get(arguments, 0), "A_Const");
    const char *field =
        json_string_value(json_object_get(json_object_get(constant, "sval"), "sval"));
    const char *family = strcmp(name, "date_part") == 0 ? "extract" : name;
    if (field == NULL || json_array_size(arguments) != 2)
        return weir_bind_invalid(binder, location, "42883",
                                 "%s takes the name of a field and a date", name);
    char *full = weir_arena_printf(binder->arena, "%s_%s", family, field);
    bound date = weir_bind_expression(binder, json_array_get(arguments, 1));
    if (full == NULL || date == NULL)
        return NULL;
    for (char *at = full; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    if (!weir_function_is_known(full))
        return weir_bind_invalid(binder, location, "22023", "%s does not know this field", name);
    return weir_bind_call(binder, full, &date, 1, location);
}

/* The buckets must be constants in order: their number is then known, and no value can make the
 * call fail. */
static bool check_buckets(struct binder *binder, bound call) {
    const struct weir_expression **arguments = call->as.call.arguments;
    for (size_t i = 1; i < 4; i++)
        if (arguments[i]->kind != WEIR_EXPRESSION_CONSTANT)
            return weir_bind_invalid(binder, arguments[i]->position, "22023",
                                     "width_bucket takes constants for its range and number") !=
                   NULL;
    const struct weir_value *low = &arguments[1]->as.constant, *high = &arguments[2]->as.constant;
    const struct weir_value *buckets = &arguments[3]->as.constant;
    bool described_only =
        arguments[1]->parameter + arguments[2]->parameter + arguments[3]->parameter > 0;
    if (described_only && (low->is_null || high->is_null || buckets->is_null))
        return true;
    if (low->is_null || high->is_null || buckets->is_null || low->as.number >= high->as.number ||
        buckets->as.integer < 1 || buckets->as.integer > 10000)
        return weir_bind_invalid(
                   binder, call->position, "2201G",
                   "width_bucket takes a low below its high and 1 to 10000 buckets") != NULL;
    return true;
}

static bound bind_scalar(struct binder *binder, const char *name, const json_t *fields) {
    const json_t *list = json_object_get(fields, "args");
    int location = weir_tree_location(fields);
    size_t count = json_array_size(list);
    bound *arguments = WEIR_NEW_ARRAY(binder->arena, count, bound);
    for (size_t i = 0; arguments != NULL && i < count; i++) {
        arguments[i] = weir_bind_expression(binder, json_array_get(list, i));
        if (arguments[i] == NULL)
            return NULL;
    }
    if (arguments == NULL)
        return NULL;
    if (count == 0)
        return weir_bind_unknown_function(binder, name, location);
    bound call = weir_bind_call(binder, name, arguments, count, location);
    if (call != NULL && strcmp(name, "width_bucket") == 0 && !check_buckets(binder, call))
        return NULL;
    return call;
}

bound weir_bind_function(struct binder *binder, const json_t *fields) {
    const char *schema, *name;
    int location = weir_tree_location(fields);
    if (!weir_tree_names(json_object_get(fields, "funcname"), &schema, &name) ||
        (schema != NULL && strcmp(schema, "pg_catalog") != 0))
        return weir_bind_unknown_function(binder, NULL, location);
    if (json_object_get(fields, "over") != NULL)
        return weir_bind_window(binder, name, fields);
    if (find_aggregate(name) != NULL)
        return bind_aggregate(binder, name, fields);
    if (!weir_bind_fields(binder, fields, "function call",
                          KNOWN("funcname", "args", "funcformat", "location")))
        return NULL;
    const json_t *arguments = json_object_get(fields, "args");
    if (strcmp(name, "weir_error") == 0)
        return bind_error_of(binder, arguments, location);
    if (strcmp(name, "date_trunc") == 0 || strcmp(name, "date_part") == 0 ||
        strcmp(name, "extract") == 0)
        return bind_date_field(binder, name, arguments, location);
    return bind_scalar(binder, name, fields);
}
