/* The signed tree head: a C2SP checkpoint in a C2SP signed note, Ed25519. */
#ifndef WEIR_TRANSLOG_CHECKPOINT_H
#define WEIR_TRANSLOG_CHECKPOINT_H

#include "base/buffer.h"
#include "translog/merkle.h"

enum {
    WEIR_ORIGIN_MAX = 200,
    WEIR_CHECKPOINT_MAX = 64 * 1024,
    WEIR_CHECKPOINT_SIGNATURES_MAX = 64,
    WEIR_CHECKPOINT_KEY_BYTES = 32,
    WEIR_CHECKPOINT_SECRET_BYTES = 64
};

/* Who may sign: the name is also the origin. */
struct weir_checkpoint_verifier {
    char name[WEIR_ORIGIN_MAX + 1];
    uint8_t id[4];
    uint8_t key[WEIR_CHECKPOINT_KEY_BYTES];
};

struct weir_checkpoint {
    char origin[WEIR_ORIGIN_MAX + 1];
    uint64_t size; /* at most 2^63 - 1 */
    struct weir_merkle_hash root;
};

/* Printable ASCII without space and plus, 1..WEIR_ORIGIN_MAX characters: what every reader accepts
 * as a name. */
bool weir_origin_is_valid(const char *origin) WEIR_MUST_CHECK;

/* `name` is a valid origin. */
void weir_checkpoint_verifier_make(const char *name, const uint8_t key[WEIR_CHECKPOINT_KEY_BYTES],
                                   struct weir_checkpoint_verifier *verifier);
/* The text "name+hash+key". */
weir_status weir_checkpoint_verifier_parse(const char *text,
                                           struct weir_checkpoint_verifier *verifier,
                                           struct weir_error *error) WEIR_MUST_CHECK;

/* Appends the signed note to `out`. `secret` is libsodium's 64-byte form. */
weir_status weir_checkpoint_sign(const struct weir_checkpoint *checkpoint,
                                 const uint8_t secret[WEIR_CHECKPOINT_SECRET_BYTES],
                                 struct weir_buffer *out, struct weir_error *error) WEIR_MUST_CHECK;

/* Reads a checkpoint strictly: well-formed note, the verifier's name as origin, and at least one
 * signature of the verifier's key, all of which hold. Signatures of other keys are passed over. */
weir_status weir_checkpoint_open(const void *bytes, size_t len,
                                 const struct weir_checkpoint_verifier *verifier,
                                 struct weir_checkpoint *checkpoint,
                                 struct weir_error *error) WEIR_MUST_CHECK;

/* The same for the file "checkpoint" of a log's folder. */
weir_status weir_checkpoint_read(const char *folder,
                                 const struct weir_checkpoint_verifier *verifier,
                                 struct weir_checkpoint *checkpoint,
                                 struct weir_error *error) WEIR_MUST_CHECK;

#endif
