/* The log by itself: its signature, tree and entries, and that each entry may follow those before
 * it. */
#include "engine/verify_private.h"

#include "translog/entry.h"

#include <inttypes.h>
#include <search.h>
#include <string.h>

#include "base/banned.h"

static int compare_questions(const void *left, const void *right) {
    return memcmp(left, right, WEIR_QUESTION_ID_BYTES);
}

static int compare_loads(const void *left, const void *right) {
    int64_t a = ((const struct weir_logged_load *)left)->version;
    int64_t b = ((const struct weir_logged_load *)right)->version;
    return a < b ? -1 : a > b;
}

static weir_status out_of_memory(struct weir_error *error) {
    return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200",
                           "the log has more entries than memory can hold");
}

static weir_status wrong(struct weir_error *error, uint64_t index, const char *what) {
    return weir_fail(error, WEIR_ERROR_INVALID, "log entry %" PRIu64 ": %s", index, what);
}

const struct weir_logged_question *
weir_logged_find_question(const struct weir_logged *logged,
                          const uint8_t id[WEIR_QUESTION_ID_BYTES]) {
    void *found = tfind(id, &logged->questions, compare_questions);
    return found == NULL ? NULL : *(struct weir_logged_question *const *)found;
}

const struct weir_logged_load *weir_logged_find_load(const struct weir_logged *logged,
                                                     int64_t version) {
    const struct weir_logged_load key = {.version = version};
    void *found = tfind(&key, &logged->loads, compare_loads);
    return found == NULL ? NULL : *(struct weir_logged_load *const *)found;
}

bool weir_logged_has_policy(const struct weir_logged *logged,
                            const uint8_t hash[WEIR_POLICY_HASH_BYTES]) {
    for (const struct weir_logged_policy *policy = logged->policies; policy != NULL;
         policy = policy->next)
        if (memcmp(policy->hash, hash, sizeof policy->hash) == 0)
            return true;
    return false;
}

static weir_status require_policy(const struct weir_logged *logged, uint64_t index,
                                  const uint8_t *hash, struct weir_error *error) {
    return weir_logged_has_policy(logged, hash)
               ? WEIR_OK
               : wrong(error, index, "it names a policy that was not logged before it");
}

static weir_status add_policy(struct weir_logged *logged, const struct weir_entry_facts *facts,
                              struct weir_error *error) {
    struct weir_logged_policy *policy = WEIR_NEW(logged->arena, struct weir_logged_policy);
    if (policy == NULL)
        return out_of_memory(error);
    memcpy(policy->hash, facts->hash, sizeof policy->hash);
    policy->next = logged->policies;
    logged->policies = policy;
    return WEIR_OK;
}

static weir_status add_load(struct weir_logged *logged, uint64_t index,
                            const struct weir_entry_facts *facts, struct weir_error *error) {
    struct weir_logged_load *load = WEIR_NEW(logged->arena, struct weir_logged_load);
    const char *table = weir_arena_string(logged->arena, facts->table);
    if (load == NULL || table == NULL)
        return out_of_memory(error);
    *load = (struct weir_logged_load){.version = facts->version, .index = index, .table = table};
    memcpy(load->digest, facts->hash, sizeof load->digest);
    void *found = tsearch(load, &logged->loads, compare_loads);
    if (found == NULL)
        return out_of_memory(error);
    if (*(struct weir_logged_load **)found != load)
        return wrong(error, index, "a data version was loaded before under the same number");
    logged->report.loads++;
    return WEIR_OK;
}

