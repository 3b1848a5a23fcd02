/* SCRAM-SHA-256 as a server: reading the client's two messages, checking the proof in constant
 * time. */
#include "wire/scram.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* A stretch of a message. */
struct span {
    const char *at, *end;
};

static weir_status malformed(struct weir_error *error) {
    return weir_fail_state(error, WEIR_ERROR_INVALID, "08P01", "malformed SCRAM message");
}

static bool is_printable(const char *message, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (message[i] < '!' || message[i] > '~')
            return false;
    return true;
}

/* Takes "<name>=<value>" up to the next comma or the end, and moves past the comma. */
static bool take(struct span *rest, char name, struct span *value) {
    if (rest->end - rest->at < 2 || rest->at[0] != name || rest->at[1] != '=')
        return false;
    const char *comma = memchr(rest->at, ',', (size_t)(rest->end - rest->at));
    value->at = rest->at + 2;
    value->end = comma != NULL ? comma : rest->end;
    rest->at = comma != NULL ? comma + 1 : rest->end;
    return true;
}

static size_t span_len(struct span span) {
    return (size_t)(span.end - span.at);
}

void weir_scram_mock(const uint8_t secret[WEIR_SCRAM_SECRET_BYTES], const char *user,
                     struct weir_scram_verifier *verifier) {
    uint8_t digest[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256(digest, (const unsigned char *)user, strlen(user), secret);
    *verifier = (struct weir_scram_verifier){.iterations = WEIR_SCRAM_ITERATIONS,
                                             .salt_len = WEIR_SCRAM_SALT_BYTES};
    memcpy(verifier->salt, digest, WEIR_SCRAM_SALT_BYTES);
    randombytes_buf(verifier->stored_key, sizeof verifier->stored_key);
    randombytes_buf(verifier->server_key, sizeof verifier->server_key);
}

/* The GS2 header: "n,," or "y,,", an authorisation identity is not spoken. Moves past it and keeps
 * it in base64. */
static weir_status read_header(struct weir_scram *scram, struct span *rest,
                               struct weir_error *error) {
    if (span_len(*rest) < 3)
        return malformed(error);
    if (rest->at[0] == 'p')
        return weir_fail_state(error, WEIR_ERROR_DENIED, "28000",
                               "channel binding is not offered by this server");
    if ((rest->at[0] != 'n' && rest->at[0] != 'y') || rest->at[1] != ',')
        return malformed(error);
    if (rest->at[2] != ',')
        return weir_fail_state(error, WEIR_ERROR_DENIED, "28000",
                               "an authorisation identity is not supported");
    sodium_bin2base64(scram->header, sizeof scram->header, (const unsigned char *)rest->at, 3,
                      sodium_base64_VARIANT_ORIGINAL);
    rest->at += 3;
    return WEIR_OK;
}

weir_status weir_scram_first(struct weir_scram *scram, const char *message, size_t len,
                             const char *server_nonce, struct weir_buffer *reply,
                             struct weir_error *error) {
    struct span rest = {message, message + len}, user, nonce;
    WEIR_TRY(read_header(scram, &rest, error));
    const char *bare = rest.at;
    /* The user's name in it is ignored, as PostgreSQL does: the startup packet has said it. An "m="
     * before it is an extension that must be understood, and so is refused here with all else that
     * is not "n=". */
    if (!take(&rest, 'n', &user) || !take(&rest, 'r', &nonce) || span_len(nonce) == 0 ||
        !is_printable(nonce.at, span_len(nonce)))
        return malformed(error);
    int nonce_len = snprintf(scram->nonce, sizeof scram->nonce, "%.*s%s", (int)span_len(nonce),
                             nonce.at, server_nonce);
    if (nonce_len < 0 || (size_t)nonce_len >= sizeof scram->nonce)
        return malformed(error);
    char salt[2 * WEIR_SCRAM_SALT_LIMIT];
    sodium_bin2base64(salt, sizeof salt, scram->verifier.salt, scram->verifier.salt_len,
                      sodium_base64_VARIANT_ORIGINAL);
    size_t start = reply->len;
    weir_buffer_printf(reply, "r=%s,s=%s,i=%d", scram->nonce, salt, scram->verifier.iterations);
    weir_buffer_append(&scram->transcript, bare, (size_t)(message + len - bare));
    weir_buffer_byte(&scram->transcript, ',');
    if (!reply->failed)
        weir_buffer_append(&scram->transcript, reply->bytes + start, reply->len - start);
    return reply->failed || scram->transcript.failed ? WEIR_FAILED : WEIR_OK;
}

/* Is ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage) the key whose digest is stored? */
static bool check_proof(const struct weir_scram *scram, const uint8_t proof[WEIR_SCRAM_KEY_BYTES]) {
    uint8_t key[WEIR_SCRAM_KEY_BYTES], digest[WEIR_SCRAM_KEY_BYTES];
    crypto_auth_hmacsha256(key, (const unsigned char *)scram->transcript.bytes,
                           scram->transcript.len, scram->verifier.stored_key);
    for (size_t i = 0; i < sizeof key; i++)
        key[i] ^= proof[i];
    crypto_hash_sha256(digest, key, sizeof key);
    bool equal = sodium_memcmp(digest, scram->verifier.stored_key, sizeof digest) == 0;
    sodium_memzero(key, sizeof key);
    return equal & !scram->is_mock;
}

weir_status weir_scram_final(struct weir_scram *scram, const char *message, size_t len,
                             bool *proven, struct weir_buffer *reply, struct weir_error *error) {
    struct span rest = {message, message + len}, header, nonce, text;
    *proven = false;
    if (!take(&rest, 'c', &header) || !take(&rest, 'r', &nonce))
        return malformed(error);
    const char *before_proof = rest.at;
    while (rest.at < rest.end && rest.at[0] != 'p') { /* optional extensions are skipped */
        const char *comma = memchr(rest.at, ',', span_len(rest));
        if (comma == NULL)
            return malformed(error);
        rest.at = before_proof = comma + 1;
    }
    uint8_t proof[WEIR_SCRAM_KEY_BYTES];
    size_t proof_len;
    if (!take(&rest, 'p', &text) || rest.at != rest.end || before_proof == message ||
        sodium_base642bin(proof, sizeof proof, text.at, span_len(text), NULL, &proof_len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        proof_len != sizeof proof)
        return malformed(error);
    if (span_len(header) != strlen(scram->header) ||
        memcmp(header.at, scram->header, span_len(header)) != 0 ||
        span_len(nonce) != strlen(scram->nonce) ||
        memcmp(nonce.at, scram->nonce, span_len(nonce)) != 0)
        return malformed(error);
    weir_buffer_byte(&scram->transcript, ',');
    weir_buffer_append(&scram->transcript, message, (size_t)(before_proof - 1 - message));
    if (scram->transcript.failed)
        return WEIR_FAILED;
    *proven = check_proof(scram, proof);
    uint8_t signature[WEIR_SCRAM_KEY_BYTES];
    char signature_text[64];
    crypto_auth_hmacsha256(signature, (const unsigned char *)scram->transcript.bytes,
                           scram->transcript.len, scram->verifier.server_key);
    sodium_bin2base64(signature_text, sizeof signature_text, signature, sizeof signature,
                      sodium_base64_VARIANT_ORIGINAL);
    weir_buffer_printf(reply, "v=%s", signature_text);
    return reply->failed ? WEIR_FAILED : WEIR_OK;
}

void weir_scram_free(struct weir_scram *scram) {
    weir_buffer_free(&scram->transcript);
    sodium_memzero(scram, sizeof *scram);
}
