/* Sending rows, notices and the end of a statement. */
#include "wire/answer.h"

#include "wire/client.h"
#include "wire/types.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { CONVERSION_MEMORY = 4 * 1024 * 1024 };

const struct weir_field *weir_answer_fields(struct weir_arena *arena, size_t count,
                                            const struct weir_result_column *columns) {
    struct weir_field *fields = WEIR_NEW_ARRAY(arena, count, struct weir_field);
    for (size_t i = 0; fields != NULL && i < count; i++)
        fields[i] = (struct weir_field){columns[i].name, weir_type_oid(columns[i].type)};
    return fields;
}

weir_status weir_answer_take(struct weir_arena *arena, const struct weir_result *result,
                             struct weir_answer *answer) {
    answer->has_rows = true;
    answer->fields = weir_answer_fields(arena, result->column_count, result->columns);
    answer->field_count = result->column_count;
    answer->row_count = result->row_count;
    answer->values = result->values;
    answer->notices = result->notices;
    answer->notice_count = result->notice_count;
    return answer->fields != NULL ? WEIR_OK : WEIR_FAILED;
}

/* One cell of text, in binary. The arena holds what the conversion needs, for this cell alone. */
static bool write_text_binary(uint32_t oid, const char *text, struct weir_buffer *out) {
    struct weir_arena *arena = weir_arena_create(CONVERSION_MEMORY);
    bool written = arena != NULL && weir_text_write_binary(arena, oid, text, out);
    weir_arena_destroy(arena);
    return written;
}

static void fill_length(struct weir_buffer *out, size_t place) {
    if (out->failed)
        return;
    uint32_t len = (uint32_t)(out->len - place - 4);
    for (int i = 0; i < 4; i++)
        out->bytes[place + (size_t)i] = (char)(uint8_t)(len >> (24 - 8 * i));
}

static bool write_cell(const struct weir_answer *answer, size_t cell, uint32_t oid, bool is_binary,
                       struct weir_buffer *out) {
    const struct weir_value *value = answer->values != NULL ? &answer->values[cell] : NULL;
    const char *text = answer->values == NULL ? answer->cells[cell] : NULL;
    if (value != NULL ? value->is_null : text == NULL) {
        weir_write_int32(out, -1);
        return true;
    }
    size_t place = out->len;
    weir_write_int32(out, 0);
    bool written = true;
    if (value != NULL && is_binary)
        weir_value_write_binary(value, out);
    else if (value != NULL)
        weir_value_print(value, out);
    else if (is_binary)
        written = write_text_binary(oid, text, out);
    else
        weir_buffer_text(out, text);
    fill_length(out, place);
    return written;
}

static weir_status write_row(const struct weir_answer *answer, size_t row,
                             struct weir_formats formats, struct weir_buffer *out,
                             struct weir_error *error) {
    size_t start = out->len, place = weir_message_begin(out, 'D');
    weir_write_int16(out, (int16_t)answer->field_count);
    for (size_t i = 0; i < answer->field_count; i++) {
        const struct weir_field *field = &answer->fields[i];
        if (write_cell(answer, row * answer->field_count + i, field->type_oid,
                       weir_format_is_binary(formats, i), out))
            continue;
        out->len = start;
        weir_fail_state(error, WEIR_ERROR_REFUSED, "0A000",
                        "column %zu cannot be sent in binary: its type has no binary form here",
                        i + 1);
        return weir_error_hint(error, "Ask for it in text, or cast it to text.");
    }
    weir_message_end(out, place);
    return WEIR_OK;
}

weir_status weir_answer_send_rows(struct weir_client *client, const struct weir_answer *answer,
                                  struct weir_formats formats, size_t first, size_t count,
                                  struct weir_error *error) {
    weir_check(first <= answer->row_count && count <= answer->row_count - first);
    for (size_t row = first; row < first + count; row++) {
        WEIR_TRY(write_row(answer, row, formats, weir_client_output(client), error));
        if (!weir_client_pass(client))
            break;
    }
    return WEIR_OK;
}

void weir_answer_send_end(struct weir_client *client, const struct weir_answer *answer,
                          size_t count) {
    struct weir_buffer *out = weir_client_output(client);
    bool wanted = weir_settings_wants_notices(&client->settings);
    for (size_t i = 0; wanted && i < answer->notice_count; i++)
        weir_reply_notice(out, "NOTICE", "00000", answer->notices[i].message,
                          answer->notices[i].detail, answer->notices[i].hint);
    char tag[64];
    if (answer->counts_rows)
        snprintf(tag, sizeof tag, "%s %zu", answer->tag, count);
    else
        snprintf(tag, sizeof tag, "%s", answer->tag);
    weir_reply_complete(out, tag);
}
