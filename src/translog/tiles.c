/* Paths, widths and bundles. */
#include "translog/tiles.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

void weir_tile_path(const struct weir_tile *tile, char *out, size_t size) {
    weir_check(tile->level >= WEIR_TILE_ENTRIES && tile->level < WEIR_TILE_LEVELS);
    weir_check(tile->width >= 1 && tile->width <= WEIR_TILE_WIDTH);
    char level[12] = "entries", index[40], partial[8] = "";
    if (tile->level >= 0)
        snprintf(level, sizeof level, "%d", tile->level);
    if (tile->width < WEIR_TILE_WIDTH)
        snprintf(partial, sizeof partial, ".p/%u", tile->width);
    size_t at = sizeof index - 1;
    index[at] = '\0';
    uint64_t rest = tile->index;
    do { /* groups of three digits from the right; all but the last begin with x */
        char group[8];
        int len = snprintf(group, sizeof group, "%s%03u", at == sizeof index - 1 ? "" : "x",
                           (unsigned)(rest % 1000));
        if (at < sizeof index - 1)
            index[--at] = '/';
        at -= (size_t)len;
        memcpy(index + at, group, (size_t)len);
        rest /= 1000;
    } while (rest > 0);
    int written = snprintf(out, size, "tile/%s/%s%s", level, index + at, partial);
    weir_check(written > 0 && (size_t)written < size);
}

static bool parse_number(const char **text, size_t digits_max, uint64_t *number) {
    size_t digits = 0;
    *number = 0;
    for (; **text >= '0' && **text <= '9' && digits < digits_max; (*text)++, digits++)
        *number = *number * 10 + (uint64_t)(**text - '0');
    return digits > 0;
}

static bool parse_index(const char **text, uint64_t *index) {
    *index = 0;
    for (int groups = 0; groups < 7; groups++) {
        bool more = **text == 'x';
        const char *start = *text += more;
        uint64_t group;
        if (!parse_number(text, 3, &group) || *text - start != 3 ||
            __builtin_mul_overflow(*index, UINT64_C(1000), index) ||
            __builtin_add_overflow(*index, group, index))
            return false;
        if (!more)
            return true;
        if (*(*text)++ != '/')
            return false;
    }
    return false;
}

bool weir_tile_path_parse(const char *path, struct weir_tile *tile) {
    const char *at = path;
    uint64_t number;
    if (strncmp(at, "tile/", 5) != 0)
        return false;
    at += 5;
    tile->level = WEIR_TILE_ENTRIES;
    if (strncmp(at, "entries/", 8) == 0) {
        at += 8;
    } else {
        if (!parse_number(&at, 1, &number) || number >= WEIR_TILE_LEVELS || *at++ != '/')
            return false;
        tile->level = (int)number;
    }
    if (!parse_index(&at, &tile->index))
        return false;
    tile->width = WEIR_TILE_WIDTH;
    if (strncmp(at, ".p/", 3) == 0) {
        at += 3;
        if (!parse_number(&at, 3, &number) || number < 1 || number >= WEIR_TILE_WIDTH)
            return false;
        tile->width = (unsigned)number;
    }
    char canonical[WEIR_TILE_PATH_BYTES];
    weir_tile_path(tile, canonical, sizeof canonical);
    return strcmp(path, canonical) == 0;
}

static unsigned level_shift(int level) {
    return 8 * (unsigned)(level < 0 ? 0 : level);
}

uint64_t weir_tile_full_count(uint64_t size, int level) {
    unsigned shift = level_shift(level) + 8;
    return shift > 63 ? 0 : size >> shift;
}

unsigned weir_tile_partial_width(uint64_t size, int level) {
    return (unsigned)(size >> level_shift(level)) % WEIR_TILE_WIDTH;
}

static weir_status read_all(int file, const char *path, struct weir_buffer *out,
                            struct weir_error *error) {
    struct stat status;
    if (fstat(file, &status) != 0)
        return weir_fail_errno(error, "cannot examine %s", path);
    if (!S_ISREG(status.st_mode))
        return weir_fail(error, WEIR_ERROR_INVALID, "%s is not a regular file", path);
    char bytes[16384];
    for (;;) {
        ssize_t got = read(file, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return weir_fail_errno(error, "cannot read %s", path);
        if (got == 0)
            return WEIR_OK;
        weir_buffer_append(out, bytes, (size_t)got);
        if (out->failed)
            return weir_fail(error, WEIR_ERROR_INVALID, "%s is longer than its format allows",
                             path);
    }
}

weir_status weir_tile_read(const char *folder, const struct weir_tile *tile,
                           struct weir_buffer *out, struct weir_error *error) {
    char name[WEIR_TILE_PATH_BYTES], path[PATH_MAX];
    weir_tile_path(tile, name, sizeof name);
    int written = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (written < 0 || (size_t)written >= sizeof path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long", folder);
    weir_buffer_clear(out);
    out->limit = tile->level < 0 ? WEIR_BUNDLE_BYTES : WEIR_TILE_BYTES;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0 && errno == ENOENT)
        return weir_fail(error, WEIR_ERROR_INVALID, "the log is incomplete: there is no file %s",
                         path);
    if (file < 0)
        return weir_fail_errno(error, "cannot open %s", path);
    weir_status status = read_all(file, path, out, error);
    close(file);
    return status;
}

weir_status weir_tile_read_hashes(const char *folder, const struct weir_tile *tile,
                                  struct weir_merkle_hash *hashes, struct weir_error *error) {
    weir_check(tile->level >= 0);
    struct weir_buffer content = {0};
    weir_status status = weir_tile_read(folder, tile, &content, error);
    if (status.ok && content.len != tile->width * sizeof *hashes) {
        char name[WEIR_TILE_PATH_BYTES];
        weir_tile_path(tile, name, sizeof name);
        status = weir_fail(error, WEIR_ERROR_INVALID, "%s/%s does not hold %u hashes", folder, name,
                           tile->width);
    }
    if (status.ok)
        memcpy(hashes, content.bytes, content.len);
    weir_buffer_free(&content);
    return status;
}

void weir_bundle_append(struct weir_buffer *bundle, const void *entry, size_t len) {
    weir_check(len <= UINT16_MAX);
    weir_buffer_byte(bundle, (unsigned char)(len >> 8));
    weir_buffer_byte(bundle, (unsigned char)(len & 0xff));
    weir_buffer_append(bundle, entry, len);
}

bool weir_bundle_next(struct weir_bundle_cursor *cursor, const uint8_t **entry, size_t *len) {
    if (cursor->left < 2)
        return false;
    size_t size = (size_t)cursor->next[0] << 8 | cursor->next[1];
    if (size > cursor->left - 2)
        return false;
    *entry = cursor->next + 2;
    *len = size;
    cursor->next += 2 + size;
    cursor->left -= 2 + size;
    return true;
}
