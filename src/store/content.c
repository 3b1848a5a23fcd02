/* Whether a version's file still holds what the load wrote. */
#include "store/load_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

enum { PIECE_BYTES = 1 << 20 };

static weir_status add_file(crypto_auth_hmacsha256_state *hmac, int file, unsigned char *piece,
                            struct weir_error *error) {
    for (;;) {
        ssize_t len = read(file, piece, PIECE_BYTES);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return weir_fail_errno(error, "cannot read a version's file");
        if (len == 0)
            return WEIR_OK;
        crypto_auth_hmacsha256_update(hmac, piece, (unsigned long long)len);
    }
}

weir_status weir_store_content_digest(const struct weir_store *store, const char *path,
                                      int64_t version, const uint8_t source[WEIR_DIGEST_BYTES],
                                      uint8_t content[WEIR_DIGEST_BYTES],
                                      struct weir_error *error) {
    crypto_auth_hmacsha256_state hmac;
    unsigned char number[8];
    unsigned char *piece = malloc(PIECE_BYTES);
    if (piece == NULL)
        return WEIR_FAILED;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    weir_status status = WEIR_OK;
    if (file < 0)
        status = errno == ENOENT
                     ? weir_fail(error, WEIR_ERROR_INVALID, "the file %.300s is missing", path)
                     : weir_fail_errno(error, "cannot open %s", path);
    for (size_t i = 0; i < sizeof number; i++)
        number[i] = (unsigned char)((uint64_t)version >> (8 * i));
    crypto_auth_hmacsha256_init(&hmac, store->keys.digest, sizeof store->keys.digest);
    crypto_auth_hmacsha256_update(&hmac, number, sizeof number);
    crypto_auth_hmacsha256_update(&hmac, source, WEIR_DIGEST_BYTES);
    if (status.ok)
        status = add_file(&hmac, file, piece, error);
    crypto_auth_hmacsha256_final(&hmac, content);
    if (file >= 0)
        close(file);
    free(piece);
    return status;
}

weir_status weir_store_check_content(const struct weir_store *store,
                                     const struct weir_logged_version *version, bool *same,
                                     struct weir_error *error) {
    uint8_t content[WEIR_DIGEST_BYTES];
    WEIR_TRY(weir_store_content_digest(store, version->path, version->version, version->digest,
                                       content, error));
    *same = sodium_memcmp(content, version->content, sizeof content) == 0;
    return WEIR_OK;
}

weir_status weir_store_units_digest(const struct weir_store *store, const char *path,
                                    int64_t version, uint8_t content[WEIR_DIGEST_BYTES],
                                    struct weir_error *error) {
    static const uint8_t no_one_file[WEIR_DIGEST_BYTES];
    return weir_store_content_digest(store, path, version, no_one_file, content, error);
}

weir_status weir_store_check_units(const struct weir_store *store,
                                   const struct weir_units_version *units, bool *same,
                                   struct weir_error *error) {
    uint8_t content[WEIR_DIGEST_BYTES];
    WEIR_TRY(weir_store_units_digest(store, units->path, units->version, content, error));
    *same = sodium_memcmp(content, units->content, sizeof content) == 0;
    return WEIR_OK;
}
