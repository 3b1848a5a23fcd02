/* Making, opening and closing a store with all that acts on it. */
#include "engine/engine_private.h"

#include "exec/spill.h"
#include "exec/duckdb_engine.h"
#include "translog/entry.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

enum { SCRATCH_BYTES = 32 << 20 };

/* A crash in the middle of weir_engine_create: nothing may be done under a policy that the log does
 * not know. */
static weir_status require_logged_policy(const struct weir_engine *engine,
                                         struct weir_error *error) {
    if (weir_log_size(engine->log) > 0)
        return WEIR_OK;
    weir_fail(error, WEIR_ERROR_SYSTEM,
              "the store's policy was never logged: its creation was interrupted");
    return weir_error_hint(error, "Remove the folder and make the store anew.");
}

/* A log that was put back from an older backup would grow apart from what was published of it. */
static weir_status check_loads(const struct weir_engine *engine, struct weir_arena *arena,
                               struct weir_error *error) {
    const struct weir_logged_version *versions;
    size_t count;
    WEIR_TRY(weir_store_logged_versions(engine->store, arena, &versions, &count, error));
    for (size_t i = 0; i < count; i++)
        if (versions[i].log_index >= weir_log_size(engine->log)) {
            weir_fail(
                error, WEIR_ERROR_SYSTEM,
                "the log ends before the load of %.200s: log and state.db are not of the same "
                "time",
                versions[i].table);
            return weir_error_hint(error, "Put both back from the same backup, the newest.");
        }
    return WEIR_OK;
}

static weir_status require_logged_loads(const struct weir_engine *engine,
                                        struct weir_error *error) {
    struct weir_arena *arena = weir_arena_create(SCRATCH_BYTES);
    weir_status status = arena == NULL ? WEIR_FAILED : check_loads(engine, arena, error);
    weir_arena_destroy(arena);
    return status;
}

/* The bounding operator works beside the data engine, and gets a quarter of what that has. */
static struct weir_release_options release_options(const struct weir_engine_options *options) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int threads = options->threads > 0 ? options->threads : (int)(processors < 1 ? 1 : processors);
    size_t megabytes = options->memory_megabytes > 0 ? options->memory_megabytes
                                                     : weir_duckdb_default_memory_megabytes();
    return (struct weir_release_options){.memory_bytes = megabytes / 4 << 20, .threads = threads};
}

static weir_status open_parts(struct weir_engine *engine, const char *folder,
                              struct weir_error *error) {
    WEIR_TRY(weir_store_open(folder, engine->env, &engine->store, error));
    WEIR_TRY(weir_spill_tidy(weir_store_spill_folder(engine->store), error));
    WEIR_TRY(weir_ledger_open(weir_store_state_path(engine->store), engine->env, &engine->ledger,
                              error));
    WEIR_TRY(weir_log_open(weir_store_log_folder(engine->store), engine->env,
                           weir_store_log_origin(engine->store),
                           weir_store_keys(engine->store)->log_seed, &engine->log, error));
    WEIR_TRY(require_logged_policy(engine, error));
    WEIR_TRY(require_logged_loads(engine, error));
    return engine->options.announce ? weir_record_start(engine, error) : WEIR_OK;
}

weir_status weir_engine_open(const char *folder, const struct weir_env *env,
                             const struct weir_engine_options *options, struct weir_engine **engine,
                             struct weir_error *error) {
    struct weir_engine *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to open the store");
    weir_check(pthread_mutex_init(&opened->snapshot_lock, NULL) == 0);
    weir_inflight_initialise(opened);
    opened->env = env;
    opened->options = *options;
    opened->release_options = release_options(options);
    if (!open_parts(opened, folder, error).ok) {
        weir_error_settle(error);
        weir_engine_close(opened);
        return WEIR_FAILED;
    }
    *engine = opened;
    return WEIR_OK;
}

void weir_engine_close(struct weir_engine *engine) {
    if (engine == NULL)
        return;
    weir_snapshot_forget(engine);
    weir_log_close(engine->log);
    weir_ledger_close(engine->ledger);
    weir_store_close(engine->store);
    weir_inflight_destroy(engine);
    weir_check(pthread_mutex_destroy(&engine->snapshot_lock) == 0);
    free(engine);
}

struct weir_store *weir_engine_store(struct weir_engine *engine) {
    return engine->store;
}

static weir_status require_no_findings(struct weir_arena *arena, const struct weir_policy *policy,
                                       struct weir_error *error) {
    bool exhausted = false;
    const struct weir_policy_finding *finding = weir_policy_check(arena, policy, &exhausted);
    if (exhausted)
        return WEIR_FAILED;
    if (finding == NULL)
        return WEIR_OK;
    weir_fail(error, WEIR_ERROR_INVALID, "%s", finding->message);
    error->line = finding->line;
    return weir_error_hint(error, "Run weir policy check to see all that is to be mended.");
}

static weir_status print_policy(struct weir_arena *arena, const struct weir_env *env,
                                const struct weir_policy *policy, struct weir_buffer *entry,
                                struct weir_error *error) {
    uint8_t hash[WEIR_POLICY_HASH_BYTES];
    int64_t now;
    const char *text = weir_policy_print(arena, policy);
    if (text == NULL || !weir_policy_hash(arena, policy, hash))
        return WEIR_FAILED;
    WEIR_TRY(env->now(env->state, &now, error));
    return weir_entry_print_policy(
        &(struct weir_entry_policy){
            .name = policy->name, .version = policy->version, .hash = hash, .text = text},
        now, entry, error);
}

static weir_status append_first(const char *folder, const struct weir_env *env,
                                const struct weir_buffer *entry, struct weir_error *error) {
    struct weir_store *store = NULL;
    struct weir_log *log = NULL;
    uint64_t index;
    weir_status status = weir_store_open(folder, env, &store, error);
    if (status.ok)
        status = weir_log_open(weir_store_log_folder(store), env, weir_store_log_origin(store),
                               weir_store_keys(store)->log_seed, &log, error);
    if (status.ok)
        status = weir_log_append(log, entry->bytes, entry->len, &index, error);
    weir_log_close(log);
    weir_store_close(store);
    if (!status.ok)
        weir_error_hint(error,
                        "The store in %.200s was made, but its policy was not logged: "
                        "remove the folder and make it anew.",
                        folder);
    return status;
}

/* The entry is printed first: a policy that does not fit into the log makes no store. */
static weir_status create(struct weir_arena *arena, const char *folder, const struct weir_env *env,
                          const struct weir_policy *policy, struct weir_error *error) {
    struct weir_buffer entry = {0};
    WEIR_TRY(require_no_findings(arena, policy, error));
    weir_status status = print_policy(arena, env, policy, &entry, error);
    if (status.ok)
        status = weir_store_create(folder, env, policy, error);
    if (status.ok)
        status = append_first(folder, env, &entry, error);
    weir_buffer_free(&entry);
    return status;
}

weir_status weir_engine_create(const char *folder, const struct weir_env *env,
                               const struct weir_policy *policy, struct weir_error *error) {
    struct weir_arena *arena = weir_arena_create(SCRATCH_BYTES);
    weir_status status = arena == NULL ? WEIR_FAILED : create(arena, folder, env, policy, error);
    weir_arena_destroy(arena);
    if (!status.ok)
        weir_error_settle(error);
    return status;
}
