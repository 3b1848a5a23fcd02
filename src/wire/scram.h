/* The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677): messages in, messages out, no I/O.
 *
 * An unknown user gets a mock verifier, derived from the server's secret and the name: the same
 * salt every time, and a proof that never matches, so that what is said does not show whether the
 * user exists. Channel binding is not offered: a client that insists on it is refused, one that
 * would have liked it goes on. */
#ifndef WEIR_WIRE_SCRAM_H
#define WEIR_WIRE_SCRAM_H

#include "base/buffer.h"
#include "base/scram_verifier.h"

enum { WEIR_SCRAM_NONCE_BYTES = 18, WEIR_SCRAM_SECRET_BYTES = 32 };

#define WEIR_SCRAM_METHOD "SCRAM-SHA-256"

/* One exchange. Zero-initialised; the caller clears it with weir_scram_free. */
struct weir_scram {
    struct weir_scram_verifier verifier;
    bool is_mock;
    char nonce[256];               /* client's, then ours */
    char header[64];               /* GS2 header, in base64 as the last message must repeat it */
    struct weir_buffer transcript; /* the AuthMessage so far */
};

/* The verifier that stands in for an unknown user. */
void weir_scram_mock(const uint8_t secret[WEIR_SCRAM_SECRET_BYTES], const char *user,
                     struct weir_scram_verifier *verifier);

/* The client's first message: the server's first is appended to `reply`. `server_nonce` is
 * printable, without commas. Fails with class INVALID (08P01) for what is not such a message,
 * DENIED for what is but is not spoken here. */
weir_status weir_scram_first(struct weir_scram *scram, const char *message, size_t len,
                             const char *server_nonce, struct weir_buffer *reply,
                             struct weir_error *error) WEIR_MUST_CHECK;

/* The client's final message: *proven tells whether it knows the password; then the server's final
 * message is appended. Fails only for what is not such a message. */
weir_status weir_scram_final(struct weir_scram *scram, const char *message, size_t len,
                             bool *proven, struct weir_buffer *reply,
                             struct weir_error *error) WEIR_MUST_CHECK;

void weir_scram_free(struct weir_scram *scram);

#endif
