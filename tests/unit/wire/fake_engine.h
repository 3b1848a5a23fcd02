/* An engine, a store and a parser that answer from a script, so that the protocol is tested alone.
 */
#ifndef TESTS_UNIT_WIRE_FAKE_ENGINE_H
#define TESTS_UNIT_WIRE_FAKE_ENGINE_H

#include "engine/engine.h"

/* One user: "ana", password "correct horse", role "analyst", who may use the purpose "income". */
struct weir_engine *fake_engine_create(void);
void fake_engine_destroy(struct weir_engine *engine);

#endif
