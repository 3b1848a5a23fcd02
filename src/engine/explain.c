/* EXPLAIN: what a question would cost and how exact its answer would be. Nothing here depends on
 * data of persons. */
#include "engine/question_text.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct lines {
    const struct weir_asking *asking;
    size_t count;
    const char *items[80];
};

static void add(struct lines *lines, const char *line) {
    weir_check(lines->count < WEIR_COUNT(lines->items));
    lines->items[lines->count++] = line;
}

static double step_of(const struct weir_measure *measure, const struct weir_measure_noise *noise) {
    return ldexp(measure->contribution.raw_unit, -noise->lattice_bits);
}

/* Where tau is chosen with the answer, the noise is told for tau = 1 raw unit: it grows with tau.
 */
static struct weir_measure_noise noise_before(const struct weir_measure *measure) {
    struct weir_measure_noise noise = measure->noise;
    if (noise.tau > 0)
        return noise;
    noise.tau = 1;
    noise.lattice_bits = weir_contribution_lattice_bits(1);
    noise.sigma = weir_gaussian_sigma((int64_t)1 << noise.lattice_bits, measure->noise_rho);
    return noise;
}

static const char *keys_text(const struct weir_asking *asking) {
    const struct weir_relation *release = asking->plan->release;
    const char *text = "";
    for (size_t i = 0; text != NULL && i < asking->plan->key_count; i++) {
        const char *key = weir_expression_print(asking->arena, release->input->columns,
                                                release->as.aggregate.keys[i]);
        text = key == NULL
                   ? NULL
                   : weir_arena_printf(asking->arena, "%s%s%s", text, i == 0 ? "" : ", ", key);
    }
    return text;
}

static double appears_above(const struct weir_release_plan *plan) {
    return fmax(plan->threshold, (double)plan->minimum_people);
}

static const char *groups_text(const struct weir_asking *asking) {
    const struct weir_release_plan *plan = asking->plan;
    const char *keys = keys_text(asking);
    if (plan->key_count == 0)
        return "Groups: one, of all rows";
    if (keys == NULL)
        return NULL;
    if (plan->groups_declared)
        return weir_arena_printf(asking->arena,
                                 "Groups: all %zu declared values of %s, empty ones too",
                                 plan->declared_group_count, keys);
    return weir_arena_printf(
        asking->arena, "Groups: values of %s whose noisy number of people exceeds %.1f%s", keys,
        appears_above(plan), plan->one_row ? "" : " (who is in m groups counts 1/sqrt(m) in each)");
}

static const char *noise_text(const struct weir_asking *asking, size_t place) {
    const struct weir_measure *measure = weir_text_measure(asking, place);
    const struct weir_measure_noise noise = noise_before(measure);
    const char *name = weir_text_aggregate(asking, place);
    double half = weir_text_half_width(asking, place, &noise, WEIR_RELEASE_CONFIDENCE);
    bool is_average = asking->plan->aggregates[place].is_average;
    if (name == NULL)
        return NULL;
    if (measure->noise.tau == 0)
        return weir_arena_printf(
            asking->arena,
            "  %s: ±%.4g%s (95%% interval) for each %.6g that one %s may count "
            "for; that bound is chosen privately, and told with the answer",
            name, half, is_average ? " / number of values" : "", measure->contribution.raw_unit,
            weir_text_unit(asking));
    return weir_arena_printf(asking->arena,
                             "  %s: ±%.4g%s (95%% interval); one %s moves it by at most %.6g; "
                             "discrete Gaussian noise of standard deviation %.4g",
                             name, half, is_average ? " / number of values" : "",
                             weir_text_unit(asking),
                             (double)noise.tau * measure->contribution.raw_unit,
                             (double)noise.sigma * step_of(measure, &noise));
}

static weir_status stored_text(const struct weir_asking *asking, const char **text,
                               struct weir_error *error) {
    struct weir_asking known = *asking;
    const void *bytes;
    size_t len;
    bool found, is_logged;
    WEIR_TRY(weir_asking_identify(&known, error));
    WEIR_TRY(weir_store_find_answer(asking->session->engine->store, asking->arena,
                                    known.inflight.key, &found, known.id, &bytes, &len, &is_logged,
                                    error));
    *text =
        found ? "Asked before: the stored answer would be given, free" : weir_text_price(asking);
    return *text == NULL ? WEIR_FAILED : WEIR_OK;
}

