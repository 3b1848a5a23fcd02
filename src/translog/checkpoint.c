/* Printing, signing, parsing and verifying checkpoints. */
#include "translog/checkpoint.h"
#include "translog/log.h"

#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"

#include "base/banned.h"

enum {
    ED25519 = 1, /* the signature type of a signed note */
    HASH_TEXT = sodium_base64_ENCODED_LEN(WEIR_MERKLE_HASH_BYTES, sodium_base64_VARIANT_ORIGINAL),
    KEY_TEXT =
        sodium_base64_ENCODED_LEN(1 + WEIR_CHECKPOINT_KEY_BYTES, sodium_base64_VARIANT_ORIGINAL),
    SIGNATURE_BYTES = 4 + crypto_sign_BYTES,
    SIGNATURE_TEXT = sodium_base64_ENCODED_LEN(SIGNATURE_BYTES, sodium_base64_VARIANT_ORIGINAL)
};

static const char SIGNATURE_START[] = "\xe2\x80\x94 "; /* em dash, space */

struct span {
    const char *bytes;
    size_t len;
};

bool weir_origin_is_valid(const char *origin) {
    size_t len = strlen(origin);
    for (size_t i = 0; i < len; i++)
        if (origin[i] <= ' ' || origin[i] > '~' || origin[i] == '+')
            return false;
    return len >= 1 && len <= WEIR_ORIGIN_MAX;
}

void weir_checkpoint_verifier_make(const char *name, const uint8_t key[WEIR_CHECKPOINT_KEY_BYTES],
                                   struct weir_checkpoint_verifier *verifier) {
    weir_check(weir_origin_is_valid(name));
    const uint8_t separator[] = {'\n', ED25519};
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)name, strlen(name));
    crypto_hash_sha256_update(&state, separator, sizeof separator);
    crypto_hash_sha256_update(&state, key, WEIR_CHECKPOINT_KEY_BYTES);
    crypto_hash_sha256_final(&state, digest);
    *verifier = (struct weir_checkpoint_verifier){0};
    memcpy(verifier->name, name, strlen(name));
    memcpy(verifier->id, digest, sizeof verifier->id);
    memcpy(verifier->key, key, WEIR_CHECKPOINT_KEY_BYTES);
}

void weir_log_verifier_key(const char *origin, const uint8_t public_key[WEIR_LOG_KEY_BYTES],
                           char *out, size_t size) {
    struct weir_checkpoint_verifier verifier;
    weir_checkpoint_verifier_make(origin, public_key, &verifier);
    uint8_t typed[1 + WEIR_CHECKPOINT_KEY_BYTES] = {ED25519};
    memcpy(typed + 1, public_key, WEIR_CHECKPOINT_KEY_BYTES);
    char key[KEY_TEXT], id[2 * sizeof verifier.id + 1];
    sodium_bin2base64(key, sizeof key, typed, sizeof typed, sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2hex(id, sizeof id, verifier.id, sizeof verifier.id);
    int written = snprintf(out, size, "%s+%s+%s", origin, id, key);
    weir_check(written > 0 && (size_t)written < size);
}

/* Standard base64 of exactly `size` bytes, padded, with no stray bits. */
static bool decode(struct span text, void *out, size_t size) {
    size_t len = 0;
    return sodium_base642bin(out, size, text.bytes, text.len, NULL, &len, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           len == size;
}

weir_status weir_checkpoint_verifier_parse(const char *text,
                                           struct weir_checkpoint_verifier *verifier,
                                           struct weir_error *error) {
    const char *id = strchr(text, '+'), *key = id == NULL ? NULL : strchr(id + 1, '+');
    char name[WEIR_ORIGIN_MAX + 1] = "", expected[WEIR_ORIGIN_MAX + 64];
    uint8_t typed[1 + WEIR_CHECKPOINT_KEY_BYTES];
    if (key == NULL || id == text || (size_t)(id - text) >= sizeof name)
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "the verifier key is not of the form name+hash+key");
    memcpy(name, text, (size_t)(id - text));
    if (!weir_origin_is_valid(name) ||
        !decode((struct span){key + 1, strlen(key + 1)}, typed, sizeof typed) ||
        typed[0] != ED25519)
        return weir_fail(error, WEIR_ERROR_INVALID, "the verifier key is not one of Ed25519");
    weir_log_verifier_key(name, typed + 1, expected, sizeof expected);
    if (strcmp(text, expected) != 0)
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "the verifier key's hash does not fit its name and key: it was mistyped");
    weir_checkpoint_verifier_make(name, typed + 1, verifier);
    return WEIR_OK;
}

