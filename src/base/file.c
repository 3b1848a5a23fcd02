/* Whole-file reads and atomic replacement. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static weir_status read_open_file(struct weir_arena *arena, int file, const char *path,
                                  size_t limit, char **bytes, size_t *len,
                                  struct weir_error *error) {
    struct stat status;
    if (fstat(file, &status) != 0)
        return weir_fail_errno(error, "cannot examine %s", path);
    if (!S_ISREG(status.st_mode))
        return weir_fail(error, WEIR_ERROR_INVALID, "%s is not a regular file", path);
    if ((uint64_t)status.st_size > limit)
        return weir_fail(error, WEIR_ERROR_LIMIT, "%s is larger than the %zu bytes allowed", path,
                         limit);
    size_t size = (size_t)status.st_size, done = 0;
    char *content = weir_arena_allocate(arena, size + 1);
    if (content == NULL)
        return WEIR_FAILED;
    while (done < size) {
        ssize_t got = read(file, content + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return weir_fail_errno(error, "cannot read %s", path);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *bytes = content;
    *len = done;
    return WEIR_OK;
}

weir_status weir_file_read(struct weir_arena *arena, const char *path, size_t limit, char **bytes,
                           size_t *len, struct weir_error *error) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return weir_fail(error, WEIR_ERROR_INVALID, "there is no file %s", path);
    if (file < 0)
        return weir_fail_errno(error, "cannot open %s", path);
    weir_status status = read_open_file(arena, file, path, limit, bytes, len, error);
    close(file);
    return status;
}

weir_status weir_file_sync_folder(const struct weir_env *env, const char *path,
                                  struct weir_error *error) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return weir_fail_errno(error, "cannot open the folder %s", path);
    weir_status status = env->sync(env->state, folder, error);
    close(folder);
    return status;
}

static weir_status write_new(const struct weir_env *env, const char *path, const void *bytes,
                             size_t len, unsigned mode, struct weir_error *error) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);
    if (file < 0)
        return weir_fail_errno(error, "cannot create %s", path);
    weir_status status = env->write(env->state, file, bytes, len, error);
    if (status.ok)
        status = env->sync(env->state, file, error);
    if (close(file) != 0 && status.ok)
        status = weir_fail_errno(error, "cannot close %s", path);
    return status;
}

weir_status weir_file_replace(const struct weir_env *env, const char *path, const void *bytes,
                              size_t len, unsigned mode, struct weir_error *error) {
    char temporary[PATH_MAX], folder[PATH_MAX];
    int written = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (written < 0 || (size_t)written >= sizeof temporary)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is too long", path);
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
             slash == NULL ? "." : path);
    WEIR_TRY(write_new(env, temporary, bytes, len, mode, error));
    if (rename(temporary, path) != 0)
        return weir_fail_errno(error, "cannot rename %s into place", temporary);
    return weir_file_sync_folder(env, folder, error);
}

weir_status weir_file_make_folder(const char *path, unsigned mode, struct weir_error *error) {
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %s is empty or too long", path);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, (mode_t)mode) != 0 && errno != EEXIST)
            return weir_fail_errno(error, "cannot create the folder %s", part);
    }
    return WEIR_OK;
}

bool weir_file_exists(const char *path) {
    return access(path, F_OK) == 0;
}
