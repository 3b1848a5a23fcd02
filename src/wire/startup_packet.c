/* Reading startup packets. */
#include "wire/startup_packet.h"

#include "wire/message.h"

#include <string.h>

#include "base/banned.h"

enum { CODE_CANCEL = 80877102, CODE_TLS = 80877103, CODE_GSS = 80877104, MAJOR_VERSION = 3 };

static weir_status malformed(struct weir_error *error) {
    return weir_fail_state(error, WEIR_ERROR_INVALID, "08P01", "malformed startup packet");
}

static weir_status keep(struct weir_startup *startup, const char *name, const char *value,
                        struct weir_error *error) {
    if (startup->parameter_count == WEIR_STARTUP_PARAMETER_LIMIT)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "54000",
                               "the startup packet has more than %d parameters",
                               WEIR_STARTUP_PARAMETER_LIMIT);
    startup->parameters[startup->parameter_count++] = (struct weir_startup_parameter){name, value};
    return WEIR_OK;
}

/* Cuts the next word of a command line in place: words end at spaces, a backslash keeps what
 * follows it. */
static char *next_word(char **rest) {
    while (**rest == ' ')
        (*rest)++;
    if (**rest == '\0')
        return NULL;
    char *word = *rest, *to = *rest, *from = *rest;
    for (; *from != '\0' && *from != ' '; from++) {
        if (*from == '\\' && from[1] != '\0')
            from++;
        *to++ = *from;
    }
    *rest = *from == '\0' ? from : from + 1;
    *to = '\0';
    return word;
}

/* "-c name=value", "-cname=value" and "--name=value". */
static weir_status read_options(struct weir_startup *startup, char *line,
                                struct weir_error *error) {
    for (char *word = next_word(&line); word != NULL; word = next_word(&line)) {
        if (strcmp(word, "-c") == 0)
            word = next_word(&line);
        else if (word[0] == '-' && (word[1] == 'c' || word[1] == '-'))
            word += 2;
        else
            word = NULL;
        char *equals = word == NULL ? NULL : strchr(word, '=');
        if (equals == NULL || equals == word)
            return weir_fail_state(error, WEIR_ERROR_INVALID, "42601",
                                   "the connection's options must be of the form -c name=value");
        *equals = '\0';
        WEIR_TRY(keep(startup, word, equals + 1, error));
    }
    return WEIR_OK;
}

static weir_status read_parameter(struct weir_startup *startup, char *name, char *value,
                                  struct weir_error *error) {
    if (strcmp(name, "user") == 0) {
        startup->user = value;
        return WEIR_OK;
    }
    if (strcmp(name, "database") == 0) {
        startup->database = value;
        return WEIR_OK;
    }
    if (strcmp(name, "options") == 0)
        return read_options(startup, value, error);
    if (strcmp(name, "replication") == 0)
        return weir_fail_state(error, WEIR_ERROR_REFUSED, "0A000", "replication is not offered");
    if (strncmp(name, "_pq_.", 5) == 0) {
        if (startup->option_count == WEIR_STARTUP_PARAMETER_LIMIT)
            return malformed(error);
        startup->options[startup->option_count++] = name;
        return WEIR_OK;
    }
    return keep(startup, name, value, error);
}

static weir_status read_parameters(struct weir_arena *arena, struct weir_reader body,
                                   struct weir_startup *startup, struct weir_error *error) {
    for (;;) {
        const char *name = weir_read_text(&body);
        if (body.failed)
            return malformed(error);
        if (name[0] == '\0')
            break;
        const char *value = weir_read_text(&body);
        if (body.failed)
            return malformed(error);
        char *own_name = weir_arena_string(arena, name),
             *own_value = weir_arena_string(arena, value);
        if (own_name == NULL || own_value == NULL)
            return WEIR_FAILED;
        WEIR_TRY(read_parameter(startup, own_name, own_value, error));
    }
    if (!weir_reader_finish(&body))
        return malformed(error);
    if (startup->user == NULL || startup->user[0] == '\0')
        return weir_fail_state(error, WEIR_ERROR_DENIED, "28000",
                               "no user name is given in the startup packet");
    if (startup->database == NULL || startup->database[0] == '\0')
        startup->database = startup->user;
    return WEIR_OK;
}

weir_status weir_startup_read(struct weir_arena *arena, const uint8_t *bytes, size_t len,
                              struct weir_startup *startup, struct weir_error *error) {
    *startup = (struct weir_startup){.kind = WEIR_STARTUP_SESSION};
    struct weir_reader body = weir_reader_over(bytes, len);
    int32_t code = weir_read_int32(&body);
    if (code == CODE_TLS || code == CODE_GSS) {
        startup->kind = code == CODE_TLS ? WEIR_STARTUP_TLS_REQUEST : WEIR_STARTUP_GSS_REQUEST;
        return weir_reader_finish(&body) ? WEIR_OK : malformed(error);
    }
    if (code == CODE_CANCEL) {
        startup->kind = WEIR_STARTUP_CANCEL;
        startup->process_id = weir_read_int32(&body);
        const uint8_t *secret = weir_read_bytes(&body, WEIR_CANCEL_SECRET_BYTES);
        if (!weir_reader_finish(&body))
            return malformed(error);
        memcpy(startup->secret, secret, WEIR_CANCEL_SECRET_BYTES);
        return WEIR_OK;
    }
    if (body.failed)
        return malformed(error);
    if (code >> 16 != MAJOR_VERSION)
        return weir_fail_state(
            error, WEIR_ERROR_INVALID, "0A000",
            "unsupported protocol: this server speaks PostgreSQL's protocol, version 3");
    WEIR_TRY(read_parameters(arena, body, startup, error));
    startup->is_newer = (code & 0xffff) > 0 || startup->option_count > 0;
    return WEIR_OK;
}
