/* weir status: what is spent, what is loaded, how long the log is. */
#include "cli/options.h"
#include "cli/print.h"

#include "engine/engine.h"

#include <inttypes.h>
#include <string.h>

#include "base/banned.h"

static int widest_account(const struct weir_status_report *report) {
    size_t width = strlen("budget");
    for (size_t i = 0; i < report->budget_count; i++)
        if (strlen(report->budgets[i].account) > width)
            width = strlen(report->budgets[i].account);
    return (int)width;
}

static void print_report(const struct weir_status_report *report) {
    int width = widest_account(report);
    printf("%-*s  %8s  %8s  %8s  %9s  %s\n", width, "budget", "spent", "of eps.", "ever",
           "questions", "period, delta");
    for (size_t i = 0; i < report->budget_count; i++) {
        const struct weir_status_budget *budget = &report->budgets[i];
        printf("%-*s  %8.4f  %8.4g  %8.4f  %9" PRId64 "  %s, %g\n", width, budget->account,
               budget->epsilon_spent, budget->epsilon_limit, budget->epsilon_lifetime,
               budget->questions, budget->period, budget->delta);
    }
    printf("\ntable (version)\n");
    for (size_t i = 0; i < report->version_count; i++)
        printf("  %s.%s (%" PRId64 ")\n", report->versions[i].schema, report->versions[i].name,
               report->versions[i].version);
    if (report->version_count == 0)
        printf("  none is loaded yet\n");
    printf("\nlog: %" PRIu64 " entries\nverifier key: %s\n", report->log_size,
           report->verifier_key);
}

static weir_status show(struct weir_engine *engine, struct weir_error *error) {
    struct weir_arena *arena = weir_arena_create(64 << 20);
    if (!arena)
        return WEIR_FAILED;
    struct weir_status_report report = {0};
    weir_status status = weir_engine_report(engine, arena, &report, error);
    if (status.ok)
        print_report(&report);
    weir_arena_destroy(arena);
    return status;
}

enum weir_exit weir_command_status(const struct weir_command *command, int argc, char **argv) {
    const char *folder;
    enum weir_exit over;
    if (!weir_cli_read_options(command, argc, argv, NULL, 0, &folder, 1, &over))
        return over;
    struct weir_error error = {0};
    struct weir_engine *engine = NULL;
    weir_status status = weir_engine_open(folder, weir_env_system(),
                                          &(struct weir_engine_options){0}, &engine, &error);
    if (status.ok)
        status = show(engine, &error);
    weir_engine_close(engine);
    if (!status.ok)
        weir_cli_print_error(stderr, NULL, &error);
    return status.ok ? WEIR_EXIT_DONE : WEIR_EXIT_FAILED;
}
