/* Checkpoints: printed as the specification says, and anything else refused. */
#include "support.h"
#include "translog/checkpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

static struct weir_checkpoint_verifier verifier;
static uint8_t secret[crypto_sign_SECRETKEYBYTES];

static int prepare(void **state) {
    (void)state;
    uint8_t key[crypto_sign_PUBLICKEYBYTES];
    struct weir_error error = {0};
    if (!weir_env_initialise(&error).ok || crypto_sign_seed_keypair(key, secret, TEST_SEED) != 0)
        return 1;
    weir_checkpoint_verifier_make(TEST_ORIGIN, key, &verifier);
    return 0;
}

/* Signs any text as a note. */
static void sign_text(const char *text, struct weir_buffer *out) {
    uint8_t signature[4 + crypto_sign_BYTES];
    char coded[128];
    memcpy(signature, verifier.id, 4);
    crypto_sign_detached(signature + 4, NULL, (const uint8_t *)text, strlen(text), secret);
    sodium_bin2base64(coded, sizeof coded, signature, sizeof signature,
                      sodium_base64_VARIANT_ORIGINAL);
    weir_buffer_clear(out);
    weir_buffer_printf(out, "%s\n\xe2\x80\x94 %s %s\n", text, TEST_ORIGIN, coded);
}

static bool opens(const void *bytes, size_t len, struct weir_checkpoint *checkpoint) {
    struct weir_error error = {0};
    bool ok = weir_checkpoint_open(bytes, len, &verifier, checkpoint, &error).ok;
    assert_int_equal(ok, !weir_error_is_set(&error));
    return ok;
}

static bool text_opens(const char *text) {
    struct weir_buffer note = {0};
    struct weir_checkpoint checkpoint;
    sign_text(text, &note);
    bool ok = opens(note.bytes, note.len, &checkpoint);
    weir_buffer_free(&note);
    return ok;
}

#define ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void what_is_signed_opens(void **state) {
    (void)state;
    static const uint64_t sizes[] = {0, 1, 70000, INT64_MAX};
    for (size_t i = 0; i < WEIR_COUNT(sizes); i++) {
        struct weir_checkpoint made = {.origin = TEST_ORIGIN, .size = sizes[i]}, read;
        struct weir_buffer note = {0};
        struct weir_error error = {0};
        weir_merkle_leaf("x", 1, &made.root);
        assert_true(weir_checkpoint_sign(&made, secret, &note, &error).ok);
        assert_true(opens(note.bytes, note.len, &read));
        assert_string_equal(read.origin, TEST_ORIGIN);
        assert_int_equal(read.size, made.size);
        assert_memory_equal(read.root.bytes, made.root.bytes, sizeof made.root.bytes);
        weir_buffer_free(&note);
    }
}

static void every_flipped_bit_is_noticed(void **state) {
    (void)state;
    struct weir_checkpoint made = {.origin = TEST_ORIGIN, .size = 42}, read;
    struct weir_buffer note = {0};
    struct weir_error error = {0};
    assert_true(weir_checkpoint_sign(&made, secret, &note, &error).ok);
    for (size_t i = 0; i < note.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            note.bytes[i] = (char)(note.bytes[i] ^ 1 << bit);
            assert_false(opens(note.bytes, note.len, &read));
            note.bytes[i] = (char)(note.bytes[i] ^ 1 << bit);
        }
        assert_false(opens(note.bytes, i, &read));
    }
    assert_true(opens(note.bytes, note.len, &read));
    weir_buffer_free(&note);
}

static void other_forms_are_refused_though_signed(void **state) {
    (void)state;
    assert_true(text_opens(TEST_ORIGIN "\n0\n" ROOT "\n"));
    assert_true(text_opens(TEST_ORIGIN "\n0\n" ROOT "\nan extension\nand one more\n"));
    static const char *const texts[] = {
        "",
        "\n",
        TEST_ORIGIN "\n",
        TEST_ORIGIN "\n0\n",
        "weir.example/other\n0\n" ROOT "\n",
        TEST_ORIGIN "\n\n" ROOT "\n",
        TEST_ORIGIN "\n00\n" ROOT "\n",
        TEST_ORIGIN "\n01\n" ROOT "\n",
        TEST_ORIGIN "\n+1\n" ROOT "\n",
        TEST_ORIGIN "\n-1\n" ROOT "\n",
        TEST_ORIGIN "\n1 \n" ROOT "\n",
        TEST_ORIGIN "\n9223372036854775808\n" ROOT "\n",
        TEST_ORIGIN "\n99999999999999999999999\n" ROOT "\n",
        TEST_ORIGIN "\n0x1\n" ROOT "\n",
        TEST_ORIGIN "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",  /* no padding */
        TEST_ORIGIN "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", /* stray bits */
        TEST_ORIGIN "\n0\n47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=\n", /* the URL alphabet */
        TEST_ORIGIN "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hS\n",     /* too short */
        TEST_ORIGIN "\n0\n" ROOT "\n\nafter an empty line\n",
        TEST_ORIGIN "\n0\n" ROOT "\r\n",
        TEST_ORIGIN "\n0\n" ROOT "\na\ttab\n",
        TEST_ORIGIN "\n0\n" ROOT "\n\xff\xfe\n",
        TEST_ORIGIN "\n0\n" ROOT "\n\xed\xa0\x80\n", /* a surrogate */
        TEST_ORIGIN "\n0\n" ROOT "\n\xc0\xaf\n"};    /* an overlong slash */
    for (size_t i = 0; i < WEIR_COUNT(texts); i++)
        assert_false(text_opens(texts[i]));
}