static weir_status release_lines(struct lines *lines, struct weir_error *error) {
    const struct weir_asking *asking = lines->asking;
    const char *price;
    WEIR_TRY(stored_text(asking, &price, error));
    add(lines, price);
    add(lines, groups_text(asking));
    for (size_t i = 0; i < asking->plan->aggregate_count; i++)
        add(lines, noise_text(asking, i));
    add(lines, weir_arena_printf(asking->arena, "In the public log: %s", asking->plan->shown));
    return WEIR_OK;
}

/* ---- FORMAT JSON: the same facts for programs ---- */

static json_t *measure_json(const struct weir_asking *asking, size_t place) {
    const struct weir_measure *measure = weir_text_measure(asking, place);
    const struct weir_measure_noise noise = noise_before(measure);
    const char *name = weir_text_aggregate(asking, place);
    if (name == NULL)
        return NULL;
    return json_pack("{s:s, s:b, s:b, s:f, s:f, s:f}", "aggregate", name, "per_value",
                     (int)asking->plan->aggregates[place].is_average, "bound_is_chosen_privately",
                     (int)(measure->noise.tau == 0), "half_width",
                     weir_text_half_width(asking, place, &noise, WEIR_RELEASE_CONFIDENCE), "bound",
                     (double)noise.tau * measure->contribution.raw_unit, "sigma",
                     (double)noise.sigma * step_of(measure, &noise));
}

static json_t *release_json(const struct weir_asking *asking) {
    const struct weir_release_plan *plan = asking->plan;
    json_t *aggregates = json_array();
    for (size_t i = 0; aggregates != NULL && i < plan->aggregate_count; i++)
        if (json_array_append_new(aggregates, measure_json(asking, i)) != 0) {
            json_decref(aggregates);
            return NULL;
        }
    json_t *threshold = plan->groups_declared ? json_null() : json_real(appears_above(plan));
    json_t *declared =
        plan->groups_declared ? json_integer((json_int_t)plan->declared_group_count) : json_null();
    return json_pack("{s:f, s:f, s:f, s:o, s:o, s:o, s:s}", "epsilon",
                     plan->measure_count == 0 ? 0.0 : plan->epsilon, "delta", plan->delta, "rho",
                     (double)plan->price.femto_rho * 1e-15, "declared_groups", declared,
                     "people_threshold", threshold, "aggregates", aggregates, "logged_as",
                     plan->shown);
}

static void json_line(struct lines *lines) {
    json_t *tree = lines->asking->plan == NULL ? json_pack("{s:f}", "epsilon", 0.0)
                                               : release_json(lines->asking);
    char *text = tree == NULL ? NULL : json_dumps(tree, JSON_INDENT(2) | JSON_SORT_KEYS);
    json_decref(tree);
    add(lines, text == NULL ? NULL : weir_arena_string(lines->asking->arena, text));
    free(text);
}

weir_status weir_asking_explain(const struct weir_asking *asking, struct weir_result *result,
                                struct weir_error *error) {
    struct lines lines = {.asking = asking};
    if (asking->prepared->statement->explain_json)
        json_line(&lines);
    else if (asking->plan == NULL)
        add(&lines, "Public tables alone: exact, free, and not logged");
    else
        WEIR_TRY(release_lines(&lines, error));
    struct weir_value *values = WEIR_NEW_ARRAY(asking->arena, lines.count, struct weir_value);
    if (values == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < lines.count; i++) {
        if (lines.items[i] == NULL)
            return WEIR_FAILED;
        values[i] = weir_value_text(lines.items[i], strlen(lines.items[i]));
    }
    *result = (struct weir_result){.column_count = asking->prepared->column_count,
                                   .row_count = lines.count,
                                   .columns = asking->prepared->columns,
                                   .values = values};
    return WEIR_OK;
}
