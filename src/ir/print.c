/* The canonical text of a question: legible SQL, the same for equal questions, the public's view of
 * what was asked. */
#include "ir/ir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct printer {
    struct weir_buffer out;
    bool hide_constants;
    int constants;
};

static void print_expression(struct printer *printer, const struct weir_column *scope,
                             const struct weir_expression *expression);
static void print_source(struct printer *printer, const struct weir_relation *relation);

static void print_quoted(struct weir_buffer *out, const char *bytes, size_t len) {
    weir_buffer_byte(out, '\'');
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\'')
            weir_buffer_byte(out, '\'');
        weir_buffer_byte(out, (unsigned char)bytes[i]);
    }
    weir_buffer_byte(out, '\'');
}

/* The type shows in the form, so that 2 and 2.0 never print alike. */
static void print_constant(struct printer *printer, const struct weir_value *value) {
    struct weir_buffer *out = &printer->out;
    if (printer->hide_constants) {
        weir_buffer_printf(out, "$%d", ++printer->constants);
        return;
    }
    if (value->is_null) {
        weir_buffer_printf(out, "CAST(NULL AS %s)", weir_type_name(value->type));
        return;
    }
    switch (value->type) {
    case WEIR_TYPE_TEXT:
        print_quoted(out, value->as.text.bytes, value->as.text.len);
        return;
    case WEIR_TYPE_INTEGER:
        weir_value_print(value, out);
        return;
    case WEIR_TYPE_BOOLEAN:
        weir_buffer_text(out, value->as.boolean ? "TRUE" : "FALSE");
        return;
    case WEIR_TYPE_BIGINT:
    case WEIR_TYPE_NUMERIC:
    case WEIR_TYPE_DOUBLE:
    case WEIR_TYPE_DATE:
    case WEIR_TYPE_TIMESTAMP:
    case WEIR_TYPE_BLOB:
        weir_buffer_printf(out, "%s '", weir_type_name(value->type));
        weir_value_print(value, out);
        weir_buffer_byte(out, '\'');
        return;
    }
}

static void print_list(struct printer *printer, const struct weir_column *scope,
                       const struct weir_expression *const *list, size_t count,
                       const char *separator) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            weir_buffer_text(&printer->out, separator);
        print_expression(printer, scope, list[i]);
    }
}

static void print_call(struct printer *printer, const struct weir_column *scope,
                       const struct weir_expression *call) {
    const struct weir_function *function = call->as.call.function;
    const struct weir_expression **arguments = call->as.call.arguments;
    size_t count = call->as.call.count;
    if (function->shown == NULL) {
        weir_buffer_printf(&printer->out, "%s(", function->name);
        print_list(printer, scope, arguments, count, ", ");
        weir_buffer_byte(&printer->out, ')');
        return;
    }
    for (const char *at = function->shown; *at != '\0'; at++) {
        if (*at != '$') {
            weir_buffer_byte(&printer->out, (unsigned char)*at);
            continue;
        }
        size_t first, number = weir_function_placeholder(&at, count, &first);
        print_list(printer, scope, arguments + first, number, ", ");
    }
}

static void print_case(struct printer *printer, const struct weir_column *scope,
                       const struct weir_expression *expression) {
    weir_buffer_text(&printer->out, "CASE");
    for (size_t i = 0; i < expression->as.cases.count; i++) {
        weir_buffer_text(&printer->out, " WHEN ");
        print_expression(printer, scope, expression->as.cases.conditions[i]);
        weir_buffer_text(&printer->out, " THEN ");
        print_expression(printer, scope, expression->as.cases.results[i]);
    }
    if (expression->as.cases.otherwise != NULL) {
        weir_buffer_text(&printer->out, " ELSE ");
        print_expression(printer, scope, expression->as.cases.otherwise);
    }
    weir_buffer_text(&printer->out, " END");
}

static void print_expression(struct printer *printer, const struct weir_column *scope,
                             const struct weir_expression *expression) {
    switch (expression->kind) {
    case WEIR_EXPRESSION_COLUMN:
        weir_buffer_text(&printer->out, scope[expression->as.column].label);
        return;
    case WEIR_EXPRESSION_CONSTANT:
        print_constant(printer, &expression->as.constant);
        return;
    case WEIR_EXPRESSION_CALL:
        print_call(printer, scope, expression);
        return;
    case WEIR_EXPRESSION_LOGIC:
        weir_buffer_byte(&printer->out, '(');
        print_list(printer, scope, expression->as.logic.conditions, expression->as.logic.count,
                   expression->as.logic.is_or ? " OR " : " AND ");
        weir_buffer_byte(&printer->out, ')');
        return;
    case WEIR_EXPRESSION_CASE:
        print_case(printer, scope, expression);
        return;
    }
}

