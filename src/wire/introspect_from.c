/* FROM: tables of the shadow, WITH queries, joins, subqueries, and functions as tables. */
#include "wire/introspect_translate.h"

#include <string.h>

#include "base/banned.h"

static weir_status item(struct weir_translation *translation, struct weir_scope *scope,
                        const json_t *node, const char **sql);

/* AS name (a, b): the new names of the first columns. */
static weir_status rename_fields(struct weir_translation *translation, const json_t *alias,
                                 struct weir_source *source) {
    if (alias == NULL)
        return WEIR_OK;
    WEIR_TRY(weir_tree_allow(translation, alias, "Alias", "aliasname colnames"));
    const json_t *names = weir_tree_get(alias, "colnames");
    source->name = weir_tree_text(alias, "aliasname");
    source->schema = NULL;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = weir_tree_string(json_array_get(names, i));
        if (i >= source->field_count || source->fields[i].is_system || name == NULL)
            return weir_tree_refuse(translation, "more column names than columns");
        source->fields[i].name = name;
    }
    return WEIR_OK;
}

static weir_status add_common(struct weir_translation *translation, struct weir_scope *scope,
                              const struct weir_common *common, const json_t *alias,
                              const char **sql) {
    unsigned number = translation->next_alias++;
    struct weir_source *source =
        weir_scope_add(translation, scope, common->name, common->column_count);
    if (source == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < common->column_count; i++)
        source->fields[i] = (struct weir_scope_field){
            .name = common->columns[i].name,
            .type = common->columns[i].type_oid,
            .sql = weir_arena_printf(translation->arena, "t%u.%s", number, common->names[i])};
    *sql = weir_arena_printf(translation->arena, "%s AS t%u", common->alias, number);
    return rename_fields(translation, alias, source);
}

static weir_status add_table(struct weir_translation *translation, struct weir_scope *scope,
                             const struct weir_shadow_table *table, const json_t *alias,
                             const char **sql) {
    unsigned number = translation->next_alias++;
    struct weir_source *source =
        weir_scope_add(translation, scope, table->name, table->column_count + 1);
    if (source == NULL)
        return WEIR_FAILED;
    source->schema = table->schema;
    for (size_t i = 0; i < table->column_count; i++) {
        source->fields[i] =
            (struct weir_scope_field){.name = table->columns[i].name,
                                      .type = table->columns[i].type,
                                      .sql = weir_arena_printf(translation->arena, "t%u.\"%s\"",
                                                               number, table->columns[i].name)};
        if (source->fields[i].sql == NULL)
            return WEIR_FAILED;
    }
    source->fields[table->column_count] =
        (struct weir_scope_field){.name = "tableoid",
                                  .type = WEIR_PG_OID,
                                  .is_system = true,
                                  .sql = weir_arena_printf(translation->arena, "%u", table->oid)};
    *sql = weir_arena_printf(translation->arena, "\"%s.%s\" AS t%u", table->schema, table->name,
                             number);
    return *sql == NULL ? WEIR_FAILED : rename_fields(translation, alias, source);
}

static weir_status table(struct weir_translation *translation, struct weir_scope *scope,
                         const json_t *node, const char **sql) {
    WEIR_TRY(weir_tree_allow(translation, node, "RangeVar",
                             "catalogname schemaname relname inh relpersistence alias location"));
    const char *schema = weir_tree_text(node, "schemaname"),
               *name = weir_tree_text(node, "relname");
    const char *database = weir_tree_text(node, "catalogname");
    const json_t *alias = weir_tree_get(node, "alias");
    if (name == NULL ||
        (database != NULL && strcmp(database, translation->shadow->catalog->purpose->name) != 0))
        return weir_tree_refuse(translation, "tables of another purpose");
    for (const struct weir_common *common = scope->commons; schema == NULL && common != NULL;
         common = common->next)
        if (strcmp(common->name, name) == 0)
            return add_common(translation, scope, common, alias, sql);
    const struct weir_shadow_table *found =
        strchr(name, '(') == NULL ? weir_shadow_find_table(translation->shadow, schema, name)
                                  : NULL;
    if (found == NULL)
        return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42P01",
                               "relation \"%.63s%s%.63s\" does not exist in the system catalog",
                               schema != NULL ? schema : "", schema != NULL ? "." : "", name);
    return add_table(translation, scope, found, alias, sql);
}

