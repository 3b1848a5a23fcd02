/* kill -9 at any moment of questions, answers and loads: the store opens, its log and its books
 * agree, and everything that was acknowledged is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

enum { ROUNDS = 20, LONGEST_MICROSECONDS = 160000 };

/* One byte down the pipe for each answer that was given. */
static _Noreturn void work(struct fixture *fixture, int acknowledged) {
    fixture->engine = fixture_open_engine(fixture, true);
    struct weir_session *session = fixture_session(fixture, "ana");
    for (int i = 0;; i++) {
        uint8_t id[WEIR_QUESTION_ID_BYTES];
        if (i % 8 == 7)
            fixture_load(fixture, fixture->engine, "public", "district",
                         "code,label\nN,North\nS,South\n");
        fixture_ask(fixture, session, "SELECT count(*)", id);
        fixture_answer(fixture, session, id, "about two");
        if (write(acknowledged, "a", 1) != 1)
            _exit(1);
        fixture_must(fixture, weir_record_repeat(session, id, &fixture->error));
    }
}

static size_t count_bytes(int file) {
    char bytes[4096];
    size_t count = 0;
    for (ssize_t got; (got = read(file, bytes, sizeof bytes)) > 0;)
        count += (size_t)got;
    return count;
}

/* What was acknowledged in one life of the program: killed so long after its start, or after its
 * first answer. */
static size_t run_and_kill(struct fixture *fixture, useconds_t after, bool await_answer) {
    int ends[2], status;
    char answer;
    size_t acknowledged = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        work(fixture, ends[1]);
    }
    close(ends[1]);
    if (await_answer)
        acknowledged += read(ends[0], &answer, 1) == 1;
    usleep(after);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    acknowledged += count_bytes(ends[0]);
    close(ends[0]);
    return acknowledged;
}

static void test_killed_at_any_moment(void **state) {
    struct fixture fixture;
    struct weir_verify_report report;
    size_t acknowledged = 0;
    (void)state;
    fixture_prepare(&fixture, fixture_policy);
    fixture_must(&fixture,
                 weir_engine_create(fixture.path, &fixture.env, fixture.policy, &fixture.error));
    for (int round = 0; round < ROUNDS; round++) {
        acknowledged += run_and_kill(
            &fixture, (useconds_t)(LONGEST_MICROSECONDS / ROUNDS * (round + 1)), round % 2 == 0);
        fixture_must(&fixture,
                     weir_engine_verify(fixture.path, &fixture.env, &report, &fixture.error));
        assert_true(report.answers >= acknowledged);
        assert_true(report.unanswered <= (uint64_t)round + 1);
    }
    assert_true(acknowledged >= ROUNDS / 2);
    print_message("%zu answers acknowledged over %d kills\n", acknowledged, ROUNDS);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_at_any_moment)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
