/* Settings, transactions, and what is refused. */
#include "wire/local.h"

#include "wire/types.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

weir_status weir_local_admit(const struct weir_client *client,
                             const struct weir_statement *statement, struct weir_error *error) {
    if (client->transaction != WEIR_TRANSACTION_FAILED ||
        statement->kind == WEIR_STATEMENT_COMMIT || statement->kind == WEIR_STATEMENT_ROLLBACK)
        return WEIR_OK;
    weir_fail_state(
        error, WEIR_ERROR_INVALID, "25P02",
        "current transaction is aborted, commands ignored until end of transaction block");
    return weir_error_hint(error, "Send ROLLBACK.");
}

weir_status weir_local_refuse(const struct weir_statement *statement, struct weir_error *error) {
    static const struct {
        const char *name, *hint;
    } hints[] = {
        {"COPY",
         "Ask for aggregates with SELECT; psql writes an answer to a file with \\g FILE, or "
         "--csv."},
        {"PREPARE", "Prepare through the protocol, as drivers do by themselves."},
        {"EXECUTE", "Prepare through the protocol, as drivers do by themselves."},
        {"DECLARE", "An answer is fetched in parts through the protocol's row limit."},
        {"FETCH", "An answer is fetched in parts through the protocol's row limit."},
        {"SET TRANSACTION",
         "Nothing to set: every transaction reads only, and sees whole versions of the data."},
        {"INSERT", "Data is loaded by the institution with: weir load."},
        {"UPDATE", "Data is loaded by the institution with: weir load."},
        {"DELETE", "Data is loaded by the institution with: weir load."},
    };
    const char *name = statement->name != NULL ? statement->name : "This statement";
    const char *hint =
        "What a purpose allows is asked with SELECT, and its price with EXPLAIN; tables and "
        "rules are in the policy, which the institution publishes.";
    for (size_t i = 0; i < WEIR_COUNT(hints); i++)
        if (strcasecmp(hints[i].name, name) == 0)
            hint = hints[i].hint;
    weir_fail(
        error, WEIR_ERROR_REFUSED,
        "%.60s is not allowed: a purpose answers questions, and nothing else can be done here",
        name);
    return weir_error_hint(error, "%s", hint);
}

static bool is_own(const char *name) {
    return strncasecmp(name, "weir.", 5) == 0;
}

/* Remembers which of the engine's settings were changed. */
static weir_status remember_own(struct weir_client *client, const char *name,
                                struct weir_error *error) {
    for (size_t i = 0; i < client->own_setting_count; i++)
        if (strcasecmp(client->own_settings[i], name) == 0)
            return WEIR_OK;
    if (client->own_setting_count == WEIR_OWN_SETTING_LIMIT ||
        strlen(name) >= WEIR_OWN_SETTING_SIZE)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "54000", "too many settings are changed");
    snprintf(client->own_settings[client->own_setting_count++], WEIR_OWN_SETTING_SIZE, "%s", name);
    return WEIR_OK;
}

weir_status weir_local_set(struct weir_client *client, const char *name, const char *value,
                           struct weir_error *error) {
    size_t place;
    if (is_own(name)) {
        WEIR_TRY(weir_session_set(client->session, name, value, error));
        return remember_own(client, name, error);
    }
    WEIR_TRY(weir_settings_find(name, &place, error));
    WEIR_TRY(weir_settings_set(&client->settings, place, value, error));
    if (weir_settings_is_reported(place))
        weir_reply_parameter(weir_client_output(client), weir_settings_name(place),
                             weir_settings_value(&client->settings, place));
    return WEIR_OK;
}

static weir_status reset_all(struct weir_client *client, struct weir_error *error) {
    for (size_t i = 0; i < client->own_setting_count; i++)
        WEIR_TRY(weir_session_set(client->session, client->own_settings[i], NULL, error));
    weir_settings_reset(&client->settings);
    for (size_t i = 0; i < WEIR_SETTING_COUNT; i++)
        if (weir_settings_is_reported(i))
            weir_reply_parameter(weir_client_output(client), weir_settings_name(i),
                                 weir_settings_value(&client->settings, i));
    return WEIR_OK;
}

/* An answer of texts: rows of `width` cells. */
static void answer_texts(struct weir_answer *answer, const struct weir_field *fields, size_t width,
                         const char *const *cells, size_t row_count) {
    answer->has_rows = true;
    answer->fields = fields;
    answer->field_count = width;
    answer->cells = cells;
    answer->row_count = row_count;
}

static weir_status show_all(struct weir_client *client, struct weir_arena *arena,
                            struct weir_answer *answer) {
    static const struct weir_field fields[] = {
        {"name", WEIR_OID_TEXT}, {"setting", WEIR_OID_TEXT}, {"description", WEIR_OID_TEXT}};
    const char **cells = WEIR_NEW_ARRAY(arena, 3 * WEIR_SETTING_COUNT, const char *);
    if (cells == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < WEIR_SETTING_COUNT; i++) {
        cells[3 * i] = weir_settings_name(i);
        cells[3 * i + 1] = weir_arena_string(arena, weir_settings_value(&client->settings, i));
        cells[3 * i + 2] = weir_settings_description(i);
        if (cells[3 * i + 1] == NULL)
            return WEIR_FAILED;
    }
    answer_texts(answer, fields, WEIR_COUNT(fields), cells, WEIR_SETTING_COUNT);
    return WEIR_OK;
}