static weir_status subquery(struct weir_translation *translation, struct weir_scope *scope,
                            const json_t *node, const char **sql) {
    WEIR_TRY(weir_tree_allow(translation, node, "RangeSubselect", "lateral subquery alias"));
    struct weir_scope outer = {.outer = scope->outer, .commons = scope->commons};
    struct weir_selection selection = {0};
    const json_t *select = json_object_get(weir_tree_get(node, "subquery"), "SelectStmt");
    if (select == NULL)
        return weir_tree_refuse(translation, "such a subquery");
    WEIR_TRY(weir_translate_select(translation, &outer, select, &selection));
    unsigned number = translation->next_alias++;
    struct weir_source *source = weir_scope_add(translation, scope, NULL, selection.column_count);
    if (source == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < selection.column_count; i++)
        source->fields[i] = (struct weir_scope_field){
            .name = selection.columns[i].name,
            .type = selection.columns[i].type_oid,
            .sql = weir_arena_printf(translation->arena, "t%u.%s", number, selection.names[i])};
    *sql = weir_arena_printf(translation->arena, "(%s) AS t%u", selection.sql, number);
    return *sql == NULL ? WEIR_FAILED
                        : rename_fields(translation, weir_tree_get(node, "alias"), source);
}

/* The columns of a function's rows, and one more WITH ORDINALITY. */
static weir_status set_fields(struct weir_translation *translation, struct weir_scope *scope,
                              const struct weir_set *set, bool has_ordinality, const json_t *alias,
                              unsigned number) {
    const char *called = weir_tree_text(alias, "aliasname");
    bool is_pair = set->kind == WEIR_SET_PAIR;
    size_t count = (is_pair ? 2u : 1u) + (has_ordinality ? 1u : 0u);
    struct weir_source *source =
        weir_scope_add(translation, scope, called != NULL ? called : set->name, count);
    if (source == NULL)
        return WEIR_FAILED;
    const char *value = weir_arena_printf(translation->arena, "t%u.value", number);
    const char *place = weir_arena_printf(translation->arena, "(t%u.key + %d)", number,
                                          set->kind == WEIR_SET_PLACE ? set->lower : 1);
    const char *ordinal = weir_arena_printf(translation->arena, "(t%u.key + 1)", number);
    if (value == NULL || place == NULL || ordinal == NULL)
        return WEIR_FAILED;
    source->fields[0] =
        (struct weir_scope_field){.name = is_pair          ? "x"
                                          : called != NULL ? called
                                                           : set->name,
                                  .type = is_pair ? WEIR_PG_INT4 : set->type,
                                  .sql = set->kind == WEIR_SET_PLACE ? place : value};
    if (is_pair)
        source->fields[1] =
            (struct weir_scope_field){.name = "n", .type = WEIR_PG_INT4, .sql = place};
    if (has_ordinality)
        source->fields[count - 1] =
            (struct weir_scope_field){.name = "ordinality", .type = WEIR_PG_INT8, .sql = ordinal};
    return rename_fields(translation, alias, source);
}

/* A function that gives one value is a table of one row. */
static weir_status single_value(struct weir_translation *translation,
                                const struct weir_scope *scope, const json_t *node,
                                struct weir_set *set) {
    struct weir_expression value = {0};
    WEIR_TRY(weir_translate_expression(translation, scope, node, &value));
    *set = (struct weir_set){.kind = WEIR_SET_VALUE,
                             .array =
                                 weir_arena_printf(translation->arena, "json_array(%s)", value.sql),
                             .name = value.name,
                             .type = value.type,
                             .lower = 1};
    return set->array != NULL ? WEIR_OK : WEIR_FAILED;
}

/* pg_get_keywords(), aclexplode(...): tables that do not depend on their arguments here. */
static const struct weir_shadow_table *table_function(struct weir_translation *translation,
                                                      const json_t *call) {
    const char *schema = NULL;
    const char *name = weir_tree_qualified(weir_tree_get(call, "funcname"), &schema);
    const char *called = name == NULL ? NULL : weir_arena_printf(translation->arena, "%s()", name);
    return called == NULL ? NULL : weir_shadow_find_table(translation->shadow, NULL, called);
}

