/* The only seams to the world that a test may replace: clock, entropy, and making bytes durable.
 * Nothing else in the program reads a clock, draws randomness for noise, or calls fsync. */
#ifndef WEIR_BASE_ENV_H
#define WEIR_BASE_ENV_H

#include "base/error.h"

struct weir_env {
    void *state;
    /* Microseconds since 1970-01-01 UTC. Fails when the clock is unreadable. */
    weir_status (*now)(void *state, int64_t *microseconds, struct weir_error *error);
    /* Fills `bytes` with cryptographic randomness. */
    weir_status (*entropy)(void *state, void *bytes, size_t len, struct weir_error *error);
    /* write(2) of the whole of `bytes` at the file's end or offset; short writes are continued. */
    weir_status (*write)(void *state, int file, const void *bytes, size_t len,
                         struct weir_error *error);
    /* fdatasync(2). After a failure the file's content must be taken as unknown. */
    weir_status (*sync)(void *state, int file, struct weir_error *error);
};

/* The real clock, libsodium's randomness, write and fdatasync. Static lifetime. sodium_init must
 * have succeeded before (weir_env_initialise does it). */
const struct weir_env *weir_env_system(void);
weir_status weir_env_initialise(struct weir_error *error) WEIR_MUST_CHECK;

/* Seconds on a clock that never goes back, for time-outs only. */
int64_t weir_env_monotonic_microseconds(void);

#endif
