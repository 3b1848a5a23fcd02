/* Loads that succeed: what is read is what was written, versions follow each other, old ones go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store_fixture.h"

#include "base/file.h"

#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static struct fixture fixture;

static const char districts[] = "label,code\nNorth,N\nSouth,S\n";
#define HEADER "id,born,sex,district,weight,score,insured,seen_on,seen_at,note,picture\n"

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture, fixture_policy);
    if (!fixture_load(&fixture, "public", "district", districts).ok)
        fail_msg("%s", fixture.error.message);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void load_patients(const char *text) {
    if (!fixture_load(&fixture, "health", "patient", text).ok)
        fail_msg("%s", fixture.error.message);
}

static void expect(const char *sql, const char *expected) {
    fixture_expect(&fixture, sql, expected);
}

static void test_every_type_comes_back(void **state) {
    (void)state;
    load_patients(HEADER
                  "2,1950,F,N,-80.50,1e-3,true,1999-12-31,2026-11-24 12:34:56.789,\"a "
                  "\"\"quoted\"\", one\",\\x00ff\n"
                  "1,2027,,,,,,,,,\n"
                  "-9223372036854775808,-5,X,S,999.99,-0.5,f,0001-01-01,2026-11-24,\"\",\\x\n");
    expect(
        "SELECT * FROM health.patient ORDER BY id",
        "-9223372036854775808|-5|X|S|999.99|-0.5|f|0001-01-01|2026-11-24 00:00:00||\\x|0;"
        "1|2027|~|~|~|~|~|~|~|~|~|1;"
        "2|1950|F|N|-80.50|0.001|t|1999-12-31|2026-11-24 12:34:56.789|a \"quoted\", one|\\x00ff|2");
    expect("SELECT * FROM public.district ORDER BY code", "N|North;S|South");
}

static void test_accepted_forms_of_csv(void **state) {
    (void)state;
    load_patients("\xef\xbb\xbf" HEADER);
    expect("SELECT count(*) FROM health.patient", "0");
    load_patients(
        "\xef\xbb\xbfnote,id,born,sex,district,weight,score,insured,seen_on,seen_at,picture\r\n"
        " spaced ,1,1950,,,,,,,,\r\n"
        "\"two\r\nlines\",2,1950,,,,,,,,\r\n"
        "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8f\xa5,3,1950,,,,,,,,\r\n\r\n\r\n");
    expect("SELECT id, note FROM health.patient ORDER BY id",
           "1| spaced ;2|two\r\nlines;3|\xc3\xa9\xe2\x82\xac\xf0\x9f\x8f\xa5");
    load_patients(HEADER "1,1950,,,,,,,,,"); /* no line feed at the end */
    expect("SELECT count(*) FROM health.patient", "1");
}

static void test_numbers_are_exact(void **state) {
    (void)state;
    load_patients(HEADER "1,1950,,,1.5000,,,,,,\n2,1950,,,+7,,,,,,\n3,+1950,,,-0.01,,,,,,\n");
    expect("SELECT id, weight FROM health.patient ORDER BY id", "1|1.50;2|7.00;3|-0.01");
}

static void test_rows_lie_sorted_with_dense_units(void **state) {
    (void)state;
    struct weir_buffer text = {0};
    weir_buffer_text(&text, HEADER);
    for (int64_t i = 0; i < 300000; i++)
        weir_buffer_printf(&text, "%lld,1950,,N,,,,,,,\n", (long long)(i * 7919 % 300007));
    load_patients(text.bytes);
    weir_buffer_free(&text);
    expect("SELECT count(*), min(weir_unit), max(weir_unit), count(DISTINCT weir_unit) FROM "
           "health.patient",
           "300000|0|299999|300000");
    expect(
        "SELECT count(*) FROM (SELECT weir_unit, row_number() OVER (ORDER BY id) - 1 AS place FROM "
        "health.patient) WHERE weir_unit <> place",
        "0");
    expect("SELECT count(*) FROM (SELECT id, lag(id) OVER () AS before FROM health.patient) WHERE "
           "before >= id",
           "0");
}

