/* Reading a password: the environment first (for scripts), else the terminal itself, never standard
 * input. */
#include "cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static weir_status read_line(int terminal, char password[WEIR_CLI_PASSWORD_MAX],
                             struct weir_error *error) {
    size_t len = 0;
    for (;;) {
        char byte;
        ssize_t got = read(terminal, &byte, 1);
        if (got < 0)
            return errno == EINTR ? weir_fail(error, WEIR_ERROR_CANCELLED, "no password was given")
                                  : weir_fail_errno(error, "the terminal cannot be read");
        if (got == 0 || byte == '\n')
            break;
        if (len + 1 == WEIR_CLI_PASSWORD_MAX)
            return weir_fail(error, WEIR_ERROR_LIMIT, "the password has more than %d bytes",
                             WEIR_CLI_PASSWORD_MAX - 1);
        password[len++] = byte;
    }
    password[len] = '\0';
    return WEIR_OK;
}

static weir_status prompt(int terminal, const char *question, const char *user,
                          char password[WEIR_CLI_PASSWORD_MAX], struct weir_error *error) {
    dprintf(terminal, "%s for %s: ", question, user);
    weir_status status = read_line(terminal, password, error);
    dprintf(terminal, "\n");
    return status;
}

static weir_status ask_twice(int terminal, const char *user, char password[WEIR_CLI_PASSWORD_MAX],
                             struct weir_error *error) {
    WEIR_TRY(prompt(terminal, "New password", user, password, error));
    WEIR_TRY(check_password(password, error));
    char again[WEIR_CLI_PASSWORD_MAX];
    weir_status status = prompt(terminal, "The same again", user, again, error);
    if (status.ok && strcmp(password, again) != 0)
        status = weir_fail(error, WEIR_ERROR_INVALID, "the two passwords differ");
    explicit_bzero(again, sizeof again);
    return status;
}

static void interrupted(int number) {
    (void)number; /* its only work is to end read(2), so that the echo comes back before we leave */
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
    struct termios usual;
    struct sigaction quiet = {.sa_handler = interrupted}, before;
    weir_status status;
    if (tcgetattr(terminal, &usual) != 0 || sigaction(SIGINT, &quiet, &before) != 0) {
        status = weir_fail_errno(error, "the terminal cannot be set up");
    } else {
        struct termios silent = usual;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0)
            status = weir_fail_errno(error, "the terminal's echo cannot be switched off");
        else
            status = ask_twice(terminal, user, password, error);
        if (tcsetattr(terminal, TCSAFLUSH, &usual) != 0 || sigaction(SIGINT, &before, NULL) != 0)
            status = weir_fail_errno(error, "the terminal cannot be put back");
    }
    close(terminal);
    return status;
}