static weir_status add_question(struct weir_logged *logged, uint64_t index,
                                const struct weir_entry_facts *facts, struct weir_error *error) {
    WEIR_TRY(require_policy(logged, index, facts->hash, error));
    struct weir_logged_question *question = WEIR_NEW(logged->arena, struct weir_logged_question);
    const char *purpose = weir_arena_string(logged->arena, facts->purpose);
    const char *role = weir_arena_string(logged->arena, facts->role);
    if (question == NULL || purpose == NULL || role == NULL)
        return out_of_memory(error);
    *question = (struct weir_logged_question){.index = index,
                                              .time = facts->time,
                                              .price = facts->price,
                                              .purpose = purpose,
                                              .role = role};
    memcpy(question->policy_hash, facts->hash, sizeof question->policy_hash);
    memcpy(question->id, facts->id, sizeof question->id);
    memcpy(question->commitment, facts->commitment, sizeof question->commitment);
    void *found = tsearch(question, &logged->questions, compare_questions);
    if (found == NULL)
        return out_of_memory(error);
    if (*(struct weir_logged_question **)found != question)
        return wrong(error, index, "a question was logged before under the same id");
    *logged->last = question;
    logged->last = &question->next;
    logged->report.questions++;
    return WEIR_OK;
}

static weir_status add_answer(struct weir_logged *logged, uint64_t index,
                              const struct weir_entry_facts *facts, struct weir_error *error) {
    void *found = tfind(facts->id, &logged->questions, compare_questions);
    if (found == NULL)
        return wrong(error, index, "an answer to a question that was not logged before it");
    struct weir_logged_question *question = *(struct weir_logged_question **)found;
    if (question->is_answered) {
        /* The same again: a crash came before the store knew that the first was logged. */
        bool same = question->is_given && facts->has_digest &&
                    memcmp(question->digest, facts->hash, sizeof question->digest) == 0;
        return same ? WEIR_OK : wrong(error, index, "a second answer to one question");
    }
    if (facts->has_digest != (facts->outcome == WEIR_ANSWER_GIVEN))
        return wrong(error, index, "an answer has a digest exactly when it was given");
    question->is_answered = true;
    question->answer_index = index;
    question->is_given = facts->has_digest;
    memcpy(question->digest, facts->hash, sizeof question->digest);
    logged->report.answers++;
    return WEIR_OK;
}

static weir_status add_facts(struct weir_logged *logged, uint64_t index,
                             const struct weir_entry_facts *facts, struct weir_error *error) {
    switch (facts->kind) {
    case WEIR_ENTRY_START:
        return require_policy(logged, index, facts->hash, error);
    case WEIR_ENTRY_POLICY:
        return add_policy(logged, facts, error);
    case WEIR_ENTRY_LOAD:
        return add_load(logged, index, facts, error);
    case WEIR_ENTRY_QUESTION:
        return add_question(logged, index, facts, error);
    case WEIR_ENTRY_ANSWER:
        return add_answer(logged, index, facts, error);
    case WEIR_ENTRY_REPEAT:
        return weir_logged_find_question(logged, facts->id) != NULL
                   ? WEIR_OK
                   : wrong(error, index, "a repeat of a question that was not logged before it");
    }
    return wrong(error, index, "it is of no known kind");
}

static weir_status read_entry(void *state, uint64_t index, bool integrated, const void *bytes,
                              size_t len, struct weir_error *error) {
    struct weir_entry_facts facts;
    (void)integrated; /* the same rules hold for what is durable and not yet published */
    if (!weir_entry_parse(bytes, len, &facts, error).ok)
        return weir_error_detail(error, "It is log entry %" PRIu64 ".", index);
    return add_facts(state, index, &facts, error);
}

weir_status weir_logged_read(const char *folder, const char *verifier_key,
                             struct weir_logged *logged, struct weir_error *error) {
    const struct weir_log_reader reader = {.state = logged, .entry = read_entry};
    struct weir_log_facts facts = {0};
    logged->last = &logged->first;
    WEIR_TRY(weir_log_verify(folder, verifier_key, &reader, &facts, error));
    logged->report.entries = facts.size;
    logged->report.pending = facts.pending;
    memcpy(logged->report.root, facts.root, sizeof logged->report.root);
    logged->report.unanswered = logged->report.questions - logged->report.answers;
    return WEIR_OK;
}

static void keep(void *item) {
    (void)item; /* it is the arena's */
}

void weir_logged_free(struct weir_logged *logged) {
    tdestroy(logged->questions, keep);
    tdestroy(logged->loads, keep);
    logged->questions = logged->loads = NULL;
}
