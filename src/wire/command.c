/* Making a statement ready, describing it, running it: by the engine, the introspection shadow, or
 * the session itself. */
#include "wire/command.h"

#include "catalog/catalog.h"
#include "wire/client.h"
#include "wire/local.h"
#include "wire/types.h"

#include "base/banned.h"

enum { SESSION_ARENA_CAP = 1024 * 1024 };

static bool asks_shadow(const struct weir_statement *statement) {
    return statement->kind == WEIR_STATEMENT_SELECT && statement->is_introspection;
}

static bool asks_engine(const struct weir_statement *statement) {
    return statement->kind == WEIR_STATEMENT_EXPLAIN ||
           (statement->kind == WEIR_STATEMENT_SELECT && !statement->is_introspection);
}

/* What the client declares of the parameters, before the engine finds out the rest. */
static weir_status declare_parameters(struct weir_arena *arena, const uint32_t *oids,
                                      size_t oid_count, struct weir_command *command,
                                      struct weir_error *error) {
    size_t count = command->parameter_count;
    command->parameters = WEIR_NEW_ARRAY(arena, count, struct weir_parameter);
    command->parameter_oids = WEIR_NEW_ARRAY(arena, count, uint32_t);
    if (command->parameters == NULL || command->parameter_oids == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < count && i < oid_count; i++) {
        struct weir_parameter *parameter = &command->parameters[i];
        command->parameter_oids[i] = oids[i];
        parameter->typed = weir_oid_type(oids[i], &parameter->type);
        if (parameter->typed || weir_oid_is_unknown(oids[i]))
            continue;
        weir_fail_state(error, WEIR_ERROR_REFUSED, "0A000",
                        "parameter $%zu has a type that is not supported (OID %u)", i + 1, oids[i]);
        return weir_error_hint(error,
                               "Send it as boolean, integer, bigint, numeric, double precision, "
                               "text, date, timestamp or bytea.");
    }
    return WEIR_OK;
}

static void settle_oids(struct weir_command *command) {
    for (size_t i = 0; i < command->parameter_count; i++) {
        if (!weir_oid_is_unknown(command->parameter_oids[i]))
            continue;
        command->parameter_oids[i] =
            command->prepared != NULL ? weir_type_oid(command->parameters[i].type) : WEIR_OID_TEXT;
    }
}

weir_status weir_command_prepare(struct weir_client *client, struct weir_arena *arena,
                                 const struct weir_statements *statements, size_t which,
                                 const uint32_t *oids, size_t oid_count,
                                 struct weir_command *command, struct weir_error *error) {
    const struct weir_statement *statement = &statements->items[which];
    *command = (struct weir_command){.statement = statement,
                                     .parameter_count = (size_t)statement->parameter_count};
    if (statement->kind == WEIR_STATEMENT_EXPLAIN && statement->is_introspection)
        return weir_fail_state(
            error, WEIR_ERROR_REFUSED, "0A000",
            "EXPLAIN is for questions about the purpose's tables: a catalog costs "
            "nothing");
    if (statement->kind == WEIR_STATEMENT_OTHER)
        return weir_local_refuse(statement, error);
    if (statement->parameter_count < 0 ||
        statement->parameter_count > WEIR_MESSAGE_ARGUMENT_LIMIT ||
        oid_count > WEIR_MESSAGE_ARGUMENT_LIMIT)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "54000",
                               "a statement may have at most %d parameters",
                               WEIR_MESSAGE_ARGUMENT_LIMIT);
    WEIR_TRY(declare_parameters(arena, oids, oid_count, command, error));
    if (asks_engine(statement))
        WEIR_TRY(weir_session_prepare(client->session, arena, statements, which,
                                      command->parameters, &command->prepared, error));
    settle_oids(command);
    return WEIR_OK;
}

