/* GROUP BY: keys and aggregates into an AGGREGATE. Grouped by a person's key it stays a table of
 * persons, one group never mixing two of them: the unit itself becomes a key. */
#include "sql/bind_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct sortable {
    const char *text;
    size_t place;
};

static int by_text(const void *left, const void *right) {
    return strcmp(((const struct sortable *)left)->text, ((const struct sortable *)right)->text);
}

static bool leads_to_unit(const struct binder *binder, const struct grouping *grouping) {
    if (binder->from->unit == WEIR_NO_UNIT)
        return false;
    for (size_t i = 0; i < grouping->key_count; i++) {
        bound key = grouping->keys[i];
        if (key->kind == WEIR_EXPRESSION_COLUMN &&
            weir_column_identity(&binder->scope[key->as.column]) != NULL)
            return true;
    }
    return false;
}

static weir_status order_keys(struct binder *binder, struct grouping *grouping) {
    struct weir_relation *relation = grouping->relation;
    struct sortable items[KEYS_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < grouping->key_count; i++) {
        items[i].place = i;
        items[i].text = weir_expression_print(binder->arena, binder->scope, grouping->keys[i]);
        if (items[i].text == NULL)
            return WEIR_FAILED;
    }
    qsort(items, grouping->key_count, sizeof *items, by_text);
    for (size_t i = 0; i < grouping->key_count; i++) {
        if (i > 0 && strcmp(items[i].text, items[i - 1].text) == 0)
            continue;
        grouping->key_texts[kept] = items[i].text;
        relation->as.aggregate.keys[kept++] = grouping->keys[items[i].place];
    }
    grouping->key_count = kept;
    return WEIR_OK;
}

static weir_status add_unit(struct binder *binder, struct grouping *grouping) {
    struct weir_relation *relation = grouping->relation;
    bound unit = weir_bind_place(binder, binder->from->unit, WEIR_TYPE_BIGINT, -1);
    if (unit == NULL)
        return WEIR_FAILED;
    relation->as.aggregate.is_within_units = true;
    relation->unit = grouping->key_count;
    relation->as.aggregate.keys[grouping->key_count] = unit;
    grouping->key_texts[grouping->key_count++] = ""; /* no expression of a question prints so */
    return WEIR_OK;
}

static weir_status order_aggregates(struct binder *binder, struct grouping *grouping) {
    struct weir_relation *relation = grouping->relation;
    struct sortable items[AGGREGATES_MAX];
    for (size_t i = 0; i < binder->aggregate_count; i++) {
        items[i].place = i;
        items[i].text = weir_aggregate_print(binder->arena, binder->scope, &binder->aggregates[i]);
        if (items[i].text == NULL)
            return WEIR_FAILED;
    }
    qsort(items, binder->aggregate_count, sizeof *items, by_text);
    for (size_t i = 0; i < binder->aggregate_count; i++) {
        relation->as.aggregate.aggregates[i] = binder->aggregates[items[i].place];
        grouping->aggregate_order[items[i].place] = i;
    }
    relation->as.aggregate.aggregate_count = binder->aggregate_count;
    return WEIR_OK;
}

/* What is known of an aggregate's values. */
static struct weir_column aggregate_column(const struct binder *binder,
                                           const struct weir_aggregate *aggregate) {
    const double infinite = __builtin_inf();
    struct weir_column column = {
        .type = aggregate->type, .nullable = true, .range = {-infinite, infinite}};
    struct weir_range argument = {-infinite, infinite};
    if (aggregate->argument != NULL) {
        argument = weir_expression_range(binder->scope, aggregate->argument);
        column.scale = weir_expression_scale(binder->scope, aggregate->argument);
    }
    switch (aggregate->kind) {
    case WEIR_AGGREGATE_COUNT_ROWS:
    case WEIR_AGGREGATE_COUNT:
    case WEIR_AGGREGATE_COUNT_UNITS:
    case WEIR_AGGREGATE_COUNT_DISTINCT:
        column.nullable = false;
        column.range.low = 0;
        break;
    case WEIR_AGGREGATE_SUM:
        column.range.low = argument.low >= 0 ? 0 : -infinite;
        column.range.high = argument.high <= 0 ? 0 : infinite;
        break;
    case WEIR_AGGREGATE_AVG:
    case WEIR_AGGREGATE_MIN:
    case WEIR_AGGREGATE_MAX:
        column.range = argument;
        break;
    }
    return column;
}

static weir_status describe_columns(struct binder *binder, struct weir_relation *relation) {
    size_t keys = relation->as.aggregate.key_count;
    size_t count = relation->as.aggregate.aggregate_count;
    for (size_t i = 0; i < relation->column_count; i++) {
        const char *label = weir_arena_printf(binder->arena, "q%d.%c%zu", relation->ordinal,
                                              i < keys ? 'k' : 'a', i);
        if (label == NULL)
            return WEIR_FAILED;
        if (i < keys) {
            bound key = relation->as.aggregate.keys[i];
            bool is_column = key->kind == WEIR_EXPRESSION_COLUMN;
            relation->columns[i] = weir_column_of(
                binder->scope, key, NULL, is_column ? binder->scope[key->as.column].label : label);
        } else if (i < keys + count) {
            relation->columns[i] =
                aggregate_column(binder, &relation->as.aggregate.aggregates[i - keys]);
            relation->columns[i].label = label;
        } else {
            relation->columns[i] =
                (struct weir_column){.label = label, .type = WEIR_TYPE_DOUBLE, .nullable = true};
        }
    }
    return WEIR_OK;
}

weir_status weir_bind_group(struct binder *binder, struct grouping *grouping) {
    size_t count = binder->aggregate_count;
    bool within = leads_to_unit(binder, grouping);
    struct weir_relation *group = weir_bind_relation(binder, WEIR_RELATION_AGGREGATE, binder->from,
                                                     grouping->key_count + 1 + 2 * count);
    if (group == NULL)
        return WEIR_FAILED;
    grouping->relation = group;
    group->ordinal = ++binder->counts->ordinals;
    group->position = binder->from->position;
    group->as.aggregate.keys = WEIR_NEW_ARRAY(binder->arena, grouping->key_count + 1, bound);
    group->as.aggregate.aggregates = WEIR_NEW_ARRAY(binder->arena, count, struct weir_aggregate);
    if (group->as.aggregate.keys == NULL || group->as.aggregate.aggregates == NULL)
        return WEIR_FAILED;
    WEIR_TRY(order_keys(binder, grouping));
    if (within)
        WEIR_TRY(add_unit(binder, grouping));
    group->as.aggregate.key_count = grouping->key_count;
    WEIR_TRY(order_aggregates(binder, grouping));
    group->column_count = grouping->key_count + 2 * count;
    return describe_columns(binder, group);
}
