/* Registration of the shadow's functions, and what all of them share. */
#include "wire/shadow_values.h"

#include "base/banned.h"

struct weir_shadow *weir_shadow_of(sqlite3_context *call) {
    return sqlite3_user_data(call);
}

const char *weir_shadow_text_of(sqlite3_value *value) {
    return sqlite3_value_type(value) == SQLITE_NULL ? NULL
                                                    : (const char *)sqlite3_value_text(value);
}

void weir_shadow_give_text(sqlite3_context *call, struct weir_buffer *text) {
    if (text->failed || text->len > WEIR_SHADOW_VALUE_LIMIT)
        sqlite3_result_error_toobig(call);
    else
        sqlite3_result_text(call, text->len > 0 ? text->bytes : "", (int)text->len,
                            SQLITE_TRANSIENT);
    weir_buffer_free(text);
}

void weir_shadow_give_error(sqlite3_context *call) {
    sqlite3_result_error(call, "see the statement's error", -1);
}

int weir_shadow_register(struct weir_shadow *shadow, const struct weir_shadow_function *functions,
                         size_t count) {
    int code = SQLITE_OK;
    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        code = sqlite3_create_function_v2(
            shadow->database, functions[i].name, functions[i].arguments,
            SQLITE_UTF8 | SQLITE_DETERMINISTIC, shadow, functions[i].run, NULL, NULL, NULL);
    return code;
}

weir_status weir_shadow_add_functions(struct weir_shadow *shadow, struct weir_error *error) {
    int code = weir_shadow_add_value_functions(shadow);
    if (code == SQLITE_OK)
        code = weir_shadow_add_array_functions(shadow);
    if (code == SQLITE_OK)
        code = weir_shadow_add_text_functions(shadow);
    if (code == SQLITE_OK)
        code = weir_shadow_add_session_functions(shadow);
    if (code == SQLITE_OK)
        code = weir_shadow_add_aggregate(shadow);
    return code == SQLITE_OK ? WEIR_OK : weir_shadow_fail(shadow, error, "add the functions of");
}
