/* A store in a folder of its own, with a clock that the test sets, and an engine over it. */
#ifndef WEIR_TESTS_ENGINE_FIXTURE_H
#define WEIR_TESTS_ENGINE_FIXTURE_H

#include "engine/engine_private.h"

struct fixture {
    char folder[64]; /* of everything */
    char path[96];   /* of the store */
    char file[96];   /* the latest file written */
    int64_t now;     /* what the clock reads */
    struct weir_env env;
    struct weir_arena *arena;
    const struct weir_policy *policy;
    struct weir_engine *engine;
    struct weir_error error;
};

extern const char *const fixture_policy;

/* Each fails the test when it cannot. The clock starts at 2026-06-15. */
void fixture_prepare(struct fixture *fixture, const char *policy); /* no store yet */
void fixture_open(struct fixture *fixture);                        /* with a store and an engine */
void fixture_close(struct fixture *fixture);
struct weir_engine *fixture_open_engine(struct fixture *fixture, bool announce);
void fixture_write(struct fixture *fixture, const char *text);
void fixture_load(struct fixture *fixture, struct weir_engine *engine, const char *schema,
                  const char *table, const char *text);
/* Both tables of the policy: four patients. */
void fixture_load_all(struct fixture *fixture);
struct weir_session *fixture_session(struct fixture *fixture, const char *user);

/* One statement of the store's state.db, behind the program's back; fixture_alter is to change
 * rows. */
void fixture_run(struct fixture *fixture, const char *sql);
void fixture_alter(struct fixture *fixture, const char *sql);
/* The path of something in the store's folder, valid until the next call. */
const char *fixture_path(struct fixture *fixture, const char *name);

/* A question as query.c writes it: charged and logged. */
void fixture_ask(struct fixture *fixture, struct weir_session *session, const char *text,
                 uint8_t id[WEIR_QUESTION_ID_BYTES]);
void fixture_keep_answer(struct fixture *fixture, const uint8_t id[WEIR_QUESTION_ID_BYTES],
                         const char *answer);
void fixture_answer(struct fixture *fixture, struct weir_session *session,
                    const uint8_t id[WEIR_QUESTION_ID_BYTES], const char *answer);

/* Ok, or the test fails with the error's message. */
void fixture_must(struct fixture *fixture, weir_status status);

#endif
