/* Framing, the torn tail, and rotation. */
#include "translog/journal.h"
#include "translog/tiles.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#include "base/banned.h"

static const uint8_t HEADER_MAGIC[8] = "weirjrnl";
static const uint8_t FRAME_MAGIC[8] = "\xffweirfr\xff";

struct header {
    uint8_t magic[8];
    uint8_t salt[WEIR_JOURNAL_SALT_BYTES];
    uint64_t first;
    uint8_t checksum[crypto_shorthash_BYTES];
};
_Static_assert(sizeof(struct header) == WEIR_JOURNAL_HEADER_BYTES, "no padding");
_Static_assert(WEIR_JOURNAL_SALT_BYTES == crypto_shorthash_KEYBYTES, "the salt is the key");

struct frame_header {
    uint8_t magic[8];
    uint32_t payload_len, count;
    uint64_t first;
    uint8_t payload_checksum[crypto_shorthash_BYTES];
    uint8_t checksum[crypto_shorthash_BYTES]; /* of the fields above */
};
_Static_assert(sizeof(struct frame_header) == WEIR_FRAME_HEADER_BYTES, "no padding");

static weir_status journal_path(const char *folder, char path[PATH_MAX], struct weir_error *error) {
    int written = snprintf(path, PATH_MAX, "%s/journal", folder);
    if (written < 0 || written >= PATH_MAX)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long", folder);
    return WEIR_OK;
}

static weir_status make_header(const struct weir_env *env, uint64_t first, struct header *header,
                               struct weir_error *error) {
    memcpy(header->magic, HEADER_MAGIC, sizeof header->magic);
    WEIR_TRY(env->entropy(env->state, header->salt, sizeof header->salt, error));
    header->first = htobe64(first);
    crypto_shorthash(header->checksum, (const uint8_t *)header, offsetof(struct header, checksum),
                     header->salt);
    return WEIR_OK;
}

weir_status weir_journal_create(const struct weir_env *env, const char *folder, uint64_t first,
                                struct weir_error *error) {
    char path[PATH_MAX];
    struct header header;
    WEIR_TRY(journal_path(folder, path, error));
    WEIR_TRY(make_header(env, first, &header, error));
    return weir_file_replace(env, path, &header, sizeof header, 0600, error);
}

void weir_journal_close(struct weir_journal *journal) {
    if (journal->file >= 0)
        close(journal->file);
    journal->file = -1;
}

