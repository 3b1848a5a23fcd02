/* The ledger's rules: limits, all or nothing, one use of an id, the clock, renewal, and what its
 * checks find. */
#include "ledger_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static const struct weir_privacy_amount unit_price = {10, 3};

static weir_status charge(struct ledger_fixture *fixture, struct weir_ledger *ledger,
                          uint64_t which, const struct weir_ledger_account *accounts, size_t count,
                          struct weir_privacy_amount price) {
    uint8_t question[WEIR_QUESTION_ID_BYTES];
    question_id(question, 7, which);
    weir_error_clear(&fixture->error);
    return weir_ledger_charge(ledger, question, accounts, count, price, &fixture->error);
}

static void a_limit_is_reached_and_never_passed(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    struct weir_ledger *ledger = fixture_open(&fixture);
    const struct weir_ledger_account account = {"dataset census", WEIR_PERIOD_YEAR, {35, 100}};
    for (uint64_t i = 0; i < 3; i++)
        assert_true(charge(&fixture, ledger, i, &account, 1, unit_price).ok);
    assert_false(charge(&fixture, ledger, 3, &account, 1, unit_price).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_BUDGET);
    assert_string_equal(fixture.error.sqlstate, "53W01");
    assert_non_null(strstr(fixture.error.message, "dataset census"));
    assert_non_null(strstr(fixture.error.detail, "rho 5e-15 of 3.5e-14"));
    assert_non_null(strstr(fixture.error.hint, "2027-01-01"));
    /* A smaller question still fits, exactly. */
    assert_true(charge(&fixture, ledger, 4, &account, 1, (struct weir_privacy_amount){5, 0}).ok);
    assert_false(charge(&fixture, ledger, 5, &account, 1, (struct weir_privacy_amount){1, 0}).ok);
    weir_ledger_close(ledger);
    struct weir_ledger_balance balance =
        fixture_check(&fixture, "dataset census", WEIR_PERIOD_YEAR);
    assert_int_equal(balance.period_spent.femto_rho, 35);
    assert_int_equal(balance.period_spent.selection_delta, 9);
    assert_int_equal(balance.period_charges, 4);
    fixture_end(&fixture);
}

static void the_selection_part_has_its_own_limit(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    struct weir_ledger *ledger = fixture_open(&fixture);
    const struct weir_ledger_account account = {"a", WEIR_PERIOD_LIFETIME, {1000, 5}};
    assert_true(charge(&fixture, ledger, 1, &account, 1, unit_price).ok);
    assert_false(charge(&fixture, ledger, 2, &account, 1, unit_price).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_BUDGET);
    assert_non_null(strstr(fixture.error.hint, "never renews"));
    struct weir_privacy_amount large = {1001, 0};
    assert_false(charge(&fixture, ledger, 3, &account, 1, large).ok);
    assert_non_null(strstr(fixture.error.hint, "more than the whole budget"));
    weir_ledger_close(ledger);
    fixture_end(&fixture);
}

static void all_accounts_are_charged_or_none(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    struct weir_ledger *ledger = fixture_open(&fixture);
    const struct weir_ledger_account accounts[] = {
        {"dataset a", WEIR_PERIOD_YEAR, {1000, 1000}},
        {"permit b", WEIR_PERIOD_DAY, {1000, 1000}},
        {"permit c", WEIR_PERIOD_LIFETIME, {15, 1000}},
    };
    assert_true(charge(&fixture, ledger, 1, accounts, 3, unit_price).ok);
    assert_false(charge(&fixture, ledger, 2, accounts, 3, unit_price).ok);
    assert_non_null(strstr(fixture.error.message, "permit c"));
    struct weir_ledger_balance balance;
    struct weir_privacy_amount price;
    uint8_t question[WEIR_QUESTION_ID_BYTES];
    int64_t charged_at;
    bool found;
    weir_error_clear(&fixture.error);
    for (size_t i = 0; i < 3; i++) {
        assert_true(weir_ledger_balance(ledger, accounts[i].name, accounts[i].period, &balance,
                                        &fixture.error)
                        .ok);
        assert_int_equal(balance.period_spent.femto_rho, 10);
        assert_int_equal(balance.lifetime_charges, 1);
    }
    question_id(question, 7, 1);
    assert_true(weir_ledger_find(ledger, question, &found, &price, &charged_at, &fixture.error).ok);
    assert_true(found && price.femto_rho == 10 && price.selection_delta == 3);
    assert_int_equal(charged_at, fixture.now);
    question_id(question, 7, 2);
    assert_true(weir_ledger_find(ledger, question, &found, &price, &charged_at, &fixture.error).ok);
    assert_true(!found && price.femto_rho == 0);
    assert_true(weir_ledger_is_charged_to(ledger, question, "permit c", &found, &fixture.error).ok);
    assert_false(found);
    question_id(question, 7, 1);
    assert_true(weir_ledger_is_charged_to(ledger, question, "permit c", &found, &fixture.error).ok);
    assert_true(found);
    assert_true(weir_ledger_is_charged_to(ledger, question, "permit x", &found, &fixture.error).ok);
    assert_false(found);
    weir_ledger_close(ledger);
    fixture_check(&fixture, "permit c", WEIR_PERIOD_LIFETIME);
    fixture_end(&fixture);
}

