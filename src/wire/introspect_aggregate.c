/* Aggregates and window functions. What is none leaves out->sql NULL. */
#include "wire/introspect_translate.h"

#include <string.h>

#include "base/banned.h"

enum { DEFAULT_FRAME = 1058, KEY_LIMIT = 4 };

enum kind { AGGREGATE, COLLECTION, WINDOW };
enum result { SAME, BOOLEAN, LONG, NUMBER, TEXT };

static const struct aggregate {
    const char *name, *sql;
    enum kind kind;
    enum result result;
} aggregates[] = {{"count", "count", AGGREGATE, LONG},
                  {"sum", "sum", AGGREGATE, NUMBER},
                  {"avg", "avg", AGGREGATE, NUMBER},
                  {"min", "min", AGGREGATE, SAME},
                  {"max", "max", AGGREGATE, SAME},
                  {"bool_or", "max", AGGREGATE, BOOLEAN},
                  {"bool_and", "min", AGGREGATE, BOOLEAN},
                  {"every", "min", AGGREGATE, BOOLEAN},
                  {"array_agg", NULL, COLLECTION, SAME},
                  {"string_agg", NULL, COLLECTION, TEXT},
                  {"row_number", "row_number", WINDOW, LONG},
                  {"rank", "rank", WINDOW, LONG},
                  {"dense_rank", "dense_rank", WINDOW, LONG}};

static const struct aggregate *find(const char *name) {
    for (size_t i = 0; i < WEIR_COUNT(aggregates); i++)
        if (strcmp(aggregates[i].name, name) == 0)
            return &aggregates[i];
    return NULL;
}

static uint32_t result_type(enum result result, uint32_t argument) {
    switch (result) {
    case SAME:
        return argument == WEIR_PG_NAME ? WEIR_PG_TEXT : argument;
    case BOOLEAN:
        return WEIR_PG_BOOL;
    case LONG:
        return WEIR_PG_INT8;
    case NUMBER:
        return weir_shadow_class_of(argument) == WEIR_CLASS_INTEGER ? WEIR_PG_INT8
                                                                    : WEIR_PG_NUMERIC;
    case TEXT:
        return WEIR_PG_TEXT;
    }
    return WEIR_PG_TEXT;
}

/* " FILTER (WHERE ...)" or "" */
static weir_status write_filter(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *node,
                                const char **sql) {
    const json_t *filter = weir_tree_get(node, "agg_filter");
    const char *condition = NULL;
    *sql = "";
    if (filter == NULL)
        return WEIR_OK;
    WEIR_TRY(weir_translate_boolean(translation, scope, filter, &condition));
    *sql = weir_arena_printf(translation->arena, " FILTER (WHERE %s)", condition);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status write_order(struct weir_translation *translation, const struct weir_scope *scope,
                               const json_t *sorts, const char **sql) {
    struct weir_text text = {0};
    for (size_t i = 0; i < json_array_size(sorts); i++) {
        const json_t *sort = json_object_get(json_array_get(sorts, i), "SortBy");
        struct weir_expression key = {0};
        WEIR_TRY(weir_translate_expression(translation, scope, weir_tree_get(sort, "node"), &key));
        WEIR_TRY(weir_translate_sort(translation, sort, key.sql, &text));
    }
    *sql = weir_text_of(&text);
    return WEIR_OK;
}

/* " OVER (...)" or "" */
static weir_status write_window(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *node,
                                const char **sql) {
    const json_t *window = weir_tree_get(node, "over");
    const char *partition = NULL, *order = NULL;
    *sql = "";
    if (window == NULL)
        return WEIR_OK;
    WEIR_TRY(weir_tree_allow(translation, window, "WindowDef",
                             "partitionClause orderClause frameOptions location"));
    if (json_integer_value(weir_tree_get(window, "frameOptions")) != DEFAULT_FRAME)
        return weir_tree_refuse(translation, "a window frame");
    const json_t *list = weir_tree_get(window, "partitionClause");
    WEIR_TRY(weir_translate_list(translation, scope, list, &partition));
    WEIR_TRY(write_order(translation, scope, weir_tree_get(window, "orderClause"), &order));
    *sql = weir_arena_printf(translation->arena, " OVER (%s%s%s)",
                             json_array_size(list) > 0 ? "PARTITION BY " : "", partition, order);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status plain(struct weir_translation *translation, const struct weir_scope *scope,
                         const json_t *node, const struct aggregate *aggregate,
                         struct weir_expression *out) {
    const json_t *list = weir_tree_get(node, "args");
    struct weir_expression argument = {.sql = "*", .type = WEIR_PG_INT8};
    const char *filter = NULL, *window = NULL;
    bool has_star = weir_tree_flag(node, "agg_star");
    size_t wanted = has_star || aggregate->kind == WINDOW ? 0 : 1;
    WEIR_TRY(
        weir_tree_allow(translation, node, aggregate->name,
                        "funcname args agg_star agg_distinct agg_filter over funcformat location"));
    if (json_array_size(list) != wanted || (has_star && strcmp(aggregate->name, "count") != 0))
        return weir_tree_refuse(translation, "%s with such arguments", aggregate->name);
    if (wanted == 1)
        WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(list, 0), &argument));
    if (aggregate->result == BOOLEAN)
        WEIR_TRY(weir_introspect_adapt(translation, &argument, WEIR_PG_BOOL));
    WEIR_TRY(write_filter(translation, scope, node, &filter));
    WEIR_TRY(write_window(translation, scope, node, &window));
    if (aggregate->kind == WINDOW && window[0] == '\0')
        return weir_tree_refuse(translation, "%s without OVER", aggregate->name);
    return weir_expression_give(
        out, result_type(aggregate->result, argument.type), aggregate->name,
        weir_arena_printf(translation->arena, "%s(%s%s)%s%s", aggregate->sql,
                          weir_tree_flag(node, "agg_distinct") ? "DISTINCT " : "",
                          aggregate->kind == WINDOW ? "" : argument.sql, filter, window));
}

