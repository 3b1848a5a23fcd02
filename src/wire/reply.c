/* Building the server's messages. */
#include "wire/reply.h"

#include "wire/types.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

bool weir_format_is_binary(struct weir_formats formats, size_t column) {
    if (formats.count == 0)
        return false;
    return weir_message_format(formats.codes, formats.count == 1 ? 0 : column) == 1;
}

void weir_reply_authentication(struct weir_buffer *out, int32_t kind, const void *bytes,
                               size_t len) {
    size_t place = weir_message_begin(out, 'R');
    weir_write_int32(out, kind);
    weir_buffer_append(out, bytes, len);
    weir_message_end(out, place);
}

void weir_reply_parameter(struct weir_buffer *out, const char *name, const char *value) {
    size_t place = weir_message_begin(out, 'S');
    weir_write_text(out, name);
    weir_write_text(out, value);
    weir_message_end(out, place);
}

void weir_reply_key(struct weir_buffer *out, int32_t process_id, const uint8_t secret[4]) {
    size_t place = weir_message_begin(out, 'K');
    weir_write_int32(out, process_id);
    weir_buffer_append(out, secret, 4);
    weir_message_end(out, place);
}

void weir_reply_ready(struct weir_buffer *out, char transaction_state) {
    size_t place = weir_message_begin(out, 'Z');
    weir_buffer_byte(out, (unsigned char)transaction_state);
    weir_message_end(out, place);
}

static void write_field(struct weir_buffer *out, char code, const char *text) {
    if (text == NULL || text[0] == '\0')
        return;
    weir_buffer_byte(out, (unsigned char)code);
    /* A text may have been cut to its buffer's size within a character: clients decode strictly. */
    size_t len = strlen(text), whole = len;
    while (whole > 0 && len - whole < 4 && !weir_utf8_is_valid(text, whole))
        whole--;
    weir_buffer_append(out, text, weir_utf8_is_valid(text, whole) ? whole : 0);
    weir_buffer_byte(out, 0);
}

void weir_reply_error(struct weir_buffer *out, const char *severity,
                      const struct weir_error *error) {
    size_t place = weir_message_begin(out, 'E');
    write_field(out, 'S', severity);
    write_field(out, 'V', severity);
    write_field(out, 'C', error->sqlstate);
    write_field(out, 'M', error->message[0] != '\0' ? error->message : "the statement failed");
    write_field(out, 'D', error->detail);
    write_field(out, 'H', error->hint);
    if (error->position > 0) {
        char position[16];
        snprintf(position, sizeof position, "%d", error->position);
        write_field(out, 'P', position);
    }
    weir_buffer_byte(out, 0);
    weir_message_end(out, place);
}

void weir_reply_notice(struct weir_buffer *out, const char *severity, const char *sqlstate,
                       const char *message, const char *detail, const char *hint) {
    size_t place = weir_message_begin(out, 'N');
    write_field(out, 'S', severity);
    write_field(out, 'V', severity);
    write_field(out, 'C', sqlstate);
    write_field(out, 'M', message);
    write_field(out, 'D', detail);
    write_field(out, 'H', hint);
    weir_buffer_byte(out, 0);
    weir_message_end(out, place);
}

void weir_reply_row_description(struct weir_buffer *out, const struct weir_field *fields,
                                size_t field_count, struct weir_formats formats) {
    size_t place = weir_message_begin(out, 'T');
    weir_write_int16(out, (int16_t)field_count);
    for (size_t i = 0; i < field_count; i++) {
        weir_write_text(out, fields[i].name);
        weir_write_int32(out, 0); /* no table ... */
        weir_write_int16(out, 0); /* ... and no column: a result is computed */
        weir_write_int32(out, (int32_t)fields[i].type_oid);
        weir_write_int16(out, weir_oid_size(fields[i].type_oid));
        weir_write_int32(out, -1);
        weir_write_int16(out, weir_format_is_binary(formats, i));
    }
    weir_message_end(out, place);
}

void weir_reply_parameter_description(struct weir_buffer *out, const uint32_t *types,
                                      size_t count) {
    size_t place = weir_message_begin(out, 't');
    weir_write_int16(out, (int16_t)count);
    for (size_t i = 0; i < count; i++)
        weir_write_int32(out, (int32_t)types[i]);
    weir_message_end(out, place);
}

void weir_reply_complete(struct weir_buffer *out, const char *tag) {
    size_t place = weir_message_begin(out, 'C');
    weir_write_text(out, tag);
    weir_message_end(out, place);
}

void weir_reply_empty(struct weir_buffer *out, uint8_t type) {
    weir_message_end(out, weir_message_begin(out, type));
}

void weir_reply_negotiate(struct weir_buffer *out, const char *const *options,
                          size_t option_count) {
    size_t place = weir_message_begin(out, 'v');
    weir_write_int32(out, 3 << 16);
    weir_write_int32(out, (int32_t)option_count);
    for (size_t i = 0; i < option_count; i++)
        weir_write_text(out, options[i]);
    weir_message_end(out, place);
}
