/* Sessions: who may open one, when it ends, what it can set and show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine_fixture.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

static struct fixture fixture;
static struct weir_session *session;

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture);
    session = fixture_session(&fixture, "ana");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weir_session_close(session);
    fixture_close(&fixture);
    return 0;
}

static void expect_denied(const char *role, const char *purpose) {
    struct weir_session *refused = NULL;
    weir_error_clear(&fixture.error);
    assert_false(
        weir_session_open(fixture.engine, "ana", role, purpose, &refused, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_DENIED);
    assert_string_equal(fixture.error.sqlstate, "3D000");
    assert_null(refused);
}

static void set_day(int64_t year, int month, int day) {
    fixture.now = weir_days_from_civil(year, month, day) * INT64_C(86400000000);
}

static void test_wrong_purpose_or_role_is_denied_alike(void **state) {
    (void)state;
    char message[sizeof fixture.error.message];
    expect_denied("clerk", "planning");
    memcpy(message, fixture.error.message, sizeof message);
    expect_denied("analyst", "no_such_purpose");
    assert_string_equal(fixture.error.message, message);
    expect_denied("no_such_role", "planning");
    assert_string_equal(fixture.error.message, message);
    expect_denied("", "");
}

static void test_it_opens_with_both_accounts(void **state) {
    (void)state;
    assert_string_equal(weir_session_catalog(session)->purpose->name, "planning");
    assert_string_equal(session->accounts[0].name, "purpose planning role analyst");
    assert_string_equal(session->accounts[1].name, "dataset health");
    assert_int_equal(session->accounts[0].period, WEIR_PERIOD_YEAR);
    struct weir_privacy_amount permit = weir_budget_limit(3, 1e-9);
    struct weir_privacy_amount dataset = weir_budget_limit(8, 1e-7);
    assert_int_equal(session->accounts[0].limit.femto_rho, permit.femto_rho);
    assert_int_equal(session->accounts[0].limit.selection_delta, permit.selection_delta);
    assert_int_equal(session->accounts[1].limit.femto_rho, dataset.femto_rho);
    assert_int_equal(session->accounts[1].limit.selection_delta, dataset.selection_delta);
}

static void test_pseudonyms_tell_users_apart_and_not_who_they_are(void **state) {
    (void)state;
    struct weir_session *same = fixture_session(&fixture, "ana");
    struct weir_session *other = fixture_session(&fixture, "bob");
    assert_int_equal(strlen(session->analyst), 32);
    assert_int_equal(strspn(session->analyst, "0123456789abcdef"), 32);
    assert_string_equal(session->analyst, same->analyst);
    assert_string_not_equal(session->analyst, other->analyst);
    weir_session_close(same);
    weir_session_close(other);
}

static void test_it_ends_with_its_purpose(void **state) {
    (void)state;
    set_day(2029, 12, 31);
    fixture_must(&fixture, weir_session_check_day(session, &fixture.error));
    set_day(2030, 1, 1);
    assert_false(weir_session_check_day(session, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_DENIED);
    expect_denied("analyst", "planning");
}

static void test_it_ends_with_its_policy(void **state) {
    (void)state;
    set_day(2036, 1, 1);
    assert_false(weir_session_check_day(session, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_DENIED);
    set_day(2025, 12, 31);
    expect_denied("analyst", "planning");
}

static void test_a_cancelled_session_is_cancelled_until_reset(void **state) {
    (void)state;
    assert_false(weir_cancel_is_requested(session->cancel));
    weir_session_cancel(session);
    assert_true(weir_cancel_is_requested(session->cancel));
    weir_session_cancel_reset(session);
    assert_false(weir_cancel_is_requested(session->cancel));
}

static const struct weir_result *show(const char *name) {
    static struct weir_result result;
    weir_error_clear(&fixture.error);
    fixture_must(&fixture,
                 weir_session_show(session, fixture.arena, name, &result, &fixture.error));
    return &result;
}

static void expect_epsilon(const char *expected) {
    const struct weir_result *result = show("weir.epsilon");
    assert_int_equal(result->column_count, 1);
    assert_int_equal(result->row_count, 1);
    assert_string_equal(result->columns[0].name, "weir.epsilon");
    assert_string_equal(result->values[0].as.text.bytes, expected);
}

static void test_epsilon(void **state) {
    (void)state;
    expect_epsilon("0.25");
    fixture_must(&fixture, weir_session_set(session, "weir.epsilon", "0.1", &fixture.error));
    expect_epsilon("0.1");
    fixture_must(&fixture, weir_session_set(session, "WEIR.Epsilon", "3", &fixture.error));
    expect_epsilon("3");
    static const char *const refused[] = {"0",   "-1",   "3.0000001", "Infinity", "NaN", "nan", "",
                                          "abc", "0.1 ", "1e400",     "1e-30",    "0x",  "1,5"};
    for (size_t i = 0; i < WEIR_COUNT(refused); i++) {
        weir_error_clear(&fixture.error);
        if (weir_session_set(session, "weir.epsilon", refused[i], &fixture.error).ok)
            fail_msg("weir.epsilon took \"%s\"", refused[i]);
        assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
        assert_string_equal(fixture.error.sqlstate, "22023");
    }
    expect_epsilon("3");
    weir_error_clear(&fixture.error);
    assert_false(weir_session_set(session, "weir.epsilon", "3.5", &fixture.error).ok);
    assert_non_null(strstr(fixture.error.message, "greater than 0 and at most 3,"));
    fixture_must(&fixture, weir_session_set(session, "weir.epsilon", NULL, &fixture.error));
    expect_epsilon("0.25");
}

static void test_unknown_and_fixed_settings(void **state) {
    (void)state;
    struct weir_result result;
    static const char *const fixed[] = {"weir.budget", "weir.purpose", "weir.policy"};
    assert_false(weir_session_set(session, "weir.noise", "off", &fixture.error).ok);
    assert_string_equal(fixture.error.sqlstate, "42704");
    weir_error_clear(&fixture.error);
    assert_false(
        weir_session_show(session, fixture.arena, "weir.seed", &result, &fixture.error).ok);
    assert_string_equal(fixture.error.sqlstate, "42704");
    for (size_t i = 0; i < WEIR_COUNT(fixed); i++) {
        weir_error_clear(&fixture.error);
        assert_false(weir_session_set(session, fixed[i], "x", &fixture.error).ok);
        assert_string_equal(fixture.error.sqlstate, "55P02");
        weir_error_clear(&fixture.error);
        assert_false(weir_session_set(session, fixed[i], NULL, &fixture.error).ok);
    }
}

static void test_purpose_and_policy(void **state) {
    (void)state;
    assert_string_equal(show("weir.purpose")->values[0].as.text.bytes, "planning");
    const struct weir_result *policy = show("weir.policy");
    char hash[65] = "";
    for (size_t i = 0; i < 32; i++) {
        static const char digits[] = "0123456789abcdef";
        uint8_t byte = weir_store_policy_hash(fixture.engine->store)[i];
        hash[2 * i] = digits[byte >> 4];
        hash[2 * i + 1] = digits[byte & 15];
    }
    assert_int_equal(policy->column_count, 3);
    assert_string_equal(policy->values[0].as.text.bytes, "Health statistics");
    assert_int_equal(policy->values[1].as.integer, 3);
    assert_string_equal(policy->values[2].as.text.bytes, hash);
}

static double number(const struct weir_result *result, size_t row, const char *column) {
    for (size_t i = 0; i < result->column_count; i++)
        if (strcmp(result->columns[i].name, column) == 0) {
            const struct weir_value *value = &result->values[row * result->column_count + i];
            assert_int_equal(value->type, result->columns[i].type);
            return value->type == WEIR_TYPE_DOUBLE ? value->as.number : (double)value->as.integer;
        }
    fail_msg("no column %s", column);
    return NAN;
}

static weir_status spend(void) {
    uint8_t id[WEIR_QUESTION_ID_BYTES];
    WEIR_TRY(weir_record_question_id(session, id, &fixture.error));
    return weir_ledger_charge(fixture.engine->ledger, id, session->accounts, 2,
                              weir_question_price(weir_session_epsilon(session), 3, 1e-9, false),
                              &fixture.error);
}

static void test_budget_shows_what_is_left_and_keeps_to_it(void **state) {
    (void)state;
    fixture_must(&fixture, weir_session_set(session, "weir.epsilon", "1", &fixture.error));
    const struct weir_result *fresh = show("weir.budget");
    assert_int_equal(fresh->row_count, 2);
    assert_string_equal(fresh->values[0].as.text.bytes, "purpose planning role analyst");
    assert_string_equal(fresh->values[fresh->column_count].as.text.bytes, "dataset health");
    assert_true(number(fresh, 0, "epsilon_spent") == 0 && number(fresh, 0, "epsilon_left") == 3);
    int left = (int)number(fresh, 0, "questions_left");
    assert_true(left > 1 && left < (int)number(fresh, 1, "questions_left"));
    for (int asked = 1; asked <= left; asked++) {
        fixture_must(&fixture, spend());
        const struct weir_result *now = show("weir.budget");
        assert_int_equal((int)number(now, 0, "questions_left"), left - asked);
        assert_int_equal((int)number(now, 0, "questions"), asked);
        assert_true(number(now, 0, "epsilon_left") >= 0);
        assert_true(number(now, 0, "epsilon_spent") <= 3);
        assert_true(number(now, 0, "epsilon_lifetime") == number(now, 0, "epsilon_spent"));
    }
    assert_false(spend().ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_BUDGET);
}

static void test_all_settings(void **state) {
    (void)state;
    static const char *const names[] = {"weir.budget", "weir.epsilon", "weir.policy",
                                        "weir.purpose"};
    const struct weir_result *all = show("all");
    assert_int_equal(all->column_count, 3);
    assert_int_equal(all->row_count, WEIR_COUNT(names));
    for (size_t i = 0; i < WEIR_COUNT(names); i++)
        assert_string_equal(all->values[3 * i].as.text.bytes, names[i]);
    assert_string_equal(all->values[3 * 1 + 1].as.text.bytes, "0.25");
    assert_string_equal(all->values[3 * 3 + 1].as.text.bytes, "planning");
}

static void test_an_entry_too_long_is_known_before_it_is_charged(void **state) {
    (void)state;
    static char text[40000];
    memset(text, 'x', sizeof text - 1);
    struct weir_question_record record = {.canonical = text, .full_text = "q"};
    fixture_must(&fixture, weir_record_question_fits(session, &record, &fixture.error));
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    text[sizeof text - 2] = '\0';
    assert_false(weir_record_question_fits(session, &record, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_LIMIT);
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_wrong_purpose_or_role_is_denied_alike),
        TEST(test_it_opens_with_both_accounts),
        TEST(test_pseudonyms_tell_users_apart_and_not_who_they_are),
        TEST(test_it_ends_with_its_purpose),
        TEST(test_it_ends_with_its_policy),
        TEST(test_a_cancelled_session_is_cancelled_until_reset),
        TEST(test_epsilon),
        TEST(test_unknown_and_fixed_settings),
        TEST(test_purpose_and_policy),
        TEST(test_budget_shows_what_is_left_and_keeps_to_it),
        TEST(test_all_settings),
        TEST(test_an_entry_too_long_is_known_before_it_is_charged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
