/* What a question costs and how exact its answer is, in words: as notices with the answer, and as a
 * plan before it. Nothing here depends on data of persons. */
#include "engine/question.h"

#include "exec/release.h"

#include <jansson.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const char *aggregate_text(const struct weir_asking *asking, size_t place) {
    const struct weir_relation *release = asking->plan->release;
    return weir_aggregate_print(asking->arena, release->input->columns,
                                &release->as.aggregate.aggregates[place]);
}

/* Whole numbers are rounded after the noise. */
static double shown_half_width(const struct weir_asking *asking, size_t place, double confidence) {
    const struct weir_release_plan *plan = asking->plan;
    const struct weir_measure *measure = &plan->measures[plan->aggregates[place].value];
    bool is_rounded = plan->release->columns[plan->key_count + place].type != WEIR_TYPE_DOUBLE;
    return weir_release_half_width(measure, confidence) +
           (is_rounded ? measure->contribution.raw_unit / 2 : 0);
}

/* "count(*): ±106.5 ..."; an average's interval depends on how many people it is of. Of many
 * numbers one in twenty lies outside its interval, so the one that holds all of them is said too.
 */
static const char *interval_text(const struct weir_asking *asking, size_t place) {
    const struct weir_released_aggregate *aggregate = &asking->plan->aggregates[place];
    const char *name = aggregate_text(asking, place);
    double half = shown_half_width(asking, place, WEIR_RELEASE_CONFIDENCE);
    size_t rows = asking->released.row_count;
    if (name == NULL)
        return NULL;
    if (!aggregate->is_average && rows > 1)
        return weir_arena_printf(
            asking->arena, "%s: ±%.4g (95%% interval); all %zu at once: ±%.4g", name, half, rows,
            shown_half_width(asking, place, 1 - (1 - WEIR_RELEASE_CONFIDENCE) / (double)rows));
    if (!aggregate->is_average)
        return weir_arena_printf(asking->arena, "%s: ±%.4g (95%% interval)", name, half);
    return weir_arena_printf(asking->arena,
                             "%s: ±%.4g divided by the number of people, at least (95%% interval); "
                             "weir_error(%s) gives it for each row",
                             name, half, name);
}

static const char *price_text(const struct weir_asking *asking) {
    const struct weir_release_plan *plan = asking->plan;
    const struct weir_catalog *catalog = asking->session->catalog;
    if (plan->measure_count == 0)
        return "Price: none, since no number about people is asked for";
    return weir_arena_printf(
        asking->arena,
        "Price: epsilon %.4g at delta %.3g (rho %.4g), from purpose %s and dataset %s",
        plan->epsilon, plan->delta, (double)plan->price.femto_rho * 1e-15, catalog->purpose->name,
        catalog->permit->grants[0].table->dataset->name);
}

/* ---- notices ---- */

static const char *receipt_text(const struct weir_asking *asking) {
    char id[2 * WEIR_QUESTION_ID_BYTES + 1];
    sodium_bin2hex(id, sizeof id, asking->id, sizeof asking->id);
    if (asking->is_repeat)
        return weir_arena_printf(asking->arena,
                                 "Asked before: the same answer as to question %s, and free", id);
    return weir_arena_printf(asking->arena, "%s; question %s in the public log", price_text(asking),
                             id);
}

weir_status weir_asking_notices(const struct weir_asking *asking, struct weir_result *result,
                                struct weir_error *error) {
    const struct weir_release_plan *plan = asking->plan;
    (void)error;
    if (plan == NULL)
        return WEIR_OK;
    struct weir_notice *notices =
        WEIR_NEW_ARRAY(asking->arena, plan->aggregate_count + 1, struct weir_notice);
    if (notices == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i <= plan->aggregate_count; i++) {
        notices[i].message =
            i < plan->aggregate_count ? interval_text(asking, i) : receipt_text(asking);
        if (notices[i].message == NULL)
            return WEIR_FAILED;
    }
    result->notices = notices;
    result->notice_count = plan->aggregate_count + 1;
    return WEIR_OK;
}

/* ---- EXPLAIN ---- */

struct lines {
    const struct weir_asking *asking;
    size_t count;
    const char *items[80];
};

