/* Which values a group key can have, where that is known without looking at persons: from a
 * declared list, a public table, or the form of the expression. A row whose key lies outside is
 * counted nowhere. */
#include "privacy/passes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* ---- making domains ---- */

static int by_value(const void *left, const void *right) {
    return weir_value_compare(left, right);
}

/* Takes `values`, which has room for one more: sorts them, drops duplicates, adds NULL where it can
 * occur. */
static void close_domain(struct weir_domain *domain, struct weir_value *values, size_t count,
                         enum weir_type type, bool may_be_null) {
    if (may_be_null)
        values[count++] = weir_value_null(type);
    qsort(values, count, sizeof *values, by_value);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || weir_value_compare(&values[i], &values[kept - 1]) != 0)
            values[kept++] = values[i];
    *domain = (struct weir_domain){.declared = true, .count = kept, .values = values};
}

static weir_status copy_domain(struct weir_arena *arena, const struct weir_value *source,
                               size_t count, enum weir_type type, bool may_be_null,
                               struct weir_domain *domain) {
    struct weir_value *values = WEIR_NEW_ARRAY(arena, count + 1, struct weir_value);
    if (values == NULL)
        return WEIR_FAILED;
    if (count > 0)
        memcpy(values, source, count * sizeof *values);
    close_domain(domain, values, count, type, may_be_null);
    return WEIR_OK;
}

static weir_status whole_numbers(struct weir_arena *arena, int64_t low, int64_t high,
                                 enum weir_type type, bool may_be_null,
                                 struct weir_domain *domain) {
    size_t count = (size_t)(high - low) + 1;
    struct weir_value *values = WEIR_NEW_ARRAY(arena, count + 1, struct weir_value);
    if (values == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < count; i++)
        values[i] = weir_value_integer(type, low + (int64_t)i);
    close_domain(domain, values, count, type, may_be_null);
    return WEIR_OK;
}

static weir_status truth_values(struct weir_arena *arena, bool may_be_null,
                                struct weir_domain *domain) {
    const struct weir_value values[] = {weir_value_boolean(false), weir_value_boolean(true)};
    return copy_domain(arena, values, WEIR_COUNT(values), WEIR_TYPE_BOOLEAN, may_be_null, domain);
}

static weir_status of_table(struct weir_arena *arena, const struct weir_domain_reader *reader,
                            const struct weir_policy_table *table,
                            const struct weir_policy_column *column, bool may_be_null,
                            struct weir_domain *domain, struct weir_error *error) {
    const struct weir_value *values;
    size_t count;
    WEIR_TRY(reader->read(reader->state, arena, table, column, WEIR_DECLARED_GROUPS_MAX, &values,
                          &count, error));
    if (count > WEIR_DECLARED_GROUPS_MAX)
        return WEIR_OK;
    return copy_domain(arena, values, count, column->type, may_be_null, domain);
}

static weir_status of_column(struct weir_arena *arena, const struct weir_column *column,
                             const struct weir_domain_reader *reader, struct weir_domain *domain,
                             struct weir_error *error) {
    const struct weir_policy_column *source = column->source;
    if (source != NULL && column->table->is_public)
        return of_table(arena, reader, column->table, source, column->nullable, domain, error);
    if (source != NULL && source->values_table != NULL)
        return of_table(arena, reader, source->values_table, source->values_column,
                        column->nullable, domain, error);
    if (source != NULL && source->value_count > 0)
        return copy_domain(arena, source->values, source->value_count, column->type,
                           column->nullable, domain);
    if (column->type == WEIR_TYPE_BOOLEAN)
        return truth_values(arena, column->nullable, domain);
    return WEIR_OK;
}

static weir_status of_case(struct weir_arena *arena, const struct weir_expression *expression,
                           struct weir_domain *domain) {
    size_t count = 0, branches = expression->as.cases.count;
    struct weir_value *values = WEIR_NEW_ARRAY(arena, branches + 2, struct weir_value);
    bool may_be_null = expression->as.cases.otherwise == NULL;
    if (values == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i <= branches; i++) {
        const struct weir_expression *result =
            i < branches ? expression->as.cases.results[i] : expression->as.cases.otherwise;
        if (result == NULL)
            break;
        if (result->kind != WEIR_EXPRESSION_CONSTANT)
            return WEIR_OK;
        if (result->as.constant.is_null)
            may_be_null = true;
        else
            values[count++] = result->as.constant;
    }
    close_domain(domain, values, count, expression->type, may_be_null);
    return WEIR_OK;
}

static weir_status of_call(struct weir_arena *arena, const struct weir_column *scope,
                           const struct weir_expression *call, struct weir_domain *domain) {
    bool may_be_null = weir_expression_may_be_null(scope, call->as.call.arguments[0]);
    const struct weir_range range = weir_expression_range(scope, call);
    if (strncmp(call->as.call.function->name, "extract_", 8) == 0 && isfinite(range.low) &&
        isfinite(range.high))
        return whole_numbers(arena, (int64_t)range.low, (int64_t)range.high, call->type,
                             may_be_null, domain);
    if (strcmp(call->as.call.function->name, "width_bucket") == 0) {
        const struct weir_value *buckets = &call->as.call.arguments[3]->as.constant;
        if (buckets->is_null || buckets->as.integer > WEIR_DECLARED_GROUPS_MAX)
            return WEIR_OK;
        return whole_numbers(arena, 0, buckets->as.integer + 1, call->type, may_be_null, domain);
    }
    if (call->type == WEIR_TYPE_BOOLEAN)
        return truth_values(arena, weir_expression_may_be_null(scope, call), domain);
    return WEIR_OK;
}

weir_status weir_key_domain(struct weir_arena *arena, const struct weir_column *scope,
                            const struct weir_expression *key,
                            const struct weir_domain_reader *reader, struct weir_domain *domain,
                            struct weir_error *error) {
    *domain = (struct weir_domain){0};
    switch (key->kind) {
    case WEIR_EXPRESSION_COLUMN:
        return of_column(arena, &scope[key->as.column], reader, domain, error);
    case WEIR_EXPRESSION_CONSTANT:
        return copy_domain(arena, &key->as.constant, key->as.constant.is_null ? 0 : 1, key->type,
                           key->as.constant.is_null, domain);
    case WEIR_EXPRESSION_CALL:
        return of_call(arena, scope, key, domain);
    case WEIR_EXPRESSION_LOGIC:
        return truth_values(arena, weir_expression_may_be_null(scope, key), domain);
    case WEIR_EXPRESSION_CASE:
        return of_case(arena, key, domain);
    }
    return WEIR_OK;
}
