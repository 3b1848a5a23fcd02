/* A question to its end: the release with its noise, and what is asked of that. */
#include "check.h"

#include "exec/release.h"
#include "sql/emit.h"

#include "base/banned.h"

static weir_status name_columns(struct weir_arena *arena, size_t count, const char ***names) {
    *names = WEIR_NEW_ARRAY(arena, count, const char *);
    weir_check(*names != NULL);
    for (size_t i = 0; i < count; i++)
        if (((*names)[i] = weir_arena_printf(arena, "c%zu", i)) == NULL)
            return WEIR_FAILED;
    return WEIR_OK;
}

/* As engine/query.c does. */
static weir_status answer(struct engine *engine, const struct planned *planned,
                          struct weir_arena *arena, struct weir_rows *rows,
                          struct weir_error *error) {
    static const struct weir_release_options options = {.memory_bytes = 64 << 20, .threads = 1};
    struct weir_backend *backend = engine_backend(engine);
    struct weir_emission emission = {.arena = arena, .release = planned->question.release};
    struct weir_released released;
    const char **names;
    WEIR_TRY(weir_release(arena, weir_env_system(), backend, NULL, &options, planned->plan,
                          &released, error));
    weir_emit_relation(&emission, planned->question.root);
    const char *sql = weir_emission_finish(&emission);
    weir_check(sql != NULL);
    WEIR_TRY(name_columns(arena, released.rows.column_count, &names));
    return backend->operations->query_released(backend, arena, NULL, &released.rows, names, sql,
                                               emission.constants, emission.constant_count,
                                               SIZE_MAX, rows, error);
}

void check_answer(struct engine *engine, const struct planned *planned, struct weir_arena *arena,
                  struct finding *finding) {
    const struct weir_relation *root = planned->question.root;
    struct weir_error error = {0};
    struct weir_rows rows;
    if (!answer(engine, planned, arena, &rows, &error).ok) {
        find(finding, "the answer fails: %s (%s)", error.message, engine_said(engine));
        return;
    }
    for (size_t i = 0; i < rows.column_count; i++)
        if (rows.types[i] != root->columns[i].type)
            find(finding, "column %zu comes as %s, not %s", i, weir_type_name(rows.types[i]),
                 weir_type_name(root->columns[i].type));
}
