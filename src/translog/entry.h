/* What an entry says: canonical JSON (sorted keys, no white space, ASCII-escaped), one kind a
 * builder. No literal, no value and no person ever appears in one: texts come normalised, analysts
 * as pseudonyms, full texts as commitments. Every entry has "kind" and "time" (UTC, whole seconds).
 * Built with jansson; the caller frees the buffer. Binary fields appear as lower-case hex. */
#ifndef WEIR_TRANSLOG_ENTRY_H
#define WEIR_TRANSLOG_ENTRY_H

#include "base/buffer.h"
#include "base/error.h"
#include "budget/accountant.h"

struct weir_entry_start { /* START: a server or a store began to act */
    const char *program;  /* "weir 0.1.0" */
    const uint8_t *policy_hash;
};

struct weir_entry_policy { /* POLICY: a version came into force */
    const char *name;
    int64_t version;
    const uint8_t *hash;
    const char *text; /* the canonical text: policies are public */
};

struct weir_entry_load { /* LOAD: a table got a new version */
    const char *table;
    int64_t version;
    int64_t rounded_rows;  /* to hundreds and to two significant digits */
    const uint8_t *digest; /* keyed digest (HMAC) of the loaded file: 32 bytes */
};

struct weir_entry_question {              /* QUESTION: charged, about to run */
    const uint8_t *id;                    /* 16 bytes */
    const char *purpose, *role, *analyst; /* analyst: pseudonym */
    const char *question;                 /* the canonical question, every literal replaced by $n */
    size_t column_count;
    const char *const *columns; /* "census.person.age" */
    const uint8_t *policy_hash;
    struct weir_privacy_amount price;
    const uint8_t *commitment; /* 32 bytes: HMAC of the full text under a private per-entry key */
    int64_t data_version;
};

enum weir_answer_outcome { WEIR_ANSWER_GIVEN, WEIR_ANSWER_FAILED };

struct weir_entry_answer { /* ANSWER: about to leave */
    const uint8_t *id;
    enum weir_answer_outcome outcome;
    const uint8_t *digest; /* keyed digest of the stored answer, or NULL */
    int64_t rows;          /* released rows: a differentially private shape */
};

struct weir_entry_repeat { /* REPEAT: stored answers were read again */
    const uint8_t *id;     /* of the question whose answer it is */
    const char *purpose, *analyst;
    int64_t times;
};

weir_status weir_entry_print_start(const struct weir_entry_start *entry, int64_t now,
                                   struct weir_buffer *out,
                                   struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_entry_print_policy(const struct weir_entry_policy *entry, int64_t now,
                                    struct weir_buffer *out,
                                    struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_entry_print_load(const struct weir_entry_load *entry, int64_t now,
                                  struct weir_buffer *out,
                                  struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_entry_print_question(const struct weir_entry_question *entry, int64_t now,
                                      struct weir_buffer *out,
                                      struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_entry_print_answer(const struct weir_entry_answer *entry, int64_t now,
                                    struct weir_buffer *out,
                                    struct weir_error *error) WEIR_MUST_CHECK;
weir_status weir_entry_print_repeat(const struct weir_entry_repeat *entry, int64_t now,
                                    struct weir_buffer *out,
                                    struct weir_error *error) WEIR_MUST_CHECK;

/* Reads back what `weir verify` compares with the private store. Strings hold no more than the
 * buffers. */
enum weir_entry_kind {
    WEIR_ENTRY_START,
    WEIR_ENTRY_POLICY,
    WEIR_ENTRY_LOAD,
    WEIR_ENTRY_QUESTION,
    WEIR_ENTRY_ANSWER,
    WEIR_ENTRY_REPEAT
};
enum { WEIR_ENTRY_NAME_BYTES = 256 };
struct weir_entry_facts {
    enum weir_entry_kind kind;
    uint8_t id[16];         /* QUESTION, ANSWER, REPEAT */
    uint8_t hash[32];       /* POLICY hash, LOAD digest, ANSWER digest, QUESTION policy hash */
    uint8_t commitment[32]; /* QUESTION */
    bool has_digest;        /* ANSWER */
    enum weir_answer_outcome outcome;
    struct weir_privacy_amount price;
    int64_t time;                        /* all: microseconds since 1970, of a whole second */
    int64_t version;                     /* POLICY, LOAD */
    char table[WEIR_ENTRY_NAME_BYTES];   /* LOAD */
    char purpose[WEIR_ENTRY_NAME_BYTES]; /* QUESTION, REPEAT */
    char role[WEIR_ENTRY_NAME_BYTES];    /* QUESTION */
};
weir_status weir_entry_parse(const void *bytes, size_t len, struct weir_entry_facts *facts,
                             struct weir_error *error) WEIR_MUST_CHECK;

#endif
