/* Offline verification: an honest log passes in every state, and no tampering does. */
#include "support.h"
#include "translog/checkpoint.h"
#include "translog/tiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

enum { ENTRIES = 262, LATER = 3 };

static struct test_folder folder;
static char key[256];
static char names[512][128];

static int set_up(void **state) {
    (void)state;
    struct test_env test;
    test_folder_make(&folder);
    test_env_make(&test);
    test_verifier_key(key);
    test_log_fill(folder.log, &test.env, ENTRIES - LATER);
    /* A second checkpoint in the same tile leaves the first one's partial tiles behind. */
    struct weir_log *log = NULL;
    struct weir_error error = {0};
    assert_true(weir_log_open(folder.log, &test.env, TEST_ORIGIN, TEST_SEED, &log, &error).ok);
    for (int i = ENTRIES - LATER; i < ENTRIES; i++) {
        char text[32];
        uint64_t index;
        int len = snprintf(text, sizeof text, "entry %d", i);
        assert_true(weir_log_append(log, text, (size_t)len, &index, &error).ok);
    }
    weir_log_close(log);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    test_folder_remove(&folder);
    return 0;
}

static bool verifies_with(const char *verifier_key) {
    struct weir_error error = {0};
    struct weir_log_facts facts;
    bool ok = weir_log_verify(folder.log, verifier_key, NULL, &facts, &error).ok;
    assert_int_equal(ok, !weir_error_is_set(&error));
    return ok;
}

static bool verifies(void) {
    return verifies_with(key);
}

static bool is_published(const char *name) {
    return strncmp(name, "tile/", 5) == 0 || strcmp(name, "checkpoint") == 0;
}

static void every_changed_byte_is_noticed(void **state) {
    (void)state;
    size_t count = test_file_list(folder.log, names, WEIR_COUNT(names)), published = 0;
    assert_true(verifies());
    for (size_t i = 0; i < count; i++) {
        char path[256];
        size_t len;
        if (!is_published(names[i]))
            continue;
        published++;
        uint8_t *bytes = test_file_read(folder.log, names[i], &len);
        snprintf(path, sizeof path, "%s/%s", folder.log, names[i]);
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        setbuf(file, NULL);
        for (size_t at = 0; at < len; at++) {
            assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
            assert_int_not_equal(fputc(bytes[at] ^ 1 << at % 8, file), EOF);
            assert_false(verifies());
            assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
            assert_int_not_equal(fputc(bytes[at], file), EOF);
        }
        assert_int_equal(fclose(file), 0);
        free(bytes);
    }
    assert_int_equal(published, 8); /* checkpoint, 3 bundles, 3 tiles of hashes, one of level 1 */
    assert_true(verifies());
}

static void every_missing_longer_or_shorter_file_is_noticed(void **state) {
    (void)state;
    size_t count = test_file_list(folder.log, names, WEIR_COUNT(names));
    for (size_t i = 0; i < count; i++) {
        char path[256];
        size_t len;
        if (!is_published(names[i]))
            continue;
        uint8_t *bytes = test_file_read(folder.log, names[i], &len);
        snprintf(path, sizeof path, "%s/%s", folder.log, names[i]);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(verifies(), strstr(names[i], ".p/3") != NULL); /* no longer needed */
        test_file_write(folder.log, names[i], bytes, len - 1);
        assert_false(verifies());
        test_file_write(folder.log, names[i], bytes, 0);
        assert_false(verifies());
        bytes[len] = '\n';
        test_file_write(folder.log, names[i], bytes, len + 1);
        assert_false(verifies());
        test_file_write(folder.log, names[i], bytes, len);
        free(bytes);
    }
    assert_true(verifies());
}

static void extra_files_are_noticed(void **state) {
    (void)state;
    static const char *const extras[] = {
        "tile/0/001.p/7", "tile/0/001",     "tile/0/002",           "tile/1/000.p/2",
        "tile/2/000",     "tile/0/000.tmp", "tile/entries/001.p/7", "tile/entries/002",
        "tile/notes",     "tile/0/001.p/06"};
    char path[256];
    snprintf(path, sizeof path, "%s/tile/2", folder.log);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_true(verifies());
    for (size_t i = 0; i < WEIR_COUNT(extras); i++) {
        test_file_write(folder.log, extras[i], (const uint8_t[8192]){0}, 8192);
        assert_false(verifies());
        snprintf(path, sizeof path, "%s/%s", folder.log, extras[i]);
        assert_int_equal(unlink(path), 0);
    }
    snprintf(path, sizeof path, "%s/tile/0/001.p/5", folder.log);
    assert_int_equal(symlink("6", path), 0);
    assert_false(verifies());
    assert_int_equal(unlink(path), 0);
    assert_true(verifies());
}

