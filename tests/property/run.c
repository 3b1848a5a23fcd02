/* Random questions on random neighbouring databases: what the passes claim is measured. See
 * check.h.
 *
 *     run [--pairs N] [--seed S] [--case C] [--verbose]
 *
 * A case is a policy with databases and questions; the seed and its number give it again. */
#include "check.h"
#include "grammar.h"
#include "report.h"

#include "base/env.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

enum {
    DATABASES = 4,
    QUESTIONS = 14,
    UNITS = 5,
    ARENA_BYTES = 512 << 20,
    QUESTION_BYTES = 64 << 20,
    ENOUGH_PAIRS = 20000
};

struct running {
    uint64_t pairs_wanted, seed, only_case;
    bool has_only_case, is_verbose;
    struct engine *engine;
    uint64_t cases, pairs, asked, planned, one_row, bounded, declared, skipped;
    uint64_t forms_asked[FORM_COUNT], forms_planned[FORM_COUNT];
    bool failed;
};

static const char *const form_names[] = {
#define FORM(name, text) text,
#include "forms.def"
#undef FORM
};

/* ---- one question on one database ---- */

struct subject {
    const struct world *world;
    struct database *database;
    const struct weir_release_plan *plan;
};

/* As a whole: with the database as it is, and without each of the units. The first finding ends it.
 */
static void check_subject(struct running *running, const struct subject *subject,
                          const int64_t *units, size_t count, struct draw draw,
                          struct finding *finding, int64_t *culprit) {
    struct weir_arena *arena = weir_arena_create(ARENA_BYTES);
    struct measured with;
    weir_check(arena != NULL);
    *culprit = NOBODY;
    engine_use(running->engine, subject->database, NOBODY);
    measured_begin(&with, running->engine, arena, subject->plan);
    if (engine_is_too_much(running->engine)) {
        running->skipped++;
        count = 0;
    } else {
        check_alone(subject->plan, &with, engine_said(running->engine), finding);
    }
    for (size_t i = 0; i < count && !finding->found; i++) {
        struct weir_arena *own = weir_arena_create(ARENA_BYTES);
        struct measured without;
        weir_check(own != NULL);
        engine_use(running->engine, subject->database, units[i]);
        measured_begin(&without, running->engine, own, subject->plan);
        if (!engine_is_too_much(running->engine)) {
            check_alone(subject->plan, &without, engine_said(running->engine), finding);
            check_pair(subject->plan, &with, &without, units[i], own, &draw, finding);
        }
        measured_end(&without);
        weir_arena_destroy(own);
        running->pairs++;
        *culprit = units[i];
    }
    measured_end(&with);
    weir_arena_destroy(arena);
}

/* As the program runs it: constants bound, rows fed by the engine itself, noise, and the question
 * over the answer. */
static void check_as_product(struct running *running, const struct subject *subject,
                             const struct planned *planned, struct finding *finding) {
    struct weir_arena *arena = weir_arena_create(ARENA_BYTES);
    struct measured plain, product;
    weir_check(arena != NULL);
    engine_use(running->engine, subject->database, NOBODY);
    measured_begin(&plain, running->engine, arena, subject->plan);
    if (!plain.status.ok) { /* found already, or too much */
        measured_end(&plain);
        weir_arena_destroy(arena);
        return;
    }
    engine_run_as_product(running->engine, true);
    measured_begin(&product, running->engine, arena, subject->plan);
    if (engine_is_too_much(running->engine))
        running->skipped++;
    else if (!product.status.ok)
        find(finding, "the product's own run fails: %s (%s)", product.error.message,
             engine_said(running->engine));
    else
        check_same(subject->plan, &plain, &product, arena, finding);
    if (product.status.ok)
        check_answer(running->engine, planned, arena, finding);
    engine_run_as_product(running->engine, false);
    measured_end(&plain);
    measured_end(&product);
    weir_arena_destroy(arena);
}

static bool still_fails(struct running *running, const struct subject *subject, int64_t unit,
                        struct draw draw) {
    struct finding finding = {0};
    int64_t culprit;
    check_subject(running, subject, &unit, unit == NOBODY ? 0 : 1, draw, &finding, &culprit);
    return finding.found;
}