static weir_status function(struct weir_translation *translation, struct weir_scope *scope,
                            const json_t *node, const char **sql) {
    WEIR_TRY(
        weir_tree_allow(translation, node, "RangeFunction", "lateral ordinality functions alias"));
    const json_t *functions = weir_tree_get(node, "functions"),
                 *alias = weir_tree_get(node, "alias");
    const json_t *items =
        json_object_get(json_object_get(json_array_get(functions, 0), "List"), "items");
    const json_t *first = json_array_get(items, 0), *call = json_object_get(first, "FuncCall");
    struct weir_set set = {0};
    if (json_array_size(functions) != 1 || first == NULL)
        return weir_tree_refuse(translation, "ROWS FROM");
    const struct weir_shadow_table *fixed = table_function(translation, call);
    if (fixed != NULL) {
        WEIR_TRY(add_table(translation, scope, fixed, alias, sql));
        struct weir_source *source = scope->sources;
        if (alias == NULL) /* "pg_get_keywords", without its parentheses */
            source->name =
                weir_arena_copy(translation->arena, fixed->name, strlen(fixed->name) - 2);
        return source->name != NULL ? WEIR_OK : WEIR_FAILED;
    }
    if (call != NULL) {
        WEIR_TRY(weir_translate_set(translation, scope, call, &set));
        if (set.kind != WEIR_SET_NONE)
            WEIR_TRY(weir_tree_allow(translation, call, "FuncCall",
                                     "funcname args funcformat location"));
    }
    if (set.kind == WEIR_SET_NONE)
        WEIR_TRY(single_value(translation, scope, first, &set));
    unsigned number = translation->next_alias++;
    *sql = weir_arena_printf(translation->arena, "json_each(%s) AS t%u", set.array, number);
    if (*sql == NULL)
        return WEIR_FAILED;
    return set_fields(translation, scope, &set, weir_tree_flag(node, "ordinality"), alias, number);
}

/* The first field that shows under this name among the sources from `first` up to `end`. */
static struct weir_scope_field *find_field(struct weir_source *first, const struct weir_source *end,
                                           const char *name) {
    for (struct weir_source *source = first; source != end; source = source->next)
        for (size_t i = 0; i < source->field_count; i++)
            if (!source->fields[i].is_hidden && !source->fields[i].is_system &&
                strcmp(source->fields[i].name, name) == 0)
                return &source->fields[i];
    return NULL;
}

/* What a join adds to the scope: [right sources] [left sources] [before]. */
struct sides {
    struct weir_source *right, *left, *before;
};

static weir_status equate(struct weir_translation *translation, const struct sides *sides,
                          const char *name, bool right_stays, const char **sql) {
    struct weir_scope_field *left = find_field(sides->left, sides->before, name);
    struct weir_scope_field *right = find_field(sides->right, sides->left, name);
    if (left == NULL || right == NULL)
        return weir_fail_state(translation->error, WEIR_ERROR_INVALID, "42703",
                               "column \"%.63s\" specified in USING clause does not exist", name);
    (right_stays ? left : right)->is_hidden = true;
    *sql = weir_arena_printf(translation->arena, "%s%s%s = %s", *sql, **sql == '\0' ? "" : " AND ",
                             left->sql, right->sql);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status using_columns(struct weir_translation *translation, const json_t *node,
                                 const struct sides *sides, bool right_stays, const char **sql) {
    const json_t *names = weir_tree_get(node, "usingClause");
    *sql = "";
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = weir_tree_string(json_array_get(names, i));
        if (name == NULL)
            return weir_tree_refuse(translation, "such a USING");
        WEIR_TRY(equate(translation, sides, name, right_stays, sql));
    }
    if (!weir_tree_flag(node, "isNatural"))
        return WEIR_OK;
    for (const struct weir_source *source = sides->left; source != sides->before;
         source = source->next)
        for (size_t i = 0; i < source->field_count; i++) {
            const struct weir_scope_field *field = &source->fields[i];
            if (!field->is_hidden && !field->is_system &&
                find_field(sides->right, sides->left, field->name) != NULL)
                WEIR_TRY(equate(translation, sides, field->name, right_stays, sql));
        }
    return WEIR_OK;
}

/* ON sees the two sides alone. */
static weir_status join_condition(struct weir_translation *translation,
                                  const struct weir_scope *scope, const struct weir_source *before,
                                  const json_t *quals, const char **sql) {
    struct weir_scope sides = *scope;
    sides.end = before;
    return weir_translate_boolean(translation, &sides, quals, sql);
}

