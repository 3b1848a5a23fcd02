/* The passes, each pure but for the arena. */
#ifndef WEIR_PRIVACY_PASSES_H
#define WEIR_PRIVACY_PASSES_H

#include "privacy/plan.h"

/* Refuses what no purpose allows: unit keys outside COUNT(DISTINCT), identifying and biometric
 * columns, a table twice. */
weir_status weir_pass_admit(const char *text, const struct weir_question *question,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* Finds to whom each relation's rows belong and the release point. */
weir_status weir_pass_unit(const char *text, struct weir_question *question,
                           struct weir_error *error) WEIR_MUST_CHECK;

/* Measures with their sensitivities, and the domains of the keys. */
weir_status weir_pass_bound(struct weir_arena *arena, const char *text,
                            const struct weir_domain_reader *reader, struct weir_release_plan *plan,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* What it costs, how much noise that buys, and the threshold. */
weir_status weir_pass_price(const struct weir_catalog *catalog, double epsilon,
                            struct weir_release_plan *plan,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* Can the value be NULL, or absent for being NaN? True when in doubt. domain.c */
bool weir_expression_may_be_null(const struct weir_column *scope,
                                 const struct weir_expression *expression);

/* An interval that holds every value of an expression whose columns keep to their declared ranges;
 * infinite ends where nothing is declared. range.c */
struct weir_range {
    double low, high;
};
struct weir_range weir_expression_range(const struct weir_column *scope,
                                        const struct weir_expression *expression);

/* The closed set of values of a key; domain->declared false when it has none of at most
 * WEIR_DECLARED_GROUPS_MAX values. domain.c */
weir_status weir_key_domain(struct weir_arena *arena, const struct weir_column *scope,
                            const struct weir_expression *key,
                            const struct weir_domain_reader *reader, struct weir_domain *domain,
                            struct weir_error *error) WEIR_MUST_CHECK;

#endif