/* Leaves out every row that the failure does not need. */
static void reduce(struct running *running, const struct subject *subject, int64_t unit,
                   struct draw draw) {
    for (size_t i = 0; i < subject->world->policy->table_count; i++) {
        struct rows *rows = &subject->database->tables[i];
        for (size_t row = 0; row < rows->count; row++) {
            rows->is_hidden[row] = true;
            rows->is_hidden[row] = still_fails(running, subject, unit, draw);
        }
    }
}

static void report(struct running *running, const struct subject *subject, const char *sql,
                   int64_t unit, struct draw draw, const struct finding *finding) {
    struct weir_arena *arena = weir_arena_create(ARENA_BYTES);
    weir_check(arena != NULL);
    running->failed = true;
    printf("# FOUND: %s\n# again: --seed %" PRIu64 " --case %" PRIu64 "\n# question: %s\n",
           finding->text, running->seed, running->cases, sql);
    for (const char *at = subject->world->text; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        printf("# %.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
    report_statement(subject->plan, arena);
    if (still_fails(running, subject, unit, draw))
        reduce(running, subject, unit, draw);
    printf("# unit taken out: %lld\n", (long long)unit);
    report_database(subject->world, subject->database, unit);
    weir_arena_destroy(arena);
}

/* ---- one question ---- */

static void count_question(struct running *running, const struct asked *asked,
                           const struct planned *planned) {
    running->asked++;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        running->forms_asked[i] += asked->forms >> i & 1;
        running->forms_planned[i] += planned->is_planned && (asked->forms >> i & 1) != 0;
    }
    if (running->is_verbose && !planned->is_planned)
        printf("# refused: %s\n#   %s\n", planned->error.message, asked->sql);
    if (!planned->is_planned)
        return;
    running->planned++;
    running->one_row += planned->plan->one_row;
    running->bounded += !planned->plan->one_row && planned->plan->measures[0].noise.tau > 0;
    running->declared += planned->plan->groups_declared;
}

static size_t draw_units(const struct database *database, struct draw *draw, int64_t *units) {
    size_t count = 0;
    for (int64_t unit = 0; unit < database->unit_count; unit++) {
        if (count < UNITS)
            units[count++] = unit;
        else if (draw_below(draw, (uint64_t)unit + 1) < UNITS)
            units[draw_below(draw, UNITS)] = unit;
    }
    return count;
}

/* A second time over, the same question is planned the same. */
static bool is_steady(const struct planned *planned, const struct world *world, const char *sql,
                      double epsilon) {
    struct weir_arena *arena = weir_arena_create(QUESTION_BYTES);
    struct planned again;
    weir_check(arena != NULL);
    planned_begin(&again, arena, world, sql, epsilon);
    bool equal = planned_equal(planned, &again);
    planned_end(&again);
    weir_arena_destroy(arena);
    return equal;
}

static void ask(struct running *running, const struct world *world, struct database *databases,
                struct weir_arena *arena, struct draw *draw) {
    const double epsilons[] = {0.1, 1, 10};
    double epsilon = DRAW_ONE(draw, epsilons);
    struct asked asked = grammar_ask(arena, world->catalog, draw);
    struct planned planned;
    bool is_checked_twice = draw_chance(draw, 10), is_run_as_product = draw_chance(draw, 25);
    planned_begin(&planned, arena, world, asked.sql, epsilon);
    count_question(running, &asked, &planned);
    if (planned.error.class == WEIR_ERROR_INTERNAL || planned.error.class == WEIR_ERROR_LIMIT ||
        (is_checked_twice && !is_steady(&planned, world, asked.sql, epsilon))) {
        running->failed = true;
        printf("# FOUND: planning: %s\n# again: --seed %" PRIu64 " --case %" PRIu64
               "\n# question: %s\n%s",
               planned.error.message, running->seed, running->cases, asked.sql, world->text);
    }
    for (size_t i = 0; planned.is_planned && i < DATABASES && !running->failed; i++) {
        struct subject subject = {world, &databases[i], planned.plan};
        struct finding finding = {0};
        struct draw own = draw_begin(draw_below(draw, UINT64_MAX), i);
        int64_t units[UNITS], culprit;
        size_t count = draw_units(&databases[i], &own, units);
        check_subject(running, &subject, units, count, own, &finding, &culprit);
        if (i == 0 && is_run_as_product)
            check_as_product(running, &subject, &planned, &finding);
        if (finding.found)
            report(running, &subject, asked.sql, culprit, own, &finding);
    }
    planned_end(&planned);
    engine_forget(running->engine);
}

/* ---- all ---- */

static void run_case(struct running *running) {
    struct draw draw = draw_begin(running->seed, running->cases);
    struct weir_arena *arena = weir_arena_create(ARENA_BYTES);
    struct world world;
    struct database databases[DATABASES];
    weir_check(arena != NULL);
    world_make(&world, arena, &draw);
    for (size_t i = 0; i < DATABASES; i++)
        database_make(&world, &databases[i], &draw);
    engine_show(running->engine, &world);
    for (size_t i = 0; i < QUESTIONS && !running->failed; i++) {
        struct weir_arena *own = weir_arena_create(QUESTION_BYTES);
        weir_check(own != NULL);
        ask(running, &world, databases, own, &draw);
        weir_arena_destroy(own);
    }
    engine_forget(running->engine);
    weir_arena_destroy(arena);
}

static bool read_number(const char *text, uint64_t *number) {
    char *end;
    errno = 0;
    *number = text == NULL ? 0 : strtoull(text, &end, 10);
    return text != NULL && errno == 0 && *text != '\0' && *end == '\0';
}

static bool read_options(struct running *running, int count, char **arguments) {
    const char *environment = getenv("WEIR_PROPERTY_PAIRS");
    if (environment != NULL && !read_number(environment, &running->pairs_wanted))
        return false;
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i], *value = i + 1 < count ? arguments[i + 1] : NULL;
        if (strcmp(name, "--verbose") == 0) {
            running->is_verbose = true;
            continue;
        }
        running->has_only_case |= strcmp(name, "--case") == 0;
        uint64_t *number = strcmp(name, "--pairs") == 0  ? &running->pairs_wanted
                           : strcmp(name, "--seed") == 0 ? &running->seed
                           : strcmp(name, "--case") == 0 ? &running->only_case
                                                         : NULL;
        if (number == NULL || !read_number(value, number))
            return false;
        i++;
    }
    return true;
}

