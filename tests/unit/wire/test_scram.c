/* SCRAM-SHA-256: RFC 7677's example, verifiers, wrong passwords, mock users, and what is malformed.
 */
#include "wire/scram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

#include "base/banned.h"

/* RFC 7677, section 3. */
#define FIRST "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
#define SERVER_NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define NONCE "rOprNGfwEbeRWgbNEkqO" SERVER_NONCE
#define SERVER_FIRST "r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define FINAL "c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SERVER_FINAL "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static void make_verifier(const char *password, char text[WEIR_SCRAM_VERIFIER_SIZE]) {
    uint8_t salt[WEIR_SCRAM_SALT_BYTES];
    size_t len;
    struct weir_error error = {0};
    static const char salt_text[] = "W22ZaJ0SNY7soEsUEjb6gQ==";
    assert_int_equal(sodium_base642bin(salt, sizeof salt, salt_text, strlen(salt_text), NULL, &len,
                                       NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_true(weir_scram_make_verifier(password, salt, 4096, text, &error).ok);
}

/* Runs both steps; false when the final message is malformed. */
static bool run(struct weir_scram *scram, const char *first, const char *final, bool *proven,
                struct weir_buffer *reply) {
    struct weir_error error = {0};
    assert_true(weir_scram_first(scram, first, strlen(first), SERVER_NONCE, reply, &error).ok);
    weir_buffer_clear(reply);
    return weir_scram_final(scram, final, strlen(final), proven, reply, &error).ok;
}

static void start(struct weir_scram *scram, const char *password) {
    char text[WEIR_SCRAM_VERIFIER_SIZE];
    *scram = (struct weir_scram){0};
    make_verifier(password, text);
    assert_true(weir_scram_read_verifier(text, &scram->verifier));
}

static void the_rfcs_example(void **state) {
    (void)state;
    struct weir_scram scram;
    struct weir_buffer reply = {0};
    struct weir_error error = {0};
    bool proven = false;
    start(&scram, "pencil");
    assert_true(weir_scram_first(&scram, FIRST, strlen(FIRST), SERVER_NONCE, &reply, &error).ok);
    assert_string_equal(reply.bytes, SERVER_FIRST);
    weir_buffer_clear(&reply);
    assert_true(weir_scram_final(&scram, FINAL, strlen(FINAL), &proven, &reply, &error).ok);
    assert_true(proven);
    assert_string_equal(reply.bytes, SERVER_FINAL);
    weir_scram_free(&scram);
    weir_buffer_free(&reply);
}

static void wrong_passwords_and_mock_users_prove_nothing(void **state) {
    (void)state;
    struct weir_buffer reply = {0};
    struct weir_scram scram;
    bool proven = true;
    start(&scram, "pencils");
    assert_true(run(&scram, FIRST, FINAL, &proven, &reply));
    assert_false(proven);
    weir_scram_free(&scram);
    start(&scram, "pencil"); /* right, but not a user's */
    scram.is_mock = true;
    assert_true(run(&scram, FIRST, FINAL, &proven, &reply));
    assert_false(proven);
    weir_scram_free(&scram);
    weir_buffer_free(&reply);
}

static void mock_verifiers_are_stable_and_differ(void **state) {
    (void)state;
    static const uint8_t secret[WEIR_SCRAM_SECRET_BYTES] = {1},
                         other[WEIR_SCRAM_SECRET_BYTES] = {2};
    struct weir_scram_verifier first, again, second, elsewhere;
    weir_scram_mock(secret, "bob", &first);
    weir_scram_mock(secret, "bob", &again);
    weir_scram_mock(secret, "eve", &second);
    weir_scram_mock(other, "bob", &elsewhere);
    assert_memory_equal(first.salt, again.salt, WEIR_SCRAM_SALT_BYTES);
    assert_memory_not_equal(first.salt, second.salt, WEIR_SCRAM_SALT_BYTES);
    assert_memory_not_equal(first.salt, elsewhere.salt, WEIR_SCRAM_SALT_BYTES);
    assert_memory_not_equal(first.stored_key, again.stored_key, WEIR_SCRAM_KEY_BYTES);
    assert_int_equal(first.iterations, WEIR_SCRAM_ITERATIONS);
    assert_int_equal(first.salt_len, WEIR_SCRAM_SALT_BYTES);
}

static void malformed_first_messages_are_refused(void **state) {
    (void)state;
    static const char *const malformed[] = {"",
                                            "n",
                                            "n,",
                                            "n,,",
                                            "n,,n=user",
                                            "n,,r=abc",
                                            "n,,n=",
                                            "x,,n=,r=abc",
                                            "n,,n=,r=",
                                            "n,,m=x,n=,r=abc",
                                            "n,a=x,n=,r=abc",
                                            "p=tls,,n=,r=abc",
                                            "n,,n=,r=a\001b",
                                            "n,,n=,r=a b",
                                            "y,n=,r=abc"};
    for (size_t i = 0; i < WEIR_COUNT(malformed); i++) {
        struct weir_scram scram;
        struct weir_buffer reply = {0};
        struct weir_error error = {0};
        start(&scram, "pencil");
        assert_false(weir_scram_first(&scram, malformed[i], strlen(malformed[i]), SERVER_NONCE,
                                      &reply, &error)
                         .ok);
        assert_true(weir_error_is_set(&error));
        weir_scram_free(&scram);
        weir_buffer_free(&reply);
    }
    struct weir_scram scram;
    struct weir_buffer reply = {0};
    struct weir_error error = {0};
    char lengthy[400] = "n,,n=,r=";
    memset(lengthy + 8, 'r', 300);
    start(&scram, "pencil");
    assert_false(weir_scram_first(&scram, lengthy, 308, SERVER_NONCE, &reply, &error).ok);
    weir_scram_free(&scram);
    weir_buffer_free(&reply);
}

static void malformed_final_messages_are_refused(void **state) {
    (void)state;
    static const char *const malformed[] = {
        "",
        "c=biws",
        "c=biws,r=" NONCE,
        "c=biws,r=" NONCE ",",
        "c=biws,r=" NONCE ",p=",
        "c=biws,r=" NONCE ",p=####",
        "c=biws,r=" NONCE ",p=dHzb",
        "c=biws,r=" NONCE ",x=1",
        "c=eSws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "r=" NONCE ",c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        FINAL ",x=1",
    };
    for (size_t i = 0; i < WEIR_COUNT(malformed); i++) {
        struct weir_scram scram;
        struct weir_buffer reply = {0};
        bool proven = true;
        start(&scram, "pencil");
        assert_false(run(&scram, FIRST, malformed[i], &proven, &reply));
        assert_false(proven);
        weir_scram_free(&scram);
        weir_buffer_free(&reply);
    }
}

/* A client that would have bound the channel says "y": its header must come back as it was. */
static void headers_come_back_unchanged(void **state) {
    (void)state;
    struct weir_scram scram;
    struct weir_buffer reply = {0};
    bool proven = true;
    start(&scram, "pencil");
    assert_false(run(&scram, "y,,n=user,r=rOprNGfwEbeRWgbNEkqO", FINAL, &proven, &reply));
    weir_scram_free(&scram);
    start(&scram, "pencil"); /* extensions are signed, so the proof of the bare message fails */
    assert_true(run(
        &scram, FIRST,
        "c=biws,r=" NONCE ",x=1,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", &proven, &reply));
    assert_false(proven);
    weir_scram_free(&scram);
    weir_buffer_free(&reply);
}

static void verifiers_are_read_strictly(void **state) {
    (void)state;
    char text[WEIR_SCRAM_VERIFIER_SIZE], changed[WEIR_SCRAM_VERIFIER_SIZE + 8];
    struct weir_scram_verifier verifier;
    make_verifier("pencil", text);
    assert_true(strncmp(text, "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$", 44) == 0);
    for (size_t len = 0; len < strlen(text); len++) {
        snprintf(changed, sizeof changed, "%.*s", (int)len, text);
        assert_false(weir_scram_read_verifier(changed, &verifier));
    }
    snprintf(changed, sizeof changed, "%sAAAA", text);
    assert_false(weir_scram_read_verifier(changed, &verifier));
    snprintf(changed, sizeof changed, "SCRAM-SHA-256$100%s", strchr(text, ':'));
    assert_false(weir_scram_read_verifier(changed, &verifier));
    snprintf(changed, sizeof changed, "md5%s", text);
    assert_false(weir_scram_read_verifier(changed, &verifier));
}

static void passwords_are_printable_ascii(void **state) {
    (void)state;
    static const uint8_t salt[WEIR_SCRAM_SALT_BYTES] = {0};
    char text[WEIR_SCRAM_VERIFIER_SIZE], lengthy[WEIR_SCRAM_PASSWORD_LIMIT + 2];
    static const char *const refused[] = {"", "p\xc3\xa4ss", "a\tb", "\x7f"};
    for (size_t i = 0; i < WEIR_COUNT(refused); i++) {
        struct weir_error error = {0};
        assert_false(weir_scram_make_verifier(refused[i], salt, 4096, text, &error).ok);
        assert_int_equal(error.class, WEIR_ERROR_INVALID);
    }
    struct weir_error error = {0};
    memset(lengthy, 'x', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    assert_false(weir_scram_make_verifier(lengthy, salt, 4096, text, &error).ok);
    error = (struct weir_error){0};
    assert_false(weir_scram_make_verifier("x", salt, 4095, text, &error).ok);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfcs_example),
        cmocka_unit_test(wrong_passwords_and_mock_users_prove_nothing),
        cmocka_unit_test(mock_verifiers_are_stable_and_differ),
        cmocka_unit_test(malformed_first_messages_are_refused),
        cmocka_unit_test(malformed_final_messages_are_refused),
        cmocka_unit_test(headers_come_back_unchanged),
        cmocka_unit_test(verifiers_are_read_strictly),
        cmocka_unit_test(passwords_are_printable_ascii),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
