/* weir load: a table's new version, logged before it is in force. */
#include "engine/engine_private.h"

#include "base/banned.h"

weir_status weir_engine_load(struct weir_engine *engine, const char *schema, const char *table,
                             const char *path, const struct weir_load_progress *progress,
                             int64_t *rows, struct weir_error *error) {
    struct weir_load *load = NULL;
    uint64_t index = 0;
    weir_status status =
        weir_load_prepare(engine->store, schema, table, path, progress, &load, error);
    if (status.ok)
        status = weir_record_load(engine, weir_load_version(load), &index, error);
    if (status.ok)
        status = weir_load_commit(load, index, error);
    if (status.ok)
        *rows = weir_load_version(load)->rows;
    weir_load_close(load);
    if (!status.ok)
        weir_error_settle(error);
    return status;
}
