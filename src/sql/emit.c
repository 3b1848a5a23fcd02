/* Relations and expressions as the engine's SQL. */
#include "sql/emit.h"

#include <string.h>

#include "base/banned.h"

static void text(struct weir_emission *emission, const char *part) {
    weir_buffer_text(&emission->sql, part);
}

void weir_emit_identifier(struct weir_emission *emission, const char *name) {
    weir_buffer_byte(&emission->sql, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            weir_buffer_byte(&emission->sql, '"');
        weir_buffer_byte(&emission->sql, (unsigned char)*name);
    }
    weir_buffer_byte(&emission->sql, '"');
}

/* ---- expressions ---- */

/* A join's condition reads its two sides; elsewhere there is one input. */
struct scope {
    bool is_join;
    size_t left_count;
};

static void expression(struct weir_emission *emission, struct scope scope,
                       const struct weir_expression *node);

static bool grow_constants(struct weir_emission *emission) {
    if (emission->constant_count < emission->constant_room)
        return true;
    size_t room = emission->constant_room == 0 ? 16 : 2 * emission->constant_room;
    struct weir_value *grown = WEIR_NEW_ARRAY(emission->arena, room, struct weir_value);
    if (grown == NULL) {
        emission->failed = true;
        return false;
    }
    if (emission->constant_count > 0)
        memcpy(grown, emission->constants, emission->constant_count * sizeof *grown);
    emission->constants = grown;
    emission->constant_room = room;
    return true;
}

/* A decimal no wider than it must be: the engine compares those of up to 18 digits fastest. */
static void type_of(struct weir_emission *emission, const struct weir_value *value) {
    if (value->type != WEIR_TYPE_NUMERIC) {
        text(emission, weir_type_name(value->type));
        return;
    }
    const weir_int128 limit = 1000000000000000000;
    bool is_narrow = value->as.numeric.scale <= 18 && value->as.numeric.digits < limit &&
                     value->as.numeric.digits > -limit;
    weir_buffer_printf(&emission->sql, "DECIMAL(%d, %d)", is_narrow ? 18 : 38,
                       value->as.numeric.scale);
}

/* Texts, and dates that two printers may spell in two ways. */
static bool is_bound(const struct weir_value *value) {
    const int64_t day = 86400000000, first = weir_days_from_civil(1, 1, 1),
                  last = weir_days_from_civil(9999, 12, 31);
    if (value->is_null)
        return false;
    if (value->type == WEIR_TYPE_DATE)
        return value->as.integer < first || value->as.integer > last;
    if (value->type == WEIR_TYPE_TIMESTAMP)
        return value->as.integer < first * day || value->as.integer > last * day;
    return value->type == WEIR_TYPE_TEXT || value->type == WEIR_TYPE_BLOB;
}

/* The type is said, so that the engine resolves functions as the binder did. Numbers and dates are
 * written out, as our own printer spells them, so that the engine can plan with them; the rest is
 * bound. */
static void constant(struct weir_emission *emission, const struct weir_value *value) {
    bool binds = is_bound(value);
    if (binds && !grow_constants(emission))
        return;
    text(emission, "CAST(");
    if (binds) {
        emission->constants[emission->constant_count++] = *value;
        weir_buffer_printf(&emission->sql, "$%zu", emission->constant_count);
    } else if (value->is_null) {
        text(emission, "NULL");
    } else {
        text(emission, "'");
        weir_value_print(value, &emission->sql);
        text(emission, "'");
    }
    text(emission, " AS ");
    type_of(emission, value);
    text(emission, ")");
}

static void column(struct weir_emission *emission, struct scope scope, size_t place) {
    if (!scope.is_join)
        weir_buffer_printf(&emission->sql, "c%zu", place);
    else if (place < scope.left_count)
        weir_buffer_printf(&emission->sql, "l.c%zu", place);
    else
        weir_buffer_printf(&emission->sql, "r.c%zu", place - scope.left_count);
}

static void list(struct weir_emission *emission, struct scope scope,
                 const struct weir_expression *const *nodes, size_t count, const char *separator) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text(emission, separator);
        expression(emission, scope, nodes[i]);
    }
}

static void call(struct weir_emission *emission, struct scope scope,
                 const struct weir_expression *node) {
    size_t count = node->as.call.count;
    for (const char *at = node->as.call.function->duckdb; *at != '\0'; at++) {
        if (*at != '$') {
            weir_buffer_byte(&emission->sql, (unsigned char)*at);
            continue;
        }
        size_t first, number = weir_function_placeholder(&at, count, &first);
        list(emission, scope, node->as.call.arguments + first, number, ", ");
    }
}

