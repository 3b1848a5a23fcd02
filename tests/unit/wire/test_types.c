/* Values in text and binary: PostgreSQL's own bytes for known values, and round trips of drawn
 * ones. */
#include "wire/types.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static struct weir_arena *arena;

static int make_arena(void **state) {
    (void)state;
    arena = weir_arena_create(64 << 20);
    return arena == NULL;
}

static int drop_arena(void **state) {
    (void)state;
    weir_arena_destroy(arena);
    return 0;
}

static bool reads(const void *bytes, size_t len, bool is_binary, uint32_t oid, enum weir_type type,
                  struct weir_value *value) {
    uint8_t *copy = malloc(len + 1); /* of its exact size, but for an empty one */
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    uint8_t *exact = realloc(copy, len > 0 ? len : 1);
    struct weir_message_argument argument = {(int32_t)len, exact, is_binary};
    bool read = weir_argument_read(arena, &argument, oid, type, value);
    free(exact);
    return read;
}

static void binary_bytes_are_postgresqls(void **state) {
    (void)state;
    static const struct {
        struct weir_value value;
        size_t len;
        const char *bytes;
    } cases[] = {
        {{.type = WEIR_TYPE_BOOLEAN, .as.boolean = true}, 1, "\1"},
        {{.type = WEIR_TYPE_INTEGER, .as.integer = -2}, 4, "\xff\xff\xff\xfe"},
        {{.type = WEIR_TYPE_BIGINT, .as.integer = INT64_MIN}, 8, "\x80\0\0\0\0\0\0\0"},
        {{.type = WEIR_TYPE_DOUBLE, .as.number = 1.5}, 8, "\x3f\xf8\0\0\0\0\0\0"},
        {{.type = WEIR_TYPE_TEXT, .as.text = {"ab", 2}}, 2, "ab"},
        {{.type = WEIR_TYPE_BLOB, .as.text = {"\0\xff", 2}}, 2, "\0\xff"},
        {{.type = WEIR_TYPE_DATE, .as.integer = 10957}, 4, "\0\0\0\0"},
        {{.type = WEIR_TYPE_DATE, .as.integer = 0}, 4, "\xff\xff\xd5\x33"},
        {{.type = WEIR_TYPE_TIMESTAMP, .as.integer = INT64_C(946684800000001)},
         8,
         "\0\0\0\0\0\0\0\1"},
        {{.type = WEIR_TYPE_NUMERIC, .as.numeric = {0, 0}}, 8, "\0\0\0\0\0\0\0\0"},
        {{.type = WEIR_TYPE_NUMERIC, .as.numeric = {0, 3}}, 8, "\0\0\0\0\0\0\0\3"},
        {{.type = WEIR_TYPE_NUMERIC, .as.numeric = {12345, 2}},
         12,
         "\0\2\0\0\0\0\0\2\0\x7b\x11\x94"},
        {{.type = WEIR_TYPE_NUMERIC, .as.numeric = {-5, 4}}, 10, "\0\1\xff\xff\x40\0\0\4\0\5"},
        {{.type = WEIR_TYPE_NUMERIC, .as.numeric = {10000, 0}}, 10, "\0\1\0\1\0\0\0\0\0\1"},
        {{.type = WEIR_TYPE_NUMERIC, .as.numeric = {1, 5}}, 10, "\0\1\xff\xfe\0\0\0\5\x3\xe8"},
    };
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        struct weir_buffer out = {0};
        struct weir_value back;
        weir_value_write_binary(&cases[i].value, &out);
        assert_int_equal(out.len, cases[i].len);
        assert_memory_equal(out.bytes, cases[i].bytes, out.len);
        enum weir_type type = cases[i].value.type;
        assert_true(reads(out.bytes, out.len, true, weir_type_oid(type), type, &back));
        assert_int_equal(weir_value_compare(&back, &cases[i].value), 0);
        weir_buffer_free(&out);
    }
}

/* A small generator whose numbers have many shapes: short, long, full of zeros. */
static uint64_t drawn = 88172645463325252u;
static uint64_t draw(void) {
    drawn ^= drawn << 13;
    drawn ^= drawn >> 7;
    drawn ^= drawn << 17;
    return drawn;
}

static struct weir_value draw_numeric(void) {
    weir_uint128 digits = (weir_uint128)draw() << 64 | draw(), limit = 1;
    for (uint64_t i = draw() % 39; i > 0; i--)
        limit *= 10;
    digits %= limit;
    for (uint64_t i = draw() % 20; i > 0 && digits > 0; i--)
        digits = digits / 10000 * 10000;
    return weir_value_numeric(draw() % 2 == 0 ? (weir_int128)digits : -(weir_int128)digits,
                              (int)(draw() % 39));
}