/* The keys of ORDER BY inside the call: ", a, b", and their flags for weir_array_agg. */
static weir_status write_keys(struct weir_translation *translation, const struct weir_scope *scope,
                              const json_t *sorts, const char **sql,
                              char flags[2 * KEY_LIMIT + 1]) {
    *sql = "";
    if (json_array_size(sorts) > KEY_LIMIT)
        return weir_tree_refuse(translation, "an aggregate ordered by so many keys");
    for (size_t i = 0; i < json_array_size(sorts); i++) {
        const json_t *sort = json_object_get(json_array_get(sorts, i), "SortBy");
        struct weir_expression key = {0};
        bool descending = false, nulls_first = false;
        WEIR_TRY(weir_translate_sort_flags(translation, sort, &descending, &nulls_first));
        WEIR_TRY(weir_translate_expression(translation, scope, weir_tree_get(sort, "node"), &key));
        flags[2 * i] = descending ? 'd' : 'a';
        flags[2 * i + 1] = nulls_first ? 'f' : 'l';
        *sql = weir_arena_printf(translation->arena, "%s, %s", *sql, key.sql);
        if (*sql == NULL)
            return WEIR_FAILED;
    }
    return WEIR_OK;
}

static weir_status collection(struct weir_translation *translation, const struct weir_scope *scope,
                              const json_t *node, const struct aggregate *aggregate,
                              struct weir_expression *out) {
    const json_t *list = weir_tree_get(node, "args");
    struct weir_expression value = {0}, delimiter = {.sql = "''", .type = WEIR_PG_TEXT};
    const char *keys = NULL, *filter = NULL;
    char flags[2 * KEY_LIMIT + 1] = "";
    bool is_text = aggregate->result == TEXT;
    WEIR_TRY(
        weir_tree_allow(translation, node, aggregate->name,
                        "funcname args agg_order agg_distinct agg_filter funcformat location"));
    if (json_array_size(list) != (is_text ? 2 : 1))
        return weir_tree_refuse(translation, "%s with such arguments", aggregate->name);
    WEIR_TRY(weir_translate_expression(translation, scope, json_array_get(list, 0), &value));
    if (is_text) {
        WEIR_TRY(weir_introspect_as_text(translation, &value));
        if (json_object_get(json_array_get(list, 1), "A_Const") == NULL)
            return weir_tree_refuse(translation, "string_agg with a delimiter that varies");
        WEIR_TRY(
            weir_translate_expression(translation, scope, json_array_get(list, 1), &delimiter));
    }
    WEIR_TRY(write_keys(translation, scope, weir_tree_get(node, "agg_order"), &keys, flags));
    WEIR_TRY(write_filter(translation, scope, node, &filter));
    const char *sql = weir_arena_printf(translation->arena, "weir_array_agg('%c%s', %s%s)%s",
                                        weir_tree_flag(node, "agg_distinct") ? 'd' : '-', flags,
                                        value.sql, keys, filter);
    if (sql != NULL && is_text)
        sql = weir_arena_printf(translation->arena, "weir_array_text(%s, %d, %s)", sql,
                                WEIR_PG_TEXT, delimiter.sql);
    return weir_expression_give(out, is_text ? WEIR_PG_TEXT : weir_shadow_array_of(value.type),
                                aggregate->name, sql);
}

weir_status weir_translate_aggregate(struct weir_translation *translation,
                                     const struct weir_scope *scope, const json_t *node,
                                     struct weir_expression *out) {
    const char *schema = NULL;
    const char *name = weir_tree_qualified(weir_tree_get(node, "funcname"), &schema);
    const struct aggregate *aggregate = name == NULL ? NULL : find(name);
    if (aggregate == NULL)
        return WEIR_OK;
    return aggregate->kind == COLLECTION ? collection(translation, scope, node, aggregate, out)
                                         : plain(translation, scope, node, aggregate, out);
}
