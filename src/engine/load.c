/* weir load: new versions of tables, logged before they are in force. */
#include "engine/engine_private.h"

#include "base/banned.h"

/* One entry for each table written: that of the load, and those whose path leads through it. */
static weir_status record(struct weir_engine *engine, const struct weir_load *load,
                          struct weir_arena *arena, uint64_t **indexes, struct weir_error *error) {
    size_t count;
    const struct weir_table_version *versions = weir_load_versions(load, &count);
    *indexes = WEIR_NEW_ARRAY(arena, count, uint64_t);
    if (*indexes == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < count; i++)
        WEIR_TRY(weir_record_load(engine, &versions[i], &(*indexes)[i], error));
    return WEIR_OK;
}

/* The load's own memory goes with it. */
static weir_status copy_versions(const struct weir_load *load, struct weir_arena *arena,
                                 const struct weir_table_version **loaded, size_t *count) {
    const struct weir_table_version *versions = weir_load_versions(load, count);
    struct weir_table_version *copies = WEIR_NEW_ARRAY(arena, *count, struct weir_table_version);
    if (copies == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < *count; i++) {
        copies[i] = versions[i];
        copies[i].schema = weir_arena_string(arena, versions[i].schema);
        copies[i].name = weir_arena_string(arena, versions[i].name);
        copies[i].path = weir_arena_string(arena, versions[i].path);
        if (copies[i].schema == NULL || copies[i].name == NULL || copies[i].path == NULL)
            return WEIR_FAILED;
    }
    *loaded = copies;
    return WEIR_OK;
}

weir_status weir_engine_load(struct weir_engine *engine, const struct weir_load_request *request,
                             struct weir_arena *arena, const struct weir_table_version **loaded,
                             size_t *count, struct weir_error *error) {
    struct weir_load *load = NULL;
    uint64_t *indexes = NULL;
    weir_status status = weir_load_prepare(engine->store, request, &load, error);
    if (status.ok)
        status = copy_versions(load, arena, loaded, count);
    if (status.ok)
        status = record(engine, load, arena, &indexes, error);
    if (status.ok)
        status = weir_load_commit(load, indexes, error);
    weir_load_close(load);
    if (!status.ok)
        weir_error_settle(error);
    return status;
}
