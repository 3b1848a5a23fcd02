/* Functions with OVER (PARTITION BY ... ORDER BY ...), with the frame that PostgreSQL gives when
 * none is written. */
#include "sql/bind_private.h"

#include <string.h>

#include "base/banned.h"

#define KNOWN(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }

enum { WINDOWS_MAX = 32, USUAL_FRAME = 1058 };

static const struct {
    const char *name;
    size_t arguments;
} window_functions[] = {
#define WINDOW_FUNCTION(kind, name, arguments) [WEIR_WINDOW_##kind] = {name, arguments},
#include "ir/windows.def"
#undef WINDOW_FUNCTION
};

static enum weir_type result_type(const struct weir_window *window) {
    switch (window->kind) {
    case WEIR_WINDOW_ROW_NUMBER:
    case WEIR_WINDOW_RANK:
    case WEIR_WINDOW_DENSE_RANK:
    case WEIR_WINDOW_COUNT:
        return WEIR_TYPE_BIGINT;
    case WEIR_WINDOW_SUM:
        return window->argument->type == WEIR_TYPE_INTEGER ? WEIR_TYPE_BIGINT
                                                           : window->argument->type;
    case WEIR_WINDOW_AVG:
        return WEIR_TYPE_DOUBLE;
    case WEIR_WINDOW_LAG:
    case WEIR_WINDOW_LEAD:
    case WEIR_WINDOW_FIRST_VALUE:
    case WEIR_WINDOW_LAST_VALUE:
    case WEIR_WINDOW_MIN:
    case WEIR_WINDOW_MAX:
        return window->argument->type;
    }
    return WEIR_TYPE_TEXT;
}

static bool find_function(const char *name, enum weir_window_kind *kind) {
    for (size_t i = 0; i < WEIR_COUNT(window_functions); i++)
        if (strcmp(window_functions[i].name, name) == 0) {
            *kind = (enum weir_window_kind)i;
            return true;
        }
    return false;
}

/* The WINDOW that this SELECT's functions are added to. */
static struct weir_relation *window_relation(struct binder *binder) {
    struct weir_relation *input = binder->from;
    if (input->kind == WEIR_RELATION_WINDOW)
        return input;
    struct weir_relation *made =
        weir_bind_relation(binder, WEIR_RELATION_WINDOW, input, input->column_count + WINDOWS_MAX);
    if (made == NULL)
        return NULL;
    memcpy(made->columns, input->columns, input->column_count * sizeof *made->columns);
    made->column_count = input->column_count;
    made->unit = input->unit;
    made->position = input->position;
    made->as.window.functions = WEIR_NEW_ARRAY(binder->arena, WINDOWS_MAX, struct weir_window);
    binder->from = made;
    return made->as.window.functions == NULL ? NULL : made;
}

static bool bind_list(struct binder *binder, const json_t *list, bound *items, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((items[i] = weir_bind_settle(
                 binder, weir_bind_expression(binder, json_array_get(list, i)))) == NULL)
            return false;
    return true;
}

static bool bind_order(struct binder *binder, const json_t *list, struct weir_window *window) {
    window->order_count = json_array_size(list);
    window->order = WEIR_NEW_ARRAY(binder->arena, window->order_count, struct weir_window_order);
    for (size_t i = 0; window->order != NULL && i < window->order_count; i++) {
        const json_t *sort = json_object_get(json_array_get(list, i), "SortBy");
        const char *direction = json_string_value(json_object_get(sort, "sortby_dir"));
        const char *nulls = json_string_value(json_object_get(sort, "sortby_nulls"));
        bool descending = direction != NULL && strcmp(direction, "SORTBY_DESC") == 0;
        bool unsaid = nulls == NULL || strcmp(nulls, "SORTBY_NULLS_DEFAULT") == 0;
        bound expression =
            weir_bind_settle(binder, weir_bind_expression(binder, json_object_get(sort, "node")));
        if (expression == NULL)
            return false;
        window->order[i] = (struct weir_window_order){
            expression, descending, unsaid ? descending : strcmp(nulls, "SORTBY_NULLS_FIRST") == 0};
    }
    return window->order != NULL;
}

/* Rows of persons are numbered and added up within one person alone, and the question says so. */
static bool check_partition(struct binder *binder, const struct weir_window *window) {
    if (binder->from->unit == WEIR_NO_UNIT)
        return true;
    for (size_t i = 0; i < window->partition_count; i++) {
        bound key = window->partition[i];
        if (key->kind == WEIR_EXPRESSION_COLUMN &&
            weir_column_identity(&binder->scope[key->as.column]) != NULL)
            return true;
    }
    weir_bind_refuse(
        binder, window->position,
        "Write OVER (PARTITION BY key ...), with the key as \\d shows it.",
        "a window over rows of persons keeps to one person: the person's key is missing "
        "from its PARTITION BY");
    return false;
}

