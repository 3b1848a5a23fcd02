/* weir init: a checked policy, a new store. */
#include "cli/options.h"
#include "cli/policy_file.h"
#include "cli/print.h"

#include "engine/engine.h"

#include <inttypes.h>

#include "base/banned.h"

static enum weir_exit create(const char *folder, const struct weir_policy *policy) {
    struct weir_error error = {0};
    if (!weir_engine_create(folder, weir_env_system(), policy, &error).ok) {
        weir_cli_print_error(stderr, NULL, &error);
        return WEIR_EXIT_FAILED;
    }
    printf("%s: a store under \"%s\" version %" PRId64 "; load its %zu tables next\n", folder,
           policy->name, policy->version, policy->table_count);
    return WEIR_EXIT_DONE;
}

enum weir_exit weir_command_init(const struct weir_command *command, int argc, char **argv) {
    const char *folder, *file = NULL;
    const struct weir_cli_option options[] = {{.name = "policy", .value = &file}};
    enum weir_exit over;
    if (!weir_cli_read_options(command, argc, argv, options, WEIR_COUNT(options), &folder, 1,
                               &over))
        return over;
    if (!file)
        return weir_cli_usage(command, "--policy FILE is missing");
    struct weir_arena *arena = weir_arena_create(WEIR_CLI_ARENA_BYTES);
    const struct weir_policy *policy = weir_cli_read_policy(arena, file);
    over = policy ? create(folder, policy) : WEIR_EXIT_FAILED;
    weir_arena_destroy(arena);
    return over;
}
