/* The way of one query. Every step is a call; what a step does stands in its own folder. */
#include "engine/question.h"

#include "engine/answer.h"
#include "exec/release.h"
#include "sql/emit.h"

#include <string.h>

#include "base/banned.h"

static weir_status find_stored(struct weir_asking *asking, struct weir_error *error) {
    struct weir_store *store = asking->session->engine->store;
    const struct weir_relation *release = asking->plan->release;
    const void *bytes;
    size_t len;
    bool is_logged;
    WEIR_TRY(weir_store_find_answer(store, asking->arena, asking->inflight.key, &asking->is_repeat,
                                    asking->id, &bytes, &len, &is_logged, error));
    if (!asking->is_repeat)
        return WEIR_OK;
    enum weir_type *types = WEIR_NEW_ARRAY(asking->arena, release->column_count, enum weir_type);
    if (types == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < release->column_count; i++)
        types[i] = release->columns[i].type;
    WEIR_TRY(weir_answer_read(asking->arena, bytes, len, types, release->column_count,
                              asking->plan->measure_count, &asking->released, error));
    if (!is_logged) /* a crash came between keeping it and logging it */
        WEIR_TRY(weir_record_answer(asking->session, asking->id, bytes, len,
                                    asking->released.rows.row_count, error));
    return weir_record_repeat(asking->session, asking->id, error);
}

static weir_status fill_record(struct weir_asking *asking, struct weir_question_record *record,
                               struct weir_error *error) {
    const struct weir_release_plan *plan = asking->plan;
    WEIR_TRY(weir_record_question_id(asking->session, asking->id, error));
    *record = (struct weir_question_record){.canonical = plan->shown,
                                            .full_text = plan->canonical,
                                            .price = plan->price,
                                            .data_version = asking->snapshot->store_version};
    memcpy(record->id, asking->id, sizeof record->id);
    return weir_relation_columns_used(asking->arena, plan->release, &record->columns,
                                      &record->column_count)
               ? WEIR_OK
               : WEIR_FAILED;
}

static weir_status release(struct weir_asking *asking, const void **bytes, size_t *len,
                           struct weir_error *error) {
    const struct weir_engine *engine = asking->session->engine;
    WEIR_TRY(weir_release(asking->arena, engine->env, asking->snapshot->backend,
                          asking->session->cancel, &engine->release_options, asking->plan,
                          &asking->released, error));
    return weir_answer_print(asking->arena, &asking->released, bytes, len, error);
}

/* One text for every failure after the charge, whatever it was: how it failed could depend on the
 * data. */
static weir_status fail_after_charge(const struct weir_error *cause, struct weir_error *error) {
    if (cause->class == WEIR_ERROR_CANCELLED)
        weir_fail(error, WEIR_ERROR_CANCELLED, "the statement was cancelled");
    else
        weir_fail(error, WEIR_ERROR_INTERNAL, "the question could not be answered");
    return weir_error_detail(error, "Its price was charged before it ran, and stays charged.");
}

static weir_status answer_anew(struct weir_asking *asking, struct weir_error *error) {
    struct weir_session *session = asking->session;
    struct weir_question_record record;
    struct weir_error cause = {0};
    const void *bytes;
    size_t len;
    WEIR_TRY(fill_record(asking, &record, error));
    WEIR_TRY(weir_record_question_fits(session, &record, error));
    WEIR_TRY(weir_ledger_charge(session->engine->ledger, asking->id, session->accounts,
                                WEIR_COUNT(session->accounts), asking->plan->price, error));
    WEIR_TRY(weir_record_question(session, &record, error));
    if (!release(asking, &bytes, &len, &cause).ok) {
        WEIR_TRY(weir_record_answer(session, asking->id, NULL, 0, 0, error));
        return fail_after_charge(&cause, error);
    }
    /* From here on the answer exists once and for all. Where keeping it fails, it may yet be on the
     * disk: the question stays unanswered in the log, as after a crash, and may be asked again. */
    if (!weir_store_keep_answer(session->engine->store, asking->inflight.key, asking->id, bytes,
                                len, &cause)
             .ok)
        return fail_after_charge(&cause, error);
    return weir_record_answer(session, asking->id, bytes, len, asking->released.rows.row_count,
                              error);
}

