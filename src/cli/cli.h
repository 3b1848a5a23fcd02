/* The command line: one table of subcommands, each with a help text that teaches by an example.
 *
 * Exit status: 0 done, 1 failed or refused, 2 the command line itself is wrong. Results go to
 * standard output, everything else to standard error. */
#ifndef WEIR_CLI_CLI_H
#define WEIR_CLI_CLI_H

#include "base/checks.h"
#include "base/error.h"

#include <stdio.h>

enum weir_exit { WEIR_EXIT_DONE = 0, WEIR_EXIT_FAILED = 1, WEIR_EXIT_USAGE = 2 };

struct weir_command {
    const char *name;    /* "user add" */
    const char *usage;   /* what follows the name: "DIR NAME --role ROLE" */
    const char *summary; /* one line */
    const char *help;    /* paragraphs, options and an example */
    enum weir_exit (*run)(const struct weir_command *command, int argc, char **argv);
};

/* main() without the process. */
enum weir_exit weir_cli_run(int argc, char **argv);
void weir_cli_print_help(const struct weir_command *command, FILE *out);

enum weir_exit weir_command_init(const struct weir_command *command, int argc, char **argv);
enum weir_exit weir_command_load(const struct weir_command *command, int argc, char **argv);
enum weir_exit weir_command_user_add(const struct weir_command *command, int argc, char **argv);
enum weir_exit weir_command_serve(const struct weir_command *command, int argc, char **argv);
enum weir_exit weir_command_explain(const struct weir_command *command, int argc, char **argv);
enum weir_exit weir_command_status(const struct weir_command *command, int argc, char **argv);
enum weir_exit weir_command_policy_check(const struct weir_command *command, int argc, char **argv);
enum weir_exit weir_command_verify(const struct weir_command *command, int argc, char **argv);

#endif
