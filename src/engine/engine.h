/* What a server or a command line can do with a store: open it, open a session for one user under
 * one purpose, ask, explain, load, verify. Everything that touches protected data goes through
 * query.c behind weir_session_execute. */
#ifndef WEIR_ENGINE_ENGINE_H
#define WEIR_ENGINE_ENGINE_H

#include "base/arena.h"
#include "base/env.h"
#include "base/error.h"
#include "base/value.h"
#include "catalog/catalog.h"
#include "exec/backend.h"
#include "sql/statement.h"
#include "store/store.h"

struct weir_engine;
struct weir_session;
struct weir_prepared;

struct weir_engine_options {
    size_t memory_megabytes; /* of the data engine; 0 = a part of the machine */
    int threads;             /* of the data engine; 0 = all cores */
    bool announce;           /* append a START entry to the log (weir serve) */
};

weir_status weir_engine_open(const char *folder, const struct weir_env *env,
                             const struct weir_engine_options *options, struct weir_engine **engine,
                             struct weir_error *error) WEIR_MUST_CHECK;
void weir_engine_close(struct weir_engine *engine); /* after its sessions; NULL is allowed */
struct weir_store *weir_engine_store(struct weir_engine *engine);

/* `weir init`: creates the store and writes its first entries, POLICY among them. */
weir_status weir_engine_create(const char *folder, const struct weir_env *env,
                               const struct weir_policy *policy,
                               struct weir_error *error) WEIR_MUST_CHECK;

/* A session of an authenticated user under one purpose. Class DENIED when policy, role or date do
 * not allow it. One thread uses it at a time, except for weir_session_cancel. */
weir_status weir_session_open(struct weir_engine *engine, const char *user, const char *role,
                              const char *purpose, struct weir_session **session,
                              struct weir_error *error) WEIR_MUST_CHECK;
void weir_session_close(struct weir_session *session);
const struct weir_catalog *weir_session_catalog(const struct weir_session *session);
void weir_session_cancel(struct weir_session *session);       /* any thread */
void weir_session_cancel_reset(struct weir_session *session); /* the owner, before a statement */

struct weir_result_column {
    const char *name;
    enum weir_type type;
};
struct weir_notice {
    const char *message, *detail, *hint; /* detail and hint may be NULL */
};
struct weir_result {
    size_t column_count, row_count;
    const struct weir_result_column *columns;
    const struct weir_value *values; /* row-major */
    size_t notice_count;
    const struct weir_notice *notices;
};

/* A parameter's type: given by the client, or found out by prepare. */
struct weir_parameter {
    bool typed;
    enum weir_type type;
};

/* Binds a SELECT or EXPLAIN of `statements`, checks all that can be refused, and describes the
 * result; charges and runs nothing. `parameters` has statement->parameter_count places; untyped
 * ones come back typed. The result lives in the arena, and holds on to the statement's tree. */
weir_status weir_session_prepare(struct weir_session *session, struct weir_arena *arena,
                                 const struct weir_statements *statements, size_t which,
                                 struct weir_parameter *parameters,
                                 const struct weir_prepared **prepared,
                                 struct weir_error *error) WEIR_MUST_CHECK;
size_t weir_prepared_columns(const struct weir_prepared *prepared,
                             const struct weir_result_column **columns);

/* Asks: the whole way of one query. `values` match the parameters' types. The result lives in the
 * arena. */
weir_status weir_session_execute(struct weir_session *session, struct weir_arena *arena,
                                 const struct weir_prepared *prepared,
                                 const struct weir_value *values, struct weir_result *result,
                                 struct weir_error *error) WEIR_MUST_CHECK;

/* Settings named "weir.*": epsilon. SHOW also knows weir.budget, weir.purpose, weir.policy. Class
 * INVALID 42704 for unknown ones. */
weir_status
weir_session_set(struct weir_session *session, const char *name, const char *value,
                 struct weir_error *error) WEIR_MUST_CHECK; /* value NULL = the default */
weir_status weir_session_show(struct weir_session *session, struct weir_arena *arena,
                              const char *name, struct weir_result *result,
                              struct weir_error *error) WEIR_MUST_CHECK;

/* `weir load`: prepare, log, commit. What is in force now is told in the arena: the table itself,
 * then those whose path to the unit leads through it. */
weir_status weir_engine_load(struct weir_engine *engine, const struct weir_load_request *request,
                             struct weir_arena *arena, const struct weir_table_version **loaded,
                             size_t *count, struct weir_error *error) WEIR_MUST_CHECK;

/* `weir status`: budgets, versions, log size. */
struct weir_status_budget {
    const char *account;
    double epsilon_limit, epsilon_spent, epsilon_lifetime, delta;
    int64_t questions; /* charges in this period */
    const char *period;
};
struct weir_status_report {
    size_t budget_count, version_count;
    const struct weir_status_budget *budgets;
    const struct weir_table_version *versions;
    uint64_t log_size;
    char verifier_key[256];
};
weir_status weir_engine_report(struct weir_engine *engine, struct weir_arena *arena,
                               struct weir_status_report *report,
                               struct weir_error *error) WEIR_MUST_CHECK;

/* `weir verify`: the log from its bytes alone, then the log against the private store. Fails at the
 * first thing that does not agree. */
struct weir_verify_report {
    uint64_t entries, pending, questions, answers, loads, unanswered;
    uint8_t root[32];
};
weir_status weir_engine_verify(const char *folder, const struct weir_env *env,
                               struct weir_verify_report *report,
                               struct weir_error *error) WEIR_MUST_CHECK;

#endif
