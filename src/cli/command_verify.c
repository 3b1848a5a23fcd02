/* weir verify: the log from its bytes alone, then the log against the store. */
#include "cli/options.h"
#include "cli/print.h"

#include "engine/engine.h"

#include <inttypes.h>

#include "base/banned.h"

enum weir_exit weir_command_verify(const struct weir_command *command, int argc, char **argv) {
    const char *folder;
    enum weir_exit over;
    if (!weir_cli_read_options(command, argc, argv, NULL, 0, &folder, 1, &over))
        return over;
    struct weir_error error = {0};
    struct weir_verify_report report = {0};
    if (!weir_engine_verify(folder, weir_env_system(), &report, &error).ok) {
        weir_cli_print_error(stderr, NULL, &error);
        fprintf(stderr, "%s: NOT verified\n", folder);
        return WEIR_EXIT_FAILED;
    }
    printf("%s: verified\n", folder);
    printf("  entries     %" PRIu64 " under the signed checkpoint, %" PRIu64 " still to come\n",
           report.entries, report.pending);
    printf("  root        ");
    for (size_t i = 0; i < sizeof report.root; i++)
        printf("%02x", report.root[i]);
    printf("\n  loads       %" PRIu64 "\n  questions   %" PRIu64 ", all paid for\n", report.loads,
           report.questions);
    printf("  answers     %" PRIu64 ", all as they were given; %" PRIu64
           " questions had none (the price stays paid)\n",
           report.answers, report.unanswered);
    return WEIR_EXIT_DONE;
}
