/* getopt_long, wrapped so that every command answers --help and mistakes alike. */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { HELP = 1000 };

enum weir_exit weir_cli_usage(const struct weir_command *command, const char *format, ...) {
    va_list arguments;
    fprintf(stderr, "weir %s: ", command->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nusage: weir %s %s\n`weir %s --help` says more.\n", command->name,
            command->usage, command->name);
    return WEIR_EXIT_USAGE;
}

static size_t fill_getopt(const struct weir_cli_option *options, size_t option_count,
                          struct option *out) {
    weir_check(option_count <= WEIR_CLI_OPTION_LIMIT);
    for (size_t i = 0; i < option_count; i++) {
        weir_check((options[i].value != NULL) != (options[i].flag != NULL));
        out[i] = (struct option){.name = options[i].name,
                                 .has_arg = options[i].value ? required_argument : no_argument,
                                 .val = (int)i};
    }
    out[option_count] = (struct option){.name = "help", .has_arg = no_argument, .val = HELP};
    return option_count + 1;
}

bool weir_cli_read_options(const struct weir_command *command, int argc, char **argv,
                           const struct weir_cli_option *options, size_t option_count,
                           const char **operands, size_t operand_count, enum weir_exit *over) {
    struct option known[WEIR_CLI_OPTION_LIMIT + 2] = {0};
    fill_getopt(options, option_count, known);
    optind = 0; /* a fresh start, also for the second command in one process */
    opterr = 0;
    for (int found; (found = getopt_long(argc, argv, ":h", known, NULL)) != -1;) {
        if (found == HELP || found == 'h') {
            weir_cli_print_help(command, stdout);
            *over = WEIR_EXIT_DONE;
            return false;
        }
        if (found == '?' || found == ':') {
            *over = weir_cli_usage(command, found == ':' ? "%s needs a value" : "unknown option %s",
                                   argv[optind - 1]);
            return false;
        }
        const struct weir_cli_option *option = &options[found];
        if (option->value)
            *option->value = optarg;
        else
            *option->flag = true;
    }
    size_t given = (size_t)(argc - optind);
    if (given != operand_count) {
        *over = weir_cli_usage(command, "%zu argument%s expected, %zu given", operand_count,
                               operand_count == 1 ? "" : "s", given);
        return false;
    }
    for (size_t i = 0; i < operand_count; i++)
        operands[i] = argv[optind + (int)i];
    return true;
}

bool weir_cli_read_number(const struct weir_command *command, const char *name, const char *text,
                          long low, long high, long *number) {
    char *end;
    errno = 0;
    *number = strtol(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && *number >= low && *number <= high)
        return true;
    weir_cli_usage(command, "--%s takes a number from %ld to %ld", name, low, high);
    return false;
}