static bool bind_over(struct binder *binder, const json_t *over, struct weir_window *window) {
    const json_t *partition = json_object_get(over, "partitionClause");
    if (json_integer_value(json_object_get(over, "frameOptions")) != USUAL_FRAME) {
        weir_bind_refuse(binder, weir_tree_location(over), "Write OVER without ROWS or RANGE.",
                         "frames are not available");
        return false;
    }
    if (!weir_bind_fields(binder, over, "OVER (write PARTITION BY and ORDER BY)",
                          KNOWN("partitionClause", "orderClause", "frameOptions", "location")))
        return false;
    window->partition_count = json_array_size(partition);
    window->partition = WEIR_NEW_ARRAY(binder->arena, window->partition_count, bound);
    return window->partition != NULL &&
           bind_list(binder, partition, window->partition, window->partition_count) &&
           check_partition(binder, window) &&
           bind_order(binder, json_object_get(over, "orderClause"), window);
}

/* lag(x), lag(x, 2): how far is a constant. */
static bool bind_arguments(struct binder *binder, const json_t *fields,
                           struct weir_window *window) {
    const json_t *list = json_object_get(fields, "args");
    size_t count = json_array_size(list), wanted = window_functions[window->kind].arguments;
    bool reaches = window->kind == WEIR_WINDOW_LAG || window->kind == WEIR_WINDOW_LEAD;
    bool star = json_is_true(json_object_get(fields, "agg_star"));
    bound arguments[2];
    window->distance = 1;
    if (star && window->kind == WEIR_WINDOW_COUNT)
        return true;
    if (star || count < wanted || count > wanted + reaches) {
        weir_bind_invalid(binder, window->position, "42883", "%s does not take so many arguments",
                          window_functions[window->kind].name);
        return false;
    }
    if (!bind_list(binder, list, arguments, count))
        return false;
    window->argument = count > 0 ? arguments[0] : NULL;
    if (count < 2)
        return true;
    const struct weir_expression *distance = arguments[1];
    if (distance->kind != WEIR_EXPRESSION_CONSTANT || distance->type != WEIR_TYPE_INTEGER ||
        distance->as.constant.is_null || distance->as.constant.as.integer < 0) {
        weir_bind_invalid(binder, distance->position, "22023",
                          "how far to reach is a whole number written out");
        return false;
    }
    window->distance = distance->as.constant.as.integer;
    return true;
}

static bool check_argument(struct binder *binder, const struct weir_window *window) {
    bool is_sum = window->kind == WEIR_WINDOW_SUM || window->kind == WEIR_WINDOW_AVG;
    enum weir_type type = window->argument == NULL ? WEIR_TYPE_BIGINT : window->argument->type;
    if (!is_sum || type == WEIR_TYPE_INTEGER || type == WEIR_TYPE_BIGINT ||
        type == WEIR_TYPE_DOUBLE)
        return true;
    weir_bind_invalid(binder, window->position, "42883",
                      "over a partition, sum and avg take integers and double precision, not %s",
                      weir_type_name(type));
    return false;
}

bound weir_bind_window(struct binder *binder, const char *name, const json_t *fields) {
    struct weir_window window = {.position = weir_tree_location(fields)};
    if (!weir_bind_fields(binder, fields, "window function (FILTER and DISTINCT)",
                          KNOWN("funcname", "args", "agg_star", "over", "funcformat", "location")))
        return NULL;
    if (!find_function(name, &window.kind))
        return weir_bind_refuse(binder, window.position,
                                "row_number, rank, dense_rank, lag, lead, first_value, last_value, "
                                "count, sum, avg, min and max take OVER.",
                                "%s does not take OVER", name);
    if (!binder->windows_allowed || binder->inside_aggregate)
        return weir_bind_invalid(binder, window.position, "42P20",
                                 "a window function stands in the list of columns only");
    binder->windows_allowed = false;
    bool is_bound = bind_arguments(binder, fields, &window) && check_argument(binder, &window) &&
                    bind_over(binder, json_object_get(fields, "over"), &window);
    binder->windows_allowed = true;
    struct weir_relation *relation = is_bound ? window_relation(binder) : NULL;
    if (relation == NULL)
        return NULL;
    if (relation->as.window.count == WINDOWS_MAX || binder->scope_count == SCOPE_COLUMNS_MAX)
        return weir_bind_refuse(binder, window.position, NULL,
                                "a SELECT takes at most %d window functions", WINDOWS_MAX);
    struct weir_column column = {
        .label = weir_arena_printf(binder->arena, "w%d", ++binder->counts->ordinals),
        .type = result_type(&window),
        .nullable = true,
        .scale =
            window.argument == NULL ? 0 : weir_expression_scale(binder->scope, window.argument),
        .range = {-__builtin_inf(), __builtin_inf()}};
    if (column.label == NULL)
        return NULL;
    relation->as.window.functions[relation->as.window.count++] = window;
    relation->columns[relation->column_count++] = column;
    binder->scope[binder->scope_count] = column;
    return weir_bind_place(binder, binder->scope_count++, column.type, window.position);
}