weir_status weir_checkpoint_sign(const struct weir_checkpoint *checkpoint,
                                 const uint8_t secret[WEIR_CHECKPOINT_SECRET_BYTES],
                                 struct weir_buffer *out, struct weir_error *error) {
    struct weir_checkpoint_verifier verifier;
    uint8_t key[WEIR_CHECKPOINT_KEY_BYTES], signature[SIGNATURE_BYTES];
    char root[HASH_TEXT], signed_text[SIGNATURE_TEXT];
    weir_check(crypto_sign_ed25519_sk_to_pk(key, secret) == 0);
    weir_checkpoint_verifier_make(checkpoint->origin, key, &verifier);
    sodium_bin2base64(root, sizeof root, checkpoint->root.bytes, sizeof checkpoint->root.bytes,
                      sodium_base64_VARIANT_ORIGINAL);
    size_t start = out->len;
    weir_buffer_printf(out, "%s\n%" PRIu64 "\n%s\n", checkpoint->origin, checkpoint->size, root);
    if (out->failed)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory for a checkpoint");
    memcpy(signature, verifier.id, sizeof verifier.id);
    weir_check(crypto_sign_detached(signature + 4, NULL, (const uint8_t *)out->bytes + start,
                                    out->len - start, secret) == 0);
    sodium_bin2base64(signed_text, sizeof signed_text, signature, sizeof signature,
                      sodium_base64_VARIANT_ORIGINAL);
    weir_buffer_printf(out, "\n%s%s %s\n", SIGNATURE_START, verifier.name, signed_text);
    if (out->failed)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory for a checkpoint");
    return WEIR_OK;
}

static weir_status malformed(struct weir_error *error, const char *what) {
    return weir_fail(error, WEIR_ERROR_INVALID, "the checkpoint is malformed: %s", what);
}

/* The length of the UTF-8 sequence at the start of `bytes`, 0 where there is none. */
static size_t utf8_sequence(const uint8_t *bytes, size_t left) {
    if (bytes[0] < 0x80)
        return 1;
    size_t len = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xed && bytes[1] > 0x9f) ||
               (bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] > 0x8f);
    return bad ? 0 : len;
}

static bool is_note_text(struct span text) {
    const uint8_t *bytes = (const uint8_t *)text.bytes;
    for (size_t i = 0; i < text.len;) {
        size_t len = utf8_sequence(bytes + i, text.len - i);
        if (len == 0 || (bytes[i] < 0x20 && bytes[i] != '\n'))
            return false;
        i += len;
    }
    return true;
}

/* Takes the next line, without its newline, off the front of `text`. */
static bool take_line(struct span *text, struct span *line) {
    const char *end = text->len == 0 ? NULL : memchr(text->bytes, '\n', text->len);
    if (end == NULL)
        return false;
    *line = (struct span){text->bytes, (size_t)(end - text->bytes)};
    text->bytes += line->len + 1;
    text->len -= line->len + 1;
    return true;
}

static bool equals(struct span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.bytes, text, span.len) == 0;
}

static bool parse_size(struct span line, uint64_t *size) {
    *size = 0;
    for (size_t i = 0; i < line.len; i++) {
        if (line.bytes[i] < '0' || line.bytes[i] > '9' ||
            __builtin_mul_overflow(*size, UINT64_C(10), size) ||
            __builtin_add_overflow(*size, (uint64_t)(line.bytes[i] - '0'), size))
            return false;
    }
    return line.len > 0 && (line.bytes[0] != '0' || line.len == 1) && *size <= INT64_MAX;
}

static weir_status parse_text(struct span text, const struct weir_checkpoint_verifier *verifier,
                              struct weir_checkpoint *checkpoint, struct weir_error *error) {
    struct span line;
    if (!take_line(&text, &line) || line.len == 0)
        return malformed(error, "it has no origin");
    if (!equals(line, verifier->name))
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "the checkpoint is of another log: its origin is not %s", verifier->name);
    memcpy(checkpoint->origin, verifier->name, sizeof checkpoint->origin);
    if (!take_line(&text, &line) || !parse_size(line, &checkpoint->size))
        return malformed(error, "its second line is not a tree size");
    if (!take_line(&text, &line) ||
        !decode(line, checkpoint->root.bytes, sizeof checkpoint->root.bytes))
        return malformed(error, "its third line is not a root hash");
    while (take_line(&text, &line))
        if (line.len == 0)
            return malformed(error, "it has an empty extension line");
    return WEIR_OK;
}

