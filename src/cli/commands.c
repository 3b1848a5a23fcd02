/* The table of subcommands, and finding the one that was asked for. */
#include "cli/cli.h"
#include "cli/print.h"

#include "base/env.h"

#include <string.h>

#include "base/banned.h"

static const struct weir_command commands[] = {
    {"init", "DIR --policy FILE", "make a store that obeys a policy",
     "Makes the folder DIR: keys, an empty public log, and the policy FILE in force. DIR must not "
     "exist\n"
     "yet, or be empty. The policy is checked first (see `weir policy check`).\n"
     "\n"
     "  --policy FILE   the policy, in the policy language\n"
     "\n"
     "Example:\n"
     "  weir init /srv/city --policy examples/city/city.weir\n",
     weir_command_init},
    {"load", "[--append] DIR SCHEMA.TABLE FILE", "load a table from CSV or Parquet",
     "Reads FILE (.csv with a header line, or .parquet), checks every row against the policy, and "
     "puts it\n"
     "in force as the table's new version, all or nothing. A bad row is named by line and column, "
     "never by\n"
     "its value. Interrupting it leaves the version before.\n"
     "\n"
     "A table with UNIT VIA is loaded after the one it leads through. When that one is loaded "
     "again, "
     "so are,\n"
     "from what is stored, all tables behind it. Rows that lead to nobody are kept, counted here, "
     "and in no\n"
     "answer.\n"
     "\n"
     "  --append        add FILE's rows to the table's, instead of replacing them\n"
     "\n"
     "Example:\n"
     "  weir load /srv/city city.resident residents.csv\n"
     "  weir load --append /srv/city city.visit december.csv\n",
     weir_command_load},
    {"user add", "DIR NAME --role ROLE", "let a person ask under a role of the policy",
     "Adds the user NAME, or replaces password and role of an existing one. The password is asked "
     "for\n"
     "twice, or taken from WEIR_PASSWORD. Only a SCRAM verifier of it is kept.\n"
     "\n"
     "  --role ROLE     a role that the policy defines\n"
     "\n"
     "Example:\n"
     "  weir user add /srv/city ada --role statistician\n",
     weir_command_user_add},
    {"serve", "DIR [--listen ADDRESS] [--port PORT]", "answer PostgreSQL clients",
     "Answers questions until it gets SIGTERM or SIGINT. The database a client asks for is the "
     "purpose.\n"
     "\n"
     "  --listen ADDRESS   default 127.0.0.1\n"
     "  --port PORT        default 5433; 0 takes any free port and says which\n"
     "  --tls-cert FILE    certificate chain (PEM); needed beyond this machine\n"
     "  --tls-key FILE     its private key (PEM)\n"
     "  --insecure         listen beyond this machine without TLS: answers can then be read on the "
     "way\n"
     "  --sessions N       at most N sessions at once (default 64)\n"
     "  --idle SECONDS     close a session that asks nothing for so long (default 600)\n"
     "  --timeout SECONDS  stop a question that runs longer (default 60); its price stays paid\n"
     "\n"
     "Example:\n"
     "  weir serve /srv/city\n"
     "  psql 'host=127.0.0.1 port=5433 user=ada dbname=housing_statistics'\n",
     weir_command_serve},
    {"explain", "DIR --purpose PURPOSE 'SQL'", "what a question would cost, without asking it",
     "Shows price, noise and plan of a question, or why it is refused. Nothing is paid, run or "
     "logged.\n"
     "\n"
     "  --purpose PURPOSE  the purpose under which it would be asked\n"
     "  --role ROLE        needed only when several roles have that purpose\n"
     "  --format json      for programs (default: text)\n"
     "\n"
     "Example:\n"
     "  weir explain /srv/city --purpose housing_statistics \\\n"
     "    'SELECT district, count(*) FROM city.resident GROUP BY district'\n",
     weir_command_explain},
    {"status", "DIR", "budgets, tables and the log",
     "Shows what every budget has spent and has left, the version of each table, and the log's "
     "size and\n"
     "verifier key. No number of it depends on a person.\n"
     "\n"
     "Example:\n"
     "  weir status /srv/city\n",
     weir_command_status},
    {"policy check", "FILE", "read a policy and say what is wrong with it",
     "Prints each finding as FILE:LINE:COLUMN: message, the way a compiler does. Prints the "
     "SHA-256 of\n"
     "the policy's canonical text when there is none.\n"
     "\n"
     "Example:\n"
     "  weir policy check examples/city/city.weir\n",
     weir_command_policy_check},
    {"verify", "DIR", "check the log against itself and the store",
     "Checks every hash and signature of the log from its bytes alone, then that the budgets, "
     "answers and\n"
     "questions of the store agree with it. Exit status 0 only when everything does.\n"
     "\n"
     "Example:\n"
     "  weir verify /srv/city\n",
     weir_command_verify},
};

