/* Making and reading SCRAM-SHA-256 verifiers. */
#include "base/scram_verifier.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const char method[] = "SCRAM-SHA-256$";

static bool is_printable(const char *password, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (password[i] < ' ' || password[i] > '~')
            return false;
    return true;
}

/* A key of the salted password: HMAC(SaltedPassword, label). */
static void derive(const uint8_t *salted, const char *label, uint8_t key[WEIR_SCRAM_KEY_BYTES]) {
    crypto_auth_hmacsha256(key, (const unsigned char *)label, strlen(label), salted);
}

weir_status weir_scram_make_verifier(const char *password,
                                     const uint8_t salt[WEIR_SCRAM_SALT_BYTES], int iterations,
                                     char out[WEIR_SCRAM_VERIFIER_SIZE], struct weir_error *error) {
    size_t len = strlen(password);
    if (len == 0 || len > WEIR_SCRAM_PASSWORD_LIMIT || !is_printable(password, len))
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "a password must have 1 to %d printable ASCII characters",
                         WEIR_SCRAM_PASSWORD_LIMIT);
    if (iterations < WEIR_SCRAM_ITERATIONS_LEAST || iterations > WEIR_SCRAM_ITERATIONS_MOST)
        return weir_fail(error, WEIR_ERROR_INVALID, "SCRAM iterations must be %d to %d",
                         WEIR_SCRAM_ITERATIONS_LEAST, WEIR_SCRAM_ITERATIONS_MOST);
    uint8_t salted[WEIR_SCRAM_KEY_BYTES], client_key[WEIR_SCRAM_KEY_BYTES];
    uint8_t stored_key[WEIR_SCRAM_KEY_BYTES], server_key[WEIR_SCRAM_KEY_BYTES];
    if (PKCS5_PBKDF2_HMAC(password, (int)len, salt, WEIR_SCRAM_SALT_BYTES, iterations, EVP_sha256(),
                          sizeof salted, salted) != 1)
        return weir_fail(error, WEIR_ERROR_SYSTEM, "OpenSSL cannot derive a key");
    derive(salted, "Client Key", client_key);
    crypto_hash_sha256(stored_key, client_key, sizeof client_key);
    derive(salted, "Server Key", server_key);
    char salt_text[64], stored_text[64], server_text[64];
    sodium_bin2base64(salt_text, sizeof salt_text, salt, WEIR_SCRAM_SALT_BYTES,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(stored_text, sizeof stored_text, stored_key, sizeof stored_key,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(server_text, sizeof server_text, server_key, sizeof server_key,
                      sodium_base64_VARIANT_ORIGINAL);
    snprintf(out, WEIR_SCRAM_VERIFIER_SIZE, "%s%d:%s$%s:%s", method, iterations, salt_text,
             stored_text, server_text);
    sodium_memzero(salted, sizeof salted);
    sodium_memzero(client_key, sizeof client_key);
    sodium_memzero(server_key, sizeof server_key);
    return WEIR_OK;
}

/* Reads base64 up to the separator (or the end, for '\0') and moves past it. */
static bool read_base64(const char **text, char separator, uint8_t *bytes, size_t size,
                        size_t *len) {
    const char *end = strchr(*text, separator);
    if (end == NULL)
        return false;
    size_t text_len = (size_t)(end - *text);
    if (sodium_base642bin(bytes, size, *text, text_len, NULL, len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    *text = end + 1;
    return true;
}

bool weir_scram_read_verifier(const char *text, struct weir_scram_verifier *verifier) {
    if (strncmp(text, method, strlen(method)) != 0)
        return false;
    text += strlen(method);
    if (*text < '1' || *text > '9')
        return false;
    char *end;
    long iterations = strtol(text, &end, 10);
    if (*end != ':' || iterations < WEIR_SCRAM_ITERATIONS_LEAST ||
        iterations > WEIR_SCRAM_ITERATIONS_MOST)
        return false;
    verifier->iterations = (int)iterations;
    text = end + 1;
    size_t stored_len, server_len;
    return read_base64(&text, '$', verifier->salt, sizeof verifier->salt, &verifier->salt_len) &&
           verifier->salt_len > 0 &&
           read_base64(&text, ':', verifier->stored_key, sizeof verifier->stored_key,
                       &stored_len) &&
           read_base64(&text, '\0', verifier->server_key, sizeof verifier->server_key,
                       &server_len) &&
           stored_len == WEIR_SCRAM_KEY_BYTES && server_len == WEIR_SCRAM_KEY_BYTES;
}
