/* The codec: what is well formed is read exactly, what is not is refused, nothing is read past the
 * end. */
#include "wire/message.h"
#include "wire/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

/* A body on the heap of exactly its size, so that a sanitizer sees a byte too many. */
struct body {
    uint8_t *bytes;
    size_t len;
};

static struct body body_of(const struct weir_buffer *buffer, size_t skip) {
    struct body body = {malloc(buffer->len - skip + 1), buffer->len - skip};
    assert_non_null(body.bytes);
    memcpy(body.bytes, buffer->bytes + skip, body.len);
    return body;
}

static void fields_are_read_and_ends_are_kept(void **state) {
    (void)state;
    static const uint8_t bytes[] = {0x12, 0xff, 0xfe, 0x80, 0, 0, 1, 'a', 'b', 0, 9};
    struct weir_reader reader = weir_reader_over(bytes, sizeof bytes);
    assert_int_equal(weir_read_byte(&reader), 0x12);
    assert_int_equal(weir_read_int16(&reader), -2);
    assert_int_equal(weir_read_int32(&reader), INT32_MIN + 1);
    assert_string_equal(weir_read_text(&reader), "ab");
    assert_false(weir_reader_finish(&reader));
    assert_int_equal(weir_reader_left(&reader), 1);
    assert_int_equal(weir_read_int16(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(weir_read_byte(&reader), 0); /* failure stays */
    assert_false(weir_reader_finish(&reader));

    reader = weir_reader_over("abc", 3); /* no NUL */
    assert_string_equal(weir_read_text(&reader), "");
    assert_true(reader.failed);
    reader = weir_reader_over("", 0);
    assert_null(weir_read_bytes(&reader, SIZE_MAX));
    reader = weir_reader_over("\xc3\x28", 3); /* not UTF-8 */
    (void)weir_read_text(&reader);
    assert_true(reader.failed);
}

static void utf8_is_exactly_unicodes(void **state) {
    (void)state;
    static const char *const good[] = {"",
                                       "plain",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xe0\x9f\xbf",
                                      "\xe2\x82",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "a\xe2\x28\xa1"};
    for (size_t i = 0; i < WEIR_COUNT(good); i++)
        assert_true(weir_utf8_is_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < WEIR_COUNT(bad); i++)
        assert_false(weir_utf8_is_valid(bad[i], strlen(bad[i])));
}

static void parse_message(struct weir_buffer *out, const char *name, int16_t stated, int count) {
    weir_write_text(out, name);
    weir_write_text(out, "SELECT 1");
    weir_write_int16(out, stated);
    for (int i = 0; i < count; i++)
        weir_write_int32(out, 23 + i);
}

static bool reads_parse(const char *name, int16_t stated, int count,
                        struct weir_message_parse *parse) {
    struct weir_buffer out = {0};
    parse_message(&out, name, stated, count);
    struct body body = body_of(&out, 0);
    bool read = weir_message_read_parse(weir_reader_over(body.bytes, body.len), parse);
    bool same = !read || strcmp(parse->query, "SELECT 1") == 0;
    free(body.bytes);
    weir_buffer_free(&out);
    return read && same;
}

static void parse_counts_must_agree(void **state) {
    (void)state;
    struct weir_message_parse parse;
    assert_true(reads_parse("", 0, 0, &parse));
    assert_true(reads_parse("s", 2, 2, &parse));
    assert_int_equal(parse.type_count, 2);
    assert_int_equal(parse.types[1], 24);
    assert_true(reads_parse("", 200, 200, &parse));
    assert_false(reads_parse("", 201, 201, &parse));
    assert_false(reads_parse("", 3, 2, &parse));
    assert_false(reads_parse("", 1, 2, &parse));
    assert_false(reads_parse("", -1, 0, &parse));
    char name[66];
    memset(name, 'n', 64);
    name[64] = '\0';
    assert_false(reads_parse(name, 0, 0, &parse));
    name[63] = '\0';
    assert_true(reads_parse(name, 0, 0, &parse));
}

/* A Bind of two arguments ("abc" and NULL), with the formats given. */
static void bind_message(struct weir_buffer *out, const char *formats, size_t formats_len) {
    weir_write_text(out, "portal");
    weir_write_text(out, "statement");
    weir_buffer_append(out, formats, formats_len);
    weir_write_int16(out, 2);
    weir_write_int32(out, 3);
    weir_buffer_append(out, "abc", 3);
    weir_write_int32(out, -1);
    weir_write_int16(out, 1);
    weir_write_int16(out, 1);
}

static bool reads_bind(const char *formats, size_t formats_len, size_t cut,
                       struct weir_message_bind *bind) {
    struct weir_buffer out = {0};
    bind_message(&out, formats, formats_len);
    struct body body = body_of(&out, 0);
    bool read = weir_message_read_bind(weir_reader_over(body.bytes, body.len - cut), bind);
    bool same =
        !read || (strcmp(bind->portal, "portal") == 0 && bind->arguments[0].len == 3 &&
                  memcmp(bind->arguments[0].bytes, "abc", 3) == 0 && bind->arguments[1].len == -1 &&
                  bind->format_count == 1 && weir_message_format(bind->formats, 0) == 1);
    free(body.bytes);
    weir_buffer_free(&out);
    assert_true(same);
    return read;
}

static void bind_is_read_whole_or_not_at_all(void **state) {
    (void)state;
    struct weir_message_bind bind;
    assert_true(reads_bind("\0\0", 2, 0, &bind));
    assert_false(bind.arguments[0].is_binary || bind.arguments[1].is_binary);
    assert_true(reads_bind("\0\1\0\1", 4, 0, &bind));
    assert_true(bind.arguments[0].is_binary && bind.arguments[1].is_binary);
    assert_true(reads_bind("\0\2\0\0\0\1", 6, 0, &bind));
    assert_true(!bind.arguments[0].is_binary && bind.arguments[1].is_binary);
    assert_false(reads_bind("\0\3\0\0\0\1\0\0", 8, 0, &bind));
    assert_false(reads_bind("\0\1\0\2", 4, 0, &bind));
    assert_false(reads_bind("\xff\xff", 2, 0, &bind));
    for (size_t cut = 1; cut < 30; cut++)
        assert_false(reads_bind("\0\0", 2, cut, &bind));
}

static void targets_and_executes(void **state) {
    (void)state;
    struct weir_message_target target;
    struct weir_message_execute execute;
    assert_true(weir_message_read_target(weir_reader_over("Pp", 3), &target));
    assert_true(target.is_portal);
    assert_string_equal(target.name, "p");
    assert_true(weir_message_read_target(weir_reader_over("S", 2), &target));
    assert_false(target.is_portal);
    assert_false(weir_message_read_target(weir_reader_over("X", 2), &target));
    assert_false(weir_message_read_target(weir_reader_over("S", 1), &target));
    assert_true(weir_message_read_execute(weir_reader_over("\0\0\0\0\7", 5), &execute));
    assert_int_equal(execute.row_limit, 7);
    assert_false(weir_message_read_execute(weir_reader_over("\0\0\0\0", 4), &execute));
}

static void every_known_type_has_a_limit(void **state) {
    (void)state;
    for (int type = 0; type < 256; type++) {
        bool known = type != 0 && strchr("QPBDECSHXFdcf", type) != NULL;
        size_t limit = weir_message_limit((uint8_t)type);
        assert_int_equal(known, limit > 0);
        assert_true(limit <= WEIR_MESSAGE_PARAMETERS_LIMIT + WEIR_MESSAGE_SMALL_LIMIT);
    }
}

static void replies_have_their_lengths(void **state) {
    (void)state;
    struct weir_buffer out = {0};
    weir_reply_ready(&out, 'T');
    assert_memory_equal(out.bytes, "Z\0\0\0\5T", 6);
    weir_buffer_clear(&out);
    weir_reply_complete(&out, "SELECT 1");
    assert_int_equal(out.len, 14);
    assert_memory_equal(out.bytes, "C\0\0\0\15SELECT 1", 14);
    weir_buffer_clear(&out);
    struct weir_error error = {0};
    weir_fail(&error, WEIR_ERROR_REFUSED, "no");
    weir_error_at(&error, 12);
    weir_reply_error(&out, "ERROR", &error);
    static const char expected[] = "E\0\0\0\042SERROR\0VERROR\0C42501\0Mno\0P12\0\0";
    assert_int_equal(out.len, sizeof expected - 1);
    assert_memory_equal(out.bytes, expected, sizeof expected - 1);
    weir_buffer_free(&out);
}

/* A message cut by its buffer's size within a character is cut before that character. */
static void errors_are_valid_utf8(void **state) {
    (void)state;
    struct weir_error error = {0};
    char text[600];
    memset(text, 'x', sizeof text);
    for (size_t at = 504; at + 3 < sizeof text; at += 3)
        memcpy(text + at, "\xe2\x82\xac", 3);
    text[599] = '\0';
    weir_fail(&error, WEIR_ERROR_REFUSED, "%s", text);
    assert_false(weir_utf8_is_valid(error.message, strlen(error.message)));
    struct weir_buffer out = {0};
    weir_reply_error(&out, "ERROR", &error);
    assert_true(weir_utf8_is_valid(out.bytes + 5, out.len - 5));
    assert_non_null(memmem(out.bytes, out.len, "\xe2\x82\xac", 4));
    weir_buffer_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_and_ends_are_kept),
        cmocka_unit_test(utf8_is_exactly_unicodes),
        cmocka_unit_test(parse_counts_must_agree),
        cmocka_unit_test(bind_is_read_whole_or_not_at_all),
        cmocka_unit_test(targets_and_executes),
        cmocka_unit_test(every_known_type_has_a_limit),
        cmocka_unit_test(replies_have_their_lengths),
        cmocka_unit_test(errors_are_valid_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
