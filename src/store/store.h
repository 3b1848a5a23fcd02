/* The embedded data home: one folder that `weir init` makes and everything else opens.
 *
 *   state.db     SQLite, synchronous=FULL: policy versions, users, data versions, ledger,
 *                stored answers, commitments
 *   data/        one DuckDB file a table version, <schema>.<table>.<version>.duckdb: main.rows, and
 *                main.orphans, rows that lead to no unit and are in no answer;
 *                <dataset>.<version>.units.duckdb: main.units, the number of every unit
 *   log/         the public log
 *   keys/        log seed, pseudonym and commitment keys (mode 0600)
 *   spill/       room for the engine
 */
#ifndef WEIR_STORE_STORE_H
#define WEIR_STORE_STORE_H

#include "base/arena.h"
#include "base/env.h"
#include "base/error.h"
#include "policy/policy.h"

#include <sqlite3.h>

struct weir_store;

enum { WEIR_KEY_BYTES = 32, WEIR_DIGEST_BYTES = 32 };

/* Private keys of a store, drawn at creation. */
struct weir_store_keys {
    uint8_t log_seed[WEIR_KEY_BYTES];
    uint8_t pseudonym[WEIR_KEY_BYTES]; /* HMAC key: analyst -> pseudonym */
    uint8_t digest[WEIR_KEY_BYTES];    /* HMAC key: digests of files and answers */
};

/* Makes the folder (which must not exist, or be empty), its keys, state.db with the policy's
 * canonical text as the version in force, and an empty log named after the policy. The policy has
 * passed weir_policy_check. On failure what was made is removed. Log entries POLICY and START are
 * the engine's to write. */
weir_status weir_store_create(const char *folder, const struct weir_env *env,
                              const struct weir_policy *policy,
                              struct weir_error *error) WEIR_MUST_CHECK;

weir_status weir_store_open(const char *folder, const struct weir_env *env,
                            struct weir_store **store, struct weir_error *error) WEIR_MUST_CHECK;
void weir_store_close(struct weir_store *store);

const struct weir_policy *weir_store_policy(const struct weir_store *store);
const uint8_t *weir_store_policy_hash(const struct weir_store *store);
const char *weir_store_policy_text(const struct weir_store *store);
const struct weir_store_keys *weir_store_keys(const struct weir_store *store);
const struct weir_env *weir_store_env(const struct weir_store *store);
const char *weir_store_folder(const struct weir_store *store);
const char *weir_store_spill_folder(const struct weir_store *store);
const char *weir_store_log_folder(const struct weir_store *store);
const char *
weir_store_log_origin(const struct weir_store *store); /* "weir/<policy name as a slug>" */
const char *
weir_store_state_path(const struct weir_store *store); /* for the ledger's own connection */

/* Users. The SCRAM verifier is PostgreSQL's text form
 * "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>", or made from a password here (4096
 * iterations or more). Adding an existing user replaces password and role. */
