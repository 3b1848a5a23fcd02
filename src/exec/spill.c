/* A folder that one engine spills into. Spilled blocks hold data of people: they are removed with
 * the engine, or by the next one after a crash. */
#include "exec/spill.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static const char prefix[] = "engine-";
enum { OPEN_ATTEMPTS = 16 };

/* False at the end, and after a failure. */
static bool next_name(DIR *stream, const char *path, const char **name, weir_status *status,
                      struct weir_error *error) {
    while (status->ok) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL && errno != 0)
            *status = weir_fail_errno(error, "cannot list %s", path);
        if (entry == NULL)
            return false;
        *name = entry->d_name;
        if (strcmp(*name, ".") != 0 && strcmp(*name, "..") != 0)
            return true;
    }
    return false;
}

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
    const char *name;
    while (next_name(stream, path, &name, &status, error))
        if (unlinkat(lock, name, 0) != 0 && errno != ENOENT)
            status = weir_fail_errno(error, "cannot empty %s", path);
    closedir(stream);
    if (status.ok && rmdir(path) != 0 && errno != ENOENT)
        status = weir_fail_errno(error, "cannot remove %s", path);
    return status;
}

/* Whether the open folder is still the one of this name. */
static bool is_named(int lock, const char *path) {
    struct stat held, named;
    return fstat(lock, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}

/* *lock is -1 when another engine holds the folder, it is gone, or it is no folder. */
static weir_status try_lock(const char *path, int *lock, struct weir_error *error) {
    *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (*lock < 0)
        return errno == ENOENT || errno == ENOTDIR ? WEIR_OK
                                                   : weir_fail_errno(error, "cannot open %s", path);
    bool is_locked = flock(*lock, LOCK_EX | LOCK_NB) == 0;
    if (is_locked && is_named(*lock, path))
        return WEIR_OK;
    weir_status status = is_locked || errno == EWOULDBLOCK
                             ? WEIR_OK
                             : weir_fail_errno(error, "cannot lock %s", path);
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

weir_status weir_spill_tidy(const char *folder, struct weir_error *error) {
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return weir_fail_errno(error, "cannot open the folder %s", folder);
    weir_status status = WEIR_OK;
    const char *name;
    while (next_name(stream, folder, &name, &status, error))
        if (strncmp(name, prefix, sizeof prefix - 1) == 0)
            status = remove_if_left(folder, name, error);
    closedir(stream);
    return status;
}

/* Another engine that tidies may take the folder for a leaving between its making and its locking:
 * then we make another. */
weir_status weir_spill_open(const char *folder, struct weir_spill *spill,
                            struct weir_error *error) {
    WEIR_TRY(weir_spill_tidy(folder, error));
    int lock = -1;
    for (int attempt = 0; lock < 0 && attempt < OPEN_ATTEMPTS; attempt++) {
        int len = snprintf(spill->path, sizeof spill->path, "%s/%sXXXXXX", folder, prefix);
        if (len < 0 || (size_t)len >= sizeof spill->path)
            return weir_fail(error, WEIR_ERROR_LIMIT, "the path %.200s is too long", folder);
        if (mkdtemp(spill->path) == NULL)
            return weir_fail_errno(error, "cannot make a folder in %s", folder);
        WEIR_TRY(try_lock(spill->path, &lock, error));
    }
    if (lock < 0)
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "no folder in %s could be kept for the engine: try again", folder);
    spill->lock = lock;
    spill->is_open = true;
    return WEIR_OK;
}

void weir_spill_close(struct weir_spill *spill) {
    struct weir_error ignored = {0}; /* what stays, the next engine removes */
    if (!spill->is_open)
        return;
    weir_status removed = remove_folder(spill->lock, spill->path, &ignored);
    (void)removed;
    close(spill->lock);
    spill->is_open = false;
}
