/* Making, opening and loading a store; what weir status says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine_fixture.h"

#include "base/file.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static struct fixture fixture;

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture);
    return 0;
}

static int set_up_policy(void **state) {
    (void)state;
    fixture_prepare(&fixture, fixture_policy);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static const struct weir_engine_options small = {.memory_megabytes = 128, .threads = 1};

static weir_status open_again(struct weir_engine **engine) {
    *engine = NULL;
    weir_error_clear(&fixture.error);
    return weir_engine_open(fixture.path, &fixture.env, &small, engine, &fixture.error);
}

static void test_policy_is_the_first_entry_and_start_the_next(void **state) {
    (void)state;
    assert_int_equal(weir_log_size(fixture.engine->log), 1);
    struct weir_engine *server = fixture_open_engine(&fixture, true);
    assert_int_equal(weir_log_size(server->log), 2);
    weir_engine_close(server);
    weir_engine_close(fixture.engine);
    fixture.engine = fixture_open_engine(&fixture, false);
    assert_int_equal(weir_log_size(fixture.engine->log), 2);
}

static void test_a_policy_with_findings_makes_no_store(void **state) {
    (void)state;
    static const char text[] =
        "POLICY \"p\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2036-01-01;\n"
        "DATASET health UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;\n"
        "TABLE health.patient (id BIGINT UNIT KEY, born INT RANGE 1900 .. 2027);\n";
    const struct weir_policy *policy =
        weir_policy_parse(fixture.arena, text, strlen(text), &fixture.error);
    assert_non_null(policy);
    assert_false(weir_engine_create(fixture.path, &fixture.env, policy, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_int_equal(fixture.error.line, 3);
    assert_non_null(strstr(fixture.error.message, "RETAIN"));
    assert_false(weir_file_exists(fixture.path));
}

static void test_a_policy_too_long_for_the_log_makes_no_store(void **state) {
    (void)state;
    struct weir_buffer text = {0};
    weir_buffer_text(&text, fixture_policy);
    for (int i = 0; i < 4000; i++)
        weir_buffer_printf(&text, "%s'a value of some length %d'",
                           i == 0 ? "PUBLIC TABLE public.long (code TEXT KEY VALUES (" : ", ", i);
    weir_buffer_text(&text, "));");
    const struct weir_policy *policy =
        weir_policy_parse(fixture.arena, text.bytes, text.len, &fixture.error);
    weir_buffer_free(&text);
    if (policy == NULL)
        fail_msg("%s", fixture.error.message);
    assert_false(weir_engine_create(fixture.path, &fixture.env, policy, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_LIMIT);
    assert_false(weir_file_exists(fixture.path));
}

static void test_a_folder_in_use_is_refused(void **state) {
    (void)state;
    assert_false(weir_engine_create(fixture.path, &fixture.env, fixture.policy, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    struct weir_engine *engine;
    fixture_must(&fixture, open_again(&engine));
    weir_engine_close(engine);
}

static void test_no_store_is_said(void **state) {
    (void)state;
    struct weir_engine *engine;
    assert_false(open_again(&engine).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_int_equal(mkdir(fixture.path, 0700), 0);
    assert_false(open_again(&engine).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_null(engine);
    struct weir_verify_report report;
    weir_error_clear(&fixture.error);
    assert_false(weir_engine_verify(fixture.path, &fixture.env, &report, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
}

static void test_without_its_log_it_does_not_open(void **state) {
    (void)state;
    struct weir_engine *engine;
    char moved[128];
    weir_engine_close(fixture.engine);
    fixture.engine = NULL;
    snprintf(moved, sizeof moved, "%s/moved", fixture.folder);
    assert_int_equal(rename(fixture_path(&fixture, "log"), moved), 0);
    assert_false(open_again(&engine).ok);
    assert_null(engine);
    assert_int_equal(rename(moved, fixture_path(&fixture, "log")), 0);
    assert_int_equal(unlink(fixture_path(&fixture, "log/checkpoint")), 0);
    assert_false(open_again(&engine).ok);
}

/* The fixture's file, as a table. */
static bool load_file(const char *schema, const char *table) {
    const struct weir_load_request request = {
        .schema = schema, .table = table, .path = fixture.file};
    const struct weir_table_version *loaded;
    size_t count;
    return weir_engine_load(fixture.engine, &request, fixture.arena, &loaded, &count,
                            &fixture.error)
        .ok;
}

static weir_status fail_sync(void *state, int file, struct weir_error *error) {
    (void)state;
    (void)file;
    return weir_fail(error, WEIR_ERROR_SYSTEM, "the disk is failing");
}

