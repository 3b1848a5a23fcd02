/* The bounded-contribution operator: rows of units in, clipped group sums out.
 *
 * A unit (a person) may have any number of rows, in any order, in any number of groups. The
 * operator adds up each unit's rows by group, which makes one vector over the groups for each unit
 * and measure; a vector whose L2 norm is beyond tau is scaled down to it; the sums over the units
 * of what is left are what noise is added to. So a unit moves the vector of sums of a measure by at
 * most tau in L2 norm, whatever its rows are: the clip is of what arrived, nothing is trusted.
 *
 *     create -> (set_storage) -> part, feed, feed, ...   each thread its own part
 *            -> finish -> histogram, groups, clip        any number of times
 *            -> destroy                                  frees everything, in any state
 *
 * Numbers are whole. A SUM's argument becomes a whole number of raw units (see contribution.h),
 * clamped to [low, high], minus the centre. A unit's value in a group is its exact sum, saturated
 * at +-(2^63 - 1) at the very end: results never depend on the order of the rows or on how they are
 * divided among parts.
 *
 * Errors: LIMIT 53200 beyond the memory limit, CANCELLED, and INTERNAL for input that breaks what
 * this header asks for. After a failure only weir_bounder_destroy may be called. No message holds a
 * value. */
#ifndef WEIR_BOUND_BOUNDER_H
#define WEIR_BOUND_BOUNDER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"
#include "bound/contribution.h"

enum {
    WEIR_BOUNDER_KEYS_MAX = 16,
    WEIR_BOUNDER_ARGUMENTS_MAX = 64,
    WEIR_BOUNDER_MEASURES_MAX = 64,
    WEIR_BOUNDER_LATTICE_BITS_MAX = 20,
    WEIR_BOUNDER_TAU_COUNT = 244 /* candidates: weir_bounder_tau(0 .. TAU_COUNT - 1) */
};

/* How the values of a vector lie in memory; as DuckDB's flat vectors. */
enum weir_bounder_storage {
    WEIR_BOUNDER_BOOL,   /* bool */
    WEIR_BOUNDER_INT16,  /* int16_t: DECIMAL of up to 4 digits */
    WEIR_BOUNDER_INT32,  /* int32_t: INTEGER, DATE, DECIMAL of up to 9 digits */
    WEIR_BOUNDER_INT64,  /* int64_t: BIGINT, TIMESTAMP, DECIMAL of up to 18 digits */
    WEIR_BOUNDER_INT128, /* uint64_t low, int64_t high: HUGEINT, wide DECIMALs */
    WEIR_BOUNDER_DOUBLE, /* double */
    WEIR_BOUNDER_STRING  /* duckdb_string_t, 16 bytes: TEXT, BLOB */
};

/* A group key or an argument, as the query types it. */
struct weir_bounder_column {
    enum weir_type type;
    int scale; /* NUMERIC: digits after the point; else 0 */
};

enum weir_bounder_measure_kind {
    WEIR_BOUNDER_ROWS,   /* 1 for each row */
    WEIR_BOUNDER_VALUES, /* 1 for each row whose argument is present: not NULL, not NaN */
    WEIR_BOUNDER_SUM,    /* the clamped, centred argument; 0 where it is absent */
    WEIR_BOUNDER_PEOPLE  /* 1 for each group the unit has a row in, however many */
};

struct weir_bounder_measure {
    enum weir_bounder_measure_kind kind;
    size_t argument; /* VALUES, SUM: index into the options' arguments; measures may share one */
    struct weir_contribution contribution; /* SUM: low, high, centre and, for DOUBLE, raw_unit */
};

struct weir_bounder_options {
    size_t memory_limit_bytes;
    int threads; /* of finish and clip, at most; feeding has the caller's threads */
    size_t key_count, argument_count, measure_count; /* measures >= 1 */
    const struct weir_bounder_column *keys;
    const struct weir_bounder_column *arguments; /* of SUM: INTEGER, BIGINT, NUMERIC, DOUBLE */
    const struct weir_bounder_measure *measures;
    bool (*is_cancelled)(void *context); /* NULL = never; called by any thread, often */
    void *cancel_context;
};

