/* SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677): what a server keeps instead of a password.
 * The text form is PostgreSQL's: "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>", in
 * base64. */
#ifndef WEIR_BASE_SCRAM_VERIFIER_H
#define WEIR_BASE_SCRAM_VERIFIER_H

#include "base/error.h"

enum {
    WEIR_SCRAM_KEY_BYTES = 32,
    WEIR_SCRAM_SALT_BYTES = 16, /* of the verifiers made here; others may have up to the limit */
    WEIR_SCRAM_SALT_LIMIT = 64,
    WEIR_SCRAM_ITERATIONS = 16384, /* of the verifiers made here by default */
    WEIR_SCRAM_ITERATIONS_LEAST = 4096,
    WEIR_SCRAM_ITERATIONS_MOST = 10000000,
    WEIR_SCRAM_PASSWORD_LIMIT = 1024,
    WEIR_SCRAM_VERIFIER_SIZE = 256
};

struct weir_scram_verifier {
    int iterations;
    size_t salt_len;
    uint8_t salt[WEIR_SCRAM_SALT_LIMIT];
    uint8_t stored_key[WEIR_SCRAM_KEY_BYTES];
    uint8_t server_key[WEIR_SCRAM_KEY_BYTES];
};

/* The verifier of a password in its text form. The password is 1 to 1024 printable ASCII
 * characters: for others clients disagree on normalisation (SASLprep), so they are refused (class
 * INVALID). The salt is fresh randomness. */
weir_status weir_scram_make_verifier(const char *password,
                                     const uint8_t salt[WEIR_SCRAM_SALT_BYTES], int iterations,
                                     char out[WEIR_SCRAM_VERIFIER_SIZE],
                                     struct weir_error *error) WEIR_MUST_CHECK;

/* Reads the text form. False when it is not one, or its iterations are out of bounds. */
bool weir_scram_read_verifier(const char *text,
                              struct weir_scram_verifier *verifier) WEIR_MUST_CHECK;

#endif
