/* Errors, progress and numbers as a person at a terminal reads them. */
#include "cli/print.h"

#include "base/env.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static void print_lines(FILE *out, const char *title, const char *text) {
    if (text[0] != '\0')
        fprintf(out, "  %s: %s\n", title, text);
}

/* Where a message names its own line and column in words, the place in front of it says so already.
 */
static const char *without_place(const struct weir_error *error) {
    char place[64];
    int len = snprintf(place, sizeof place, "line %d, column %d: ", error->line, error->column);
    return strncmp(error->message, place, (size_t)len) == 0 ? error->message + len : error->message;
}

void weir_cli_print_error(FILE *out, const char *file, struct weir_error *error) {
    weir_error_settle(error);
    if (!file)
        fprintf(out, "weir: %s\n", error->message);
    else if (error->line == 0)
        fprintf(out, "%s: %s\n", file, error->message);
    else if (error->column == 0)
        fprintf(out, "%s:%d: %s\n", file, error->line, error->message);
    else
        fprintf(out, "%s:%d:%d: %s\n", file, error->line, error->column, without_place(error));
    print_lines(out, "detail", error->detail);
    print_lines(out, "hint", error->hint);
}

static bool is_continuation(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

void weir_cli_print_position(FILE *out, const char *text, int position) {
    if (position <= 0)
        return;
    const char *line = text, *place = text;
    for (int character = 1; *place != '\0' && character < position; character++) {
        if (*place == '\n')
            line = place + 1;
        do {
            place++;
        } while (is_continuation(*place));
    }
    fprintf(out, "  %.*s\n  ", (int)strcspn(line, "\n"), line);
    for (const char *byte = line; byte < place; byte++)
        if (!is_continuation(*byte))
            fputc(*byte == '\t' ? '\t' : ' ', out);
    fprintf(out, "^\n");
}

const char *weir_cli_grouped(int64_t number, char *out, size_t size) {
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64,
                       number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    weir_check(size >= 32 && len > 0);
    size_t used = 0;
    if (number < 0)
        out[used++] = '-';
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

void weir_cli_progress_start(struct weir_cli_progress *progress, FILE *out, const char *label) {
    *progress = (struct weir_cli_progress){.out = isatty(fileno(out)) ? out : NULL, .label = label};
}

void weir_cli_progress_report(void *state, int64_t rows, double fraction) {
    struct weir_cli_progress *progress = state;
    int64_t now = weir_env_monotonic_microseconds();
    if (!progress->out || now - progress->shown_at < 100000)
        return;
    char grouped[32];
    progress->shown_at = now;
    fprintf(progress->out, "\r%s: %3.0f%%, %s rows ", progress->label, fraction * 100,
            weir_cli_grouped(rows, grouped, sizeof grouped));
    fflush(progress->out);
}

void weir_cli_progress_end(struct weir_cli_progress *progress) {
    if (progress->out && progress->shown_at != 0)
        fprintf(progress->out, "\r\033[K"); /* wipes the line: what follows takes its place */
}