static void signatures_of_others_are_passed_over(void **state) {
    (void)state;
    struct weir_buffer note = {0};
    struct weir_checkpoint read;
    sign_text(TEST_ORIGIN "\n0\n" ROOT "\n", &note);
    size_t alone = note.len;
    weir_buffer_text(&note, "\xe2\x80\x94 witness.example/w AAAAAAAAAAAA\n");
    assert_true(opens(note.bytes, note.len, &read));
    weir_buffer_text(&note,
                     "\xe2\x80\x94 " TEST_ORIGIN " AAAAAAAAAAAA\n"); /* our name, another id */
    assert_true(opens(note.bytes, note.len, &read));
    size_t with_others = note.len;
    static const char *const lines[] = {"\n",
                                        "x\n",
                                        "- a AAAAAAAA\n",
                                        "\xe2\x80\x94 AAAAAAAA\n",
                                        "\xe2\x80\x94 a+b AAAAAAAA\n",
                                        "\xe2\x80\x94 a AAAA\n",
                                        "\xe2\x80\x94 a AAAAAAA\n",
                                        "\xe2\x80\x94  AAAAAAAA\n",
                                        "\xe2\x80\x94 a AAAAAAAA \n",
                                        "\xe2\x80\x94 a AAAAAAAA"};
    for (size_t i = 0; i < WEIR_COUNT(lines); i++) {
        weir_buffer_text(&note, lines[i]);
        assert_false(opens(note.bytes, note.len, &read));
        note.len = with_others;
    }
    /* Without the log's own signature nothing else counts. */
    memmove(note.bytes + strlen(TEST_ORIGIN "\n0\n" ROOT "\n\n"), note.bytes + alone,
            with_others - alone);
    assert_false(
        opens(note.bytes, strlen(TEST_ORIGIN "\n0\n" ROOT "\n\n") + with_others - alone, &read));
    weir_buffer_free(&note);
}

static void signatures_have_a_limit(void **state) {
    (void)state;
    struct weir_buffer note = {0};
    struct weir_checkpoint read;
    sign_text(TEST_ORIGIN "\n0\n" ROOT "\n", &note);
    for (int i = 1; i < WEIR_CHECKPOINT_SIGNATURES_MAX; i++)
        weir_buffer_text(&note, "\xe2\x80\x94 witness.example/w AAAAAAAAAAAA\n");
    assert_true(opens(note.bytes, note.len, &read));
    weir_buffer_text(&note, "\xe2\x80\x94 witness.example/w AAAAAAAAAAAA\n");
    assert_false(opens(note.bytes, note.len, &read));
    weir_buffer_free(&note);
}

static void verifier_keys_are_read_strictly(void **state) {
    (void)state;
    /* The example of the signed-note specification, and the key of the Go checksum database. */
    static const char *const good[] = {
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"};
    static const char *const bad[] = {
        "",
        "+",
        "++",
        "example.com/foo",
        "example.com/foo+530d903a",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example.com foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"};
    struct weir_checkpoint_verifier read;
    struct weir_error error = {0};
    for (size_t i = 0; i < WEIR_COUNT(good); i++) {
        char printed[256];
        assert_true(weir_checkpoint_verifier_parse(good[i], &read, &error).ok);
        weir_log_verifier_key(read.name, read.key, printed, sizeof printed);
        assert_string_equal(printed, good[i]);
    }
    for (size_t i = 0; i < WEIR_COUNT(bad); i++) {
        weir_error_clear(&error);
        assert_false(weir_checkpoint_verifier_parse(bad[i], &read, &error).ok);
        assert_int_equal(error.class, WEIR_ERROR_INVALID);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_opens),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(other_forms_are_refused_though_signed),
        cmocka_unit_test(signatures_of_others_are_passed_over),
        cmocka_unit_test(signatures_have_a_limit),
        cmocka_unit_test(verifier_keys_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
