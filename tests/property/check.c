/* The promise before the noise, by brute force: one unit's rows are taken out, and what changes is
 * that unit's rows in the release's input, and each measure by no more than the plan claims. */
#include "check.h"

#include "wide.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

/* ---- measuring ---- */

static int by_row(const void *left, const void *right, void *context) {
    const struct weir_rows *rows = context;
    const struct weir_value *a = &rows->values[**(const size_t *const *)left * rows->column_count];
    const struct weir_value *b = &rows->values[**(const size_t *const *)right * rows->column_count];
    int order = 0;
    for (size_t i = 0; i < rows->column_count && order == 0; i++)
        order = weir_value_compare(&a[i], &b[i]);
    return order;
}

static void sort_rows(struct measured *measured, struct weir_arena *arena) {
    size_t count = measured->fed.row_count, *places = WEIR_NEW_ARRAY(arena, count, size_t);
    measured->order = WEIR_NEW_ARRAY(arena, count, const size_t *);
    weir_check(places != NULL && measured->order != NULL);
    for (size_t i = 0; i < count; i++) {
        places[i] = i;
        measured->order[i] = &places[i];
    }
    qsort_r(measured->order, count, sizeof *measured->order, by_row, &measured->fed);
}

static weir_status measure_rows(struct measured *measured, struct weir_releasing *releasing) {
    struct weir_release_sql sql = weir_release_feed_sql(releasing->arena, releasing->plan);
    struct weir_exact_groups found;
    weir_check(sql.text != NULL);
    WEIR_TRY(releasing->backend->operations->query(releasing->backend, releasing->arena, NULL,
                                                   sql.text, sql.constants, sql.constant_count,
                                                   SIZE_MAX, &measured->fed, releasing->error));
    WEIR_TRY(weir_release_rows(releasing, &found));
    return weir_release_arrange(releasing, &found, &measured->groups);
}

static weir_status measure_bounded(struct measured *measured, struct weir_releasing *releasing,
                                   const struct engine *engine) {
    const struct weir_value *keys;
    WEIR_TRY(weir_release_fill(releasing, &measured->bounder));
    measured->fed = *engine_fed(engine);
    measured->groups.count = weir_bounder_group_count(measured->bounder);
    WEIR_TRY(weir_bounder_groups(measured->bounder, releasing->arena, &keys));
    measured->groups.keys = (struct weir_value *)keys;
    return WEIR_OK;
}

void measured_begin(struct measured *measured, struct engine *engine, struct weir_arena *arena,
                    const struct weir_release_plan *plan) {
    static const struct weir_release_options options = {.memory_bytes = 64 << 20, .threads = 1};
    *measured = (struct measured){0};
    struct weir_releasing releasing = {
        .arena = arena,
        .backend = engine_backend(engine),
        .options = &options,
        .plan = plan,
        .error = &measured->error,
        .noise = WEIR_NEW_ARRAY(arena, plan->measure_count, struct weir_measure_noise)};
    weir_check(releasing.noise != NULL);
    bool is_summed = plan->one_row || plan->measure_count == 0;
    measured->status = is_summed ? measure_rows(measured, &releasing)
                                 : measure_bounded(measured, &releasing, engine);
    if (measured->status.ok)
        sort_rows(measured, arena);
}

void measured_end(struct measured *measured) {
    weir_bounder_destroy(measured->bounder);
}

/* ---- findings ---- */

void find(struct finding *finding, const char *format, ...) {
    va_list arguments;
    if (finding->found)
        return;
    finding->found = true;
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
}

static const struct weir_value *row_of(const struct measured *measured, size_t place) {
    return &measured->fed.values[*measured->order[place] * measured->fed.column_count];
}