static void test_a_server_that_cannot_log_its_start_does_not_open(void **state) {
    (void)state;
    struct weir_engine *engine = NULL;
    const struct weir_engine_options options = {
        .memory_megabytes = 128, .threads = 1, .announce = true};
    fixture.env.sync = fail_sync;
    assert_false(
        weir_engine_open(fixture.path, &fixture.env, &options, &engine, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_SYSTEM);
    assert_null(engine);
}

static void test_a_load_that_cannot_be_logged_is_not_in_force(void **state) {
    (void)state;
    const struct weir_table_version *versions;
    size_t count;
    int64_t store_version;
    struct weir_log *log = fixture.engine->log;
    fixture_load_all(&fixture);
    uint64_t size = weir_log_size(log);
    fixture_write(&fixture, "code,label\nW,West\nN,North\nS,South\n");
    struct weir_env failing = fixture.env;
    failing.sync = fail_sync;
    weir_log_close(log);
    fixture_must(&fixture, weir_log_open(weir_store_log_folder(fixture.engine->store), &failing,
                                         weir_store_log_origin(fixture.engine->store),
                                         weir_store_keys(fixture.engine->store)->log_seed,
                                         &fixture.engine->log, &fixture.error));
    assert_false(load_file("public", "district"));
    fixture_must(&fixture, weir_store_versions(fixture.engine->store, fixture.arena, &versions,
                                               &count, &store_version, &fixture.error));
    assert_int_equal(count, 2);
    assert_int_equal(store_version, 2);
    assert_int_equal(weir_log_size(fixture.engine->log), size);
}

static void test_a_bad_file_is_neither_logged_nor_loaded(void **state) {
    (void)state;
    fixture_load_all(&fixture);
    uint64_t size = weir_log_size(fixture.engine->log);
    fixture_write(&fixture, "id,born,district,seen_on\n1,1950,N,2020-01-01\n2,soon,N,2020-01-01\n");
    assert_false(load_file("health", "patient"));
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_int_equal(fixture.error.line, 3);
    assert_int_equal(weir_log_size(fixture.engine->log), size);
    weir_error_clear(&fixture.error);
    assert_false(load_file("health", "nobody"));
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
}

/* A crash of weir init between the store and its first entry. */
static void test_without_its_policy_in_the_log_it_does_not_open(void **state) {
    (void)state;
    struct weir_engine *engine;
    fixture_must(&fixture,
                 weir_store_create(fixture.path, &fixture.env, fixture.policy, &fixture.error));
    assert_false(open_again(&engine).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_SYSTEM);
    assert_non_null(strstr(fixture.error.message, "policy was never logged"));
    assert_null(engine);
}

/* The log alone was put back from a backup: it holds the policy, and no load. */
static void test_with_an_older_log_it_does_not_open(void **state) {
    (void)state;
    struct weir_engine *engine;
    struct weir_log *log = NULL;
    const struct weir_store *store = fixture.engine->store;
    char older[128], moved[128];
    uint64_t index;
    snprintf(older, sizeof older, "%s/older", fixture.folder);
    snprintf(moved, sizeof moved, "%s/moved", fixture.folder);
    fixture_load_all(&fixture);
    fixture_must(&fixture, weir_log_create(older, &fixture.env, weir_store_log_origin(store),
                                           weir_store_keys(store)->log_seed, &fixture.error));
    fixture_must(&fixture, weir_log_open(older, &fixture.env, weir_store_log_origin(store),
                                         weir_store_keys(store)->log_seed, &log, &fixture.error));
    fixture_must(&fixture, weir_log_append(log, "policy", 6, &index, &fixture.error));
    weir_log_close(log);
    weir_engine_close(fixture.engine);
    fixture.engine = NULL;
    assert_int_equal(rename(fixture_path(&fixture, "log"), moved), 0);
    assert_int_equal(rename(older, fixture_path(&fixture, "log")), 0);
    assert_false(open_again(&engine).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_SYSTEM);
    assert_non_null(strstr(fixture.error.message, "the log ends before the load of"));
}

/* Four patients and a fifth are the same to a reader of the log. */
static void test_few_rows_are_not_counted_in_the_log(void **state) {
    (void)state;
    char *bytes;
    size_t len, loads = 0;
    fixture_load_all(&fixture);
    fixture_load(&fixture, fixture.engine, "health", "patient",
                 "id,born,district,seen_on\n1,1950,N,2020-01-01\n");
    weir_engine_close(fixture.engine);
    fixture.engine = NULL;
    fixture_must(&fixture,
                 weir_file_read(fixture.arena, fixture_path(&fixture, "log/tile/entries/000.p/4"),
                                1 << 20, &bytes, &len, &fixture.error));
    const char *end = bytes + len;
    for (const char *at = bytes; (at = memmem(at, (size_t)(end - at), "\"rounded_rows\":0,", 17));
         at++)
        loads++;
    assert_int_equal(loads, 3);
}

struct charging {
    struct weir_session *session;
    bool failed;
};

static void *charge_always(void *argument) {
    struct charging *charging = argument;
    struct weir_error error = {0};
    for (int i = 0; i < 40 && !charging->failed; i++) {
        uint8_t id[WEIR_QUESTION_ID_BYTES];
        charging->failed =
            !weir_record_question_id(charging->session, id, &error).ok ||
            !weir_ledger_charge(fixture.engine->ledger, id, charging->session->accounts, 2,
                                (struct weir_privacy_amount){1, 1}, &error)
                 .ok;
    }
    return NULL;
}

/* Two connections to state.db. */
static void test_charges_and_answers_are_written_at_once(void **state) {
    (void)state;
    pthread_t thread;
    struct charging charging = {.session = fixture_session(&fixture, "ana")};
    assert_int_equal(pthread_create(&thread, NULL, charge_always, &charging), 0);
    for (uint8_t i = 0; i < 40; i++)
        fixture_keep_answer(&fixture, (uint8_t[WEIR_QUESTION_ID_BYTES]){1, i}, "an answer");
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(charging.failed);
    weir_session_close(charging.session);
    fixture_must(&fixture, weir_ledger_verify(fixture.engine->ledger, &fixture.error));
}

static void test_report(void **state) {
    (void)state;
    struct weir_status_report report;
    uint8_t id[WEIR_QUESTION_ID_BYTES];
    fixture_load_all(&fixture);
    struct weir_session *session = fixture_session(&fixture, "ana");
    fixture_ask(&fixture, session, "SELECT count(*) WHERE born > 1960", id);
    weir_session_close(session);
    fixture_must(&fixture,
                 weir_engine_report(fixture.engine, fixture.arena, &report, &fixture.error));
    assert_int_equal(report.log_size, 4);
    assert_int_equal(report.version_count, 2);
    assert_string_equal(report.versions[0].name, "patient");
    assert_int_equal(report.versions[0].version, 2);
    assert_string_equal(report.versions[1].name, "district");
    assert_memory_equal(report.verifier_key, "weir/health-statistics+", 23);
    assert_int_equal(report.budget_count, 2);
    assert_string_equal(report.budgets[0].account, "dataset health");
    assert_string_equal(report.budgets[1].account, "purpose planning role analyst");
    assert_true(report.budgets[0].epsilon_limit == 8 && report.budgets[1].epsilon_limit == 3);
    assert_true(report.budgets[0].delta == 1e-7 && report.budgets[1].delta == 1e-9);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(report.budgets[i].period, "year");
        assert_int_equal(report.budgets[i].questions, 1);
        assert_true(report.budgets[i].epsilon_spent > 0);
        assert_true(report.budgets[i].epsilon_spent < report.budgets[i].epsilon_limit);
        assert_true(report.budgets[i].epsilon_lifetime == report.budgets[i].epsilon_spent);
    }
}

