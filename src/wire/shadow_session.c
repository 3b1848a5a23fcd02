/* Functions about this session: who asks, under which purpose, what is visible and what is allowed.
 */
#include "wire/settings.h"
#include "wire/shadow_values.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

static void user_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    (void)values;
    sqlite3_result_text(call, weir_shadow_of(call)->user, -1, SQLITE_TRANSIENT);
}

static void purpose_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    (void)values;
    sqlite3_result_text(call, weir_shadow_of(call)->catalog->purpose->name, -1, SQLITE_TRANSIENT);
}

/* weir_schema(): the first of the path. */
static void schema_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    (void)values;
    sqlite3_result_text(call, weir_shadow_of(call)->schemas[0].name, -1, SQLITE_TRANSIENT);
}

/* weir_schemas(with those implied). */
static void schemas_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const struct weir_shadow *shadow = weir_shadow_of(call);
    struct weir_buffer json = {0};
    weir_buffer_text(&json, sqlite3_value_int(values[0]) != 0 ? "[\"pg_catalog\"" : "[");
    for (size_t i = 0; i < shadow->schema_count && shadow->schemas[i].in_path; i++)
        weir_buffer_printf(&json, "%s\"%s\"", json.len > 1 ? "," : "", shadow->schemas[i].name);
    weir_buffer_byte(&json, ']');
    weir_shadow_give_text(call, &json);
}

/* weir_visible(oid of a relation); null for an unknown one. */
static void visible_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const struct weir_shadow *shadow = weir_shadow_of(call);
    for (size_t i = 0; i < shadow->relation_count; i++)
        if (shadow->relations[i].oid == sqlite3_value_int64(values[0]) &&
            shadow->relations[i].name != NULL)
            sqlite3_result_int(call, shadow->relations[i].is_visible);
}

/* weir_role(oid): pg_get_userbyid. */
static void role_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const struct weir_shadow *shadow = weir_shadow_of(call);
    struct weir_buffer out = {0};
    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    int64_t oid = sqlite3_value_int64(values[0]);
    if (oid == WEIR_SHADOW_OWNER)
        weir_buffer_text(&out, "weir");
    else if (oid == WEIR_SHADOW_FIRST_OID)
        weir_buffer_text(&out, shadow->user);
    else
        weir_buffer_printf(&out, "unknown (OID=%u)", (unsigned)oid);
    weir_shadow_give_text(call, &out);
}

/* What clients ask for beyond the settings of a session. */
static const struct {
    const char *name, *value, *description;
} constants[] = {
    {"block_size", "8192", "Without meaning here."},
    {"default_table_access_method", "heap", "The one access method that clients are shown."},
    {"jit", "off", "Nothing is compiled."},
    {"max_function_args", "100", "Without meaning here."},
    {"max_index_keys", "32", "The most columns of a key that clients look for."},
};

const char *weir_shadow_setting(const struct weir_shadow *shadow, size_t place, const char **name,
                                const char **description) {
    static const struct weir_settings defaults;
    *name = NULL;
    if (place >= WEIR_SETTING_COUNT + WEIR_COUNT(constants))
        return NULL;
    if (place >= WEIR_SETTING_COUNT) {
        place -= WEIR_SETTING_COUNT;
        *name = constants[place].name;
        *description = constants[place].description;
        return constants[place].value;
    }
    *name = weir_settings_name(place);
    *description = weir_settings_description(place);
    if (strcasecmp(*name, "search_path") == 0)
        return shadow->search_path;
    if (strcasecmp(*name, "session_authorization") == 0)
        return shadow->user;
    return weir_settings_value(&defaults, place);
}

static const char *find_setting(const struct weir_shadow *shadow, const char *wanted) {
    const char *name = NULL, *description = NULL;
    for (size_t place = 0;; place++) {
        const char *value = weir_shadow_setting(shadow, place, &name, &description);
        if (name == NULL || strcasecmp(name, wanted) == 0)
            return value;
    }
}

/* weir_setting(name, missing is null): current_setting. */
static void setting_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *name = weir_shadow_text_of(values[0]);
    if (name == NULL)
        return;
    const char *value = find_setting(weir_shadow_of(call), name);
    if (value != NULL) {
        sqlite3_result_text(call, value, -1, SQLITE_TRANSIENT);
    } else if (sqlite3_value_int(values[1]) == 0) {
        (void)weir_fail_state(weir_shadow_of(call)->error, WEIR_ERROR_INVALID, "42704",
                              "unrecognized configuration parameter \"%.63s\"", name);
        weir_shadow_give_error(call);
    }
}

/* weir_same_setting(name, value): set_config, as far as it changes nothing. A null asks for the
 * default, which it is. */
static void same_setting_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *name = weir_shadow_text_of(values[0]), *wanted = weir_shadow_text_of(values[1]);
    const char *value = name == NULL ? NULL : find_setting(weir_shadow_of(call), name);
    if (value != NULL && (wanted == NULL || strcmp(value, wanted) == 0)) {
        sqlite3_result_text(call, value, -1, SQLITE_TRANSIENT);
        return;
    }
    (void)weir_fail(weir_shadow_of(call)->error, WEIR_ERROR_REFUSED,
                    "set_config cannot change a setting");
    (void)weir_error_hint(weir_shadow_of(call)->error, "Use SET.");
    weir_shadow_give_error(call);
}

/* weir_allowed(privilege, asked): has_..._privilege, where `asked` is a list of which one is
 * enough. */
static void allowed_function(sqlite3_context *call, int count, sqlite3_value **values) {
    (void)count;
    const char *privilege = weir_shadow_text_of(values[0]), *asked = weir_shadow_text_of(values[1]);
    if (privilege == NULL || asked == NULL)
        return;
    size_t len = strlen(privilege);
    int allowed = 0;
    while (*asked != '\0') {
        asked += strspn(asked, " ,");
        size_t word = strcspn(asked, ",");
        size_t bare = word;
        while (bare > 0 && asked[bare - 1] == ' ')
            bare--;
        allowed = allowed || (bare == len && strncasecmp(asked, privilege, len) == 0);
        asked += word;
    }
    sqlite3_result_int(call, allowed);
}

int weir_shadow_add_session_functions(struct weir_shadow *shadow) {
    static const struct weir_shadow_function functions[] = {
        {"weir_user", 0, user_function},       {"weir_purpose", 0, purpose_function},
        {"weir_schema", 0, schema_function},   {"weir_schemas", 1, schemas_function},
        {"weir_visible", 1, visible_function}, {"weir_role", 1, role_function},
        {"weir_setting", 2, setting_function}, {"weir_same_setting", 2, same_setting_function},
        {"weir_allowed", 2, allowed_function}};
    return weir_shadow_register(shadow, functions, WEIR_COUNT(functions));
}