void check_alone(const struct weir_release_plan *plan, const struct measured *measured,
                 const char *said, struct finding *finding) {
    if (!measured->status.ok) {
        find(finding, "the release fails: %s (%s)", measured->error.message, said);
        return;
    }
    for (size_t i = 0; i < measured->fed.row_count; i++) {
        const struct weir_value *unit = row_of(measured, i);
        if (unit->is_null)
            find(finding, "a row belongs to nobody");
        else if (plan->one_row && i > 0 && weir_value_compare(unit, row_of(measured, i - 1)) == 0)
            find(finding, "unit %lld has more than one row where the plan says it has not",
                 (long long)unit->as.integer);
    }
}

/* ---- the rows ---- */

/* The rows of `with` but those of the unit are the rows of `without`. */
static void check_rows(const struct measured *with, const struct measured *without, int64_t unit,
                       struct finding *finding) {
    size_t width = with->fed.column_count, place = 0;
    for (size_t i = 0; i < with->fed.row_count; i++) {
        const struct weir_value *row = row_of(with, i);
        if (row->as.integer == unit)
            continue;
        const struct weir_value *other =
            place < without->fed.row_count ? row_of(without, place) : NULL;
        bool equal = other != NULL;
        for (size_t k = 0; k < width && equal; k++)
            equal = weir_value_compare(&row[k], &other[k]) == 0;
        if (!equal) {
            find(finding, "rows of unit %lld change",
                 (long long)(other == NULL || other->as.integer > row->as.integer
                                 ? row->as.integer
                                 : other->as.integer));
            return;
        }
        place++;
    }
    if (place < without->fed.row_count)
        find(finding, "unit %lld has rows that it had not",
             (long long)row_of(without, place)->as.integer);
}

/* ---- the sums ---- */

static int compare_groups(const struct weir_release_plan *plan, const struct measured *one,
                          size_t group, const struct measured *other, size_t other_group) {
    int order = 0;
    if (group == one->groups.count || other_group == other->groups.count)
        return group == one->groups.count ? 1 : -1;
    for (size_t i = 0; i < plan->key_count && order == 0; i++)
        order = weir_value_compare(&one->groups.keys[group * plan->key_count + i],
                                   &other->groups.keys[other_group * plan->key_count + i]);
    return order;
}

/* The square of how far two vectors are apart, over the groups of both. Both are sorted by their
 * keys. */
static struct wide distance(const struct weir_release_plan *plan, const struct measured *with,
                            const weir_int128 *a, const struct measured *without,
                            const weir_int128 *b, size_t stride) {
    struct wide square = {0};
    for (size_t i = 0, k = 0; i < with->groups.count || k < without->groups.count;) {
        int order = compare_groups(plan, with, i, without, k);
        weir_int128 left = order <= 0 ? a[i * stride] : 0, right = order >= 0 ? b[k * stride] : 0;
        wide_add_square(&square, left - right);
        i += order <= 0;
        k += order >= 0;
    }
    return square;
}

static bool is_within(struct wide square, int64_t tau, int bits) {
    struct wide limit = {0};
    wide_add_square(&limit, (weir_int128)tau << bits);
    return !wide_exceeds(&square, &limit);
}

static void check_sums(const struct weir_release_plan *plan, const struct measured *with,
                       const struct measured *without, struct finding *finding) {
    for (size_t i = 0; i < plan->measure_count; i++) {
        const struct weir_measure_noise *noise = &plan->measures[i].noise;
        struct wide square = distance(plan, with, with->groups.sums + i, without,
                                      without->groups.sums + i, plan->measure_count);
        if (!is_within(square, noise->tau, noise->lattice_bits))
            find(finding, "measure %zu moves by more than its sensitivity %lld", i,
                 (long long)noise->tau);
    }
}

/* ---- the bounded sums ---- */

static void check_clip(const struct weir_release_plan *plan, const struct measured *with,
                       const struct measured *without, size_t measure, int64_t tau, int bits,
                       struct weir_arena *arena, struct finding *finding) {
    weir_int128 *a = WEIR_NEW_ARRAY(arena, with->groups.count + 1, weir_int128);
    weir_int128 *b = WEIR_NEW_ARRAY(arena, without->groups.count + 1, weir_int128);
    struct weir_error error = {0};
    weir_check(a != NULL && b != NULL);
    if (!weir_bounder_clip(with->bounder, measure, tau, bits, a, &error).ok ||
        !weir_bounder_clip(without->bounder, measure, tau, bits, b, &error).ok)
        find(finding, "clipping fails: %s", error.message);
    else if (!is_within(distance(plan, with, a, without, b, 1), tau, bits))
        find(finding, "measure %zu clipped at %lld moves by more than that", measure,
             (long long)tau);
}

