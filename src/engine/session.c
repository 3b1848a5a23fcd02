/* One user under one purpose. */
#include "engine/engine_private.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { SESSION_BYTES = 16 << 20, PSEUDONYM_BYTES = 16 };
static const int64_t day_microseconds = INT64_C(86400000000);

weir_status weir_engine_today(const struct weir_env *env, int64_t *today,
                              struct weir_error *error) {
    int64_t now;
    WEIR_TRY(env->now(env->state, &now, error));
    if (now < 0)
        return weir_fail(error, WEIR_ERROR_SYSTEM, "the clock reads a time before 1970");
    *today = now / day_microseconds;
    return WEIR_OK;
}

/* The same user has the same pseudonym for the life of the store, and no reader of the log can
 * guess names without the key. */
static void fill_pseudonym(struct weir_session *session, const char *user) {
    const struct weir_store_keys *keys = weir_store_keys(session->engine->store);
    unsigned char code[crypto_auth_hmacsha256_BYTES];
    _Static_assert(sizeof session->analyst == 2 * PSEUDONYM_BYTES + 1, "hex of the pseudonym");
    _Static_assert(sizeof keys->pseudonym == crypto_auth_hmacsha256_KEYBYTES, "an HMAC key");
    crypto_auth_hmacsha256(code, (const unsigned char *)user, strlen(user), keys->pseudonym);
    sodium_bin2hex(session->analyst, sizeof session->analyst, code, PSEUDONYM_BYTES);
}

static weir_status fill(struct weir_session *session, const char *user, const char *role,
                        const char *purpose, struct weir_error *error) {
    const struct weir_policy_dataset *dataset;
    int64_t today;
    WEIR_TRY(weir_engine_today(session->engine->env, &today, error));
    WEIR_TRY(weir_catalog_open(session->arena, weir_store_policy(session->engine->store), purpose,
                               role, today, &session->catalog, error));
    const struct weir_policy_permit *permit = session->catalog->permit;
    WEIR_TRY(weir_account_dataset(permit, &dataset, error));
    WEIR_TRY(weir_account_of_permit(session->arena, permit, &session->accounts[0]));
    WEIR_TRY(weir_account_of_dataset(session->arena, dataset, &session->accounts[1]));
    fill_pseudonym(session, user);
    return WEIR_OK;
}

weir_status weir_session_open(struct weir_engine *engine, const char *user, const char *role,
                              const char *purpose, struct weir_session **session,
                              struct weir_error *error) {
    struct weir_session *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory for a session");
    opened->engine = engine;
    opened->arena = weir_arena_create(SESSION_BYTES);
    opened->cancel = weir_cancel_create();
    if (opened->arena == NULL || opened->cancel == NULL ||
        !fill(opened, user, role, purpose, error).ok) {
        weir_error_settle(error);
        weir_session_close(opened);
        return WEIR_FAILED;
    }
    *session = opened;
    return WEIR_OK;
}

void weir_session_close(struct weir_session *session) {
    if (session == NULL)
        return;
    if (session->cancel != NULL)
        weir_cancel_destroy(session->cancel);
    weir_arena_destroy(session->arena);
    free(session);
}

const struct weir_catalog *weir_session_catalog(const struct weir_session *session) {
    return session->catalog;
}

void weir_session_cancel(struct weir_session *session) {
    weir_cancel_request(session->cancel);
}

void weir_session_cancel_reset(struct weir_session *session) {
    weir_cancel_reset(session->cancel);
}

weir_status weir_session_check_day(struct weir_session *session, struct weir_error *error) {
    const struct weir_catalog *catalog, *held = session->catalog;
    int64_t today;
    WEIR_TRY(weir_engine_today(session->engine->env, &today, error));
    struct weir_arena *scratch = weir_arena_create(SESSION_BYTES);
    weir_status status = scratch == NULL
                             ? WEIR_FAILED
                             : weir_catalog_open(scratch, held->policy, held->purpose->name,
                                                 held->permit->role->name, today, &catalog, error);
    weir_arena_destroy(scratch);
    if (!status.ok)
        weir_error_settle(error);
    return status;
}
