/* Small readers of parse-tree nodes. */
#include "sql/tree.h"

#include <string.h>

#include "base/banned.h"

const char *weir_tree_kind(const json_t *node, const json_t **fields) {
    void *entry = json_object_iter((json_t *)node);
    *fields = NULL;
    if (entry == NULL || json_object_size(node) != 1)
        return NULL;
    *fields = json_object_iter_value(entry);
    return json_object_iter_key(entry);
}

const char *weir_tree_string(const json_t *node) {
    const json_t *string = json_object_get(node, "String");
    if (string == NULL)
        return NULL;
    const char *text = json_string_value(json_object_get(string, "sval"));
    return text == NULL ? "" : text;
}

bool weir_tree_names(const json_t *list, const char **schema, const char **name) {
    size_t count = json_array_size(list);
    *schema = count == 2 ? weir_tree_string(json_array_get(list, 0)) : NULL;
    *name = weir_tree_string(json_array_get(list, count - 1));
    return *name != NULL && (count == 1 || (count == 2 && *schema != NULL));
}

int weir_tree_location(const json_t *fields) {
    const json_t *location = json_object_get(fields, "location");
    return location == NULL ? 0 : (int)json_integer_value(location);
}

const char *weir_tree_unknown_field(const json_t *fields, const char *const *known) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)fields, key, value) {
        bool found = false;
        for (size_t i = 0; known[i] != NULL && !found; i++)
            found = strcmp(key, known[i]) == 0;
        if (!found)
            return key;
    }
    return NULL;
}
