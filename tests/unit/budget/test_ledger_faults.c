/* The ledger under races, kill -9, a full disk, and a disk that fails at every single call. */
#include "faulty_disk.h"
#include "ledger_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

enum { PRICE = 10, LIMIT_CHARGES = 40 };

static const struct weir_ledger_account accounts[] = {
    {"dataset census", WEIR_PERIOD_YEAR, {PRICE * LIMIT_CHARGES + PRICE - 1, 1000000}},
    {"permit p", WEIR_PERIOD_LIFETIME, {1000000, 1000000}},
};
static const struct weir_ledger_account endless = {
    "endless", WEIR_PERIOD_YEAR, {INT64_MAX, INT64_MAX}};

static weir_status charge(struct ledger_fixture *fixture, struct weir_ledger *ledger, uint64_t who,
                          uint64_t which, const struct weir_ledger_account *charged, size_t count) {
    uint8_t question[WEIR_QUESTION_ID_BYTES];
    question_id(question, who, which);
    weir_error_clear(&fixture->error);
    return weir_ledger_charge(ledger, question, charged, count,
                              (struct weir_privacy_amount){PRICE, 1}, &fixture->error);
}

static bool is_charged(struct ledger_fixture *fixture, struct weir_ledger *ledger, uint64_t who,
                       uint64_t which) {
    uint8_t question[WEIR_QUESTION_ID_BYTES];
    struct weir_privacy_amount price;
    int64_t charged_at;
    bool found = false;
    question_id(question, who, which);
    weir_check(weir_ledger_find(ledger, question, &found, &price, &charged_at, &fixture->error).ok);
    return found && price.femto_rho == PRICE;
}

struct racer {
    struct ledger_fixture *fixture;
    struct weir_ledger *ledger;
    uint64_t who;
    int charged;
    bool only_budget_refused;
};

static void *race(void *state) {
    struct racer *racer = state;
    uint8_t question[WEIR_QUESTION_ID_BYTES];
    racer->only_budget_refused = true;
    for (uint64_t which = 0; which < 12; which++) {
        struct weir_error error = {0};
        question_id(question, racer->who, which);
        weir_status status = weir_ledger_charge(racer->ledger, question, accounts, 2,
                                                (struct weir_privacy_amount){PRICE, 1}, &error);
        racer->charged += status.ok;
        if (!status.ok && error.class != WEIR_ERROR_BUDGET)
            racer->only_budget_refused = false;
    }
    return NULL;
}

static void assert_spent_exactly_the_limit(struct ledger_fixture *fixture, int charged) {
    assert_int_equal(charged, LIMIT_CHARGES);
    struct weir_ledger_balance balance = fixture_check(fixture, "dataset census", WEIR_PERIOD_YEAR);
    assert_int_equal(balance.period_charges, LIMIT_CHARGES);
    assert_int_equal(balance.period_spent.femto_rho, PRICE * LIMIT_CHARGES);
    balance = fixture_check(fixture, "permit p", WEIR_PERIOD_LIFETIME);
    assert_int_equal(balance.lifetime_spent.femto_rho, PRICE * LIMIT_CHARGES);
}

/* 8 threads, half of them through a second handle, 96 attempts on 40 units. */
static void threads_never_overspend(void **state) {
    (void)state;
    for (int wal = 0; wal <= 1; wal++) {
        struct ledger_fixture fixture;
        fixture_start(&fixture, wal == 1);
        struct weir_ledger *ledgers[2] = {fixture_open(&fixture), fixture_open(&fixture)};
        struct racer racers[8] = {0};
        pthread_t threads[8];
        int charged = 0;
        for (size_t i = 0; i < 8; i++) {
            racers[i] = (struct racer){&fixture, ledgers[i % 2], i, 0, false};
            assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        }
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_true(racers[i].only_budget_refused);
            charged += racers[i].charged;
        }
        weir_ledger_close(ledgers[0]);
        weir_ledger_close(ledgers[1]);
        assert_spent_exactly_the_limit(&fixture, charged);
        fixture_end(&fixture);
    }
}

/* In a child: nothing of cmocka's may run, so it ends with _exit. */
static _Noreturn void race_and_exit(struct ledger_fixture *fixture, uint64_t who) {
    struct racer racer = {fixture, fixture_open(fixture), who, 0, false};
    race(&racer);
    weir_ledger_close(racer.ledger);
    _exit(racer.only_budget_refused ? racer.charged : 200);
}

