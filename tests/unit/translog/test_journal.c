/* The journal's frames: what is whole is kept, a torn tail is dropped, damage before whole entries
 * is an error. */
#include "support.h"
#include "translog/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

struct fixture {
    struct test_folder folder;
    struct test_env test;
    struct weir_error error;
};

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    test_folder_make(&fixture->folder);
    test_env_make(&fixture->test);
    assert_true(
        weir_journal_create(&fixture->test.env, fixture->folder.root, 100, &fixture->error).ok);
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    test_folder_remove(&fixture->folder);
    free(fixture);
    return 0;
}

static struct weir_journal open_journal(struct fixture *fixture) {
    struct weir_journal journal = {.file = -1, .writable = true};
    assert_true(weir_journal_refresh(&journal, fixture->folder.root, &fixture->error).ok);
    return journal;
}

/* One batch of `count` entries that name their index. */
static void append(struct fixture *fixture, struct weir_journal *journal, int count) {
    struct weir_frame frame = {0};
    for (int i = 0; i < count; i++) {
        char text[32];
        int len = snprintf(text, sizeof text, "entry %" PRIu64, journal->next + (uint64_t)i);
        assert_true(weir_frame_add(&frame, text, (size_t)len));
    }
    assert_true(weir_journal_append(journal, &fixture->test.env, &frame, &fixture->error).ok);
    weir_buffer_free(&frame.bytes);
}

static weir_status expect_entry(void *state, uint64_t index, const uint8_t *bytes, size_t len,
                                struct weir_error *error) {
    (void)error;
    uint64_t *expected = state;
    char text[32];
    assert_int_equal(index, *expected);
    ++*expected;
    snprintf(text, sizeof text, "entry %" PRIu64, index);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(bytes, text, len);
    return WEIR_OK;
}

static void assert_holds(struct fixture *fixture, const struct weir_journal *journal, uint64_t from,
                         uint64_t until) {
    uint64_t next = from;
    struct weir_journal_reader reader = {.state = &next, .entry = expect_entry};
    assert_true(weir_journal_read(journal, from, &reader, &fixture->error).ok);
    assert_int_equal(next, until);
    assert_int_equal(journal->next, until);
}

static void entries_come_back(void **state) {
    struct fixture *fixture = *state;
    struct weir_journal journal = open_journal(fixture), other = open_journal(fixture);
    append(fixture, &journal, 1);
    append(fixture, &journal, 500);
    append(fixture, &journal, 3);
    assert_holds(fixture, &journal, 100, 604);
    assert_int_equal(other.next, 100);
    assert_true(weir_journal_refresh(&other, fixture->folder.root, &fixture->error).ok);
    assert_holds(fixture, &other, 350, 604);
    append(fixture, &other, 2);
    assert_true(weir_journal_refresh(&journal, fixture->folder.root, &fixture->error).ok);
    assert_holds(fixture, &journal, 604, 606);
    weir_journal_close(&journal);
    weir_journal_close(&other);
}

static void a_torn_tail_is_dropped_at_every_length(void **state) {
    struct fixture *fixture = *state;
    struct weir_journal journal = open_journal(fixture);
    append(fixture, &journal, 2);
    size_t kept = (size_t)journal.length, len;
    append(fixture, &journal, 3);
    weir_journal_close(&journal);
    uint8_t *whole = test_file_read(fixture->folder.root, "journal", &len);
    for (size_t cut = kept; cut < len; cut++) {
        test_file_write(fixture->folder.root, "journal", whole, cut);
        journal = open_journal(fixture);
        assert_holds(fixture, &journal, 100, 102);
        assert_int_equal(journal.length, kept);
        append(fixture, &journal, 1); /* the place is free again */
        weir_journal_close(&journal);
        journal = open_journal(fixture);
        assert_holds(fixture, &journal, 100, 103);
        weir_journal_close(&journal);
    }
    free(whole);
}

static void a_torn_tail_may_be_zeros_or_spoilt(void **state) {
    struct fixture *fixture = *state;
    struct weir_journal journal = open_journal(fixture);
    append(fixture, &journal, 2);
    size_t kept = (size_t)journal.length, len;
    append(fixture, &journal, 3);
    weir_journal_close(&journal);
    uint8_t *whole = test_file_read(fixture->folder.root, "journal", &len);
    for (size_t i = kept; i < len; i++) {
        whole[i] ^= 0x40;
        test_file_write(fixture->folder.root, "journal", whole, len);
        whole[i] ^= 0x40;
        journal = open_journal(fixture);
        assert_holds(fixture, &journal, 100, 102);
        weir_journal_close(&journal);
    }
    memset(whole + kept, 0, len - kept);
    test_file_write(fixture->folder.root, "journal", whole, len);
    journal = open_journal(fixture);
    assert_holds(fixture, &journal, 100, 102);
    weir_journal_close(&journal);
    free(whole);
}

