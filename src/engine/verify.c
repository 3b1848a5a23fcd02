/* weir verify: the log from its bytes alone, then the log against the private store.
 *
 * A server may be at work meanwhile. What is logged was in the store before its entry (a charge, a
 * commitment, a stored answer), so that half is read after the log; what the store holds was logged
 * before (a version) or belongs to what was, so that half is read first. */
#include "engine/verify_private.h"

#include "base/file.h"

#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const size_t listing_bytes = (size_t)4 << 30;

/* Between charge and log entry, in microseconds: the day by which the ledger lets a clock go back,
 * and the second to which the entry's time is cut off. */
static const int64_t tolerance = INT64_C(86401000000);

enum { SCRATCH_BYTES = 256 << 20, SHOWN_ID_BYTES = 2 * WEIR_QUESTION_ID_BYTES + 1 };

struct verification {
    struct weir_store *store;
    struct weir_ledger *ledger;
    struct weir_logged logged;
    const struct weir_logged_version *versions;
    size_t version_count;
    const struct weir_units_version *units;
    size_t units_count;
    const uint8_t (*answers)[WEIR_QUESTION_ID_BYTES];
    size_t answer_count;
};

static weir_status disagree(struct weir_error *error, const struct weir_logged_question *question,
                            const char *what) {
    char id[SHOWN_ID_BYTES];
    sodium_bin2hex(id, sizeof id, question->id, sizeof question->id);
    return weir_fail(error, WEIR_ERROR_INVALID, "log entry %" PRIu64 ", question %s: %s",
                     question->index, id, what);
}

/* ---- what is logged, in the store ---- */

static weir_status check_charge(struct verification *verification,
                                const struct weir_logged_question *question,
                                struct weir_error *error) {
    struct weir_privacy_amount price;
    int64_t charged_at;
    bool found;
    WEIR_TRY(
        weir_ledger_find(verification->ledger, question->id, &found, &price, &charged_at, error));
    if (!found)
        return disagree(error, question, "the ledger has no charge for it");
    if (price.femto_rho != question->price.femto_rho ||
        price.selection_delta != question->price.selection_delta)
        return disagree(error, question, "the ledger charged another price than was logged");
    if (charged_at < question->time - tolerance || charged_at > question->time + tolerance)
        return disagree(error, question, "the ledger charged it at another time than was logged");
    return WEIR_OK;
}

static const struct weir_policy_permit *find_permit(const struct weir_policy *policy,
                                                    const char *purpose, const char *role) {
    for (size_t i = 0; i < policy->permit_count; i++) {
        const struct weir_policy_permit *permit = &policy->permits[i];
        if (strcmp(permit->purpose->name, purpose) == 0 && strcmp(permit->role->name, role) == 0)
            return permit;
    }
    return NULL;
}

static weir_status require_account(struct verification *verification,
                                   const struct weir_logged_question *question,
                                   const struct weir_ledger_account *account,
                                   struct weir_error *error) {
    bool charged;
    WEIR_TRY(weir_ledger_is_charged_to(verification->ledger, question->id, account->name, &charged,
                                       error));
    if (charged)
        return WEIR_OK;
    disagree(error, question, "it was charged to another budget than the one it was asked under");
    return weir_error_detail(error, "The budget of %.200s has no such charge.", account->name);
}

/* The budgets are those of the policy in force; of an earlier one only the price can be checked. */
static weir_status check_accounts(struct verification *verification, struct weir_arena *scratch,
                                  const struct weir_logged_question *question,
                                  struct weir_error *error) {
    const struct weir_store *store = verification->store;
    struct weir_ledger_account account;
    const struct weir_policy_dataset *dataset;
    if (memcmp(question->policy_hash, weir_store_policy_hash(store), WEIR_POLICY_HASH_BYTES) != 0)
        return WEIR_OK;
    const struct weir_policy_permit *permit =
        find_permit(weir_store_policy(store), question->purpose, question->role);
    if (permit == NULL)
        return disagree(error, question, "the policy has no permit for its purpose and role");
    WEIR_TRY(weir_account_dataset(permit, &dataset, error));
    WEIR_TRY(weir_account_of_permit(scratch, permit, &account));
    WEIR_TRY(require_account(verification, question, &account, error));
    WEIR_TRY(weir_account_of_dataset(scratch, dataset, &account));
    return require_account(verification, question, &account, error);
}

