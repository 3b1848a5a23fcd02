/* A store in a folder of its own, and files to load into it. */
#ifndef WEIR_TESTS_STORE_FIXTURE_H
#define WEIR_TESTS_STORE_FIXTURE_H

#include "store/store.h"

struct fixture {
    char folder[64]; /* of everything */
    char path[96];   /* of the store */
    char file[96];   /* the latest file written */
    struct weir_store *store;
    struct weir_arena *arena;
    struct weir_error error;
};

/* A policy with tables health.patient (all types), public.district and public.ward. */
extern const char *const fixture_policy;

/* Each fails the test when it cannot. */
void fixture_open(struct fixture *fixture, const char *policy);
void fixture_reopen(struct fixture *fixture);
void fixture_close(struct fixture *fixture);

void fixture_write(struct fixture *fixture, const char *bytes, size_t len);
/* Writes the text, loads it as the table, and commits. */
weir_status fixture_load(struct fixture *fixture, const char *schema, const char *table,
                         const char *text);
weir_status fixture_load_file(struct fixture *fixture, const char *schema, const char *table,
                              const char *path);
/* The same, added to what is in force. */
weir_status fixture_append(struct fixture *fixture, const char *schema, const char *table,
                           const char *text);
weir_status fixture_request(struct fixture *fixture, const struct weir_load_request *request);
/* The halves of a load of the latest file. */
weir_status fixture_prepare(struct fixture *fixture, const char *schema, const char *table,
                            struct weir_load **load);
weir_status fixture_commit(struct fixture *fixture, struct weir_load *load);
/* The newest version of a table, or NULL. */
const struct weir_table_version *fixture_version(struct fixture *fixture, const char *schema,
                                                 const char *table);
/* Asks of the newest versions. The answer's cells in one line: "a|b;c|d", NULL as "~". */
void fixture_expect(struct fixture *fixture, const char *sql, const char *expected);
size_t fixture_count_files(const struct fixture *fixture, const char *folder);

#endif