static void an_id_or_account_used_twice_is_refused_uncharged(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    struct weir_ledger *ledger = fixture_open(&fixture);
    const struct weir_ledger_account twice[] = {{"a", WEIR_PERIOD_YEAR, {1000, 1000}},
                                                {"a", WEIR_PERIOD_YEAR, {1000, 1000}}};
    assert_true(charge(&fixture, ledger, 1, twice, 1, unit_price).ok);
    assert_false(charge(&fixture, ledger, 1, twice, 1, unit_price).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INTERNAL);
    assert_false(charge(&fixture, ledger, 2, twice, 2, unit_price).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INTERNAL);
    weir_ledger_close(ledger);
    assert_int_equal(fixture_check(&fixture, "a", WEIR_PERIOD_YEAR).lifetime_charges, 1);
    fixture_end(&fixture);
}

static void a_free_question_is_recorded(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    struct weir_ledger *ledger = fixture_open(&fixture);
    assert_true(charge(&fixture, ledger, 1, NULL, 0, (struct weir_privacy_amount){0, 0}).ok);
    uint8_t question[WEIR_QUESTION_ID_BYTES];
    struct weir_privacy_amount price = {1, 1};
    int64_t charged_at;
    bool found = false;
    question_id(question, 7, 1);
    assert_true(weir_ledger_find(ledger, question, &found, &price, &charged_at, &fixture.error).ok);
    assert_true(found && price.femto_rho == 0 && price.selection_delta == 0);
    assert_true(weir_ledger_verify(ledger, &fixture.error).ok);
    weir_ledger_close(ledger);
    fixture_end(&fixture);
}

static void a_period_renews_and_the_lifetime_total_stays(void **state) {
    (void)state;
    static const struct {
        enum weir_period period;
        int year, month, day; /* the first day of the next */
    } cases[] = {
        {WEIR_PERIOD_DAY, 2026, 11, 25},  {WEIR_PERIOD_WEEK, 2026, 11, 30},
        {WEIR_PERIOD_MONTH, 2026, 12, 1}, {WEIR_PERIOD_QUARTER, 2027, 1, 1},
        {WEIR_PERIOD_YEAR, 2027, 1, 1},
    };
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        struct ledger_fixture fixture;
        fixture_start(&fixture, false);
        struct weir_ledger *ledger = fixture_open(&fixture);
        const struct weir_ledger_account account = {"a", cases[i].period, {10, 10}};
        assert_true(charge(&fixture, ledger, 1, &account, 1, unit_price).ok);
        int64_t next = fixture_date(cases[i].year, cases[i].month, cases[i].day);
        fixture.now = next - 1;
        assert_false(charge(&fixture, ledger, 2, &account, 1, unit_price).ok);
        fixture.now = next;
        assert_true(charge(&fixture, ledger, 3, &account, 1, unit_price).ok);
        assert_false(charge(&fixture, ledger, 4, &account, 1, unit_price).ok);
        /* Back within a day: the old period, and all that came after it, still counts. */
        fixture.now = next - 1;
        assert_false(charge(&fixture, ledger, 5, &account, 1, unit_price).ok);
        assert_int_equal(fixture.error.class, WEIR_ERROR_BUDGET);
        fixture.now = next;
        weir_ledger_close(ledger);
        struct weir_ledger_balance balance = fixture_check(&fixture, "a", cases[i].period);
        assert_int_equal(balance.period_spent.femto_rho, 10);
        assert_int_equal(balance.period_charges, 1);
        assert_int_equal(balance.lifetime_spent.femto_rho, 20);
        assert_int_equal(balance.lifetime_charges, 2);
        fixture_end(&fixture);
    }
}