static void processes_never_overspend(void **state) {
    (void)state;
    for (int wal = 0; wal <= 1; wal++) {
        struct ledger_fixture fixture;
        fixture_start(&fixture, wal == 1);
        pid_t children[4];
        int charged = 0;
        for (size_t i = 0; i < 4; i++) {
            children[i] = fork();
            assert_true(children[i] >= 0);
            if (children[i] == 0)
                race_and_exit(&fixture, i);
        }
        for (size_t i = 0; i < 4; i++) {
            int status = 0;
            assert_true(waitpid(children[i], &status, 0) == children[i]);
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 12);
            charged += WEXITSTATUS(status);
        }
        assert_spent_exactly_the_limit(&fixture, charged);
        fixture_end(&fixture);
    }
}

static _Noreturn void charge_for_ever(struct ledger_fixture *fixture, uint64_t who, int pipe) {
    struct weir_ledger *ledger = fixture_open(fixture);
    for (uint64_t which = 0;; which++) {
        if (!charge(fixture, ledger, who, which, &endless, 1).ok)
            _exit(1);
        if (write(pipe, &which, sizeof which) != (ssize_t)sizeof which)
            _exit(2);
    }
}

/* One round: a child charges and reports each charge that was acknowledged; it is killed after a
 * while. Gives the number acknowledged. */
