/* A folder that one engine spills into. */
#include "exec/spill.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/banned.h"

static const char prefix[] = "engine-";

/* Removes the folder and the files in it; `lock` is the folder, open. */
static weir_status remove_folder(int lock, const char *path, struct weir_error *error) {
    int copy = dup(lock);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    if (stream == NULL) {
        if (copy >= 0)
            close(copy);
        return weir_fail_errno(error, "cannot list %s", path);
    }
    weir_status status = WEIR_OK;
    for (const struct dirent *entry; status.ok && (entry = readdir(stream)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            unlinkat(lock, entry->d_name, 0) != 0 && errno != ENOENT)
            status = weir_fail_errno(error, "cannot empty %s", path);
    closedir(stream);
    if (status.ok && rmdir(path) != 0 && errno != ENOENT)
        status = weir_fail_errno(error, "cannot remove %s", path);
    return status;
}

/* *lock is -1 when another engine holds the folder, or it is gone. */
static weir_status try_lock(const char *path, int *lock, struct weir_error *error) {
    *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (*lock < 0)
        return errno == ENOENT ? WEIR_OK : weir_fail_errno(error, "cannot open %s", path);
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
        return WEIR_OK;
    weir_status status =
        errno == EWOULDBLOCK ? WEIR_OK : weir_fail_errno(error, "cannot lock %s", path);
    close(*lock);
    *lock = -1;
    return status;
}

static weir_status remove_if_left(const char *folder, const char *name, struct weir_error *error) {
    char path[PATH_MAX];
    int lock;
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %.200s is too long", folder);
    WEIR_TRY(try_lock(path, &lock, error));
    if (lock < 0)
        return WEIR_OK;
    weir_status status = remove_folder(lock, path, error);
    close(lock);
    return status;
}

static weir_status remove_left(const char *folder, struct weir_error *error) {
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return weir_fail_errno(error, "cannot open the folder %s", folder);
    weir_status status = WEIR_OK;
    for (const struct dirent *entry; status.ok && (entry = readdir(stream)) != NULL;)
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0)
            status = remove_if_left(folder, entry->d_name, error);
    closedir(stream);
    return status;
}

weir_status weir_spill_open(const char *folder, struct weir_spill *spill,
                            struct weir_error *error) {
    WEIR_TRY(remove_left(folder, error));
    int len = snprintf(spill->path, sizeof spill->path, "%s/%sXXXXXX", folder, prefix);
    if (len < 0 || (size_t)len >= sizeof spill->path)
        return weir_fail(error, WEIR_ERROR_LIMIT, "the path %.200s is too long", folder);
    if (mkdtemp(spill->path) == NULL)
        return weir_fail_errno(error, "cannot make a folder in %s", folder);
    int lock;
    WEIR_TRY(try_lock(spill->path, &lock, error));
    if (lock < 0) /* another engine took it for a leaving between the two calls */
        return weir_fail(error, WEIR_ERROR_SYSTEM, "the engine's folder in %s is gone: try again",
                         folder);
    spill->lock = lock;
    return WEIR_OK;
}

void weir_spill_close(struct weir_spill *spill) {
    struct weir_error ignored = {0}; /* what stays, the next engine removes */
    if (spill->lock <= 0)
        return;
    weir_status removed = remove_folder(spill->lock, spill->path, &ignored);
    (void)removed;
    close(spill->lock);
    spill->lock = 0;
}
