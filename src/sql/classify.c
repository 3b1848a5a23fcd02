/* Statements told apart by their parse trees: questions, session commands, and everything that is
 * refused. */
#include "sql/classify.h"

#include "catalog/functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* What a question names, found by one walk over its tree. */
struct names {
    bool ordinary_table, system_table, unknown_function, system_value;
    int parameter_count;
    const char *common_tables[32]; /* WITH names are tables of the statement's own */
    size_t common_table_count;
};

static const char *string_at(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static void find_common_tables(const json_t *node, struct names *names) {
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_array(node)) {
        json_array_foreach(node, index, value) find_common_tables(value, names);
        return;
    }
    json_object_foreach((json_t *)node, key, value) {
        const char *name = strcmp(key, "CommonTableExpr") == 0 ? string_at(value, "ctename") : NULL;
        if (name != NULL && names->common_table_count < WEIR_COUNT(names->common_tables))
            names->common_tables[names->common_table_count++] = name;
        find_common_tables(value, names);
    }
}

static void note_table(const json_t *table, struct names *names) {
    const char *schema = string_at(table, "schemaname"), *name = string_at(table, "relname");
    if (schema != NULL) {
        bool is_system =
            strcmp(schema, "pg_catalog") == 0 || strcmp(schema, "information_schema") == 0;
        *(is_system ? &names->system_table : &names->ordinary_table) = true;
        return;
    }
    for (size_t i = 0; i < names->common_table_count; i++)
        if (name != NULL && strcmp(name, names->common_tables[i]) == 0)
            return;
    bool is_system = name != NULL && strncmp(name, "pg_", 3) == 0;
    *(is_system ? &names->system_table : &names->ordinary_table) = true;
}

static void note_function(const json_t *call, struct names *names) {
    const json_t *parts = json_object_get(call, "funcname");
    const json_t *last = json_array_get(parts, json_array_size(parts) - 1);
    const char *name = string_at(json_object_get(last, "String"), "sval");
    if (name == NULL || !weir_function_is_known(name))
        names->unknown_function = true;
}

/* regclass and its kin are questions for the system catalog. */
static void note_type(const json_t *type, struct names *names) {
    const json_t *parts = json_object_get(type, "names");
    const json_t *last = json_array_get(parts, json_array_size(parts) - 1);
    const char *name = string_at(json_object_get(last, "String"), "sval");
    if (name != NULL && strncmp(name, "reg", 3) == 0)
        names->system_value = true;
}

static void find_names(const json_t *node, struct names *names) {
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_array(node)) {
        json_array_foreach(node, index, value) find_names(value, names);
        return;
    }
    json_object_foreach((json_t *)node, key, value) {
        if (strcmp(key, "RangeVar") == 0 || strcmp(key, "relation") == 0)
            note_table(value, names);
        else if (strcmp(key, "FuncCall") == 0)
            note_function(value, names);
        else if (strcmp(key, "typeName") == 0)
            note_type(value, names);
        else if (strcmp(key, "SQLValueFunction") == 0)
            names->system_value = true;
        else if (strcmp(key, "ParamRef") == 0) {
            int number = (int)json_integer_value(json_object_get(value, "number"));
            if (number > names->parameter_count)
                names->parameter_count = number;
        }
        find_names(value, names);
    }
}

static weir_status describe_question(const json_t *select, struct weir_statement *statement,
                                     struct weir_error *error) {
    struct names names = {0};
    find_common_tables(select, &names);
    find_names(select, &names);
    if (names.parameter_count > WEIR_SQL_PARAMETER_LIMIT)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "54023",
                               "a statement takes at most %d parameters", WEIR_SQL_PARAMETER_LIMIT);
    bool no_table = !names.ordinary_table && !names.system_table;
    statement->tree = select;
    statement->parameter_count = names.parameter_count;
    statement->is_introspection =
        !names.ordinary_table &&
        (names.system_table || (no_table && (names.unknown_function || names.system_value)));
    return WEIR_OK;
}

