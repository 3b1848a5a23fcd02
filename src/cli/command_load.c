/* weir load: one file becomes one table's new version. */
#include "cli/options.h"
#include "cli/print.h"

#include "engine/engine.h"

#include <string.h>

#include "base/banned.h"

enum { NAME_MAX_BYTES = 128 };

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

enum weir_exit weir_command_load(const struct weir_command *command, int argc, char **argv) {
    const char *operands[3], *table;
    char schema[NAME_MAX_BYTES], grouped[32];
    enum weir_exit over;
    if (!weir_cli_read_options(command, argc, argv, NULL, 0, operands, 3, &over))
        return over;
    const char *folder = operands[0], *name = operands[1], *file = operands[2];
    if (!split_name(name, schema, &table))
        return weir_cli_usage(command, "a table is named SCHEMA.TABLE");

    struct weir_error error = {0};
    struct weir_engine *engine = NULL;
    int64_t rows = 0;
    struct weir_cli_progress progress;
    weir_cli_progress_start(&progress, stderr, name);
    const struct weir_load_progress report = {.state = &progress,
                                              .report = weir_cli_progress_report};
    weir_status status = weir_engine_open(folder, weir_env_system(),
                                          &(struct weir_engine_options){0}, &engine, &error);
    if (status.ok)
        status = weir_engine_load(engine, schema, table, file, &report, &rows, &error);
    weir_cli_progress_end(&progress);
    weir_engine_close(engine);
    if (!status.ok) {
        weir_cli_print_error(stderr, error.line > 0 ? file : NULL, &error);
        return WEIR_EXIT_FAILED;
    }
    printf("%s: %s rows\n", name, weir_cli_grouped(rows, grouped, sizeof grouped));
    return WEIR_EXIT_DONE;
}
