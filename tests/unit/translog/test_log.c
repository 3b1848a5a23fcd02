/* The log as the rest of the program uses it: order, durability, threads, and its refusals. */
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

enum { THREADS = 8, APPENDS = 200 };

struct fixture {
    struct test_folder folder;
    struct test_env test;
    struct weir_log *log;
    struct weir_error error;
};

static void open_log(struct fixture *fixture) {
    assert_true(weir_log_open(fixture->folder.log, &fixture->test.env, TEST_ORIGIN, TEST_SEED,
                              &fixture->log, &fixture->error)
                    .ok);
}

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    test_folder_make(&fixture->folder);
    test_env_make(&fixture->test);
    assert_true(weir_log_create(fixture->folder.log, &fixture->test.env, TEST_ORIGIN, TEST_SEED,
                                &fixture->error)
                    .ok);
    open_log(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    weir_log_close(fixture->log);
    test_folder_remove(&fixture->folder);
    free(fixture);
    return 0;
}

static uint64_t append(struct fixture *fixture, const char *text) {
    uint64_t index = UINT64_MAX;
    assert_true(weir_log_append(fixture->log, text, strlen(text), &index, &fixture->error).ok);
    return index;
}

static void entries_keep_their_order(void **state) {
    struct fixture *fixture = *state;
    struct test_content content;
    assert_int_equal(append(fixture, "first"), 0);
    assert_int_equal(append(fixture, ""), 1);
    assert_int_equal(append(fixture, "third"), 2);
    assert_int_equal(weir_log_size(fixture->log), 3);
    assert_true(test_read(fixture->folder.log, &content, &fixture->error).ok);
    assert_int_equal(content.count, 3);
    assert_string_equal(content.texts[0], "first");
    assert_string_equal(content.texts[1], "");
    assert_string_equal(content.texts[2], "third");
    test_content_free(&content);
}

static void integration_covers_what_is_durable(void **state) {
    struct fixture *fixture = *state;
    struct test_content content;
    assert_int_equal(weir_log_published_size(fixture->log), 0);
    for (int i = 0; i < 300; i++)
        append(fixture, "an entry");
    assert_true(weir_log_integrate(fixture->log, &fixture->error).ok);
    assert_int_equal(weir_log_published_size(fixture->log), 300);
    assert_true(weir_log_integrate(fixture->log, &fixture->error).ok); /* nothing left to do */
    append(fixture, "one more");
    assert_true(test_read(fixture->folder.log, &content, &fixture->error).ok);
    assert_int_equal(content.size + content.pending, 301);
    assert_true(content.size >= 300);
    test_content_free(&content);
}

static void integration_comes_within_a_second(void **state) {
    struct fixture *fixture = *state;
    for (int round = 0; round < 2; round++) {
        append(fixture, "an entry");
        uint64_t size = weir_log_size(fixture->log);
        int64_t start = weir_env_monotonic_microseconds();
        while (weir_log_published_size(fixture->log) < size) {
            assert_true(weir_env_monotonic_microseconds() - start < 3000000); /* a busy machine */
            usleep(5000);
        }
    }
}

static void reopening_finds_everything(void **state) {
    struct fixture *fixture = *state;
    uint64_t expected = 0;
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < round * 17; i++)
            assert_int_equal(append(fixture, "an entry"), expected++);
        weir_log_close(fixture->log);
        open_log(fixture);
        assert_int_equal(weir_log_size(fixture->log), expected);
        assert_int_equal(weir_log_published_size(fixture->log), expected);
        struct test_content content;
        assert_true(test_read(fixture->folder.log, &content, &fixture->error).ok);
        assert_int_equal(content.size, expected);
        test_content_free(&content);
    }
}

static void the_largest_entry_fits_and_no_larger(void **state) {
    struct fixture *fixture = *state;
    static const char entry[WEIR_LOG_ENTRY_MAX + 1] = {'x'};
    uint64_t index;
    for (uint64_t i = 0; i < 260; i++) {
        assert_true(
            weir_log_append(fixture->log, entry, WEIR_LOG_ENTRY_MAX, &index, &fixture->error).ok);
        assert_int_equal(index, i);
    }
    assert_false(weir_log_append(fixture->log, entry, sizeof entry, &index, &fixture->error).ok);
    assert_int_equal(fixture->error.class, WEIR_ERROR_LIMIT);
    weir_error_clear(&fixture->error);
    assert_int_equal(append(fixture, "the log still works"), 260);
    assert_true(weir_log_integrate(fixture->log, &fixture->error).ok);
}