/* Decimals of different scales meet in one type that may be too narrow for some value: then NULL.
 */
static void cases(struct weir_emission *emission, struct scope scope,
                  const struct weir_expression *node) {
    text(emission, node->type == WEIR_TYPE_NUMERIC ? "TRY(CASE" : "CASE");
    for (size_t i = 0; i < node->as.cases.count; i++) {
        text(emission, " WHEN ");
        expression(emission, scope, node->as.cases.conditions[i]);
        text(emission, " THEN ");
        expression(emission, scope, node->as.cases.results[i]);
    }
    if (node->as.cases.otherwise != NULL) {
        text(emission, " ELSE ");
        expression(emission, scope, node->as.cases.otherwise);
    }
    text(emission, node->type == WEIR_TYPE_NUMERIC ? " END)" : " END");
}

static void expression(struct weir_emission *emission, struct scope scope,
                       const struct weir_expression *node) {
    switch (node->kind) {
    case WEIR_EXPRESSION_COLUMN:
        column(emission, scope, node->as.column);
        return;
    case WEIR_EXPRESSION_CONSTANT:
        constant(emission, &node->as.constant);
        return;
    case WEIR_EXPRESSION_CALL:
        call(emission, scope, node);
        return;
    case WEIR_EXPRESSION_LOGIC:
        text(emission, "(");
        list(emission, scope, node->as.logic.conditions, node->as.logic.count,
             node->as.logic.is_or ? " OR " : " AND ");
        text(emission, ")");
        return;
    case WEIR_EXPRESSION_CASE:
        cases(emission, scope, node);
        return;
    }
}

void weir_emit_expression(struct weir_emission *emission, const struct weir_expression *node) {
    expression(emission, (struct scope){0}, node);
}

/* ---- relations ---- */

static void input(struct weir_emission *emission, const struct weir_relation *relation) {
    text(emission, "(");
    weir_emit_relation(emission, relation);
    text(emission, ")");
}

static void columns(struct weir_emission *emission, struct scope scope, size_t count) {
    for (size_t i = 0; i < count; i++) {
        text(emission, i == 0 ? "" : ", ");
        column(emission, scope, i);
        weir_buffer_printf(&emission->sql, " AS c%zu", i);
    }
}

static void scan(struct weir_emission *emission, const struct weir_relation *relation) {
    const struct weir_catalog_table *table = relation->as.scan.table;
    text(emission, "SELECT ");
    for (size_t i = 0; i < relation->column_count; i++) {
        text(emission, i == 0 ? "" : ", ");
        weir_emit_identifier(emission, i == relation->unit ? "weir_unit" : table->columns[i]->name);
        weir_buffer_printf(&emission->sql, " AS c%zu", i);
    }
    text(emission, " FROM ");
    weir_emit_identifier(emission, table->table->schema);
    text(emission, ".");
    weir_emit_identifier(emission, table->table->name);
}

static void join(struct weir_emission *emission, const struct weir_relation *relation) {
    static const char *const names[] = {[WEIR_JOIN_INNER] = " AS l JOIN ",
                                        [WEIR_JOIN_LEFT] = " AS l LEFT JOIN ",
                                        [WEIR_JOIN_SEMI] = " AS l SEMI JOIN ",
                                        [WEIR_JOIN_ANTI] = " AS l ANTI JOIN "};
    struct scope scope = {true, relation->input->column_count};
    text(emission, "SELECT ");
    columns(emission, scope, relation->column_count);
    text(emission, " FROM ");
    input(emission, relation->input);
    text(emission, names[relation->as.join.kind]);
    input(emission, relation->as.join.right);
    text(emission, " AS r ON ");
    if (relation->as.join.condition == NULL)
        text(emission, "TRUE");
    else
        expression(emission, scope, relation->as.join.condition);
}

/* ---- windows ---- */

/* What is added up of doubles within a unit: exact decimals, since a sum of doubles depends on the
 * order of rows, which those of others decide. Ten digits after the point, eighteen before it, and
 * room for 10^10 rows; what does not fit is absent. */
static void begin_exact(struct weir_emission *emission) {
    text(emission, "TRY_CAST(");
}

static void end_exact(struct weir_emission *emission) {
    text(emission, " AS DECIMAL(28, 10))");
}

