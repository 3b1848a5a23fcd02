/* What a question gives is in its words; see `questions`. */
#include "fake_engine.h"

#include "base/scram_verifier.h"
#include "wire/introspect.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

struct weir_engine {
    int unused;
};

struct weir_session {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool cancelled;
    char epsilon[32];
};

struct weir_prepared {
    const char *text;
    bool is_explain;
    size_t parameter_count;
    const struct weir_parameter *parameters;
    size_t column_count;
    const struct weir_result_column *columns;
};

struct weir_introspect {
    size_t purpose_count;
    const struct weir_policy_purpose *const *purposes;
    char user[64];
};

static struct weir_store_keys keys = {.pseudonym = {1, 2, 3}};

struct weir_engine *fake_engine_create(void) {
    return calloc(1, sizeof(struct weir_engine));
}

void fake_engine_destroy(struct weir_engine *engine) {
    free(engine);
}

struct weir_store *weir_engine_store(struct weir_engine *engine) {
    return (struct weir_store *)engine;
}

const struct weir_store_keys *weir_store_keys(const struct weir_store *store) {
    (void)store;
    return &keys;
}

const struct weir_env *weir_store_env(const struct weir_store *store) {
    (void)store;
    return weir_env_system();
}

const struct weir_policy *weir_store_policy(const struct weir_store *store) {
    (void)store;
    return NULL;
}

weir_status weir_store_find_user(struct weir_store *store, const char *name, bool *found,
                                 struct weir_user *user, struct weir_error *error) {
    (void)store;
    *found = strcmp(name, "ana") == 0;
    if (!*found)
        return WEIR_OK;
    static const uint8_t salt[WEIR_SCRAM_SALT_BYTES] = "0123456789abcde";
    *user = (struct weir_user){.name = "ana", .role = "analyst"};
    return weir_scram_make_verifier("correct horse", salt, WEIR_SCRAM_ITERATIONS, user->verifier,
                                    error);
}

weir_status weir_session_open(struct weir_engine *engine, const char *user, const char *role,
                              const char *purpose, struct weir_session **session,
                              struct weir_error *error) {
    (void)engine;
    if (strcmp(user, "ana") != 0 || strcmp(role, "analyst") != 0 || strcmp(purpose, "income") != 0)
        return weir_fail_state(error, WEIR_ERROR_DENIED, "3D000", "no such purpose for this role");
    *session = calloc(1, sizeof **session);
    if (*session == NULL || pthread_mutex_init(&(*session)->lock, NULL) != 0 ||
        pthread_cond_init(&(*session)->changed, NULL) != 0)
        return WEIR_FAILED;
    snprintf((*session)->epsilon, sizeof(*session)->epsilon, "0.1");
    return WEIR_OK;
}

void weir_session_close(struct weir_session *session) {
    pthread_mutex_destroy(&session->lock);
    pthread_cond_destroy(&session->changed);
    free(session);
}

const struct weir_catalog *weir_session_catalog(const struct weir_session *session) {
    (void)session;
    return NULL;
}

void weir_session_cancel(struct weir_session *session) {
    pthread_mutex_lock(&session->lock);
    session->cancelled = true;
    pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);
}

void weir_session_cancel_reset(struct weir_session *session) {
    pthread_mutex_lock(&session->lock);
    session->cancelled = false;
    pthread_mutex_unlock(&session->lock);
}

static const struct weir_result_column all_types[] = {
    {"boolean", WEIR_TYPE_BOOLEAN}, {"integer", WEIR_TYPE_INTEGER},
    {"bigint", WEIR_TYPE_BIGINT},   {"numeric", WEIR_TYPE_NUMERIC},
    {"double", WEIR_TYPE_DOUBLE},   {"text", WEIR_TYPE_TEXT},
    {"date", WEIR_TYPE_DATE},       {"timestamp", WEIR_TYPE_TIMESTAMP},
    {"blob", WEIR_TYPE_BLOB},       {"nothing", WEIR_TYPE_TEXT},
};
static const struct weir_result_column count_column[] = {{"count", WEIR_TYPE_BIGINT}};
static const struct weir_result_column plan_column[] = {{"QUERY PLAN", WEIR_TYPE_TEXT}};

/* The questions it knows: SELECT types | count | rows <n> | sleep | exhaust | echo $1 ... | refuse.
 */
static bool asks(const struct weir_prepared *prepared, const char *word) {
    return strstr(prepared->text, word) != NULL;
}

