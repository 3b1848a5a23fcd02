/* Users: a name, a role of the policy, a SCRAM verifier. */
#include "store/store_private.h"

#include "base/scram_verifier.h"

#include <sodium.h>
#include <string.h>

#include "base/banned.h"

static bool is_plain(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
}

static weir_status check_name(const char *name, struct weir_error *error) {
    size_t len = strlen(name);
    bool good = len > 0 && len < sizeof((struct weir_user *)0)->name && is_plain(name[0]);
    for (size_t i = 0; i < len && good; i++)
        good = is_plain(name[i]) || strchr("._-@", name[i]) != NULL;
    if (good)
        return WEIR_OK;
    return weir_fail(error, WEIR_ERROR_INVALID,
                     "a user's name has 1 to 63 letters, digits, '.', '_', '-' or '@', and begins "
                     "with a letter or a digit");
}

static weir_status keep_user(struct weir_store *store, const char *name, const char *role,
                             const char *verifier, struct weir_error *error) {
    int64_t now;
    bool row;
    WEIR_TRY(store->env->now(store->env->state, &now, error));
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = weir_state_prepare(
        store->database,
        "INSERT OR REPLACE INTO user (name, role, verifier, since) VALUES (?, ?, ?, ?)", &statement,
        error);
    if (status.ok) {
        weir_state_bind_text(&statement, 1, name);
        weir_state_bind_text(&statement, 2, role);
        weir_state_bind_text(&statement, 3, verifier);
        weir_state_bind_integer(&statement, 4, now);
        status = weir_state_step(&statement, &row, error);
    }
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}

weir_status weir_store_add_user(struct weir_store *store, const char *name, const char *role,
                                const char *password, struct weir_error *error) {
    uint8_t salt[WEIR_SCRAM_SALT_BYTES];
    char verifier[WEIR_SCRAM_VERIFIER_SIZE];
    WEIR_TRY(check_name(name, error));
    if (weir_policy_find_role(store->policy, role) == NULL ||
        strlen(role) >= sizeof((struct weir_user *)0)->role) {
        weir_fail(error, WEIR_ERROR_INVALID, "the policy has no role \"%.64s\"", role);
        return weir_error_hint(error, "The roles are declared in the policy by ROLE statements.");
    }
    WEIR_TRY(store->env->entropy(store->env->state, salt, sizeof salt, error));
    WEIR_TRY(weir_scram_make_verifier(password, salt, WEIR_SCRAM_ITERATIONS, verifier, error));
    weir_status status = keep_user(store, name, role, verifier, error);
    sodium_memzero(verifier, sizeof verifier);
    return status;
}

/* False when the stored text does not fit. */
static bool copy_text(struct weir_state_statement *statement, int column, char *out, size_t size) {
    const char *text = (const char *)sqlite3_column_text(statement->statement, column);
    size_t len = text == NULL ? size : strlen(text);
    if (len >= size)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

weir_status weir_store_find_user(struct weir_store *store, const char *name, bool *found,
                                 struct weir_user *user, struct weir_error *error) {
    struct weir_state_statement statement = {0};
    weir_store_lock(store);
    weir_status status = weir_state_prepare(
        store->database, "SELECT name, role, verifier FROM user WHERE name = ?", &statement, error);
    if (status.ok) {
        weir_state_bind_text(&statement, 1, name);
        status = weir_state_step(&statement, found, error);
    }
    if (status.ok && *found &&
        !(copy_text(&statement, 0, user->name, sizeof user->name) &&
          copy_text(&statement, 1, user->role, sizeof user->role) &&
          copy_text(&statement, 2, user->verifier, sizeof user->verifier)))
        status = weir_state_fail(store->database, SQLITE_CORRUPT, error);
    weir_state_finish(&statement);
    weir_store_unlock(store);
    return status;
}
