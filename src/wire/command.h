/* One statement of a client: made ready, described, given its arguments, run. The same steps serve
 * a simple query and the extended protocol. */
#ifndef WEIR_WIRE_COMMAND_H
#define WEIR_WIRE_COMMAND_H

#include "engine/engine.h"
#include "wire/answer.h"
#include "wire/message.h"

enum { WEIR_COMMAND_COLUMN_LIMIT = 1664 }; /* as PostgreSQL's */

/* Lives in the arena it was prepared in, and points into the statements. */
struct weir_command {
    const struct weir_statement *statement;
    const struct weir_prepared *prepared; /* NULL unless it asks the engine */
    size_t parameter_count;
    struct weir_parameter *parameters; /* typed, where `prepared` is not NULL */
    uint32_t *parameter_oids;          /* as declared, or as found out: never unknown */
};

/* The arguments of one run: values for the engine, texts for the introspection shadow. NULL where
 * there are none. */
struct weir_arguments {
    const struct weir_value *values;
    const char *const *texts;
};

/* `oids` are the types the client declares, for the first oid_count parameters. */
weir_status weir_command_prepare(struct weir_client *client, struct weir_arena *arena,
                                 const struct weir_statements *statements, size_t which,
                                 const uint32_t *oids, size_t oid_count,
                                 struct weir_command *command,
                                 struct weir_error *error) WEIR_MUST_CHECK;

/* The columns of the answer; *has_rows is false when there are none. Asks the shadow for the
 * columns of a catalog. */
weir_status weir_command_describe(struct weir_client *client, struct weir_arena *arena,
                                  const struct weir_command *command, bool *has_rows,
                                  const struct weir_field **fields, size_t *field_count,
                                  struct weir_error *error) WEIR_MUST_CHECK;

/* Reads what Bind carries. Numbers of parameters agree. */
weir_status weir_command_bind(struct weir_arena *arena, const struct weir_command *command,
                              const struct weir_message_bind *bind,
                              struct weir_arguments *arguments,
                              struct weir_error *error) WEIR_MUST_CHECK;

weir_status weir_command_run(struct weir_client *client, struct weir_arena *arena,
                             const struct weir_command *command,
                             const struct weir_arguments *arguments, struct weir_answer *answer,
                             struct weir_error *error) WEIR_MUST_CHECK;

#endif
