/* Budgets of the policy as accounts of the ledger, and what was spent of them. */
#include "engine/engine_private.h"

#include "base/banned.h"

static const char *period_name(enum weir_period period) {
    switch (period) {
    case WEIR_PERIOD_LIFETIME:
        return "lifetime";
    case WEIR_PERIOD_DAY:
        return "day";
    case WEIR_PERIOD_WEEK:
        return "week";
    case WEIR_PERIOD_MONTH:
        return "month";
    case WEIR_PERIOD_QUARTER:
        return "quarter";
    case WEIR_PERIOD_YEAR:
        return "year";
    }
    return "unknown";
}

static weir_status make(const char *name, const struct weir_budget_terms *terms,
                        struct weir_ledger_account *account) {
    if (name == NULL)
        return WEIR_FAILED;
    *account =
        (struct weir_ledger_account){.name = name,
                                     .period = terms->period,
                                     .limit = weir_budget_limit(terms->epsilon, terms->delta)};
    return WEIR_OK;
}

weir_status weir_account_of_permit(struct weir_arena *arena,
                                   const struct weir_policy_permit *permit,
                                   struct weir_ledger_account *account) {
    return make(
        weir_arena_printf(arena, "purpose %s role %s", permit->purpose->name, permit->role->name),
        &permit->budget, account);
}

weir_status weir_account_of_dataset(struct weir_arena *arena,
                                    const struct weir_policy_dataset *dataset,
                                    struct weir_ledger_account *account) {
    return make(weir_arena_printf(arena, "dataset %s", dataset->name), &dataset->budget, account);
}

/* The lint sees to this; a store that was made without it must not escape its dataset's budget. */
weir_status weir_account_dataset(const struct weir_policy_permit *permit,
                                 const struct weir_policy_dataset **dataset,
                                 struct weir_error *error) {
    *dataset = NULL;
    for (size_t i = 0; i < permit->grant_count; i++) {
        const struct weir_policy_dataset *next = permit->grants[i].table->dataset;
        if (next == NULL || (*dataset != NULL && next != *dataset))
            *dataset = NULL;
        else
            *dataset = next;
        if (*dataset == NULL)
            break;
    }
    if (*dataset != NULL)
        return WEIR_OK;
    return weir_fail(error, WEIR_ERROR_REFUSED,
                     "the permit of this purpose does not name tables of exactly one dataset");
}

weir_status weir_account_report(struct weir_ledger *ledger,
                                const struct weir_ledger_account *account,
                                const struct weir_budget_terms *terms,
                                struct weir_status_budget *budget,
                                struct weir_ledger_balance *balance, struct weir_error *error) {
    WEIR_TRY(weir_ledger_balance(ledger, account->name, account->period, balance, error));
    *budget = (struct weir_status_budget){
        .account = account->name,
        .epsilon_limit = terms->epsilon,
        .epsilon_spent = weir_spent_epsilon(balance->period_spent, terms->delta),
        .epsilon_lifetime = weir_spent_epsilon(balance->lifetime_spent, terms->delta),
        .delta = terms->delta,
        .questions = balance->period_charges,
        .period = period_name(terms->period),
    };
    return WEIR_OK;
}
