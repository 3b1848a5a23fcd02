/* What verify.c and verify_log.c share: the facts that one reading of the log gave. */
#ifndef WEIR_ENGINE_VERIFY_PRIVATE_H
#define WEIR_ENGINE_VERIFY_PRIVATE_H

#include "engine/engine_private.h"

struct weir_logged_question {
    uint8_t id[WEIR_QUESTION_ID_BYTES]; /* first: the order of the tree */
    struct weir_logged_question *next;  /* in the order of the log */
    uint64_t index, answer_index;
    int64_t time;
    struct weir_privacy_amount price;
    const char *purpose, *role;
    uint8_t policy_hash[WEIR_POLICY_HASH_BYTES];
    uint8_t commitment[WEIR_DIGEST_BYTES];
    uint8_t digest[WEIR_DIGEST_BYTES]; /* of the answer, when given */
    bool is_answered, is_given;
};

struct weir_logged_load {
    int64_t version; /* first: the order of the tree */
    uint64_t index;
    uint8_t digest[WEIR_DIGEST_BYTES];
    const char *table;
};

struct weir_logged_policy {
    struct weir_logged_policy *next;
    uint8_t hash[WEIR_POLICY_HASH_BYTES];
};

struct weir_logged {
    struct weir_arena *arena;
    void *questions, *loads; /* search trees of tsearch(3) */
    struct weir_logged_question *first, **last;
    struct weir_logged_policy *policies;
    struct weir_verify_report report;
};

/* Reads the whole log, trusting the verifier key alone, and checks that its entries agree with each
 * other. Zero-initialise, with the arena set; free it even after a failure. */
weir_status weir_logged_read(const char *folder, const char *verifier_key,
                             struct weir_logged *logged, struct weir_error *error) WEIR_MUST_CHECK;
void weir_logged_free(struct weir_logged *logged);
/* NULL when the log has none. */
const struct weir_logged_question *
weir_logged_find_question(const struct weir_logged *logged,
                          const uint8_t id[WEIR_QUESTION_ID_BYTES]);
const struct weir_logged_load *weir_logged_find_load(const struct weir_logged *logged,
                                                     int64_t version);
bool weir_logged_has_policy(const struct weir_logged *logged,
                            const uint8_t hash[WEIR_POLICY_HASH_BYTES]);

#endif
