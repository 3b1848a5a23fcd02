/* kill -9 at any moment of a load that writes several tables: the store opens, and holds the old
 * versions of all of them or the new ones, whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

enum { ROUNDS = 15, OLD_PEOPLE = 10, NEW_PEOPLE = 120000, VISITS = 60000, BILLS = 30000 };

static const char policy[] =
    "POLICY \"p\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2036-01-01;"
    "DATASET health UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;"
    "TABLE health.patient (id BIGINT UNIT KEY, note TEXT) RETAIN 1 YEAR FROM LOAD;"
    "TABLE health.visit (number INT KEY, patient BIGINT UNIT VIA health.patient(id))"
    " RETAIN 1 YEAR FROM LOAD;"
    "TABLE health.bill (visit INT UNIT VIA health.visit(number), amount INT)"
    " RETAIN 1 YEAR FROM LOAD;"
    "ROLE r; PURPOSE p IS dpv:PublicBenefit LEGAL BASIS \"x\" BECAUSE \"y\" UNTIL 2035-01-01;"
    "PERMIT AGGREGATE ON health.bill (amount) FOR p TO ROLE r"
    " BUDGET EPSILON 3 DELTA 1e-9 PER YEAR QUERY EPSILON 1 MINIMUM 1 PEOPLE;";

static void write_patients(struct fixture *fixture, int rows) {
    struct weir_buffer text = {0};
    weir_buffer_text(&text, "id,note\n");
    for (int i = 0; i < rows; i++)
        weir_buffer_printf(&text, "%d,note %d\n", rows - i, i);
    assert_false(text.failed);
    fixture_write(fixture, text.bytes, text.len);
    weir_buffer_free(&text);
}

/* Visit n is of patient n, bill n of visit n. */
static void load_pairs(struct fixture *fixture, const char *table, const char *header, int rows) {
    struct weir_buffer text = {0};
    weir_buffer_text(&text, header);
    for (int i = 1; i <= rows; i++)
        weir_buffer_printf(&text, "%d,%d\n", i, i);
    assert_false(text.failed);
    assert_true(fixture_load(fixture, "health", table, text.bytes).ok);
    weir_buffer_free(&text);
}

/* In a process of its own: the engine's threads do not survive a fork. */
static pid_t start_load(const struct fixture *fixture) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    struct weir_store *store = NULL;
    struct weir_load *load = NULL;
    struct weir_error error = {0};
    const struct weir_load_request request = {
        .schema = "health", .table = "patient", .path = fixture->file};
    const uint64_t indexes[] = {1, 2, 3};
    bool done = weir_store_open(fixture->path, weir_env_system(), &store, &error).ok &&
                weir_load_prepare(store, &request, &load, &error).ok &&
                weir_load_commit(load, indexes, &error).ok;
    _exit(done ? 0 : 1);
}

/* How many rows of a table lead to somebody. */
static int64_t led(struct fixture *fixture, const char *table, int64_t rows) {
    const struct weir_table_version *version = fixture_version(fixture, "health", table);
    char sql[128], expected[32];
    assert_non_null(version);
    assert_int_equal(version->rows, rows);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM health.%s", table);
    snprintf(expected, sizeof expected, "%lld", (long long)(rows - version->orphans));
    fixture_expect(fixture, sql, expected);
    return rows - version->orphans;
}

/* Opens the store, as the next process would, and checks what is in force. */
static int64_t check_store(struct fixture *fixture) {
    fixture_reopen(fixture);
    const struct weir_table_version *version = fixture_version(fixture, "health", "patient");
    assert_non_null(version);
    bool is_new = version->rows == NEW_PEOPLE;
    assert_true(is_new || version->rows == OLD_PEOPLE);
    assert_int_equal(led(fixture, "patient", version->rows), version->rows);
    assert_int_equal(led(fixture, "visit", VISITS), is_new ? VISITS : OLD_PEOPLE);
    assert_int_equal(led(fixture, "bill", BILLS), is_new ? BILLS : OLD_PEOPLE);
    fixture_expect(fixture,
                   "SELECT count(*) FROM health.bill b JOIN health.visit v ON b.visit = v.number"
                   " JOIN health.patient p ON v.patient = p.id"
                   " WHERE b.weir_unit <> p.weir_unit OR v.weir_unit <> p.weir_unit"
                   " OR p.weir_unit <> p.id - 1", /* the old keys came first */
                   "0");
    assert_int_equal(fixture_count_files(fixture, "spill/load"), 0);
    int64_t in_force = version->version;
    weir_store_close(fixture->store);
    fixture->store = NULL;
    return in_force;
}

static void start_store(struct fixture *fixture) {
    fixture_open(fixture, policy);
    write_patients(fixture, OLD_PEOPLE);
    assert_true(fixture_load_file(fixture, "health", "patient", fixture->file).ok);
    load_pairs(fixture, "visit", "number,patient\n", VISITS);
    load_pairs(fixture, "bill", "visit,amount\n", BILLS);
    weir_store_close(fixture->store);
    fixture->store = NULL;
    write_patients(fixture, NEW_PEOPLE);
}

/* How long one whole load takes, in a store that is thrown away. */
static int64_t measure_load(void) {
    struct fixture fixture;
    int status;
    start_store(&fixture);
    int64_t start = weir_env_monotonic_microseconds();
    pid_t child = start_load(&fixture);
    assert_int_equal(waitpid(child, &status, 0), child);
    int64_t taken = weir_env_monotonic_microseconds() - start;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    fixture_close(&fixture);
    return taken;
}

static void test_killed_at_any_moment(void **state) {
    (void)state;
    int64_t whole = measure_load();
    struct fixture fixture;
    int killed = 0;
    int64_t in_force = 1;
    start_store(&fixture);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t noise;
        int status;
        assert_true(weir_env_system()->entropy(NULL, &noise, sizeof noise, &fixture.error).ok);
        pid_t child = start_load(&fixture);
        usleep((unsigned)(whole * round / ROUNDS + noise % (whole / ROUNDS + 1)));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        killed += WIFSIGNALED(status);
        int64_t now_in_force = check_store(&fixture);
        assert_true(now_in_force >= in_force);
        in_force = now_in_force;
    }
    assert_true(killed > 0);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_at_any_moment)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
