/* The policy: what one institution allows, as a model. Read by parse.c, printed canonically by
 * print.c, linted by check.c. Everything hangs in the arena given to weir_policy_parse and is
 * immutable afterwards, so threads may share it. Names are compared byte for byte; unquoted
 * identifiers are lower-cased. */
#ifndef WEIR_POLICY_POLICY_H
#define WEIR_POLICY_POLICY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"

enum { WEIR_POLICY_HASH_BYTES = 32, WEIR_POLICY_TEXT_LIMIT = 1 << 20 };

enum weir_period {
    WEIR_PERIOD_LIFETIME, /* no PER: never refreshed */
    WEIR_PERIOD_DAY,
    WEIR_PERIOD_WEEK,
    WEIR_PERIOD_MONTH,
    WEIR_PERIOD_QUARTER,
    WEIR_PERIOD_YEAR
};

/* EPSILON e DELTA d [PER period] [UNTIL date]. Calendar periods in UTC. */
struct weir_budget_terms {
    bool given;
    double epsilon; /* 1e-6 .. 1e6 */
    double delta;   /* 1e-30 .. 1e-5 */
    enum weir_period period;
    bool has_until;
    int64_t until; /* days since 1970: the first day on which it no longer holds */
};

struct weir_policy_dataset {
    const char *name;
    const char *unit; /* "person" */
    struct weir_budget_terms budget;
    int line;
};

enum weir_column_role {
    WEIR_COLUMN_PLAIN,
    WEIR_COLUMN_UNIT_KEY,    /* identifies the unit; unique, never null */
    WEIR_COLUMN_UNIT_VIA,    /* foreign key on the path to the unit */
    WEIR_COLUMN_IDENTIFYING, /* no query may use it */
    WEIR_COLUMN_BIOMETRIC    /* stored, but no purpose may ever use it, and no permit may name it */
};

struct weir_policy_table;

struct weir_policy_column {
    const char *name;
    enum weir_type type;
    int precision, scale; /* NUMERIC(precision, scale) */
    enum weir_column_role role;
    bool not_null; /* NOT NULL, or implied by UNIT KEY and KEY */
    bool is_key;   /* KEY: unique within the table, never null */
    bool has_range;
    struct weir_value range_low, range_high; /* of the column's type, low <= high */
    /* VALUES ('a', 'b'): the closed domain, of the column's type, sorted, distinct */
    size_t value_count;
    const struct weir_value *values;
    const struct weir_policy_table *values_table; /* VALUES FROM public.t(key), or NULL */
    const struct weir_policy_column *values_column;
    /* UNIT VIA t(column), or NULL; the column is a UNIT KEY or a KEY */
    const struct weir_policy_table *via_table;
    const struct weir_policy_column *via_column;
    int line;
};

struct weir_policy_table {
    const char *schema, *name; /* schema = dataset name, or "public" */
    bool is_public;
    const struct weir_policy_dataset *dataset; /* NULL when public */
    size_t column_count;
    const struct weir_policy_column *columns;
    bool has_retain;
    int retain_count; /* RETAIN 10 YEARS FROM column; never indefinitely */
    enum weir_period retain_period;
    /* a DATE or TIMESTAMP column, or NULL = FROM LOAD */
    const struct weir_policy_column *retain_from;
    int64_t bound_rows; /* BOUND n ROWS: the most rows of one unit that count; 0 = not given */
    int line;
};

struct weir_policy_role {
    const char *name, *description; /* description may be NULL */
    int line;
};

struct weir_policy_purpose {
    const char *name;
    const char *term;                  /* "dpv:ProvideOfficialStatistics" */
    const char *legal_basis, *because; /* as term, NULL when not given */
    bool has_until;
    int64_t until; /* days since 1970: the first day on which it no longer holds */
    int line;
};

/* One table with the columns of it that a permit names. */
struct weir_policy_grant {
    const struct weir_policy_table *table;
    size_t column_count;
    const struct weir_policy_column *const *columns;
};

/* PERMIT AGGREGATE ON grants FOR purpose TO ROLE role BUDGET ... QUERY EPSILON e MINIMUM n PEOPLE
 */
struct weir_policy_permit {
    const struct weir_policy_purpose *purpose;
    const struct weir_policy_role *role;
    size_t grant_count;
    const struct weir_policy_grant *grants;
    struct weir_budget_terms budget;
    double query_epsilon;   /* the usual price of one question; > 0 */
    int64_t minimum_people; /* >= 1; 1 when not given */
    int line;
};

struct weir_policy {
    const char *name;
    int64_t version; /* >= 1 */
    bool has_supersedes;
    uint8_t supersedes[WEIR_POLICY_HASH_BYTES];
    const char *controller; /* NULL when not given, which the lint finds */
    bool has_effective, has_until;
    int64_t effective, until; /* days since 1970; until = the first day on which it does not hold */
    size_t dataset_count, table_count, role_count, purpose_count, permit_count;
    const struct weir_policy_dataset *datasets;
    const struct weir_policy_table *tables; /* protected and public */
    const struct weir_policy_role *roles;
    const struct weir_policy_purpose *purposes;
    const struct weir_policy_permit *permits;
};

/* NULL on an error, which carries line, column and what was expected. A statement of the language
 * that this program does not yet enforce parses and is then refused by name (class REFUSED), never
 * ignored. */
struct weir_policy *weir_policy_parse(struct weir_arena *arena, const char *text, size_t len,
                                      struct weir_error *error) WEIR_MUST_CHECK;

/* The one canonical text of a policy: parse(print(p)) is p, and print(parse(print(p))) is the same
 * bytes. */
char *weir_policy_print(struct weir_arena *arena, const struct weir_policy *policy) WEIR_MUST_CHECK;

/* SHA-256 of the canonical text. False when the arena is exhausted. */
bool weir_policy_hash(struct weir_arena *arena, const struct weir_policy *policy,
                      uint8_t hash[WEIR_POLICY_HASH_BYTES]) WEIR_MUST_CHECK;

struct weir_policy_finding {
    const struct weir_policy_finding *next;
    int line;
    const char *message; /* what is wrong and what to write instead */
};

/* The lint: NULL when nothing is wrong, else the findings in order of line. weir_policy_parse has
 * accepted the text before; a policy with findings must not be put into force. *exhausted when
 * memory ran out. */
const struct weir_policy_finding *weir_policy_check(struct weir_arena *arena,
                                                    const struct weir_policy *policy,
                                                    bool *exhausted) WEIR_MUST_CHECK;

const struct weir_policy_table *weir_policy_find_table(const struct weir_policy *policy,
                                                       const char *schema, const char *name);
const struct weir_policy_column *weir_policy_find_column(const struct weir_policy_table *table,
                                                         const char *name);
const struct weir_policy_purpose *weir_policy_find_purpose(const struct weir_policy *policy,
                                                           const char *name);
const struct weir_policy_role *weir_policy_find_role(const struct weir_policy *policy,
                                                     const char *name);

#endif