struct appender {
    struct weir_log *log;
    int number;
    uint64_t indexes[APPENDS];
    bool ok;
};

static void *append_many(void *state) {
    struct appender *appender = state;
    appender->ok = true;
    for (int i = 0; i < APPENDS && appender->ok; i++) {
        char text[32];
        struct weir_error error = {0};
        int len = snprintf(text, sizeof text, "%d:%d", appender->number, i);
        appender->ok =
            weir_log_append(appender->log, text, (size_t)len, &appender->indexes[i], &error).ok;
    }
    return NULL;
}

static void threads_get_their_own_places(void **state) {
    struct fixture *fixture = *state;
    static struct appender appenders[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        appenders[i] = (struct appender){.log = fixture->log, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, append_many, &appenders[i]), 0);
    }
    for (int i = 0; i < 20; i++) {
        assert_true(weir_log_integrate(fixture->log, &fixture->error).ok);
        usleep(1000);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    struct test_content content;
    assert_true(test_read(fixture->folder.log, &content, &fixture->error).ok);
    assert_int_equal(content.count, THREADS * APPENDS);
    for (int i = 0; i < THREADS; i++) {
        assert_true(appenders[i].ok);
        for (int j = 0; j < APPENDS; j++) {
            char text[32];
            snprintf(text, sizeof text, "%d:%d", i, j);
            assert_true(appenders[i].indexes[j] < content.count);
            assert_string_equal(content.texts[appenders[i].indexes[j]], text);
            assert_true(j == 0 || appenders[i].indexes[j] > appenders[i].indexes[j - 1]);
        }
    }
    test_content_free(&content);
}

static void two_handles_share_one_log(void **state) {
    struct fixture *fixture = *state;
    struct weir_log *first = fixture->log, *second;
    open_log(fixture);
    second = fixture->log;
    for (uint64_t i = 0; i < 600; i++) {
        fixture->log = i % 3 == 0 ? first : second;
        assert_int_equal(append(fixture, "an entry"), i);
        if (i % 50 == 49)
            assert_true(weir_log_integrate(i % 100 == 99 ? first : second, &fixture->error).ok);
    }
    weir_log_close(second);
    fixture->log = first;
    assert_int_equal(append(fixture, "the last"), 600);
    struct test_content content;
    assert_true(test_read(fixture->folder.log, &content, &fixture->error).ok);
    assert_int_equal(content.count, 601);
    assert_string_equal(content.texts[600], "the last");
    test_content_free(&content);
}

static bool creates(struct fixture *fixture, const char *folder, const char *origin) {
    weir_error_clear(&fixture->error);
    return weir_log_create(folder, &fixture->test.env, origin, TEST_SEED, &fixture->error).ok;
}

static void a_log_is_never_made_twice(void **state) {
    struct fixture *fixture = *state;
    append(fixture, "an entry");
    assert_false(creates(fixture, fixture->folder.log, TEST_ORIGIN));
    char path[128];
    snprintf(path, sizeof path, "%s/checkpoint", fixture->folder.log);
    weir_log_close(fixture->log);
    fixture->log = NULL;
    assert_int_equal(unlink(path), 0); /* the tiles are still there */
    assert_false(creates(fixture, fixture->folder.log, TEST_ORIGIN));
    assert_false(weir_log_open(fixture->folder.log, &fixture->test.env, TEST_ORIGIN, TEST_SEED,
                               &fixture->log, &fixture->error)
                     .ok);
}

static void bad_origins_are_refused(void **state) {
    struct fixture *fixture = *state;
    static const char *const origins[] = {"", "a b", "a+b", "a\nb", "\xc3\xa9"};
    char folder[128], long_origin[202];
    snprintf(folder, sizeof folder, "%s/other", fixture->folder.root);
    for (size_t i = 0; i < WEIR_COUNT(origins); i++)
        assert_false(creates(fixture, folder, origins[i]));
    memset(long_origin, 'a', 201);
    long_origin[201] = '\0';
    assert_false(creates(fixture, folder, long_origin));
    long_origin[200] = '\0';
    assert_true(creates(fixture, folder, long_origin));
}

static bool opens(struct fixture *fixture, const char *folder, const char *origin,
                  const uint8_t *seed) {
    struct weir_log *log = NULL;
    weir_error_clear(&fixture->error);
    bool ok = weir_log_open(folder, &fixture->test.env, origin, seed, &log, &fixture->error).ok;
    assert_int_equal(ok, log != NULL);
    assert_int_equal(ok, !weir_error_is_set(&fixture->error));
    weir_log_close(log);
    return ok;
}

