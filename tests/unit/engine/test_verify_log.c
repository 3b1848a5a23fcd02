/* weir verify: entries that no Weir would have written in this order, under a good signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine_fixture.h"

#include "translog/entry.h"

#include <string.h>

#include "base/banned.h"

static struct fixture fixture;
static struct weir_session *session;
static uint8_t id[WEIR_QUESTION_ID_BYTES];
static const uint8_t zeros[WEIR_DIGEST_BYTES];

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture);
    session = fixture_session(&fixture, "ana");
    memset(id, 7, sizeof id);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weir_session_close(session);
    fixture_close(&fixture);
    return 0;
}

static void append(weir_status printed, struct weir_buffer *entry) {
    uint64_t index;
    fixture_must(&fixture, printed);
    fixture_must(&fixture, weir_log_append(fixture.engine->log, entry->bytes, entry->len, &index,
                                           &fixture.error));
    weir_buffer_free(entry);
}

static void append_question_as(const char *role, const uint8_t *policy_hash) {
    const struct weir_entry_question question = {.id = id,
                                                 .purpose = "planning",
                                                 .role = role,
                                                 .analyst = session->analyst,
                                                 .question = "SELECT count(*)",
                                                 .policy_hash = policy_hash,
                                                 .commitment = zeros};
    struct weir_buffer entry = {0};
    append(weir_entry_print_question(&question, fixture.now, &entry, &fixture.error), &entry);
}

static void append_question(const uint8_t *policy_hash) {
    append_question_as("analyst", policy_hash);
}

static void append_load(int64_t version) {
    const struct weir_entry_load load = {
        .table = "health.patient", .version = version, .digest = zeros};
    struct weir_buffer entry = {0};
    append(weir_entry_print_load(&load, fixture.now, &entry, &fixture.error), &entry);
}

static void append_text(const char *text) {
    uint64_t index;
    fixture_must(&fixture,
                 weir_log_append(fixture.engine->log, text, strlen(text), &index, &fixture.error));
}

static void expect(const char *what) {
    struct weir_verify_report report;
    weir_error_clear(&fixture.error);
    if (weir_engine_verify(fixture.path, &fixture.env, &report, &fixture.error).ok)
        fail_msg("verified; expected \"%s\"", what);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    if (strstr(fixture.error.message, what) == NULL)
        fail_msg("expected \"%s\", found \"%s\"", what, fixture.error.message);
}

static void test_a_question_nobody_paid_for(void **state) {
    (void)state;
    append_question(weir_store_policy_hash(fixture.engine->store));
    expect("log entry 1, question 07070707070707070707070707070707: "
           "the ledger has no charge for it");
}

static void test_a_question_without_a_permit(void **state) {
    (void)state;
    fixture_must(&fixture, weir_ledger_charge(fixture.engine->ledger, id, session->accounts, 2,
                                              (struct weir_privacy_amount){0, 0}, &fixture.error));
    append_question_as("clerk", weir_store_policy_hash(fixture.engine->store));
    expect("the policy has no permit for its purpose and role");
}

static void test_a_question_under_an_unknown_policy(void **state) {
    (void)state;
    append_question(zeros);
    expect("log entry 1: it names a policy that was not logged before it");
}

static void test_a_start_under_an_unknown_policy(void **state) {
    (void)state;
    const struct weir_entry_start start = {.program = "weir", .policy_hash = zeros};
    struct weir_buffer entry = {0};
    append(weir_entry_print_start(&start, fixture.now, &entry, &fixture.error), &entry);
    expect("log entry 1: it names a policy that was not logged before it");
}

static void test_one_id_for_two_questions(void **state) {
    (void)state;
    append_question(weir_store_policy_hash(fixture.engine->store));
    append_question(weir_store_policy_hash(fixture.engine->store));
    expect("log entry 2: a question was logged before under the same id");
}

static void test_an_answer_before_its_question(void **state) {
    (void)state;
    fixture_must(&fixture, weir_record_answer(session, id, NULL, 0, 0, &fixture.error));
    append_question(weir_store_policy_hash(fixture.engine->store));
    expect("log entry 1: an answer to a question that was not logged before it");
}

static void test_a_second_answer(void **state) {
    (void)state;
    append_question(weir_store_policy_hash(fixture.engine->store));
    fixture_must(&fixture, weir_record_answer(session, id, NULL, 0, 0, &fixture.error));
    fixture_must(&fixture, weir_record_answer(session, id, "x", 1, 1, &fixture.error));
    expect("log entry 3: a second answer to one question");
}

static void test_an_answer_given_without_digest(void **state) {
    (void)state;
    append_question(weir_store_policy_hash(fixture.engine->store));
    append_text("{\"id\":\"07070707070707070707070707070707\",\"kind\":\"ANSWER\","
                "\"outcome\":\"given\",\"rows\":1,\"time\":\"2026-06-15T00:00:00Z\"}");
    expect("log entry 2: an answer has a digest exactly when it was given");
}

static void test_a_repeat_of_nothing(void **state) {
    (void)state;
    fixture_must(&fixture, weir_record_repeat(session, id, &fixture.error));
    expect("log entry 1: a repeat of a question that was not logged before it");
}

static void test_one_version_loaded_twice(void **state) {
    (void)state;
    append_load(1);
    append_load(1);
    expect("log entry 2: a data version was loaded before under the same number");
}

static void test_an_entry_out_of_form(void **state) {
    (void)state;
    append_text("{\"kind\": \"START\"}");
    expect("a log entry of kind START has no time");
    assert_string_equal(fixture.error.detail, "It is log entry 1.");
}

/* Logged, and never in force: a crash between the two. */
static void test_a_load_that_was_not_committed_is_no_fault(void **state) {
    struct weir_verify_report report;
    (void)state;
    append_load(1);
    weir_error_clear(&fixture.error);
    fixture_must(&fixture, weir_engine_verify(fixture.path, &fixture.env, &report, &fixture.error));
    assert_int_equal(report.loads, 1);
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_question_nobody_paid_for),
        TEST(test_a_question_without_a_permit),
        TEST(test_a_question_under_an_unknown_policy),
        TEST(test_a_start_under_an_unknown_policy),
        TEST(test_one_id_for_two_questions),
        TEST(test_an_answer_before_its_question),
        TEST(test_a_second_answer),
        TEST(test_an_answer_given_without_digest),
        TEST(test_a_repeat_of_nothing),
        TEST(test_one_version_loaded_twice),
        TEST(test_an_entry_out_of_form),
        TEST(test_a_load_that_was_not_committed_is_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
