/* The arena: caps hold, overflow is refused, and memory comes zeroed and aligned. */
#include "base/arena.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static void cap_is_never_passed(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 20);
    size_t got = 0;
    while (weir_arena_allocate(arena, 1000) != NULL)
        got += 1000;
    assert_true(got > (1 << 20) * 9 / 10 && got <= 1 << 20);
    assert_null(weir_arena_array(arena, SIZE_MAX / 2, 4));
    assert_null(weir_arena_allocate(arena, SIZE_MAX));
    weir_arena_destroy(arena);
}

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 20);
    for (size_t size = 1; size < 5000; size = size * 3 + 1) {
        unsigned char *bytes = weir_arena_allocate(arena, size);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, size);
    }
    assert_string_equal(weir_arena_printf(arena, "%s-%d", "a", 7), "a-7");
    weir_arena_destroy(arena);
}

static void first_error_wins_and_memory_settles(void **state) {
    (void)state;
    struct weir_error error = {0};
    weir_error_settle(&error);
    assert_string_equal(error.sqlstate, "53200");
    assert_false(weir_fail(&error, WEIR_ERROR_INVALID, "second").ok);
    assert_int_equal(error.class, WEIR_ERROR_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cap_is_never_passed),
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(first_error_wins_and_memory_settles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