/* One unit more changes how many are beyond each tau by one at most, and never makes it fewer. */
static void check_histogram(const struct measured *with, const struct measured *without,
                            size_t measure, struct finding *finding) {
    const uint64_t *a = weir_bounder_histogram(with->bounder, measure);
    const uint64_t *b = weir_bounder_histogram(without->bounder, measure);
    uint64_t beyond_a = 0, beyond_b = 0;
    for (size_t i = WEIR_BOUNDER_TAU_COUNT + 1; i-- > 0;) {
        beyond_a += a[i];
        beyond_b += b[i];
        if (beyond_a < beyond_b || beyond_a > beyond_b + 1)
            find(finding, "measure %zu: units beyond candidate %zu were %llu and are %llu", measure,
                 i, (unsigned long long)beyond_a, (unsigned long long)beyond_b);
    }
}

static void check_bounded(const struct weir_release_plan *plan, const struct measured *with,
                          const struct measured *without, struct weir_arena *arena,
                          struct draw *draw, struct finding *finding) {
    for (size_t i = 0; i < plan->measure_count; i++) {
        const struct weir_measure_noise *noise = &plan->measures[i].noise;
        bool is_weight = !plan->groups_declared && i == plan->weight;
        int64_t drawn[] = {weir_bounder_tau(draw_below(draw, 24)), draw_between(draw, 1, 200),
                           weir_bounder_tau(draw_below(draw, WEIR_BOUNDER_TAU_COUNT))};
        check_histogram(with, without, i, finding);
        if (noise->tau > 0)
            check_clip(plan, with, without, i, noise->tau, noise->lattice_bits, arena, finding);
        for (size_t k = 0; !is_weight && k < WEIR_COUNT(drawn); k++)
            check_clip(plan, with, without, i, drawn[k], weir_contribution_lattice_bits(drawn[k]),
                       arena, finding);
    }
}

void check_pair(const struct weir_release_plan *plan, const struct measured *with,
                const struct measured *without, int64_t unit, struct weir_arena *arena,
                struct draw *draw, struct finding *finding) {
    if (finding->found)
        return;
    check_rows(with, without, unit, finding);
    if (with->bounder != NULL)
        check_bounded(plan, with, without, arena, draw, finding);
    else
        check_sums(plan, with, without, finding);
}

/* ---- two ways ---- */

static bool is_zero(struct wide square) {
    return square.high == 0 && square.low == 0;
}

void check_same(const struct weir_release_plan *plan, const struct measured *one,
                const struct measured *other, struct weir_arena *arena, struct finding *finding) {
    enum { TAU = 3 };
    struct weir_error error = {0};
    bool equal = one->groups.count == other->groups.count;
    for (size_t i = 0; i < plan->measure_count && equal; i++) {
        if (one->bounder == NULL) {
            equal = is_zero(distance(plan, one, one->groups.sums + i, other, other->groups.sums + i,
                                     plan->measure_count));
            continue;
        }
        weir_int128 *a = WEIR_NEW_ARRAY(arena, one->groups.count + 1, weir_int128);
        weir_int128 *b = WEIR_NEW_ARRAY(arena, other->groups.count + 1, weir_int128);
        weir_check(a != NULL && b != NULL &&
                   weir_bounder_clip(one->bounder, i, TAU, 20, a, &error).ok &&
                   weir_bounder_clip(other->bounder, i, TAU, 20, b, &error).ok);
        equal = is_zero(distance(plan, one, a, other, b, 1));
    }
    if (!equal)
        find(finding, "the statement with its constants bound measures something else");
}
