/* What can be said in SQL over the tables that are filled already: the views. */
#include "wire/shadow.h"

#include "base/banned.h"

#define WEIR_SHADOW_VIEW(sql) sql,
static const char *const views[] = {
#include "wire/shadow_views.def"
};

static weir_status fill_view(struct weir_shadow *shadow, const char *sql,
                             struct weir_error *error) {
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(shadow->database, sql, -1, &statement, NULL);
    int parameters = sqlite3_bind_parameter_count(statement);
    if (code == SQLITE_OK && parameters >= 1)
        code = sqlite3_bind_text(statement, 1, shadow->catalog->purpose->name, -1, SQLITE_STATIC);
    if (code == SQLITE_OK && parameters >= 2)
        code = sqlite3_bind_text(statement, 2, shadow->user, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    weir_status status = code == SQLITE_DONE ? WEIR_OK : weir_shadow_fail(shadow, error, "fill");
    sqlite3_finalize(statement);
    return status;
}

weir_status weir_shadow_fill_views(struct weir_shadow *shadow, struct weir_error *error) {
    for (size_t i = 0; i < WEIR_COUNT(views); i++)
        WEIR_TRY(fill_view(shadow, views[i], error));
    return WEIR_OK;
}
