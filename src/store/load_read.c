/* Reading a file into the stage: its digest, its kind, its rows. */
#include "store/load_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

enum { READ_BYTES = 1 << 20 };

/* The next piece of the file, taken into the digest; 0 at its end. */
static weir_status read_piece(struct weir_load_source *source, size_t *len,
                              struct weir_error *error) {
    ssize_t got;
    do
        got = read(source->file, source->bytes, READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return weir_fail_errno(error, "cannot read %s", source->path);
    *len = (size_t)got;
    crypto_auth_hmacsha256_update(&source->hmac, (const unsigned char *)source->bytes, *len);
    return WEIR_OK;
}

static void report(const struct weir_load_progress *progress, int64_t rows, double fraction) {
    if (progress != NULL && progress->report != NULL)
        progress->report(progress->state, rows, fraction > 1 ? 1 : fraction);
}

static weir_status push_all(struct weir_load_source *source, struct weir_csv_reader *reader,
                            const struct weir_load_rows *rows,
                            const struct weir_load_progress *progress, struct weir_error *error) {
    double size = (double)source->facts.st_size, done = 0;
    for (;;) {
        size_t len = 0;
        WEIR_TRY(read_piece(source, &len, error));
        if (len == 0)
            return weir_csv_finish(reader, error);
        WEIR_TRY(weir_csv_push(reader, source->bytes, len, error));
        done += (double)len;
        report(progress, weir_load_rows_count(rows), size > 0 ? done / size : 1);
    }
}

static weir_status read_csv(struct weir_load_source *source, struct weir_load_rows *rows,
                            const struct weir_load_progress *progress, struct weir_error *error) {
    struct weir_csv_events events = weir_load_rows_events(rows);
    struct weir_csv_reader *reader = weir_csv_create(&events);
    if (reader == NULL)
        return WEIR_FAILED;
    weir_status status = push_all(source, reader, rows, progress, error);
    weir_csv_destroy(reader);
    if (status.ok && !weir_load_rows_has_header(rows))
        status = weir_fail(error, WEIR_ERROR_INVALID, "%s is empty: it lacks even a header",
                           source->path);
    return status;
}

/* A typed file is read out of order, so its digest is taken in a pass of its own. */
static weir_status read_parquet(struct weir_load_source *source, struct weir_load_rows *rows,
                                const struct weir_load_progress *progress, struct weir_stage *stage,
                                struct weir_error *error) {
    size_t len = 0;
    do
        WEIR_TRY(read_piece(source, &len, error));
    while (len > 0);
    return weir_load_read_parquet(source->file, rows, progress, stage, error);
}

static weir_status read_source(struct weir_load_source *source, struct weir_load_rows *rows,
                               const struct weir_load_progress *progress, struct weir_stage *stage,
                               struct weir_error *error) {
    struct stat after;
    WEIR_TRY(source->is_parquet ? read_parquet(source, rows, progress, stage, error)
                                : read_csv(source, rows, progress, error));
    if (fstat(source->file, &after) != 0)
        return weir_fail_errno(error, "cannot examine %s", source->path);
    if (after.st_size != source->facts.st_size ||
        after.st_mtim.tv_sec != source->facts.st_mtim.tv_sec ||
        after.st_mtim.tv_nsec != source->facts.st_mtim.tv_nsec)
        return weir_fail(error, WEIR_ERROR_INVALID, "%s changed while it was being read",
                         source->path);
    return weir_stage_finish(stage, error);
}

static weir_status examine(struct weir_load_source *source, struct weir_error *error) {
    char magic[4];
    if (fstat(source->file, &source->facts) != 0)
        return weir_fail_errno(error, "cannot examine %s", source->path);
    if (!S_ISREG(source->facts.st_mode))
        return weir_fail(error, WEIR_ERROR_INVALID, "%s is not a regular file", source->path);
    ssize_t got = pread(source->file, magic, sizeof magic, 0);
    if (got < 0)
        return weir_fail_errno(error, "cannot read %s", source->path);
    source->is_parquet = got == (ssize_t)sizeof magic && memcmp(magic, "PAR1", sizeof magic) == 0;
    source->bytes = malloc(READ_BYTES);
    return source->bytes == NULL ? WEIR_FAILED : WEIR_OK;
}

weir_status weir_load_open_source(struct weir_load_source *source, const char *path,
                                  struct weir_error *error) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return weir_fail(error, WEIR_ERROR_INVALID, "there is no file %s", path);
    if (file < 0)
        return weir_fail_errno(error, "cannot open %s", path);
    source->path = path;
    source->file = file;
    return examine(source, error);
}

void weir_load_close_source(struct weir_load_source *source) {
    if (source->file > 0)
        close(source->file);
    free(source->bytes);
    sodium_memzero(&source->hmac, sizeof source->hmac);
}

weir_status weir_load_read(struct weir_load_source *source, const struct weir_store_keys *keys,
                           const struct weir_policy_table *table,
                           const struct weir_load_progress *progress, struct weir_stage *stage,
                           uint8_t digest[WEIR_DIGEST_BYTES], struct weir_error *error) {
    struct weir_load_sink sink = weir_stage_sink(stage);
    struct weir_load_rows *reading = weir_load_rows_create(table, weir_stage_place(stage), &sink);
    if (reading == NULL)
        return WEIR_FAILED;
    crypto_auth_hmacsha256_init(&source->hmac, keys->digest, sizeof keys->digest);
    weir_status status = read_source(source, reading, progress, stage, error);
    if (status.ok) {
        crypto_auth_hmacsha256_final(&source->hmac, digest);
        report(progress, weir_load_rows_count(reading), 1);
    }
    weir_load_rows_destroy(reading);
    return status;
}
