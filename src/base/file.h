/* Whole files: read under a limit, replace atomically and durably. */
#ifndef WEIR_BASE_FILE_H
#define WEIR_BASE_FILE_H

#include "base/arena.h"
#include "base/env.h"
#include "base/error.h"

/* Reads at most `limit` bytes into the arena, NUL-terminated; a longer file is an error (class
 * LIMIT), a missing one class INVALID. */
weir_status weir_file_read(struct weir_arena *arena, const char *path, size_t limit, char **bytes,
                           size_t *len, struct weir_error *error) WEIR_MUST_CHECK;

/* Writes path.tmp, syncs it, renames it over `path`, syncs the folder. Either the old or the new
 * content is there after a crash at any moment. */
weir_status weir_file_replace(const struct weir_env *env, const char *path, const void *bytes,
                              size_t len, unsigned mode, struct weir_error *error) WEIR_MUST_CHECK;

/* Makes the names within the folder durable. */
weir_status weir_file_sync_folder(const struct weir_env *env, const char *path,
                                  struct weir_error *error) WEIR_MUST_CHECK;

/* mkdir with all parents; an existing folder is fine. */
weir_status weir_file_make_folder(const char *path, unsigned mode,
                                  struct weir_error *error) WEIR_MUST_CHECK;
bool weir_file_exists(const char *path);

#endif