/* Reads up to `len` bytes; fewer only at the end of the file. */
static weir_status read_at(int file, void *bytes, size_t len, uint64_t offset, size_t *got,
                           struct weir_error *error) {
    *got = 0;
    while (*got < len) {
        ssize_t count = pread(file, (uint8_t *)bytes + *got, len - *got, (off_t)(offset + *got));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return weir_fail_errno(error, "cannot read the log's journal");
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return WEIR_OK;
}

static weir_status open_file(struct weir_journal *journal, const char *path,
                             struct weir_error *error) {
    weir_journal_close(journal);
    journal->file =
        open(path, (journal->writable ? O_RDWR | O_APPEND : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);
    if (journal->file < 0)
        return weir_fail_errno(error, "cannot open %s", path);
    struct header header;
    uint8_t checksum[crypto_shorthash_BYTES];
    size_t got;
    WEIR_TRY(read_at(journal->file, &header, sizeof header, 0, &got, error));
    crypto_shorthash(checksum, (const uint8_t *)&header, offsetof(struct header, checksum),
                     header.salt);
    if (got != sizeof header || memcmp(header.magic, HEADER_MAGIC, sizeof header.magic) != 0 ||
        memcmp(header.checksum, checksum, sizeof checksum) != 0 ||
        be64toh(header.first) > INT64_MAX)
        return weir_fail(error, WEIR_ERROR_INVALID, "%s is not a journal: its header is damaged",
                         path);
    memcpy(journal->salt, header.salt, sizeof journal->salt);
    journal->first = journal->next = be64toh(header.first);
    journal->length = sizeof header;
    return WEIR_OK;
}

static bool header_is_whole(const struct weir_journal *journal, const struct frame_header *header) {
    uint8_t checksum[crypto_shorthash_BYTES];
    crypto_shorthash(checksum, (const uint8_t *)header, offsetof(struct frame_header, checksum),
                     journal->salt);
    return memcmp(header->magic, FRAME_MAGIC, sizeof header->magic) == 0 &&
           memcmp(header->checksum, checksum, sizeof checksum) == 0 &&
           be32toh(header->payload_len) <= WEIR_FRAME_PAYLOAD_MAX && be32toh(header->count) > 0;
}

static bool payload_is_whole(const struct weir_journal *journal, const struct frame_header *header,
                             const uint8_t *payload) {
    uint8_t checksum[crypto_shorthash_BYTES];
    size_t len = be32toh(header->payload_len);
    crypto_shorthash(checksum, payload, len, journal->salt);
    if (memcmp(header->payload_checksum, checksum, sizeof checksum) != 0)
        return false;
    struct weir_bundle_cursor cursor = {payload, len};
    const uint8_t *entry;
    uint32_t count = 0;
    for (size_t entry_len; weir_bundle_next(&cursor, &entry, &entry_len);)
        count++;
    return cursor.left == 0 && count == be32toh(header->count);
}

/* Whether a whole frame starts at `offset`; `payload` has room for the largest. */
static weir_status read_frame(const struct weir_journal *journal, uint64_t offset,
                              struct frame_header *header, uint8_t *payload, bool *whole,
                              struct weir_error *error) {
    size_t got;
    *whole = false;
    WEIR_TRY(read_at(journal->file, header, sizeof *header, offset, &got, error));
    if (got != sizeof *header || !header_is_whole(journal, header))
        return WEIR_OK;
    size_t len = be32toh(header->payload_len);
    WEIR_TRY(read_at(journal->file, payload, len, offset + sizeof *header, &got, error));
    *whole = got == len && payload_is_whole(journal, header, payload);
    return WEIR_OK;
}

/* Whether any whole frame starts in [offset, size): then what lies at `offset` is damage and not a
 * torn tail. */
static weir_status frame_follows(const struct weir_journal *journal, uint64_t offset, uint64_t size,
                                 uint8_t *payload, bool *follows, struct weir_error *error) {
    uint8_t window[16384];
    struct frame_header header;
    *follows = false;
    while (!*follows && offset + sizeof header <= size) {
        size_t got;
        WEIR_TRY(read_at(journal->file, window, sizeof window, offset, &got, error));
        uint8_t *found = memmem(window, got, FRAME_MAGIC, sizeof FRAME_MAGIC);
        if (found == NULL) { /* the magic may straddle two windows */
            offset += got < sizeof FRAME_MAGIC ? got + 1 : got - sizeof FRAME_MAGIC + 1;
            continue;
        }
        offset += (uint64_t)(found - window);
        WEIR_TRY(read_frame(journal, offset, &header, payload, follows, error));
        offset++;
    }
    return WEIR_OK;
}

static weir_status end_at_torn_tail(struct weir_journal *journal, uint64_t size, uint8_t *payload,
                                    struct weir_error *error) {
    bool follows;
    WEIR_TRY(frame_follows(journal, journal->length, size, payload, &follows, error));
    if (follows)
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "the log's journal is damaged at byte %llu, before entries that are whole",
                         (unsigned long long)journal->length);
    if (journal->writable && ftruncate(journal->file, (off_t)journal->length) != 0)
        return weir_fail_errno(error, "cannot cut off the torn end of the log's journal");
    return WEIR_OK;
}

/* Steps over the frames from journal->length to the end of the file. */
static weir_status scan(struct weir_journal *journal, uint64_t size, struct weir_error *error) {
    uint8_t *payload = malloc(WEIR_FRAME_PAYLOAD_MAX);
    if (payload == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to read the journal");
    weir_status status = WEIR_OK;
    while (status.ok && journal->length < size) {
        struct frame_header header;
        bool whole;
        status = read_frame(journal, journal->length, &header, payload, &whole, error);
        if (!status.ok)
            break;
        if (!whole) {
            status = end_at_torn_tail(journal, size, payload, error);
            break;
        }
        if (be64toh(header.first) != journal->next) {
            status =
                weir_fail(error, WEIR_ERROR_INVALID,
                          "the log's journal is damaged: its entries do not follow each other");
            break;
        }
        journal->next += be32toh(header.count);
        journal->length += sizeof header + be32toh(header.payload_len);
    }
    free(payload);
    return status;
}

weir_status weir_journal_refresh(struct weir_journal *journal, const char *folder,
                                 struct weir_error *error) {
    char path[PATH_MAX];
    struct stat named, opened;
    WEIR_TRY(journal_path(folder, path, error));
    if (stat(path, &named) != 0)
        return weir_fail_errno(error, "cannot find the log's journal %s", path);
    if (journal->file >= 0 && fstat(journal->file, &opened) != 0)
        return weir_fail_errno(error, "cannot examine %s", path);
    if (journal->file < 0 || named.st_ino != opened.st_ino || named.st_dev != opened.st_dev)
        WEIR_TRY(open_file(journal, path, error));
    if ((uint64_t)named.st_size < journal->length)
        return weir_fail(error, WEIR_ERROR_INVALID, "%s lost entries that were in it", path);
    if ((uint64_t)named.st_size == journal->length)
        return WEIR_OK;
    return scan(journal, (uint64_t)named.st_size, error);
}

bool weir_frame_add(struct weir_frame *frame, const void *entry, size_t len) {
    if (frame->bytes.len == 0)
        weir_buffer_append(&frame->bytes, (const uint8_t[WEIR_FRAME_HEADER_BYTES]){0},
                           WEIR_FRAME_HEADER_BYTES);
    if (frame->bytes.len + 2 + len > WEIR_FRAME_HEADER_BYTES + WEIR_FRAME_PAYLOAD_MAX)
        return false;
    weir_bundle_append(&frame->bytes, entry, len);
    frame->count += !frame->bytes.failed;
    return !frame->bytes.failed;
}

void weir_frame_clear(struct weir_frame *frame) {
    weir_buffer_clear(&frame->bytes);
    frame->count = 0;
}

static void seal(const struct weir_frame *frame, const uint8_t *salt, uint64_t first) {
    struct frame_header header;
    const uint8_t *payload = (const uint8_t *)frame->bytes.bytes + sizeof header;
    size_t len = frame->bytes.len - sizeof header;
    memcpy(header.magic, FRAME_MAGIC, sizeof header.magic);
    header.payload_len = htobe32((uint32_t)len);
    header.count = htobe32(frame->count);
    header.first = htobe64(first);
    crypto_shorthash(header.payload_checksum, payload, len, salt);
    crypto_shorthash(header.checksum, (const uint8_t *)&header,
                     offsetof(struct frame_header, checksum), salt);
    memcpy(frame->bytes.bytes, &header, sizeof header);
}

weir_status weir_journal_append(struct weir_journal *journal, const struct weir_env *env,
                                struct weir_frame *frame, struct weir_error *error) {
    weir_check(journal->writable && frame->count > 0);
    seal(frame, journal->salt, journal->next);
    weir_status status =
        env->write(env->state, journal->file, frame->bytes.bytes, frame->bytes.len, error);
    if (status.ok)
        status = env->sync(env->state, journal->file, error);
    if (!status.ok) {
        /* What was not acknowledged must not be adopted by another process. Where this fails too,
         * the frame is either torn, and dropped by the next reader, or whole, and kept: both are a
         * consistent log. */
        if (ftruncate(journal->file, (off_t)journal->length) != 0)
            weir_error_detail(error, "The unacknowledged end of the journal could not be cut off.");
        return status;
    }
    journal->next += frame->count;
    journal->length += frame->bytes.len;
    return WEIR_OK;
}

weir_status weir_journal_read(const struct weir_journal *journal, uint64_t from,
                              const struct weir_journal_reader *reader, struct weir_error *error) {
    uint8_t *payload = malloc(WEIR_FRAME_PAYLOAD_MAX);
    if (payload == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to read the journal");
    weir_status status = WEIR_OK;
    uint64_t index = journal->first;
    for (uint64_t offset = WEIR_JOURNAL_HEADER_BYTES; status.ok && offset < journal->length;) {
        struct frame_header header;
        bool whole;
        status = read_frame(journal, offset, &header, payload, &whole, error);
        if (status.ok && (!whole || be64toh(header.first) != index))
            status = weir_fail(error, WEIR_ERROR_INVALID, "the log's journal is damaged");
        if (!status.ok)
            break;
        struct weir_bundle_cursor cursor = {payload, be32toh(header.payload_len)};
        const uint8_t *entry;
        for (size_t len; status.ok && weir_bundle_next(&cursor, &entry, &len); index++)
            if (index >= from)
                status = reader->entry(reader->state, index, entry, len, error);
        offset += sizeof header + be32toh(header.payload_len);
    }
    free(payload);
    return status;
}

/* The content of a new journal while entries are carried over into it. */
struct carried {
    struct header header;
    struct weir_buffer content;
    struct weir_frame frame;
    uint64_t frame_first;
};

static void finish_frame(struct carried *carried) {
    if (carried->frame.count == 0)
        return;
    seal(&carried->frame, carried->header.salt, carried->frame_first);
    weir_buffer_append(&carried->content, carried->frame.bytes.bytes, carried->frame.bytes.len);
    carried->frame_first += carried->frame.count;
    weir_frame_clear(&carried->frame);
}

static weir_status carry(void *state, uint64_t index, const uint8_t *bytes, size_t len,
                         struct weir_error *error) {
    (void)index;
    struct carried *carried = state;
    if (weir_frame_add(&carried->frame, bytes, len))
        return WEIR_OK;
    finish_frame(carried);
    if (weir_frame_add(&carried->frame, bytes, len))
        return WEIR_OK;
    return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to rotate the journal");
}

weir_status weir_journal_rotate(struct weir_journal *journal, const struct weir_env *env,
                                const char *folder, uint64_t first, struct weir_error *error) {
    weir_check(first >= journal->first && first <= journal->next);
    char path[PATH_MAX];
    struct carried carried = {.frame_first = first};
    WEIR_TRY(journal_path(folder, path, error));
    WEIR_TRY(make_header(env, first, &carried.header, error));
    weir_buffer_append(&carried.content, &carried.header, sizeof carried.header);
    weir_status status = weir_journal_read(
        journal, first, &(struct weir_journal_reader){.state = &carried, .entry = carry}, error);
    finish_frame(&carried);
    if (status.ok && carried.content.failed)
        status =
            weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to rotate the journal");
    if (status.ok)
        status =
            weir_file_replace(env, path, carried.content.bytes, carried.content.len, 0600, error);
    weir_buffer_free(&carried.content);
    weir_buffer_free(&carried.frame.bytes);
    if (status.ok)
        status = weir_journal_refresh(journal, folder, error);
    return status;
}
