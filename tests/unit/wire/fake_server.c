/* The server over the fake engine, for clients that live in another process: says its port, serves
 * until SIGTERM. */
#include "fake_engine.h"
#include "wire/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static struct weir_server *server;

static void stop(int number) {
    (void)number;
    weir_server_stop(server);
}

/* "name=value" arguments. */
static const char *option(int count, char **arguments, const char *name) {
    size_t len = strlen(name);
    for (int i = 1; i < count; i++)
        if (strncmp(arguments[i], name, len) == 0 && arguments[i][len] == '=')
            return arguments[i] + len + 1;
    return NULL;
}

static int number(int count, char **arguments, const char *name) {
    const char *text = option(count, arguments, name);
    return text == NULL ? 0 : (int)strtol(text, NULL, 10);
}

int main(int count, char **arguments) {
    struct weir_error error = {0};
    struct weir_engine *engine = fake_engine_create();
    struct weir_server_options options = {
        .port = number(count, arguments, "port"),
        .session_limit = (size_t)number(count, arguments, "sessions"),
        .idle_seconds = number(count, arguments, "idle"),
        .statement_seconds = number(count, arguments, "statement"),
        .startup_seconds = number(count, arguments, "startup"),
        .certificate = option(count, arguments, "certificate"),
        .key = option(count, arguments, "key"),
    };
    if (engine == NULL || !weir_env_initialise(&error).ok ||
        !weir_server_start(engine, &options, &server, &error).ok) {
        fprintf(stderr, "%s\n", error.message);
        fake_engine_destroy(engine);
        return 1;
    }
    struct sigaction action = {.sa_handler = stop};
    if (sigaction(SIGTERM, &action, NULL) != 0)
        return 1;
    printf("%d\n", weir_server_port(server));
    fflush(stdout);
    weir_server_wait(server);
    weir_server_destroy(server);
    fake_engine_destroy(engine);
    return 0;
}
