/* Which columns of tables a relation uses: for the public log. */
#include "ir/ir.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { COLUMNS_MAX = 512 };

struct collector {
    struct weir_arena *arena;
    const struct weir_column *scope;
    const char **names;
    size_t count;
    bool failed;
};

static bool collect(void *state, const struct weir_expression *expression) {
    struct collector *collector = state;
    if (expression->kind != WEIR_EXPRESSION_COLUMN)
        return weir_expression_children(expression, collect, state);
    const struct weir_column *column = &collector->scope[expression->as.column];
    if (column->table == NULL || column->source == NULL)
        return true;
    const char *name = weir_arena_printf(collector->arena, "%s.%s.%s", column->table->schema,
                                         column->table->name, column->source->name);
    collector->failed = name == NULL || collector->count == COLUMNS_MAX;
    if (collector->failed)
        return false;
    for (size_t i = 0; i < collector->count; i++)
        if (strcmp(collector->names[i], name) == 0)
            return true;
    collector->names[collector->count++] = name;
    return true;
}

static void collect_list(struct collector *collector, const struct weir_expression *const *list,
                         size_t count) {
    for (size_t i = 0; i < count; i++)
        collect(collector, list[i]);
}

static void collect_windows(struct collector *collector, const struct weir_relation *relation) {
    for (size_t i = 0; i < relation->as.window.count; i++) {
        const struct weir_window *window = &relation->as.window.functions[i];
        if (window->argument != NULL)
            collect(collector, window->argument);
        collect_list(collector, window->partition, window->partition_count);
        for (size_t k = 0; k < window->order_count; k++)
            collect(collector, window->order[k].expression);
    }
}

static void collect_aggregation(struct collector *collector, const struct weir_relation *relation) {
    collect_list(collector, relation->as.aggregate.keys, relation->as.aggregate.key_count);
    for (size_t i = 0; i < relation->as.aggregate.aggregate_count; i++)
        if (relation->as.aggregate.aggregates[i].argument != NULL)
            collect(collector, relation->as.aggregate.aggregates[i].argument);
}

static void collect_relation(struct collector *collector, const struct weir_relation *relation) {
    if (relation->kind != WEIR_RELATION_ONE_ROW && relation->kind != WEIR_RELATION_SCAN)
        collector->scope = weir_relation_scope(relation);
    switch (relation->kind) {
    case WEIR_RELATION_ONE_ROW:
    case WEIR_RELATION_SCAN:
        return;
    case WEIR_RELATION_JOIN:
        if (relation->as.join.condition != NULL)
            collect(collector, relation->as.join.condition);
        collect_relation(collector, relation->as.join.right);
        break;
    case WEIR_RELATION_FILTER:
        collect(collector, relation->as.filter);
        break;
    case WEIR_RELATION_WINDOW:
        collect_windows(collector, relation);
        break;
    case WEIR_RELATION_AGGREGATE:
        collect_aggregation(collector, relation);
        break;
    case WEIR_RELATION_PROJECT:
        collect_list(collector, relation->as.project, relation->column_count);
        break;
    case WEIR_RELATION_UNION:
        collect_relation(collector, relation->as.union_right);
        break;
    case WEIR_RELATION_SORT:
        break;
    }
    collect_relation(collector, relation->input);
}

static int by_name(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

bool weir_relation_columns_used(struct weir_arena *arena, const struct weir_relation *relation,
                                const char *const **names, size_t *count) {
    struct collector collector = {.arena = arena};
    collector.names = WEIR_NEW_ARRAY(arena, COLUMNS_MAX, const char *);
    if (collector.names == NULL)
        return false;
    collect_relation(&collector, relation);
    qsort(collector.names, collector.count, sizeof *collector.names, by_name);
    *names = collector.names;
    *count = collector.count;
    return !collector.failed;
}
