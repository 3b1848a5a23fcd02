/* A question that meets a failing disk, a cancel or its own twin: what was charged stays charged,
 * what was not logged does not run, and the log still verifies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine_fixture.h"

#include <pthread.h>
#include <string.h>

#include "base/banned.h"

enum { ARENA_BYTES = 64 << 20, TWINS = 4 };

static struct fixture fixture;
static struct weir_session *session;

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture);
    fixture_load_all(&fixture);
    session = fixture_session(&fixture, "ana");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weir_session_close(session);
    fixture_close(&fixture);
    return 0;
}

static weir_status ask(struct weir_session *asker, const char *sql, int64_t *answer,
                       struct weir_error *error) {
    struct weir_arena *arena = weir_arena_create(ARENA_BYTES);
    struct weir_statements statements = {0};
    const struct weir_prepared *prepared = NULL;
    struct weir_result result = {0};
    weir_check(arena != NULL);
    weir_status status = weir_sql_parse(arena, sql, strlen(sql), &statements, error);
    if (status.ok)
        status = weir_session_prepare(asker, arena, &statements, 0, NULL, &prepared, error);
    if (status.ok)
        status = weir_session_execute(asker, arena, prepared, NULL, &result, error);
    if (status.ok)
        *answer = result.values[0].as.integer;
    weir_statements_release(&statements);
    weir_arena_destroy(arena);
    return status;
}

static const char question[] = "SELECT count(*) FROM health.patient";

static int64_t ask_well(void) {
    int64_t answer = -1;
    weir_error_clear(&fixture.error);
    fixture_must(&fixture, ask(session, question, &answer, &fixture.error));
    return answer;
}

static void ask_badly(enum weir_error_class class) {
    int64_t answer;
    weir_error_clear(&fixture.error);
    assert_false(ask(session, question, &answer, &fixture.error).ok);
    if (fixture.error.class != class)
        fail_msg("%s", fixture.error.message);
}

static int64_t count_charges(void) {
    struct weir_ledger_balance balance;
    struct weir_error error = {0};
    assert_true(weir_ledger_balance(fixture.engine->ledger, "dataset health", WEIR_PERIOD_YEAR,
                                    &balance, &error)
                    .ok);
    return balance.lifetime_charges;
}

static void expect_log(uint64_t questions, uint64_t answers) {
    struct weir_verify_report report;
    weir_error_clear(&fixture.error);
    fixture_must(&fixture, weir_engine_verify(fixture.path, &fixture.env, &report, &fixture.error));
    assert_int_equal(report.questions, questions);
    assert_int_equal(report.answers, answers);
}

static void test_a_repeat_is_the_same_and_free(void **state) {
    (void)state;
    int64_t first = ask_well();
    assert_int_equal(ask_well(), first);
    assert_int_equal(count_charges(), 1);
    expect_log(1, 1);
}

static void test_a_cancelled_question_stays_charged(void **state) {
    (void)state;
    weir_session_cancel(session);
    ask_badly(WEIR_ERROR_CANCELLED);
    assert_non_null(strstr(fixture.error.detail, "stays charged"));
    assert_int_equal(count_charges(), 1);
    expect_log(1, 1);
    weir_session_cancel_reset(session);
    ask_well();
    assert_int_equal(count_charges(), 2);
    expect_log(2, 2);
}

/* FAIL leaves in the table what its statement did before: an error, and the answer on the disk. */
static void test_an_answer_kept_in_spite_of_an_error(void **state) {
    (void)state;
    fixture_run(&fixture, "CREATE TRIGGER failing AFTER INSERT ON answer BEGIN"
                          " SELECT RAISE(FAIL, 'the disk is failing'); END");
    ask_badly(WEIR_ERROR_INTERNAL);
    fixture_run(&fixture, "DROP TRIGGER failing");
    expect_log(1, 0);
    int64_t answer = ask_well();
    assert_int_equal(ask_well(), answer);
    assert_int_equal(count_charges(), 1);
    expect_log(1, 1);
}

static void test_an_answer_that_is_not_kept_does_not_leave(void **state) {
    (void)state;
    fixture_run(&fixture, "CREATE TRIGGER failing BEFORE INSERT ON answer BEGIN"
                          " SELECT RAISE(ABORT, 'the disk is failing'); END");
    ask_badly(WEIR_ERROR_INTERNAL);
    assert_null(strstr(fixture.error.message, "disk"));
    fixture_run(&fixture, "DROP TRIGGER failing");
    ask_well();
    assert_int_equal(count_charges(), 2);
    expect_log(2, 1);
}

static weir_status fail_sync(void *state, int file, struct weir_error *error) {
    (void)state;
    (void)file;
    return weir_fail(error, WEIR_ERROR_SYSTEM, "the disk is failing");
}

static void test_without_a_log_it_does_not_run(void **state) {
    (void)state;
    struct weir_env failing = fixture.env;
    const struct weir_store *store = fixture.engine->store;
    failing.sync = fail_sync;
    weir_log_close(fixture.engine->log);
    fixture_must(&fixture,
                 weir_log_open(weir_store_log_folder(store), &failing, weir_store_log_origin(store),
                               weir_store_keys(store)->log_seed, &fixture.engine->log,
                               &fixture.error));
    ask_badly(WEIR_ERROR_SYSTEM);
    assert_int_equal(count_charges(), 1);
    expect_log(0, 0);
}

static void test_without_a_charge_it_is_not_logged(void **state) {
    (void)state;
    fixture_run(&fixture, "CREATE TRIGGER failing BEFORE INSERT ON ledger_charge BEGIN"
                          " SELECT RAISE(ABORT, 'the disk is failing'); END");
    ask_badly(WEIR_ERROR_INTERNAL);
    fixture_run(&fixture, "DROP TRIGGER failing");
    assert_int_equal(count_charges(), 0);
    expect_log(0, 0);
}

struct twin {
    pthread_t thread;
    struct weir_session *session;
    int64_t answer;
    bool answered;
};

static void *ask_as_twin(void *argument) {
    struct twin *twin = argument;
    struct weir_error error = {0};
    twin->answered = ask(twin->session, question, &twin->answer, &error).ok;
    return NULL;
}

static void test_equal_questions_at_once_are_paid_once(void **state) {
    (void)state;
    struct twin twins[TWINS] = {0};
    for (size_t i = 0; i < TWINS; i++) {
        twins[i].session = fixture_session(&fixture, "ana");
        assert_int_equal(pthread_create(&twins[i].thread, NULL, ask_as_twin, &twins[i]), 0);
    }
    for (size_t i = 0; i < TWINS; i++) {
        assert_int_equal(pthread_join(twins[i].thread, NULL), 0);
        weir_session_close(twins[i].session);
        assert_true(twins[i].answered);
        assert_int_equal(twins[i].answer, twins[0].answer);
    }
    assert_int_equal(count_charges(), 1);
    expect_log(1, 1);
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_repeat_is_the_same_and_free),
        TEST(test_a_cancelled_question_stays_charged),
        TEST(test_an_answer_kept_in_spite_of_an_error),
        TEST(test_an_answer_that_is_not_kept_does_not_leave),
        TEST(test_without_a_log_it_does_not_run),
        TEST(test_without_a_charge_it_is_not_logged),
        TEST(test_equal_questions_at_once_are_paid_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
