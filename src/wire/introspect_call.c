/* Function calls: the allow-list of introspect_functions.def, written into its texts; functions of
 * any number of arguments; functions that give many rows. */
#include "wire/introspect_translate.h"

#include <ctype.h>
#include <string.h>

#include "base/banned.h"

enum { ARGUMENT_LIMIT = 4 };

static const struct function {
    const char *name, *arguments;
    uint32_t type;
    const char *text;
} functions[] = {
#define WEIR_FUNCTION(name, arguments, type, text) {name, arguments, type, text},
#include "wire/introspect_functions.def"
};

static const struct function *find_function(const char *name, size_t count, bool *is_known) {
    *is_known = false;
    for (size_t i = 0; i < WEIR_COUNT(functions); i++) {
        if (strcmp(functions[i].name, name) != 0)
            continue;
        *is_known = true;
        size_t most = strlen(functions[i].arguments), least = 0;
        while (functions[i].arguments[least] != '\0' &&
               islower((unsigned char)functions[i].arguments[least]))
            least++;
        if (count >= least && count <= most)
            return &functions[i];
    }
    return NULL;
}

static weir_status adapt_argument(struct weir_translation *translation, char kind,
                                  struct weir_expression *argument) {
    switch (tolower((unsigned char)kind)) {
    case 't':
        return weir_introspect_as_text(translation, argument);
    case 'i':
        return weir_introspect_adapt(translation, argument, WEIR_PG_INT8);
    case 'o':
        return weir_introspect_adapt(translation, argument, WEIR_PG_OID);
    case 'b':
        return weir_introspect_adapt(translation, argument, WEIR_PG_BOOL);
    case 'c':
        return weir_introspect_adapt(translation, argument, WEIR_PG_REGCLASS);
    case 'a':
        return weir_introspect_adapt(translation, argument, WEIR_PG_TEXT_ARRAY);
    default:
        return WEIR_OK;
    }
}

static int lower_bound(uint32_t type) {
    return type == WEIR_PG_INT2VECTOR || type == WEIR_PG_OIDVECTOR ? 0 : 1;
}

/* What a $ and the letter after it stand for; NULL when memory ran out. */
static const char *substitute(struct weir_translation *translation, char letter,
                              const struct weir_expression *arguments, size_t count) {
    if (letter == 'L')
        return arguments[count - 1].sql;
    if (letter == 'A')
        return weir_expression_join(translation, arguments, count);
    if (letter == 'T')
        return weir_arena_printf(translation->arena, "%u", arguments[0].type);
    if (letter == 'E')
        return weir_arena_printf(translation->arena, "%u",
                                 weir_shadow_element_of(arguments[0].type));
    if (letter == 'B')
        return weir_arena_printf(translation->arena, "%d", lower_bound(arguments[0].type));
    weir_check(letter >= '1' && (size_t)(letter - '1') < count);
    return arguments[letter - '1'].sql;
}

static const char *write_text(struct weir_translation *translation, const char *text,
                              const struct weir_expression *arguments, size_t count) {
    struct weir_buffer sql = {0};
    for (; *text != '\0'; text++) {
        if (*text != '$') {
            weir_buffer_byte(&sql, (unsigned char)*text);
            continue;
        }
        const char *value = substitute(translation, *++text, arguments, count);
        if (value == NULL)
            sql.failed = true;
        else
            weir_buffer_text(&sql, value);
    }
    const char *written = sql.failed ? NULL : weir_arena_string(translation->arena, sql.bytes);
    weir_buffer_free(&sql);
    return written;
}

static weir_status unknown(struct weir_translation *translation, const char *name, bool is_known) {
    weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42883",
                    is_known ? "function %.63s does not take these arguments"
                             : "function %.63s does not exist",
                    name);
    return weir_error_hint(translation->error,
                           "Queries of the system catalog can use the functions that clients need "
                           "to find purposes, tables and columns.");
}

static weir_status listed(struct weir_translation *translation, const struct weir_scope *scope,
                          const char *name, const json_t *list, struct weir_expression *out) {
    size_t count = json_array_size(list);
    bool is_known = false;
    const struct function *function = find_function(name, count, &is_known);
    struct weir_expression arguments[ARGUMENT_LIMIT] = {0};
    if (function == NULL || count > ARGUMENT_LIMIT)
        return unknown(translation, name, is_known);
    for (size_t i = 0; i < count; i++) {
        WEIR_TRY(
            weir_translate_expression(translation, scope, json_array_get(list, i), &arguments[i]));
        WEIR_TRY(adapt_argument(translation, function->arguments[i], &arguments[i]));
        if (tolower((unsigned char)function->arguments[i]) == 'a' &&
            weir_shadow_class_of(arguments[i].type) != WEIR_CLASS_ARRAY)
            return unknown(translation, name, true);
    }
    return weir_expression_give(out, function->type, name,
                                write_text(translation, function->text, arguments, count));
}

