/* A plan in words. */
#include "engine/question_text.h"

#include "base/banned.h"

const char *weir_text_aggregate(const struct weir_asking *asking, size_t place) {
    const struct weir_relation *release = asking->plan->release;
    return weir_aggregate_print(asking->arena, release->input->columns,
                                &release->as.aggregate.aggregates[place]);
}

const char *weir_text_unit(const struct weir_asking *asking) {
    return asking->session->catalog->permit->grants[0].table->dataset->unit;
}

const char *weir_text_price(const struct weir_asking *asking) {
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

const struct weir_measure *weir_text_measure(const struct weir_asking *asking, size_t place) {
    return &asking->plan->measures[asking->plan->aggregates[place].value];
}

/* Whole numbers are rounded after the noise. */
double weir_text_half_width(const struct weir_asking *asking, size_t place,
                            const struct weir_measure_noise *noise, double confidence) {
    const struct weir_release_plan *plan = asking->plan;
    const struct weir_measure *measure = weir_text_measure(asking, place);
    bool is_rounded = plan->release->columns[plan->key_count + place].type != WEIR_TYPE_DOUBLE;
    return weir_release_half_width(measure, noise, confidence) +
           (is_rounded ? measure->contribution.raw_unit / 2 : 0);
}
