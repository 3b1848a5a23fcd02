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

static void collect_relation(struct collector *collector, const struct weir_relation *relation) {
    if (relation->kind == WEIR_RELATION_ONE_ROW || relation->kind == WEIR_RELATION_SCAN)
        return;
    collector->scope = weir_relation_scope(relation);
    if (relation->kind == WEIR_RELATION_FILTER)
        collect(collector, relation->as.filter);
    if (relation->kind == WEIR_RELATION_PROJECT)
        for (size_t i = 0; i < relation->column_count; i++)
            collect(collector, relation->as.project[i]);
    if (relation->kind == WEIR_RELATION_AGGREGATE) {
        for (size_t i = 0; i < relation->as.aggregate.key_count; i++)
            collect(collector, relation->as.aggregate.keys[i]);
        for (size_t i = 0; i < relation->as.aggregate.aggregate_count; i++)
            if (relation->as.aggregate.aggregates[i].argument != NULL)
                collect(collector, relation->as.aggregate.aggregates[i].argument);
    }
    if (relation->kind == WEIR_RELATION_JOIN) {
        collect(collector, relation->as.join.condition);
        collect_relation(collector, relation->as.join.right);
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
