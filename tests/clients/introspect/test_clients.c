/* What clients ask of the system catalog, as they ask it, against the answers on file.
 *   test_clients FOLDER NAME [--write]
 * With --write the answers in FOLDER/NAME.sql are replaced by those given now, to be read before
 * they are kept. */
#include "cases.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static bool check(int number, const struct client_case *found, const struct weir_buffer *answer) {
    bool same = answer->len == found->expected_len &&
                memcmp(answer->bytes, found->expected, answer->len) == 0;
    printf("%s %d - %.*s\n", same ? "ok" : "not ok", number, (int)found->title_len, found->title);
    if (!same)
        fprintf(stderr, "%.*s\nanswered\n%swhere this was expected\n%.*s\n", (int)found->sql_len,
                found->sql, answer->bytes, (int)found->expected_len, found->expected);
    return same;
}

static void copy_case(const char *from, const struct client_case *found,
                      const struct weir_buffer *answer, struct weir_buffer *out) {
    weir_buffer_append(out, from, (size_t)(found->expected - from));
    weir_buffer_append(out, answer->bytes, answer->len);
}

static bool write_file(const char *path, const struct weir_buffer *text) {
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return false;
    bool written = fwrite(text->bytes, 1, text->len, file) == text->len;
    return fclose(file) == 0 && written;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    struct fixture fixture;
    char path[4096];
    snprintf(path, sizeof path, "%s/clients.weir", argv[1]);
    fixture_open(&fixture, path);
    snprintf(path, sizeof path, "%s/%s.sql", argv[1], argv[2]);
    char *text = fixture_read_file(path);
    const char *at = text, *from = text;
    struct client_case found;
    struct weir_buffer rewritten = {0};
    bool ok = true;
    int count = 0;
    while (cases_next(&at, &found)) {
        struct weir_buffer answer = {0};
        fixture_ask(&fixture, found.sql, found.sql_len, found.parameters, found.parameter_count,
                    &answer);
        ok = check(++count, &found, &answer) && ok;
        copy_case(from, &found, &answer, &rewritten);
        from = at;
        weir_buffer_free(&answer);
        cases_release(&found);
    }
    weir_buffer_text(&rewritten, from);
    printf("1..%d\n", count);
    if (argc > 3 && strcmp(argv[3], "--write") == 0)
        ok = write_file(path, &rewritten);
    weir_buffer_free(&rewritten);
    free(text);
    fixture_close(&fixture);
    return ok && count > 0 ? 0 : 1;
}
