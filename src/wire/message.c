/* Reading and writing the fields of messages. */
#include "wire/message.h"

#include <string.h>

#include "base/banned.h"

struct weir_reader weir_reader_over(const void *bytes, size_t len) {
    return (struct weir_reader){.at = bytes, .end = (const uint8_t *)bytes + len};
}

size_t weir_reader_left(const struct weir_reader *reader) {
    return (size_t)(reader->end - reader->at);
}

const uint8_t *weir_read_bytes(struct weir_reader *reader, size_t len) {
    if (reader->failed || len > weir_reader_left(reader)) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *bytes = reader->at;
    reader->at += len;
    return bytes;
}

uint8_t weir_read_byte(struct weir_reader *reader) {
    const uint8_t *bytes = weir_read_bytes(reader, 1);
    return bytes == NULL ? 0 : bytes[0];
}

int16_t weir_read_int16(struct weir_reader *reader) {
    const uint8_t *bytes = weir_read_bytes(reader, 2);
    return bytes == NULL ? 0 : (int16_t)(bytes[0] << 8 | bytes[1]);
}

int32_t weir_read_int32(struct weir_reader *reader) {
    const uint8_t *bytes = weir_read_bytes(reader, 4);
    return bytes == NULL ? 0
                         : (int32_t)((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                                     (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3]);
}

const char *weir_read_text(struct weir_reader *reader) {
    const uint8_t *nul = reader->failed || reader->at == reader->end
                             ? NULL
                             : memchr(reader->at, 0, weir_reader_left(reader));
    if (nul == NULL || !weir_utf8_is_valid((const char *)reader->at, (size_t)(nul - reader->at))) {
        reader->failed = true;
        return "";
    }
    const char *text = (const char *)reader->at;
    reader->at = nul + 1;
    return text;
}

bool weir_reader_finish(const struct weir_reader *reader) {
    return !reader->failed && reader->at == reader->end;
}

/* The length of the well-formed sequence at `bytes`, or 0: Unicode's table of well-formed UTF-8,
 * with no overlong form and no surrogate. */
static size_t sequence_len(const uint8_t *bytes, size_t left) {
    uint8_t first = bytes[0], low = 0x80, high = 0xbf;
    if (first < 0x80)
        return 1;
    size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || left < len)
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    if (first == 0xed)
        high = 0x9f;
    if (first == 0xf0)
        low = 0x90;
    if (first == 0xf4)
        high = 0x8f;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

bool weir_utf8_is_valid(const char *bytes, size_t len) {
    for (size_t at = 0; at < len;) {
        size_t step = sequence_len((const uint8_t *)bytes + at, len - at);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

size_t weir_message_limit(uint8_t type) {
    switch (type) {
    case 'Q':
    case 'P':
        return WEIR_MESSAGE_QUERY_LIMIT + WEIR_MESSAGE_SMALL_LIMIT;
    case 'B':
        return WEIR_MESSAGE_PARAMETERS_LIMIT + WEIR_MESSAGE_SMALL_LIMIT;
    case 'D':
    case 'E':
    case 'C':
    case 'S':
    case 'H':
    case 'X':
    case 'F':
    case 'd':
    case 'c':
    case 'f':
        return WEIR_MESSAGE_SMALL_LIMIT;
    default:
        return 0;
    }
}

bool weir_message_read_query(struct weir_reader body, const char **query) {
    *query = weir_read_text(&body);
    return weir_reader_finish(&body);
}

static bool is_name(const char *name) {
    return strlen(name) <= WEIR_MESSAGE_NAME_LIMIT;
}

bool weir_message_read_parse(struct weir_reader body, struct weir_message_parse *parse) {
    parse->name = weir_read_text(&body);
    parse->query = weir_read_text(&body);
    int16_t count = weir_read_int16(&body);
    if (body.failed || !is_name(parse->name) || count < 0 || count > WEIR_MESSAGE_ARGUMENT_LIMIT)
        return false;
    parse->type_count = (size_t)count;
    for (int16_t i = 0; i < count; i++)
        parse->types[i] = (uint32_t)weir_read_int32(&body);
    return weir_reader_finish(&body);
}

int16_t weir_message_format(const uint8_t *formats, size_t index) {
    return (int16_t)(formats[2 * index] << 8 | formats[2 * index + 1]);
}

/* A counted list of format codes, each 0 or 1. */
static const uint8_t *read_formats(struct weir_reader *body, size_t *count) {
    int16_t stated = weir_read_int16(body);
    if (stated < 0)
        body->failed = true;
    *count = body->failed ? 0 : (size_t)stated;
    const uint8_t *formats = weir_read_bytes(body, 2 * *count);
    for (size_t i = 0; formats != NULL && i < *count; i++)
        if ((weir_message_format(formats, i) & ~1) != 0)
            body->failed = true;
    return formats;
}

static void read_argument(struct weir_reader *body, struct weir_message_argument *argument) {
    argument->len = weir_read_int32(body);
    argument->bytes = NULL;
    if (argument->len < -1)
        body->failed = true;
    else if (argument->len >= 0)
        argument->bytes = weir_read_bytes(body, (size_t)argument->len);
}

bool weir_message_read_bind(struct weir_reader body, struct weir_message_bind *bind) {
    size_t argument_format_count;
    bind->portal = weir_read_text(&body);
    bind->statement = weir_read_text(&body);
    const uint8_t *argument_formats = read_formats(&body, &argument_format_count);
    int16_t count = weir_read_int16(&body);
    if (body.failed || !is_name(bind->portal) || !is_name(bind->statement) || count < 0 ||
        count > WEIR_MESSAGE_ARGUMENT_LIMIT ||
        (argument_format_count > 1 && argument_format_count != (size_t)count))
        return false;
    bind->argument_count = (size_t)count;
    for (size_t i = 0; i < bind->argument_count; i++) {
        size_t place = argument_format_count == 1 ? 0 : i;
        bind->arguments[i].is_binary =
            argument_format_count > 0 && weir_message_format(argument_formats, place) == 1;
        read_argument(&body, &bind->arguments[i]);
    }
    bind->formats = read_formats(&body, &bind->format_count);
    return weir_reader_finish(&body);
}

bool weir_message_read_target(struct weir_reader body, struct weir_message_target *target) {
    uint8_t kind = weir_read_byte(&body);
    target->is_portal = kind == 'P';
    target->name = weir_read_text(&body);
    return weir_reader_finish(&body) && (kind == 'P' || kind == 'S') && is_name(target->name);
}

bool weir_message_read_execute(struct weir_reader body, struct weir_message_execute *execute) {
    execute->portal = weir_read_text(&body);
    execute->row_limit = weir_read_int32(&body);
    return weir_reader_finish(&body) && is_name(execute->portal);
}

void weir_write_int16(struct weir_buffer *out, int16_t number) {
    uint16_t bits = (uint16_t)number;
    uint8_t bytes[2] = {(uint8_t)(bits >> 8), (uint8_t)bits};
    weir_buffer_append(out, bytes, sizeof bytes);
}

void weir_write_int32(struct weir_buffer *out, int32_t number) {
    uint32_t bits = (uint32_t)number;
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(bits >> (24 - 8 * i));
    weir_buffer_append(out, bytes, sizeof bytes);
}

void weir_write_int64(struct weir_buffer *out, int64_t number) {
    uint64_t bits = (uint64_t)number;
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(bits >> (56 - 8 * i));
    weir_buffer_append(out, bytes, sizeof bytes);
}

void weir_write_text(struct weir_buffer *out, const char *text) {
    weir_buffer_append(out, text, strlen(text) + 1);
}

size_t weir_message_begin(struct weir_buffer *out, uint8_t type) {
    weir_buffer_byte(out, type);
    size_t place = out->len;
    weir_write_int32(out, 0);
    return place;
}

void weir_message_end(struct weir_buffer *out, size_t place) {
    if (out->failed)
        return;
    weir_check(out->len >= place + 4 && out->len - place <= INT32_MAX);
    uint32_t len = (uint32_t)(out->len - place);
    for (int i = 0; i < 4; i++)
        out->bytes[place + (size_t)i] = (char)(uint8_t)(len >> (24 - 8 * i));
}
