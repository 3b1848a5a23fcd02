/* From draft to model: permits, whose tables, columns, purpose and role must all be declared. */
#include "policy/draft.h"
#include "policy/lex.h"

#include <string.h>

#include "base/banned.h"

static weir_status fail_name(struct weir_error *error, const struct weir_policy_name *name,
                             const char *what) {
    return weir_policy_fail_at(error, WEIR_ERROR_INVALID, name->line, name->column, "%s \"%s\"",
                               what, name->text);
}

static weir_status build_grant(struct weir_arena *arena, const struct weir_policy *policy,
                               const struct weir_policy_draft_grant *item,
                               struct weir_policy_grant *grant, struct weir_error *error) {
    grant->table = weir_policy_find_table(policy, item->schema.text, item->table.text);
    if (grant->table == NULL)
        return fail_name(error, &item->table, "the policy has no such table:");
    const struct weir_policy_column **columns =
        WEIR_NEW_ARRAY(arena, item->columns.count, const struct weir_policy_column *);
    if (columns == NULL)
        return WEIR_FAILED;
    grant->columns = columns;
    for (const struct weir_policy_name *name = item->columns.first; name != NULL;
         name = name->next) {
        const struct weir_policy_column *column = weir_policy_find_column(grant->table, name->text);
        if (column == NULL)
            return fail_name(error, name, "the table has no column");
        columns[grant->column_count++] = column;
    }
    return WEIR_OK;
}

static weir_status build_permit(struct weir_arena *arena, const struct weir_policy *policy,
                                const struct weir_policy_draft_permit *item,
                                struct weir_policy_permit *permit, struct weir_error *error) {
    *permit = item->model;
    permit->purpose = weir_policy_find_purpose(policy, item->purpose.text);
    if (permit->purpose == NULL)
        return fail_name(error, &item->purpose, "declare the purpose with PURPOSE:");
    permit->role = weir_policy_find_role(policy, item->role.text);
    if (permit->role == NULL)
        return fail_name(error, &item->role, "declare the role with ROLE:");
    struct weir_policy_grant *grants =
        WEIR_NEW_ARRAY(arena, permit->grant_count, struct weir_policy_grant);
    if (grants == NULL)
        return WEIR_FAILED;
    permit->grants = grants;
    for (const struct weir_policy_draft_grant *grant = item->grants; grant != NULL;
         grant = grant->next)
        WEIR_TRY(build_grant(arena, policy, grant, grants++, error));
    return WEIR_OK;
}

weir_status weir_policy_build_permits(struct weir_arena *arena, struct weir_policy *policy,
                                      struct weir_policy_draft *draft, struct weir_error *error) {
    struct weir_policy_permit *permits =
        WEIR_NEW_ARRAY(arena, policy->permit_count, struct weir_policy_permit);
    if (permits == NULL)
        return WEIR_FAILED;
    policy->permits = permits;
    size_t count = 0;
    for (const struct weir_policy_draft_permit *item = draft->permits; item != NULL;
         item = item->next, count++) {
        WEIR_TRY(build_permit(arena, policy, item, &permits[count], error));
        /* A session belongs to one purpose and one role: which permit is its own must be certain.
         */
        for (size_t i = 0; i < count; i++)
            if (permits[i].purpose == permits[count].purpose &&
                permits[i].role == permits[count].role)
                return weir_policy_fail_at(
                    error, WEIR_ERROR_INVALID, item->place.line, item->place.column,
                    "the permit in line %d is for the same purpose and role: write one permit",
                    permits[i].line);
    }
    return WEIR_OK;
}
