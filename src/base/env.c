/* The real world behind the seams. */
#include "base/env.h"

#include <errno.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

static weir_status system_now(void *state, int64_t *microseconds, struct weir_error *error) {
    (void)state;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return weir_fail_errno(error, "the clock cannot be read");
    if (now.tv_sec < 1577836800) /* 2020-01-01: earlier means an unset clock */
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "the clock is not set: it reads a year before 2020");
    *microseconds = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    return WEIR_OK;
}

static weir_status system_entropy(void *state, void *bytes, size_t len, struct weir_error *error) {
    (void)state;
    (void)error; /* libsodium aborts the process rather than return weak bytes */
    randombytes_buf(bytes, len);
    return WEIR_OK;
}

static weir_status system_write(void *state, int file, const void *bytes, size_t len,
                                struct weir_error *error) {
    (void)state;
    const char *next = bytes;
    while (len > 0) {
        ssize_t written = write(file, next, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return weir_fail_errno(error, "writing failed");
        next += written;
        len -= (size_t)written;
    }
    return WEIR_OK;
}

static weir_status system_sync(void *state, int file, struct weir_error *error) {
    (void)state;
    if (fdatasync(file) != 0)
        return weir_fail_errno(error, "making the write durable failed");
    return WEIR_OK;
}

const struct weir_env *weir_env_system(void) {
    static const struct weir_env env = {
        .now = system_now,
        .entropy = system_entropy,
        .write = system_write,
        .sync = system_sync,
    };
    return &env;
}

weir_status weir_env_initialise(struct weir_error *error) {
    if (sodium_init() < 0)
        return weir_fail(error, WEIR_ERROR_SYSTEM, "libsodium cannot be initialised");
    return WEIR_OK;
}

int64_t weir_env_monotonic_microseconds(void) {
    struct timespec now;
    weir_check(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