struct weir_user {
    char name[64], role[64];
    char verifier[256];
};
weir_status weir_store_add_user(struct weir_store *store, const char *name, const char *role,
                                const char *password, struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_store_find_user(struct weir_store *store, const char *name, bool *found,
                                 struct weir_user *user, struct weir_error *error) WEIR_MUST_CHECK;

/* Data versions. A version counter for the whole store goes up by one for each table that a load
 * writes.
 *
 * Every row of a protected table carries weir_unit, a BIGINT that means the same unit in all tables
 * of the dataset and in all their versions: units are numbered from 0 as their UNIT KEY is first
 * loaded, and never renumbered. Rows are sorted by it. */
struct weir_table_version {
    const char *schema, *name, *path;
    int64_t version;
    int64_t rows;    /* exact: never to leave this process */
    int64_t orphans; /* of them, likewise: those that lead to no unit */
    uint8_t
        digest[WEIR_DIGEST_BYTES]; /* HMAC-SHA-256 under keys->digest of the file that was loaded */
};
/* The newest version of every table loaded, sorted by schema and name, in the arena, as one
 * consistent snapshot. */
weir_status weir_store_versions(struct weir_store *store, struct weir_arena *arena,
                                const struct weir_table_version **versions, size_t *count,
                                int64_t *store_version, struct weir_error *error) WEIR_MUST_CHECK;

/* The two halves of a load: prepare reads, validates and writes the new versions' files, durable
 * but not in force; then the engine logs them; then commit puts them in force, in one transaction.
 * A crash between leaves the old versions; weir_store_open removes what was left over. Besides the
 * table that was asked for, a load writes every loaded table whose path to the unit leads through
 * it, as their rows may lead to other units now. On a bad row: class
 * INVALID with error->line (the line of the file for CSV, the row for Parquet) and the column's
 * name in the message, never the value. */
struct weir_load_progress {
    void *state;
    void (*report)(void *state, int64_t rows, double fraction); /* may be NULL */
};
struct weir_load_request {
    const char *schema, *table, *path;
    bool append; /* the file's rows come to those in force, instead of in their place */
    const struct weir_load_progress *progress; /* may be NULL */
};
struct weir_load;
weir_status weir_load_prepare(struct weir_store *store, const struct weir_load_request *request,
                              struct weir_load **load, struct weir_error *error) WEIR_MUST_CHECK;
/* What was written: the table itself first. */
const struct weir_table_version *weir_load_versions(const struct weir_load *load, size_t *count);
/* One place in the log for each of them. */
weir_status weir_load_commit(struct weir_load *load, const uint64_t *log_indexes,
                             struct weir_error *error) WEIR_MUST_CHECK;
/* Gives up what was not committed, and frees. NULL is allowed. */
void weir_load_close(struct weir_load *load);

/* Stored noisy answers, by key (SHA-256 over all that decides an answer). *is_logged: its ANSWER
 * entry is known to be in the log (see weir_store_mark_answer); a crash can come between. */
weir_status weir_store_find_answer(struct weir_store *store, struct weir_arena *arena,
                                   const uint8_t key[WEIR_DIGEST_BYTES], bool *found,
                                   uint8_t id[16], const void **bytes, size_t *len, bool *is_logged,
                                   struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_store_keep_answer(struct weir_store *store, const uint8_t key[WEIR_DIGEST_BYTES],
                                   const uint8_t id[16], const void *bytes, size_t len,
                                   struct weir_error *error) WEIR_MUST_CHECK;
/* Its ANSWER entry is durable. */
weir_status weir_store_mark_answer(struct weir_store *store, const uint8_t id[16],
                                   struct weir_error *error) WEIR_MUST_CHECK;
/* For weir verify: the stored answer of a question by its id. */
weir_status weir_store_answer_by_id(struct weir_store *store, struct weir_arena *arena,
                                    const uint8_t id[16], bool *found, const void **bytes,
                                    size_t *len, struct weir_error *error) WEIR_MUST_CHECK;

/* The private side of a commitment: full text and its per-entry key, kept until expiry. */
weir_status weir_store_keep_commitment(struct weir_store *store, const uint8_t id[16],
                                       const uint8_t key[WEIR_KEY_BYTES], const char *text,
                                       struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_store_find_commitment(struct weir_store *store, struct weir_arena *arena,
                                       const uint8_t id[16], bool *found,
                                       uint8_t key[WEIR_KEY_BYTES], const char **text,
                                       struct weir_error *error) WEIR_MUST_CHECK;

/* For weir verify: every version ever loaded, in their order, and the question of every stored
 * answer. In the arena. */
struct weir_logged_version {
    const char *table, *path; /* table: "schema.name" */
    int64_t version;
    uint64_t log_index; /* of its LOAD entry */
    uint8_t digest[WEIR_DIGEST_BYTES];
    uint8_t content[WEIR_DIGEST_BYTES]; /* keyed digest of the file at `path` */
    bool is_newest;                     /* of its table: its file is there */
};
weir_status weir_store_logged_versions(struct weir_store *store, struct weir_arena *arena,
                                       const struct weir_logged_version **versions, size_t *count,
                                       struct weir_error *error) WEIR_MUST_CHECK;
/* Reads the version's file again. Class INVALID when it is missing. */
weir_status weir_store_check_content(const struct weir_store *store,
                                     const struct weir_logged_version *version, bool *same,
                                     struct weir_error *error) WEIR_MUST_CHECK;
/* For weir verify: the newest file of every dataset's units. */
struct weir_units_version {
    const char *dataset, *path;
    int64_t version;
    uint8_t content[WEIR_DIGEST_BYTES]; /* keyed digest of the file at `path` */
};
weir_status weir_store_units(struct weir_store *store, struct weir_arena *arena,
                             const struct weir_units_version **units, size_t *count,
                             struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_store_check_units(const struct weir_store *store,
                                   const struct weir_units_version *units, bool *same,
                                   struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_store_answer_ids(struct weir_store *store, struct weir_arena *arena,
                                  const uint8_t (**ids)[16], size_t *count,
                                  struct weir_error *error) WEIR_MUST_CHECK;

#endif