/* concat(a, ...), format(pattern, ...): any number of texts. */
static weir_status of_texts(struct weir_translation *translation, const struct weir_scope *scope,
                            const char *name, const json_t *list, struct weir_expression *out) {
    struct weir_text sql = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct weir_expression value = {0};
        WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(list, i), &value));
        WEIR_TRY(weir_introspect_as_text(translation, &value));
        WEIR_TRY(weir_text_list(translation, &sql, value.sql));
    }
    if (sql.len == 0)
        return unknown(translation, name, true);
    return weir_expression_give(
        out, WEIR_PG_TEXT, name,
        weir_arena_printf(translation->arena, "weir_%s(%s)", name, weir_text_of(&sql)));
}

static weir_status json_object_of(struct weir_translation *translation,
                                  const struct weir_scope *scope, const json_t *list,
                                  struct weir_expression *out) {
    const char *sql = NULL;
    if (json_array_size(list) % 2 != 0)
        return unknown(translation, "json_build_object", true);
    WEIR_TRY(weir_translate_list(translation, scope, list, &sql));
    return weir_expression_give(out, WEIR_PG_JSON, "json_build_object",
                                weir_arena_printf(translation->arena, "json_object(%s)", sql));
}

static weir_status set_of_array(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *list,
                                struct weir_set *set) {
    struct weir_expression array = {0};
    WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(list, 0), &array));
    WEIR_TRY(weir_introspect_adapt(translation, &array, WEIR_PG_TEXT_ARRAY));
    if (weir_shadow_class_of(array.type) != WEIR_CLASS_ARRAY)
        return unknown(translation, set->name, true);
    set->array = array.sql;
    set->lower = lower_bound(array.type);
    set->type = set->kind == WEIR_SET_VALUE   ? weir_shadow_element_of(array.type)
                : set->kind == WEIR_SET_PLACE ? WEIR_PG_INT4
                                              : WEIR_PG_RECORD;
    return WEIR_OK;
}

static weir_status series(struct weir_translation *translation, const struct weir_scope *scope,
                          const json_t *list, struct weir_set *set) {
    const char *bounds[3] = {NULL, NULL, "1"};
    if (json_array_size(list) < 2 || json_array_size(list) > 3)
        return unknown(translation, set->name, true);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct weir_expression bound = {0};
        WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(list, i), &bound));
        WEIR_TRY(weir_introspect_adapt(translation, &bound, WEIR_PG_INT4));
        if (weir_shadow_class_of(bound.type) != WEIR_CLASS_INTEGER)
            return unknown(translation, set->name, true);
        bounds[i] = bound.sql;
    }
    set->type = WEIR_PG_INT4;
    set->array = weir_arena_printf(translation->arena, "weir_series(%s, %s, %s)", bounds[0],
                                   bounds[1], bounds[2]);
    return set->array != NULL ? WEIR_OK : WEIR_FAILED;
}

weir_status weir_translate_set(struct weir_translation *translation, const struct weir_scope *scope,
                               const json_t *call, struct weir_set *set) {
    const char *schema = NULL;
    const json_t *list = weir_tree_get(call, "args");
    *set = (struct weir_set){.kind = WEIR_SET_VALUE, .lower = 1};
    set->name = weir_tree_qualified(weir_tree_get(call, "funcname"), &schema);
    if (set->name != NULL && strcmp(set->name, "generate_series") == 0)
        return series(translation, scope, list, set);
    if (set->name != NULL && strcmp(set->name, "pg_partition_ancestors") == 0) {
        set->array = "'[]'"; /* no table here has partitions */
        set->type = WEIR_PG_REGCLASS;
        return WEIR_OK;
    }
    set->kind = set->name == NULL                               ? WEIR_SET_NONE
                : strcmp(set->name, "unnest") == 0              ? WEIR_SET_VALUE
                : strcmp(set->name, "generate_subscripts") == 0 ? WEIR_SET_PLACE
                : strcmp(set->name, "_pg_expandarray") == 0     ? WEIR_SET_PAIR
                                                                : WEIR_SET_NONE;
    size_t wanted = set->kind == WEIR_SET_PLACE ? 2 : 1;
    if (set->kind == WEIR_SET_NONE)
        return WEIR_OK;
    if (json_array_size(list) != wanted)
        return unknown(translation, set->name, true);
    return set_of_array(translation, scope, list, set);
}