static bool adds_doubles(const struct weir_window *window) {
    return (window->kind == WEIR_WINDOW_SUM || window->kind == WEIR_WINDOW_AVG) &&
           window->argument->type == WEIR_TYPE_DOUBLE;
}

static void window_call(struct weir_emission *emission, const struct weir_window *window) {
    static const char *const names[] = {
#define WINDOW_FUNCTION(kind, name, arguments) [WEIR_WINDOW_##kind] = name "(",
#include "ir/windows.def"
#undef WINDOW_FUNCTION
    };
    text(emission, names[window->kind]);
    if (adds_doubles(window))
        begin_exact(emission);
    if (window->argument != NULL)
        weir_emit_expression(emission, window->argument);
    if (adds_doubles(window))
        end_exact(emission);
    if (window->kind == WEIR_WINDOW_COUNT && window->argument == NULL)
        text(emission, "*");
    if (window->kind == WEIR_WINDOW_LAG || window->kind == WEIR_WINDOW_LEAD)
        weir_buffer_printf(&emission->sql, ", %lld", (long long)window->distance);
    text(emission, ")");
}

/* Which of the rows that its order leaves equal comes first decides what such a function gives. */
static bool tells_ties_apart(enum weir_window_kind kind) {
    switch (kind) {
    case WEIR_WINDOW_ROW_NUMBER:
    case WEIR_WINDOW_LAG:
    case WEIR_WINDOW_LEAD:
    case WEIR_WINDOW_FIRST_VALUE:
    case WEIR_WINDOW_LAST_VALUE:
        return true;
    case WEIR_WINDOW_RANK:
    case WEIR_WINDOW_DENSE_RANK:
    case WEIR_WINDOW_COUNT:
    case WEIR_WINDOW_SUM:
    case WEIR_WINDOW_AVG:
    case WEIR_WINDOW_MIN:
    case WEIR_WINDOW_MAX:
        return false;
    }
    return true;
}

static void partition_by(struct weir_emission *emission, bool *begun) {
    text(emission, *begun ? ", " : "PARTITION BY ");
    *begun = true;
}

