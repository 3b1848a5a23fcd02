/* What a name means: columns of the tables in FROM, innermost SELECT first, as PostgreSQL resolves
 * them. */
#include "wire/introspect_translate.h"

#include <string.h>

#include "base/banned.h"

struct weir_source *weir_scope_add(struct weir_translation *translation, struct weir_scope *scope,
                                   const char *name, size_t field_count) {
    struct weir_source *source = WEIR_NEW(translation->arena, struct weir_source);
    struct weir_scope_field *fields =
        WEIR_NEW_ARRAY(translation->arena, field_count, struct weir_scope_field);
    if (source == NULL || fields == NULL)
        return NULL;
    *source = (struct weir_source){
        .next = scope->sources, .name = name, .field_count = field_count, .fields = fields};
    scope->sources = source;
    return source;
}

static bool is_named(const struct weir_source *source, const char *schema, const char *name) {
    if (name == NULL)
        return true;
    if (source->name == NULL || strcmp(source->name, name) != 0)
        return false;
    return schema == NULL || (source->schema != NULL && strcmp(source->schema, schema) == 0);
}

/* Counts the fields of that name in one scope; *found is the last. */
static size_t find_in(const struct weir_scope *scope, const char *schema, const char *source_name,
                      const char *name, const struct weir_scope_field **found) {
    size_t count = 0;
    for (const struct weir_source *source = scope->sources; source != scope->end;
         source = source->next) {
        if (!is_named(source, schema, source_name))
            continue;
        for (size_t i = 0; i < source->field_count; i++) {
            const struct weir_scope_field *field = &source->fields[i];
            bool is_meant = source_name != NULL || !field->is_hidden;
            if (is_meant && strcmp(field->name, name) == 0) {
                *found = field;
                count++;
            }
        }
    }
    return count;
}

bool weir_scope_has(const struct weir_scope *scope, const char *name) {
    const struct weir_scope_field *found = NULL;
    return find_in(scope, NULL, NULL, name, &found) > 0;
}

weir_status weir_scope_find(struct weir_translation *translation, const struct weir_scope *scope,
                            const json_t *reference, struct weir_expression *found) {
    size_t count = json_array_size(reference);
    const char *parts[3] = {NULL, NULL, NULL}; /* schema, table, column */
    if (count < 1 || count > 3)
        return weir_tree_refuse(translation, "such a column name");
    for (size_t i = 0; i < count; i++) {
        parts[3 - count + i] = weir_tree_string(json_array_get(reference, i));
        if (parts[3 - count + i] == NULL)
            return weir_tree_refuse(translation, "such a column name");
    }
    for (; scope != NULL; scope = scope->outer) {
        const struct weir_scope_field *field = NULL;
        size_t matches = find_in(scope, parts[0], parts[1], parts[2], &field);
        if (matches > 1)
            return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42702",
                                   "column reference \"%.63s\" is ambiguous", parts[2]);
        if (matches == 1)
            return weir_expression_give(found, field->type, parts[2], field->sql);
    }
    return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42703",
                           "column \"%.63s%s%.63s\" does not exist",
                           parts[1] != NULL ? parts[1] : "", parts[1] != NULL ? "." : "", parts[2]);
}

bool weir_scope_is_starred(const json_t *fields, const struct weir_source *source,
                           const struct weir_scope_field *field) {
    size_t prefix = json_array_size(fields) - 1;
    const char *name = prefix > 0 ? weir_tree_string(json_array_get(fields, prefix - 1)) : NULL;
    const char *schema = prefix > 1 ? weir_tree_string(json_array_get(fields, prefix - 2)) : NULL;
    if (prefix > 2 || field->is_system || (prefix > 0 && name == NULL))
        return false;
    return is_named(source, schema, name) && (name != NULL || !field->is_hidden);
}
