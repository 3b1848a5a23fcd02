/* kill -9 at any moment of a load: the store opens, and holds the old version or the new one,
 * whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store_fixture.h"

#include "exec/backend.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

enum { ROUNDS = 15, OLD_ROWS = 10, NEW_ROWS = 120000 };

#define HEADER "id,born,sex,district,weight,score,insured,seen_on,seen_at,note,picture\n"

static void write_patients(struct fixture *fixture, int rows) {
    struct weir_buffer text = {0};
    weir_buffer_text(&text, HEADER);
    for (int i = 0; i < rows; i++)
        weir_buffer_printf(&text, "%d,1950,F,N,70.5,0.25,true,2020-01-02,,note %d,\n", rows - i, i);
    assert_false(text.failed);
    fixture_write(fixture, text.bytes, text.len);
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
    bool done =
        weir_store_open(fixture->path, weir_env_system(), &store, &error).ok &&
        weir_load_prepare(store, "health", "patient", fixture->file, NULL, &load, &error).ok &&
        weir_load_commit(load, 1, &error).ok;
    _exit(done ? 0 : 1);
}

static int64_t count_patients(struct fixture *fixture, const struct weir_table_version *version) {
    struct weir_backend_table table = {version->schema, version->name, version->path};
    struct weir_backend_options options = {.threads = 1, .memory_megabytes = 128};
    struct weir_backend *backend = NULL;
    struct weir_rows rows;
    if (!weir_duckdb_open(&table, 1, &options, &backend, &fixture->error).ok)
        fail_msg("%s", fixture->error.message);
    assert_true(backend->operations
                    ->query(backend, fixture->arena, NULL,
                            "SELECT count(DISTINCT weir_unit) FROM health.patient", NULL, 0, 1,
                            &rows, &fixture->error)
                    .ok);
    int64_t count = rows.values[0].as.integer;
    backend->operations->close(backend);
    return count;
}

/* Opens the store, as the next process would, and checks what is in force. */
static int64_t check_store(struct fixture *fixture) {
    fixture_reopen(fixture);
    const struct weir_table_version *version = fixture_version(fixture, "health", "patient");
    assert_non_null(version);
    assert_true(version->rows == OLD_ROWS || version->rows == NEW_ROWS);
    assert_int_equal(count_patients(fixture, version), version->rows);
    assert_int_equal(fixture_count_files(fixture, "spill/load"), 0);
    weir_store_close(fixture->store);
    fixture->store = NULL;
    return version->version;
}

static void start_store(struct fixture *fixture) {
    fixture_open(fixture, fixture_policy);
    assert_true(fixture_load(fixture, "public", "district", "code,label\nN,North\n").ok);
    write_patients(fixture, OLD_ROWS);
    assert_true(fixture_load_file(fixture, "health", "patient", fixture->file).ok);
    weir_store_close(fixture->store);
    fixture->store = NULL;
    write_patients(fixture, NEW_ROWS);
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
    int64_t in_force = 2;
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
