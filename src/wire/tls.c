/* The server's TLS context. */
#include "wire/tls.h"

#include <openssl/err.h>
#include <sys/stat.h>

#include "base/banned.h"

static weir_status check_key_file(const char *key, struct weir_error *error) {
    struct stat status;
    if (stat(key, &status) != 0)
        return weir_fail_errno(error, "the TLS key file cannot be read");
    if ((status.st_mode & S_IRWXO) != 0) {
        weir_fail(error, WEIR_ERROR_INVALID,
                  "the TLS key file is open to every user of this machine");
        return weir_error_hint(error, "Take the permission away: chmod o-rwx on the key file.");
    }
    return WEIR_OK;
}

static weir_status refuse(SSL_CTX *tls, struct weir_error *error, const char *what) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    weir_fail(error, WEIR_ERROR_INVALID, "%s: %s", what, reason != NULL ? reason : "unknown cause");
    ERR_clear_error();
    SSL_CTX_free(tls);
    return WEIR_FAILED;
}

weir_status weir_tls_open(const char *certificate, const char *key, SSL_CTX **tls,
                          struct weir_error *error) {
    WEIR_TRY(check_key_file(key, error));
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL)
        return weir_fail(error, WEIR_ERROR_SYSTEM, "OpenSSL cannot be set up for TLS");
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
        return refuse(context, error, "TLS 1.2 is not available");
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    /* Idle sessions give their record buffers back; a retried write may come from a buffer that has
     * moved. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
        return refuse(context, error, "the TLS certificate file cannot be used");
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return refuse(context, error, "the TLS key file cannot be used");
    if (SSL_CTX_check_private_key(context) != 1)
        return refuse(context, error, "the TLS key does not belong to the certificate");
    *tls = context;
    return WEIR_OK;
}
