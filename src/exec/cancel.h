/* How a running statement hangs on a struct weir_cancel; the public half is in backend.h. */
#ifndef WEIR_EXEC_CANCEL_H
#define WEIR_EXEC_CANCEL_H

#include "exec/backend.h"

/* From here until weir_cancel_detach a request calls interrupt(target), under the lock, so that
 * target is alive for as long as the call lasts. False, and nothing is attached, when a request
 * came earlier. `cancel` may be NULL. */
bool weir_cancel_attach(struct weir_cancel *cancel, void (*interrupt)(void *target),
                        void *target) WEIR_MUST_CHECK;
void weir_cancel_detach(struct weir_cancel *cancel);

#endif
