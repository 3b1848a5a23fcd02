/* What the tests of the log share: a folder that goes away, an environment that fails on demand, a
 * naive Merkle tree, and the whole log read back. */
#ifndef TESTS_TRANSLOG_SUPPORT_H
#define TESTS_TRANSLOG_SUPPORT_H

#include "base/env.h"
#include "translog/log.h"
#include "translog/merkle.h"

#include <stdatomic.h>
#include <sys/types.h>

#define TEST_ORIGIN "weir.example/test"
extern const uint8_t TEST_SEED[WEIR_LOG_KEY_BYTES];

/* A new folder's name, with room for a file's after it; not yet created inside /tmp/weir-test-...
 */
struct test_folder {
    char root[64], log[80];
};
void test_folder_make(struct test_folder *folder);
void test_folder_remove(const struct test_folder *folder);

enum test_failure {
    TEST_REPORT,     /* the call does nothing and reports failure */
    TEST_WRITE_HALF, /* a write leaves half of its bytes, then failure is reported */
    TEST_EXIT,       /* the process ends before the call */
    TEST_EXIT_HALF,  /* the process ends after half a write, or before a sync */
    TEST_POWER       /* the same, and what was written but not synced is gone */
};

/* A file that was written to, and how much of it is durable. */
struct test_written {
    int file; /* a duplicate, so that its inode is not used again */
    ino_t inode;
    off_t durable;
};

/* Counts writes and syncs together, from 1; the one numbered `fail_at` fails (0: none). A sync is
 * only noted. */
struct test_env {
    struct weir_env env;
    atomic_int calls, fail_at;
    enum test_failure failure;
    /* For TEST_POWER, which is for one thread at a time. */
    size_t written_count;
    struct test_written written[64];
};
void test_env_make(struct test_env *test);

/* The root over leaf hashes by the definition of RFC 6962. */
void test_root(const struct weir_merkle_hash *leaves, uint64_t size, struct weir_merkle_hash *root);

/* Every entry of a log in memory, after it has passed verification. */
struct test_content {
    uint64_t count, capacity, size, pending;
    struct weir_merkle_hash *leaves;
    char (*texts)[32]; /* the first 31 bytes */
};
/* With the key of TEST_SEED and TEST_ORIGIN. */
weir_status test_read(const char *folder, struct test_content *content, struct weir_error *error);
void test_content_free(struct test_content *content);
void test_verifier_key(char out[256]);

/* What is in folder/name, on the heap. Aborts the test when it can't be read. */
uint8_t *test_file_read(const char *folder, const char *name, size_t *len);
void test_file_write(const char *folder, const char *name, const void *bytes, size_t len);
/* The names of all files below folder, relative to it; the number of them. */
size_t test_file_list(const char *folder, char names[][128], size_t most);

/* A log of `count` entries "entry <i>", integrated and closed. */
void test_log_fill(const char *folder, const struct weir_env *env, uint64_t count);

#endif