static weir_status answer(struct weir_asking *asking, struct weir_error *error) {
    WEIR_TRY(weir_asking_identify(asking, error));
    WEIR_TRY(weir_inflight_enter(asking->session, &asking->inflight, error));
    weir_status status = find_stored(asking, error);
    if (status.ok && !asking->is_repeat)
        status = answer_anew(asking, error);
    weir_inflight_leave(asking->session, &asking->inflight);
    return status;
}

static weir_status name_columns(struct weir_arena *arena, size_t count, const char *const **names) {
    const char **made = WEIR_NEW_ARRAY(arena, count, const char *);
    for (size_t i = 0; made != NULL && i < count; i++)
        if ((made[i] = weir_arena_printf(arena, "c%zu", i)) == NULL)
            return WEIR_FAILED;
    *names = made;
    return made == NULL ? WEIR_FAILED : WEIR_OK;
}

/* Over what is released, or public alone: HAVING, ORDER BY, LIMIT and arithmetic. */
static weir_status post_process(struct weir_asking *asking, struct weir_result *result,
                                struct weir_error *error) {
    struct weir_backend *backend = asking->snapshot->backend;
    struct weir_emission emission = {.arena = asking->arena, .release = asking->question.release};
    const char *const *names;
    struct weir_rows rows;
    weir_emit_relation(&emission, asking->question.root);
    const char *sql = weir_emission_finish(&emission);
    if (sql == NULL)
        return WEIR_FAILED;
    WEIR_TRY(name_columns(asking->arena, asking->released.rows.column_count, &names));
    WEIR_TRY(backend->operations->query_released(
        backend, asking->arena, asking->session->cancel,
        asking->plan != NULL ? &asking->released.rows : NULL, names, sql, emission.constants,
        emission.constant_count, SIZE_MAX, &rows, error));
    for (size_t i = 0; i < rows.column_count; i++)
        if (rows.types[i] != asking->prepared->columns[i].type)
            return weir_fail(error, WEIR_ERROR_INTERNAL, "column %zu came with another type",
                             i + 1);
    result->column_count = rows.column_count;
    result->row_count = rows.row_count;
    result->columns = asking->prepared->columns;
    result->values = rows.values;
    return WEIR_OK;
}

static weir_status ask(struct weir_asking *asking, struct weir_result *result,
                       struct weir_error *error) {
    WEIR_TRY(weir_asking_check_tables(asking, error));
    WEIR_TRY(weir_asking_plan(asking, error));
    if (asking->prepared->statement->kind == WEIR_STATEMENT_EXPLAIN)
        return weir_asking_explain(asking, result, error);
    if (asking->plan != NULL)
        WEIR_TRY(answer(asking, error));
    WEIR_TRY(post_process(asking, result, error));
    return weir_asking_notices(asking, result, error);
}

weir_status weir_session_execute(struct weir_session *session, struct weir_arena *arena,
                                 const struct weir_prepared *prepared,
                                 const struct weir_value *values, struct weir_result *result,
                                 struct weir_error *error) {
    struct weir_asking asking = {.session = session, .arena = arena, .prepared = prepared};
    *result = (struct weir_result){0};
    WEIR_TRY(weir_session_check_day(session, error));
    WEIR_TRY(weir_asking_bind(&asking, NULL, values, error));
    WEIR_TRY(weir_snapshot_acquire(session->engine, &asking.snapshot, error));
    weir_status status = ask(&asking, result, error);
    weir_snapshot_return(session->engine, asking.snapshot);
    return status;
}