static bool describe_echo(struct weir_arena *arena, struct weir_prepared *prepared,
                          struct weir_parameter *parameters) {
    struct weir_result_column *columns =
        WEIR_NEW_ARRAY(arena, prepared->parameter_count, struct weir_result_column);
    for (size_t i = 0; columns != NULL && i < prepared->parameter_count; i++) {
        if (!parameters[i].typed)
            parameters[i] = (struct weir_parameter){true, WEIR_TYPE_BIGINT};
        columns[i] = (struct weir_result_column){"echo", parameters[i].type};
    }
    prepared->columns = columns;
    prepared->column_count = prepared->parameter_count;
    return columns != NULL;
}

weir_status weir_session_prepare(struct weir_session *session, struct weir_arena *arena,
                                 const struct weir_statements *statements, size_t which,
                                 struct weir_parameter *parameters,
                                 const struct weir_prepared **prepared, struct weir_error *error) {
    (void)session;
    const struct weir_statement *statement = &statements->items[which];
    struct weir_prepared *made = WEIR_NEW(arena, struct weir_prepared);
    if (made == NULL)
        return WEIR_FAILED;
    *made = (struct weir_prepared){.text = json_string_value(statement->tree),
                                   .is_explain = statement->kind == WEIR_STATEMENT_EXPLAIN,
                                   .parameter_count = (size_t)statement->parameter_count,
                                   .parameters = parameters,
                                   .column_count = 1,
                                   .columns = count_column};
    if (asks(made, "refuse")) {
        weir_fail(error, WEIR_ERROR_REFUSED, "rows of people are not given out");
        weir_error_detail(error, "Each row belongs to one person.");
        weir_error_hint(error, "Ask for an aggregate.");
        return weir_error_at(error, 8);
    }
    if (made->is_explain)
        made->columns = plan_column;
    if (asks(made, "types")) {
        made->columns = all_types;
        made->column_count = WEIR_COUNT(all_types);
    }
    if (asks(made, "echo") && !describe_echo(arena, made, parameters))
        return WEIR_FAILED;
    *prepared = made;
    return WEIR_OK;
}

size_t weir_prepared_columns(const struct weir_prepared *prepared,
                             const struct weir_result_column **columns) {
    *columns = prepared->columns;
    return prepared->column_count;
}

static weir_status sleep_until_cancelled(struct weir_session *session, struct weir_error *error) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    int waited = 0;
    pthread_mutex_lock(&session->lock);
    while (!session->cancelled && waited == 0)
        waited = pthread_cond_timedwait(&session->changed, &session->lock, &until);
    pthread_mutex_unlock(&session->lock);
    if (waited != 0)
        return weir_fail(error, WEIR_ERROR_INTERNAL, "nobody cancelled");
    return weir_fail(error, WEIR_ERROR_CANCELLED, "canceling statement due to user request");
}

static void fill_types(struct weir_value *values) {
    values[0] = weir_value_boolean(true);
    values[1] = weir_value_integer(WEIR_TYPE_INTEGER, -7);
    values[2] = weir_value_integer(WEIR_TYPE_BIGINT, INT64_C(9007199254740993));
    values[3] = weir_value_numeric(1250, 2);
    values[4] = weir_value_double(0.1);
    values[5] = weir_value_text("gr\xc3\xbc\xc3\x9f", 6);
    values[6] = weir_value_integer(WEIR_TYPE_DATE, 20781);
    values[7] = weir_value_integer(WEIR_TYPE_TIMESTAMP, INT64_C(1795523696500000));
    values[8] = (struct weir_value){.type = WEIR_TYPE_BLOB, .as.text = {"\x00\xff", 2}};
    values[9] = weir_value_null(WEIR_TYPE_TEXT);
}

static weir_status fill(const struct weir_prepared *prepared, const struct weir_value *given,
                        struct weir_arena *arena, struct weir_result *result) {
    const char *rows = strstr(prepared->text, "rows ");
    result->row_count = rows != NULL ? (size_t)strtol(rows + 5, NULL, 10) : 1;
    struct weir_value *values =
        WEIR_NEW_ARRAY(arena, result->row_count * result->column_count, struct weir_value);
    if (values == NULL)
        return WEIR_FAILED;
    result->values = values;
    if (prepared->is_explain)
        values[0] = weir_value_text("price: epsilon 0.1", 18);
    else if (asks(prepared, "types"))
        fill_types(values);
    else if (asks(prepared, "echo"))
        memcpy(values, given, prepared->parameter_count * sizeof *values);
    else
        for (size_t i = 0; i < result->row_count; i++)
            values[i] = weir_value_integer(WEIR_TYPE_BIGINT, rows != NULL ? (int64_t)i : 42);
    return WEIR_OK;
}