/* A new policy that counts by quarter instead of by year does not wipe what this quarter has spent.
 */
static void a_changed_period_forgets_nothing(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    struct weir_ledger *ledger = fixture_open(&fixture);
    struct weir_ledger_account account = {"a", WEIR_PERIOD_YEAR, {10, 10}};
    assert_true(charge(&fixture, ledger, 1, &account, 1, unit_price).ok);
    for (int period = WEIR_PERIOD_LIFETIME; period <= WEIR_PERIOD_YEAR; period++) {
        account.period = (enum weir_period)period;
        assert_false(charge(&fixture, ledger, 2, &account, 1, unit_price).ok);
    }
    weir_ledger_close(ledger);
    fixture_end(&fixture);
}

static void a_clock_set_back_charges_nothing(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    struct weir_ledger *ledger = fixture_open(&fixture);
    const struct weir_ledger_account account = {"a", WEIR_PERIOD_LIFETIME, {1000, 1000}};
    const int64_t start = fixture.now, day = INT64_C(86400000000);
    assert_true(charge(&fixture, ledger, 1, &account, 1, unit_price).ok);
    fixture.now = start - day;
    assert_true(charge(&fixture, ledger, 2, &account, 1, unit_price).ok);
    fixture.now = start - day - 1;
    assert_false(charge(&fixture, ledger, 3, &account, 1, unit_price).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_SYSTEM);
    assert_non_null(strstr(fixture.error.message, "clock"));
    assert_non_null(strstr(fixture.error.detail, "2026-11-24"));
    fixture.now = -1;
    assert_false(charge(&fixture, ledger, 4, &account, 1, unit_price).ok);
    fixture.now = start;
    assert_true(charge(&fixture, ledger, 5, &account, 1, unit_price).ok);
    weir_ledger_close(ledger);
    assert_int_equal(fixture_check(&fixture, "a", WEIR_PERIOD_LIFETIME).lifetime_charges, 3);
    fixture_end(&fixture);
}

static weir_status broken_now(void *state, int64_t *microseconds, struct weir_error *error) {
    (void)state;
    (void)microseconds;
    return weir_fail(error, WEIR_ERROR_SYSTEM, "no clock");
}

static void no_clock_no_charge(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    struct weir_ledger *ledger = fixture_open(&fixture);
    const struct weir_ledger_account account = {"a", WEIR_PERIOD_LIFETIME, {1000, 1000}};
    struct weir_ledger_balance balance;
    weir_status (*working)(void *, int64_t *, struct weir_error *) = fixture.env.now;
    fixture.env.now = broken_now;
    assert_false(charge(&fixture, ledger, 1, &account, 1, unit_price).ok);
    assert_string_equal(fixture.error.message, "no clock");
    assert_false(
        weir_ledger_balance(ledger, "a", WEIR_PERIOD_LIFETIME, &balance, &fixture.error).ok);
    fixture.env.now = working;
    assert_true(charge(&fixture, ledger, 1, &account, 1, unit_price).ok);
    weir_ledger_close(ledger);
    fixture_end(&fixture);
}

static void totals_never_wrap(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    struct weir_ledger *ledger = fixture_open(&fixture);
    const struct weir_ledger_account account = {"a", WEIR_PERIOD_DAY, {INT64_MAX, INT64_MAX}};
    const struct weir_privacy_amount vast = {INT64_MAX - 5, 0}, vast_selection = {0, INT64_MAX};
    assert_true(charge(&fixture, ledger, 1, &account, 1, vast).ok);
    assert_false(charge(&fixture, ledger, 2, &account, 1, vast).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_BUDGET);
    fixture.now += INT64_C(86400000000);
    assert_false(charge(&fixture, ledger, 3, &account, 1, vast).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_LIMIT);
    assert_true(charge(&fixture, ledger, 4, &account, 1, vast_selection).ok);
    assert_true(charge(&fixture, ledger, 5, &account, 1, (struct weir_privacy_amount){5, 0}).ok);
    assert_false(charge(&fixture, ledger, 6, &account, 1, (struct weir_privacy_amount){1, 0}).ok);
    weir_ledger_close(ledger);
    struct weir_ledger_balance balance = fixture_check(&fixture, "a", WEIR_PERIOD_LIFETIME);
    assert_true(balance.lifetime_spent.femto_rho == INT64_MAX);
    fixture_end(&fixture);
}