static uint64_t kill_one(struct ledger_fixture *fixture, uint64_t who, long microseconds) {
    int ends[2], status = 0;
    uint64_t which, acknowledged = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        charge_for_ever(fixture, who, ends[1]);
    close(ends[1]);
    struct timespec pause = {0, microseconds * 1000};
    nanosleep(&pause, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_true(waitpid(child, &status, 0) == child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    while (read(ends[0], &which, sizeof which) == (ssize_t)sizeof which) {
        assert_true(which == acknowledged);
        acknowledged++;
    }
    close(ends[0]);
    return acknowledged;
}

static void killing_loses_no_acknowledged_charge(void **state) {
    (void)state;
    for (int wal = 0; wal <= 1; wal++) {
        struct ledger_fixture fixture;
        fixture_start(&fixture, wal == 1);
        uint64_t sum = 0;
        const uint64_t rounds = 30;
        for (uint64_t round = 0; round < rounds; round++) {
            uint64_t acknowledged = kill_one(&fixture, round, (long)(500 + round * 1013 % 23000));
            struct weir_ledger *ledger = fixture_open(&fixture);
            assert_true(weir_ledger_verify(ledger, &fixture.error).ok);
            for (uint64_t which = 0; which < acknowledged; which++)
                assert_true(is_charged(&fixture, ledger, round, which));
            /* At most the one in flight may be there unacknowledged. */
            assert_false(is_charged(&fixture, ledger, round, acknowledged + 1));
            weir_ledger_close(ledger);
            sum += acknowledged;
        }
        uint64_t charged =
            (uint64_t)fixture_check(&fixture, "endless", WEIR_PERIOD_YEAR).lifetime_charges;
        assert_true(charged >= sum && charged <= sum + rounds);
        assert_true(sum > rounds); /* the children did get somewhere */
        fixture_end(&fixture);
    }
}

/* Charges until the disk is full; *charged counts what was acknowledged. True when it failed as it
 * should. */
static bool fill(struct ledger_fixture *fixture, struct weir_ledger *ledger, uint64_t *charged) {
    for (*charged = 0; *charged < 20000; ++*charged)
        if (!charge(fixture, ledger, 1, *charged, &endless, 1).ok)
            return fixture->error.class == WEIR_ERROR_SYSTEM;
    return false;
}

/* In a child, because the limit is the process's: 0 = as it should be. */
static int fill_under_a_size_limit(struct ledger_fixture *fixture) {
    struct weir_ledger *ledger = fixture_open(fixture);
    struct rlimit limit;
    uint64_t charged = 0;
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    struct rlimit small = {UINT64_C(48) * 1024, limit.rlim_max};
    if (setrlimit(RLIMIT_FSIZE, &small) != 0)
        return 2;
    if (!fill(fixture, ledger, &charged) || charged == 0)
        return 3;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 4;
    for (uint64_t which = 0; which < charged; which++)
        if (!is_charged(fixture, ledger, 1, which))
            return 5;
    if (is_charged(fixture, ledger, 1, charged)) /* refused before the commit: not there */
        return 6;
    if (!charge(fixture, ledger, 2, 0, &endless, 1).ok)
        return 7;
    weir_ledger_close(ledger);
    return fixture_check(fixture, "endless", WEIR_PERIOD_YEAR).lifetime_charges ==
                   (int64_t)charged + 1
               ? 0
               : 8;
}

static bool write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    bool written = fputs(text, file) >= 0;
    return fclose(file) == 0 && written;
}

/* A file system of 256 KiB over the fixture's folder, which no other process sees. */
static bool mount_small_disk(const char *folder) {
    char users[32], groups[32];
    snprintf(users, sizeof users, "0 %u 1", (unsigned)geteuid());
    snprintf(groups, sizeof groups, "0 %u 1", (unsigned)getegid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_text("/proc/self/uid_map", users) &&
           write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/gid_map", groups) &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("weir", folder, "tmpfs", 0, "size=256k") == 0;
}

/* The same on a small file system of its own; 77 where the machine does not allow one. */
static int fill_a_small_disk(struct ledger_fixture *fixture) {
    uint64_t charged = 0;
    if (!mount_small_disk(fixture->folder))
        return 77;
    struct weir_ledger *ledger = fixture_open(fixture);
    if (!fill(fixture, ledger, &charged) || charged == 0)
        return 3;
    if (strstr(fixture->error.hint, "space") == NULL)
        return 4;
    weir_error_clear(&fixture->error);
    if (!weir_ledger_verify(ledger, &fixture->error).ok)
        return 7;
    for (uint64_t which = 0; which < charged; which++)
        if (!is_charged(fixture, ledger, 1, which))
            return 5;
    if (is_charged(fixture, ledger, 1, charged))
        return 6;
    weir_ledger_close(ledger);
    return 0;
}

static int in_a_child(int (*work)(struct ledger_fixture *fixture), struct ledger_fixture *fixture) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(work(fixture));
    assert_true(waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_full_disk_refuses_and_recovers(void **state) {
    (void)state;
    for (int wal = 0; wal <= 1; wal++) {
        struct ledger_fixture fixture;
        fixture_start(&fixture, wal == 1);
        assert_int_equal(in_a_child(fill_under_a_size_limit, &fixture), 0);
        fixture_end(&fixture);
    }
}

static void a_full_file_system_refuses(void **state) {
    (void)state;
    struct ledger_fixture fixture;
    fixture_start(&fixture, false);
    int result = in_a_child(fill_a_small_disk, &fixture);
    fixture_end(&fixture);
    if (result == 77) {
        print_message("# skipped: this machine allows no mount in a namespace\n");
        return; /* cmocka's skip() prints "not ok" */
    }
    assert_int_equal(result, 0);
}

/* Opens and makes three charges on a disk that fails at one call. Gives a mask of those
 * acknowledged. */
static unsigned charge_on_faulty_disk(struct ledger_fixture *fixture) {
    struct weir_ledger *ledger = NULL;
    unsigned acknowledged = 0;
    weir_error_clear(&fixture->error);
    if (!weir_ledger_open(fixture->path, &fixture->env, &ledger, &fixture->error).ok) {
        assert_int_equal(fixture->error.class, WEIR_ERROR_SYSTEM);
        assert_null(ledger);
        return 0;
    }
    bool broken = false;
    for (unsigned which = 0; which < 3; which++) {
        bool ok = charge(fixture, ledger, 1, which, accounts, 2).ok;
        assert_true(ok || fixture->error.class == WEIR_ERROR_SYSTEM);
        /* After a failed sync nothing more is charged through this handle. */
        assert_false(ok && broken);
        broken = broken || faulty_disk.sync_failed;
        acknowledged |= (unsigned)ok << which;
    }
    weir_ledger_close(ledger);
    return acknowledged;
}

/* Every write, truncation and sync in turn fails, once or for good. Nothing acknowledged is lost,
 * what failed is there at most once, and the books agree. */
static void every_failing_call_leaves_the_books_right(void **state) {
    (void)state;
    for (int for_good = 0; for_good <= 1; for_good++) {
        int fail_at = 0, failures;
        do {
            struct ledger_fixture fixture;
            fixture_start(&fixture, false);
            faulty_disk_install();
            faulty_disk.fail_at = ++fail_at;
            faulty_disk.for_good = for_good == 1;
            unsigned acknowledged = charge_on_faulty_disk(&fixture);
            failures = faulty_disk.failures;
            faulty_disk_remove();
            assert_true(failures > 0 || acknowledged == 7);
            weir_error_clear(&fixture.error);
            struct weir_ledger *ledger = fixture_open(&fixture);
            assert_true(weir_ledger_verify(ledger, &fixture.error).ok);
            for (unsigned which = 0; which < 3; which++)
                if ((acknowledged >> which & 1) != 0)
                    assert_true(is_charged(&fixture, ledger, 1, which));
            weir_ledger_close(ledger);
            assert_true(fixture_check(&fixture, "permit p", WEIR_PERIOD_LIFETIME)
                            .lifetime_spent.femto_rho >= PRICE * __builtin_popcount(acknowledged));
            fixture_end(&fixture);
        } while (failures > 0);
        assert_true(fail_at > 30);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_never_overspend),
        cmocka_unit_test(processes_never_overspend),
        cmocka_unit_test(killing_loses_no_acknowledged_charge),
        cmocka_unit_test(a_full_disk_refuses_and_recovers),
        cmocka_unit_test(a_full_file_system_refuses),
        cmocka_unit_test(every_failing_call_leaves_the_books_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
