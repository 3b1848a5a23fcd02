/* Every file operation goes to the real file, after a count of those that change the disk. */
#include "faulty_disk.h"

#include "base/checks.h"

#include <sqlite3.h>

#include "base/banned.h"

struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real; /* follows in the same allocation */
};

struct faulty_disk faulty_disk;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs faulty_vfs;

static bool fails(void) {
    faulty_disk.calls++;
    bool now = faulty_disk.fail_at != 0 &&
               (faulty_disk.for_good ? faulty_disk.calls >= faulty_disk.fail_at
                                     : faulty_disk.calls == faulty_disk.fail_at);
    faulty_disk.failures += now;
    return now;
}

static sqlite3_file *real_of(sqlite3_file *file) {
    return ((struct faulty_file *)file)->real;
}

static int faulty_close(sqlite3_file *file) {
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int faulty_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset) {
    return real_of(file)->pMethods->xRead(real_of(file), bytes, len, offset);
}

static int faulty_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset) {
    if (!fails())
        return real_of(file)->pMethods->xWrite(real_of(file), bytes, len, offset);
    /* Half of it arrives. */
    int code = real_of(file)->pMethods->xWrite(real_of(file), bytes, len / 2, offset);
    return code == SQLITE_OK && faulty_disk.fail_at % 2 == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 size) {
    return fails() ? SQLITE_IOERR_TRUNCATE
                   : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int faulty_sync(sqlite3_file *file, int flags) {
    if (!fails())
        return real_of(file)->pMethods->xSync(real_of(file), flags);
    faulty_disk.sync_failed = true;
    return SQLITE_IOERR_FSYNC;
}

static int faulty_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int faulty_lock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int faulty_unlock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int faulty_reserved(sqlite3_file *file, int *result) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}

static int faulty_control(sqlite3_file *file, int operation, void *argument) {
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int faulty_sector(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int faulty_device(sqlite3_file *file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

/* Version 1: no shared memory, hence no WAL. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = faulty_close,
    .xRead = faulty_read,
    .xWrite = faulty_write,
    .xTruncate = faulty_truncate,
    .xSync = faulty_sync,
    .xFileSize = faulty_size,
    .xLock = faulty_lock,
    .xUnlock = faulty_unlock,
    .xCheckReservedLock = faulty_reserved,
    .xFileControl = faulty_control,
    .xSectorSize = faulty_sector,
    .xDeviceCharacteristics = faulty_device,
};

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                       int *opened) {
    (void)vfs;
    struct faulty_file *faulty = (struct faulty_file *)file;
    faulty->real = (sqlite3_file *)(faulty + 1);
    int code = real_vfs->xOpen(real_vfs, name, faulty->real, flags, opened);
    faulty->base.pMethods = code == SQLITE_OK ? &methods : NULL;
    return code;
}

void faulty_disk_install(void) {
    real_vfs = sqlite3_vfs_find(NULL);
    weir_check(real_vfs != NULL);
    faulty_vfs = *real_vfs;
    faulty_vfs.pNext = NULL;
    faulty_vfs.zName = "faulty";
    faulty_vfs.szOsFile = (int)sizeof(struct faulty_file) + real_vfs->szOsFile;
    faulty_vfs.xOpen = faulty_open;
    weir_check(sqlite3_vfs_register(&faulty_vfs, 1) == SQLITE_OK);
    faulty_disk = (struct faulty_disk){0};
}

void faulty_disk_remove(void) {
    weir_check(sqlite3_vfs_unregister(&faulty_vfs) == SQLITE_OK);
    weir_check(sqlite3_vfs_register(real_vfs, 1) == SQLITE_OK);
}