/* Rows from the select list: the arrays are unfolded side by side, the first one leading. */
static weir_status unfold(struct weir_translation *translation, const struct weir_scope *scope,
                          const struct weir_set *set, struct weir_expression *out) {
    struct weir_sets *sets = scope->sets;
    if (sets == NULL)
        return weir_tree_refuse(translation, "%s outside FROM and the select list", set->name);
    weir_check(set->array != NULL);
    if (sets->array == NULL || strcmp(sets->array, set->array) != 0) {
        const char *alias = weir_arena_printf(translation->arena, "s%u", translation->next_alias++);
        if (alias == NULL)
            return WEIR_FAILED;
        if (sets->first == NULL)
            sets->joins =
                weir_arena_printf(translation->arena, "json_each(%s) AS %s", set->array, alias);
        else
            sets->joins = weir_arena_printf(translation->arena,
                                            "%s LEFT JOIN json_each(%s) AS %s ON %s.key = %s.key",
                                            sets->joins, set->array, alias, alias, sets->first);
        sets->first = sets->first == NULL ? alias : sets->first;
        sets->array = set->array;
        sets->alias = alias;
        if (sets->joins == NULL)
            return WEIR_FAILED;
    }
    const char *alias = sets->alias;
    const char *sql =
        set->kind == WEIR_SET_VALUE ? weir_arena_printf(translation->arena, "%s.value", alias)
        : set->kind == WEIR_SET_PLACE
            ? weir_arena_printf(translation->arena, "(%s.key + %d)", alias, set->lower)
            : weir_arena_printf(translation->arena, "json_array(%s.value, %s.key + 1)", alias,
                                alias);
    return weir_expression_give(out, set->type, set->name, sql);
}

weir_status weir_translate_call(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *node,
                                struct weir_expression *out) {
    const char *schema = NULL;
    const char *name = weir_tree_qualified(weir_tree_get(node, "funcname"), &schema);
    struct weir_set set = {0};
    if (name == NULL)
        return weir_tree_refuse(translation, "functions of other schemas");
    *out = (struct weir_expression){0};
    WEIR_TRY(weir_translate_aggregate(translation, scope, node, out));
    if (out->sql != NULL)
        return WEIR_OK;
    WEIR_TRY(weir_tree_allow(translation, node, "FuncCall", "funcname args funcformat location"));
    WEIR_TRY(weir_translate_set(translation, scope, node, &set));
    if (set.kind != WEIR_SET_NONE)
        return unfold(translation, scope, &set, out);
    if (strcmp(name, "concat") == 0 || strcmp(name, "format") == 0)
        return of_texts(translation, scope, name, weir_tree_get(node, "args"), out);
    if (strcmp(name, "json_build_object") == 0)
        return json_object_of(translation, scope, weir_tree_get(node, "args"), out);
    return listed(translation, scope, name, weir_tree_get(node, "args"), out);
}

weir_status weir_translate_value_function(struct weir_translation *translation,
                                          const struct weir_scope *scope, const json_t *node,
                                          struct weir_expression *out) {
    static const struct {
        const char *kind, *name, *sql;
    } values[] = {{"SVFOP_CURRENT_USER", "current_user", "weir_user()"},
                  {"SVFOP_CURRENT_ROLE", "current_role", "weir_user()"},
                  {"SVFOP_USER", "user", "weir_user()"},
                  {"SVFOP_SESSION_USER", "session_user", "weir_user()"},
                  {"SVFOP_CURRENT_CATALOG", "current_catalog", "weir_purpose()"},
                  {"SVFOP_CURRENT_SCHEMA", "current_schema", "weir_schema()"}};
    (void)scope;
    WEIR_TRY(weir_tree_allow(translation, node, "SQLValueFunction", "op typmod location"));
    const char *kind = weir_tree_text(node, "op");
    for (size_t i = 0; kind != NULL && i < WEIR_COUNT(values); i++)
        if (strcmp(values[i].kind, kind) == 0)
            return weir_expression_give(out, WEIR_PG_NAME, values[i].name, values[i].sql);
    return weir_tree_refuse(translation, "the date or the time");
}
