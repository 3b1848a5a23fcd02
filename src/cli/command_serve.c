/* weir serve: answer PostgreSQL clients until a signal says to stop. */
#include "cli/address.h"
#include "cli/options.h"
#include "cli/print.h"

#include "engine/engine.h"
#include "wire/server.h"

#include <signal.h>
#include <string.h>

#include "base/banned.h"

enum {
    DEFAULT_PORT = 5433,
    DEFAULT_SESSIONS = 64,
    DEFAULT_IDLE_SECONDS = 600,
    DEFAULT_STATEMENT_SECONDS = 60,
    DAY_SECONDS = 86400
};

struct arguments {
    const char *folder, *listen, *port, *sessions, *idle, *timeout, *certificate, *key;
    bool insecure;
};

static bool read_numbers(const struct weir_command *command, const struct arguments *arguments,
                         struct weir_server_options *options) {
    long port = DEFAULT_PORT, sessions = DEFAULT_SESSIONS, idle = DEFAULT_IDLE_SECONDS;
    long timeout = DEFAULT_STATEMENT_SECONDS;
    if ((arguments->port &&
         !weir_cli_read_number(command, "port", arguments->port, 0, 65535, &port)) ||
        (arguments->sessions &&
         !weir_cli_read_number(command, "sessions", arguments->sessions, 1, 10000, &sessions)) ||
        (arguments->idle &&
         !weir_cli_read_number(command, "idle", arguments->idle, 1, DAY_SECONDS, &idle)) ||
        (arguments->timeout &&
         !weir_cli_read_number(command, "timeout", arguments->timeout, 1, DAY_SECONDS, &timeout)))
        return false;
    *options = (struct weir_server_options){
        .listen = arguments->listen,
        .port = (int)port,
        .session_limit = (size_t)sessions,
        .idle_seconds = (int)idle,
        .statement_seconds = (int)timeout,
        .certificate = arguments->certificate,
        .key = arguments->key,
    };
    return true;
}

static bool check_exposure(const struct weir_command *command, const struct arguments *arguments) {
    if ((arguments->certificate != NULL) != (arguments->key != NULL)) {
        weir_cli_usage(command, "--tls-cert and --tls-key go together");
        return false;
    }
    if (arguments->certificate || arguments->insecure || weir_cli_is_loopback(arguments->listen))
        return true;
    weir_cli_usage(
        command,
        "%s is not an address of this machine alone (127.0.0.1, ::1), and without TLS\n"
        "anyone on the way reads questions and answers; give --tls-cert and --tls-key, or\n"
        "say --insecure",
        arguments->listen);
    return false;
}

/* The signals that end the server, for sigwait alone: threads started later inherit the mask. */
static sigset_t block_signals(void) {
    sigset_t ending;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    weir_check(sigemptyset(&ending) == 0 && sigaddset(&ending, SIGTERM) == 0 &&
               sigaddset(&ending, SIGINT) == 0);
    weir_check(pthread_sigmask(SIG_BLOCK, &ending, NULL) == 0);
    /* A client that left is an error of write(2), not the end of the server. */
    weir_check(sigaction(SIGPIPE, &ignore, NULL) == 0);
    return ending;
}

static weir_status answer(struct weir_engine *engine, const struct weir_server_options *options,
                          const sigset_t *ending, struct weir_error *error) {
    struct weir_server *server = NULL;
    WEIR_TRY(weir_server_start(engine, options, &server, error));
    bool six = strchr(options->listen, ':') != NULL;
    printf("weir: ready on %s%s%s:%d\n", six ? "[" : "", options->listen, six ? "]" : "",
           weir_server_port(server));
    fflush(stdout);
    int number;
    while (sigwait(ending, &number) != 0)
        continue;
    fprintf(stderr, "weir: stopping\n");
    weir_server_stop(server);
    weir_server_wait(server);
    weir_server_destroy(server);
    return WEIR_OK;
}

enum weir_exit weir_command_serve(const struct weir_command *command, int argc, char **argv) {
    struct arguments arguments = {.listen = "127.0.0.1"};
    const struct weir_cli_option known[] = {
        {.name = "listen", .value = &arguments.listen},
        {.name = "port", .value = &arguments.port},
        {.name = "sessions", .value = &arguments.sessions},
        {.name = "idle", .value = &arguments.idle},
        {.name = "timeout", .value = &arguments.timeout},
        {.name = "tls-cert", .value = &arguments.certificate},
        {.name = "tls-key", .value = &arguments.key},
        {.name = "insecure", .flag = &arguments.insecure},
    };
    enum weir_exit over;
    struct weir_server_options options;
    if (!weir_cli_read_options(command, argc, argv, known, WEIR_COUNT(known), &arguments.folder, 1,
                               &over))
        return over;
    if (!read_numbers(command, &arguments, &options) || !check_exposure(command, &arguments))
        return WEIR_EXIT_USAGE;

    sigset_t ending = block_signals();
    struct weir_error error = {0};
    struct weir_engine *engine = NULL;
    weir_status status =
        weir_engine_open(arguments.folder, weir_env_system(),
                         &(struct weir_engine_options){.announce = true}, &engine, &error);
    if (status.ok)
        status = answer(engine, &options, &ending, &error);
    weir_engine_close(engine);
    if (!status.ok)
        weir_cli_print_error(stderr, NULL, &error);
    return status.ok ? WEIR_EXIT_DONE : WEIR_EXIT_FAILED;
}
