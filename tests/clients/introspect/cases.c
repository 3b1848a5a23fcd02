/* Reading recorded queries. */
#include "cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static size_t line_len(const char *line) {
    size_t len = strcspn(line, "\n");
    return line[len] == '\n' ? len + 1 : len;
}

static int begins(const char *line, const char *prefix) {
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

static int is_answer(const char *line) {
    return begins(line, "-- >") || begins(line, "-- !");
}

static const char *read_parameters(const char *line, struct client_case *found) {
    const char *end = line;
    while (begins(end, "-- $"))
        end += line_len(end);
    found->parameter_text = strndup(line, (size_t)(end - line));
    char *rest = found->parameter_text;
    while (rest != NULL && *rest != '\0' && found->parameter_count < CASE_PARAMETERS) {
        const char *at = strsep(&rest, "\n");
        found->parameters[found->parameter_count++] = at[4] == '~' ? NULL : at + 5;
    }
    return end;
}

int cases_next(const char **text, struct client_case *found) {
    const char *line = *text;
    *found = (struct client_case){0};
    while (*line != '\0' && !begins(line, "-- # "))
        line += line_len(line);
    if (*line == '\0')
        return 0;
    found->title = line + 5;
    found->title_len = strcspn(line, "\n") - 5;
    line = read_parameters(line + line_len(line), found);
    found->sql = line;
    while (*line != '\0' && !is_answer(line) && !begins(line, "-- # "))
        line += line_len(line);
    found->sql_len = (size_t)(line - found->sql);
    found->expected = line;
    while (is_answer(line))
        line += line_len(line);
    found->expected_len = (size_t)(line - found->expected);
    *text = line;
    return 1;
}

void cases_release(struct client_case *found) {
    free(found->parameter_text);
}
