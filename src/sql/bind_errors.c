/* How the binder says no. */
#include "sql/bind_private.h"
#include "sql/statement.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

bound weir_bind_refuse(struct binder *binder, int location, const char *hint, const char *format,
                       ...) {
    char message[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    weir_fail(binder->error, WEIR_ERROR_REFUSED, "%s", message);
    weir_error_at(binder->error, weir_sql_position(binder->text, location));
    if (hint != NULL && binder->error->hint[0] == '\0')
        weir_error_hint(binder->error, "%s", hint);
    return NULL;
}

bound weir_bind_invalid(struct binder *binder, int location, const char *sqlstate,
                        const char *format, ...) {
    char message[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    weir_fail_state(binder->error, WEIR_ERROR_INVALID, sqlstate, "%s", message);
    weir_error_at(binder->error, weir_sql_position(binder->text, location));
    return NULL;
}

bound weir_bind_unknown_function(struct binder *binder, const char *name, int location) {
    weir_bind_invalid(binder, location, "42883",
                      "%s%s is not on the list of those a question may use",
                      name == NULL ? "this function" : "the function ", name == NULL ? "" : name);
    weir_error_hint(
        binder->error,
        "docs/sql.md lists the functions, and what to write instead of others; patterns "
        "are written with LIKE or ILIKE.");
    return NULL;
}

bool weir_bind_fields(struct binder *binder, const json_t *fields, const char *what,
                      const char *const *known) {
    const char *unknown = weir_tree_unknown_field(fields, known);
    if (unknown == NULL)
        return true;
    weir_bind_refuse(binder, weir_tree_location(fields),
                     "Write the question without it. What can be asked is listed in docs/sql.md.",
                     "this form of %s is not available (%s)", what, unknown);
    return false;
}
