/* Statements and clauses that the language has and this program may not enforce. */
#ifndef WEIR_POLICY_ENFORCEMENT_H
#define WEIR_POLICY_ENFORCEMENT_H

#include "base/checks.h"

enum weir_policy_feature {
    WEIR_POLICY_FEATURE_NONE,
    WEIR_POLICY_FEATURE_UNIT_VIA,
    WEIR_POLICY_FEATURE_THEN_SHRED,
    WEIR_POLICY_FEATURE_BOUND_ROWS,
    WEIR_POLICY_FEATURE_PERMIT_ROWS,
    WEIR_POLICY_FEATURE_PAD_TIME,
    WEIR_POLICY_FEATURE_LINK,
    WEIR_POLICY_FEATURE_FORBID,
    WEIR_POLICY_FEATURE_CHANGE,
    WEIR_POLICY_FEATURE_WITNESS,
    WEIR_POLICY_FEATURE_COUNT
};

struct weir_policy_feature_state {
    const char *name; /* as written in a policy */
    bool enforced;    /* false: a policy that uses it is refused */
    const char *hint; /* what to write instead, meanwhile */
};

extern const struct weir_policy_feature_state weir_policy_features[WEIR_POLICY_FEATURE_COUNT];

#endif
