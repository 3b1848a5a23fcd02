/* The steps of a load, for load*.c alone. */
#ifndef WEIR_STORE_LOAD_PRIVATE_H
#define WEIR_STORE_LOAD_PRIVATE_H

#include "store/stage.h"
#include "store/store_private.h"

#include <sodium.h>
#include <sys/stat.h>

/* A file that a load makes in data/. */
struct weir_load_file {
    const char *name, *path;
    uint8_t content[WEIR_DIGEST_BYTES]; /* keyed digest, once written */
    bool is_written;
};

/* A load under way. It writes a new version of its table and of every loaded table whose path to
 * the unit leads through it, and the dataset's units when there are new ones. */
struct weir_load {
    struct weir_store *store;
    struct weir_arena *arena;
    const struct weir_policy_table *table;
    bool append, is_settled;                 /* settled: the files' fate is the state's to tell */
    int lock;                                /* held from start to end */
    const struct weir_table_version *before; /* in force when the load began */
    size_t before_count;
    size_t count; /* of the tables written: the load's own first, a parent before its children */
    const struct weir_policy_table **tables;
    struct weir_table_version *versions;
    struct weir_load_file *files;
    struct weir_load_file units; /* name NULL: no new ones */
};

/* --- load_plan.c: which tables are written, and as what --- */

weir_status weir_load_plan(struct weir_load *load, const char *schema, const char *name,
                           struct weir_error *error) WEIR_MUST_CHECK;
/* Draws the versions' numbers and names the files. */
weir_status weir_load_number(struct weir_load *load, struct weir_error *error) WEIR_MUST_CHECK;
/* A file of the dataset's units, of this load. */
weir_status weir_load_name_units(struct weir_load *load, struct weir_error *error) WEIR_MUST_CHECK;
/* In force when the load began; NULL when the table was never loaded. */
const struct weir_table_version *weir_load_before(const struct weir_load *load,
                                                  const struct weir_policy_table *table);
/* The column by which a table's rows lead to their unit, UNIT KEY or UNIT VIA; its place among the
 * table's columns. */
size_t weir_load_unit_column(const struct weir_policy_table *table);

/* --- load_read.c --- */

/* The file that is loaded: Parquet by its first bytes, else CSV. Zero-initialise, open, read once,
 * close. */
struct weir_load_source {
    int file; /* 0 = not open */
    bool is_parquet;
    const char *path;
    struct stat facts; /* at the start */
    char *bytes;       /* room to read into */
    crypto_auth_hmacsha256_state hmac;
};
weir_status weir_load_open_source(struct weir_load_source *source, const char *path,
                                  struct weir_error *error) WEIR_MUST_CHECK;
void weir_load_close_source(struct weir_load_source *source);

/* Reads all rows into the stage, every cell checked, and takes the digest of the bytes read. */
weir_status weir_load_read(struct weir_load_source *source, const struct weir_store_keys *keys,
                           const struct weir_policy_table *table,
                           const struct weir_load_progress *progress, struct weir_stage *stage,
                           uint8_t digest[WEIR_DIGEST_BYTES],
                           struct weir_error *error) WEIR_MUST_CHECK;
/* A Parquet file that is open as `file`. */
weir_status weir_load_read_parquet(int file, struct weir_load_rows *rows,
                                   const struct weir_load_progress *progress,
                                   struct weir_stage *stage,
                                   struct weir_error *error) WEIR_MUST_CHECK;

/* --- load_stored.c: rows of versions in force, in a stage's engine --- */

weir_status weir_load_attach(struct weir_stage *stage, const char *path, const char *as,
                             struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_load_detach(struct weir_stage *stage, const char *as,
                             struct weir_error *error) WEIR_MUST_CHECK;
/* All stored rows of an attached version, those that lead to nobody too, as the stage would hold
 * them, on line 0. */
void weir_load_print_stored(struct weir_buffer *sql, const struct weir_policy_table *table,
                            const char *as);
/* An append's table: its stored rows join those of the file. */
weir_status weir_load_add_stored(struct weir_load *load, struct weir_stage *stage,
                                 struct weir_error *error) WEIR_MUST_CHECK;

/* --- load_check.c --- */

/* Keys are unique, VALUES FROM are among the public table's keys, and no loaded table loses keys it
 * relies on. */
weir_status weir_load_check(struct weir_load *load, struct weir_stage *stage,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* --- load_units.c, load_write.c: the files --- */

/* Finds the file of the dataset's units that holds all of the staged rows': the one in force, or a
 * new one with the units that were never seen before. NULL when the table has no UNIT KEY. */
weir_status weir_load_units(struct weir_load *load, struct weir_stage *stage, const char **path,
                            struct weir_error *error) WEIR_MUST_CHECK;
/* Writes the staged rows, and anew those of the tables behind. */
weir_status weir_load_write(struct weir_load *load, struct weir_stage *stage,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* Attaches a new file of the load as "made"; then closes it, whole, durable and in its place. */
weir_status weir_load_begin_file(struct weir_load *load, struct weir_load_file *file,
                                 struct weir_stage *stage,
                                 struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_load_end_file(struct weir_load *load, struct weir_load_file *file,
                               struct weir_stage *stage, struct weir_error *error) WEIR_MUST_CHECK;

/* Keyed digest of a version's file as written, bound to its number and to the file it came from. */
weir_status weir_store_content_digest(const struct weir_store *store, const char *path,
                                      int64_t version, const uint8_t source[WEIR_DIGEST_BYTES],
                                      uint8_t content[WEIR_DIGEST_BYTES],
                                      struct weir_error *error) WEIR_MUST_CHECK;
/* The same of a dataset's units, which come from no one file. */
weir_status weir_store_units_digest(const struct weir_store *store, const char *path,
                                    int64_t version, uint8_t content[WEIR_DIGEST_BYTES],
                                    struct weir_error *error) WEIR_MUST_CHECK;

/* --- load_commit.c --- */

/* All versions and units in force, in one transaction. */
weir_status weir_load_keep(struct weir_load *load, const uint64_t *log_indexes,
                           struct weir_error *error) WEIR_MUST_CHECK;

#endif
