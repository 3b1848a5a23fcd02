/* A folder to spill into for each data engine. Blocks that are spilled hold data of people, so they
 * are removed with the engine, or by the next who opens the store after a crash. */
#include "engine/engine_private.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static const char prefix[] = "run-";
enum { NAME_BYTES = 8, OPEN_ATTEMPTS = 16 };

static weir_status name_path(const struct weir_store *store, const char *name, char out[PATH_MAX],
                             struct weir_error *error) {
    int len = snprintf(out, PATH_MAX, "%s/spill%s%s", weir_store_folder(store),
                       name[0] != '\0' ? "/" : "", name);
    if (len < 0 || len >= PATH_MAX)
        return weir_fail(error, WEIR_ERROR_LIMIT,
                         "the path of the store's spill folder is too "
                         "long");
    return WEIR_OK;
}

static weir_status draw_name(const struct weir_store *store, char out[PATH_MAX],
                             struct weir_error *error) {
    const struct weir_env *env = weir_store_env(store);
    uint8_t drawn[NAME_BYTES];
    char name[sizeof prefix + 2 * NAME_BYTES];
    WEIR_TRY(env->entropy(env->state, drawn, sizeof drawn, error));
    memcpy(name, prefix, sizeof prefix);
    sodium_bin2hex(name + sizeof prefix - 1, 2 * NAME_BYTES + 1, drawn, sizeof drawn);
    return name_path(store, name, out, error);
}

/* *held false: someone tidied the folder away between its making and its locking, or holds it. */
static weir_status lock_folder(const char *path, int *file, bool *held, struct weir_error *error) {
    struct stat locked, named;
    *held = false;
    *file = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*file < 0)
        return errno == ENOENT || errno == ENOTDIR ? WEIR_OK
                                                   : weir_fail_errno(error, "cannot open %s", path);
    weir_status status = WEIR_OK;
    if (flock(*file, LOCK_EX | LOCK_NB) == 0)
        *held = fstat(*file, &locked) == 0 && stat(path, &named) == 0 &&
                locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
    else if (errno != EWOULDBLOCK)
        status = weir_fail_errno(error, "cannot lock %s", path);
    if (!*held)
        close(*file);
    return status;
}

weir_status weir_spill_open(const struct weir_store *store, struct weir_spill *spill,
                            struct weir_error *error) {
    bool held = false;
    for (int attempt = 0; !held && attempt < OPEN_ATTEMPTS; attempt++) {
        WEIR_TRY(draw_name(store, spill->path, error));
        if (mkdir(spill->path, 0700) != 0)
            return weir_fail_errno(error, "cannot make the folder %s", spill->path);
        WEIR_TRY(lock_folder(spill->path, &spill->lock, &held, error));
    }
    return held ? WEIR_OK
                : weir_fail(error, WEIR_ERROR_SYSTEM, "the store's spill folder cannot be used");
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place) {
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_folder(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void weir_spill_close(struct weir_spill *spill) {
    if (spill == NULL)
        return;
    remove_folder(spill->path); /* what cannot be removed now, the next open of the store removes */
    close(spill->lock);
}

static weir_status tidy_one(const struct weir_store *store, const char *name,
                            struct weir_error *error) {
    char path[PATH_MAX];
    int file;
    bool held;
    WEIR_TRY(name_path(store, name, path, error));
    WEIR_TRY(lock_folder(path, &file, &held, error));
    if (!held)
        return WEIR_OK;
    remove_folder(path);
    close(file);
    if (weir_file_exists(path))
        return weir_fail(error, WEIR_ERROR_SYSTEM,
                         "cannot remove %.300s, left over from an earlier run", path);
    return WEIR_OK;
}

weir_status weir_spill_tidy(const struct weir_store *store, struct weir_error *error) {
    char path[PATH_MAX];
    WEIR_TRY(name_path(store, "", path, error));
    DIR *stream = opendir(path);
    if (stream == NULL)
        return weir_fail_errno(error, "cannot open the folder %s", path);
    weir_status status = WEIR_OK;
    while (status.ok) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL && errno != 0)
            status = weir_fail_errno(error, "cannot list %s", path);
        if (entry == NULL)
            break;
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0)
            status = tidy_one(store, entry->d_name, error);
    }
    closedir(stream);
    return status;
}