static weir_status join(struct weir_translation *translation, struct weir_scope *scope,
                        const json_t *node, const char **sql) {
    static const char *const kinds[][2] = {{"JOIN_INNER", "JOIN"},
                                           {"JOIN_LEFT", "LEFT JOIN"},
                                           {"JOIN_RIGHT", "RIGHT JOIN"},
                                           {"JOIN_FULL", "FULL JOIN"}};
    const char *written = NULL, *left = NULL, *right = NULL, *condition = NULL;
    const char *kind = weir_tree_text(node, "jointype");
    WEIR_TRY(weir_tree_allow(translation, node, "JoinExpr",
                             "jointype isNatural larg rarg usingClause quals rtindex"));
    for (size_t i = 0; kind != NULL && i < WEIR_COUNT(kinds); i++)
        if (strcmp(kinds[i][0], kind) == 0)
            written = kinds[i][1];
    struct sides sides = {.before = scope->sources};
    WEIR_TRY(item(translation, scope, weir_tree_get(node, "larg"), &left));
    sides.left = scope->sources;
    WEIR_TRY(item(translation, scope, weir_tree_get(node, "rarg"), &right));
    sides.right = scope->sources;
    bool is_full = written != NULL && strcmp(written, "FULL JOIN") == 0;
    bool is_right = written != NULL && strcmp(written, "RIGHT JOIN") == 0;
    const json_t *quals = weir_tree_get(node, "quals");
    if (quals != NULL)
        WEIR_TRY(join_condition(translation, scope, sides.before, quals, &condition));
    else
        WEIR_TRY(using_columns(translation, node, &sides, is_right, &condition));
    if (written == NULL || (is_full && quals == NULL))
        return weir_tree_refuse(translation, "such a join");
    bool is_nested = json_object_get(weir_tree_get(node, "rarg"), "JoinExpr") != NULL;
    *sql = weir_arena_printf(translation->arena, "%s %s %s%s%s%s%s", left, written,
                             is_nested ? "(" : "", right, is_nested ? ")" : "",
                             condition[0] == '\0' ? "" : " ON ", condition);
    return *sql != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status item(struct weir_translation *translation, struct weir_scope *scope,
                        const json_t *node, const char **sql) {
    static const struct {
        const char *kind;
        weir_status (*translate)(struct weir_translation *, struct weir_scope *, const json_t *,
                                 const char **);
    } kinds[] = {{"RangeVar", table},
                 {"RangeSubselect", subquery},
                 {"RangeFunction", function},
                 {"JoinExpr", join}};
    const json_t *body = NULL;
    const char *kind = weir_tree_kind(node, &body);
    for (size_t i = 0; kind != NULL && i < WEIR_COUNT(kinds); i++) {
        if (strcmp(kinds[i].kind, kind) != 0)
            continue;
        WEIR_TRY(weir_tree_enter(translation));
        weir_status status = kinds[i].translate(translation, scope, body, sql);
        weir_tree_leave(translation);
        return status;
    }
    return weir_tree_refuse(translation, "%s in FROM", kind != NULL ? kind : "this");
}

/* Joins bind tighter than the comma: what follows one is put in parentheses where that would change
 * its meaning. */
static bool needs_parentheses(const json_t *node) {
    const json_t *join_node = json_object_get(node, "JoinExpr");
    const char *kind = weir_tree_text(join_node, "jointype");
    if (join_node == NULL || kind == NULL)
        return false;
    return strcmp(kind, "JOIN_RIGHT") == 0 || strcmp(kind, "JOIN_FULL") == 0 ||
           needs_parentheses(weir_tree_get(join_node, "larg"));
}

weir_status weir_translate_from(struct weir_translation *translation, struct weir_scope *scope,
                                const json_t *from, const char **sql) {
    *sql = "";
    for (size_t i = 0; i < json_array_size(from); i++) {
        const json_t *node = json_array_get(from, i);
        const char *text = NULL;
        WEIR_TRY(item(translation, scope, node, &text));
        bool nested = i > 0 && needs_parentheses(node);
        *sql = weir_arena_printf(translation->arena, "%s%s%s%s%s", *sql, i == 0 ? "" : ", ",
                                 nested ? "(" : "", text, nested ? ")" : "");
        if (*sql == NULL)
            return WEIR_FAILED;
    }
    return WEIR_OK;
}
