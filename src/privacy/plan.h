/* What the passes make of a question: how its release is to be computed, noised and paid. Never
 * depends on data of persons. */
#ifndef WEIR_PRIVACY_PLAN_H
#define WEIR_PRIVACY_PLAN_H

#include "base/arena.h"
#include "base/error.h"
#include "bound/contribution.h"
#include "budget/accountant.h"
#include "catalog/catalog.h"
#include "ir/ir.h"

enum {
    WEIR_DECLARED_GROUPS_MAX = 10000,
    WEIR_WEIGHT_LATTICE_BITS = 5,
    WEIR_WEIGHED_GROUPS_MAX = 1024
};

enum weir_measure_kind {
    WEIR_MEASURE_ROWS,     /* rows */
    WEIR_MEASURE_NOT_NULL, /* rows where the argument is not null */
    WEIR_MEASURE_SUM,      /* of the clamped, centred argument */
    WEIR_MEASURE_PEOPLE    /* units with a row in the group */
};

/* How one vector is noised: known from the plan on, or, where tau is chosen privately, from the
 * release on. */
struct weir_measure_noise {
    int64_t tau; /* raw units: the most that one unit moves the vector by, in L2 norm; 0 = not yet
                  * chosen */
    int lattice_bits; /* noise is drawn in steps of 2^-lattice_bits raw units */
    int64_t sigma;    /* in such steps */
    bool tells_clipped;
    double clipped, clipped_half_width; /* noisy number of units that were scaled down to tau */
};

/* One vector over the groups, noised by itself. */
struct weir_measure {
    enum weir_measure_kind kind;
    const struct weir_expression *argument; /* over the release's input; NULL for ROWS, PEOPLE */
    struct weir_contribution contribution;  /* of one row */
    int decimal_scale; /* SUM of NUMERIC: raw units are 10^-decimal_scale; else -1 */
    size_t counted_by; /* SUM that is centred: the measure of how many values the centre is taken
                        * off */
    /* Shares of the price in femto rho: for the noise, for choosing tau, for telling how many
     * units were clipped. */
    int64_t noise_rho, tau_rho, clipped_rho;
    struct weir_measure_noise noise;
};

/* How an aggregate of the question comes out of the noisy vectors. */
struct weir_released_aggregate {
    size_t value; /* measure: the count, the sum, or an average's centred sum */
    bool is_average;
    size_t divisor; /* measure: an average's count */
};

/* The closed set of values of one key, NULL among them where it can occur; not declared = values
 * come from the data and must clear the threshold. */
struct weir_domain {
    bool declared;
    size_t count;
    const struct weir_value *values; /* sorted by weir_value_compare, distinct */
};

struct weir_release_plan {
    const struct weir_relation *release;
    size_t key_count, aggregate_count, measure_count;
    const struct weir_domain *domains;
    bool one_row;         /* no unit has more than one row: nothing is to be clipped */
    bool groups_declared; /* all shown, empty ones with noise; else selected by threshold */
    size_t declared_group_count;
    struct weir_measure *measures;
    const struct weir_released_aggregate *aggregates;
    /* Not declared: the measure whose noisy value decides which groups appear, and what it must
     * exceed. It weighs people: each counts 1 / sqrt(m) in each of m groups, so with one row a unit
     * it is their number, else no more than it. */
    size_t weight;
    double threshold;
    int64_t minimum_people; /* it must reach this too */
    double epsilon, delta;  /* the price of this question alone, and the delta it is stated at */
    struct weir_privacy_amount price;
    const char *canonical; /* with its constants: private */
    const char *shown;     /* literals replaced: for the public log */
};

/* Reads the distinct values of a public table's column, at most `limit` of them (more = *count is
 * limit + 1), in the arena. */
struct weir_domain_reader {
    void *state;
    weir_status (*read)(void *state, struct weir_arena *arena,
                        const struct weir_policy_table *table,
                        const struct weir_policy_column *column, size_t limit,
                        const struct weir_value **values, size_t *count, struct weir_error *error);
};

/* All passes in order: admit, unit, bound, price. question->release is filled; *plan is NULL when
 * no table of persons is touched. `text` is the statement, for positions. Every refusal is class
 * REFUSED and says what to write instead. */
weir_status weir_privacy_plan(struct weir_arena *arena, const struct weir_catalog *catalog,
                              const char *text, double epsilon,
                              const struct weir_domain_reader *reader,
                              struct weir_question *question, struct weir_release_plan **plan,
                              struct weir_error *error) WEIR_MUST_CHECK;

#endif
