/* Things of a policy by name. */
#include "policy/policy.h"

#include <string.h>

#include "base/banned.h"

const struct weir_policy_table *weir_policy_find_table(const struct weir_policy *policy,
                                                       const char *schema, const char *name) {
    for (size_t i = 0; i < policy->table_count; i++)
        if (strcmp(policy->tables[i].schema, schema) == 0 &&
            strcmp(policy->tables[i].name, name) == 0)
            return &policy->tables[i];
    return NULL;
}

const struct weir_policy_column *weir_policy_find_column(const struct weir_policy_table *table,
                                                         const char *name) {
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

const struct weir_policy_purpose *weir_policy_find_purpose(const struct weir_policy *policy,
                                                           const char *name) {
    for (size_t i = 0; i < policy->purpose_count; i++)
        if (strcmp(policy->purposes[i].name, name) == 0)
            return &policy->purposes[i];
    return NULL;
}

const struct weir_policy_role *weir_policy_find_role(const struct weir_policy *policy,
                                                     const char *name) {
    for (size_t i = 0; i < policy->role_count; i++)
        if (strcmp(policy->roles[i].name, name) == 0)
            return &policy->roles[i];
    return NULL;
}
