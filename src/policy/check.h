/* The lint's findings, kept in order of line. */
#ifndef WEIR_POLICY_CHECK_H
#define WEIR_POLICY_CHECK_H

#include "policy/policy.h"

/* With more than this, a mechanism may expose a person outright too often. */
#define WEIR_POLICY_SOUND_DELTA 1e-6

struct weir_policy_lint {
    struct weir_arena *arena;
    const struct weir_policy *policy;
    struct weir_policy_finding *first;
    bool exhausted;
};

void weir_policy_find_fault(struct weir_policy_lint *lint, int line, const char *format, ...)
    WEIR_PRINTF(3, 4);
void weir_policy_check_permit(struct weir_policy_lint *lint,
                              const struct weir_policy_permit *permit);

#endif
