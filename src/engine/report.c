/* weir status: budgets, versions, the log. */
#include "engine/engine_private.h"

#include <sodium.h>
#include <string.h>

#include "base/banned.h"

static weir_status report_budgets(struct weir_engine *engine, struct weir_arena *arena,
                                  struct weir_status_report *report, struct weir_error *error) {
    const struct weir_policy *policy = weir_store_policy(engine->store);
    struct weir_ledger_account account;
    struct weir_ledger_balance balance;
    struct weir_status_budget *budgets = WEIR_NEW_ARRAY(
        arena, policy->dataset_count + policy->permit_count, struct weir_status_budget);
    if (budgets == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < policy->dataset_count; i++) {
        const struct weir_policy_dataset *dataset = &policy->datasets[i];
        WEIR_TRY(weir_account_of_dataset(arena, dataset, &account));
        WEIR_TRY(weir_account_report(engine->ledger, &account, &dataset->budget,
                                     &budgets[report->budget_count++], &balance, error));
    }
    for (size_t i = 0; i < policy->permit_count; i++) {
        const struct weir_policy_permit *permit = &policy->permits[i];
        WEIR_TRY(weir_account_of_permit(arena, permit, &account));
        WEIR_TRY(weir_account_report(engine->ledger, &account, &permit->budget,
                                     &budgets[report->budget_count++], &balance, error));
    }
    report->budgets = budgets;
    return WEIR_OK;
}

weir_status weir_verifier_key(const struct weir_store *store, char *out, size_t size,
                              struct weir_error *error) {
    unsigned char public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];
    const char *origin = weir_store_log_origin(store);
    char text[512];
    _Static_assert(WEIR_KEY_BYTES == crypto_sign_SEEDBYTES, "an Ed25519 seed");
    if (strlen(origin) + 64 > sizeof text)
        return weir_fail(error, WEIR_ERROR_SYSTEM, "the name of the store's log is too long");
    int failed = crypto_sign_seed_keypair(public_key, secret_key, weir_store_keys(store)->log_seed);
    sodium_memzero(secret_key, sizeof secret_key);
    if (failed != 0)
        return weir_fail(error, WEIR_ERROR_INTERNAL, "the log's key cannot be derived");
    weir_log_verifier_key(origin, public_key, text, sizeof text);
    if (strlen(text) >= size)
        return weir_fail(error, WEIR_ERROR_SYSTEM, "the name of the store's log is too long");
    memcpy(out, text, strlen(text) + 1);
    return WEIR_OK;
}

weir_status weir_engine_report(struct weir_engine *engine, struct weir_arena *arena,
                               struct weir_status_report *report, struct weir_error *error) {
    int64_t store_version;
    *report = (struct weir_status_report){0};
    WEIR_TRY(report_budgets(engine, arena, report, error));
    WEIR_TRY(weir_store_versions(engine->store, arena, &report->versions, &report->version_count,
                                 &store_version, error));
    report->log_size = weir_log_size(engine->log);
    return weir_verifier_key(engine->store, report->verifier_key, sizeof report->verifier_key,
                             error);
}