static void test_versions_follow_each_other(void **state) {
    (void)state;
    assert_null(fixture_version(&fixture, "health", "patient"));
    const struct weir_table_version *first = fixture_version(&fixture, "public", "district");
    assert_int_equal(first->version, 1);
    assert_int_equal(first->rows, 2);
    load_patients(HEADER "1,1950,,,,,,,,,\n");
    assert_int_equal(fixture_version(&fixture, "health", "patient")->version, 2);
    load_patients(HEADER "1,1950,,,,,,,,,\n2,1950,,,,,,,,,\n");
    const struct weir_table_version *third = fixture_version(&fixture, "health", "patient");
    assert_int_equal(third->version, 3);
    assert_int_equal(third->rows, 2);
    struct stat facts;
    assert_int_equal(stat(third->path, &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
    assert_int_equal(fixture_version(&fixture, "public", "district")->version, 1);
}

static void test_the_digest_is_keyed_and_of_the_bytes(void **state) {
    (void)state;
    uint8_t digest[WEIR_DIGEST_BYTES];
    crypto_auth_hmacsha256_state hmac;
    const struct weir_store_keys *keys = weir_store_keys(fixture.store);
    crypto_auth_hmacsha256_init(&hmac, keys->digest, sizeof keys->digest);
    crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)districts, sizeof districts - 1);
    crypto_auth_hmacsha256_final(&hmac, digest);
    assert_memory_equal(fixture_version(&fixture, "public", "district")->digest, digest,
                        sizeof digest);
}

static void test_two_versions_of_a_table_are_kept(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++)
        load_patients(HEADER "1,1950,,,,,,,,,\n");
    assert_int_equal(fixture_count_files(&fixture, "data"), 6); /* and the units */
    fixture_reopen(&fixture);
    assert_int_equal(fixture_count_files(&fixture, "data"), 4);
    expect("SELECT count(*) FROM health.patient", "1");
}

static void test_a_load_that_is_given_up_leaves_nothing(void **state) {
    (void)state;
    struct weir_load *load = NULL;
    load_patients(HEADER "1,1950,,,,,,,,,\n");
    fixture_write(&fixture, HEADER, strlen(HEADER));
    assert_true(fixture_prepare(&fixture, "health", "patient", &load).ok);
    size_t count;
    const struct weir_table_version *versions = weir_load_versions(load, &count);
    assert_int_equal(count, 1);
    assert_int_equal(versions[0].rows, 0);
    assert_int_equal(versions[0].version, 3);
    assert_int_equal(fixture_count_files(&fixture, "data"), 4);
    weir_load_close(load);
    assert_int_equal(fixture_count_files(&fixture, "data"), 3);
    expect("SELECT count(*) FROM health.patient", "1");
    load_patients(
        HEADER); /* the number that was given up may be in the log: it is not used again */
    assert_int_equal(fixture_version(&fixture, "health", "patient")->version, 4);
}

static void test_one_load_at_a_time(void **state) {
    (void)state;
    struct weir_load *load = NULL;
    struct weir_store *other;
    fixture_write(&fixture, HEADER, strlen(HEADER));
    assert_true(fixture_prepare(&fixture, "health", "patient", &load).ok);
    /* Opening the store meanwhile must leave the load's file alone. */
    assert_true(weir_store_open(fixture.path, weir_env_system(), &other, &fixture.error).ok);
    assert_int_equal(fixture_count_files(&fixture, "data"), 3);
    assert_false(fixture_load(&fixture, "public", "district", districts).ok);
    assert_string_equal(fixture.error.sqlstate, "55P03");
    weir_error_clear(&fixture.error);
    assert_true(fixture_commit(&fixture, load).ok);
    weir_load_close(load);
    assert_true(fixture_load(&fixture, "public", "district", districts).ok);
    weir_store_close(other);
}

static void *let_go(void *lock) {
    usleep(150 * 1000);
    close(*(int *)lock);
    return NULL;
}