/* A commitment may have been destroyed with its key, as it is to be one day. */
static weir_status check_commitment(struct verification *verification, struct weir_arena *scratch,
                                    const struct weir_logged_question *question,
                                    struct weir_error *error) {
    uint8_t key[WEIR_KEY_BYTES], commitment[WEIR_DIGEST_BYTES];
    const char *text;
    bool found;
    WEIR_TRY(weir_store_find_commitment(verification->store, scratch, question->id, &found, key,
                                        &text, error));
    if (!found)
        return WEIR_OK;
    weir_record_commitment(key, text, commitment);
    sodium_memzero(key, sizeof key);
    return sodium_memcmp(commitment, question->commitment, sizeof commitment) == 0
               ? WEIR_OK
               : disagree(error, question, "its stored text is not the one committed to");
}

static weir_status check_answer(struct verification *verification, struct weir_arena *scratch,
                                const struct weir_logged_question *question,
                                struct weir_error *error) {
    uint8_t digest[WEIR_DIGEST_BYTES];
    const void *bytes;
    size_t len;
    bool found;
    if (!question->is_given)
        return WEIR_OK;
    WEIR_TRY(weir_store_answer_by_id(verification->store, scratch, question->id, &found, &bytes,
                                     &len, error));
    if (!found)
        return disagree(error, question, "its answer was given and is not in the store");
    weir_record_digest(verification->store, bytes, len, digest);
    return sodium_memcmp(digest, question->digest, sizeof digest) == 0
               ? WEIR_OK
               : disagree(error, question, "its stored answer is not the one that was given");
}

static weir_status check_question(struct verification *verification,
                                  const struct weir_logged_question *question,
                                  struct weir_error *error) {
    struct weir_arena *scratch = weir_arena_create(SCRATCH_BYTES);
    if (scratch == NULL)
        return WEIR_FAILED;
    weir_status status = check_charge(verification, question, error);
    if (status.ok)
        status = check_accounts(verification, scratch, question, error);
    if (status.ok)
        status = check_commitment(verification, scratch, question, error);
    if (status.ok)
        status = check_answer(verification, scratch, question, error);
    weir_arena_destroy(scratch);
    return status;
}

/* ---- what is in the store, in the log ---- */

static weir_status check_version(const struct weir_logged *logged,
                                 const struct weir_logged_version *version,
                                 struct weir_error *error) {
    const struct weir_logged_load *load = weir_logged_find_load(logged, version->version);
    const char *what = NULL;
    if (load == NULL)
        what = "the log does not say that it was loaded";
    else if (load->index != version->log_index)
        what = "the store names another log entry for it";
    else if (strcmp(load->table, version->table) != 0)
        what = "the log says that another table was loaded";
    else if (sodium_memcmp(load->digest, version->digest, sizeof load->digest) != 0)
        what = "the log says that another file was loaded";
    if (what == NULL)
        return WEIR_OK;
    return weir_fail(error, WEIR_ERROR_INVALID, "table %.200s, version %" PRId64 ": %s",
                     version->table, version->version, what);
}

static weir_status check_content(struct verification *verification,
                                 const struct weir_logged_version *version,
                                 struct weir_error *error) {
    bool same;
    if (!version->is_newest)
        return WEIR_OK;
    WEIR_TRY(weir_store_check_content(verification->store, version, &same, error));
    return same
               ? WEIR_OK
               : weir_fail(error, WEIR_ERROR_INVALID,
                           "table %.200s, version %" PRId64 ": its file was altered after the load",
                           version->table, version->version);
}

static weir_status check_units(struct verification *verification,
                               const struct weir_units_version *units, struct weir_error *error) {
    bool same;
    WEIR_TRY(weir_store_check_units(verification->store, units, &same, error));
    return same ? WEIR_OK
                : weir_fail(error, WEIR_ERROR_INVALID,
                            "the units of dataset %.64s, version %" PRId64
                            ": their file was altered after the load",
                            units->dataset, units->version);
}

