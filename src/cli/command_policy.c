/* weir policy check: the findings, or the hash of a clean policy. */
#include "cli/options.h"
#include "cli/policy_file.h"
#include "cli/print.h"

#include <inttypes.h>

#include "base/banned.h"

static enum weir_exit print_hash(struct weir_arena *arena, const struct weir_policy *policy) {
    uint8_t hash[WEIR_POLICY_HASH_BYTES];
    if (!weir_policy_hash(arena, policy, hash)) {
        struct weir_error error = {0};
        weir_cli_print_error(stderr, NULL, &error);
        return WEIR_EXIT_FAILED;
    }
    printf("\"%s\" version %" PRId64 ": nothing to object to\nsha256:", policy->name,
           policy->version);
    for (size_t i = 0; i < sizeof hash; i++)
        printf("%02x", hash[i]);
    printf("\n");
    return WEIR_EXIT_DONE;
}

enum weir_exit weir_command_policy_check(const struct weir_command *command, int argc,
                                         char **argv) {
    const char *file;
    enum weir_exit over;
    if (!weir_cli_read_options(command, argc, argv, NULL, 0, &file, 1, &over))
        return over;
    struct weir_arena *arena = weir_arena_create(WEIR_CLI_ARENA_BYTES);
    const struct weir_policy *policy = weir_cli_read_policy(arena, file);
    over = policy ? print_hash(arena, policy) : WEIR_EXIT_FAILED;
    weir_arena_destroy(arena);
    return over;
}