void weir_cli_print_help(const struct weir_command *command, FILE *out) {
    fprintf(out, "usage: weir %s %s\n\n%s", command->name, command->usage, command->help);
}

static void print_overview(FILE *out) {
    fprintf(out,
            "Weir answers questions about records of people, and protects each person in them.\n"
            "\n"
            "usage: weir COMMAND ...\n"
            "\n");
    for (size_t i = 0; i < WEIR_COUNT(commands); i++)
        fprintf(out, "  %-13s %s\n", commands[i].name, commands[i].summary);
    fprintf(
        out,
        "\n"
        "From nothing to a first answer:\n"
        "  weir init city --policy city.weir\n"
        "  weir load city city.resident residents.csv\n"
        "  weir user add city ada --role statistician\n"
        "  weir serve city\n"
        "  psql -h 127.0.0.1 -p 5433 -U ada -d housing_statistics\n"
        "\n"
        "`weir COMMAND --help` explains one command. Exit status: 0 done, 1 failed or refused,\n"
        "2 the command line is wrong.\n");
}

/* How many words of the command line `name` matches: 0, 1 or 2. */
static int words_matched(const char *name, int argc, char **argv) {
    size_t first = strcspn(name, " ");
    if (argc < 2 || strlen(argv[1]) != first || strncmp(argv[1], name, first) != 0)
        return 0;
    if (name[first] == '\0')
        return 1;
    return argc > 2 && strcmp(argv[2], name + first + 1) == 0 ? 2 : 0;
}

/* After the first word of two, those that it begins are shown: "weir user --help". */
static enum weir_exit refuse_command(int argc, char **argv) {
    size_t length = strlen(argv[1]), found = 0;
    bool asks = argc > 2 && strcmp(argv[2], "--help") == 0;
    for (size_t i = 0; i < WEIR_COUNT(commands); i++)
        if (strncmp(commands[i].name, argv[1], length) == 0 && commands[i].name[length] == ' ') {
            weir_cli_print_help(&commands[i], asks ? stdout : stderr);
            found++;
        }
    if (found > 0)
        return asks ? WEIR_EXIT_DONE : WEIR_EXIT_USAGE;
    fprintf(stderr, "weir: there is no command %s\n`weir --help` lists them.\n", argv[1]);
    return WEIR_EXIT_USAGE;
}

enum weir_exit weir_cli_run(int argc, char **argv) {
    if (argc < 2) {
        print_overview(stderr);
        return WEIR_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_overview(stdout);
        return WEIR_EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("weir %s\n", WEIR_VERSION);
        return WEIR_EXIT_DONE;
    }
    for (size_t i = 0; i < WEIR_COUNT(commands); i++) {
        int words = words_matched(commands[i].name, argc, argv);
        if (words == 0)
            continue;
        struct weir_error error = {0};
        if (!weir_env_initialise(&error).ok) {
            weir_cli_print_error(stderr, NULL, &error);
            return WEIR_EXIT_FAILED;
        }
        return commands[i].run(&commands[i], argc - words, argv + words);
    }
    return refuse_command(argc, argv);
}