static void print_aggregate(struct printer *printer, const struct weir_column *scope,
                            const struct weir_aggregate *aggregate) {
    static const char *const names[] = {
        [WEIR_AGGREGATE_COUNT_ROWS] = "count(*",
        [WEIR_AGGREGATE_COUNT] = "count(",
        [WEIR_AGGREGATE_COUNT_UNITS] = "count(DISTINCT ",
        [WEIR_AGGREGATE_COUNT_DISTINCT] = "count(DISTINCT ",
        [WEIR_AGGREGATE_SUM] = "sum(",
        [WEIR_AGGREGATE_AVG] = "avg(",
        [WEIR_AGGREGATE_MIN] = "min(",
        [WEIR_AGGREGATE_MAX] = "max(",
    };
    weir_buffer_text(&printer->out, names[aggregate->kind]);
    if (aggregate->argument != NULL)
        print_expression(printer, scope, aggregate->argument);
    weir_buffer_byte(&printer->out, ')');
}

static void print_number(struct printer *printer, int64_t number) {
    const struct weir_value value = weir_value_integer(WEIR_TYPE_BIGINT, number);
    struct weir_buffer *out = &printer->out;
    if (printer->hide_constants)
        weir_buffer_printf(out, "$%d", ++printer->constants);
    else
        weir_value_print(&value, out);
}

/* Within units, places are named; the unit, by which all there is grouped, goes without saying. */
static void print_aggregation(struct printer *printer, const struct weir_relation *relation) {
    const struct weir_column *scope = relation->input->columns;
    bool within = relation->as.aggregate.is_within_units;
    size_t keys = relation->as.aggregate.key_count, shown = keys - within;
    struct weir_buffer *out = &printer->out;
    weir_buffer_text(out, "SELECT ");
    print_list(printer, scope, relation->as.aggregate.keys, shown, ", ");
    for (size_t i = 0; i < relation->as.aggregate.aggregate_count; i++) {
        weir_buffer_text(out, shown + i > 0 ? ", " : "");
        print_aggregate(printer, scope, &relation->as.aggregate.aggregates[i]);
        if (within)
            weir_buffer_printf(out, " AS %s", relation->columns[keys + i].label);
    }
    weir_buffer_text(out, " FROM ");
    print_source(printer, relation->input);
    weir_buffer_text(out, shown > 0 ? " GROUP BY " : "");
    print_list(printer, scope, relation->as.aggregate.keys, shown, ", ");
}

