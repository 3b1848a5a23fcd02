/* weir verify finds whatever was changed behind the program's back, and says what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine_fixture.h"

#include "translog/checkpoint.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static struct fixture fixture;
static uint8_t answered[WEIR_QUESTION_ID_BYTES];

#define DATA "data/health.patient.2.duckdb"
#define UNITS "data/health.2.units.duckdb"

/* Two loads, one question answered and one that a crash left unanswered. */
static int set_up(void **state) {
    uint8_t unanswered[WEIR_QUESTION_ID_BYTES];
    (void)state;
    fixture_open(&fixture);
    fixture_load_all(&fixture);
    struct weir_session *session = fixture_session(&fixture, "ana");
    fixture_ask(&fixture, session, "SELECT count(*) WHERE born > 1960", answered);
    fixture_answer(&fixture, session, answered, "about two");
    fixture_must(&fixture, weir_record_repeat(session, answered, &fixture.error));
    fixture_ask(&fixture, session, "SELECT count(*) WHERE born > 1970", unanswered);
    weir_session_close(session);
    weir_engine_close(fixture.engine);
    fixture.engine = NULL;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static weir_status verify(struct weir_verify_report *report) {
    weir_error_clear(&fixture.error);
    return weir_engine_verify(fixture.path, &fixture.env, report, &fixture.error);
}

/* In the message or the detail: the latter says which entry it was. */
static void expect(const char *what) {
    struct weir_verify_report report;
    if (verify(&report).ok)
        fail_msg("verified; expected \"%s\"", what);
    if (strstr(fixture.error.message, what) == NULL && strstr(fixture.error.detail, what) == NULL)
        fail_msg("expected \"%s\", found \"%s\"", what, fixture.error.message);
}

static void alter(const char *sql, const char *what) {
    fixture_alter(&fixture, sql);
    expect(what);
}

static char *read_file(const char *name, size_t *len) {
    FILE *file = fopen(fixture_path(&fixture, name), "re");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size > 0);
    char *bytes = malloc((size_t)size);
    assert_non_null(bytes);
    rewind(file);
    assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
    assert_int_equal(fclose(file), 0);
    *len = (size_t)size;
    return bytes;
}

