/* The statements of a release: exact sums by group, or rows for the bounding operator. */
#include "exec/release_private.h"

#include "sql/emit.h"

#include <math.h>

#include "base/banned.h"

static void text(struct weir_emission *emission, const char *part) {
    weir_buffer_text(&emission->sql, part);
}

/* A value that counts: NaN is absent, as NULL is. */
static void emit_present(struct weir_emission *emission, const struct weir_expression *argument) {
    if (argument->type != WEIR_TYPE_DOUBLE) {
        weir_emit_expression(emission, argument);
        return;
    }
    text(emission, "weir_number(");
    weir_emit_expression(emission, argument);
    text(emission, ")");
}

/* An end of the range in the argument's own type. */
static void emit_end(struct weir_emission *emission, const struct weir_measure *measure,
                     int64_t raw) {
    if (measure->argument->type == WEIR_TYPE_DOUBLE)
        weir_buffer_printf(&emission->sql, "CAST('%.17g' AS DOUBLE)",
                           (double)raw * measure->contribution.raw_unit);
    else if (measure->decimal_scale >= 0)
        weir_buffer_printf(&emission->sql, "CAST('%llde-%d' AS DECIMAL(38, %d))", (long long)raw,
                           measure->decimal_scale, measure->decimal_scale);
    else
        weir_buffer_printf(&emission->sql, "CAST(%lld AS BIGINT)", (long long)raw);
}

/* The sum of clamped values in whole raw units. DECIMALs keep their digits; doubles are cut to
 * whole units first, so that no float is summed and the order of rows cannot show. */
static void emit_sum(struct weir_emission *emission, const struct weir_measure *measure) {
    const struct weir_contribution *contribution = &measure->contribution;
    bool is_double = measure->argument->type == WEIR_TYPE_DOUBLE;
    text(emission, is_double ? "sum(CAST(round(" : "sum(");
    text(emission, measure->decimal_scale >= 0 ? "weir_clamp(TRY_CAST(" : "weir_clamp(");
    emit_present(emission, measure->argument);
    if (measure->decimal_scale >= 0)
        weir_buffer_printf(&emission->sql, " AS DECIMAL(38, %d))", measure->decimal_scale);
    text(emission, ", ");
    emit_end(emission, measure, contribution->low);
    text(emission, ", ");
    emit_end(emission, measure, contribution->high);
    text(emission, ")");
    if (is_double)
        weir_buffer_printf(&emission->sql, " / CAST('%.17g' AS DOUBLE)) AS BIGINT)",
                           contribution->raw_unit);
    text(emission, ")");
}

static void emit_measure(struct weir_emission *emission, const struct weir_measure *measure) {
    switch (measure->kind) {
    case WEIR_MEASURE_ROWS:
    case WEIR_MEASURE_PEOPLE: /* of one row each */
        text(emission, "count(*)");
        return;
    case WEIR_MEASURE_NOT_NULL:
        text(emission, "count(");
        emit_present(emission, measure->argument);
        text(emission, ")");
        return;
    case WEIR_MEASURE_SUM:
        emit_sum(emission, measure);
        return;
    }
}

static struct weir_release_sql finish(struct weir_emission *emission) {
    struct weir_release_sql sql = {.constants = emission->constants,
                                   .constant_count = emission->constant_count};
    sql.text = weir_emission_finish(emission);
    return sql;
}

struct weir_release_sql weir_release_sums_sql(struct weir_arena *arena,
                                              const struct weir_release_plan *plan) {
    struct weir_emission emission = {.arena = arena};
    text(&emission, "SELECT ");
    for (size_t i = 0; i < plan->key_count; i++) {
        weir_emit_expression(&emission, plan->release->as.aggregate.keys[i]);
        text(&emission, ", ");
    }
    for (size_t i = 0; i < plan->measure_count; i++) {
        text(&emission, i == 0 ? "" : ", ");
        emit_measure(&emission, &plan->measures[i]);
    }
    text(&emission, plan->measure_count == 0 ? "0 FROM (" : " FROM (");
    weir_emit_relation(&emission, plan->release->input);
    text(&emission, plan->key_count == 0 ? ")" : ") GROUP BY ");
    for (size_t i = 0; i < plan->key_count; i++)
        weir_buffer_printf(&emission.sql, "%s%zu", i == 0 ? "" : ", ", i + 1);
    return finish(&emission);
}

struct weir_release_sql weir_release_feed_sql(struct weir_arena *arena,
                                              const struct weir_release_plan *plan) {
    struct weir_emission emission = {.arena = arena};
    size_t column = 0;
    weir_buffer_printf(&emission.sql, "SELECT c%zu AS c%zu", plan->release->input->unit, column++);
    for (size_t i = 0; i < plan->key_count; i++) {
        text(&emission, ", ");
        weir_emit_expression(&emission, plan->release->as.aggregate.keys[i]);
        weir_buffer_printf(&emission.sql, " AS c%zu", column++);
    }
    for (size_t i = 0; i < plan->measure_count; i++)
        if (plan->measures[i].argument != NULL) {
            text(&emission, ", ");
            weir_emit_expression(&emission, plan->measures[i].argument);
            weir_buffer_printf(&emission.sql, " AS c%zu", column++);
        }
    text(&emission, " FROM (");
    weir_emit_relation(&emission, plan->release->input);
    text(&emission, ")");
    return finish(&emission);
}
