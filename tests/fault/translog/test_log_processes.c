/* Several processes append to one folder, and one reads it meanwhile: every entry has its own
 * place, and the log verifies at any time. */
#include "../../unit/translog/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

enum { PROCESSES = 3, APPENDS = 400 };

static _Noreturn void append_all(const char *folder, int number) {
    struct test_env test;
    struct weir_log *log = NULL;
    struct weir_error error = {0};
    uint64_t last = 0;
    test_env_make(&test);
    if (!weir_log_open(folder, &test.env, TEST_ORIGIN, TEST_SEED, &log, &error).ok)
        _exit(1);
    for (int i = 0; i < APPENDS; i++) {
        char text[32];
        uint64_t index;
        int len = snprintf(text, sizeof text, "%d/%d", number, i);
        if (!weir_log_append(log, text, (size_t)len, &index, &error).ok)
            _exit(2);
        if (i > 0 && index <= last)
            _exit(3);
        last = index;
        if (i % 37 == number && !weir_log_integrate(log, &error).ok)
            _exit(4);
        if (i % 100 == 50) { /* leaves and comes back */
            weir_log_close(log);
            if (!weir_log_open(folder, &test.env, TEST_ORIGIN, TEST_SEED, &log, &error).ok)
                _exit(5);
        }
    }
    weir_log_close(log);
    _exit(0);
}

static void assert_grew(const char *folder, struct test_content *last) {
    struct test_content now;
    struct weir_error error = {0};
    weir_status status = test_read(folder, &now, &error);
    if (!status.ok)
        print_error("%s\n", error.message);
    assert_true(status.ok);
    assert_true(now.count >= last->count && now.size >= last->size);
    if (last->count > 0)
        assert_memory_equal(now.leaves, last->leaves, last->count * sizeof *now.leaves);
    test_content_free(last);
    *last = now;
}

static void processes_share_one_log(void **state) {
    (void)state;
    struct test_folder folder;
    struct test_env test;
    struct test_content content = {0};
    pid_t children[PROCESSES];
    test_folder_make(&folder);
    test_env_make(&test);
    test_log_fill(folder.log, &test.env, 0);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            append_all(folder.log, i);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int result = 0;
        while (waitpid(children[i], &result, WNOHANG) == 0)
            assert_grew(folder.log, &content);
        assert_true(WIFEXITED(result));
        assert_int_equal(WEXITSTATUS(result), 0);
    }
    assert_grew(folder.log, &content);
    assert_int_equal(content.size, PROCESSES * APPENDS);
    int next[PROCESSES] = {0};
    for (uint64_t i = 0; i < content.count; i++) {
        int number = content.texts[i][0] - '0';
        char text[32];
        assert_in_range(number, 0, PROCESSES - 1);
        snprintf(text, sizeof text, "%d/%d", number, next[number]++);
        assert_string_equal(content.texts[i], text);
    }
    test_content_free(&content);
    test_folder_remove(&folder);
}

int main(void) {
    struct weir_error error = {0};
    if (!weir_env_initialise(&error).ok)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processes_share_one_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