/* Enough is planned and little skipped, and every form of question is among it. */
static bool covers(const struct running *running) {
    bool all =
        running->planned * 10 > running->asked * 3 && running->skipped * 50 < running->planned;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        printf("# %-30s %8" PRIu64 " asked %8" PRIu64 " planned\n", form_names[i],
               running->forms_asked[i], running->forms_planned[i]);
        all = all && running->forms_planned[i] > 0;
    }
    return all;
}

int main(int count, char **arguments) {
    struct running running = {.pairs_wanted = 2000, .seed = 1};
    struct weir_error error = {0};
    if (!read_options(&running, count, arguments)) {
        fprintf(stderr, "usage: run [--pairs N] [--seed S] [--case C] [--verbose]\n");
        return 2;
    }
    weir_check(weir_env_initialise(&error).ok);
    running.engine = engine_open();
    running.cases = running.only_case;
    do {
        run_case(&running);
        running.cases += !running.failed;
    } while (!running.failed && !running.has_only_case && running.pairs < running.pairs_wanted);
    engine_close(running.engine);
    printf("# seed %" PRIu64 ": %" PRIu64 " cases, %" PRIu64 " questions, %" PRIu64
           " planned (%" PRIu64 " one row a unit, %" PRIu64 " bounded by policy, %" PRIu64
           " of declared groups), %" PRIu64 " pairs, %" PRIu64
           " databases skipped: too many rows\n",
           running.seed, running.cases, running.asked, running.planned, running.one_row,
           running.bounded, running.declared, running.pairs, running.skipped);
    bool is_covered = covers(&running) || running.pairs < ENOUGH_PAIRS;
    printf("1..2\n%sok 1 - neighbours differ by no more than what is claimed\n%sok 2 - every form "
           "is planned\n",
           running.failed ? "not " : "", is_covered ? "" : "not ");
    return running.failed || !is_covered;
}
