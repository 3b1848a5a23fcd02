/* The process ends at any moment, at each write or sync and at random under kill -9: the log
 * verifies as it was left, opens, holds what was acknowledged, and stays a prefix of what it
 * becomes. */
#include "../../unit/translog/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

enum { BEFORE = 250, STEPS = 16, KILLS = 50, THREADS = 4 };

/* What a child tells of each acknowledged entry. */
struct acknowledgement {
    uint64_t index;
    char text[32];
};

static void report(int pipe_end, uint64_t index, const char *text) {
    struct acknowledgement acknowledgement = {.index = index};
    snprintf(acknowledgement.text, sizeof acknowledgement.text, "%s", text);
    if (write(pipe_end, &acknowledgement, sizeof acknowledgement) != sizeof acknowledgement)
        _exit(2);
}

static void assert_prefix(const struct test_content *before, const struct test_content *after) {
    assert_true(before->count <= after->count);
    assert_true(before->size <= after->size);
    if (before->count > 0)
        assert_memory_equal(before->leaves, after->leaves, before->count * sizeof *after->leaves);
}

/* Reads what the child acknowledged and holds it against the log. */
static uint64_t assert_acknowledged(int pipe_end, const struct test_content *content) {
    struct acknowledgement acknowledgement;
    uint64_t count = 0;
    while (read(pipe_end, &acknowledgement, sizeof acknowledgement) == sizeof acknowledgement) {
        assert_true(acknowledgement.index < content->count);
        assert_string_equal(content->texts[acknowledgement.index], acknowledgement.text);
        count++;
    }
    return count;
}

/* Opens after a crash and adds an entry; *last is the content that must be a prefix of what is
 * found. */
static void assert_goes_on(const char *folder, const struct weir_env *env,
                           const struct test_content *left) {
    struct test_content after;
    struct weir_error error = {0};
    struct weir_log *log = NULL;
    uint64_t index;
    assert_true(weir_log_open(folder, env, TEST_ORIGIN, TEST_SEED, &log, &error).ok);
    assert_int_equal(weir_log_size(log), left->count);
    assert_int_equal(weir_log_published_size(log), left->count);
    assert_true(weir_log_append(log, "after", 5, &index, &error).ok);
    assert_int_equal(index, left->count);
    weir_log_close(log);
    assert_true(test_read(folder, &after, &error).ok);
    assert_int_equal(after.size, left->count + 1);
    assert_prefix(left, &after);
    test_content_free(&after);
}

/* ---- at each call ---- */

static _Noreturn void work_until_exit(const struct test_folder *folder, struct test_env *test,
                                      int pipe_end) {
    struct weir_log *log = NULL;
    struct weir_error error = {0};
    if (!weir_log_open(folder->log, &test->env, TEST_ORIGIN, TEST_SEED, &log, &error).ok)
        _exit(3);
    for (int step = 0; step < STEPS; step++) {
        char text[32];
        uint64_t index;
        int len = snprintf(text, sizeof text, "step %d", step);
        if (!weir_log_append(log, text, (size_t)len, &index, &error).ok)
            _exit(4);
        report(pipe_end, index, text);
        if (step % 6 == 3 && !weir_log_integrate(log, &error).ok)
            _exit(5);
    }
    weir_log_close(log);
    _exit(1); /* the call was never reached */
}

static pid_t start_worker(const struct test_folder *folder, struct test_env *test, int *pipe_end) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        work_until_exit(folder, test, ends[1]);
    }
    close(ends[1]);
    *pipe_end = ends[0];
    return child;
}

static bool exits_at(int call, enum test_failure failure) {
    struct test_folder folder;
    struct test_env test;
    struct weir_error error = {0};
    test_folder_make(&folder);
    test_env_make(&test);
    test_log_fill(folder.log, &test.env, BEFORE);
    atomic_store(&test.calls, 0);
    atomic_store(&test.fail_at, call);
    test.failure = failure;
    int pipe_end, result;
    pid_t child = start_worker(&folder, &test, &pipe_end);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result) && WEXITSTATUS(result) <= 1);
    struct test_content left;
    assert_true(test_read(folder.log, &left, &error).ok);
    uint64_t acknowledged = assert_acknowledged(pipe_end, &left);
    assert_in_range(left.count, BEFORE + acknowledged, BEFORE + acknowledged + 1);
    close(pipe_end);
    atomic_store(&test.fail_at, 0);
    assert_goes_on(folder.log, &test.env, &left);
    test_content_free(&left);
    test_folder_remove(&folder);
    return WEXITSTATUS(result) == 0;
}

static void every_moment_of_exit_is_survived(void **state) {
    (void)state;
    int calls = 1;
    while (exits_at(calls, TEST_EXIT))
        calls++;
    assert_true(calls > 2 * STEPS + 30);
    for (int call = 1; call < calls; call++) {
        assert_true(exits_at(call, TEST_EXIT_HALF));
        assert_true(exits_at(call, TEST_POWER));
    }
}

/* ---- at random ---- */

struct appender {
    struct weir_log *log;
    int pipe_end, number, round;
};

static void *append_for_ever(void *state) {
    struct appender *appender = state;
    for (int i = 0;; i++) {
        char text[32];
        uint64_t index;
        struct weir_error error = {0};
        int len = snprintf(text, sizeof text, "%d/%d/%d", appender->round, appender->number, i);
        if (!weir_log_append(appender->log, text, (size_t)len, &index, &error).ok)
            _exit(4);
        report(appender->pipe_end, index, text);
    }
    return NULL;
}

static _Noreturn void work_until_killed(const char *folder, int round, int pipe_end) {
    static struct appender appenders[THREADS];
    struct weir_log *log = NULL;
    struct weir_error error = {0};
    if (!weir_log_open(folder, weir_env_system(), TEST_ORIGIN, TEST_SEED, &log, &error).ok)
        _exit(3);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        appenders[i] =
            (struct appender){.log = log, .pipe_end = pipe_end, .number = i, .round = round};
        if (pthread_create(&thread, NULL, append_for_ever, &appenders[i]) != 0)
            _exit(5);
    }
    for (;;) {
        if (!weir_log_integrate(log, &error).ok)
            _exit(6);
        usleep(randombytes_uniform(5000));
    }
}

static uint64_t kill_once(const char *folder, int round, struct test_content *last) {
    int ends[2], result;
    struct weir_error error = {0};
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        work_until_killed(folder, round, ends[1]);
    }
    close(ends[1]);
    usleep(1000 + randombytes_uniform(60000));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result)); /* not by an error of its own */
    struct test_content left;
    assert_true(test_read(folder, &left, &error).ok);
    uint64_t acknowledged = assert_acknowledged(ends[0], &left);
    assert_true(left.count >= last->count + acknowledged);
    assert_prefix(last, &left);
    close(ends[0]);
    test_content_free(last);
    *last = left;
    return acknowledged;
}

static void kills_at_random_lose_nothing(void **state) {
    (void)state;
    struct test_folder folder;
    struct test_content last = {0};
    uint64_t acknowledged = 0;
    test_folder_make(&folder);
    test_log_fill(folder.log, weir_env_system(), 0);
    for (int round = 0; round < KILLS; round++)
        acknowledged += kill_once(folder.log, round, &last);
    assert_true(acknowledged > KILLS);
    assert_goes_on(folder.log, weir_env_system(), &last);
    test_content_free(&last);
    test_folder_remove(&folder);
}

int main(void) {
    struct weir_error error = {0};
    if (!weir_env_initialise(&error).ok)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_moment_of_exit_is_survived),
        cmocka_unit_test(kills_at_random_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