static void add(struct lines *lines, const char *line) {
    weir_check(lines->count < WEIR_COUNT(lines->items));
    lines->items[lines->count++] = line;
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

static const char *groups_text(const struct weir_asking *asking) {
    const struct weir_release_plan *plan = asking->plan;
    const char *keys = keys_text(asking);
    if (plan->key_count == 0)
        return "Groups: one, of all people";
    if (keys == NULL)
        return NULL;
    if (plan->groups_declared)
        return weir_arena_printf(asking->arena,
                                 "Groups: all %zu declared values of %s, empty ones too",
                                 plan->declared_group_count, keys);
    return weir_arena_printf(asking->arena,
                             "Groups: values of %s whose noisy number of people exceeds %.1f", keys,
                             fmax(plan->threshold, (double)plan->minimum_people));
}

static const char *noise_text(const struct weir_asking *asking, size_t place) {
    const struct weir_release_plan *plan = asking->plan;
    const struct weir_measure *measure = &plan->measures[plan->aggregates[place].value];
    double unit = ldexp(measure->contribution.raw_unit, -measure->contribution.lattice_bits);
    const char *interval = interval_text(asking, place);
    if (interval == NULL)
        return NULL;
    return weir_arena_printf(
        asking->arena,
        "  %s; one person moves it by at most %.6g; discrete Gaussian noise of "
        "standard deviation %.4g",
        interval, (double)measure->contribution.sensitivity * measure->contribution.raw_unit,
        (double)measure->sigma * unit);
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
    *text = found ? "Asked before: the stored answer would be given, free" : price_text(asking);
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

/* FORMAT JSON: the same facts for programs. */
static json_t *measure_json(const struct weir_asking *asking, size_t place) {
    const struct weir_release_plan *plan = asking->plan;
    const struct weir_released_aggregate *aggregate = &plan->aggregates[place];
    const struct weir_measure *measure = &plan->measures[aggregate->value];
    double unit = ldexp(measure->contribution.raw_unit, -measure->contribution.lattice_bits);
    const char *name = aggregate_text(asking, place);
    return name == NULL
               ? NULL
               : json_pack("{s:s, s:b, s:f, s:f, s:f}", "aggregate", name, "per_person",
                           (int)aggregate->is_average, "half_width",
                           shown_half_width(asking, place, WEIR_RELEASE_CONFIDENCE), "sensitivity",
                           (double)measure->contribution.sensitivity *
                               measure->contribution.raw_unit,
                           "sigma", (double)measure->sigma * unit);
}

static json_t *release_json(const struct weir_asking *asking) {
    const struct weir_release_plan *plan = asking->plan;
    json_t *aggregates = json_array();
    for (size_t i = 0; aggregates != NULL && i < plan->aggregate_count; i++)
        if (json_array_append_new(aggregates, measure_json(asking, i)) != 0) {
            json_decref(aggregates);
            return NULL;
        }
    json_t *threshold = plan->groups_declared
                            ? json_null()
                            : json_real(fmax(plan->threshold, (double)plan->minimum_people));
    json_t *declared =
        plan->groups_declared ? json_integer((json_int_t)plan->declared_group_count) : json_null();
    return json_pack("{s:f, s:f, s:f, s:o, s:o, s:o, s:s}", "epsilon",
                     plan->measure_count == 0 ? 0.0 : plan->epsilon, "delta", plan->delta, "rho",
                     (double)plan->price.femto_rho * 1e-15, "declared_groups", declared,
                     "people_threshold", threshold, "aggregates", aggregates, "logged_as",
                     plan->shown);
}

static weir_status json_line(struct lines *lines) {
    json_t *tree = lines->asking->plan == NULL ? json_pack("{s:f}", "epsilon", 0.0)
                                               : release_json(lines->asking);
    char *text = tree == NULL ? NULL : json_dumps(tree, JSON_INDENT(2) | JSON_SORT_KEYS);
    json_decref(tree);
    add(lines, text == NULL ? NULL : weir_arena_string(lines->asking->arena, text));
    free(text);
    return WEIR_OK;
}

weir_status weir_asking_explain(const struct weir_asking *asking, struct weir_result *result,
                                struct weir_error *error) {
    struct lines lines = {.asking = asking};
    if (asking->prepared->statement->explain_json)
        WEIR_TRY(json_line(&lines));
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
