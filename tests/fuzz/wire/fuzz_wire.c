/* The wire codec under hostile bytes. The first byte picks what the rest is read as: a startup
 * packet, a message of the extended protocol, a SCRAM exchange, a parameter, a stored verifier, a
 * setting. */
#include "wire/message.h"
#include "wire/scram.h"
#include "wire/settings.h"
#include "wire/startup_packet.h"
#include "wire/types.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_CAP = 4 * 1024 * 1024 };

static void read_startup(struct weir_arena *arena, const uint8_t *bytes, size_t len) {
    struct weir_startup startup;
    struct weir_error error = {0};
    if (!weir_startup_read(arena, bytes, len, &startup, &error).ok)
        return;
    if (startup.kind == WEIR_STARTUP_SESSION)
        weir_check(startup.user[0] != '\0' && startup.database[0] != '\0');
    weir_check(startup.parameter_count <= WEIR_STARTUP_PARAMETER_LIMIT);
}

/* What is read of a Bind is within it. */
static void read_bind(const uint8_t *bytes, size_t len) {
    struct weir_message_bind bind;
    if (!weir_message_read_bind(weir_reader_over(bytes, len), &bind))
        return;
    size_t total = strlen(bind.portal) + strlen(bind.statement);
    for (size_t i = 0; i < bind.argument_count; i++)
        total += bind.arguments[i].len > 0 ? (size_t)bind.arguments[i].len : 0;
    weir_check(total <= len);
    for (size_t i = 0; i < bind.format_count; i++)
        weir_check((weir_message_format(bind.formats, i) & ~1) == 0);
}

static void read_messages(const uint8_t *bytes, size_t len) {
    struct weir_message_parse parse;
    struct weir_message_target target;
    struct weir_message_execute execute;
    const char *query;
    struct weir_reader body = weir_reader_over(bytes, len);
    if (weir_message_read_query(body, &query))
        weir_check(strlen(query) + 1 == len);
    if (weir_message_read_parse(body, &parse))
        weir_check(parse.type_count <= WEIR_MESSAGE_ARGUMENT_LIMIT);
    if (weir_message_read_target(body, &target))
        weir_check(strlen(target.name) <= WEIR_MESSAGE_NAME_LIMIT);
    if (weir_message_read_execute(body, &execute))
        weir_check(strlen(execute.portal) <= WEIR_MESSAGE_NAME_LIMIT);
    read_bind(bytes, len);
}

/* A newline parts the client's two messages. Nobody who does not know the password may prove it. */
static void read_scram(const uint8_t *bytes, size_t len) {
    static const uint8_t secret[WEIR_SCRAM_SECRET_BYTES] = {1};
    const uint8_t *part = len == 0 ? NULL : memchr(bytes, '\n', len);
    size_t first_len = part == NULL ? len : (size_t)(part - bytes);
    struct weir_scram scram = {0};
    struct weir_buffer reply = {0};
    struct weir_error error = {0};
    bool proven = false;
    weir_scram_mock(secret, "fuzz", &scram.verifier);
    if (weir_scram_first(&scram, (const char *)bytes, first_len, "servernonce", &reply, &error)
            .ok &&
        part != NULL) {
        bool read = weir_scram_final(&scram, (const char *)part + 1, len - first_len - 1, &proven,
                                     &reply, &error)
                        .ok;
        weir_check(!proven || read);
        weir_check(!proven);
    }
    weir_scram_free(&scram);
    weir_buffer_free(&reply);
}

/* A value read from binary must come back from its own binary form, unchanged. */
static void read_argument(struct weir_arena *arena, const uint8_t *bytes, size_t len) {
    static const uint32_t oids[] = {0,  16,  17,  18,  19,   20,   21,   23,   25,
                                    26, 700, 701, 705, 1042, 1043, 1082, 1114, 1700};
    if (len < 2)
        return;
    struct weir_value value, back;
    uint32_t oid = oids[bytes[0] % WEIR_COUNT(oids)];
    enum weir_type type = (enum weir_type)(bytes[1] % (WEIR_TYPE_BLOB + 1));
    struct weir_message_argument argument = {(int32_t)(len - 2), bytes + 2, bytes[1] >= 128};
    if (!weir_argument_read(arena, &argument, oid, type, &value))
        return;
    weir_check(value.type == type && !value.is_null);
    struct weir_buffer out = {0};
    weir_value_write_binary(&value, &out);
    weir_check(!out.failed && out.len <= INT32_MAX);
    struct weir_message_argument written = {(int32_t)out.len, (const uint8_t *)out.bytes, true};
    weir_check(weir_argument_read(arena, &written, weir_type_oid(type), type, &back));
    weir_check(weir_value_compare(&value, &back) == 0);
    weir_buffer_free(&out);
}

/* "name=value" */
static void set(const char *text) {
    struct weir_settings settings = {0};
    struct weir_error error = {0};
    size_t place;
    char *copy = strdup(text), *equals = copy == NULL ? NULL : strchr(copy, '=');
    if (equals != NULL) {
        *equals = '\0';
        if (weir_settings_find(copy, &place, &error).ok &&
            weir_settings_set(&settings, place, equals + 1, &error).ok)
            weir_check(strlen(weir_settings_value(&settings, place)) < WEIR_SETTING_SIZE);
        weir_check(weir_settings_statement_milliseconds(&settings) >= 0);
    }
    free(copy);
    weir_settings_free(&settings);
}

/* Bytes as text: cut at a NUL. */
static void read_text(struct weir_arena *arena, const uint8_t *bytes, size_t len) {
    struct weir_scram_verifier verifier;
    struct weir_buffer out = {0};
    const char *text = weir_arena_copy(arena, (const char *)bytes, len);
    if (text == NULL)
        return;
    if (weir_scram_read_verifier(text, &verifier))
        weir_check(verifier.salt_len > 0 && verifier.salt_len <= WEIR_SCRAM_SALT_LIMIT);
    if (weir_utf8_is_valid(text, strlen(text)))
        (void)!weir_text_write_binary(arena, WEIR_OID_NUMERIC, text, &out);
    set(text);
    weir_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || sodium_init() < 0)
        return 0;
    struct weir_arena *arena = weir_arena_create(ARENA_CAP);
    if (arena == NULL)
        return 0;
    const uint8_t *bytes = data + 1;
    switch (data[0] % 5) {
    case 0:
        read_startup(arena, bytes, size - 1);
        break;
    case 1:
        read_messages(bytes, size - 1);
        break;
    case 2:
        read_scram(bytes, size - 1);
        break;
    case 3:
        read_argument(arena, bytes, size - 1);
        break;
    default:
        read_text(arena, bytes, size - 1);
        break;
    }
    weir_arena_destroy(arena);
    return 0;
}
