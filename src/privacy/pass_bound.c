/* How much one person can move each number: the measures of a release, with the domains of its
 * keys.
 *
 * Neighbours differ by all rows of one unit: in the release's input those that pass_unit has traced
 * to it, and no others. Each measure is a vector over the groups; one unit moves it by at most tau
 * in L2 norm:
 *  - where no unit has more than one row, that row lies in one group and adds 1 to a count, or a
 *    value clamped to its declared range to a sum: tau is the largest such contribution
 *    (bound/contribution.h);
 *  - else each unit's vector is scaled down to tau (bound/bounder.h), which the policy gives (BOUND
 *    n ROWS) or is chosen privately (exec/choose_tau.c). */
#include "privacy/passes.h"
#include "bound/bounder.h"
#include "sql/statement.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

struct bounding {
    struct weir_arena *arena;
    const char *text;
    const struct weir_column *scope;
    struct weir_release_plan *plan;
    struct weir_error *error;
};

/* ---- measures ---- */

static bool same_argument(const struct bounding *bounding, const struct weir_expression *left,
                          const struct weir_expression *right) {
    if (left == NULL || right == NULL)
        return left == right;
    const char *a = weir_expression_print(bounding->arena, bounding->scope, left);
    const char *b = weir_expression_print(bounding->arena, bounding->scope, right);
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Equal vectors are noised once. */
static size_t add_measure(struct bounding *bounding, const struct weir_measure *measure) {
    struct weir_release_plan *plan = bounding->plan;
    for (size_t i = 0; i < plan->measure_count; i++)
        if (plan->measures[i].kind == measure->kind &&
            plan->measures[i].contribution.centre == measure->contribution.centre &&
            same_argument(bounding, plan->measures[i].argument, measure->argument))
            return i;
    plan->measures[plan->measure_count] = *measure;
    return plan->measure_count++;
}

static size_t add_rows(struct bounding *bounding) {
    const struct weir_measure rows = {.kind = WEIR_MEASURE_ROWS,
                                      .contribution = weir_contribution_of_rows(),
                                      .decimal_scale = -1};
    return add_measure(bounding, &rows);
}

static size_t add_values(struct bounding *bounding, const struct weir_expression *argument) {
    if (!weir_expression_may_be_null(bounding->scope, argument))
        return add_rows(bounding);
    const struct weir_measure values = {.kind = WEIR_MEASURE_NOT_NULL,
                                        .argument = argument,
                                        .contribution = weir_contribution_of_rows(),
                                        .decimal_scale = -1};
    return add_measure(bounding, &values);
}

/* With one row a unit, rows are people. */
static size_t add_people(struct bounding *bounding) {
    const struct weir_measure people = {.kind = WEIR_MEASURE_PEOPLE,
                                        .contribution = weir_contribution_of_rows(),
                                        .decimal_scale = -1};
    return bounding->plan->one_row ? add_rows(bounding) : add_measure(bounding, &people);
}

/* ---- sums ---- */

static weir_status refuse_unbounded(struct bounding *bounding,
                                    const struct weir_aggregate *aggregate) {
    const struct weir_expression *argument = aggregate->argument;
    const char *shown = weir_expression_print(bounding->arena, bounding->scope, argument);
    if (shown == NULL)
        return WEIR_FAILED;
    weir_fail(bounding->error, WEIR_ERROR_REFUSED,
              "the policy declares no RANGE for %.200s, so one person could change this number "
              "without limit",
              shown);
    weir_error_hint(bounding->error, "Bound it yourself: greatest(low, least(value, high)).");
    return weir_error_at(bounding->error, weir_sql_position(bounding->text, aggregate->position));
}

static weir_status refuse_wide(struct bounding *bounding, const struct weir_aggregate *aggregate) {
    weir_fail(bounding->error, WEIR_ERROR_REFUSED,
              "the range of these values is too wide to be summed");
    weir_error_hint(bounding->error, "Bound it yourself: greatest(low, least(value, high)).");
    return weir_error_at(bounding->error, weir_sql_position(bounding->text, aggregate->position));
}

/* In what a sum is counted: whole numbers, the last digit of a decimal, or a power of two. */
static double raw_unit(const struct bounding *bounding, const struct weir_expression *argument,
                       struct weir_range range, int *decimal_scale) {
    *decimal_scale = -1;
    if (argument->type == WEIR_TYPE_DOUBLE)
        return weir_contribution_double_unit(range.low, range.high);
    if (argument->type != WEIR_TYPE_NUMERIC)
        return 1;
    *decimal_scale = weir_expression_scale(bounding->scope, argument);
    return pow(10, -*decimal_scale);
}

static weir_status add_sum(struct bounding *bounding, const struct weir_aggregate *aggregate,
                           bool centred, size_t counted_by, size_t *place) {
    const struct weir_expression *argument = aggregate->argument;
    struct weir_range range = weir_expression_range(bounding->scope, argument);
    struct weir_measure sum = {
        .kind = WEIR_MEASURE_SUM, .argument = argument, .counted_by = counted_by};
    if (range.low == INFINITY) /* nothing but NULL */
        range = (struct weir_range){0, 0};
    if (!isfinite(range.low) || !isfinite(range.high))
        return refuse_unbounded(bounding, aggregate);
    double unit = raw_unit(bounding, argument, range, &sum.decimal_scale);
    if (!weir_contribution_of_range(range.low, range.high, unit, centred, &sum.contribution))
        return refuse_wide(bounding, aggregate);
    *place = add_measure(bounding, &sum);
    return WEIR_OK;
}

/* ---- aggregates ---- */

/* Is the plain sum of the same values asked for too? Then an average is made of it: one vector less
 * to share the price. Else its values are centred, which halves what one row can add. */
static bool has_sum(const struct bounding *bounding, const struct weir_expression *argument) {
    const struct weir_relation *release = bounding->plan->release;
    for (size_t i = 0; i < release->as.aggregate.aggregate_count; i++) {
        const struct weir_aggregate *other = &release->as.aggregate.aggregates[i];
        if (other->kind == WEIR_AGGREGATE_SUM && same_argument(bounding, other->argument, argument))
            return true;
    }
    return false;
}

static weir_status bound_aggregate(struct bounding *bounding,
                                   const struct weir_aggregate *aggregate,
                                   struct weir_released_aggregate *released) {
    switch (aggregate->kind) {
    case WEIR_AGGREGATE_COUNT_ROWS:
        released->value = add_rows(bounding);
        return WEIR_OK;
    case WEIR_AGGREGATE_COUNT_UNITS:
        released->value = add_people(bounding);
        return WEIR_OK;
    case WEIR_AGGREGATE_COUNT:
        released->value = add_values(bounding, aggregate->argument);
        return WEIR_OK;
    case WEIR_AGGREGATE_SUM:
        return add_sum(bounding, aggregate, false, 0, &released->value);
    case WEIR_AGGREGATE_AVG:
        released->is_average = true;
        released->divisor = add_values(bounding, aggregate->argument);
        return add_sum(bounding, aggregate, !has_sum(bounding, aggregate->argument),
                       released->divisor, &released->value);
    case WEIR_AGGREGATE_COUNT_DISTINCT:
    case WEIR_AGGREGATE_MIN:
    case WEIR_AGGREGATE_MAX:
        break;
    }
    return weir_fail(bounding->error, WEIR_ERROR_INTERNAL,
                     "an aggregate without a bound reached the release");
}

/* ---- tau ---- */

/* A unit of at most n rows: a vector of counts has a norm of at most n, one of sums n of the
 * largest value, and one of people sqrt(n), in n groups. 0 = chosen privately. */
static int64_t policy_tau(const struct weir_measure *measure, int64_t rows) {
    int64_t tau;
    if (rows == 0)
        return 0;
    if (measure->kind == WEIR_MEASURE_PEOPLE)
        return (int64_t)ceil(sqrt((double)rows));
    if (__builtin_mul_overflow(rows, measure->contribution.sensitivity, &tau) || tau > (int64_t)1
                                                                                           << 62)
        return 0;
    return tau;
}

bool weir_measure_is_unclipped(const struct weir_release_plan *plan,
                               const struct weir_measure *measure) {
    return plan->one_row || (measure->kind == WEIR_MEASURE_PEOPLE && plan->key_count == 0);
}

static void set_taus(struct weir_release_plan *plan) {
    const struct weir_relation *input = plan->release->input;
    for (size_t i = 0; i < plan->measure_count; i++) {
        struct weir_measure *measure = &plan->measures[i];
        measure->noise.tau = weir_measure_is_unclipped(plan, measure)
                                 ? measure->contribution.sensitivity
                                 : policy_tau(measure, input->bound_rows);
        if (measure->noise.tau > 0)
            measure->noise.lattice_bits = weir_contribution_lattice_bits(measure->noise.tau);
    }
}

/* People with weight 1 in all, whatever the number of their groups: the vector that decides which
 * groups appear. Its lattice is so coarse that a unit in more than WEIR_WEIGHED_GROUPS_MAX groups
 * weighs nothing, which bounds the threshold. */
static void add_weight(struct bounding *bounding) {
    struct weir_release_plan *plan = bounding->plan;
    _Static_assert(WEIR_WEIGHED_GROUPS_MAX == 1 << 2 * WEIR_WEIGHT_LATTICE_BITS, "1 / sqrt(m)");
    if (plan->one_row) {
        plan->weight = add_rows(bounding);
        return;
    }
    plan->weight = plan->measure_count;
    plan->measures[plan->measure_count++] =
        (struct weir_measure){.kind = WEIR_MEASURE_PEOPLE,
                              .contribution = weir_contribution_of_rows(),
                              .decimal_scale = -1,
                              .noise = {.tau = 1, .lattice_bits = WEIR_WEIGHT_LATTICE_BITS}};
}

/* ---- groups ---- */

static weir_status find_domains(struct bounding *bounding,
                                const struct weir_domain_reader *reader) {
    struct weir_release_plan *plan = bounding->plan;
    const struct weir_relation *release = plan->release;
    struct weir_domain *domains =
        WEIR_NEW_ARRAY(bounding->arena, plan->key_count, struct weir_domain);
    if (domains == NULL)
        return WEIR_FAILED;
    plan->groups_declared = true;
    plan->declared_group_count = 1;
    for (size_t i = 0; i < plan->key_count; i++) {
        WEIR_TRY(weir_key_domain(bounding->arena, bounding->scope, release->as.aggregate.keys[i],
                                 reader, &domains[i], bounding->error));
        bool fits = domains[i].count == 0 ||
                    domains[i].values[0].type == release->as.aggregate.keys[i]->type;
        plan->groups_declared &= domains[i].declared && fits;
        if (!plan->groups_declared)
            continue;
        plan->declared_group_count *= domains[i].count;
        plan->groups_declared = plan->declared_group_count <= WEIR_DECLARED_GROUPS_MAX;
    }
    plan->domains = domains;
    return WEIR_OK;
}

/* Before it is paid: what the operator could not run is refused. */
static weir_status check_size(struct bounding *bounding) {
    const struct weir_release_plan *plan = bounding->plan;
    if (plan->one_row || plan->measure_count <= WEIR_BOUNDER_MEASURES_MAX)
        return WEIR_OK;
    weir_fail(bounding->error, WEIR_ERROR_REFUSED,
              "a question takes at most %d sums and counts where a person may have many rows",
              WEIR_BOUNDER_MEASURES_MAX);
    return weir_error_hint(bounding->error,
                           "An average is a sum and a count. Ask for fewer numbers at once.");
}

weir_status weir_pass_bound(struct weir_arena *arena, const char *text,
                            const struct weir_domain_reader *reader, struct weir_release_plan *plan,
                            struct weir_error *error) {
    const struct weir_relation *release = plan->release;
    struct bounding bounding = {arena, text, release->input->columns, plan, error};
    plan->one_row = release->input->one_row;
    plan->key_count = release->as.aggregate.key_count;
    plan->aggregate_count = release->as.aggregate.aggregate_count;
    /* At most two an aggregate, and the weight. */
    plan->measures = WEIR_NEW_ARRAY(arena, 2 * plan->aggregate_count + 1, struct weir_measure);
    struct weir_released_aggregate *released =
        WEIR_NEW_ARRAY(arena, plan->aggregate_count, struct weir_released_aggregate);
    if (plan->measures == NULL || released == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < plan->aggregate_count; i++)
        WEIR_TRY(bound_aggregate(&bounding, &release->as.aggregate.aggregates[i], &released[i]));
    plan->aggregates = released;
    WEIR_TRY(find_domains(&bounding, reader));
    if (!plan->groups_declared && plan->one_row)
        add_weight(&bounding);
    set_taus(plan);
    if (!plan->groups_declared && !plan->one_row)
        add_weight(&bounding);
    return check_size(&bounding);
}
