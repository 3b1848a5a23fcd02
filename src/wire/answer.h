/* What one statement gave: rows or none, and how they are sent. */
#ifndef WEIR_WIRE_ANSWER_H
#define WEIR_WIRE_ANSWER_H

#include "engine/engine.h"
#include "wire/reply.h"

struct weir_client;

/* Lives in the arena of the statement that gave it. */
struct weir_answer {
    const char *tag;  /* of CommandComplete: "SELECT" (the count of rows is added), "SET", ... */
    bool has_rows;    /* false: no columns at all, as of SET */
    bool counts_rows; /* the tag is followed by the number of rows */
    size_t field_count, row_count;
    const struct weir_field *fields;
    /* Row-major: values of the engine, or else the text of each cell (NULL = null). */
    const struct weir_value *values;
    const char *const *cells;
    size_t notice_count;
    const struct weir_notice *notices;
};

/* From the engine's result. */
weir_status weir_answer_take(struct weir_arena *arena, const struct weir_result *result,
                             struct weir_answer *answer) WEIR_MUST_CHECK;
/* The fields that describe the engine's columns. */
const struct weir_field *
weir_answer_fields(struct weir_arena *arena, size_t count,
                   const struct weir_result_column *columns) WEIR_MUST_CHECK;

/* Sends `count` rows from `first` on. Fails when a cell cannot be written in its format; when the
 * client is lost it stops and succeeds. */
weir_status weir_answer_send_rows(struct weir_client *client, const struct weir_answer *answer,
                                  struct weir_formats formats, size_t first, size_t count,
                                  struct weir_error *error) WEIR_MUST_CHECK;
/* The notices, then CommandComplete over `count` rows. */
void weir_answer_send_end(struct weir_client *client, const struct weir_answer *answer,
                          size_t count);

#endif
