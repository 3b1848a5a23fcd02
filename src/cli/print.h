/* How the command line speaks: errors with their place, progress on a terminal, numbers people can
 * read. */
#ifndef WEIR_CLI_PRINT_H
#define WEIR_CLI_PRINT_H

#include "base/error.h"

#include <stdio.h>

/* "FILE:LINE:COLUMN: message", then detail and hint on lines of their own. `file` NULL prints
 * "weir: message". */
void weir_cli_print_error(FILE *out, const char *file, struct weir_error *error);

/* The line of `text` that holds the 1-based character `position`, and a caret under it; nothing for
 * position 0. */
void weir_cli_print_position(FILE *out, const char *text, int position);

/* 1234567 as "1,234,567", in a buffer of at least 32 bytes. Returns the buffer. */
const char *weir_cli_grouped(int64_t number, char *out, size_t size);

/* A line that is rewritten while work goes on; silent when standard error is not a terminal. */
struct weir_cli_progress {
    FILE *out; /* NULL = silent */
    const char *label;
    int64_t shown_at; /* monotonic microseconds */
};
void weir_cli_progress_start(struct weir_cli_progress *progress, FILE *out, const char *label);
void weir_cli_progress_report(void *progress, int64_t rows, double fraction);
void weir_cli_progress_end(struct weir_cli_progress *progress);

#endif
