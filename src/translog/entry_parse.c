/* Reading entries back: exactly the canonical form and exactly the fields of the kind, or an error.
 */
#include "translog/entry_form.h"
#include "translog/log.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/value.h"

#include "base/banned.h"

enum { KIND_COUNT = WEIR_ENTRY_REPEAT + 1, FIELDS_MAX = 12 };

enum form { TEXT, INTEGER, COUNT, HEX16, HEX32, HEX32_OPTIONAL, TEXTS, PRICE, OUTCOME };

/* Where a field goes in the facts: 0 for one that is only checked. */
struct field {
    const char *name;
    enum form form;
    size_t offset;
};

#define FACT(member) offsetof(struct weir_entry_facts, member)

static const struct field FIELDS[KIND_COUNT][FIELDS_MAX] = {
    [WEIR_ENTRY_START] = {{"program", TEXT, 0}, {"policy_hash", HEX32, FACT(hash)}},
    [WEIR_ENTRY_POLICY] = {{"name", TEXT, 0},
                           {"version", INTEGER, FACT(version)},
                           {"hash", HEX32, FACT(hash)},
                           {"text", TEXT, 0}},
    [WEIR_ENTRY_LOAD] = {{"table", TEXT, FACT(table)},
                         {"version", INTEGER, FACT(version)},
                         {"rounded_rows", COUNT, 0},
                         {"digest", HEX32, FACT(hash)}},
    [WEIR_ENTRY_QUESTION] = {{"id", HEX16, FACT(id)},
                             {"purpose", TEXT, FACT(purpose)},
                             {"role", TEXT, FACT(role)},
                             {"analyst", TEXT, 0},
                             {"question", TEXT, 0},
                             {"columns", TEXTS, 0},
                             {"policy_hash", HEX32, FACT(hash)},
                             {"price", PRICE, FACT(price)},
                             {"commitment", HEX32, FACT(commitment)},
                             {"data_version", INTEGER, 0}},
    [WEIR_ENTRY_ANSWER] = {{"id", HEX16, FACT(id)},
                           {"outcome", OUTCOME, FACT(outcome)},
                           {"digest", HEX32_OPTIONAL, FACT(hash)},
                           {"rows", COUNT, 0}},
    [WEIR_ENTRY_REPEAT] = {{"id", HEX16, FACT(id)},
                           {"purpose", TEXT, FACT(purpose)},
                           {"analyst", TEXT, 0},
                           {"times", COUNT, 0}},
};

static const char *const KIND_NAMES[KIND_COUNT] = {
    [WEIR_ENTRY_START] = "START",   [WEIR_ENTRY_POLICY] = "POLICY",
    [WEIR_ENTRY_LOAD] = "LOAD",     [WEIR_ENTRY_QUESTION] = "QUESTION",
    [WEIR_ENTRY_ANSWER] = "ANSWER", [WEIR_ENTRY_REPEAT] = "REPEAT",
};

const char *weir_entry_kind_name(enum weir_entry_kind kind) {
    return KIND_NAMES[kind];
}

static bool read_hex(const json_t *value, uint8_t *out, size_t size) {
    const char *text = json_string_value(value);
    if (text == NULL || json_string_length(value) != 2 * size ||
        strspn(text, "0123456789abcdef") != 2 * size)
        return false;
    return sodium_hex2bin(out, size, text, 2 * size, NULL, NULL, NULL) == 0;
}

static bool read_price(const json_t *value, struct weir_privacy_amount *price) {
    const json_t *rho = json_object_get(value, "femto_rho");
    const json_t *delta = json_object_get(value, "selection_delta");
    if (json_object_size(value) != 2 || !json_is_integer(rho) || !json_is_integer(delta))
        return false;
    price->femto_rho = json_integer_value(rho);
    price->selection_delta = json_integer_value(delta);
    return price->femto_rho >= 0 && price->selection_delta >= 0;
}

static bool are_texts(const json_t *value) {
    size_t index;
    json_t *text;
    if (!json_is_array(value))
        return false;
    json_array_foreach(value, index, text) {
        if (!json_is_string(text))
            return false;
    }
    return true;
}

static bool read_outcome(const json_t *value, enum weir_answer_outcome *outcome) {
    const char *text = json_string_value(value);
    if (text == NULL || (strcmp(text, "given") != 0 && strcmp(text, "failed") != 0))
        return false;
    *outcome = strcmp(text, "given") == 0 ? WEIR_ANSWER_GIVEN : WEIR_ANSWER_FAILED;
    return true;
}