static void print_window(struct printer *printer, const struct weir_column *scope,
                         const struct weir_window *window) {
    static const char *const names[] = {
#define WINDOW_FUNCTION(kind, name, arguments) [WEIR_WINDOW_##kind] = name,
#include "ir/windows.def"
#undef WINDOW_FUNCTION
    };
    weir_buffer_printf(&printer->out, "%s(", names[window->kind]);
    if (window->argument != NULL)
        print_expression(printer, scope, window->argument);
    if (window->kind == WEIR_WINDOW_LAG || window->kind == WEIR_WINDOW_LEAD) {
        weir_buffer_text(&printer->out, ", ");
        print_number(printer, window->distance);
    }
    weir_buffer_text(&printer->out, ") OVER (");
    weir_buffer_text(&printer->out, window->partition_count > 0 ? "PARTITION BY " : "");
    print_list(printer, scope, window->partition, window->partition_count, ", ");
    for (size_t i = 0; i < window->order_count; i++) {
        const struct weir_window_order *order = &window->order[i];
        weir_buffer_text(&printer->out, i == 0 ? " ORDER BY " : ", ");
        print_expression(printer, scope, order->expression);
        weir_buffer_text(&printer->out, order->descending ? " DESC" : " ASC");
        weir_buffer_text(&printer->out, order->nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
    weir_buffer_byte(&printer->out, ')');
}

static void print_windows(struct printer *printer, const struct weir_relation *relation) {
    size_t first = relation->input->column_count;
    print_source(printer, relation->input);
    for (size_t i = 0; i < relation->as.window.count; i++) {
        weir_buffer_text(&printer->out, i == 0 ? " WITH " : ", ");
        print_window(printer, relation->input->columns, &relation->as.window.functions[i]);
        weir_buffer_printf(&printer->out, " AS %s", relation->columns[first + i].label);
    }
}

static void print_join(struct printer *printer, const struct weir_relation *relation) {
    static const char *const names[] = {[WEIR_JOIN_INNER] = " JOIN ",
                                        [WEIR_JOIN_LEFT] = " LEFT JOIN ",
                                        [WEIR_JOIN_SEMI] = " SEMI JOIN ",
                                        [WEIR_JOIN_ANTI] = " ANTI JOIN "};
    print_source(printer, relation->input);
    weir_buffer_text(&printer->out, names[relation->as.join.kind]);
    bool is_nested = relation->as.join.right->kind == WEIR_RELATION_FILTER ||
                     relation->as.join.right->kind == WEIR_RELATION_JOIN;
    weir_buffer_text(&printer->out, is_nested ? "(" : "");
    print_source(printer, relation->as.join.right);
    weir_buffer_text(&printer->out, is_nested ? ")" : "");
    weir_buffer_text(&printer->out, " ON ");
    if (relation->as.join.condition == NULL)
        weir_buffer_text(&printer->out, "TRUE");
    else
        print_expression(printer, relation->as.join.scope, relation->as.join.condition);
}

static void print_filter(struct printer *printer, const struct weir_relation *relation) {
    print_source(printer, relation->input);
    weir_buffer_text(&printer->out, " WHERE ");
    print_expression(printer, relation->input->columns, relation->as.filter);
}

/* Hidden columns go without saying. */
static void print_projected(struct printer *printer, const struct weir_relation *relation) {
    weir_buffer_text(&printer->out, "(SELECT ");
    for (size_t i = 0; i < relation->column_count; i++) {
        if (i == relation->unit)
            continue;
        if (i > 0)
            weir_buffer_text(&printer->out, ", ");
        print_expression(printer, relation->input->columns, relation->as.project[i]);
    }
    weir_buffer_text(&printer->out, " FROM ");
    print_source(printer, relation->input);
    weir_buffer_printf(&printer->out, ") AS q%d", relation->ordinal);
}

/* Which rows a LIMIT leaves hangs on the order. */
static void print_sorted(struct printer *printer, const struct weir_relation *relation) {
    print_source(printer, relation->input);
    for (size_t i = 0; i < relation->as.sort.key_count; i++) {
        const struct weir_sort_key *key = &relation->as.sort.keys[i];
        weir_buffer_printf(&printer->out, "%s%s%s%s", i == 0 ? " ORDER BY " : ", ",
                           relation->input->columns[key->column].label,
                           key->descending ? " DESC" : " ASC",
                           key->nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
    if (relation->as.sort.has_limit) {
        weir_buffer_text(&printer->out, " LIMIT ");
        print_number(printer, relation->as.sort.limit);
    }
    if (relation->as.sort.offset > 0) {
        weir_buffer_text(&printer->out, " OFFSET ");
        print_number(printer, relation->as.sort.offset);
    }
}

static void print_source(struct printer *printer, const struct weir_relation *relation) {
    switch (relation->kind) {
    case WEIR_RELATION_ONE_ROW:
        weir_buffer_text(&printer->out, "()");
        return;
    case WEIR_RELATION_SCAN:
        weir_buffer_text(&printer->out, relation->as.scan.label);
        return;
    case WEIR_RELATION_JOIN:
        print_join(printer, relation);
        return;
    case WEIR_RELATION_FILTER:
        print_filter(printer, relation);
        return;
    case WEIR_RELATION_WINDOW:
        print_windows(printer, relation);
        return;
    case WEIR_RELATION_AGGREGATE:
        weir_buffer_byte(&printer->out, '(');
        print_aggregation(printer, relation);
        weir_buffer_printf(&printer->out, ") AS q%d", relation->ordinal);
        return;
    case WEIR_RELATION_PROJECT:
        print_projected(printer, relation);
        return;
    case WEIR_RELATION_UNION:
        weir_buffer_byte(&printer->out, '(');
        print_source(printer, relation->input);
        weir_buffer_text(&printer->out, " UNION ALL ");
        print_source(printer, relation->as.union_right);
        weir_buffer_printf(&printer->out, ") AS q%d", relation->ordinal);
        return;
    case WEIR_RELATION_SORT:
        print_sorted(printer, relation);
        return;
    }
}

static char *finish(struct printer *printer, struct weir_arena *arena) {
    char *text = NULL;
    if (!printer->out.failed && printer->out.bytes != NULL)
        text = weir_arena_copy(arena, printer->out.bytes, printer->out.len);
    weir_buffer_free(&printer->out);
    return text;
}

char *weir_relation_print(struct weir_arena *arena, const struct weir_relation *relation,
                          bool hide_constants) {
    struct printer printer = {.hide_constants = hide_constants};
    weir_check(relation->kind == WEIR_RELATION_AGGREGATE);
    print_aggregation(&printer, relation);
    return finish(&printer, arena);
}

char *weir_expression_print(struct weir_arena *arena, const struct weir_column *scope,
                            const struct weir_expression *expression) {
    struct printer printer = {0};
    print_expression(&printer, scope, expression);
    return finish(&printer, arena);
}

char *weir_aggregate_print(struct weir_arena *arena, const struct weir_column *scope,
                           const struct weir_aggregate *aggregate) {
    struct printer printer = {0};
    print_aggregate(&printer, scope, aggregate);
    return finish(&printer, arena);
}