struct weir_bounder;
struct weir_bounder_part;

/* Copies the options. Nothing is left behind on failure. */
weir_status weir_bounder_create(const struct weir_bounder_options *options,
                                struct weir_bounder **bounder,
                                struct weir_error *error) WEIR_MUST_CHECK;
void weir_bounder_destroy(struct weir_bounder *bounder); /* NULL is allowed */

/* The options as they were given, for whoever feeds; the pointers live as long as the bounder. */
const struct weir_bounder_options *weir_bounder_options_of(const struct weir_bounder *bounder);

/* How keys and arguments will lie in memory: before the first part, once. INTERNAL when a storage
 * cannot hold the type of its column. Without it: INT32 for INTEGER and DATE, INT64 for BIGINT and
 * TIMESTAMP, INT128 for NUMERIC, BOOL, DOUBLE, STRING. */
weir_status weir_bounder_set_storage(struct weir_bounder *bounder,
                                     const enum weir_bounder_storage *keys,
                                     const enum weir_bounder_storage *arguments,
                                     struct weir_error *error) WEIR_MUST_CHECK;

/* `validity`: bit i % 64 of word i / 64 is set where row i is not NULL; NULL pointer = all are. */
struct weir_bounder_vector {
    const void *data;
    const uint64_t *validity;
};

/* A batch of rows, borrowed for the call. */
struct weir_bounder_batch {
    size_t row_count;
    struct weir_bounder_vector unit;             /* int64_t; a NULL is INTERNAL */
    const struct weir_bounder_vector *keys;      /* key_count */
    const struct weir_bounder_vector *arguments; /* argument_count */
};

/* A part takes the rows of one thread at a time. It belongs to the bounder. Any thread may call. */
weir_status weir_bounder_part_create(struct weir_bounder *bounder, struct weir_bounder_part **part,
                                     struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_bounder_feed(struct weir_bounder_part *part,
                              const struct weir_bounder_batch *batch,
                              struct weir_error *error) WEIR_MUST_CHECK;

/* Once, when nobody feeds any more: joins the parts and the runs of each unit. */
weir_status weir_bounder_finish(struct weir_bounder *bounder,
                                struct weir_error *error) WEIR_MUST_CHECK;

/* ---- after finish ---- */

/* Groups are in ascending order of their keys (weir_value_compare, first key first). Without keys
 * there is one group, even of no rows. */
size_t weir_bounder_group_count(const struct weir_bounder *bounder);
/* All keys in the arena, text included: (*keys)[group * key_count + i]. */
weir_status weir_bounder_groups(const struct weir_bounder *bounder, struct weir_arena *arena,
                                const struct weir_value **keys) WEIR_MUST_CHECK;

/* Candidates for tau in raw units: the distinct values of ceil(2^(j/4)), ascending:
 * 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, ... 2^62. */
int64_t weir_bounder_tau(size_t index);

/* PRIVATE: exact numbers of units. histogram[i] counts the units whose norm is at most tau(i) and
 * beyond tau(i - 1) (from 0 for the first); histogram[WEIR_BOUNDER_TAU_COUNT] those beyond the
 * last. Norms are never taken for smaller than they are. Units clipped at tau(i): the sum of what
 * follows i. */
const uint64_t *weir_bounder_histogram(const struct weir_bounder *bounder, size_t measure);

/* sums[group] = the sum over units of the unit's value scaled by min(1, tau / norm), in lattice
 * units of 2^-lattice_bits raw units, each unit's part truncated toward zero: the clipped vector of
 * a unit has an L2 norm of at most tau * 2^lattice_bits, exactly. tau: raw units, 1 .. 2^62.
 * PEOPLE clipped at 1 has weight 1 / sqrt(m) in each of a unit's m groups. */
weir_status weir_bounder_clip(struct weir_bounder *bounder, size_t measure, int64_t tau,
                              int lattice_bits, weir_int128 *sums,
                              struct weir_error *error) WEIR_MUST_CHECK;

#endif
