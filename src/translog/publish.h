/* Integration: moves what the journal holds into tiles and bundles, then publishes a checkpoint
 * over them. */
#ifndef WEIR_TRANSLOG_PUBLISH_H
#define WEIR_TRANSLOG_PUBLISH_H

#include "base/env.h"
#include "translog/checkpoint.h"
#include "translog/journal.h"

struct weir_publisher {
    const char *folder;
    const struct weir_env *env;
    struct weir_checkpoint_verifier verifier;
    const uint8_t *secret; /* WEIR_CHECKPOINT_SECRET_BYTES */
};

/* Brings the tree from its checkpoint to journal->next. Every tile and bundle is durable before the
 * checkpoint that covers it takes its place; a crash in between leaves files that the next call
 * writes again. The caller holds the publish lock; the journal's file may grow meanwhile.
 * *published is the size of the checkpoint. */
weir_status weir_publish(const struct weir_publisher *publisher, const struct weir_journal *journal,
                         uint64_t *published, struct weir_error *error) WEIR_MUST_CHECK;

/* Signs and durably places the checkpoint of an empty log. */
weir_status weir_publish_empty(const struct weir_publisher *publisher,
                               struct weir_error *error) WEIR_MUST_CHECK;

#endif