static void write_file(const char *name, const void *bytes, size_t len) {
    FILE *file = fopen(fixture_path(&fixture, name), "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* Replaces the first `old` in a file by as many bytes. */
static void alter_file(const char *name, const void *old, const void *new, size_t count) {
    size_t len;
    char *bytes = read_file(name, &len), *found = memmem(bytes, len, old, count);
    assert_non_null(found);
    memcpy(found, new, count);
    write_file(name, bytes, len);
    free(bytes);
}

static void flip_last_byte(const char *name) {
    size_t len;
    char *bytes = read_file(name, &len);
    bytes[len - 1] ^= 1;
    write_file(name, bytes, len);
    free(bytes);
}

static void test_an_honest_store(void **state) {
    struct weir_verify_report report;
    (void)state;
    fixture_must(&fixture, verify(&report));
    assert_int_equal(report.entries, 7);
    assert_int_equal(report.pending, 0);
    assert_int_equal(report.loads, 2);
    assert_int_equal(report.questions, 2);
    assert_int_equal(report.answers, 1);
    assert_int_equal(report.unanswered, 1);
    assert_false(sodium_is_zero(report.root, sizeof report.root));
}

static void test_a_fresh_store(void **state) {
    struct weir_verify_report report;
    (void)state;
    fixture_close(&fixture);
    fixture_open(&fixture);
    fixture_must(&fixture, verify(&report));
    assert_int_equal(report.entries + report.pending, 1);
    assert_int_equal(report.questions + report.answers + report.loads, 0);
}

static void test_beside_a_server(void **state) {
    struct weir_verify_report report;
    uint8_t id[WEIR_QUESTION_ID_BYTES];
    (void)state;
    fixture.engine = fixture_open_engine(&fixture, true);
    struct weir_session *session = fixture_session(&fixture, "bob");
    fixture_ask(&fixture, session, "SELECT count(*)", id);
    fixture_must(&fixture, verify(&report));
    assert_int_equal(report.entries + report.pending, 9);
    assert_int_equal(report.questions, 3);
    weir_session_close(session);
}

/* A kill between charge and log: paid for, never asked. */
static void test_a_charge_without_a_question_is_no_fault(void **state) {
    struct weir_verify_report report;
    uint8_t id[WEIR_QUESTION_ID_BYTES];
    (void)state;
    fixture.engine = fixture_open_engine(&fixture, false);
    struct weir_session *session = fixture_session(&fixture, "ana");
    fixture_must(&fixture, weir_record_question_id(session, id, &fixture.error));
    fixture_must(&fixture, weir_ledger_charge(fixture.engine->ledger, id, session->accounts, 2,
                                              (struct weir_privacy_amount){1, 1}, &fixture.error));
    weir_session_close(session);
    fixture_must(&fixture, verify(&report));
    assert_int_equal(report.questions, 2);
}

/* ---- the log ---- */

static void test_a_changed_log_entry(void **state) {
    (void)state;
    alter_file("log/tile/entries/000.p/7", "\"rows\":1", "\"rows\":2", 8);
    expect("the log was tampered with or damaged");
}

static void test_a_log_entry_changed_out_of_form(void **state) {
    (void)state;
    alter_file("log/tile/entries/000.p/7", "QUESTION", "question", 8);
    expect("no known kind");
    assert_non_null(strstr(fixture.error.detail, "log entry 3"));
}

static void test_a_changed_tile(void **state) {
    (void)state;
    flip_last_byte("log/tile/0/000.p/7");
    expect("tile/0/000.p/7 does not fit the entries");
}

static void test_a_file_too_many(void **state) {
    (void)state;
    write_file("log/tile/0/001", "", 0);
    expect("tile/0/001 is beyond its checkpoint");
}

static void test_a_missing_bundle(void **state) {
    (void)state;
    assert_int_equal(unlink(fixture_path(&fixture, "log/tile/entries/000.p/7")), 0);
    expect("the log is incomplete");
}

/* As if it were a published copy: entries of the last second would not be missed. */
static void test_a_log_cut_off_from_its_journal(void **state) {
    static const char *const names[] = {"log/journal", "log/append.lock", "log/publish.lock"};
    char moved[128];
    (void)state;
    snprintf(moved, sizeof moved, "%s/moved", fixture.folder);
    for (size_t i = 0; i < WEIR_COUNT(names); i++) {
        assert_int_equal(rename(fixture_path(&fixture, names[i]), moved), 0);
        expect(names[i]);
        assert_int_equal(rename(moved, fixture_path(&fixture, names[i])), 0);
    }
}

/* Of the same tree, signed by someone else under the log's name. */
static void test_a_checkpoint_of_another_key(void **state) {
    unsigned char key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    struct weir_checkpoint checkpoint = {.origin = "weir/health-statistics", .size = 7};
    struct weir_verify_report report;
    struct weir_buffer text = {0};
    (void)state;
    fixture_must(&fixture, verify(&report));
    memcpy(checkpoint.root.bytes, report.root, sizeof report.root);
    assert_int_equal(crypto_sign_keypair(key, secret), 0);
    fixture_must(&fixture, weir_checkpoint_sign(&checkpoint, secret, &text, &fixture.error));
    write_file("log/checkpoint", text.bytes, text.len);
    weir_buffer_free(&text);
    expect("not signed by weir/health-statistics");
}

static void test_a_checkpoint_of_another_time(void **state) {
    size_t len;
    uint8_t id[WEIR_QUESTION_ID_BYTES];
    char *old = read_file("log/checkpoint", &len);
    (void)state;
    fixture.engine = fixture_open_engine(&fixture, false);
    struct weir_session *session = fixture_session(&fixture, "ana");
    fixture_ask(&fixture, session, "SELECT count(*)", id);
    weir_session_close(session);
    weir_engine_close(fixture.engine);
    fixture.engine = NULL;
    write_file("log/checkpoint", old, len);
    free(old);
    expect("one of them is from another time");
}

/* ---- the ledger ---- */

static void test_a_removed_charge(void **state) {
    (void)state;
    alter("DELETE FROM ledger_charge_account WHERE question ="
          " (SELECT min(question) FROM ledger_charge)",
          "a charge was made to no account");
    alter("DELETE FROM ledger_charge WHERE question NOT IN"
          " (SELECT question FROM ledger_charge_account)",
          "a balance is not the sum of its charges");
    alter("UPDATE ledger_day SET charges = 1, femto_rho = 1000000000, selection_delta = 3",
          "the ledger has no charge for it");
}

static void test_a_changed_charge(void **state) {
    (void)state;
    alter("UPDATE ledger_charge SET femto_rho = femto_rho - 1",
          "a balance is not the sum of its charges");
    alter("UPDATE ledger_day SET femto_rho = femto_rho - 2",
          "the ledger charged another price than was logged");
}

static void test_a_changed_selection_price(void **state) {
    (void)state;
    fixture_alter(&fixture, "UPDATE ledger_charge SET selection_delta = 0");
    alter("UPDATE ledger_day SET selection_delta = 0",
          "the ledger charged another price than was logged");
}

static void test_a_changed_balance(void **state) {
    (void)state;
    alter("UPDATE ledger_day SET femto_rho = 0", "a balance is not the sum of its charges");
    alter("DELETE FROM ledger_day", "charges are missing from a balance");
}

/* Price and balances in order: another purpose seems to have paid. */
static void test_a_charge_moved_to_another_budget(void **state) {
    (void)state;
    fixture_alter(&fixture, "UPDATE ledger_charge_account SET account = 'purpose other role clerk'"
                            " WHERE account = 'purpose planning role analyst'");
    alter("UPDATE ledger_day SET account = 'purpose other role clerk'"
          " WHERE account = 'purpose planning role analyst'",
          "it was charged to another budget than the one it was asked under");
    assert_non_null(strstr(fixture.error.detail, "purpose planning role analyst"));
}

static void test_a_charge_taken_from_the_dataset(void **state) {
    (void)state;
    fixture_alter(&fixture, "DELETE FROM ledger_charge_account WHERE account = 'dataset health'");
    alter("DELETE FROM ledger_day WHERE account = 'dataset health'",
          "it was charged to another budget than the one it was asked under");
    assert_non_null(strstr(fixture.error.detail, "dataset health"));
}

/* Into last year, whose budget is over: this year's would seem unspent. */
static void test_a_charge_moved_to_another_year(void **state) {
    (void)state;
    fixture_alter(&fixture, "UPDATE ledger_charge SET charged_at = charged_at - 31536000000000");
    fixture_alter(&fixture, "UPDATE ledger_day SET day = day - 365");
    alter("UPDATE ledger_state SET latest = latest - 31536000000000",
          "the ledger charged it at another time than was logged");
}

static void test_an_added_charge(void **state) {
    (void)state;
    alter("INSERT INTO ledger_charge SELECT randomblob(16), charged_at, 5, 0 FROM ledger_charge"
          " LIMIT 1",
          "a charge was made to no account");
    alter("INSERT OR IGNORE INTO ledger_charge_account SELECT question, 'dataset health' FROM"
          " ledger_charge",
          "a balance is not the sum of its charges");
}

static void test_a_changed_clock_of_the_ledger(void **state) {
    (void)state;
    alter("UPDATE ledger_state SET latest = 0", "the time of the latest charge is wrong");
}

/* ---- the rest of the store ---- */

static void test_a_changed_answer(void **state) {
    (void)state;
    alter("UPDATE answer SET bytes = CAST('about six' AS BLOB)",
          "its stored answer is not the one that was given");
    assert_non_null(strstr(fixture.error.message, "log entry 3"));
}

static void test_a_removed_answer(void **state) {
    (void)state;
    alter("DELETE FROM answer", "its answer was given and is not in the store");
}

static void test_an_answer_to_nothing(void **state) {
    (void)state;
    alter("UPDATE answer SET id = randomblob(16)", "an answer to a question that was never logged");
}

static void test_a_changed_commitment(void **state) {
    (void)state;
    alter("UPDATE commitment SET text = replace(text, '1960', '1961')",
          "its stored text is not the one committed to");
}

static void test_a_changed_commitment_key(void **state) {
    (void)state;
    alter("UPDATE commitment SET key = zeroblob(32)",
          "its stored text is not the one committed to");
}

static void test_a_destroyed_commitment_is_no_fault(void **state) {
    struct weir_verify_report report;
    (void)state;
    fixture_alter(&fixture, "DELETE FROM commitment");
    fixture_must(&fixture, verify(&report));
}

static void test_a_changed_data_file(void **state) {
    (void)state;
    flip_last_byte(DATA);
    expect("table health.patient, version 2: its file was altered after the load");
}

static void test_changed_units(void **state) {
    (void)state;
    flip_last_byte(UNITS);
    expect("the units of dataset health, version 2: their file was altered after the load");
}

static void test_missing_units(void **state) {
    (void)state;
    assert_int_equal(unlink(fixture_path(&fixture, UNITS)), 0);
    expect("health.2.units.duckdb is missing");
}

static void test_a_missing_data_file(void **state) {
    (void)state;
    assert_int_equal(unlink(fixture_path(&fixture, DATA)), 0);
    expect("health.patient.2.duckdb is missing");
}

static void test_a_changed_version(void **state) {
    (void)state;
    alter("UPDATE table_version SET log_index = 1 WHERE name = 'patient'",
          "version 2: the store names another log entry for it");
    fixture_alter(&fixture, "UPDATE table_version SET log_index = 2 WHERE name = 'patient'");
    alter("UPDATE table_version SET digest = zeroblob(32) WHERE name = 'patient'",
          "version 2: the log says that another file was loaded");
    alter("UPDATE table_version SET schema = 'public' WHERE name = 'patient'",
          "version 2: the log says that another table was loaded");
    alter("UPDATE table_version SET version = 9 WHERE name = 'patient'",
          "version 9: the log does not say that it was loaded");
}

static void test_a_changed_policy_text(void **state) {
    (void)state;
    alter("UPDATE policy SET text = replace(text, 'EPSILON 8', 'EPSILON 9')",
          "the store's policy does not have the hash that was kept");
}

/* With its hash: only the log knows better. */
static void test_another_policy(void **state) {
    static const char sql[] = "UPDATE policy SET text = ?1, hash = ?2";
    char *laxer = strdup(fixture_policy);
    uint8_t hash[WEIR_POLICY_HASH_BYTES];
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    (void)state;
    assert_non_null(laxer);
    memcpy(strstr(laxer, "EPSILON 8"), "EPSILON 9", 9);
    const struct weir_policy *policy =
        weir_policy_parse(fixture.arena, laxer, strlen(laxer), &fixture.error);
    assert_non_null(policy);
    assert_true(weir_policy_hash(fixture.arena, policy, hash));
    assert_int_equal(sqlite3_open(fixture_path(&fixture, "state.db"), &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    sqlite3_bind_text(statement, 1, weir_policy_print(fixture.arena, policy), -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, hash, sizeof hash, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    free(laxer);
    expect("the policy in force was never logged");
}

static void test_a_swapped_log_key(void **state) {
    (void)state;
    flip_last_byte("keys/log.key");
    expect("not signed by weir/health-statistics");
}

static void test_a_swapped_digest_key(void **state) {
    (void)state;
    flip_last_byte("keys/digest.key");
    expect("its file was altered after the load");
}

static void test_a_failure_leaves_the_report_alone(void **state) {
    struct weir_verify_report report = {.entries = 77};
    (void)state;
    fixture_alter(&fixture, "DELETE FROM answer");
    assert_false(verify(&report).ok);
    assert_int_equal(report.entries, 77);
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_an_honest_store),
        TEST(test_a_fresh_store),
        TEST(test_beside_a_server),
        TEST(test_a_charge_without_a_question_is_no_fault),
        TEST(test_a_changed_log_entry),
        TEST(test_a_log_entry_changed_out_of_form),
        TEST(test_a_changed_tile),
        TEST(test_a_file_too_many),
        TEST(test_a_missing_bundle),
        TEST(test_a_log_cut_off_from_its_journal),
        TEST(test_a_checkpoint_of_another_key),
        TEST(test_a_checkpoint_of_another_time),
        TEST(test_a_removed_charge),
        TEST(test_a_changed_charge),
        TEST(test_a_changed_selection_price),
        TEST(test_a_changed_balance),
        TEST(test_a_charge_moved_to_another_budget),
        TEST(test_a_charge_taken_from_the_dataset),
        TEST(test_a_charge_moved_to_another_year),
        TEST(test_an_added_charge),
        TEST(test_a_changed_clock_of_the_ledger),
        TEST(test_a_changed_answer),
        TEST(test_a_removed_answer),
        TEST(test_an_answer_to_nothing),
        TEST(test_a_changed_commitment),
        TEST(test_a_changed_commitment_key),
        TEST(test_a_destroyed_commitment_is_no_fault),
        TEST(test_a_changed_data_file),
        TEST(test_a_missing_data_file),
        TEST(test_changed_units),
        TEST(test_missing_units),
        TEST(test_a_changed_version),
        TEST(test_a_changed_policy_text),
        TEST(test_another_policy),
        TEST(test_a_swapped_log_key),
        TEST(test_a_swapped_digest_key),
        TEST(test_a_failure_leaves_the_report_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
