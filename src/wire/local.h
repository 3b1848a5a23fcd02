/* The statements a session answers itself: SET, RESET, SHOW, transactions, DISCARD, DEALLOCATE; and
 * the refusal of all that is no question. */
#ifndef WEIR_WIRE_LOCAL_H
#define WEIR_WIRE_LOCAL_H

#include "wire/answer.h"
#include "wire/client.h"

/* After a failure, only the end of the transaction is taken: 25P02 for the rest. */
weir_status weir_local_admit(const struct weir_client *client,
                             const struct weir_statement *statement,
                             struct weir_error *error) WEIR_MUST_CHECK;

/* Runs any statement but SELECT and EXPLAIN. */
weir_status weir_local_run(struct weir_client *client, struct weir_arena *arena,
                           const struct weir_statement *statement, struct weir_answer *answer,
                           struct weir_error *error) WEIR_MUST_CHECK;

/* The error for a statement that is no question: what is not allowed, and what can be done instead.
 */
weir_status weir_local_refuse(const struct weir_statement *statement, struct weir_error *error);

/* SET for a setting of either kind: used for those a connection is opened with, too. value NULL =
 * the initial value. */
weir_status weir_local_set(struct weir_client *client, const char *name, const char *value,
                           struct weir_error *error) WEIR_MUST_CHECK;

#endif
