/* Startup packets: each kind, and every way in which one can be wrong. */
#include "wire/startup_packet.h"

#include "wire/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static struct weir_arena *arena;
static struct weir_startup startup;
static struct weir_error error;

static int make_arena(void **state) {
    (void)state;
    arena = weir_arena_create(4 << 20);
    return arena == NULL;
}

static int drop_arena(void **state) {
    (void)state;
    weir_arena_destroy(arena);
    return 0;
}

/* Reads a packet of this code with this body, from memory of exactly its size. */
static bool reads(int32_t code, const char *body, size_t len) {
    struct weir_buffer packet = {0};
    weir_write_int32(&packet, code);
    weir_buffer_append(&packet, body, len);
    uint8_t *bytes = malloc(packet.len);
    assert_non_null(bytes);
    memcpy(bytes, packet.bytes, packet.len);
    error = (struct weir_error){0};
    bool read = weir_startup_read(arena, bytes, packet.len, &startup, &error).ok;
    assert_true(read || weir_error_is_set(&error));
    free(bytes);
    weir_buffer_free(&packet);
    return read;
}

#define READS(code, body) reads((code), (body), sizeof(body) - 1)

enum { VERSION = 3 << 16 };

static void requests_and_cancels(void **state) {
    (void)state;
    assert_true(READS(80877103, ""));
    assert_int_equal(startup.kind, WEIR_STARTUP_TLS_REQUEST);
    assert_true(READS(80877104, ""));
    assert_int_equal(startup.kind, WEIR_STARTUP_GSS_REQUEST);
    assert_false(READS(80877103, "x"));
    assert_true(READS(80877102, "\0\0\0\7abcd"));
    assert_int_equal(startup.kind, WEIR_STARTUP_CANCEL);
    assert_int_equal(startup.process_id, 7);
    assert_memory_equal(startup.secret, "abcd", 4);
    assert_false(READS(80877102, "\0\0\0\7abc"));
    assert_false(READS(80877102, "\0\0\0\7abcde"));
}

static void sessions_name_their_user(void **state) {
    (void)state;
    assert_true(READS(VERSION, "user\0ana\0\0"));
    assert_int_equal(startup.kind, WEIR_STARTUP_SESSION);
    assert_string_equal(startup.user, "ana");
    assert_string_equal(startup.database, "ana");
    assert_false(startup.is_newer);
    assert_true(READS(VERSION, "database\0income\0user\0ana\0TimeZone\0UTC\0\0"));
    assert_string_equal(startup.database, "income");
    assert_int_equal(startup.parameter_count, 1);
    assert_string_equal(startup.parameters[0].value, "UTC");
    assert_false(READS(VERSION, "\0"));
    assert_string_equal(error.sqlstate, "28000");
    assert_false(READS(VERSION, "user\0\0\0"));
    assert_false(READS(VERSION, "user\0ana\0"));
    assert_false(READS(VERSION, "user\0ana"));
    assert_false(READS(VERSION, "user\0ana\0\0x"));
    assert_false(READS(VERSION, "user\0\xc3\0\0"));
    assert_false(READS(VERSION, ""));
    assert_false(READS(2 << 16, "user\0ana\0\0"));
    assert_false(READS(4 << 16, "user\0ana\0\0"));
    assert_false(READS(-1, "user\0ana\0\0"));
    assert_false(READS(VERSION, "user\0ana\0replication\0database\0\0"));
    assert_string_equal(error.sqlstate, "0A000");
}

static void newer_versions_and_options_are_noted(void **state) {
    (void)state;
    assert_true(READS(VERSION + 2, "user\0ana\0\0"));
    assert_true(startup.is_newer);
    assert_true(READS(VERSION, "user\0ana\0_pq_.a\0001\0_pq_.b\0002\0\0"));
    assert_true(startup.is_newer);
    assert_int_equal(startup.option_count, 2);
    assert_string_equal(startup.options[1], "_pq_.b");
    assert_int_equal(startup.parameter_count, 0);
}

static void command_line_options_are_taken_apart(void **state) {
    (void)state;
    assert_true(READS(VERSION, "user\0a\0options\0 -c a=1  -cb=2 --c=x\\ y\\\\ \0\0"));
    assert_int_equal(startup.parameter_count, 3);
    assert_string_equal(startup.parameters[0].name, "a");
    assert_string_equal(startup.parameters[1].value, "2");
    assert_string_equal(startup.parameters[2].value, "x y\\");
    assert_true(READS(VERSION, "user\0a\0options\0\0\0"));
    assert_false(READS(VERSION, "user\0a\0options\0-c\0\0"));
    assert_false(READS(VERSION, "user\0a\0options\0-c a\0\0"));
    assert_false(READS(VERSION, "user\0a\0options\0-c =a\0\0"));
    assert_false(READS(VERSION, "user\0a\0options\0-d 5\0\0"));
    assert_false(READS(VERSION, "user\0a\0options\0a=b\0\0"));
}

static void parameters_are_counted(void **state) {
    (void)state;
    struct weir_buffer body = {0};
    weir_buffer_append(&body, "user\0a", 7);
    for (int i = 0; i < WEIR_STARTUP_PARAMETER_LIMIT; i++)
        weir_buffer_append(&body, "n\0v", 4);
    weir_buffer_byte(&body, 0);
    assert_true(reads(VERSION, body.bytes, body.len));
    body.len--;
    weir_buffer_append(&body, "n\0v\0", 5);
    assert_false(reads(VERSION, body.bytes, body.len));
    assert_string_equal(error.sqlstate, "54000");
    weir_buffer_free(&body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_and_cancels),
        cmocka_unit_test(sessions_name_their_user),
        cmocka_unit_test(newer_versions_and_options_are_noted),
        cmocka_unit_test(command_line_options_are_taken_apart),
        cmocka_unit_test(parameters_are_counted),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