static void numerics_make_the_round_trip(void **state) {
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct weir_value value = draw_numeric(), back;
        struct weir_buffer out = {0};
        weir_value_write_binary(&value, &out);
        assert_true(reads(out.bytes, out.len, true, WEIR_OID_NUMERIC, WEIR_TYPE_NUMERIC, &back));
        assert_true(back.as.numeric.digits == value.as.numeric.digits);
        assert_int_equal(back.as.numeric.scale, value.as.numeric.scale);
        weir_buffer_free(&out);
    }
}

static void malformed_numerics_are_refused(void **state) {
    (void)state;
    static const struct {
        size_t len;
        const char *bytes;
    } cases[] = {
        {0, ""},
        {7, "\0\0\0\0\0\0\0"},
        {8, "\0\1\0\0\0\0\0\0"},          /* a digit is missing */
        {10, "\0\1\0\0\0\0\0\0\x27\x10"}, /* 10,000 is no digit */
        {10, "\0\1\0\0\0\0\0\0\xff\xff"}, /* nor is -1 */
        {8, "\0\0\0\0\xc0\0\0\0"},        /* NaN */
        {8, "\0\0\0\0\0\0\0\x27"},        /* scale 39 */
        {10, "\0\1\0\x18\0\0\0\0\0\1"},   /* 10^96 */
        {10, "\0\1\xff\xff\0\0\0\0\0\1"}, /* 0.0001 with scale 0 */
        {10, "\0\1\xff\xff\0\0\0\3\0\1"}, /* 0.0001 with scale 3 */
        {12, "\0\1\0\0\0\0\0\0\0\1\0\1"}, /* more than was said */
        {8, "\xff\xff\0\0\0\0\0\0"},
    };
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        struct weir_value value;
        assert_false(
            reads(cases[i].bytes, cases[i].len, true, WEIR_OID_NUMERIC, WEIR_TYPE_NUMERIC, &value));
    }
}

static void clients_types_become_the_statements(void **state) {
    (void)state;
    struct weir_value value;
    assert_true(reads("\xff\xff", 2, true, WEIR_OID_INT2, WEIR_TYPE_BIGINT, &value));
    assert_int_equal(value.type, WEIR_TYPE_BIGINT);
    assert_int_equal(value.as.integer, -1);
    assert_true(reads("\x3f\xc0\0\0", 4, true, WEIR_OID_FLOAT4, WEIR_TYPE_DOUBLE, &value));
    assert_true(value.as.number == 1.5);
    assert_true(reads("x", 1, true, WEIR_OID_VARCHAR, WEIR_TYPE_TEXT, &value));
    assert_true(reads("12", 2, false, 0, WEIR_TYPE_NUMERIC, &value));
    assert_true(reads("2026-02-28", 10, false, WEIR_OID_UNKNOWN, WEIR_TYPE_DATE, &value));
    assert_true(reads("\0\0\0\7", 4, true, WEIR_OID_INT4, WEIR_TYPE_NUMERIC, &value));
    assert_true(value.as.numeric.digits == 7);
    assert_true(reads("", 0, true, WEIR_OID_BYTEA, WEIR_TYPE_BLOB, &value));
    assert_int_equal(value.as.text.len, 0);
    assert_false(reads("\0\0\1\0\0\0\0\0", 8, true, WEIR_OID_INT8, WEIR_TYPE_INTEGER, &value));
    assert_false(reads("99999999999", 11, false, WEIR_OID_INT8, WEIR_TYPE_INTEGER, &value));
    assert_false(reads("70000", 5, false, WEIR_OID_INT8, WEIR_TYPE_BOOLEAN, &value));
}

