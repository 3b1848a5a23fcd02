/* What the files of this folder share: the opened store with its engine, and one session. */
#ifndef WEIR_ENGINE_ENGINE_PRIVATE_H
#define WEIR_ENGINE_ENGINE_PRIVATE_H

#include "budget/ledger.h"
#include "engine/engine.h"
#include "exec/release.h"
#include "translog/log.h"

#include <pthread.h>

/* The data engine over one snapshot of table versions, shared by the questions that run on it. A
 * new load makes a new snapshot; the old one closes when its last question is done. */
struct weir_snapshot {
    struct weir_backend *backend;
    struct weir_arena *arena;
    const struct weir_table_version *versions;
    size_t version_count;
    int64_t store_version;
    int users; /* under engine->snapshot_lock */
};

/* A question being answered; lives on its asker's stack. */
struct weir_inflight {
    struct weir_inflight *next;
    uint8_t key[WEIR_DIGEST_BYTES]; /* of its stored answer */
};

struct weir_engine {
    const struct weir_env *env;
    struct weir_engine_options options;
    struct weir_release_options release_options;
    struct weir_store *store;
    struct weir_ledger *ledger;
    struct weir_log *log;
    pthread_mutex_t snapshot_lock;
    struct weir_snapshot *snapshot;
    pthread_mutex_t inflight_lock;
    pthread_cond_t inflight_left;
    struct weir_inflight *inflight; /* under inflight_lock */
};

struct weir_session {
    struct weir_engine *engine;
    struct weir_arena *arena; /* of the catalog */
    const struct weir_catalog *catalog;
    struct weir_cancel *cancel;
    char analyst[33]; /* pseudonym: 16 bytes of HMAC-SHA-256(keys->pseudonym, user name), hex */
    double epsilon;   /* SET weir.epsilon; 0 = the permit's QUERY EPSILON */
    struct weir_ledger_account accounts[2]; /* the permit's and the dataset's */
};

/* The newest snapshot, opened when the store has moved on; give it back. snapshot.c */
weir_status weir_snapshot_acquire(struct weir_engine *engine, struct weir_snapshot **snapshot,
                                  struct weir_error *error) WEIR_MUST_CHECK;
void weir_snapshot_return(struct weir_engine *engine, struct weir_snapshot *snapshot);
/* Closes the newest one, when the engine closes. */
void weir_snapshot_forget(struct weir_engine *engine);
/* The version of one table in it; NULL when the table was never loaded. */
const struct weir_table_version *weir_snapshot_table(const struct weir_snapshot *snapshot,
                                                     const char *schema, const char *name);

void weir_inflight_initialise(struct weir_engine *engine);
void weir_inflight_destroy(struct weir_engine *engine);
/* Waits until no other question of the same key is in flight, then is it. CANCELLED when the
 * session is, meanwhile; inflight.c */
weir_status weir_inflight_enter(struct weir_session *session, struct weir_inflight *mine,
                                struct weir_error *error) WEIR_MUST_CHECK;
void weir_inflight_leave(struct weir_session *session, struct weir_inflight *mine);

/* The permit still holds today? Class DENIED when policy, permit or purpose ended since the session
 * opened. session.c */
weir_status weir_session_check_day(struct weir_session *session,
                                   struct weir_error *error) WEIR_MUST_CHECK;

/* Budgets as accounts of the ledger, named in the arena. account.c */
weir_status weir_account_of_permit(struct weir_arena *arena,
                                   const struct weir_policy_permit *permit,
                                   struct weir_ledger_account *account) WEIR_MUST_CHECK;
weir_status weir_account_of_dataset(struct weir_arena *arena,
                                    const struct weir_policy_dataset *dataset,
                                    struct weir_ledger_account *account) WEIR_MUST_CHECK;
/* The one dataset of a permit's grants; class REFUSED when there is none or there are several. */
weir_status weir_account_dataset(const struct weir_policy_permit *permit,
                                 const struct weir_policy_dataset **dataset,
                                 struct weir_error *error) WEIR_MUST_CHECK;
/* What was spent of an account, in epsilon at its own delta. */
weir_status
weir_account_report(struct weir_ledger *ledger, const struct weir_ledger_account *account,
                    const struct weir_budget_terms *terms, struct weir_status_budget *budget,
                    struct weir_ledger_balance *balance, struct weir_error *error) WEIR_MUST_CHECK;

/* The price of the session's next question, in epsilon. settings.c */
double weir_session_epsilon(const struct weir_session *session);

/* Today in UTC, days since 1970. session.c */
weir_status weir_engine_today(const struct weir_env *env, int64_t *today,
                              struct weir_error *error) WEIR_MUST_CHECK;

/* Entries of the store itself, each durable on return; the load's place in the log is given back.
 * record.c */
weir_status weir_record_start(struct weir_engine *engine, struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_record_load(struct weir_engine *engine, const struct weir_table_version *version,
                             uint64_t *index, struct weir_error *error) WEIR_MUST_CHECK;

/* Entries written on the way of one query, each durable on return. record.c */
struct weir_question_record {
    uint8_t id[WEIR_QUESTION_ID_BYTES]; /* drawn by weir_record_question_id */
    const char *canonical;              /* literals replaced */
    const char *full_text; /* the canonical text with literals: private, committed to */
    size_t column_count;
    const char *const *columns;
    struct weir_privacy_amount price;
    int64_t data_version;
};
weir_status weir_record_question_id(struct weir_session *session,
                                    uint8_t id[WEIR_QUESTION_ID_BYTES],
                                    struct weir_error *error) WEIR_MUST_CHECK;
/* Class LIMIT when the question's entry would be too long for the log: to be asked before the
 * charge. */
weir_status weir_record_question_fits(struct weir_session *session,
                                      const struct weir_question_record *record,
                                      struct weir_error *error) WEIR_MUST_CHECK;
/* Keeps the commitment, then appends. */
weir_status weir_record_question(struct weir_session *session,
                                 const struct weir_question_record *record,
                                 struct weir_error *error) WEIR_MUST_CHECK;
/* Appends, and tells the store that it was. answer NULL = the question failed after its charge. */
weir_status weir_record_answer(struct weir_session *session,
                               const uint8_t id[WEIR_QUESTION_ID_BYTES], const void *answer,
                               size_t len, size_t rows, struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_record_repeat(struct weir_session *session,
                               const uint8_t id[WEIR_QUESTION_ID_BYTES],
                               struct weir_error *error) WEIR_MUST_CHECK;
/* The digest of an answer as the log has it: HMAC-SHA-256 under keys->digest. */
void weir_record_digest(const struct weir_store *store, const void *answer, size_t len,
                        uint8_t digest[WEIR_DIGEST_BYTES]);
/* HMAC-SHA-256 of a question's full text under its own key. */
void weir_record_commitment(const uint8_t key[WEIR_KEY_BYTES], const char *full_text,
                            uint8_t commitment[WEIR_DIGEST_BYTES]);

/* The log's verifier key as text. report.c */
weir_status weir_verifier_key(const struct weir_store *store, char *out, size_t size,
                              struct weir_error *error) WEIR_MUST_CHECK;

#endif
