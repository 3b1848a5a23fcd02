/* Makes and removes the stores that the tests work in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine_fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

const char *const fixture_policy =
    "POLICY \"Health statistics\" VERSION 3 CONTROLLER \"Ministry\" EFFECTIVE 2026-01-01"
    " UNTIL 2036-01-01;\n"
    "DATASET health UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;\n"
    "PUBLIC TABLE public.district (code TEXT KEY, label TEXT);\n"
    "TABLE health.patient (id BIGINT UNIT KEY, born INT RANGE 1900 .. 2027,"
    " district TEXT VALUES FROM public.district(code), seen_on DATE)"
    " RETAIN 10 YEARS FROM seen_on;\n"
    "ROLE analyst; ROLE clerk;\n"
    "PURPOSE planning IS dpv:PublicBenefit LEGAL BASIS \"Act 1\" BECAUSE \"Plans\""
    " UNTIL 2030-01-01;\n"
    "PERMIT AGGREGATE ON health.patient (born, district) FOR planning TO ROLE analyst"
    " BUDGET EPSILON 3 DELTA 1e-9 PER YEAR QUERY EPSILON 0.25 MINIMUM 10 PEOPLE;\n";

static weir_status read_clock(void *state, int64_t *microseconds, struct weir_error *error) {
    (void)error;
    *microseconds = ((const struct fixture *)state)->now;
    return WEIR_OK;
}

void fixture_must(struct fixture *fixture, weir_status status) {
    if (!status.ok)
        fail_msg("%s: %s", fixture->error.message, fixture->error.detail);
}

void fixture_prepare(struct fixture *fixture, const char *policy) {
    memset(fixture, 0, sizeof *fixture);
    fixture_must(fixture, weir_env_initialise(&fixture->error));
    fixture->env = *weir_env_system();
    fixture->env.state = fixture;
    fixture->env.now = read_clock;
    fixture->now = weir_days_from_civil(2026, 6, 15) * INT64_C(86400000000);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/weir_engine_XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/store", fixture->folder);
    snprintf(fixture->file, sizeof fixture->file, "%s/input", fixture->folder);
    fixture->arena = weir_arena_create(64 << 20);
    assert_non_null(fixture->arena);
    fixture->policy = weir_policy_parse(fixture->arena, policy, strlen(policy), &fixture->error);
    if (fixture->policy == NULL)
        fail_msg("policy: %s", fixture->error.message);
}

struct weir_engine *fixture_open_engine(struct fixture *fixture, bool announce) {
    const struct weir_engine_options options = {
        .memory_megabytes = 128, .threads = 1, .announce = announce};
    struct weir_engine *engine = NULL;
    fixture_must(fixture, weir_engine_open(fixture->path, &fixture->env, &options, &engine,
                                           &fixture->error));
    return engine;
}

void fixture_open(struct fixture *fixture) {
    fixture_prepare(fixture, fixture_policy);
    fixture_must(fixture, weir_engine_create(fixture->path, &fixture->env, fixture->policy,
                                             &fixture->error));
    fixture->engine = fixture_open_engine(fixture, false);
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place) {
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

void fixture_close(struct fixture *fixture) {
    weir_engine_close(fixture->engine);
    weir_arena_destroy(fixture->arena);
    assert_int_equal(nftw(fixture->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void fixture_write(struct fixture *fixture, const char *text) {
    FILE *file = fopen(fixture->file, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

void fixture_load(struct fixture *fixture, struct weir_engine *engine, const char *schema,
                  const char *table, const char *text) {
    const struct weir_load_request request = {
        .schema = schema, .table = table, .path = fixture->file};
    const struct weir_table_version *loaded;
    size_t count = 0;
    fixture_write(fixture, text);
    fixture_must(fixture, weir_engine_load(engine, &request, fixture->arena, &loaded, &count,
                                           &fixture->error));
    assert_true(count >= 1);
    assert_string_equal(loaded[0].name, table);
}

void fixture_load_all(struct fixture *fixture) {
    fixture_load(fixture, fixture->engine, "public", "district", "code,label\nN,North\nS,South\n");
    fixture_load(fixture, fixture->engine, "health", "patient",
                 "id,born,district,seen_on\n1,1950,N,2020-01-01\n2,1960,S,2020-01-02\n"
                 "3,1970,N,2020-01-03\n4,1980,S,2020-01-04\n");
}

struct weir_session *fixture_session(struct fixture *fixture, const char *user) {
    struct weir_session *session = NULL;
    fixture_must(fixture, weir_session_open(fixture->engine, user, "analyst", "planning", &session,
                                            &fixture->error));
    return session;
}

static int run(struct fixture *fixture, const char *sql) {
    sqlite3 *database = NULL;
    char *problem = NULL;
    assert_int_equal(sqlite3_open(fixture_path(fixture, "state.db"), &database), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(database, 10000), SQLITE_OK);
    sqlite3_exec(database, sql, NULL, NULL, &problem);
    if (problem != NULL)
        fail_msg("%s", problem);
    int changes = sqlite3_changes(database);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    return changes;
}

void fixture_run(struct fixture *fixture, const char *sql) {
    run(fixture, sql);
}

void fixture_alter(struct fixture *fixture, const char *sql) {
    assert_true(run(fixture, sql) > 0);
}

const char *fixture_path(struct fixture *fixture, const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", fixture->path, name);
    return path;
}

void fixture_ask(struct fixture *fixture, struct weir_session *session, const char *text,
                 uint8_t id[WEIR_QUESTION_ID_BYTES]) {
    static const char *const columns[] = {"health.patient.born"};
    struct weir_question_record record = {.canonical = "SELECT count(*) WHERE born > $1",
                                          .full_text = text,
                                          .column_count = 1,
                                          .columns = columns,
                                          .price = {1000000000, 3},
                                          .data_version = 2};
    struct weir_error *error = &fixture->error;
    fixture_must(fixture, weir_record_question_id(session, record.id, error));
    fixture_must(fixture, weir_record_question_fits(session, &record, error));
    fixture_must(fixture, weir_ledger_charge(fixture->engine->ledger, record.id, session->accounts,
                                             2, record.price, error));
    fixture_must(fixture, weir_record_question(session, &record, error));
    memcpy(id, record.id, sizeof record.id);
}

void fixture_keep_answer(struct fixture *fixture, const uint8_t id[WEIR_QUESTION_ID_BYTES],
                         const char *answer) {
    uint8_t key[WEIR_DIGEST_BYTES] = {0};
    memcpy(key, id, WEIR_QUESTION_ID_BYTES);
    fixture_must(fixture, weir_store_keep_answer(weir_engine_store(fixture->engine), key, id,
                                                 answer, strlen(answer), &fixture->error));
}

void fixture_answer(struct fixture *fixture, struct weir_session *session,
                    const uint8_t id[WEIR_QUESTION_ID_BYTES], const char *answer) {
    fixture_keep_answer(fixture, id, answer);
    fixture_must(fixture,
                 weir_record_answer(session, id, answer, strlen(answer), 1, &fixture->error));
}
