/* Reading texts in tests. */
#include "support.h"

#include <stdio.h>

#include "base/banned.h"

void weir_test_malformed(const struct malformed *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct weir_arena *arena = weir_arena_create(1 << 22);
        struct weir_error error = {0};
        char message[512];
        if (weir_policy_parse(arena, cases[i].text, strlen(cases[i].text), &error) != NULL)
            fail_msg("this text must not parse: %s", cases[i].text);
        snprintf(message, sizeof message, "line %d, column %d: %s", cases[i].line, cases[i].column,
                 cases[i].message);
        assert_string_equal(error.message, message);
        assert_int_equal(error.line, cases[i].line);
        assert_int_equal(error.column, cases[i].column);
        assert_int_equal(error.class, WEIR_ERROR_INVALID);
        assert_string_equal(error.sqlstate, "42601");
        weir_arena_destroy(arena);
    }
}

struct weir_policy *weir_test_read(struct weir_arena *arena, const char *text) {
    struct weir_error error = {0};
    struct weir_policy *policy = weir_policy_parse(arena, text, strlen(text), &error);
    if (policy == NULL)
        fail_msg("%s\nin: %s", error.message, text);
    return policy;
}