/* One signature line: `own` tells whether it claims to be of the verifier's key. */
static weir_status check_signature(struct span text, struct span line,
                                   const struct weir_checkpoint_verifier *verifier, bool *own,
                                   struct weir_error *error) {
    size_t start = sizeof SIGNATURE_START - 1;
    if (line.len < start || memcmp(line.bytes, SIGNATURE_START, start) != 0)
        return malformed(error, "a signature line does not begin with a dash");
    struct span name = {line.bytes + start, 0};
    const char *space = memchr(name.bytes, ' ', line.len - start);
    name.len = space == NULL ? 0 : (size_t)(space - name.bytes);
    if (name.len == 0 || memchr(name.bytes, '+', name.len) != NULL)
        return malformed(error, "a signature line has no key name");
    struct span coded = {space + 1, line.len - start - name.len - 1};
    uint8_t signature[WEIR_CHECKPOINT_MAX / 4 * 3];
    size_t len = 0;
    if (sodium_base642bin(signature, sizeof signature, coded.bytes, coded.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        len < 5)
        return malformed(error, "a signature is not base64");
    *own = equals(name, verifier->name) && memcmp(signature, verifier->id, 4) == 0;
    if (!*own)
        return WEIR_OK;
    if (len != SIGNATURE_BYTES ||
        crypto_sign_verify_detached(signature + 4, (const uint8_t *)text.bytes, text.len,
                                    verifier->key) != 0)
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "the checkpoint's signature by %s does not hold", verifier->name);
    return WEIR_OK;
}

weir_status weir_checkpoint_open(const void *bytes, size_t len,
                                 const struct weir_checkpoint_verifier *verifier,
                                 struct weir_checkpoint *checkpoint, struct weir_error *error) {
    struct span note = {bytes, len}, line;
    if (len > WEIR_CHECKPOINT_MAX || len < 3)
        return malformed(error, "it is empty or larger than 64 KiB");
    if (!is_note_text(note) || note.bytes[len - 1] != '\n')
        return malformed(error, "it is not lines of UTF-8");
    size_t blank = len - 1; /* the last empty line: a newline right after another */
    while (blank > 0 && (note.bytes[blank] != '\n' || note.bytes[blank - 1] != '\n'))
        blank--;
    if (blank == 0)
        return malformed(error, "no blank line stands before its signatures");
    struct span text = {note.bytes, blank};
    struct span signatures = {note.bytes + blank + 1, len - blank - 1};
    size_t count = 0, own_count = 0;
    while (take_line(&signatures, &line)) {
        bool own = false;
        if (++count > WEIR_CHECKPOINT_SIGNATURES_MAX)
            return malformed(error, "it has more than 64 signatures");
        WEIR_TRY(check_signature(text, line, verifier, &own, error));
        own_count += own;
    }
    if (own_count == 0)
        return weir_fail(error, WEIR_ERROR_INVALID, "the checkpoint is not signed by %s",
                         verifier->name);
    return parse_text(text, verifier, checkpoint, error);
}

weir_status weir_checkpoint_read(const char *folder,
                                 const struct weir_checkpoint_verifier *verifier,
                                 struct weir_checkpoint *checkpoint, struct weir_error *error) {
    char path[PATH_MAX], *bytes = NULL;
    size_t len = 0;
    int written = snprintf(path, sizeof path, "%s/checkpoint", folder);
    if (written < 0 || (size_t)written >= sizeof path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long", folder);
    struct weir_arena *arena = weir_arena_create(2 * WEIR_CHECKPOINT_MAX);
    weir_status status = WEIR_FAILED;
    if (arena != NULL)
        status = weir_file_read(arena, path, WEIR_CHECKPOINT_MAX, &bytes, &len, error);
    if (status.ok)
        status = weir_checkpoint_open(bytes, len, verifier, checkpoint, error);
    if (!status.ok)
        weir_error_settle(error);
    weir_arena_destroy(arena);
    return status;
}
