/* The disk fails at the n-th write or sync, for every n: nothing acknowledged is lost, nothing
 * unacknowledged is kept, the log takes no more entries until it is opened again, and then goes on
 * as the same log. */
#include "../../unit/translog/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

enum { BEFORE = 250, STEPS = 16 };

struct run {
    struct test_folder folder;
    struct test_env test;
    uint64_t acknowledged;
    bool failed;
};

static bool append_next(struct run *run, struct weir_log *log) {
    char text[32];
    uint64_t index;
    struct weir_error error = {0};
    int len = snprintf(text, sizeof text, "entry %" PRIu64, run->acknowledged);
    if (!weir_log_append(log, text, (size_t)len, &index, &error).ok)
        return false;
    assert_int_equal(index, run->acknowledged);
    run->acknowledged++;
    return true;
}

/* Crosses the end of a tile, and integrates before and after. */
static void work(struct run *run) {
    struct weir_log *log = NULL;
    struct weir_error error = {0};
    if (!weir_log_open(run->folder.log, &run->test.env, TEST_ORIGIN, TEST_SEED, &log, &error).ok) {
        run->failed = true;
        return;
    }
    for (int step = 0; step < STEPS && !run->failed; step++) {
        run->failed = !append_next(run, log);
        if (!run->failed && step % 6 == 3)
            run->failed = !weir_log_integrate(log, &error).ok;
    }
    if (run->failed) {
        int calls = atomic_load(&run->test.calls);
        assert_false(append_next(run, log));
        weir_error_clear(&error);
        assert_false(weir_log_integrate(log, &error).ok);
        assert_true(weir_error_is_set(&error));
        assert_int_equal(calls, atomic_load(&run->test.calls)); /* the disk was left alone */
    }
    weir_log_close(log);
}

static void assert_prefix(const struct test_content *before, const struct test_content *after) {
    assert_true(before->count <= after->count);
    assert_true(before->size <= after->size);
    if (before->count > 0)
        assert_memory_equal(before->leaves, after->leaves, before->count * sizeof *after->leaves);
}

static void assert_recovers(struct run *run) {
    struct test_content before, after;
    struct weir_error error = {0};
    struct weir_log *log = NULL;
    assert_true(test_read(run->folder.log, &before, &error).ok);
    assert_int_equal(before.count, run->acknowledged);
    atomic_store(&run->test.fail_at, 0);
    assert_true(
        weir_log_open(run->folder.log, &run->test.env, TEST_ORIGIN, TEST_SEED, &log, &error).ok);
    assert_int_equal(weir_log_size(log), run->acknowledged);
    for (int i = 0; i < 3; i++)
        assert_true(append_next(run, log));
    weir_log_close(log);
    assert_true(test_read(run->folder.log, &after, &error).ok);
    assert_int_equal(after.size, run->acknowledged);
    assert_prefix(&before, &after);
    for (uint64_t i = 0; i < after.count; i++) {
        char text[32];
        snprintf(text, sizeof text, "entry %" PRIu64, i);
        assert_string_equal(after.texts[i], text);
    }
    test_content_free(&before);
    test_content_free(&after);
}

/* True where call number `fail_at` was reached. */
static bool fails_at(int fail_at, enum test_failure failure) {
    struct run run = {.acknowledged = BEFORE};
    test_folder_make(&run.folder);
    test_env_make(&run.test);
    test_log_fill(run.folder.log, &run.test.env, BEFORE);
    atomic_store(&run.test.calls, 0);
    atomic_store(&run.test.fail_at, fail_at);
    run.test.failure = failure;
    work(&run);
    bool reached = atomic_load(&run.test.calls) >= fail_at;
    assert_recovers(&run);
    test_folder_remove(&run.folder);
    return reached;
}

static void every_failing_write_or_sync_is_survived(void **state) {
    (void)state;
    int calls = 1;
    while (fails_at(calls, TEST_REPORT))
        calls++;
    assert_true(calls > 2 * STEPS + 30);
    for (int call = 1; call < calls; call++)
        assert_true(fails_at(call, TEST_WRITE_HALF));
}

/* Creating: it may be tried again until a log is there, and never makes a second one. */
static void creating_survives_failures(void **state) {
    (void)state;
    bool created = false;
    for (int fail_at = 1; !created; fail_at++) {
        struct run run = {0};
        struct weir_error error = {0}, again_error = {0};
        test_folder_make(&run.folder);
        test_env_make(&run.test);
        atomic_store(&run.test.fail_at, fail_at);
        run.test.failure = TEST_WRITE_HALF;
        created = weir_log_create(run.folder.log, &run.test.env, TEST_ORIGIN, TEST_SEED, &error).ok;
        atomic_store(&run.test.fail_at, 0);
        bool again =
            weir_log_create(run.folder.log, &run.test.env, TEST_ORIGIN, TEST_SEED, &again_error).ok;
        char path[128];
        snprintf(path, sizeof path, "%s/checkpoint", run.folder.log);
        assert_int_equal(access(path, F_OK), 0);
        assert_false(created && again);
        work(&run);
        assert_false(run.failed);
        assert_recovers(&run);
        test_folder_remove(&run.folder);
        assert_true(fail_at < 20);
    }
}

int main(void) {
    struct weir_error error = {0};
    if (!weir_env_initialise(&error).ok)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failing_write_or_sync_is_survived),
        cmocka_unit_test(creating_survives_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
