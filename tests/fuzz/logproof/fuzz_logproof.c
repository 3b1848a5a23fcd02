/* Feeds arbitrary bytes to what reads a log: checkpoints, verifier keys, tile paths, bundles,
 * proofs, entries. The first byte picks the reader. What is accepted must be the one canonical form
 * of what it means. */
#include "translog/checkpoint.h"
#include "translog/entry.h"
#include "translog/log.h"
#include "translog/tiles.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char NAME[] = "weir.example/fuzz";
static struct weir_checkpoint_verifier verifier;
static uint8_t secret[crypto_sign_SECRETKEYBYTES];

static void prepare(void) {
    static bool done;
    const uint8_t seed[crypto_sign_SEEDBYTES] = {1};
    uint8_t key[crypto_sign_PUBLICKEYBYTES];
    if (done)
        return;
    weir_check(sodium_init() >= 0 && crypto_sign_seed_keypair(key, secret, seed) == 0);
    weir_checkpoint_verifier_make(NAME, key, &verifier);
    done = true;
}

static void open_note(const void *bytes, size_t len) {
    struct weir_checkpoint checkpoint, again;
    struct weir_error error = {0};
    struct weir_buffer printed = {0};
    if (!weir_checkpoint_open(bytes, len, &verifier, &checkpoint, &error).ok) {
        weir_check(weir_error_is_set(&error));
        return;
    }
    weir_check(weir_checkpoint_sign(&checkpoint, secret, &printed, &error).ok);
    weir_check(weir_checkpoint_open(printed.bytes, printed.len, &verifier, &again, &error).ok);
    weir_check(again.size == checkpoint.size && weir_merkle_equal(&again.root, &checkpoint.root));
    weir_buffer_free(&printed);
}

/* The same bytes as the text of a note whose signature holds, so that the text is read at all. */
static void open_signed(const uint8_t *bytes, size_t len) {
    uint8_t signature[4 + crypto_sign_BYTES];
    char coded[128];
    struct weir_buffer note = {0};
    memcpy(signature, verifier.id, 4);
    crypto_sign_detached(signature + 4, NULL, bytes, len, secret);
    sodium_bin2base64(coded, sizeof coded, signature, sizeof signature,
                      sodium_base64_VARIANT_ORIGINAL);
    weir_buffer_append(&note, bytes, len);
    weir_buffer_printf(&note, "\n\xe2\x80\x94 %s %s\n", NAME, coded);
    open_note(note.bytes, note.len);
    weir_buffer_free(&note);
}

static void parse_texts(const char *text) {
    struct weir_checkpoint_verifier read;
    struct weir_error error = {0};
    struct weir_tile tile;
    if (weir_checkpoint_verifier_parse(text, &read, &error).ok) {
        char printed[WEIR_ORIGIN_MAX + 64];
        weir_log_verifier_key(read.name, read.key, printed, sizeof printed);
        weir_check(strcmp(printed, text) == 0);
    }
    if (weir_tile_path_parse(text, &tile)) {
        char printed[WEIR_TILE_PATH_BYTES];
        weir_tile_path(&tile, printed, sizeof printed);
        weir_check(strcmp(printed, text) == 0);
    }
}

static void parse_bundle(const uint8_t *bytes, size_t len) {
    struct weir_bundle_cursor cursor = {bytes, len};
    struct weir_buffer printed = {0};
    const uint8_t *entry;
    for (size_t entry_len; weir_bundle_next(&cursor, &entry, &entry_len);)
        weir_bundle_append(&printed, entry, entry_len);
    weir_check(printed.len == len - cursor.left);
    weir_check(printed.len == 0 || memcmp(printed.bytes, bytes, printed.len) == 0);
    weir_buffer_free(&printed);
}

/* Two numbers, two hashes, and the proof in what is left. */
static void check_proofs(const uint8_t *bytes, size_t len) {
    uint64_t numbers[2];
    struct weir_merkle_hash hashes[2], other;
    struct weir_merkle_proof proof = {0};
    if (len < sizeof numbers + sizeof hashes)
        return;
    memcpy(numbers, bytes, sizeof numbers);
    memcpy(hashes, bytes + sizeof numbers, sizeof hashes);
    bytes += sizeof numbers + sizeof hashes;
    len -= sizeof numbers + sizeof hashes;
    for (; len >= sizeof other && proof.count < WEIR_MERKLE_PROOF_MAX; len -= sizeof other) {
        memcpy(&proof.hashes[proof.count++], bytes, sizeof other);
        bytes += sizeof other;
    }
    other = hashes[1];
    other.bytes[0] ^= 1;
    if (weir_merkle_check_inclusion(&proof, numbers[0], numbers[1], &hashes[0], &hashes[1]))
        weir_check(
            !weir_merkle_check_inclusion(&proof, numbers[0], numbers[1], &hashes[0], &other));
    if (weir_merkle_check_consistency(&proof, numbers[0], numbers[1], &hashes[0], &hashes[1]))
        weir_check(
            !weir_merkle_check_consistency(&proof, numbers[0], numbers[1], &hashes[0], &other) ||
            numbers[0] == 0);
}

static void parse_entry(const uint8_t *bytes, size_t len) {
    struct weir_entry_facts facts;
    struct weir_error error = {0};
    bool ok = weir_entry_parse(bytes, len, &facts, &error).ok;
    weir_check(ok != weir_error_is_set(&error));
    if (!ok)
        return;
    weir_check(len <= WEIR_LOG_ENTRY_MAX && bytes[0] == '{' && bytes[len - 1] == '}');
    for (size_t i = 0; i < len; i++)
        weir_check(bytes[i] >= 0x20 && bytes[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    prepare();
    if (len == 0)
        return 0;
    const uint8_t *rest = bytes + 1;
    len--;
    switch (bytes[0]) {
    case 'c':
        open_note(rest, len);
        break;
    case 's':
        open_signed(rest, len);
        break;
    case 't': {
        char *text = strndup((const char *)rest, len);
        weir_check(text != NULL);
        parse_texts(text);
        free(text);
        break;
    }
    case 'b':
        parse_bundle(rest, len);
        break;
    case 'p':
        check_proofs(rest, len);
        break;
    case 'e':
        parse_entry(rest, len);
        break;
    default:
        break;
    }
    return 0;
}
