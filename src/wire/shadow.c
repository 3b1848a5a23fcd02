/* Making the shadow, and what bounds a statement that runs in it: an authorizer that admits reading
 * alone, limits of SQLite's own, a clock, and a count of memory. */
#include "wire/shadow.h"

#include "base/env.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    ARENA_BYTES = 4 << 20,
    STATEMENT_BYTES =
        64 << 20, /* SQLite's memory for one statement; SQLite counts for the whole process */
    PROGRESS_STEPS = 2000 /* of SQLite's machine between two looks at the clock */
};

static const struct {
    int limit, value;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, WEIR_SHADOW_VALUE_LIMIT},
    {SQLITE_LIMIT_COLUMN, 400},
    {SQLITE_LIMIT_COMPOUND_SELECT, 100},
    {SQLITE_LIMIT_VDBE_OP, 200000},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 0},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
    {SQLITE_LIMIT_EXPR_DEPTH, 1000},
};

static bool is_readable(const char *table) {
    static const char *const prefixes[] = {"pg_catalog.", "information_schema.", "weir_",
                                           "json_each"};
    if (table == NULL)
        return false;
    for (size_t i = 0; i < WEIR_COUNT(prefixes); i++)
        if (strncmp(table, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return table[0] == 'w' && isdigit((unsigned char)table[1]); /* the translator's WITH queries */
}

/* Of SQLite's functions, those that the translator writes. */
static bool is_callable(const char *name) {
    static const char *const known[] = {
        "abs",        "avg",   "coalesce",         "count",       "dense_rank", "instr",
        "json_array", "lower", "json_group_array", "json_object", "length",     "ltrim",
        "max",        "min",   "nullif",           "rank",        "replace",    "round",
        "row_number", "rtrim", "substr",           "sum",         "trim",       "upper"};
    if (strncmp(name, "weir_", 5) == 0)
        return true;
    for (size_t i = 0; i < WEIR_COUNT(known); i++)
        if (sqlite3_stricmp(known[i], name) == 0)
            return true;
    return false;
}

/* A table of the outermost FROM is read as "", when only its rows count. */
static int authorize(void *state, int action, const char *first, const char *second,
                     const char *database, const char *trigger) {
    (void)state;
    (void)database;
    (void)trigger;
    bool allowed = action == SQLITE_SELECT || action == SQLITE_RECURSIVE ||
                   (action == SQLITE_READ && is_readable(first)) ||
                   (action == SQLITE_FUNCTION && second != NULL && is_callable(second));
    return allowed ? SQLITE_OK : SQLITE_DENY;
}

bool weir_shadow_is_exhausted(struct weir_shadow *shadow) {
    struct weir_error unheard = {0};
    struct weir_error *error = shadow->error != NULL ? shadow->error : &unheard;
    if (weir_env_monotonic_microseconds() > shadow->deadline)
        weir_fail_state(error, WEIR_ERROR_CANCELLED, "57014",
                        "a query of the system catalog may take %d seconds", WEIR_SHADOW_SECONDS);
    else if (sqlite3_memory_used() - shadow->memory_before > STATEMENT_BYTES)
        weir_fail_state(error, WEIR_ERROR_LIMIT, "53200",
                        "a query of the system catalog needs more memory than it may use");
    else
        return false;
    return true;
}

static int progress(void *state) {
    return weir_shadow_is_exhausted(state);
}

void weir_shadow_begin(struct weir_shadow *shadow, struct weir_error *error) {
    shadow->error = error;
    shadow->memory_before = sqlite3_memory_used();
    shadow->deadline = weir_env_monotonic_microseconds() + (int64_t)WEIR_SHADOW_SECONDS * 1000000;
}

weir_status weir_shadow_fail(struct weir_shadow *shadow, struct weir_error *error,
                             const char *task) {
    int code = sqlite3_errcode(shadow->database);
    if (weir_error_is_set(error)) /* by a function, or by the limits */
        return WEIR_FAILED;
    if (code == SQLITE_NOMEM)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200",
                               "memory ran out trying to %s the system catalog", task);
    if (code == SQLITE_TOOBIG)
        return weir_fail_state(
            error, WEIR_ERROR_LIMIT, "54000",
            "a query of the system catalog is too large, or makes too large a value");
    weir_fail_state(error, WEIR_ERROR_INVALID, "0A000", "cannot %s the system catalog in this way",
                    task);
    return weir_error_detail(error, "%s.", sqlite3_errmsg(shadow->database));
}

weir_status weir_shadow_insert(struct weir_shadow *shadow, struct weir_error *error,
                               const char *target, const char *kinds, ...) {
    struct weir_buffer sql = {0};
    weir_buffer_printf(&sql, "INSERT INTO %s VALUES (", target);
    for (size_t i = 0; kinds[i] != '\0'; i++)
        weir_buffer_text(&sql, i == 0 ? "?" : ", ?");
    weir_buffer_text(&sql, ")");
    sqlite3_stmt *statement = NULL;
    int code = sql.failed ? SQLITE_NOMEM
                          : sqlite3_prepare_v2(shadow->database, sql.bytes, -1, &statement, NULL);
    va_list values;
    va_start(values, kinds);
    for (int i = 0; kinds[i] != '\0' && code == SQLITE_OK; i++) {
        weir_check(kinds[i] == 'i' || kinds[i] == 't');
        if (kinds[i] == 'i')
            code = sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t));
        else
            code = sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1,
                                     SQLITE_TRANSIENT);
    }
    va_end(values);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    weir_status status =
        code == SQLITE_DONE ? WEIR_OK : weir_shadow_fail(shadow, error, "write a row of");
    sqlite3_finalize(statement);
    weir_buffer_free(&sql);
    return status;
}