/* The texts that are kept are names. */
static bool read_text(const json_t *value, size_t offset, struct weir_entry_facts *facts) {
    if (!json_is_string(value))
        return false;
    if (offset == 0)
        return true;
    size_t len = json_string_length(value);
    if (len >= WEIR_ENTRY_NAME_BYTES)
        return false;
    memcpy((uint8_t *)facts + offset, json_string_value(value), len + 1);
    return true;
}

static bool read_field(const json_t *value, const struct field *field,
                       struct weir_entry_facts *facts) {
    uint8_t *place = (uint8_t *)facts + field->offset;
    switch (field->form) {
    case TEXT:
        return read_text(value, field->offset, facts);
    case INTEGER:
    case COUNT:
        if (!json_is_integer(value) || (field->form == COUNT && json_integer_value(value) < 0))
            return false;
        if (field->offset != 0)
            facts->version = json_integer_value(value);
        return true;
    case HEX16:
        return read_hex(value, place, 16);
    case HEX32:
    case HEX32_OPTIONAL:
        facts->has_digest = field->form == HEX32_OPTIONAL;
        return read_hex(value, place, 32);
    case TEXTS:
        return are_texts(value);
    case PRICE:
        return read_price(value, &facts->price);
    case OUTCOME:
        return read_outcome(value, &facts->outcome);
    }
    return false;
}

static int digits(const char *text, int count) {
    int number = 0;
    for (int i = 0; i < count; i++)
        number = 10 * number + (text[i] - '0');
    return number;
}

static bool read_time(const json_t *value, int64_t *microseconds) {
    static const char pattern[] = "0000-00-00T00:00:00Z";
    const char *text = json_string_value(value);
    if (text == NULL || strlen(text) != sizeof pattern - 1)
        return false;
    for (size_t i = 0; i < sizeof pattern - 1; i++)
        if (pattern[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i])
            return false;
    int month = digits(text + 5, 2), day = digits(text + 8, 2), hour = digits(text + 11, 2);
    int minute = digits(text + 14, 2), second = digits(text + 17, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
        return false;
    *microseconds = (weir_days_from_civil(digits(text, 4), month, day) * 86400 + hour * 3600 +
                     minute * 60 + second) *
                    1000000;
    return true;
}

static weir_status read_object(const json_t *object, struct weir_entry_facts *facts,
                               struct weir_error *error) {
    const char *name = json_string_value(json_object_get(object, "kind"));
    size_t kind = 0, expected = 2;
    while (name != NULL && kind < KIND_COUNT && strcmp(KIND_NAMES[kind], name) != 0)
        kind++;
    if (name == NULL || kind == KIND_COUNT)
        return weir_fail(error, WEIR_ERROR_INVALID, "a log entry is of no known kind");
    facts->kind = (enum weir_entry_kind)kind;
    if (!read_time(json_object_get(object, "time"), &facts->time))
        return weir_fail(error, WEIR_ERROR_INVALID, "a log entry of kind %s has no time",
                         KIND_NAMES[kind]);
    for (const struct field *field = FIELDS[kind]; field->name != NULL; field++) {
        const json_t *value = json_object_get(object, field->name);
        if (value == NULL && field->form == HEX32_OPTIONAL)
            continue;
        if (!read_field(value, field, facts))
            return weir_fail(error, WEIR_ERROR_INVALID, "a log entry of kind %s has no valid %s",
                             KIND_NAMES[kind], field->name);
        expected++;
    }
    if (json_object_size(object) != expected)
        return weir_fail(error, WEIR_ERROR_INVALID, "a log entry of kind %s has an unknown field",
                         KIND_NAMES[kind]);
    return WEIR_OK;
}

static bool is_canonical(const json_t *object, const void *bytes, size_t len) {
    char *text = json_dumps(object, WEIR_ENTRY_DUMP_FLAGS);
    bool same = text != NULL && strlen(text) == len && memcmp(text, bytes, len) == 0;
    free(text);
    return same;
}

weir_status weir_entry_parse(const void *bytes, size_t len, struct weir_entry_facts *facts,
                             struct weir_error *error) {
    *facts = (struct weir_entry_facts){0};
    if (len > WEIR_LOG_ENTRY_MAX)
        return weir_fail(error, WEIR_ERROR_INVALID, "a log entry is longer than %d bytes",
                         WEIR_LOG_ENTRY_MAX);
    json_t *object = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return weir_fail(error, WEIR_ERROR_INVALID, "a log entry is not a JSON object");
    }
    weir_status status = read_object(object, facts, error);
    if (status.ok && !is_canonical(object, bytes, len))
        status = weir_fail(error, WEIR_ERROR_INVALID, "a log entry is not in its canonical form");
    json_decref(object);
    return status;
}
