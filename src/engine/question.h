/* One statement on its way through query.c. */
#ifndef WEIR_ENGINE_QUESTION_H
#define WEIR_ENGINE_QUESTION_H

#include "engine/engine_private.h"
#include "exec/release.h"
#include "ir/ir.h"
#include "privacy/plan.h"
#include "sql/bind.h"

/* What weir_session_prepare leaves for weir_session_execute. */
struct weir_prepared {
    const struct weir_statements *statements;
    const struct weir_statement *statement;
    size_t column_count;
    const struct weir_result_column *columns;
};

struct weir_asking {
    struct weir_session *session;
    struct weir_arena *arena;
    const struct weir_prepared *prepared;
    struct weir_snapshot *snapshot;
    struct weir_question question;
    struct weir_release_plan *plan; /* NULL: no table of persons is touched */
    struct weir_inflight inflight;  /* its key finds the stored answer */
    uint8_t id[WEIR_QUESTION_ID_BYTES];
    struct weir_released released;
    bool is_repeat;
};

/* Binds the statement's SELECT with the parameters' values (NULL before they are known). prepare.c
 */
weir_status weir_asking_bind(struct weir_asking *asking, const struct weir_parameter *parameters,
                             const struct weir_value *values,
                             struct weir_error *error) WEIR_MUST_CHECK;
/* Refuses tables that were never loaded. prepare.c */
weir_status weir_asking_check_tables(const struct weir_asking *asking,
                                     struct weir_error *error) WEIR_MUST_CHECK;
/* Plans the release over the snapshot. prepare.c */
weir_status weir_asking_plan(struct weir_asking *asking, struct weir_error *error) WEIR_MUST_CHECK;
/* The key of the stored answer. prepare.c */
weir_status weir_asking_identify(struct weir_asking *asking,
                                 struct weir_error *error) WEIR_MUST_CHECK;

/* What the answer tells of itself: intervals, clipping, the price. notices.c */
weir_status weir_asking_notices(const struct weir_asking *asking, struct weir_result *result,
                                struct weir_error *error) WEIR_MUST_CHECK;
/* The plan as rows of text. explain.c */
weir_status weir_asking_explain(const struct weir_asking *asking, struct weir_result *result,
                                struct weir_error *error) WEIR_MUST_CHECK;

#endif
