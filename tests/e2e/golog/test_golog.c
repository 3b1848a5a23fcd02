/* Writes a log of 70,000 entries and hands it to the reader in Go; then spoils it, and the reader
 * must notice. */
#include "../../unit/translog/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

enum { ENTRIES = 70000, SKIPPED = 77 };

/* The exit code of the script. */
static int read_with_go(const char *script, const char *folder, const char *key, bool quiet) {
    int result;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        if (null < 0 || (quiet && dup2(null, STDERR_FILENO) < 0))
            _exit(126);
        if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0) /* standard output is for test results */
            _exit(126);
        execl(script, script, folder, key, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

static void flip(const char *folder, const char *name, size_t at) {
    size_t len;
    uint8_t *bytes = test_file_read(folder, name, &len);
    assert_true(at < len);
    bytes[at] ^= 1;
    test_file_write(folder, name, bytes, len);
    free(bytes);
}

static void go_proves_every_entry(void **state) {
    const char *script = *state;
    static const char *const spoilt[] = {"tile/entries/123", "tile/0/200", "tile/1/000",
                                         "tile/2/000.p/1", "checkpoint"};
    struct test_folder folder;
    struct test_env test;
    char key[256];
    test_folder_make(&folder);
    test_env_make(&test);
    test_verifier_key(key);
    test_log_fill(folder.log, &test.env, ENTRIES);
    int result = read_with_go(script, folder.log, key, false);
    if (result == SKIPPED) {
        test_folder_remove(&folder);
        return; /* cmocka's skip() prints "not ok" */
    }
    assert_int_equal(result, 0);
    for (size_t i = 0; i < WEIR_COUNT(spoilt); i++) {
        flip(folder.log, spoilt[i], 20);
        assert_int_equal(read_with_go(script, folder.log, key, true), 1);
        flip(folder.log, spoilt[i], 20);
    }
    test_folder_remove(&folder);
}

int main(int count, char **arguments) {
    struct weir_error error = {0};
    if (count != 2 || !weir_env_initialise(&error).ok)
        return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(go_proves_every_entry, arguments[1]),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