/* Whoever opens the store tidies it under the lock of loads. */
static void test_a_load_waits_for_tidying(void **state) {
    (void)state;
    char path[256];
    pthread_t thread;
    snprintf(path, sizeof path, "%s/data/.lock", fixture.path);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(lock >= 0);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    assert_int_equal(pthread_create(&thread, NULL, let_go, &lock), 0);
    assert_true(fixture_load(&fixture, "public", "district", districts).ok);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_leavings_are_removed_at_open(void **state) {
    (void)state;
    static const char *const leavings[] = {
        "data/health.patient.9.duckdb", "data/health.patient.9.duckdb.tmp",
        "data/health.patient.9.duckdb.tmp.wal", "spill/load/duckdb_temp_block-1.block"};
    for (size_t i = 0; i < WEIR_COUNT(leavings); i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", fixture.path, leavings[i]);
        int file = open(path, O_WRONLY | O_CREAT, 0600);
        assert_true(file >= 0);
        close(file);
    }
    fixture_reopen(&fixture);
    assert_int_equal(fixture_count_files(&fixture, "data"), 1);
    assert_int_equal(fixture_count_files(&fixture, "spill/load"), 0);
    expect("SELECT count(*) FROM public.district", "2");
}

static void test_a_public_table_may_not_lose_keys_in_use(void **state) {
    (void)state;
    load_patients(HEADER "1,1950,,S,,,,,,,\n2,1950,,,,,,,,,\n");
    assert_false(fixture_load(&fixture, "public", "district", "code,label\nN,North\n").ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    assert_non_null(strstr(fixture.error.message, "health.patient"));
    assert_non_null(strstr(fixture.error.message, "\"district\""));
    assert_true(fixture_load(&fixture, "public", "district", "code,label\nS,South\nW,West\n").ok);
    load_patients(HEADER "1,1950,,W,,,,,,,\n");
    expect("SELECT label FROM health.patient JOIN public.district ON district = code", "West");
}

struct progress_seen {
    int reports;
    int64_t rows;
    double fraction;
    bool went_back;
};

static void see_progress(void *state, int64_t rows, double fraction) {
    struct progress_seen *seen = state;
    seen->went_back = seen->went_back || rows < seen->rows || fraction < seen->fraction;
    seen->reports++;
    seen->rows = rows;
    seen->fraction = fraction;
}

static void test_progress_goes_to_the_end(void **state) {
    (void)state;
    struct progress_seen seen = {0};
    struct weir_load_progress progress = {&seen, see_progress};
    struct weir_load *load = NULL;
    struct weir_buffer text = {0};
    weir_buffer_text(&text, HEADER);
    for (int i = 0; i < 100000; i++)
        weir_buffer_printf(&text, "%d,1950,,N,,,,,,some text to fill the line,\n", i);
    fixture_write(&fixture, text.bytes, text.len);
    weir_buffer_free(&text);
    const struct weir_load_request request = {
        .schema = "health", .table = "patient", .path = fixture.file, .progress = &progress};
    assert_true(weir_load_prepare(fixture.store, &request, &load, &fixture.error).ok);
    weir_load_close(load);
    assert_true(seen.reports > 2 && !seen.went_back);
    assert_int_equal(seen.rows, 100000);
    assert_true(seen.fraction >= 1 && seen.fraction <= 1);
}

int main(void) {
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_every_type_comes_back),
        STORE_TEST(test_accepted_forms_of_csv),
        STORE_TEST(test_numbers_are_exact),
        STORE_TEST(test_rows_lie_sorted_with_dense_units),
        STORE_TEST(test_versions_follow_each_other),
        STORE_TEST(test_the_digest_is_keyed_and_of_the_bytes),
        STORE_TEST(test_two_versions_of_a_table_are_kept),
        STORE_TEST(test_a_load_that_is_given_up_leaves_nothing),
        STORE_TEST(test_one_load_at_a_time),
        STORE_TEST(test_a_load_waits_for_tidying),
        STORE_TEST(test_leavings_are_removed_at_open),
        STORE_TEST(test_a_public_table_may_not_lose_keys_in_use),
        STORE_TEST(test_progress_goes_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
