/* SQL for an engine, written anew from the IR: quoted identifiers, bound constants, spellings of
 * the allow-list. Nothing of the client's text reaches an engine.
 *
 * Every relation becomes a SELECT whose columns are named c0, c1, ...; expressions name them so. */
#ifndef WEIR_SQL_EMIT_H
#define WEIR_SQL_EMIT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "ir/ir.h"

struct weir_emission {
    struct weir_arena *arena;
    const struct weir_relation
        *release; /* reads from the table "release" in its place; NULL = none */
    struct weir_buffer sql;
    size_t constant_count, constant_room;
    struct weir_value *constants; /* bound as $1, $2, ... */
    bool failed;                  /* memory is out */
};

/* Zero-initialised but for the arena. The SQL lies in a buffer: call weir_emission_finish. */
void weir_emit_relation(struct weir_emission *emission, const struct weir_relation *relation);
void weir_emit_expression(struct weir_emission *emission, const struct weir_expression *expression);
void weir_emit_identifier(struct weir_emission *emission, const char *name);

/* The SQL in the arena, NULL when memory was out; frees the buffer. */
const char *weir_emission_finish(struct weir_emission *emission) WEIR_MUST_CHECK;

#endif