static weir_status show(struct weir_client *client, struct weir_arena *arena, const char *name,
                        struct weir_answer *answer, struct weir_error *error) {
    size_t place;
    if (is_own(name)) {
        struct weir_result result = {0};
        WEIR_TRY(weir_session_show(client->session, arena, name, &result, error));
        return weir_answer_take(arena, &result, answer);
    }
    if (strcasecmp(name, "all") == 0)
        return show_all(client, arena, answer);
    WEIR_TRY(weir_settings_find(name, &place, error));
    struct weir_field *field = WEIR_NEW(arena, struct weir_field);
    const char **cell = WEIR_NEW(arena, const char *);
    if (field == NULL || cell == NULL)
        return WEIR_FAILED;
    *field = (struct weir_field){weir_settings_name(place), WEIR_OID_TEXT};
    *cell = weir_arena_string(arena, weir_settings_value(&client->settings, place));
    if (*cell == NULL)
        return WEIR_FAILED;
    answer_texts(answer, field, 1, cell, 1);
    return WEIR_OK;
}

static weir_status set(struct weir_client *client, const struct weir_statement *statement,
                       struct weir_error *error) {
    if (statement->is_local) {
        weir_fail_state(error, WEIR_ERROR_REFUSED, "0A000", "SET LOCAL is not supported");
        return weir_error_hint(error, "Use SET, and RESET when it is no longer wanted.");
    }
    return weir_local_set(client, statement->name, statement->value, error);
}

static void begin(struct weir_client *client) {
    if (client->transaction == WEIR_TRANSACTION_OPEN)
        weir_reply_notice(weir_client_output(client), "WARNING", "25001",
                          "there is already a transaction in progress", NULL, NULL);
    client->transaction = WEIR_TRANSACTION_OPEN;
}

/* The tag tells how the transaction ended: a failed one is rolled back whatever is asked. */
static const char *end(struct weir_client *client, bool commit) {
    bool failed = client->transaction == WEIR_TRANSACTION_FAILED;
    if (client->transaction == WEIR_TRANSACTION_NONE)
        weir_reply_notice(weir_client_output(client), "WARNING", "25P01",
                          "there is no transaction in progress", NULL, NULL);
    client->transaction = WEIR_TRANSACTION_NONE;
    return commit && !failed ? "COMMIT" : "ROLLBACK";
}

static weir_status discard(struct weir_client *client, struct weir_error *error) {
    if (client->transaction != WEIR_TRANSACTION_NONE)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "25001",
                               "DISCARD ALL cannot run inside a transaction block");
    weir_objects_drop_statements(&client->objects);
    return reset_all(client, error);
}

static weir_status deallocate(struct weir_client *client, const char *name,
                              struct weir_answer *answer, struct weir_error *error) {
    answer->tag = "DEALLOCATE";
    if (strcasecmp(name, "all") == 0) {
        weir_objects_drop_statements(&client->objects);
        answer->tag = "DEALLOCATE ALL";
        return WEIR_OK;
    }
    if (name[0] != '\0' && weir_objects_drop_statement(&client->objects, name))
        return WEIR_OK;
    return weir_fail_state(error, WEIR_ERROR_INVALID, "26000",
                           "prepared statement \"%.63s\" does not exist", name);
}

weir_status weir_local_run(struct weir_client *client, struct weir_arena *arena,
                           const struct weir_statement *statement, struct weir_answer *answer,
                           struct weir_error *error) {
    switch (statement->kind) {
    case WEIR_STATEMENT_SET:
        answer->tag = "SET";
        return set(client, statement, error);
    case WEIR_STATEMENT_RESET:
        answer->tag = "RESET";
        return strcasecmp(statement->name, "all") == 0
                   ? reset_all(client, error)
                   : weir_local_set(client, statement->name, NULL, error);
    case WEIR_STATEMENT_SHOW:
        answer->tag = "SHOW";
        return show(client, arena, statement->name, answer, error);
    case WEIR_STATEMENT_BEGIN:
        answer->tag = "BEGIN";
        begin(client);
        return WEIR_OK;
    case WEIR_STATEMENT_COMMIT:
    case WEIR_STATEMENT_ROLLBACK:
        answer->tag = end(client, statement->kind == WEIR_STATEMENT_COMMIT);
        return WEIR_OK;
    case WEIR_STATEMENT_DISCARD:
        answer->tag = "DISCARD ALL";
        return discard(client, error);
    case WEIR_STATEMENT_DEALLOCATE:
        return deallocate(client, statement->name, answer, error);
    case WEIR_STATEMENT_OTHER:
        return weir_local_refuse(statement, error);
    case WEIR_STATEMENT_SELECT:
    case WEIR_STATEMENT_EXPLAIN:
        break;
    }
    return weir_fail(error, WEIR_ERROR_INTERNAL, "a question reached the session's own statements");
}