static weir_status check_stored(struct verification *verification, struct weir_error *error) {
    const struct weir_logged *logged = &verification->logged;
    if (!weir_logged_has_policy(logged, weir_store_policy_hash(verification->store)))
        return weir_fail(error, WEIR_ERROR_INVALID, "the policy in force was never logged");
    for (size_t i = 0; i < verification->version_count; i++) {
        WEIR_TRY(check_version(logged, &verification->versions[i], error));
        WEIR_TRY(check_content(verification, &verification->versions[i], error));
    }
    for (size_t i = 0; i < verification->units_count; i++)
        WEIR_TRY(check_units(verification, &verification->units[i], error));
    for (size_t i = 0; i < verification->answer_count; i++)
        if (weir_logged_find_question(logged, verification->answers[i]) == NULL)
            return weir_fail(error, WEIR_ERROR_INVALID,
                             "the store holds an answer to a question that was never logged");
    return WEIR_OK;
}

/* ---- the whole ---- */

static weir_status read_store(struct verification *verification, struct weir_error *error) {
    struct weir_arena *arena = verification->logged.arena;
    WEIR_TRY(weir_store_logged_versions(verification->store, arena, &verification->versions,
                                        &verification->version_count, error));
    WEIR_TRY(weir_store_units(verification->store, arena, &verification->units,
                              &verification->units_count, error));
    return weir_store_answer_ids(verification->store, arena, &verification->answers,
                                 &verification->answer_count, error);
}

/* The log by itself would pass for a published copy, whose last entries are not looked for. */
static weir_status require_journal(const struct weir_store *store, struct weir_error *error) {
    static const char *const names[] = {"journal", "append.lock", "publish.lock"};
    for (size_t i = 0; i < WEIR_COUNT(names); i++) {
        char path[PATH_MAX];
        int len = snprintf(path, sizeof path, "%s/%s", weir_store_log_folder(store), names[i]);
        if (len < 0 || (size_t)len >= sizeof path)
            return weir_fail(error, WEIR_ERROR_LIMIT, "the path of the store's log is too long");
        if (!weir_file_exists(path))
            return weir_fail(error, WEIR_ERROR_INVALID, "the log is incomplete: %.300s is missing",
                             path);
    }
    return WEIR_OK;
}

static weir_status verify(struct verification *verification, const char *folder,
                          const struct weir_env *env, struct weir_error *error) {
    struct weir_logged *logged = &verification->logged;
    char key[512];
    WEIR_TRY(weir_store_open(folder, env, &verification->store, error));
    WEIR_TRY(weir_ledger_open(weir_store_state_path(verification->store), env,
                              &verification->ledger, error));
    WEIR_TRY(read_store(verification, error));
    WEIR_TRY(require_journal(verification->store, error));
    WEIR_TRY(weir_verifier_key(verification->store, key, sizeof key, error));
    WEIR_TRY(weir_logged_read(weir_store_log_folder(verification->store), key, logged, error));
    WEIR_TRY(weir_ledger_verify(verification->ledger, error));
    WEIR_TRY(check_stored(verification, error));
    for (const struct weir_logged_question *question = logged->first; question != NULL;
         question = question->next)
        WEIR_TRY(check_question(verification, question, error));
    return WEIR_OK;
}

weir_status weir_engine_verify(const char *folder, const struct weir_env *env,
                               struct weir_verify_report *report, struct weir_error *error) {
    struct verification verification = {.logged.arena = weir_arena_create(listing_bytes)};
    weir_status status =
        verification.logged.arena == NULL ? WEIR_FAILED : verify(&verification, folder, env, error);
    if (status.ok)
        *report = verification.logged.report;
    else
        weir_error_settle(error);
    weir_logged_free(&verification.logged);
    weir_ledger_close(verification.ledger);
    weir_store_close(verification.store);
    weir_arena_destroy(verification.logged.arena);
    return status;
}
