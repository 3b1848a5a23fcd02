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

/* "$1" is the first argument, "$*" all, "$2*" the second and later ones. */
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
        at++;
        size_t first = *at == '*' ? 0 : (size_t)(*at - '1');
        bool rest = *at == '*' || at[1] == '*';
        at += *at != '*' && rest;
        weir_check(first < count || rest);
        print_list(printer, scope, arguments + first, rest ? count - first : 1, ", ");
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

static void print_column(struct printer *printer, const struct weir_column *column) {
    if (column->table != NULL)
        weir_buffer_printf(&printer->out, "%s.%s.", column->table->schema, column->table->name);
    weir_buffer_text(&printer->out, column->source != NULL ? column->source->name : column->name);
}

static void print_expression(struct printer *printer, const struct weir_column *scope,
                             const struct weir_expression *expression) {
    switch (expression->kind) {
    case WEIR_EXPRESSION_COLUMN:
        print_column(printer, &scope[expression->as.column]);
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

static void print_source(struct printer *printer, const struct weir_relation *relation) {
    switch (relation->kind) {
    case WEIR_RELATION_ONE_ROW:
        weir_buffer_text(&printer->out, "()");
        return;
    case WEIR_RELATION_SCAN:
        weir_buffer_printf(&printer->out, "%s.%s", relation->as.scan->table->schema,
                           relation->as.scan->table->name);
        return;
    case WEIR_RELATION_JOIN:
        print_source(printer, relation->input);
        weir_buffer_text(&printer->out, relation->as.join.is_left ? " LEFT JOIN " : " JOIN ");
        print_source(printer, relation->as.join.right);
        weir_buffer_text(&printer->out, " ON ");
        print_expression(printer, relation->columns, relation->as.join.condition);
        return;
    case WEIR_RELATION_FILTER:
        print_source(printer, relation->input);
        weir_buffer_text(&printer->out, " WHERE ");
        print_expression(printer, relation->input->columns, relation->as.filter);
        return;
    case WEIR_RELATION_AGGREGATE:
    case WEIR_RELATION_PROJECT:
    case WEIR_RELATION_SORT:
        weir_buffer_byte(&printer->out, '(');
        weir_buffer_byte(&printer->out, ')');
        return;
    }
}

static void print_aggregation(struct printer *printer, const struct weir_relation *relation) {
    const struct weir_column *scope = relation->input->columns;
    size_t keys = relation->as.aggregate.key_count;
    weir_buffer_text(&printer->out, "SELECT ");
    print_list(printer, scope, relation->as.aggregate.keys, keys, ", ");
    for (size_t i = 0; i < relation->as.aggregate.aggregate_count; i++) {
        if (keys + i > 0)
            weir_buffer_text(&printer->out, ", ");
        print_aggregate(printer, scope, &relation->as.aggregate.aggregates[i]);
    }
    weir_buffer_text(&printer->out, " FROM ");
    print_source(printer, relation->input);
    if (keys > 0) {
        weir_buffer_text(&printer->out, " GROUP BY ");
        print_list(printer, scope, relation->as.aggregate.keys, keys, ", ");
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
