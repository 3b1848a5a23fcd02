/* The folder: what is made, who may read it, what is refused, users, answers, commitments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "store_fixture.h"

#include "base/file.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static struct fixture fixture;

static int set_up(void **state) {
    (void)state;
    fixture_open(&fixture, fixture_policy);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static const char *within(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", fixture.path, name);
    return path;
}

static unsigned mode_of(const char *name) {
    struct stat facts;
    assert_int_equal(stat(within(name), &facts), 0);
    return facts.st_mode & 07777;
}

static void expect_closed(enum weir_error_class class, const char *part) {
    struct weir_store *store = NULL;
    weir_error_clear(&fixture.error);
    assert_false(weir_store_open(fixture.path, weir_env_system(), &store, &fixture.error).ok);
    assert_null(store);
    assert_int_equal(fixture.error.class, class);
    if (strstr(fixture.error.message, part) == NULL)
        fail_msg("%s", fixture.error.message);
}

static void test_nobody_else_may_read_it(void **state) {
    (void)state;
    assert_int_equal(mode_of("."), 0700);
    assert_int_equal(mode_of("keys"), 0700);
    assert_int_equal(mode_of("keys/log.key"), 0600);
    assert_int_equal(mode_of("keys/pseudonym.key"), 0600);
    assert_int_equal(mode_of("keys/digest.key"), 0600);
    assert_int_equal(mode_of("state.db"), 0600);
    assert_int_equal(mode_of("data"), 0700);
    assert_int_equal(mode_of("spill"), 0700);
}

static void test_it_opens_as_it_was_made(void **state) {
    (void)state;
    assert_int_equal(weir_store_policy(fixture.store)->version, 3);
    assert_string_equal(weir_store_log_origin(fixture.store), "weir/health-statistics-2026");
    const struct weir_store_keys *keys = weir_store_keys(fixture.store);
    assert_memory_not_equal(keys->log_seed, keys->pseudonym, WEIR_KEY_BYTES);
    assert_memory_not_equal(keys->digest, keys->pseudonym, WEIR_KEY_BYTES);
    struct weir_store_keys before = *keys;
    uint8_t hash[WEIR_POLICY_HASH_BYTES];
    memcpy(hash, weir_store_policy_hash(fixture.store), sizeof hash);
    fixture_reopen(&fixture);
    assert_memory_equal(weir_store_keys(fixture.store), &before, sizeof before);
    assert_memory_equal(weir_store_policy_hash(fixture.store), hash, sizeof hash);
}

static void test_a_folder_in_use_is_left_alone(void **state) {
    (void)state;
    weir_error_clear(&fixture.error);
    assert_false(weir_store_create(fixture.path, weir_env_system(),
                                   weir_store_policy(fixture.store), &fixture.error)
                     .ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    fixture_reopen(&fixture);
}

/* Syncs that fail from the countdown's end on. */
struct failing_disk {
    int left;
};

static weir_status failing_sync(void *state, int file, struct weir_error *error) {
    struct failing_disk *disk = state;
    (void)file;
    if (disk->left-- > 0)
        return WEIR_OK;
    return weir_fail(error, WEIR_ERROR_SYSTEM, "making the write durable failed");
}

static weir_status real_now(void *state, int64_t *microseconds, struct weir_error *error) {
    (void)state;
    return weir_env_system()->now(NULL, microseconds, error);
}

static weir_status real_entropy(void *state, void *bytes, size_t len, struct weir_error *error) {
    (void)state;
    return weir_env_system()->entropy(NULL, bytes, len, error);
}

static weir_status real_write(void *state, int file, const void *bytes, size_t len,
                              struct weir_error *error) {
    (void)state;
    return weir_env_system()->write(NULL, file, bytes, len, error);
}

/* Whether the folder with this inode was synced. */
struct watched_disk {
    ino_t parent;
    bool synced;
};

static weir_status watched_sync(void *state, int file, struct weir_error *error) {
    struct watched_disk *disk = state;
    struct stat facts;
    assert_int_equal(fstat(file, &facts), 0);
    disk->synced = disk->synced || facts.st_ino == disk->parent;
    return weir_env_system()->sync(NULL, file, error);
}