static void damage_before_whole_entries_is_an_error(void **state) {
    struct fixture *fixture = *state;
    struct weir_journal journal = open_journal(fixture);
    append(fixture, &journal, 2);
    append(fixture, &journal, 3);
    size_t last = (size_t)journal.length, len;
    append(fixture, &journal, 1);
    weir_journal_close(&journal);
    uint8_t *whole = test_file_read(fixture->folder.root, "journal", &len);
    for (size_t i = 0; i < last; i++) {
        whole[i] ^= 1;
        test_file_write(fixture->folder.root, "journal", whole, len);
        whole[i] ^= 1;
        journal = (struct weir_journal){.file = -1, .writable = true};
        weir_error_clear(&fixture->error);
        assert_false(weir_journal_refresh(&journal, fixture->folder.root, &fixture->error).ok);
        assert_int_equal(fixture->error.class, WEIR_ERROR_INVALID);
        weir_journal_close(&journal);
        size_t left;
        free(test_file_read(fixture->folder.root, "journal", &left));
        assert_int_equal(left, len); /* nothing was cut off */
    }
    free(whole);
}

/* A frame inside an entry must not pass for one of the journal: the checksums are under its salt.
 */
static void a_forged_frame_in_an_entry_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    struct weir_journal journal = open_journal(fixture);
    append(fixture, &journal, 1);
    size_t kept = (size_t)journal.length, len;
    append(fixture, &journal, 1);
    uint8_t *whole = test_file_read(fixture->folder.root, "journal", &len);
    struct weir_frame frame = {0};
    assert_true(
        weir_journal_create(&fixture->test.env, fixture->folder.root, 100, &fixture->error).ok);
    assert_true(weir_journal_refresh(&journal, fixture->folder.root, &fixture->error).ok);
    assert_true(
        weir_frame_add(&frame, whole + kept, len - kept)); /* a frame of the other journal */
    assert_true(weir_journal_append(&journal, &fixture->test.env, &frame, &fixture->error).ok);
    assert_int_equal(ftruncate(journal.file, (off_t)journal.length - 1), 0);
    weir_journal_close(&journal);
    journal = open_journal(fixture);
    assert_int_equal(journal.next, 100);
    weir_journal_close(&journal);
    weir_buffer_free(&frame.bytes);
    free(whole);
}

static void rotation_keeps_what_is_not_published(void **state) {
    struct fixture *fixture = *state;
    struct weir_journal journal = open_journal(fixture), other = open_journal(fixture);
    append(fixture, &journal, 10);
    append(fixture, &journal, 10);
    const char *folder = fixture->folder.root;
    assert_true(weir_journal_rotate(&journal, &fixture->test.env, folder, 115, &fixture->error).ok);
    assert_int_equal(journal.first, 115);
    assert_holds(fixture, &journal, 115, 120);
    append(fixture, &journal, 4);
    assert_true(
        weir_journal_refresh(&other, folder, &fixture->error).ok); /* notices the new file */
    assert_holds(fixture, &other, 115, 124);
    assert_true(weir_journal_rotate(&other, &fixture->test.env, folder, 124, &fixture->error).ok);
    assert_int_equal(other.length, WEIR_JOURNAL_HEADER_BYTES);
    weir_journal_close(&journal);
    weir_journal_close(&other);
}

static void frames_have_a_limit(void **state) {
    struct fixture *fixture = *state;
    struct weir_journal journal = open_journal(fixture);
    struct weir_frame frame = {0};
    static const char entry[WEIR_LOG_ENTRY_MAX] = {'x'};
    uint64_t count = 0;
    while (weir_frame_add(&frame, entry, sizeof entry))
        count++;
    assert_false(frame.bytes.failed);
    assert_int_equal(count, WEIR_FRAME_PAYLOAD_MAX / (2 + WEIR_LOG_ENTRY_MAX));
    assert_true(weir_journal_append(&journal, &fixture->test.env, &frame, &fixture->error).ok);
    weir_journal_close(&journal);
    journal = open_journal(fixture);
    assert_int_equal(journal.next, 100 + count);
    weir_journal_close(&journal);
    weir_buffer_free(&frame.bytes);
}

static void a_journal_that_shrank_is_an_error(void **state) {
    struct fixture *fixture = *state;
    struct weir_journal journal = open_journal(fixture);
    append(fixture, &journal, 2);
    assert_int_equal(ftruncate(journal.file, (off_t)journal.length - 3), 0);
    assert_false(weir_journal_refresh(&journal, fixture->folder.root, &fixture->error).ok);
    assert_int_equal(fixture->error.class, WEIR_ERROR_INVALID);
    weir_journal_close(&journal);
}

int main(void) {
    struct weir_error error = {0};
    if (!weir_env_initialise(&error).ok)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(entries_come_back),
        TEST(a_torn_tail_is_dropped_at_every_length),
        TEST(a_torn_tail_may_be_zeros_or_spoilt),
        TEST(damage_before_whole_entries_is_an_error),
        TEST(a_forged_frame_in_an_entry_changes_nothing),
        TEST(rotation_keeps_what_is_not_published),
        TEST(frames_have_a_limit),
        TEST(a_journal_that_shrank_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
