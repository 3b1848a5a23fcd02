/* The files of recorded queries. A case is a line "-- # what the client does", lines "-- $ value"
 * for its parameters ("-- $~" for null), the SQL, and the answer as fixture_ask prints it. */
#ifndef WEIR_CLIENTS_CASES_H
#define WEIR_CLIENTS_CASES_H

#include <stddef.h>

enum { CASE_PARAMETERS = 32 };

struct client_case {
    const char *title, *sql, *expected; /* each up to its length */
    size_t title_len, sql_len, expected_len;
    size_t parameter_count;
    const char *parameters[CASE_PARAMETERS];
    char *parameter_text; /* what those point into; freed by cases_release */
};

/* Reads the case that begins at *text and moves *text behind it. False at the end. */
int cases_next(const char **text, struct client_case *found);
void cases_release(struct client_case *found);

#endif
