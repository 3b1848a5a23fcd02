/* The messages a server sends, built into a buffer. */
#ifndef WEIR_WIRE_REPLY_H
#define WEIR_WIRE_REPLY_H

#include "base/buffer.h"
#include "base/error.h"
#include "wire/message.h"

/* What a client is told of a column. */
struct weir_field {
    const char *name;
    uint32_t type_oid;
};

/* How a client wants the columns of a result, as Bind says it. count 0 = text. */
struct weir_formats {
    size_t count;
    const uint8_t *codes; /* big-endian int16 each */
};
bool weir_format_is_binary(struct weir_formats formats, size_t column);

void weir_reply_authentication(struct weir_buffer *out, int32_t kind, const void *bytes,
                               size_t len);
void weir_reply_parameter(struct weir_buffer *out, const char *name, const char *value);
void weir_reply_key(struct weir_buffer *out, int32_t process_id, const uint8_t secret[4]);
void weir_reply_ready(struct weir_buffer *out, char transaction_state);
/* Severity: "ERROR" or "FATAL". */
void weir_reply_error(struct weir_buffer *out, const char *severity,
                      const struct weir_error *error);
/* Severity "NOTICE" or "WARNING"; detail and hint may be NULL. */
void weir_reply_notice(struct weir_buffer *out, const char *severity, const char *sqlstate,
                       const char *message, const char *detail, const char *hint);
void weir_reply_row_description(struct weir_buffer *out, const struct weir_field *fields,
                                size_t field_count, struct weir_formats formats);
void weir_reply_parameter_description(struct weir_buffer *out, const uint32_t *types, size_t count);
void weir_reply_complete(struct weir_buffer *out, const char *tag);
/* A message of a type alone: ParseComplete '1', NoData 'n', ... */
void weir_reply_empty(struct weir_buffer *out, uint8_t type);
/* NegotiateProtocolVersion: the newest version spoken is 3.0. `options` are those not understood.
 */
void weir_reply_negotiate(struct weir_buffer *out, const char *const *options, size_t option_count);

#endif
