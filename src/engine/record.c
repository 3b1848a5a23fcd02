/* What the log is told. */
#include "engine/engine_private.h"

#include "translog/entry.h"

#include <sodium.h>
#include <string.h>

#include "base/banned.h"

static weir_status now(const struct weir_engine *engine, int64_t *time, struct weir_error *error) {
    return engine->env->now(engine->env->state, time, error);
}

/* Appends what was printed, when that succeeded, and frees it. */
static weir_status append(struct weir_engine *engine, weir_status printed,
                          struct weir_buffer *entry, uint64_t *index, struct weir_error *error) {
    weir_status status = printed;
    if (status.ok)
        status = weir_log_append(engine->log, entry->bytes, entry->len, index, error);
    weir_buffer_free(entry);
    return status;
}

weir_status weir_record_start(struct weir_engine *engine, struct weir_error *error) {
    const struct weir_entry_start start = {.program = "weir " WEIR_VERSION,
                                           .policy_hash = weir_store_policy_hash(engine->store)};
    struct weir_buffer entry = {0};
    uint64_t index;
    int64_t time;
    WEIR_TRY(now(engine, &time, error));
    return append(engine, weir_entry_print_start(&start, time, &entry, error), &entry, &index,
                  error);
}

/* To hundreds, and to two significant digits: one person more or less seldom shows, and never
 * which. */
static int64_t round_rows(int64_t rows) {
    int64_t unit = 100;
    weir_check(rows >= 0 && rows < INT64_MAX / 2);
    while (rows / unit >= 100)
        unit *= 10;
    return (rows + unit / 2) / unit * unit;
}

weir_status weir_record_load(struct weir_engine *engine, const struct weir_table_version *version,
                             uint64_t *index, struct weir_error *error) {
    struct weir_buffer entry = {0}, table = {0};
    int64_t time;
    WEIR_TRY(now(engine, &time, error));
    weir_buffer_printf(&table, "%s.%s", version->schema, version->name);
    weir_status printed = table.failed ? WEIR_FAILED
                                       : weir_entry_print_load(
                                             &(struct weir_entry_load){
                                                 .table = table.bytes,
                                                 .version = version->version,
                                                 .rounded_rows = round_rows(version->rows),
                                                 .digest = version->digest,
                                             },
                                             time, &entry, error);
    weir_buffer_free(&table);
    return append(engine, printed, &entry, index, error);
}

weir_status weir_record_question_id(struct weir_session *session,
                                    uint8_t id[WEIR_QUESTION_ID_BYTES], struct weir_error *error) {
    const struct weir_env *env = session->engine->env;
    return env->entropy(env->state, id, WEIR_QUESTION_ID_BYTES, error);
}

static weir_status print_question(struct weir_session *session,
                                  const struct weir_question_record *record,
                                  const uint8_t *commitment, struct weir_buffer *entry,
                                  struct weir_error *error) {
    int64_t time;
    WEIR_TRY(now(session->engine, &time, error));
    return weir_entry_print_question(
        &(struct weir_entry_question){
            .id = record->id,
            .purpose = session->catalog->purpose->name,
            .role = session->catalog->permit->role->name,
            .analyst = session->analyst,
            .question = record->canonical,
            .column_count = record->column_count,
            .columns = record->columns,
            .policy_hash = weir_store_policy_hash(session->engine->store),
            .price = record->price,
            .commitment = commitment,
            .data_version = record->data_version,
        },
        time, entry, error);
}

/* The length of an entry depends on neither its time nor its commitment. */
weir_status weir_record_question_fits(struct weir_session *session,
                                      const struct weir_question_record *record,
                                      struct weir_error *error) {
    static const uint8_t commitment[WEIR_DIGEST_BYTES];
    struct weir_buffer entry = {0};
    weir_status status = print_question(session, record, commitment, &entry, error);
    weir_buffer_free(&entry);
    return status;
}

weir_status weir_record_question(struct weir_session *session,
                                 const struct weir_question_record *record,
                                 struct weir_error *error) {
    struct weir_engine *engine = session->engine;
    uint8_t key[WEIR_KEY_BYTES], commitment[WEIR_DIGEST_BYTES];
    struct weir_buffer entry = {0};
    uint64_t index;
    WEIR_TRY(engine->env->entropy(engine->env->state, key, sizeof key, error));
    weir_status kept =
        weir_store_keep_commitment(engine->store, record->id, key, record->full_text, error);
    weir_record_commitment(key, record->full_text, commitment);
    sodium_memzero(key, sizeof key);
    WEIR_TRY(kept);
    return append(engine, print_question(session, record, commitment, &entry, error), &entry,
                  &index, error);
}

weir_status weir_record_answer(struct weir_session *session,
                               const uint8_t id[WEIR_QUESTION_ID_BYTES], const void *answer,
                               size_t len, size_t rows, struct weir_error *error) {
    struct weir_engine *engine = session->engine;
    uint8_t digest[WEIR_DIGEST_BYTES];
    struct weir_buffer entry = {0};
    uint64_t index;
    int64_t time;
    weir_check(rows <= INT64_MAX);
    WEIR_TRY(now(engine, &time, error));
    if (answer != NULL)
        weir_record_digest(engine->store, answer, len, digest);
    const struct weir_entry_answer given = {
        .id = id,
        .outcome = answer != NULL ? WEIR_ANSWER_GIVEN : WEIR_ANSWER_FAILED,
        .digest = answer != NULL ? digest : NULL,
        .rows = answer != NULL ? (int64_t)rows : 0,
    };
    WEIR_TRY(append(engine, weir_entry_print_answer(&given, time, &entry, error), &entry, &index,
                    error));
    return answer == NULL ? WEIR_OK : weir_store_mark_answer(engine->store, id, error);
}

weir_status weir_record_repeat(struct weir_session *session,
                               const uint8_t id[WEIR_QUESTION_ID_BYTES], struct weir_error *error) {
    const struct weir_entry_repeat repeat = {.id = id,
                                             .purpose = session->catalog->purpose->name,
                                             .analyst = session->analyst,
                                             .times = 1};
    struct weir_buffer entry = {0};
    uint64_t index;
    int64_t time;
    WEIR_TRY(now(session->engine, &time, error));
    return append(session->engine, weir_entry_print_repeat(&repeat, time, &entry, error), &entry,
                  &index, error);
}

void weir_record_digest(const struct weir_store *store, const void *answer, size_t len,
                        uint8_t digest[WEIR_DIGEST_BYTES]) {
    _Static_assert(WEIR_DIGEST_BYTES == crypto_auth_hmacsha256_BYTES, "an HMAC");
    crypto_auth_hmacsha256(digest, answer, len, weir_store_keys(store)->digest);
}

void weir_record_commitment(const uint8_t key[WEIR_KEY_BYTES], const char *full_text,
                            uint8_t commitment[WEIR_DIGEST_BYTES]) {
    _Static_assert(WEIR_KEY_BYTES == crypto_auth_hmacsha256_KEYBYTES, "an HMAC key");
    crypto_auth_hmacsha256(commitment, (const unsigned char *)full_text, strlen(full_text), key);
}
