/* The public tamper-evident log: an append-only Merkle tree (RFC 6962 hashing) kept as C2SP
 * tlog-tiles with a C2SP checkpoint signed by Ed25519, in one folder that any static web server can
 * publish:
 *
 *   checkpoint               the signed tree head
 *   tile/<L>/<N>[.p/<W>]     hashes        tile/entries/<N>[.p/<W>]   entry bundles (uint16 length,
 * bytes) journal                  entries made durable but not yet integrated (private, not
 * published)
 *
 * An entry is durable in the journal when weir_log_append returns; it is integrated into tiles and
 * checkpoint within a second, at close, or at the next open after a crash. A torn tail of the
 * journal (never acknowledged) is dropped at open; anything else that does not fit is an error:
 * fail closed, never repaired by guessing. Appends from many threads share one fsync (group
 * commit). Several processes may append to one folder: each batch happens under flock, and the
 * state is read anew when another process moved it. */
#ifndef WEIR_TRANSLOG_LOG_H
#define WEIR_TRANSLOG_LOG_H

#include "base/env.h"
#include "base/error.h"

enum { WEIR_LOG_ENTRY_MAX = 65535, WEIR_LOG_HASH_BYTES = 32, WEIR_LOG_KEY_BYTES = 32 };

struct weir_log;

/* Creates the folder with an empty log: a checkpoint of size 0. `origin` is the log's name in its
 * checkpoints, for instance "weir.example/city": 1 to 200 printable ASCII characters, no space, no
 * plus. `seed` is the 32-byte Ed25519 seed. A folder that holds a log, or the rest of one, is
 * refused. */
weir_status weir_log_create(const char *folder, const struct weir_env *env, const char *origin,
                            const uint8_t seed[WEIR_LOG_KEY_BYTES],
                            struct weir_error *error) WEIR_MUST_CHECK;

/* Recovers what a crash left, integrates it, and starts the thread that integrates later. `env` is
 * copied; its functions are called from several threads. */
weir_status weir_log_open(const char *folder, const struct weir_env *env, const char *origin,
                          const uint8_t seed[WEIR_LOG_KEY_BYTES], struct weir_log **log,
                          struct weir_error *error) WEIR_MUST_CHECK;
/* Integrates what is pending. NULL is allowed. */
void weir_log_close(struct weir_log *log);

/* Durable on return; *index is the entry's place in the log. Thread-safe. After any failure to
 * write or sync the log refuses every later append until it is opened again. */
weir_status weir_log_append(struct weir_log *log, const void *entry, size_t len, uint64_t *index,
                            struct weir_error *error) WEIR_MUST_CHECK;

/* Integrates all that is durable and publishes a checkpoint now. */
weir_status weir_log_integrate(struct weir_log *log, struct weir_error *error) WEIR_MUST_CHECK;

/* Entries appended (durable), and entries under the published checkpoint. */
uint64_t weir_log_size(struct weir_log *log);
uint64_t weir_log_published_size(struct weir_log *log);

/* The verifier key text of the C2SP signed-note format: "origin+hash+key". Buffer of at least
 * strlen(origin) + 64 bytes. */
void weir_log_verifier_key(const char *origin, const uint8_t public_key[WEIR_LOG_KEY_BYTES],
                           char *out, size_t size);

/* Reads a whole log offline, trusting only the verifier key: signature, every tile against the
 * entries, root hash, sizes, and that nothing else lies there. Calls `entry` (may be NULL) for each
 * entry in order; its failure stops the reading. Entries of the journal that are not yet integrated
 * are checked for form and passed too, with `integrated` false. A folder without lock files is a
 * published copy: checkpoint and tiles alone. Where the log is in use, appending goes on meanwhile
 * but integration waits, so `entry` must not integrate or close a log of this folder. */
struct weir_log_reader {
    void *state;
    weir_status (*entry)(void *state, uint64_t index, bool integrated, const void *bytes,
                         size_t len, struct weir_error *error);
};
struct weir_log_facts {
    uint64_t size, pending;
    uint8_t root[WEIR_LOG_HASH_BYTES];
};
weir_status weir_log_verify(const char *folder, const char *verifier_key,
                            const struct weir_log_reader *reader, struct weir_log_facts *facts,
                            struct weir_error *error) WEIR_MUST_CHECK;

#endif