/* The operator rewrites an entry and everything that hangs on it, except what was signed. */
static void a_rewritten_entry_is_noticed(void **state) {
    (void)state;
    size_t len;
    uint8_t *bundle = test_file_read(folder.log, "tile/entries/001.p/6", &len);
    uint8_t *hashes = test_file_read(folder.log, "tile/0/001.p/6", &(size_t){0});
    struct weir_merkle_hash leaf;
    assert_memory_equal(bundle,
                        "\0\x9"
                        "entry 256",
                        11);
    bundle[10] = '7';
    weir_merkle_leaf(bundle + 2, 9, &leaf);
    memcpy(hashes, leaf.bytes, sizeof leaf.bytes);
    test_file_write(folder.log, "tile/entries/001.p/6", bundle, len);
    test_file_write(folder.log, "tile/0/001.p/6", hashes, (size_t)6 * 32);
    assert_false(verifies());
    free(bundle);
    free(hashes);
}

/* The log cut back to an earlier size with its files in order: without the key no checkpoint fits.
 */
static void a_shortened_log_is_noticed(void **state) {
    (void)state;
    char command[256];
    size_t len;
    uint8_t *bundle = test_file_read(folder.log, "tile/entries/001.p/6", &len);
    uint8_t *hashes = test_file_read(folder.log, "tile/0/001.p/6", &(size_t){0});
    test_file_write(folder.log, "tile/entries/001.p/5", bundle, (size_t)5 * 11);
    test_file_write(folder.log, "tile/0/001.p/5", hashes, (size_t)5 * 32);
    assert_true(verifies()); /* as an earlier checkpoint's tiles they may stay */
    static const char *const gone[] = {"tile/entries/001.p/6", "tile/0/001.p/6"};
    for (size_t i = 0; i < WEIR_COUNT(gone); i++) {
        snprintf(command, sizeof command, "%s/%s", folder.log, gone[i]);
        assert_int_equal(unlink(command), 0);
    }
    assert_false(verifies());
    free(bundle);
    free(hashes);
}

static void another_key_or_name_is_refused(void **state) {
    (void)state;
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    uint8_t seed[WEIR_LOG_KEY_BYTES] = {7};
    char other[256];
    crypto_sign_seed_keypair(public_key, secret, seed);
    weir_log_verifier_key(TEST_ORIGIN, public_key, other, sizeof other);
    assert_false(verifies_with(other));
    crypto_sign_seed_keypair(public_key, secret, TEST_SEED);
    weir_log_verifier_key("weir.example/other", public_key, other, sizeof other);
    assert_false(verifies_with(other));
    assert_false(verifies_with("nonsense"));
}

/* A published copy is the checkpoint and the tiles alone. A log in use has its journal too. */
static void a_published_copy_verifies_and_a_missing_journal_does_not(void **state) {
    (void)state;
    static const char *const private_files[] = {"journal", "append.lock", "publish.lock"};
    for (size_t i = 0; i < WEIR_COUNT(private_files); i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder.log, private_files[i]);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(verifies(), i > 0);
    }
}

static weir_status refuse_tenth(void *state, uint64_t index, bool integrated, const void *bytes,
                                size_t len, struct weir_error *error) {
    (void)bytes;
    (void)len;
    assert_true(integrated);
    ++*(int *)state;
    if (index == 9)
        return weir_fail(error, WEIR_ERROR_INVALID, "the tenth entry is refused");
    return WEIR_OK;
}

static void the_reader_can_stop_the_reading(void **state) {
    (void)state;
    int seen = 0;
    struct weir_log_reader reader = {.state = &seen, .entry = refuse_tenth};
    struct weir_log_facts facts;
    struct weir_error error = {0};
    assert_false(weir_log_verify(folder.log, key, &reader, &facts, &error).ok);
    assert_int_equal(seen, 10);
    assert_string_equal(error.message, "the tenth entry is refused");
}

static void an_empty_log_verifies(void **state) {
    (void)state;
    struct test_env test;
    struct weir_error error = {0};
    struct weir_log_facts facts;
    char path[128];
    test_env_make(&test);
    snprintf(path, sizeof path, "%s/empty", folder.root);
    assert_true(weir_log_create(path, &test.env, TEST_ORIGIN, TEST_SEED, &error).ok);
    assert_true(weir_log_verify(path, key, NULL, &facts, &error).ok);
    assert_int_equal(facts.size, 0);
    assert_int_equal(facts.pending, 0);
    struct weir_merkle_hash empty;
    weir_merkle_empty(&empty);
    assert_memory_equal(facts.root, empty.bytes, sizeof facts.root);
}

int main(void) {
    struct weir_error error = {0};
    if (!weir_env_initialise(&error).ok)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_changed_byte_is_noticed),
        TEST(every_missing_longer_or_shorter_file_is_noticed),
        TEST(extra_files_are_noticed),
        TEST(a_rewritten_entry_is_noticed),
        TEST(a_shortened_log_is_noticed),
        TEST(another_key_or_name_is_refused),
        TEST(a_published_copy_verifies_and_a_missing_journal_does_not),
        TEST(the_reader_can_stop_the_reading),
        TEST(an_empty_log_verifies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
