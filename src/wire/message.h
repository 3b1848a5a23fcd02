/* The codec of PostgreSQL's protocol, version 3: fields read from a message's body, and messages
 * built into a buffer. Pure functions over bytes, no I/O. A reader never looks past its end: a
 * field that is not all there sets `failed` and comes back as zero, so that a whole message is read
 * first and checked once (weir_reader_finish). */
#ifndef WEIR_WIRE_MESSAGE_H
#define WEIR_WIRE_MESSAGE_H

#include "base/buffer.h"
#include "base/checks.h"

/* Limits, in bytes, checked before memory is taken for a body. */
enum {
    WEIR_MESSAGE_QUERY_LIMIT = 64 * 1024,        /* the text of one Query or Parse */
    WEIR_MESSAGE_PARAMETERS_LIMIT = 1024 * 1024, /* all parameters of one Bind */
    WEIR_MESSAGE_STARTUP_LIMIT = 10 * 1024,      /* a startup packet */
    WEIR_MESSAGE_PASSWORD_LIMIT = 2 * 1024,      /* any message before authentication is over */
    WEIR_MESSAGE_SMALL_LIMIT =
        4 * 1024, /* every other message, and what surrounds a query's text */
    WEIR_MESSAGE_SKIP_LIMIT = 64 * 1024 * 1024, /* a body longer than this ends the session */
    WEIR_MESSAGE_NAME_LIMIT = 63,               /* the name of a statement or portal */
    WEIR_MESSAGE_ARGUMENT_LIMIT = 200           /* parameters of one statement */
};

struct weir_reader {
    const uint8_t *at, *end;
    bool failed;
};

struct weir_reader weir_reader_over(const void *bytes, size_t len);
uint8_t weir_read_byte(struct weir_reader *reader);
int16_t weir_read_int16(struct weir_reader *reader);
int32_t weir_read_int32(struct weir_reader *reader);
/* A NUL-terminated string of valid UTF-8, which stays in the body; "" on failure. */
const char *weir_read_text(struct weir_reader *reader);
/* `len` bytes, which stay in the body; NULL on failure. */
const uint8_t *weir_read_bytes(struct weir_reader *reader, size_t len);
size_t weir_reader_left(const struct weir_reader *reader);
/* True when every field was there and nothing is left over. */
bool weir_reader_finish(const struct weir_reader *reader) WEIR_MUST_CHECK;

/* The longest body this type of message may have from an authenticated client; 0 for a type that is
 * unknown. */
size_t weir_message_limit(uint8_t type);

/* Messages of the extended protocol. Everything points into the body. */
struct weir_message_parse {
    const char *name, *query;
    size_t type_count;
    uint32_t types[WEIR_MESSAGE_ARGUMENT_LIMIT]; /* OIDs; 0 = not said */
};
struct weir_message_argument {
    int32_t len; /* -1 = NULL */
    const uint8_t *bytes;
    bool is_binary;
};
struct weir_message_bind {
    const char *portal, *statement;
    size_t argument_count;
    struct weir_message_argument arguments[WEIR_MESSAGE_ARGUMENT_LIMIT];
    size_t format_count;    /* of the result's columns: 0 = all text, 1 = the same for all */
    const uint8_t *formats; /* big-endian int16 each; read with weir_message_format */
};
struct weir_message_target { /* Describe and Close */
    bool is_portal;
    const char *name;
};
struct weir_message_execute {
    const char *portal;
    int32_t row_limit; /* <= 0 = none */
};

/* False when the body is not one such message. */
bool weir_message_read_query(struct weir_reader body, const char **query) WEIR_MUST_CHECK;
bool weir_message_read_parse(struct weir_reader body,
                             struct weir_message_parse *parse) WEIR_MUST_CHECK;
bool weir_message_read_bind(struct weir_reader body,
                            struct weir_message_bind *bind) WEIR_MUST_CHECK;
bool weir_message_read_target(struct weir_reader body,
                              struct weir_message_target *target) WEIR_MUST_CHECK;
bool weir_message_read_execute(struct weir_reader body,
                               struct weir_message_execute *execute) WEIR_MUST_CHECK;
/* The format code at an index: 0 = text, 1 = binary. */
int16_t weir_message_format(const uint8_t *formats, size_t index);

bool weir_utf8_is_valid(const char *bytes, size_t len);

/* Writers. Numbers are big-endian. */
void weir_write_int16(struct weir_buffer *out, int16_t number);
void weir_write_int32(struct weir_buffer *out, int32_t number);
void weir_write_int64(struct weir_buffer *out, int64_t number);
void weir_write_text(struct weir_buffer *out, const char *text); /* with its NUL */
/* A message is begun with its type, and ended with the place that begin returned, which fills in
 * its length. */
size_t weir_message_begin(struct weir_buffer *out, uint8_t type);
void weir_message_end(struct weir_buffer *out, size_t place);

#endif
