/* The way of a question, from its text to its canonical text, its public text and its SQL, against
 * golden.txt: a line "Q" with the question, then C, S and E. A change of the canonical text changes
 * which questions are one, so it is never by accident. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "question_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static void add(struct weir_buffer *seen, char kind, const char *text) {
    if (text != NULL)
        weir_buffer_printf(seen, "%c %s\n", kind, text);
}

static void ask(struct weir_buffer *seen, const char *text) {
    struct clinic clinic;
    clinic_open(&clinic);
    struct asked asked = clinic_ask(&clinic, text);
    add(seen, 'Q', text);
    if (!asked.ok) {
        add(seen, 'X', asked.error.message);
    } else {
        add(seen, 'C', asked.plan == NULL ? NULL : asked.plan->canonical);
        add(seen, 'S', asked.plan == NULL ? NULL : asked.plan->shown);
        add(seen, 'E', asked.sql);
    }
    clinic_close(&clinic);
}

/* The file as it would be written now. */
static void everything_is_as_written(void **state) {
    const char *path = getenv("WEIR_GOLDEN");
    struct weir_buffer seen = {0}, written = {0};
    char *line = NULL;
    size_t room = 0, questions = 0;
    (void)state;
    assert_non_null(path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (getline(&line, &room, file) > 0) {
        weir_buffer_text(&written, line);
        line[strcspn(line, "\n")] = '\0';
        questions += line[0] == 'Q';
        if (line[0] == 'Q')
            ask(&seen, line + 2);
    }
    free(line);
    assert_int_equal(fclose(file), 0);
    assert_true(questions >= 25);
    const char *anew = getenv("WEIR_GOLDEN_ANEW");
    if (anew != NULL) {
        assert_non_null(file = fopen(anew, "w"));
        assert_int_equal(fwrite(seen.bytes, 1, seen.len, file), seen.len);
        assert_int_equal(fclose(file), 0);
    }
    if (strcmp(seen.bytes, written.bytes) != 0)
        fail_msg("golden.txt differs from what is made now: WEIR_GOLDEN_ANEW=file writes that");
    weir_buffer_free(&seen);
    weir_buffer_free(&written);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(everything_is_as_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
