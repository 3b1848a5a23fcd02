/* A folder that one engine spills into: its own, locked for as long as it lives, so that what a
 * killed one left behind can be told from what is in use. */
#ifndef WEIR_EXEC_SPILL_H
#define WEIR_EXEC_SPILL_H

#include "base/error.h"

#include <limits.h>

struct weir_spill {
    char path[PATH_MAX];
    int lock; /* held while open: what nobody holds is left over */
    bool is_open;
};

/* Removes the folders within `folder` whose engines are gone. */
weir_status weir_spill_tidy(const char *folder, struct weir_error *error) WEIR_MUST_CHECK;
/* Makes a folder of our own within `folder`, after tidying it. Zero-initialise. */
weir_status weir_spill_open(const char *folder, struct weir_spill *spill,
                            struct weir_error *error) WEIR_MUST_CHECK;
void weir_spill_close(struct weir_spill *spill);

#endif
