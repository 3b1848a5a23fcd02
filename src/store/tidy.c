/* Deleting what nothing needs any more: leavings of crashed loads, spilled blocks, versions long
 * replaced.
 *
 * A load holds the data lock from its start to its end, so whoever gets it knows that no half-made
 * file is in use. The two newest versions of a table stay: a reader that has just learnt of the
 * older one can still open it. */
#include "store/store_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/banned.h"

weir_status weir_store_lock_data(const struct weir_store *store, int *file, bool *held,
                                 struct weir_error *error) {
    char path[PATH_MAX];
    WEIR_TRY(weir_store_path(path, store->data, ".lock", error));
    int opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (opened < 0)
        return weir_fail_errno(error, "cannot open %s", path);
    if (flock(opened, LOCK_EX | LOCK_NB) == 0) {
        *file = opened;
        *held = true;
        return WEIR_OK;
    }
    weir_status status =
        errno == EWOULDBLOCK ? WEIR_OK : weir_fail_errno(error, "cannot lock %s", path);
    close(opened);
    *file = -1;
    *held = false;
    return status;
}

/* Whether a file in data/ is one of the two newest versions of its table, or of the units of its
 * dataset. */
static weir_status is_kept(struct weir_store *store, const char *name, bool *kept,
                           struct weir_error *error) {
    static const char sql[] =
        "SELECT 1 FROM table_version AS t WHERE file = ?1 AND (SELECT count(*) FROM table_version "
        "AS n"
        " WHERE n.schema = t.schema AND n.name = t.name AND n.version > t.version) < 2"
        " UNION ALL SELECT 1 FROM unit_version AS t WHERE file = ?1 AND (SELECT count(*) FROM "
        "unit_version AS n WHERE n.dataset = t.dataset AND n.version > t.version) < 2";
    struct weir_state_statement statement = {0};
    weir_status status = weir_state_prepare(store->database, sql, &statement, error);
    if (status.ok) {
        weir_state_bind_text(&statement, 1, name);
        status = weir_state_step(&statement, kept, error);
    }
    weir_state_finish(&statement);
    return status;
}

static weir_status remove_unless_kept(struct weir_store *store, const char *folder,
                                      const char *name, bool is_data, struct weir_error *error) {
    char path[PATH_MAX];
    bool kept = false;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, ".lock") == 0)
        return WEIR_OK;
    if (is_data)
        WEIR_TRY(is_kept(store, name, &kept, error));
    WEIR_TRY(weir_store_path(path, folder, name, error));
    if (!kept && unlink(path) != 0 && errno != ENOENT)
        return weir_fail_errno(error, "cannot remove %s, left over from an earlier load", path);
    return WEIR_OK;
}

static weir_status tidy_folder(struct weir_store *store, const char *folder, bool is_data,
                               struct weir_error *error) {
    DIR *stream = opendir(folder);
    if (stream == NULL && errno == ENOENT && !is_data)
        return WEIR_OK; /* nothing was loaded yet */
    if (stream == NULL)
        return weir_fail_errno(error, "cannot open the folder %s", folder);
    weir_status status = WEIR_OK;
    while (status.ok) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL && errno != 0)
            status = weir_fail_errno(error, "cannot list %s", folder);
        if (entry == NULL)
            break;
        status = remove_unless_kept(store, folder, entry->d_name, is_data, error);
    }
    closedir(stream);
    return status;
}

weir_status weir_store_tidy(struct weir_store *store, struct weir_error *error) {
    int file;
    bool held;
    WEIR_TRY(weir_store_lock_data(store, &file, &held, error));
    if (!held)
        return WEIR_OK;
    char spill[PATH_MAX];
    weir_status status = tidy_folder(store, store->data, true, error);
    if (status.ok)
        status = weir_store_path(spill, store->spill, "load", error);
    if (status.ok)
        status = tidy_folder(store, spill, false, error);
    close(file);
    return status;
}