static void test_a_new_year_renews_and_the_lifetime_stays(void **state) {
    (void)state;
    struct weir_status_report report;
    uint8_t id[WEIR_QUESTION_ID_BYTES];
    struct weir_session *session = fixture_session(&fixture, "ana");
    fixture_ask(&fixture, session, "SELECT count(*)", id);
    weir_session_close(session);
    fixture.now = weir_days_from_civil(2027, 1, 1) * INT64_C(86400000000);
    fixture_must(&fixture,
                 weir_engine_report(fixture.engine, fixture.arena, &report, &fixture.error));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(report.budgets[i].questions, 0);
        assert_true(report.budgets[i].epsilon_spent == 0);
        assert_true(report.budgets[i].epsilon_lifetime > 0);
    }
}

int main(void) {
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define WITHOUT_STORE(test) cmocka_unit_test_setup_teardown(test, set_up_policy, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_policy_is_the_first_entry_and_start_the_next),
        WITHOUT_STORE(test_a_policy_with_findings_makes_no_store),
        WITHOUT_STORE(test_a_policy_too_long_for_the_log_makes_no_store),
        WITH_STORE(test_a_folder_in_use_is_refused),
        WITHOUT_STORE(test_no_store_is_said),
        WITH_STORE(test_without_its_log_it_does_not_open),
        WITH_STORE(test_a_server_that_cannot_log_its_start_does_not_open),
        WITH_STORE(test_a_load_that_cannot_be_logged_is_not_in_force),
        WITH_STORE(test_a_bad_file_is_neither_logged_nor_loaded),
        WITHOUT_STORE(test_without_its_policy_in_the_log_it_does_not_open),
        WITH_STORE(test_with_an_older_log_it_does_not_open),
        WITH_STORE(test_few_rows_are_not_counted_in_the_log),
        WITH_STORE(test_charges_and_answers_are_written_at_once),
        WITH_STORE(test_report),
        WITH_STORE(test_a_new_year_renews_and_the_lifetime_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