static void wrong_bytes_are_refused(void **state) {
    (void)state;
    static const struct {
        uint32_t oid;
        enum weir_type type;
        size_t len;
        const char *bytes;
    } cases[] = {
        {WEIR_OID_BOOL, WEIR_TYPE_BOOLEAN, 1, "\2"},
        {WEIR_OID_BOOL, WEIR_TYPE_BOOLEAN, 0, ""},
        {WEIR_OID_INT4, WEIR_TYPE_INTEGER, 3, "\0\0\0"},
        {WEIR_OID_INT4, WEIR_TYPE_INTEGER, 5, "\0\0\0\0\0"},
        {WEIR_OID_FLOAT8, WEIR_TYPE_DOUBLE, 4, "\0\0\0\0"},
        {WEIR_OID_TEXT, WEIR_TYPE_TEXT, 2, "a\xff"},
        {WEIR_OID_TEXT, WEIR_TYPE_TEXT, 3, "a\0b"},
        {WEIR_OID_DATE, WEIR_TYPE_DATE, 4, "\x7f\xff\xff\xff"},
        {WEIR_OID_DATE, WEIR_TYPE_DATE, 4, "\x80\0\0\0"},
        {WEIR_OID_TIMESTAMP, WEIR_TYPE_TIMESTAMP, 8, "\x7f\xff\xff\xff\xff\xff\xff\xff"},
        {WEIR_OID_TIMESTAMP, WEIR_TYPE_TIMESTAMP, 8, "\x80\0\0\0\0\0\0\0"},
        {WEIR_OID_TIMESTAMP, WEIR_TYPE_TIMESTAMP, 8, "\x7f\xff\xff\xff\xff\xff\xff\0"},
        {114, WEIR_TYPE_TEXT, 2, "{}"},
        {WEIR_OID_CHAR, WEIR_TYPE_TEXT, 1, "a"},
    };
    struct weir_value value;
    for (size_t i = 0; i < WEIR_COUNT(cases); i++)
        assert_false(
            reads(cases[i].bytes, cases[i].len, true, cases[i].oid, cases[i].type, &value));
    struct weir_message_argument null = {-1, NULL, true};
    assert_true(weir_argument_read(arena, &null, WEIR_OID_INT4, WEIR_TYPE_INTEGER, &value));
    assert_true(value.is_null);
    assert_false(reads("a\xff", 2, false, WEIR_OID_TEXT, WEIR_TYPE_TEXT, &value));
    assert_false(reads("a\0b", 3, false, WEIR_OID_TEXT, WEIR_TYPE_TEXT, &value));
}

static void every_type_has_an_oid_and_back(void **state) {
    (void)state;
    for (int type = WEIR_TYPE_BOOLEAN; type <= WEIR_TYPE_BLOB; type++) {
        enum weir_type back;
        assert_true(weir_oid_type(weir_type_oid((enum weir_type)type), &back));
        assert_int_equal(back, type);
    }
    enum weir_type back;
    assert_false(weir_oid_type(0, &back));
    assert_false(weir_oid_type(WEIR_OID_UNKNOWN, &back));
    assert_false(weir_oid_type(3802, &back));
    assert_int_equal(weir_oid_size(WEIR_OID_INT2), 2);
    assert_int_equal(weir_oid_size(WEIR_OID_NAME), 64);
    assert_int_equal(weir_oid_size(WEIR_OID_TEXT), -1);
    assert_int_equal(weir_oid_size(1034), -1);
}

static void texts_of_catalogs_become_binary(void **state) {
    (void)state;
    static const struct {
        uint32_t oid;
        const char *text;
        size_t len;
        const char *bytes;
    } cases[] = {
        {WEIR_OID_INT2, "-3", 2, "\xff\xfd"}, {WEIR_OID_OID, "4294967295", 4, "\xff\xff\xff\xff"},
        {WEIR_OID_CHAR, "r", 1, "r"},         {WEIR_OID_NAME, "income", 6, "income"},
        {WEIR_OID_BOOL, "f", 1, "\0"},        {WEIR_OID_FLOAT8, "-1", 8, "\xbf\xf0\0\0\0\0\0\0"},
        {WEIR_OID_UNKNOWN, "x", 1, "x"},
    };
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        struct weir_buffer out = {0};
        assert_true(weir_text_write_binary(arena, cases[i].oid, cases[i].text, &out));
        assert_int_equal(out.len, cases[i].len);
        assert_memory_equal(out.bytes, cases[i].bytes, out.len);
        weir_buffer_free(&out);
    }
    struct weir_buffer out = {0};
    assert_false(weir_text_write_binary(arena, 1034, "{}", &out));
    assert_false(weir_text_write_binary(arena, WEIR_OID_INT4, "x", &out));
    assert_false(weir_text_write_binary(arena, WEIR_OID_INT2, "40000", &out));
    assert_false(weir_text_write_binary(arena, WEIR_OID_OID, "-1", &out));
    assert_int_equal(out.len, 0);
    weir_buffer_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_bytes_are_postgresqls),
        cmocka_unit_test(numerics_make_the_round_trip),
        cmocka_unit_test(malformed_numerics_are_refused),
        cmocka_unit_test(clients_types_become_the_statements),
        cmocka_unit_test(wrong_bytes_are_refused),
        cmocka_unit_test(every_type_has_an_oid_and_back),
        cmocka_unit_test(texts_of_catalogs_become_binary),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
