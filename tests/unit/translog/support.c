/* Folders, faults, and the naive tree. */
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

const uint8_t TEST_SEED[WEIR_LOG_KEY_BYTES] = "a seed that is for tests alone.";

void test_folder_make(struct test_folder *folder) {
    snprintf(folder->root, sizeof folder->root, "/tmp/weir-test-XXXXXX");
    assert_non_null(mkdtemp(folder->root));
    snprintf(folder->log, sizeof folder->log, "%s/log", folder->root);
}

void test_folder_remove(const struct test_folder *folder) {
    FTS *listing = fts_open((char *const[]){(char *)(uintptr_t)folder->root, NULL},
                            FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    assert_non_null(listing);
    for (FTSENT *file; (file = fts_read(listing)) != NULL;) {
        if (file->fts_info == FTS_DP)
            assert_int_equal(rmdir(file->fts_accpath), 0);
        else if (file->fts_info != FTS_D)
            assert_int_equal(unlink(file->fts_accpath), 0);
    }
    fts_close(listing);
}

static bool is_due(struct test_env *test) {
    return atomic_fetch_add(&test->calls, 1) + 1 == atomic_load(&test->fail_at);
}

static struct test_written *find_written(struct test_env *test, int file) {
    struct stat status;
    assert_int_equal(fstat(file, &status), 0);
    for (size_t i = 0; i < test->written_count; i++)
        if (test->written[i].inode == status.st_ino)
            return &test->written[i];
    if (!S_ISREG(status.st_mode))
        return NULL;
    assert_true(test->written_count < WEIR_COUNT(test->written));
    struct test_written *written = &test->written[test->written_count++];
    *written = (struct test_written){dup(file), status.st_ino, status.st_size};
    assert_true(written->file >= 0);
    return written;
}

static _Noreturn void lose_power(struct test_env *test) {
    for (size_t i = 0; i < test->written_count; i++) {
        struct stat status;
        assert_int_equal(fstat(test->written[i].file, &status), 0);
        if (status.st_size > test->written[i].durable)
            assert_int_equal(ftruncate(test->written[i].file, test->written[i].durable), 0);
    }
    _exit(0);
}

static weir_status test_write(void *state, int file, const void *bytes, size_t len,
                              struct weir_error *error) {
    struct test_env *test = state;
    const struct weir_env *real = weir_env_system();
    bool due = is_due(test);
    if (test->failure == TEST_POWER)
        find_written(test, file);
    if (!due)
        return real->write(NULL, file, bytes, len, error);
    if (test->failure == TEST_EXIT)
        _exit(0);
    if (test->failure != TEST_REPORT && !real->write(NULL, file, bytes, len / 2, error).ok)
        return WEIR_FAILED;
    if (test->failure == TEST_EXIT_HALF)
        _exit(0);
    if (test->failure == TEST_POWER)
        lose_power(test);
    errno = ENOSPC;
    return weir_fail_errno(error, "writing failed");
}

static weir_status test_sync(void *state, int file, struct weir_error *error) {
    struct test_env *test = state;
    bool due = is_due(test);
    if (due && (test->failure == TEST_EXIT || test->failure == TEST_EXIT_HALF))
        _exit(0);
    if (due && test->failure == TEST_POWER)
        lose_power(test);
    if (due) {
        errno = EIO;
        return weir_fail_errno(error, "making the write durable failed");
    }
    struct test_written *written = test->failure == TEST_POWER ? find_written(test, file) : NULL;
    struct stat status;
    if (written != NULL && fstat(file, &status) == 0)
        written->durable = status.st_size;
    return WEIR_OK;
}

void test_env_make(struct test_env *test) {
    *test = (struct test_env){.env = *weir_env_system()};
    test->env.state = test;
    test->env.write = test_write;
    test->env.sync = test_sync;
}

void test_root(const struct weir_merkle_hash *leaves, uint64_t size,
               struct weir_merkle_hash *root) {
    if (size == 0) {
        crypto_hash_sha256(root->bytes, NULL, 0);
        return;
    }
    if (size == 1) {
        *root = leaves[0];
        return;
    }
    uint64_t split = 1;
    while (split * 2 < size)
        split *= 2;
    uint8_t bytes[65] = {1};
    struct weir_merkle_hash half;
    test_root(leaves, split, &half);
    memcpy(bytes + 1, half.bytes, 32);
    test_root(leaves + split, size - split, &half);
    memcpy(bytes + 33, half.bytes, 32);
    crypto_hash_sha256(root->bytes, bytes, sizeof bytes);
}

static weir_status keep_entry(void *state, uint64_t index, bool integrated, const void *bytes,
                              size_t len, struct weir_error *error) {
    (void)error;
    struct test_content *content = state;
    assert_int_equal(index, content->count);
    if (content->count == content->capacity) {
        content->capacity = content->capacity * 2 + 1024;
        content->leaves = realloc(content->leaves, content->capacity * sizeof *content->leaves);
        content->texts = realloc(content->texts, content->capacity * sizeof *content->texts);
        assert_non_null(content->leaves);
        assert_non_null(content->texts);
    }
    weir_merkle_leaf(bytes, len, &content->leaves[index]);
    snprintf(content->texts[index], sizeof content->texts[index], "%.*s", (int)len,
             (const char *)bytes);
    content->count++;
    content->pending += !integrated;
    return WEIR_OK;
}

void test_verifier_key(char out[256]) {
    uint8_t key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    assert_int_equal(crypto_sign_seed_keypair(key, secret, TEST_SEED), 0);
    weir_log_verifier_key(TEST_ORIGIN, key, out, 256);
}

weir_status test_read(const char *folder, struct test_content *content, struct weir_error *error) {
    char key[256];
    struct weir_log_facts facts = {0};
    *content = (struct test_content){0};
    struct weir_log_reader reader = {.state = content, .entry = keep_entry};
    test_verifier_key(key);
    if (!weir_log_verify(folder, key, &reader, &facts, error).ok) {
        test_content_free(content);
        return WEIR_FAILED;
    }
    content->size = facts.size;
    assert_int_equal(facts.size + facts.pending, content->count);
    assert_int_equal(facts.pending, content->pending);
    struct weir_merkle_hash root;
    test_root(content->leaves, facts.size, &root);
    assert_memory_equal(root.bytes, facts.root, sizeof facts.root);
    return WEIR_OK;
}

void test_content_free(struct test_content *content) {
    free(content->leaves);
    free(content->texts);
    *content = (struct test_content){0};
}

uint8_t *test_file_read(const char *folder, const char *name, size_t *len) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *bytes = malloc(1 << 22);
    assert_non_null(bytes);
    *len = fread(bytes, 1, 1 << 22, file);
    assert_int_equal(ferror(file), 0);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

void test_file_write(const char *folder, const char *name, const void *bytes, size_t len) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

size_t test_file_list(const char *folder, char names[][128], size_t most) {
    size_t count = 0;
    FTS *listing = fts_open((char *const[]){(char *)(uintptr_t)folder, NULL},
                            FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    assert_non_null(listing);
    for (FTSENT *file; (file = fts_read(listing)) != NULL;) {
        if (file->fts_info != FTS_F)
            continue;
        assert_true(count < most);
        snprintf(names[count++], 128, "%s", file->fts_path + strlen(folder) + 1);
    }
    fts_close(listing);
    return count;
}

void test_log_fill(const char *folder, const struct weir_env *env, uint64_t count) {
    struct weir_error error = {0};
    struct weir_log *log = NULL;
    assert_true(weir_log_create(folder, env, TEST_ORIGIN, TEST_SEED, &error).ok);
    assert_true(weir_log_open(folder, env, TEST_ORIGIN, TEST_SEED, &log, &error).ok);
    for (uint64_t i = 0; i < count; i++) {
        char text[32];
        uint64_t index;
        int len = snprintf(text, sizeof text, "entry %" PRIu64, i);
        assert_true(weir_log_append(log, text, (size_t)len, &index, &error).ok);
        assert_int_equal(index, i);
    }
    weir_log_close(log);
}
