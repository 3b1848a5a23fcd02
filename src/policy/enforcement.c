/* The one table of what is enforced. To put a feature into force, implement it and set `enforced`.
 */
#include "policy/enforcement.h"

#include "base/banned.h"

const struct weir_policy_feature_state weir_policy_features[WEIR_POLICY_FEATURE_COUNT] = {
    [WEIR_POLICY_FEATURE_NONE] = {"", true, ""},
    [WEIR_POLICY_FEATURE_UNIT_VIA] =
        {"UNIT VIA", true,
         "Give the table the person's own key as UNIT KEY, with one row a person."},
    [WEIR_POLICY_FEATURE_THEN_SHRED] =
        {"THEN SHRED", false, "End the RETAIN clause after the column or LOAD it counts from."},
    [WEIR_POLICY_FEATURE_BOUND_ROWS] = {"BOUND ROWS", true,
                                        "Leave the clause out and store one row a person."},
    [WEIR_POLICY_FEATURE_PERMIT_ROWS] =
        {"PERMIT ROWS", false,
         "Leave the statement out: no purpose can read rows, only PERMIT AGGREGATE is in force."},
    [WEIR_POLICY_FEATURE_PAD_TIME] =
        {"PAD TIME", false, "Leave the clause out, if the time an answer takes may be seen."},
    [WEIR_POLICY_FEATURE_LINK] =
        {"LINK", false,
         "Leave the statement out: without it no question can touch two datasets at once."},
    [WEIR_POLICY_FEATURE_FORBID] =
        {"FORBID", false,
         "Leave the statement out and permit no purpose that it forbids: what is not permitted is "
         "denied."},
    [WEIR_POLICY_FEATURE_CHANGE] =
        {"CHANGE REQUIRES", false,
         "Leave the statement out and keep to the approvals and the delay by your own procedure."},
    [WEIR_POLICY_FEATURE_WITNESS] =
        {"WITNESS", false, "Leave the statement out and publish the log's checkpoints yourself."},
};
