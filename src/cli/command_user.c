/* weir user add: a name, a role of the policy, a password that only its owner keeps. */
#include "cli/options.h"
#include "cli/password.h"
#include "cli/print.h"

#include "store/store.h"

#include <string.h>

#include "base/banned.h"

static weir_status check_role(const struct weir_policy *policy, const char *role,
                              struct weir_error *error) {
    if (weir_policy_find_role(policy, role))
        return WEIR_OK;
    struct weir_buffer names = {0};
    for (size_t i = 0; i < policy->role_count; i++)
        weir_buffer_printf(&names, "%s%s", i == 0 ? "" : ", ", policy->roles[i].name);
    weir_fail(error, WEIR_ERROR_INVALID, "the policy has no role \"%s\"", role);
    weir_error_hint(error, "Its roles are: %s.", names.failed || !names.bytes ? "" : names.bytes);
    weir_buffer_free(&names);
    return WEIR_FAILED;
}

static weir_status add(struct weir_store *store, const char *name, const char *role,
                       struct weir_error *error) {
    WEIR_TRY(check_role(weir_store_policy(store), role, error));
    char password[WEIR_CLI_PASSWORD_MAX];
    weir_status status = weir_cli_read_password(name, password, error);
    if (status.ok)
        status = weir_store_add_user(store, name, role, password, error);
    explicit_bzero(password, sizeof password);
    return status;
}

enum weir_exit weir_command_user_add(const struct weir_command *command, int argc, char **argv) {
    const char *operands[2], *role = NULL;
    const struct weir_cli_option options[] = {{.name = "role", .value = &role}};
    enum weir_exit over;
    if (!weir_cli_read_options(command, argc, argv, options, WEIR_COUNT(options), operands, 2,
                               &over))
        return over;
    if (!role)
        return weir_cli_usage(command, "--role ROLE is missing");
    struct weir_error error = {0};
    struct weir_store *store = NULL;
    weir_status status = weir_store_open(operands[0], weir_env_system(), &store, &error);
    if (status.ok)
        status = add(store, operands[1], role, &error);
    weir_store_close(store);
    if (!status.ok) {
        weir_cli_print_error(stderr, NULL, &error);
        return WEIR_EXIT_FAILED;
    }
    printf("%s may ask as %s\n", operands[1], role);
    return WEIR_EXIT_DONE;
}
