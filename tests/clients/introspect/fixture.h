/* The shadow of one purpose of clients.weir, asked in SQL, with its answers as text. */
#ifndef WEIR_CLIENTS_FIXTURE_H
#define WEIR_CLIENTS_FIXTURE_H

#include "base/buffer.h"
#include "wire/introspect.h"

struct fixture {
    struct weir_arena *arena;
    const struct weir_catalog *catalog;
    struct weir_introspect *introspect;
};

/* What the analyst ada may see of the purpose income_statistics. Exits when it cannot be made. */
void fixture_open(struct fixture *fixture, const char *policy_file);
void fixture_close(struct fixture *fixture);

/* Appends the answer as lines: "-- > name type|..." for the columns, "-- > cell|..." a row, with
 * "~" for null, at most 12 rows and the count of the rest; or "-- ! SQLSTATE message". Parameters
 * are bound in the order given. */
void fixture_ask(struct fixture *fixture, const char *sql, size_t len,
                 const char *const *parameters, size_t parameter_count, struct weir_buffer *answer);

/* The whole of a file, ended by a zero; the caller frees it. Exits when it cannot be read. */
char *fixture_read_file(const char *path);

#endif
