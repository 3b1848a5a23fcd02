/* The journal: entries made durable but not yet in the tree. One file, "journal" in the log's
 * folder:
 *
 *   header   "weirjrnl", 16 bytes of salt, index of the first entry, checksum
 *   frames   one a batch: magic, payload length, count, index of its first entry, checksum of
 * these, checksum of the payload; then the payload, entries framed as in an entry bundle
 *
 * Integers are big-endian; checksums are SipHash-2-4 under the salt. A batch is written and synced
 * while nobody else may write, so only the last frame can be torn. Callers hold the folder's append
 * lock. */
#ifndef WEIR_TRANSLOG_JOURNAL_H
#define WEIR_TRANSLOG_JOURNAL_H

#include "base/buffer.h"
#include "base/env.h"

enum {
    WEIR_JOURNAL_SALT_BYTES = 16,
    WEIR_JOURNAL_HEADER_BYTES = 40,
    WEIR_FRAME_HEADER_BYTES = 40,
    WEIR_FRAME_PAYLOAD_MAX = 4 * 1024 * 1024
};

struct weir_journal {
    int file;                              /* -1: closed */
    bool writable;                         /* opened for appending, and to drop a torn tail */
    uint8_t salt[WEIR_JOURNAL_SALT_BYTES]; /* of the header */
    uint64_t first, next;                  /* entries [first, next) are in it */
    uint64_t length;                       /* bytes up to the end of the last whole frame */
};

/* A journal without entries, replacing what is at folder/journal. */
weir_status weir_journal_create(const struct weir_env *env, const char *folder, uint64_t first,
                                struct weir_error *error) WEIR_MUST_CHECK;

/* Opens folder/journal, or notices what others did to it since: a new file, more frames. A torn
 * tail is cut off where the journal is writable, else passed over. A damaged frame with a whole one
 * after it is an error. */
weir_status weir_journal_refresh(struct weir_journal *journal, const char *folder,
                                 struct weir_error *error) WEIR_MUST_CHECK;
void weir_journal_close(struct weir_journal *journal);

/* A frame under construction: its header's room and its entries. */
struct weir_frame {
    struct weir_buffer bytes;
    uint32_t count;
};
/* False when the frame is full (it takes any one entry when empty) or memory is out
 * (`bytes.failed`). */
bool weir_frame_add(struct weir_frame *frame, const void *entry, size_t len) WEIR_MUST_CHECK;
void weir_frame_clear(struct weir_frame *frame);

/* Writes and syncs the frame as the entries from journal->next on. After a failure the file is cut
 * back to what it was, as far as the machine allows, and the journal must be opened anew. */
weir_status weir_journal_append(struct weir_journal *journal, const struct weir_env *env,
                                struct weir_frame *frame, struct weir_error *error) WEIR_MUST_CHECK;

/* Calls `entry` for each entry with index >= from, in order. */
struct weir_journal_reader {
    void *state;
    weir_status (*entry)(void *state, uint64_t index, const uint8_t *bytes, size_t len,
                         struct weir_error *error);
};
weir_status weir_journal_read(const struct weir_journal *journal, uint64_t from,
                              const struct weir_journal_reader *reader,
                              struct weir_error *error) WEIR_MUST_CHECK;

/* Replaces the journal durably by one that starts at `first`, keeping the entries from there on. */
weir_status weir_journal_rotate(struct weir_journal *journal, const struct weir_env *env,
                                const char *folder, uint64_t first,
                                struct weir_error *error) WEIR_MUST_CHECK;

#endif
