/* Reading a password: the environment first (for scripts), else the terminal itself, never standard
 * input. */
#include "cli/password.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/banned.h"

static weir_status check_password(const char *password, struct weir_error *error) {
    if (password[0] == '\0')
        return weir_fail(error, WEIR_ERROR_INVALID, "an empty password is not accepted");
    return WEIR_OK;
}

static weir_status from_environment(const char *given, char password[WEIR_CLI_PASSWORD_MAX],
                                    struct weir_error *error) {
    size_t len = strlen(given);
    if (len >= WEIR_CLI_PASSWORD_MAX)
        return weir_fail(error, WEIR_ERROR_LIMIT, "WEIR_PASSWORD has more than %d bytes",
                         WEIR_CLI_PASSWORD_MAX - 1);
    memcpy(password, given, len + 1);
    return check_password(password, error);
}

/* The terminal, and the signals that end the asking: read as input, so that none is lost between
 * two reads and the echo always comes back. */
struct prompt {
    int terminal, signals;
};

static weir_status read_byte(const struct prompt *prompt, char *byte, bool *ended,
                             struct weir_error *error) {
    struct pollfd sources[] = {{.fd = prompt->terminal, .events = POLLIN},
                               {.fd = prompt->signals, .events = POLLIN}};
    if (poll(sources, WEIR_COUNT(sources), -1) < 0)
        return weir_fail_errno(error, "the terminal cannot be waited for");
    if (sources[1].revents != 0)
        return weir_fail(error, WEIR_ERROR_CANCELLED, "no password was given");
    ssize_t got = read(prompt->terminal, byte, 1);
    if (got < 0)
        return weir_fail_errno(error, "the terminal cannot be read");
    *ended = got == 0 || *byte == '\n';
    return WEIR_OK;
}

static weir_status ask(const struct prompt *prompt, const char *question, const char *user,
                       char password[WEIR_CLI_PASSWORD_MAX], struct weir_error *error) {
    dprintf(prompt->terminal, "%s for %s: ", question, user);
    weir_status status;
    size_t len = 0;
    bool ended = false;
    do {
        if (len == WEIR_CLI_PASSWORD_MAX)
            status = weir_fail(error, WEIR_ERROR_LIMIT, "the password has more than %d bytes",
                               WEIR_CLI_PASSWORD_MAX - 1);
        else
            status = read_byte(prompt, &password[len++], &ended, error);
    } while (status.ok && !ended);
    password[len - 1] = '\0';
    dprintf(prompt->terminal, "\n");
    return status;
}

static weir_status ask_twice(const struct prompt *prompt, const char *user,
                             char password[WEIR_CLI_PASSWORD_MAX], struct weir_error *error) {
    WEIR_TRY(ask(prompt, "New password", user, password, error));
    WEIR_TRY(check_password(password, error));
    char again[WEIR_CLI_PASSWORD_MAX];
    weir_status status = ask(prompt, "The same again", user, again, error);
    if (status.ok && strcmp(password, again) != 0)
        status = weir_fail(error, WEIR_ERROR_INVALID, "the two passwords differ");
    explicit_bzero(again, sizeof again);
    return status;
}

static weir_status ask_without_echo(const struct prompt *prompt, const char *user,
                                    char password[WEIR_CLI_PASSWORD_MAX],
                                    struct weir_error *error) {
    struct termios usual;
    if (tcgetattr(prompt->terminal, &usual) != 0)
        return weir_fail_errno(error, "the terminal cannot be set up");
    struct termios silent = usual;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(prompt->terminal, TCSAFLUSH, &silent) != 0)
        return weir_fail_errno(error, "the terminal's echo cannot be switched off");
    weir_status status = ask_twice(prompt, user, password, error);
    if (tcsetattr(prompt->terminal, TCSAFLUSH, &usual) != 0)
        return weir_fail_errno(error, "the terminal cannot be put back");
    return status;
}

static weir_status ask_at(int terminal, const char *user, char password[WEIR_CLI_PASSWORD_MAX],
                          struct weir_error *error) {
    sigset_t ending, before;
    weir_check(sigemptyset(&ending) == 0 && sigaddset(&ending, SIGINT) == 0 &&
               sigaddset(&ending, SIGTERM) == 0);
    weir_check(pthread_sigmask(SIG_BLOCK, &ending, &before) == 0);
    struct prompt prompt = {.terminal = terminal, .signals = signalfd(-1, &ending, SFD_CLOEXEC)};
    weir_status status = prompt.signals < 0 ? weir_fail_errno(error, "signals cannot be waited for")
                                            : ask_without_echo(&prompt, user, password, error);
    if (prompt.signals >= 0)
        close(prompt.signals);
    /* A signal that ended the asking now ends the program, as it would have without us. */
    weir_check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return status;
}

weir_status weir_cli_read_password(const char *user, char password[WEIR_CLI_PASSWORD_MAX],
                                   struct weir_error *error) {
    const char *given = getenv("WEIR_PASSWORD");
    if (given)
        return from_environment(given, password, error);
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        weir_fail(error, WEIR_ERROR_INVALID, "there is no terminal to ask for a password");
        return weir_error_hint(error, "Set WEIR_PASSWORD in the environment.");
    }
    weir_status status = ask_at(terminal, user, password, error);
    close(terminal);
    return status;
}
