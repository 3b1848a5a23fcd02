/* Printing entries: one builder a kind. */
#include "translog/entry.h"
#include "translog/entry_form.h"
#include "translog/log.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/value.h"

#include "base/banned.h"

struct hex {
    char text[2 * 32 + 1];
};

static struct hex hex(const uint8_t *bytes, size_t len) {
    struct hex out;
    sodium_bin2hex(out.text, sizeof out.text, bytes, len);
    return out;
}

/* Adds kind and time, prints canonically, and gives up the object. NULL: a text was not UTF-8, or
 * memory ran out, which jansson does not tell apart. */
static weir_status print(json_t *object, enum weir_entry_kind kind, int64_t now,
                         struct weir_buffer *out, struct weir_error *error) {
    const char *name = weir_entry_kind_name(kind);
    char time[32], *text = NULL;
    weir_print_utc(now, time, sizeof time);
    if (object != NULL && json_object_set_new(object, "kind", json_string(name)) == 0 &&
        json_object_set_new(object, "time", json_string(time)) == 0)
        text = json_dumps(object, WEIR_ENTRY_DUMP_FLAGS);
    json_decref(object);
    if (text == NULL)
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "a log entry of kind %s cannot be printed: a text in it is not UTF-8",
                         name);
    size_t len = strlen(text);
    if (len <= WEIR_LOG_ENTRY_MAX)
        weir_buffer_append(out, text, len);
    free(text);
    if (len > WEIR_LOG_ENTRY_MAX)
        return weir_fail(error, WEIR_ERROR_LIMIT,
                         "a log entry of kind %s would have %zu bytes: the most is %d", name, len,
                         WEIR_LOG_ENTRY_MAX);
    if (out->failed)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory for a log entry");
    return WEIR_OK;
}

weir_status weir_entry_print_start(const struct weir_entry_start *entry, int64_t now,
                                   struct weir_buffer *out, struct weir_error *error) {
    json_t *object = json_pack("{s:s, s:s}", "program", entry->program, "policy_hash",
                               hex(entry->policy_hash, 32).text);
    return print(object, WEIR_ENTRY_START, now, out, error);
}

weir_status weir_entry_print_policy(const struct weir_entry_policy *entry, int64_t now,
                                    struct weir_buffer *out, struct weir_error *error) {
    json_t *object = json_pack("{s:s, s:I, s:s, s:s}", "name", entry->name, "version",
                               (json_int_t)entry->version, "hash", hex(entry->hash, 32).text,
                               "text", entry->text);
    return print(object, WEIR_ENTRY_POLICY, now, out, error);
}

weir_status weir_entry_print_load(const struct weir_entry_load *entry, int64_t now,
                                  struct weir_buffer *out, struct weir_error *error) {
    if (strlen(entry->table) >= sizeof((struct weir_entry_facts *)NULL)->table)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the name of a loaded table is too long to log");
    json_t *object = json_pack(
        "{s:s, s:I, s:I, s:s}", "table", entry->table, "version", (json_int_t)entry->version,
        "rounded_rows", (json_int_t)entry->rounded_rows, "digest", hex(entry->digest, 32).text);
    return print(object, WEIR_ENTRY_LOAD, now, out, error);
}

static json_t *print_columns(const struct weir_entry_question *entry) {
    json_t *columns = json_array();
    for (size_t i = 0; columns != NULL && i < entry->column_count; i++) {
        if (json_array_append_new(columns, json_string(entry->columns[i])) != 0) {
            json_decref(columns);
            return NULL;
        }
    }
    return columns;
}

weir_status weir_entry_print_question(const struct weir_entry_question *entry, int64_t now,
                                      struct weir_buffer *out, struct weir_error *error) {
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:{s:I, s:I}, s:s, s:I}", "id",
        hex(entry->id, 16).text, "purpose", entry->purpose, "role", entry->role, "analyst",
        entry->analyst, "question", entry->question, "columns", print_columns(entry), "policy_hash",
        hex(entry->policy_hash, 32).text, "price", "femto_rho", (json_int_t)entry->price.femto_rho,
        "selection_delta", (json_int_t)entry->price.selection_delta, "commitment",
        hex(entry->commitment, 32).text, "data_version", (json_int_t)entry->data_version);
    return print(object, WEIR_ENTRY_QUESTION, now, out, error);
}

weir_status weir_entry_print_answer(const struct weir_entry_answer *entry, int64_t now,
                                    struct weir_buffer *out, struct weir_error *error) {
    struct hex digest = {""};
    if (entry->digest != NULL)
        digest = hex(entry->digest, 32);
    json_t *object =
        json_pack("{s:s, s:s, s:s*, s:I}", "id", hex(entry->id, 16).text, "outcome",
                  entry->outcome == WEIR_ANSWER_GIVEN ? "given" : "failed", "digest",
                  entry->digest != NULL ? digest.text : NULL, "rows", (json_int_t)entry->rows);
    return print(object, WEIR_ENTRY_ANSWER, now, out, error);
}

weir_status weir_entry_print_repeat(const struct weir_entry_repeat *entry, int64_t now,
                                    struct weir_buffer *out, struct weir_error *error) {
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:I}", "id", hex(entry->id, 16).text, "purpose", entry->purpose,
                  "analyst", entry->analyst, "times", (json_int_t)entry->times);
    return print(object, WEIR_ENTRY_REPEAT, now, out, error);
}