/* "VariableSetStmt" -> "VARIABLE SET": enough for a refusal to name what it refuses. */
static const char *statement_words(struct weir_arena *arena, const char *node) {
    static const struct {
        const char *node, *words;
    } usual[] = {
        {"CopyStmt", "COPY"},
        {"InsertStmt", "INSERT"},
        {"UpdateStmt", "UPDATE"},
        {"DeleteStmt", "DELETE"},
        {"DoStmt", "DO"},
        {"CallStmt", "CALL"},
        {"PrepareStmt", "PREPARE"},
        {"ExecuteStmt", "EXECUTE"},
        {"LoadStmt", "LOAD"},
        {"DropStmt", "DROP"},
        {"TruncateStmt", "TRUNCATE"},
        {"LockStmt", "LOCK"},
        {"VacuumStmt", "VACUUM"},
        {"CreateStmt", "CREATE TABLE"},
        {"ViewStmt", "CREATE VIEW"},
        {"CreateTableAsStmt", "CREATE TABLE AS"},
        {"DeclareCursorStmt", "DECLARE"},
        {"ListenStmt", "LISTEN"},
        {"NotifyStmt", "NOTIFY"},
        {"GrantStmt", "GRANT"},
        {"FetchStmt", "FETCH"},
        {"ClosePortalStmt", "CLOSE"},
        {"MergeStmt", "MERGE"},
    };
    for (size_t i = 0; i < WEIR_COUNT(usual); i++)
        if (strcmp(node, usual[i].node) == 0)
            return usual[i].words;
    char *words = weir_arena_allocate(arena, strlen(node) * 2 + 1);
    if (words == NULL)
        return NULL;
    size_t len = strlen(node), at = 0;
    if (len > 4 && strcmp(node + len - 4, "Stmt") == 0)
        len -= 4;
    for (size_t i = 0; i < len; i++) {
        bool upper = node[i] >= 'A' && node[i] <= 'Z';
        if (upper && i > 0)
            words[at++] = ' ';
        words[at++] = (char)(upper ? node[i] : node[i] - 'a' + 'A');
    }
    return words;
}

