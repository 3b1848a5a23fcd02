/* weir load: one file becomes one table's new version, or comes to the one in force. */
#include "cli/options.h"
#include "cli/print.h"

#include "engine/engine.h"

#include <string.h>

#include "base/banned.h"

enum { NAME_MAX_BYTES = 128, ARENA_BYTES = 16 << 20 };

/* "schema.table" into two names. */
static bool split_name(const char *name, char schema[NAME_MAX_BYTES], const char **table) {
    size_t len = strcspn(name, ".");
    if (len == 0 || len >= NAME_MAX_BYTES || name[len] != '.' || name[len + 1] == '\0' ||
        strchr(name + len + 1, '.'))
        return false;
    memcpy(schema, name, len);
    schema[len] = '\0';
    *table = name + len + 1;
    return true;
}

/* "health.visit: 6,001,215 rows, 12 of them lead to nobody and are in no answer". */
static void print_loaded(const struct weir_table_version *version, bool is_behind) {
    char rows[32], orphans[32];
    printf("%s.%s%s: %s rows", version->schema, version->name,
           is_behind ? ", which leads to its people through it" : "",
           weir_cli_grouped(version->rows, rows, sizeof rows));
    if (version->orphans > 0)
        printf(", %s of them %s to nobody and %s in no answer",
               weir_cli_grouped(version->orphans, orphans, sizeof orphans),
               version->orphans == 1 ? "leads" : "lead", version->orphans == 1 ? "is" : "are");
    printf("\n");
}

static weir_status load(const char *folder, const struct weir_load_request *request,
                        struct weir_error *error) {
    struct weir_engine *engine = NULL;
    const struct weir_table_version *loaded = NULL;
    size_t count = 0;
    struct weir_arena *arena = weir_arena_create(ARENA_BYTES);
    weir_status status = arena == NULL
                             ? WEIR_FAILED
                             : weir_engine_open(folder, weir_env_system(),
                                                &(struct weir_engine_options){0}, &engine, error);
    if (status.ok)
        status = weir_engine_load(engine, request, arena, &loaded, &count, error);
    weir_cli_progress_end(request->progress->state);
    weir_engine_close(engine);
    for (size_t i = 0; status.ok && i < count; i++)
        print_loaded(&loaded[i], i > 0);
    weir_arena_destroy(arena);
    return status;
}

enum weir_exit weir_command_load(const struct weir_command *command, int argc, char **argv) {
    const char *operands[3], *table;
    char schema[NAME_MAX_BYTES];
    bool append = false;
    const struct weir_cli_option options[] = {{.name = "append", .flag = &append}};
    enum weir_exit over;
    if (!weir_cli_read_options(command, argc, argv, options, WEIR_COUNT(options), operands, 3,
                               &over))
        return over;
    const char *name = operands[1], *file = operands[2];
    if (!split_name(name, schema, &table))
        return weir_cli_usage(command, "a table is named SCHEMA.TABLE");

    struct weir_error error = {0};
    struct weir_cli_progress progress;
    weir_cli_progress_start(&progress, stderr, name);
    const struct weir_load_progress report = {.state = &progress,
                                              .report = weir_cli_progress_report};
    const struct weir_load_request request = {
        .schema = schema, .table = table, .path = file, .append = append, .progress = &report};
    if (!load(operands[0], &request, &error).ok) {
        weir_cli_print_error(stderr, error.line > 0 ? file : NULL, &error);
        return WEIR_EXIT_FAILED;
    }
    return WEIR_EXIT_DONE;
}