static void test_its_own_name_is_durable(void **state) {
    (void)state;
    char folder[128];
    struct stat facts;
    snprintf(folder, sizeof folder, "%s/named", fixture.folder);
    assert_int_equal(stat(fixture.folder, &facts), 0);
    struct watched_disk disk = {.parent = facts.st_ino};
    const struct weir_env env = {&disk, real_now, real_entropy, real_write, watched_sync};
    assert_true(
        weir_store_create(folder, &env, weir_store_policy(fixture.store), &fixture.error).ok);
    assert_true(disk.synced);
}

/* Bytes 18 and 19 of an SQLite file tell a WAL from a rollback journal: state.c says why. */
static void test_its_state_has_a_rollback_journal(void **state) {
    (void)state;
    char *bytes;
    size_t len;
    assert_true(
        weir_file_read(fixture.arena, within("state.db"), 1 << 24, &bytes, &len, &fixture.error)
            .ok);
    assert_int_equal(bytes[18], 1);
    assert_int_equal(bytes[19], 1);
    assert_false(weir_file_exists(within("state.db-wal")));
}

static void test_a_creation_that_fails_leaves_nothing(void **state) {
    (void)state;
    char folder[128];
    snprintf(folder, sizeof folder, "%s/new", fixture.folder);
    int failures = 0;
    for (int syncs = 0;; syncs++) {
        struct failing_disk disk = {syncs};
        const struct weir_env env = {&disk, real_now, real_entropy, real_write, failing_sync};
        weir_error_clear(&fixture.error);
        if (weir_store_create(folder, &env, weir_store_policy(fixture.store), &fixture.error).ok)
            break;
        failures++;
        assert_int_equal(fixture.error.class, WEIR_ERROR_SYSTEM);
        assert_false(weir_file_exists(folder));
    }
    assert_true(failures > 6); /* three keys of two syncs each, the log, the folder */
    assert_true(weir_file_exists(folder));
}

