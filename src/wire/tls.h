/* TLS 1.2 and newer for the server, from a certificate chain and a private key in PEM files. */
#ifndef WEIR_WIRE_TLS_H
#define WEIR_WIRE_TLS_H

#include "base/error.h"

#include <openssl/ssl.h>

/* The caller frees the context with SSL_CTX_free. A key file that everybody may read is refused. */
weir_status weir_tls_open(const char *certificate, const char *key, SSL_CTX **tls,
                          struct weir_error *error) WEIR_MUST_CHECK;

#endif