weir_status weir_session_execute(struct weir_session *session, struct weir_arena *arena,
                                 const struct weir_prepared *prepared,
                                 const struct weir_value *values, struct weir_result *result,
                                 struct weir_error *error) {
    static const struct weir_notice notices[] = {
        {"count: within 5 in 95% of cases", "It cost epsilon 0.1.", NULL}};
    if (asks(prepared, "sleep"))
        return sleep_until_cancelled(session, error);
    if (asks(prepared, "exhaust"))
        return weir_arena_allocate(arena, SIZE_MAX) == NULL ? WEIR_FAILED : WEIR_OK;
    result->column_count = prepared->column_count;
    result->columns = prepared->columns;
    if (asks(prepared, "count")) {
        result->notices = notices;
        result->notice_count = 1;
    }
    return fill(prepared, values, arena, result);
}

weir_status weir_session_set(struct weir_session *session, const char *name, const char *value,
                             struct weir_error *error) {
    if (strcmp(name, "weir.epsilon") != 0)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "42704", "there is no such setting");
    snprintf(session->epsilon, sizeof session->epsilon, "%s", value != NULL ? value : "0.1");
    return WEIR_OK;
}

weir_status weir_session_show(struct weir_session *session, struct weir_arena *arena,
                              const char *name, struct weir_result *result,
                              struct weir_error *error) {
    static const struct weir_result_column column[] = {{"weir.epsilon", WEIR_TYPE_TEXT}};
    if (strcmp(name, "weir.epsilon") != 0)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "42704", "there is no such setting");
    struct weir_value *value = WEIR_NEW(arena, struct weir_value);
    char *text = weir_arena_string(arena, session->epsilon);
    if (value == NULL || text == NULL)
        return WEIR_FAILED;
    *value = weir_value_text(text, strlen(text));
    *result =
        (struct weir_result){.column_count = 1, .row_count = 1, .columns = column, .values = value};
    return WEIR_OK;
}

weir_status weir_catalog_purposes(struct weir_arena *arena, const struct weir_policy *policy,
                                  const char *role, int64_t today,
                                  const struct weir_policy_purpose *const **purposes, size_t *count,
                                  struct weir_error *error) {
    static const struct weir_policy_purpose income = {.name = "income"};
    static const struct weir_policy_purpose *const list[] = {&income};
    (void)arena;
    (void)policy;
    if (strcmp(role, "analyst") != 0 || today < 18262)
        return weir_fail(error, WEIR_ERROR_INTERNAL, "wrong role or day");
    *purposes = list;
    *count = 1;
    return WEIR_OK;
}

weir_status weir_introspect_open(const struct weir_catalog *catalog,
                                 const struct weir_policy_purpose *const *purposes,
                                 size_t purpose_count, const char *user,
                                 struct weir_introspect **introspect, struct weir_error *error) {
    (void)catalog;
    (void)error;
    *introspect = calloc(1, sizeof **introspect);
    if (*introspect == NULL)
        return WEIR_FAILED;
    (*introspect)->purposes = purposes;
    (*introspect)->purpose_count = purpose_count;
    snprintf((*introspect)->user, sizeof(*introspect)->user, "%s", user);
    return WEIR_OK;
}

void weir_introspect_close(struct weir_introspect *introspect) {
    free(introspect);
}

/* The first purpose as a name, an array nobody can have in binary, and the first parameter or the
 * user. */
weir_status weir_introspect_query(struct weir_introspect *introspect, struct weir_arena *arena,
                                  const struct weir_statement *statement,
                                  const char *const *parameters, size_t parameter_count,
                                  struct weir_introspect_result *result, struct weir_error *error) {
    static const struct weir_introspect_column columns[] = {
        {"datname", 19}, {"oid", 26}, {"given", 25}, {"acl", 1034}};
    (void)error;
    bool with_array = strstr(json_string_value(statement->tree), "acl") != NULL;
    const char **cells = WEIR_NEW_ARRAY(arena, WEIR_COUNT(columns), const char *);
    if (cells == NULL)
        return WEIR_FAILED;
    cells[0] = introspect->purposes[0]->name;
    cells[1] = "16384";
    cells[2] = parameter_count > 0 ? parameters[0] : introspect->user;
    cells[3] = "{=c/ana}";
    *result = (struct weir_introspect_result){
        .column_count = with_array ? 4 : 3, .row_count = 1, .columns = columns, .cells = cells};
    return WEIR_OK;
}