static void test_no_store_is_said(void **state) {
    (void)state;
    struct weir_store *store = NULL;
    weir_error_clear(&fixture.error);
    assert_false(
        weir_store_open("/tmp/weir_no_such_store", weir_env_system(), &store, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    weir_error_clear(&fixture.error);
    assert_false(weir_store_open("/tmp", weir_env_system(), &store, &fixture.error).ok);
    assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
}

static void test_keys_that_others_may_read_are_refused(void **state) {
    (void)state;
    assert_int_equal(chmod(within("keys/digest.key"), 0640), 0);
    expect_closed(WEIR_ERROR_SYSTEM, "may be read by others");
    assert_int_equal(chmod(within("keys/digest.key"), 0600), 0);
    assert_int_equal(truncate(within("keys/digest.key"), 31), 0);
    expect_closed(WEIR_ERROR_SYSTEM, "damaged");
    assert_int_equal(truncate(within("keys/digest.key"), 0), 0);
    assert_int_equal(truncate(within("keys/digest.key"), 32), 0);
    expect_closed(WEIR_ERROR_SYSTEM, "damaged");
    assert_int_equal(unlink(within("keys/digest.key")), 0);
    expect_closed(WEIR_ERROR_SYSTEM, "digest.key");
}

static void run_sql(const char *sql) {
    sqlite3 *database;
    assert_int_equal(sqlite3_open(within("state.db"), &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void test_an_altered_policy_is_refused(void **state) {
    (void)state;
    run_sql("UPDATE policy SET text = replace(text, '0.1', '9')");
    expect_closed(WEIR_ERROR_SYSTEM, "hash");
    run_sql("UPDATE policy SET text = 'nonsense'");
    expect_closed(WEIR_ERROR_SYSTEM, "cannot be read");
    run_sql("DELETE FROM policy");
    expect_closed(WEIR_ERROR_SYSTEM, "no policy");
}

static void test_another_schema_version_is_refused(void **state) {
    (void)state;
    run_sql("PRAGMA user_version = 99");
    expect_closed(WEIR_ERROR_SYSTEM, "schema version 99");
    run_sql("PRAGMA application_id = 1");
    expect_closed(WEIR_ERROR_SYSTEM, "not a Weir store");
}

static void test_a_damaged_state_is_refused(void **state) {
    (void)state;
    weir_store_close(fixture.store);
    fixture.store = NULL;
    char noise[8192];
    memset(noise, 0x5a, sizeof noise);
    int file = open(within("state.db"), O_WRONLY);
    assert_true(file >= 0);
    assert_int_equal(write(file, noise, sizeof noise), sizeof noise);
    close(file);
    expect_closed(WEIR_ERROR_SYSTEM, "damaged");
}

static void test_users_are_kept_and_replaced(void **state) {
    (void)state;
    struct weir_user user;
    bool found = true;
    assert_true(weir_store_find_user(fixture.store, "ann", &found, &user, &fixture.error).ok);
    assert_false(found);
    assert_true(
        weir_store_add_user(fixture.store, "ann", "analyst", "first password", &fixture.error).ok);
    assert_true(weir_store_find_user(fixture.store, "ann", &found, &user, &fixture.error).ok);
    assert_true(found);
    assert_string_equal(user.role, "analyst");
    assert_int_equal(strncmp(user.verifier, "SCRAM-SHA-256$", 14), 0);
    char before[256];
    memcpy(before, user.verifier, sizeof before);
    assert_true(
        weir_store_add_user(fixture.store, "ann", "analyst", "first password", &fixture.error).ok);
    fixture_reopen(&fixture);
    assert_true(weir_store_find_user(fixture.store, "ann", &found, &user, &fixture.error).ok);
    assert_true(found);
    assert_string_not_equal(user.verifier, before); /* a new salt */
}

static void test_bad_users_are_refused(void **state) {
    (void)state;
    char long_name[65];
    memset(long_name, 'a', 64);
    long_name[64] = '\0';
    const char *const names[] = {"", "-a", "a b", "a'b", "a\nb", "\xc3\xa9", long_name};
    for (size_t i = 0; i < WEIR_COUNT(names); i++) {
        weir_error_clear(&fixture.error);
        assert_false(
            weir_store_add_user(fixture.store, names[i], "analyst", "password", &fixture.error).ok);
        assert_int_equal(fixture.error.class, WEIR_ERROR_INVALID);
    }
    weir_error_clear(&fixture.error);
    assert_false(weir_store_add_user(fixture.store, "ann", "king", "password", &fixture.error).ok);
    assert_non_null(strstr(fixture.error.message, "king"));
    weir_error_clear(&fixture.error);
    assert_false(weir_store_add_user(fixture.store, "ann", "analyst", "", &fixture.error).ok);
}

static void test_answers_are_kept_once(void **state) {
    (void)state;
    uint8_t key[WEIR_DIGEST_BYTES] = {1}, other[WEIR_DIGEST_BYTES] = {2}, id[16] = {3}, got[16];
    const void *bytes;
    size_t len;
    bool found = true, is_logged = true;
    assert_true(weir_store_find_answer(fixture.store, fixture.arena, key, &found, got, &bytes, &len,
                                       &is_logged, &fixture.error)
                    .ok);
    assert_false(found);
    assert_true(weir_store_keep_answer(fixture.store, key, id, "a\0b", 3, &fixture.error).ok);
    fixture_reopen(&fixture);
    assert_true(weir_store_find_answer(fixture.store, fixture.arena, key, &found, got, &bytes, &len,
                                       &is_logged, &fixture.error)
                    .ok);
    assert_true(found && len == 3 && !is_logged);
    assert_memory_equal(bytes, "a\0b", 3);
    assert_memory_equal(got, id, 16);
    assert_true(weir_store_answer_by_id(fixture.store, fixture.arena, id, &found, &bytes, &len,
                                        &fixture.error)
                    .ok);
    assert_true(found && len == 3);
    assert_false(weir_store_keep_answer(fixture.store, key, other, "c", 1, &fixture.error).ok);
    weir_error_clear(&fixture.error);
    assert_false(weir_store_keep_answer(fixture.store, other, id, "c", 1, &fixture.error).ok);
    weir_error_clear(&fixture.error);
    assert_true(weir_store_keep_answer(fixture.store, other, other, "", 0, &fixture.error).ok);
    assert_true(weir_store_find_answer(fixture.store, fixture.arena, other, &found, got, &bytes,
                                       &len, &is_logged, &fixture.error)
                    .ok);
    assert_true(found && len == 0 && bytes != NULL && !is_logged);
    assert_true(weir_store_mark_answer(fixture.store, id, &fixture.error).ok);
    assert_true(weir_store_find_answer(fixture.store, fixture.arena, key, &found, got, &bytes, &len,
                                       &is_logged, &fixture.error)
                    .ok);
    assert_true(found && is_logged);
}

static void test_commitments_are_kept(void **state) {
    (void)state;
    const uint8_t id[16] = {9}, none[16] = {8}, key[WEIR_KEY_BYTES] = {7};
    uint8_t got[WEIR_KEY_BYTES];
    const char *text;
    bool found;
    assert_true(
        weir_store_keep_commitment(fixture.store, id, key, "SELECT 'x'", &fixture.error).ok);
    assert_true(weir_store_find_commitment(fixture.store, fixture.arena, id, &found, got, &text,
                                           &fixture.error)
                    .ok);
    assert_true(found);
    assert_string_equal(text, "SELECT 'x'");
    assert_memory_equal(got, key, sizeof got);
    assert_true(weir_store_find_commitment(fixture.store, fixture.arena, none, &found, got, &text,
                                           &fixture.error)
                    .ok);
    assert_false(found);
}

struct writer {
    struct weir_store *store;
    int number;
    int wrong;
};

static void *write_answers(void *argument) {
    struct writer *writer = argument;
    for (int i = 0; i < 20; i++) {
        uint8_t key[WEIR_DIGEST_BYTES] = {(uint8_t)writer->number, (uint8_t)i}, id[16] = {0};
        memcpy(id, key, sizeof id);
        struct weir_error error = {0};
        if (!weir_store_keep_answer(writer->store, key, id, key, sizeof key, &error).ok)
            writer->wrong++;
    }
    return NULL;
}

/* Four stores on one folder stand for four processes; two threads share each. */
static void test_many_write_at_once(void **state) {
    (void)state;
    struct weir_store *stores[4];
    struct writer writers[8];
    pthread_t threads[8];
    for (int i = 0; i < 4; i++)
        assert_true(
            weir_store_open(fixture.path, weir_env_system(), &stores[i], &fixture.error).ok);
    for (int i = 0; i < 8; i++) {
        writers[i] = (struct writer){.store = stores[i / 2], .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_answers, &writers[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(writers[i].wrong, 0);
    }
    for (int i = 0; i < 4; i++)
        weir_store_close(stores[i]);
}

int main(void) {
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_nobody_else_may_read_it),
        STORE_TEST(test_it_opens_as_it_was_made),
        STORE_TEST(test_a_folder_in_use_is_left_alone),
        STORE_TEST(test_its_own_name_is_durable),
        STORE_TEST(test_its_state_has_a_rollback_journal),
        STORE_TEST(test_a_creation_that_fails_leaves_nothing),
        STORE_TEST(test_no_store_is_said),
        STORE_TEST(test_keys_that_others_may_read_are_refused),
        STORE_TEST(test_an_altered_policy_is_refused),
        STORE_TEST(test_another_schema_version_is_refused),
        STORE_TEST(test_a_damaged_state_is_refused),
        STORE_TEST(test_users_are_kept_and_replaced),
        STORE_TEST(test_bad_users_are_refused),
        STORE_TEST(test_answers_are_kept_once),
        STORE_TEST(test_commitments_are_kept),
        STORE_TEST(test_many_write_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