/* Every way of cooking the books that keeps the file readable is found. */
static void verification_finds_tampering(void **state) {
    (void)state;
    static const char *const tampering[] = {
        "UPDATE ledger_day SET femto_rho = femto_rho - 1",
        "UPDATE ledger_day SET selection_delta = 0",
        "UPDATE ledger_day SET charges = charges + 1",
        "UPDATE ledger_day SET day = day - 1",
        "UPDATE ledger_day SET account = 'b'",
        "DELETE FROM ledger_day",
        "INSERT INTO ledger_day VALUES ('c', 20000, 1, 1, 1)",
        "UPDATE ledger_charge SET femto_rho = 1",
        "UPDATE ledger_charge SET charged_at = charged_at + 1",
        "UPDATE ledger_charge SET femto_rho = -1; UPDATE ledger_day SET femto_rho = -3",
        "DELETE FROM ledger_charge_account",
        "DELETE FROM ledger_charge_account; DELETE FROM ledger_day",
        "DELETE FROM ledger_charge; DELETE FROM ledger_day; UPDATE ledger_state SET latest = 0",
        "UPDATE ledger_state SET latest = 0",
    };
    for (size_t i = 0; i < WEIR_COUNT(tampering); i++) {
        struct ledger_fixture fixture;
        fixture_start(&fixture, false);
        struct weir_ledger *ledger = fixture_open(&fixture);
        const struct weir_ledger_account account = {"a", WEIR_PERIOD_YEAR, {1000, 1000}};
        for (uint64_t k = 0; k < 3; k++)
            assert_true(charge(&fixture, ledger, k, &account, 1, unit_price).ok);
        assert_true(weir_ledger_verify(ledger, &fixture.error).ok);
        weir_ledger_close(ledger);
        fixture_sql(&fixture, tampering[i]);
        ledger = fixture_open(&fixture);
        assert_false(weir_ledger_verify(ledger, &fixture.error).ok);
        assert_string_equal(fixture.error.sqlstate, "XX001");
        weir_ledger_close(ledger);
        fixture_end(&fixture);
    }
}

static void a_file_that_is_no_ledger_is_refused(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    struct weir_ledger *ledger = NULL;
    fixture_start(&fixture, false);
    FILE *file = fopen(fixture.path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fprintf(file, "this is not a database\n");
    assert_int_equal(fclose(file), 0);
    assert_false(weir_ledger_open(fixture.path, &fixture.env, &ledger, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_SYSTEM);
    assert_null(ledger);
    weir_error_clear(&fixture.error);
    assert_false(weir_ledger_open("/nowhere/books.db", &fixture.env, &ledger, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_SYSTEM);
    fixture_end(&fixture);
    fixture_start(&fixture, false);
    weir_ledger_close(fixture_open(&fixture));
    fixture_sql(&fixture, "UPDATE ledger_state SET version = 2");
    assert_false(weir_ledger_open(fixture.path, &fixture.env, &ledger, &fixture.error).ok);
    assert_non_null(strstr(fixture.error.message, "version 2"));
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_is_reached_and_never_passed),
        cmocka_unit_test(the_selection_part_has_its_own_limit),
        cmocka_unit_test(all_accounts_are_charged_or_none),
        cmocka_unit_test(an_id_or_account_used_twice_is_refused_uncharged),
        cmocka_unit_test(a_free_question_is_recorded),
        cmocka_unit_test(a_period_renews_and_the_lifetime_total_stays),
        cmocka_unit_test(a_changed_period_forgets_nothing),
        cmocka_unit_test(a_clock_set_back_charges_nothing),
        cmocka_unit_test(no_clock_no_charge),
        cmocka_unit_test(totals_never_wrap),
        cmocka_unit_test(verification_finds_tampering),
        cmocka_unit_test(a_file_that_is_no_ledger_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