static char *lower(struct weir_arena *arena, const char *text) {
    char *copy = weir_arena_string(arena, text);
    for (char *at = copy; at != NULL && *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return copy;
}

static const char *constant_text(struct weir_arena *arena, const json_t *node) {
    const json_t *constant = json_object_get(node, "A_Const");
    const json_t *integer = json_object_get(constant, "ival");
    if (integer != NULL)
        return weir_arena_printf(arena, "%" JSON_INTEGER_FORMAT,
                                 json_integer_value(json_object_get(integer, "ival")));
    const json_t *boolean = json_object_get(constant, "boolval");
    if (boolean != NULL)
        return json_is_true(json_object_get(boolean, "boolval")) ? "on" : "off";
    const char *text = string_at(json_object_get(constant, "fval"), "fval");
    const json_t *string = json_object_get(constant, "sval");
    if (text == NULL && string != NULL) /* the tree leaves out an empty text */
        text = json_object_get(string, "sval") == NULL ? "" : string_at(string, "sval");
    return text == NULL ? NULL : weir_arena_string(arena, text);
}

/* SET name = a, b: the values joined by ", ". */
static weir_status classify_set(struct weir_arena *arena, const json_t *set,
                                struct weir_statement *statement, struct weir_error *error) {
    const char *kind = string_at(set, "kind"), *name = string_at(set, "name");
    statement->is_local = json_is_true(json_object_get(set, "is_local"));
    bool resets =
        kind != NULL && (strcmp(kind, "VAR_SET_DEFAULT") == 0 || strcmp(kind, "VAR_RESET") == 0);
    if (kind != NULL && strcmp(kind, "VAR_RESET_ALL") == 0) {
        statement->kind = WEIR_STATEMENT_RESET;
        statement->name = "all";
        return WEIR_OK;
    }
    if (kind == NULL || name == NULL || (!resets && strcmp(kind, "VAR_SET_VALUE") != 0)) {
        statement->kind = WEIR_STATEMENT_OTHER;
        statement->name = name != NULL && strncmp(name, "TRANSACTION", 11) == 0
                              ? "SET TRANSACTION"
                              : "this form of SET";
        return WEIR_OK;
    }
    statement->kind = resets ? WEIR_STATEMENT_RESET : WEIR_STATEMENT_SET;
    statement->name = lower(arena, name);
    const json_t *values = json_object_get(set, "args");
    size_t index;
    json_t *value;
    json_array_foreach(values, index, value) {
        const char *text = constant_text(arena, value);
        if (text == NULL)
            return weir_fail_state(error, WEIR_ERROR_INVALID, "22023",
                                   "the value given to SET is not a constant");
        statement->value = statement->value == NULL
                               ? text
                               : weir_arena_printf(arena, "%s, %s", statement->value, text);
        if (statement->value == NULL)
            return WEIR_FAILED;
    }
    return statement->name == NULL ? WEIR_FAILED : WEIR_OK;
}

static void classify_transaction(const json_t *transaction, struct weir_statement *statement) {
    const char *kind = string_at(transaction, "kind");
    statement->kind = WEIR_STATEMENT_OTHER;
    statement->name = "SAVEPOINT and two-phase commit";
    if (kind == NULL || strcmp(kind, "TRANS_STMT_BEGIN") == 0 ||
        strcmp(kind, "TRANS_STMT_START") == 0)
        statement->kind = WEIR_STATEMENT_BEGIN;
    else if (strcmp(kind, "TRANS_STMT_COMMIT") == 0)
        statement->kind = WEIR_STATEMENT_COMMIT;
    else if (strcmp(kind, "TRANS_STMT_ROLLBACK") == 0)
        statement->kind = WEIR_STATEMENT_ROLLBACK;
}

static weir_status classify_explain(const json_t *explain, struct weir_statement *statement,
                                    struct weir_error *error) {
    const json_t *select = json_object_get(json_object_get(explain, "query"), "SelectStmt");
    if (select == NULL) {
        statement->kind = WEIR_STATEMENT_OTHER;
        statement->name = "EXPLAIN of anything but SELECT";
        return WEIR_OK;
    }
    size_t index;
    json_t *option;
    json_array_foreach(json_object_get(explain, "options"), index, option) {
        const json_t *element = json_object_get(option, "DefElem");
        const char *name = string_at(element, "defname");
        const char *value =
            string_at(json_object_get(json_object_get(element, "arg"), "String"), "sval");
        bool is_format = name != NULL && strcmp(name, "format") == 0 && value != NULL;
        if (!is_format || (strcmp(value, "json") != 0 && strcmp(value, "text") != 0)) {
            weir_fail_state(error, WEIR_ERROR_INVALID, "0A000",
                            "EXPLAIN takes no option but FORMAT TEXT and FORMAT JSON");
            return weir_error_hint(error, "EXPLAIN shows price and noise; nothing is run, so "
                                          "there is nothing to ANALYZE.");
        }
        statement->explain_json = strcmp(value, "json") == 0;
    }
    statement->kind = WEIR_STATEMENT_EXPLAIN;
    return describe_question(select, statement, error);
}

static weir_status classify_one(struct weir_arena *arena, const json_t *node,
                                struct weir_statement *statement, struct weir_error *error) {
    const char *name = json_object_iter_key(json_object_iter((json_t *)node));
    const json_t *body = json_object_iter_value(json_object_iter((json_t *)node));
    if (name == NULL)
        return weir_fail(error, WEIR_ERROR_INTERNAL, "the parse tree has an unknown form");
    if (strcmp(name, "SelectStmt") == 0) {
        statement->kind = WEIR_STATEMENT_SELECT;
        return describe_question(body, statement, error);
    }
    if (strcmp(name, "ExplainStmt") == 0)
        return classify_explain(body, statement, error);
    if (strcmp(name, "VariableSetStmt") == 0)
        return classify_set(arena, body, statement, error);
    if (strcmp(name, "TransactionStmt") == 0) {
        classify_transaction(body, statement);
        return WEIR_OK;
    }
    if (strcmp(name, "VariableShowStmt") == 0 || strcmp(name, "DeallocateStmt") == 0) {
        const char *subject = string_at(body, "name");
        statement->kind = name[0] == 'V' ? WEIR_STATEMENT_SHOW : WEIR_STATEMENT_DEALLOCATE;
        statement->name = subject == NULL ? "all" : lower(arena, subject);
        return statement->name == NULL ? WEIR_FAILED : WEIR_OK;
    }
    statement->kind =
        strcmp(name, "DiscardStmt") == 0 ? WEIR_STATEMENT_DISCARD : WEIR_STATEMENT_OTHER;
    statement->name = statement_words(arena, name);
    return statement->name == NULL ? WEIR_FAILED : WEIR_OK;
}

weir_status weir_sql_classify(struct weir_arena *arena, const json_t *tree,
                              struct weir_statements *statements, struct weir_error *error) {
    const json_t *list = json_object_get(tree, "stmts");
    statements->count = json_array_size(list);
    statements->items = WEIR_NEW_ARRAY(arena, statements->count, struct weir_statement);
    if (statements->items == NULL)
        return WEIR_FAILED;
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) {
        const json_t *node = json_object_get(item, "stmt");
        WEIR_TRY(classify_one(arena, node, &statements->items[index], error));
    }
    return WEIR_OK;
}
