/* The passes, each pure but for the arena. */
#ifndef WEIR_PRIVACY_PASSES_H
#define WEIR_PRIVACY_PASSES_H

#include "privacy/plan.h"

/* Refuses what no purpose allows: unit keys outside COUNT(DISTINCT), identifying and biometric
 * columns, a table twice. */
weir_status weir_pass_admit(const char *text, const struct weir_question *question,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* Finds to whom each relation's rows belong and the release point; writes the equality of units
 * into joins of persons. */
weir_status weir_pass_unit(struct weir_arena *arena, const char *text,
                           struct weir_question *question,
                           struct weir_error *error) WEIR_MUST_CHECK;

/* A join of two owned relations: false when its condition does not equate keys that lead to the
 * unit; else the units' equality is written into it. *exhausted when memory ran out. same_unit.c */
bool weir_join_same_unit(struct weir_arena *arena, struct weir_relation *join,
                         bool *exhausted) WEIR_MUST_CHECK;

/* Measures with their sensitivities, and the domains of the keys. */
weir_status weir_pass_bound(struct weir_arena *arena, const char *text,
                            const struct weir_domain_reader *reader, struct weir_release_plan *plan,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* No unit's vector is longer than one row's contribution, whatever its rows: it has one row at
 * most, or it is counted once as a person, in the only group. */
bool weir_measure_is_unclipped(const struct weir_release_plan *plan,
                               const struct weir_measure *measure) WEIR_MUST_CHECK;

/* What it costs, how much noise that buys, and the threshold. */
weir_status weir_pass_price(const struct weir_catalog *catalog, double epsilon,
                            struct weir_release_plan *plan,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* The closed set of values of a key; domain->declared false when it has none of at most
 * WEIR_DECLARED_GROUPS_MAX values. domain.c */
weir_status weir_key_domain(struct weir_arena *arena, const struct weir_column *scope,
                            const struct weir_expression *key,
                            const struct weir_domain_reader *reader, struct weir_domain *domain,
                            struct weir_error *error) WEIR_MUST_CHECK;

#endif