/* The shadow of the catalogs is made when it is first asked: most sessions of programs never do. */
static weir_status open_shadow(struct weir_client *client, struct weir_error *error) {
    if (client->introspect != NULL)
        return WEIR_OK;
    struct weir_store *store = weir_engine_store(client->service->engine);
    const struct weir_env *env = weir_store_env(store);
    const struct weir_policy_purpose *const *purposes;
    size_t purpose_count;
    int64_t now;
    WEIR_TRY(env->now(env->state, &now, error));
    if (client->arena == NULL)
        client->arena = weir_arena_create(SESSION_ARENA_CAP);
    if (client->arena == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_catalog_purposes(client->arena, weir_store_policy(store), client->user.role,
                                   now / INT64_C(86400000000), &purposes, &purpose_count, error));
    return weir_introspect_open(weir_session_catalog(client->session), purposes, purpose_count,
                                client->user.name, &client->introspect, error);
}

static weir_status ask_shadow(struct weir_client *client, struct weir_arena *arena,
                              const struct weir_command *command, const char *const *texts,
                              struct weir_answer *answer, struct weir_error *error) {
    struct weir_introspect_result result = {0};
    WEIR_TRY(open_shadow(client, error));
    WEIR_TRY(weir_introspect_query(client->introspect, arena, command->statement, texts,
                                   command->parameter_count, &result, error));
    struct weir_field *fields = WEIR_NEW_ARRAY(arena, result.column_count, struct weir_field);
    if (fields == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < result.column_count; i++)
        fields[i] = (struct weir_field){result.columns[i].name, result.columns[i].type_oid};
    *answer = (struct weir_answer){.tag = "SELECT",
                                   .has_rows = true,
                                   .counts_rows = true,
                                   .field_count = result.column_count,
                                   .row_count = result.row_count,
                                   .fields = fields,
                                   .cells = result.cells};
    return WEIR_OK;
}

static weir_status check_column_count(size_t count, struct weir_error *error) {
    if (count <= WEIR_COMMAND_COLUMN_LIMIT)
        return WEIR_OK;
    return weir_fail_state(error, WEIR_ERROR_LIMIT, "54011",
                           "an answer may have at most %d columns", WEIR_COMMAND_COLUMN_LIMIT);
}

weir_status weir_command_describe(struct weir_client *client, struct weir_arena *arena,
                                  const struct weir_command *command, bool *has_rows,
                                  const struct weir_field **fields, size_t *field_count,
                                  struct weir_error *error) {
    struct weir_answer answer = {0};
    *has_rows = true;
    if (command->prepared != NULL) {
        const struct weir_result_column *columns;
        *field_count = weir_prepared_columns(command->prepared, &columns);
        *fields = weir_answer_fields(arena, *field_count, columns);
        return *fields != NULL ? check_column_count(*field_count, error) : WEIR_FAILED;
    }
    if (asks_shadow(command->statement)) {
        const char **nulls = WEIR_NEW_ARRAY(arena, command->parameter_count, const char *);
        if (nulls == NULL)
            return WEIR_FAILED;
        WEIR_TRY(ask_shadow(client, arena, command, nulls, &answer, error));
    } else if (command->statement->kind == WEIR_STATEMENT_SHOW) {
        WEIR_TRY(weir_local_run(client, arena, command->statement, &answer, error));
    } else {
        *has_rows = false;
    }
    *fields = answer.fields;
    *field_count = answer.field_count;
    return check_column_count(*field_count, error);
}

weir_status weir_command_run(struct weir_client *client, struct weir_arena *arena,
                             const struct weir_command *command,
                             const struct weir_arguments *arguments, struct weir_answer *answer,
                             struct weir_error *error) {
    *answer = (struct weir_answer){0};
    if (asks_shadow(command->statement)) {
        WEIR_TRY(ask_shadow(client, arena, command, arguments->texts, answer, error));
    } else if (command->prepared != NULL) {
        struct weir_result result = {0};
        WEIR_TRY(weir_session_execute(client->session, arena, command->prepared, arguments->values,
                                      &result, error));
        WEIR_TRY(weir_answer_take(arena, &result, answer));
        answer->counts_rows = command->statement->kind == WEIR_STATEMENT_SELECT;
        answer->tag = answer->counts_rows ? "SELECT" : "EXPLAIN";
    } else {
        WEIR_TRY(weir_local_run(client, arena, command->statement, answer, error));
    }
    return check_column_count(answer->field_count, error);
}
