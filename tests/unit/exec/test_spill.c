/* The folders that engines spill into: one each, gone with the engine or with the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "exec/spill.h"

#include "base/file.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

enum { WORKERS = 4, ROUNDS = 200 };

static char folder[] = "/tmp/weir_spill_XXXXXX";
static struct weir_error failure;

static int set_up(void **state) {
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state) {
    (void)state;
    return rmdir(folder); /* every test leaves it empty */
}

static void must(weir_status status) {
    if (!status.ok)
        fail_msg("%s", failure.message);
}

static const char *within(const char *name) {
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name) {
    assert_int_equal(close(creat(within(name), 0600)), 0);
}

static void test_it_goes_with_what_is_in_it(void **state) {
    (void)state;
    struct weir_spill spill = {0};
    struct stat facts;
    char block[PATH_MAX + 8];
    must(weir_spill_open(folder, &spill, &failure));
    assert_int_equal(stat(spill.path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0700);
    snprintf(block, sizeof block, "%s/block", spill.path);
    assert_int_equal(close(creat(block, 0600)), 0);
    weir_spill_close(&spill);
    assert_false(weir_file_exists(spill.path));
    weir_spill_close(&spill);
}

static void test_tidying_takes_what_nobody_holds(void **state) {
    (void)state;
    struct weir_spill held = {0};
    must(weir_spill_open(folder, &held, &failure));
    assert_int_equal(mkdir(within("engine-killed"), 0700), 0);
    put("engine-killed/block");
    must(weir_spill_tidy(folder, &failure));
    assert_false(weir_file_exists(within("engine-killed")));
    assert_true(weir_file_exists(held.path));
    weir_spill_close(&held);
}

static void test_tidying_leaves_what_is_not_an_engines(void **state) {
    (void)state;
    assert_int_equal(mkdir(within("load"), 0700), 0);
    put("engine-file");
    assert_int_equal(symlink("load", within("engine-link")), 0);
    must(weir_spill_tidy(folder, &failure));
    assert_int_equal(rmdir(within("load")), 0);
    assert_int_equal(unlink(within("engine-file")), 0);
    assert_int_equal(unlink(within("engine-link")), 0);
}

static void test_a_missing_folder_is_said(void **state) {
    (void)state;
    struct weir_spill spill = {0};
    weir_error_clear(&failure);
    assert_false(weir_spill_open(within("none"), &spill, &failure).ok);
    assert_int_equal(failure.class, WEIR_ERROR_SYSTEM);
    weir_spill_close(&spill);
}

/* Each sees only its own file in its own folder, which stays until it is given back. */
static void *open_and_close(void *argument) {
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        struct weir_spill spill = {0};
        struct weir_error error = {0};
        char block[PATH_MAX + 8];
        if (!weir_spill_open(folder, &spill, &error).ok)
            weir_check_failed(error.message, __FILE__, __LINE__);
        snprintf(block, sizeof block, "%s/block", spill.path);
        int file = open(block, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        weir_check(file >= 0 && close(file) == 0);
        weir_check(weir_file_exists(block));
        weir_spill_close(&spill);
        weir_check(!weir_file_exists(spill.path));
    }
    return NULL;
}

static void test_many_at_once_never_share_one(void **state) {
    (void)state;
    pthread_t workers[WORKERS];
    for (size_t i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&workers[i], NULL, open_and_close, NULL), 0);
    for (size_t i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_join(workers[i], NULL), 0);
}

int main(void) {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_it_goes_with_what_is_in_it),
        TEST(test_tidying_takes_what_nobody_holds),
        TEST(test_tidying_leaves_what_is_not_an_engines),
        TEST(test_a_missing_folder_is_said),
        TEST(test_many_at_once_never_share_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