static weir_status open_database(struct weir_shadow *shadow, struct weir_error *error) {
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(":memory:", &shadow->database, flags, NULL) != SQLITE_OK)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200",
                               "memory ran out making the system catalog");
    static const int switches[][2] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                      {SQLITE_DBCONFIG_DQS_DML, 0},
                                      {SQLITE_DBCONFIG_DQS_DDL, 0},
                                      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}};
    for (size_t i = 0; i < WEIR_COUNT(switches); i++)
        if (sqlite3_db_config(shadow->database, switches[i][0], switches[i][1], NULL) != SQLITE_OK)
            return weir_shadow_fail(shadow, error, "open");
    if (sqlite3_exec(shadow->database, "PRAGMA temp_store = memory; BEGIN", NULL, NULL, NULL) !=
        SQLITE_OK)
        return weir_shadow_fail(shadow, error, "open");
    return WEIR_OK;
}

static weir_status fill(struct weir_shadow *shadow, struct weir_error *error) {
    WEIR_TRY(weir_shadow_make_tables(shadow, error));
    WEIR_TRY(weir_shadow_add_functions(shadow, error));
    WEIR_TRY(weir_shadow_fill_system(shadow, error));
    WEIR_TRY(weir_shadow_fill_relations(shadow, error));
    WEIR_TRY(weir_shadow_fill_views(shadow, error));
    if (sqlite3_exec(shadow->database, "COMMIT; PRAGMA query_only = on", NULL, NULL, NULL) !=
        SQLITE_OK)
        return weir_shadow_fail(shadow, error, "fill");
    return WEIR_OK;
}

/* From here on, the shadow is only read. */
static weir_status restrict_database(struct weir_shadow *shadow, struct weir_error *error) {
    for (size_t i = 0; i < WEIR_COUNT(limits); i++)
        (void)sqlite3_limit(shadow->database, limits[i].limit, limits[i].value);
    sqlite3_progress_handler(shadow->database, PROGRESS_STEPS, progress, shadow);
    if (sqlite3_set_authorizer(shadow->database, authorize, NULL) != SQLITE_OK)
        return weir_shadow_fail(shadow, error, "protect");
    return WEIR_OK;
}

weir_status weir_shadow_open(const struct weir_catalog *catalog,
                             const struct weir_policy_purpose *const *purposes,
                             size_t purpose_count, const char *user, struct weir_shadow **shadow,
                             struct weir_error *error) {
    struct weir_shadow *made = calloc(1, sizeof *made);
    if (made == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200",
                               "memory ran out making the system catalog");
    made->arena = weir_arena_create(ARENA_BYTES);
    made->catalog = catalog;
    made->purposes = purposes;
    made->purpose_count = purpose_count;
    made->user = made->arena == NULL ? NULL : weir_arena_string(made->arena, user);
    weir_shadow_begin(made, error);
    weir_status status = made->user == NULL ? WEIR_FAILED : open_database(made, error);
    if (status.ok)
        status = fill(made, error);
    if (status.ok)
        status = restrict_database(made, error);
    made->error = NULL;
    if (!status.ok) {
        weir_error_settle(error);
        weir_shadow_close(made);
        made = NULL;
    }
    *shadow = made;
    return status;
}

void weir_shadow_close(struct weir_shadow *shadow) {
    if (shadow == NULL)
        return;
    sqlite3_close(shadow->database);
    weir_arena_destroy(shadow->arena);
    free(shadow);
}
