/* The steps of a load, for load.c alone. */
#ifndef WEIR_STORE_LOAD_PRIVATE_H
#define WEIR_STORE_LOAD_PRIVATE_H

#include "store/stage.h"
#include "store/store_private.h"

#include <sodium.h>
#include <sys/stat.h>

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
                           int64_t *rows, uint8_t digest[WEIR_DIGEST_BYTES],
                           struct weir_error *error) WEIR_MUST_CHECK;
/* A Parquet file that is open as `file`. */
weir_status weir_load_read_parquet(int file, struct weir_load_rows *rows,
                                   const struct weir_load_progress *progress,
                                   struct weir_stage *stage,
                                   struct weir_error *error) WEIR_MUST_CHECK;

/* Keys are unique, VALUES FROM are among the public table's keys, and no loaded table loses keys it
 * relies on. */
weir_status weir_load_check(struct weir_store *store, const struct weir_policy_table *table,
                            struct weir_stage *stage, struct weir_error *error) WEIR_MUST_CHECK;

/* Writes the staged rows as `path`, durable: main.rows, sorted by key, with weir_unit in a
 * protected table. */
weir_status weir_load_write(struct weir_store *store, const struct weir_policy_table *table,
                            struct weir_stage *stage, const char *path,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* Keyed digest of a version's file as written, bound to its number and to the file it came from. */
weir_status weir_store_content_digest(const struct weir_store *store, const char *path,
                                      int64_t version, const uint8_t source[WEIR_DIGEST_BYTES],
                                      uint8_t content[WEIR_DIGEST_BYTES],
                                      struct weir_error *error) WEIR_MUST_CHECK;

#endif