static void only_the_right_key_and_name_open_it(void **state) {
    struct fixture *fixture = *state;
    uint8_t seed[WEIR_LOG_KEY_BYTES] = {1};
    assert_true(opens(fixture, fixture->folder.log, TEST_ORIGIN, TEST_SEED));
    assert_false(opens(fixture, fixture->folder.log, TEST_ORIGIN, seed));
    assert_false(opens(fixture, fixture->folder.log, "weir.example/other", TEST_SEED));
    assert_false(opens(fixture, fixture->folder.root, TEST_ORIGIN, TEST_SEED));
    assert_false(opens(fixture, "/tmp/weir-test-none", TEST_ORIGIN, TEST_SEED));
}

/* Old checkpoints and journals put back: neither may lead to a second tree of the same size. */
static void files_from_another_time_are_refused(void **state) {
    struct fixture *fixture = *state;
    const char *folder = fixture->folder.log;
    size_t checkpoint_len, journal_len;
    weir_log_close(fixture->log);
    fixture->log = NULL;
    uint8_t *checkpoint = test_file_read(folder, "checkpoint", &checkpoint_len);
    uint8_t *journal = test_file_read(folder, "journal", &journal_len);
    open_log(fixture);
    append(fixture, "an entry");
    weir_log_close(fixture->log);
    fixture->log = NULL;
    size_t new_checkpoint_len;
    uint8_t *new_checkpoint = test_file_read(folder, "checkpoint", &new_checkpoint_len);
    test_file_write(folder, "checkpoint", checkpoint, checkpoint_len);
    assert_false(opens(fixture, folder, TEST_ORIGIN, TEST_SEED));
    test_file_write(folder, "checkpoint", new_checkpoint, new_checkpoint_len);
    assert_true(opens(fixture, folder, TEST_ORIGIN, TEST_SEED));
    test_file_write(folder, "journal", journal, journal_len);
    assert_false(opens(fixture, folder, TEST_ORIGIN, TEST_SEED));
    free(new_checkpoint);
    free(journal);
    free(checkpoint);
}

static void a_spoilt_tile_stops_the_log(void **state) {
    struct fixture *fixture = *state;
    static const char *const names[] = {"tile/0/000.p/2", "tile/entries/000.p/2"};
    append(fixture, "one");
    append(fixture, "two");
    weir_log_close(fixture->log);
    fixture->log = NULL;
    for (size_t i = 0; i < WEIR_COUNT(names); i++) {
        size_t len;
        uint8_t *bytes = test_file_read(fixture->folder.log, names[i], &len);
        bytes[len - 1] ^= 1;
        test_file_write(fixture->folder.log, names[i], bytes, len);
        struct weir_error error = {0};
        struct weir_log *log = NULL;
        weir_status status = weir_log_open(fixture->folder.log, &fixture->test.env, TEST_ORIGIN,
                                           TEST_SEED, &log, &error);
        if (status.ok) { /* nothing was pending, so the bundle was not needed yet */
            uint64_t index;
            assert_int_equal(i, 1);
            assert_true(weir_log_append(log, "three", 5, &index, &error).ok);
            assert_false(weir_log_integrate(log, &error).ok);
            weir_error_clear(&error);
            assert_false(weir_log_append(log, "four", 4, &index, &error).ok);
            weir_log_close(log);
        }
        bytes[len - 1] ^= 1;
        test_file_write(fixture->folder.log, names[i], bytes, len);
        free(bytes);
    }
    open_log(fixture);
    assert_int_equal(weir_log_size(fixture->log), 3); /* what was acknowledged is there */
}

static void null_closes(void **state) {
    (void)state;
    weir_log_close(NULL);
}

int main(void) {
    struct weir_error error = {0};
    if (!weir_env_initialise(&error).ok)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(entries_keep_their_order),
        TEST(integration_covers_what_is_durable),
        TEST(integration_comes_within_a_second),
        TEST(reopening_finds_everything),
        TEST(the_largest_entry_fits_and_no_larger),
        TEST(threads_get_their_own_places),
        TEST(two_handles_share_one_log),
        TEST(a_log_is_never_made_twice),
        TEST(bad_origins_are_refused),
        TEST(only_the_right_key_and_name_open_it),
        TEST(files_from_another_time_are_refused),
        TEST(a_spoilt_tile_stops_the_log),
        cmocka_unit_test(null_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
