/* One command's options and operands, read with getopt_long. */
#ifndef WEIR_CLI_OPTIONS_H
#define WEIR_CLI_OPTIONS_H

#include "cli/cli.h"

/* --name VALUE when `value` is set, --name alone when `flag` is. Exactly one of the two. */
struct weir_cli_option {
    const char *name;
    const char **value;
    bool *flag;
};

enum { WEIR_CLI_OPTION_LIMIT = 16 };

/* argv[0] is the command's last word. Fills `operands` with exactly `operand_count` operands. False
 * when the command is over: then *over is DONE (--help was printed) or USAGE (what is wrong was
 * printed). */
bool weir_cli_read_options(const struct weir_command *command, int argc, char **argv,
                           const struct weir_cli_option *options, size_t option_count,
                           const char **operands, size_t operand_count,
                           enum weir_exit *over) WEIR_MUST_CHECK;

/* A decimal number of low..high. False, with the mistake printed, when `text` is not one. */
bool weir_cli_read_number(const struct weir_command *command, const char *name, const char *text,
                          long low, long high, long *number) WEIR_MUST_CHECK;

/* Prints "weir COMMAND: message" and where to read more; returns WEIR_EXIT_USAGE. */
enum weir_exit weir_cli_usage(const struct weir_command *command, const char *format, ...)
    WEIR_PRINTF(2, 3);

#endif