static void order_by(struct weir_emission *emission, const struct weir_window_order *order) {
    weir_emit_expression(emission, order->expression);
    text(emission, order->descending ? " DESC" : " ASC");
    text(emission, order->nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

/* A partition never holds two persons: their unit is part of it. Nor does the order of a person's
 * rows depend on the rows of others, as the engine's own would: ties are broken by all columns,
 * then by the number that window() gives rows that are equal in all. The frame of last_value ends
 * with the rows that tie with the current one, among which it takes the last. */
static void over(struct weir_emission *emission, const struct weir_relation *relation,
                 const struct weir_window *window) {
    bool breaks_ties = tells_ties_apart(window->kind),
         is_last = window->kind == WEIR_WINDOW_LAST_VALUE;
    bool begun = false;
    text(emission, " OVER (");
    if (relation->unit != WEIR_NO_UNIT) {
        partition_by(emission, &begun);
        weir_buffer_printf(&emission->sql, "c%zu", relation->unit);
    }
    for (size_t i = 0; i < window->partition_count; i++) {
        partition_by(emission, &begun);
        weir_emit_expression(emission, window->partition[i]);
    }
    for (size_t i = 0; is_last && i < window->order_count; i++) {
        partition_by(emission, &begun);
        weir_emit_expression(emission, window->order[i].expression);
    }
    begun = false;
    for (size_t i = 0; !is_last && i < window->order_count; i++, begun = true) {
        text(emission, begun ? ", " : " ORDER BY ");
        order_by(emission, &window->order[i]);
    }
    for (size_t i = 0; breaks_ties && i < relation->input->column_count; i++, begun = true)
        weir_buffer_printf(&emission->sql, "%sc%zu ASC NULLS LAST", begun ? ", " : " ORDER BY ", i);
    text(emission, breaks_ties ? ", tie" : "");
    text(emission, is_last ? " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)" : ")");
}

/* Which of rows that are equal in all columns gets which number is open, and nobody's to see: but
 * all functions of one row must see the same one. */
static void numbered_input(struct weir_emission *emission, const struct weir_relation *relation) {
    bool needs_ties = false;
    for (size_t i = 0; i < relation->as.window.count; i++)
        needs_ties |= tells_ties_apart(relation->as.window.functions[i].kind);
    if (!needs_ties) {
        input(emission, relation->input);
        return;
    }
    text(emission, "(SELECT *, row_number() OVER (");
    for (size_t i = 0; i < relation->input->column_count; i++)
        weir_buffer_printf(&emission->sql, "%sc%zu", i == 0 ? "PARTITION BY " : ", ", i);
    text(emission, ") AS tie FROM ");
    input(emission, relation->input);
    text(emission, ")");
}

/* Without an order all rows tie, and all are first. The engine's own dense_rank can fail there. */
static bool is_first(const struct weir_window *window) {
    return window->order_count == 0 &&
           (window->kind == WEIR_WINDOW_RANK || window->kind == WEIR_WINDOW_DENSE_RANK);
}

/* A sum that is too large is NULL. */
static void window(struct weir_emission *emission, const struct weir_relation *relation) {
    size_t first = relation->input->column_count;
    text(emission, "SELECT ");
    columns(emission, (struct scope){0}, first);
    for (size_t i = 0; i < relation->as.window.count; i++) {
        const struct weir_window *function = &relation->as.window.functions[i];
        if (is_first(function)) {
            weir_buffer_printf(&emission->sql, ", CAST(1 AS BIGINT) AS c%zu", first + i);
            continue;
        }
        enum weir_type type = relation->columns[first + i].type;
        bool is_sum = function->kind == WEIR_WINDOW_SUM;
        bool is_finite = is_sum || function->kind == WEIR_WINDOW_AVG;
        text(emission, is_sum && type == WEIR_TYPE_BIGINT      ? ", TRY_CAST("
                       : is_finite && type == WEIR_TYPE_DOUBLE ? ", CAST("
                                                               : ", (");
        window_call(emission, function);
        over(emission, relation, function);
        text(emission, is_sum && type == WEIR_TYPE_BIGINT      ? " AS BIGINT)"
                       : is_finite && type == WEIR_TYPE_DOUBLE ? " AS DOUBLE)"
                                                               : ")");
        weir_buffer_printf(&emission->sql, " AS c%zu", first + i);
    }
    text(emission, " FROM ");
    numbered_input(emission, relation);
}

/* ---- groups ---- */

/* Exact: over public rows, within one unit, or over what is released. A sum that is too large is
 * NULL. */
static void exact_aggregate(struct weir_emission *emission, const struct weir_column *scope,
                            const struct weir_aggregate *aggregate, bool is_within_units) {
    static const char *const forms[] = {
        [WEIR_AGGREGATE_COUNT_ROWS] = "count(*",
        [WEIR_AGGREGATE_COUNT] = "count(",
        [WEIR_AGGREGATE_COUNT_UNITS] = "count(DISTINCT ",
        [WEIR_AGGREGATE_COUNT_DISTINCT] = "count(DISTINCT ",
        [WEIR_AGGREGATE_SUM] = "sum(",
        [WEIR_AGGREGATE_AVG] = "avg(",
        [WEIR_AGGREGATE_MIN] = "min(",
        [WEIR_AGGREGATE_MAX] = "max(",
    };
    bool adds = aggregate->kind == WEIR_AGGREGATE_SUM || aggregate->kind == WEIR_AGGREGATE_AVG;
    bool is_whole = adds && aggregate->type == WEIR_TYPE_BIGINT;
    bool is_decimal = adds && aggregate->argument->type == WEIR_TYPE_NUMERIC;
    bool is_exact = adds && is_within_units && aggregate->argument->type == WEIR_TYPE_DOUBLE;
    text(emission, is_whole                                      ? "TRY_CAST("
                   : is_exact                                    ? "(CAST("
                   : adds && aggregate->type == WEIR_TYPE_DOUBLE ? "weir_finite("
                                                                 : "(");
    text(emission, forms[aggregate->kind]);
    text(emission, is_decimal ? "TRY_CAST(" : "");
    if (is_exact)
        begin_exact(emission);
    if (aggregate->argument != NULL)
        weir_emit_expression(emission, aggregate->argument);
    if (is_exact)
        end_exact(emission);
    if (is_decimal) { /* so many of 18 digits that they overflow 38 cannot be */
        int scale = weir_expression_scale(scope, aggregate->argument);
        weir_buffer_printf(&emission->sql, " AS DECIMAL(%d, %d))", scale > 18 ? 38 : 18, scale);
    }
    text(emission, is_whole ? ") AS BIGINT)" : is_exact ? ") AS DOUBLE))" : "))");
}

static void aggregate(struct weir_emission *emission, const struct weir_relation *relation) {
    size_t keys = relation->as.aggregate.key_count;
    size_t count = relation->as.aggregate.aggregate_count;
    if (relation == emission->release) {
        text(emission, "SELECT * FROM release");
        return;
    }
    text(emission, "SELECT ");
    for (size_t i = 0; i < keys + 2 * count; i++) {
        text(emission, i == 0 ? "" : ", ");
        if (i < keys)
            weir_emit_expression(emission, relation->as.aggregate.keys[i]);
        else if (i < keys + count)
            exact_aggregate(emission, relation->input->columns,
                            &relation->as.aggregate.aggregates[i - keys],
                            relation->as.aggregate.is_within_units);
        else /* nothing public is noisy; of what is released, the error is not known */
            text(emission, relation->ownership == WEIR_OWNED_BY_NONE ? "CAST(0 AS DOUBLE)"
                                                                     : "CAST(NULL AS DOUBLE)");
        weir_buffer_printf(&emission->sql, " AS c%zu", i);
    }
    text(emission, keys + count == 0 ? "1 AS unused FROM " : " FROM ");
    input(emission, relation->input);
    text(emission, keys == 0 ? "" : " GROUP BY ");
    for (size_t i = 0; i < keys; i++)
        weir_buffer_printf(&emission->sql, "%s%zu", i == 0 ? "" : ", ", i + 1);
}

static void project(struct weir_emission *emission, const struct weir_relation *relation) {
    text(emission, "SELECT ");
    for (size_t i = 0; i < relation->column_count; i++) {
        text(emission, i == 0 ? "" : ", ");
        weir_emit_expression(emission, relation->as.project[i]);
        weir_buffer_printf(&emission->sql, " AS c%zu", i);
    }
    text(emission, " FROM ");
    input(emission, relation->input);
}

/* Ties are broken by the columns shown, so that the order tells nothing of the storage. */
static void sort(struct weir_emission *emission, const struct weir_relation *relation) {
    text(emission, "SELECT ");
    for (size_t i = 0; i < relation->column_count; i++)
        weir_buffer_printf(&emission->sql, "%sc%zu", i == 0 ? "" : ", ", i);
    text(emission, " FROM ");
    input(emission, relation->input);
    text(emission, " ORDER BY ");
    for (size_t i = 0; i < relation->as.sort.key_count; i++) {
        const struct weir_sort_key *key = &relation->as.sort.keys[i];
        weir_buffer_printf(&emission->sql, "c%zu %s NULLS %s, ", key->column,
                           key->descending ? "DESC" : "ASC", key->nulls_first ? "FIRST" : "LAST");
    }
    for (size_t i = 0; i < relation->column_count; i++)
        weir_buffer_printf(&emission->sql, "%sc%zu ASC NULLS LAST", i == 0 ? "" : ", ", i);
    if (relation->as.sort.has_limit)
        weir_buffer_printf(&emission->sql, " LIMIT %lld", (long long)relation->as.sort.limit);
    if (relation->as.sort.offset > 0)
        weir_buffer_printf(&emission->sql, " OFFSET %lld", (long long)relation->as.sort.offset);
}

void weir_emit_relation(struct weir_emission *emission, const struct weir_relation *relation) {
    switch (relation->kind) {
    case WEIR_RELATION_ONE_ROW:
        text(emission, "SELECT 1 AS unused");
        return;
    case WEIR_RELATION_SCAN:
        scan(emission, relation);
        return;
    case WEIR_RELATION_JOIN:
        join(emission, relation);
        return;
    case WEIR_RELATION_FILTER:
        text(emission, "SELECT * FROM ");
        input(emission, relation->input);
        text(emission, " WHERE ");
        weir_emit_expression(emission, relation->as.filter);
        return;
    case WEIR_RELATION_WINDOW:
        window(emission, relation);
        return;
    case WEIR_RELATION_AGGREGATE:
        aggregate(emission, relation);
        return;
    case WEIR_RELATION_PROJECT:
        project(emission, relation);
        return;
    case WEIR_RELATION_UNION:
        weir_emit_relation(emission, relation->input);
        text(emission, " UNION ALL ");
        weir_emit_relation(emission, relation->as.union_right);
        return;
    case WEIR_RELATION_SORT:
        sort(emission, relation);
        return;
    }
}

const char *weir_emission_finish(struct weir_emission *emission) {
    const char *sql = NULL;
    if (!emission->failed && !emission->sql.failed && emission->sql.bytes != NULL)
        sql = weir_arena_copy(emission->arena, emission->sql.bytes, emission->sql.len);
    weir_buffer_free(&emission->sql);
    return sql;
}
