/* From a statement to a bound and planned question. Nothing here runs on persons, or costs. */
#include "engine/question.h"

#include "privacy/passes.h"
#include "sql/emit.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* ---- binding ---- */

weir_status weir_asking_bind(struct weir_asking *asking, const struct weir_parameter *parameters,
                             const struct weir_value *values, struct weir_error *error) {
    const struct weir_prepared *prepared = asking->prepared;
    size_t count = (size_t)prepared->statement->parameter_count;
    struct weir_bound_parameter *given =
        WEIR_NEW_ARRAY(asking->arena, count, struct weir_bound_parameter);
    if (given == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; values != NULL && i < count; i++)
        given[i] = (struct weir_bound_parameter){true, true, values[i].type, values[i]};
    for (size_t i = 0; values == NULL && i < count; i++)
        given[i] =
            (struct weir_bound_parameter){.typed = parameters[i].typed, .type = parameters[i].type};
    WEIR_TRY(weir_sql_bind(asking->arena, asking->session->catalog, prepared->statements->text,
                           prepared->statement->tree, given, count, &asking->question, error));
    for (size_t i = 0; values == NULL && i < count; i++)
        ((struct weir_parameter *)parameters)[i] =
            (struct weir_parameter){true, given[i].typed ? given[i].type : WEIR_TYPE_TEXT};
    return WEIR_OK;
}

/* ---- tables ---- */

struct table_check {
    const struct weir_asking *asking;
    struct weir_error *error;
};

static bool check_table(void *state, const struct weir_relation *relation) {
    const struct table_check *check = state;
    if (relation->kind != WEIR_RELATION_SCAN)
        return weir_relation_inputs(relation, check_table, state);
    const struct weir_policy_table *table = relation->as.scan.table->table;
    if (weir_snapshot_table(check->asking->snapshot, table->schema, table->name) != NULL)
        return true;
    weir_fail_state(check->error, WEIR_ERROR_INVALID, "55000", "the table %s.%s holds no data yet",
                    table->schema, table->name);
    weir_error_hint(check->error, "It is filled by weir load.");
    weir_error_at(check->error,
                  weir_sql_position(check->asking->prepared->statements->text, relation->position));
    return false;
}

weir_status weir_asking_check_tables(const struct weir_asking *asking, struct weir_error *error) {
    struct table_check check = {asking, error};
    return check_table(&check, asking->question.root) ? WEIR_OK : WEIR_FAILED;
}

/* ---- domains from public tables ---- */

static weir_status take_column(struct weir_arena *arena, const struct weir_rows *rows,
                               const struct weir_policy_column *column,
                               const struct weir_value **values, size_t *count,
                               struct weir_error *error) {
    struct weir_value *taken = WEIR_NEW_ARRAY(arena, rows->row_count, struct weir_value);
    if (taken == NULL)
        return WEIR_FAILED;
    *count = 0;
    for (size_t i = 0; i < rows->row_count; i++) {
        if (rows->values[i].type != column->type)
            return weir_fail(error, WEIR_ERROR_INTERNAL, "a public table has another type");
        if (!rows->values[i].is_null)
            taken[(*count)++] = rows->values[i];
    }
    *values = taken;
    return WEIR_OK;
}

static weir_status read_domain(void *state, struct weir_arena *arena,
                               const struct weir_policy_table *table,
                               const struct weir_policy_column *column, size_t limit,
                               const struct weir_value **values, size_t *count,
                               struct weir_error *error) {
    const struct weir_asking *asking = state;
    struct weir_backend *backend = asking->snapshot->backend;
    struct weir_emission emission = {.arena = arena};
    struct weir_rows rows;
    weir_check(table->is_public);
    *count = 0;
    if (weir_snapshot_table(asking->snapshot, table->schema, table->name) == NULL)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "55000",
                               "the public table %s.%s, whose values this question is grouped by, "
                               "holds no data yet",
                               table->schema, table->name);
    weir_buffer_text(&emission.sql, "SELECT DISTINCT ");
    weir_emit_identifier(&emission, column->name);
    weir_buffer_text(&emission.sql, " FROM ");
    weir_emit_identifier(&emission, table->schema);
    weir_buffer_text(&emission.sql, ".");
    weir_emit_identifier(&emission, table->name);
    weir_buffer_printf(&emission.sql, " LIMIT %zu", limit + 2); /* one more, and NULL */
    const char *sql = weir_emission_finish(&emission);
    if (sql == NULL)
        return WEIR_FAILED;
    WEIR_TRY(backend->operations->query(backend, arena, asking->session->cancel, sql, NULL, 0,
                                        limit + 2, &rows, error));
    return take_column(arena, &rows, column, values, count, error);
}

weir_status weir_asking_plan(struct weir_asking *asking, struct weir_error *error) {
    const struct weir_domain_reader reader = {asking, read_domain};
    return weir_privacy_plan(
        asking->arena, asking->session->catalog, asking->prepared->statements->text,
        weir_session_epsilon(asking->session), &reader, &asking->question, &asking->plan, error);
}

/* ---- which stored answer ---- */

struct hashing {
    const struct weir_asking *asking;
    crypto_hash_sha256_state state;
};

static void hash_text(struct hashing *hashing, const char *text) {
    crypto_hash_sha256_update(&hashing->state, (const unsigned char *)text, strlen(text) + 1);
}

static bool hash_value(struct hashing *hashing, const struct weir_value *value) {
    struct weir_buffer text = {0};
    hash_text(hashing, value->is_null ? "null" : weir_type_name(value->type));
    if (!value->is_null)
        weir_value_print(value, &text);
    bool failed = text.failed;
    hash_text(hashing, failed || text.bytes == NULL ? "" : text.bytes);
    weir_buffer_free(&text);
    return !failed;
}

static bool hash_version(void *state, const struct weir_relation *relation) {
    struct hashing *hashing = state;
    if (relation->kind != WEIR_RELATION_SCAN)
        return weir_relation_inputs(relation, hash_version, state);
    char version[32];
    const struct weir_policy_table *table = relation->as.scan.table->table;
    const struct weir_table_version *loaded =
        weir_snapshot_table(hashing->asking->snapshot, table->schema, table->name);
    snprintf(version, sizeof version, "%" PRId64, loaded->version);
    hash_text(hashing, version);
    return true;
}

/* What is asked, as the engine would be: equal trees give equal statements, and unequal ones never
 * do. */
static bool hash_release(struct hashing *hashing) {
    struct weir_emission emission = {.arena = hashing->asking->arena};
    weir_emit_relation(&emission, hashing->asking->plan->release);
    const char *sql = weir_emission_finish(&emission);
    if (sql == NULL)
        return false;
    hash_text(hashing, sql);
    for (size_t i = 0; i < emission.constant_count; i++)
        if (!hash_value(hashing, &emission.constants[i]))
            return false;
    return true;
}

/* A list in a public table may have a new version while the tables of persons have not. */
static bool hash_domains(struct hashing *hashing) {
    const struct weir_release_plan *plan = hashing->asking->plan;
    for (size_t i = 0; i < plan->key_count; i++)
        for (size_t k = 0; plan->domains[i].declared && k < plan->domains[i].count; k++)
            if (!hash_value(hashing, &plan->domains[i].values[k]))
                return false;
    return true;
}

/* Purpose and role are part of it, since a permit decides what is shown; the price is, since a
 * dearer question buys a better answer; and so are the versions of all tables read. */
weir_status weir_asking_identify(struct weir_asking *asking, struct weir_error *error) {
    const struct weir_catalog *catalog = asking->session->catalog;
    const struct weir_release_plan *plan = asking->plan;
    struct hashing hashing = {.asking = asking};
    char price[80];
    (void)error;
    _Static_assert(sizeof asking->inflight.key == crypto_hash_sha256_BYTES, "a SHA-256");
    snprintf(price, sizeof price, "%" PRId64 " %" PRId64, plan->price.femto_rho,
             plan->price.selection_delta);
    crypto_hash_sha256_init(&hashing.state);
    hash_text(&hashing, catalog->purpose->name);
    hash_text(&hashing, catalog->permit->role->name);
    hash_text(&hashing, price);
    crypto_hash_sha256_update(&hashing.state,
                              weir_store_policy_hash(asking->session->engine->store),
                              WEIR_POLICY_HASH_BYTES);
    if (!hash_release(&hashing) || !hash_version(&hashing, plan->release) ||
        !hash_domains(&hashing))
        return WEIR_FAILED;
    crypto_hash_sha256_final(&hashing.state, asking->inflight.key);
    return WEIR_OK;
}

/* ---- prepare ---- */

static weir_status describe(struct weir_prepared *prepared, struct weir_arena *arena,
                            const struct weir_question *question) {
    static const struct weir_result_column plan = {"QUERY PLAN", WEIR_TYPE_TEXT};
    if (prepared->statement->kind == WEIR_STATEMENT_EXPLAIN) {
        prepared->column_count = 1;
        prepared->columns = &plan;
        return WEIR_OK;
    }
    size_t count = question->root->column_count;
    struct weir_result_column *columns = WEIR_NEW_ARRAY(arena, count, struct weir_result_column);
    if (columns == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < count; i++)
        columns[i] = (struct weir_result_column){question->root->columns[i].name,
                                                 question->root->columns[i].type};
    prepared->column_count = count;
    prepared->columns = columns;
    return WEIR_OK;
}

/* Bounds depend on the parameters' values, and are found when these are known. */
static weir_status check(struct weir_asking *asking, struct weir_error *error) {
    WEIR_TRY(weir_asking_check_tables(asking, error));
    if (asking->prepared->statement->parameter_count == 0)
        return weir_asking_plan(asking, error);
    const char *text = asking->prepared->statements->text;
    WEIR_TRY(weir_pass_admit(text, &asking->question, error));
    return weir_pass_unit(asking->arena, text, &asking->question, error);
}

weir_status weir_session_prepare(struct weir_session *session, struct weir_arena *arena,
                                 const struct weir_statements *statements, size_t which,
                                 struct weir_parameter *parameters,
                                 const struct weir_prepared **prepared, struct weir_error *error) {
    struct weir_prepared *made = WEIR_NEW(arena, struct weir_prepared);
    if (made == NULL)
        return WEIR_FAILED;
    made->statements = statements;
    made->statement = &statements->items[which];
    weir_check(made->statement->kind == WEIR_STATEMENT_SELECT ||
               made->statement->kind == WEIR_STATEMENT_EXPLAIN);
    struct weir_asking asking = {.session = session, .arena = arena, .prepared = made};
    WEIR_TRY(weir_session_check_day(session, error));
    WEIR_TRY(weir_asking_bind(&asking, parameters, NULL, error));
    WEIR_TRY(weir_snapshot_acquire(session->engine, &asking.snapshot, error));
    weir_status status = check(&asking, error);
    weir_snapshot_return(session->engine, asking.snapshot);
    WEIR_TRY(status);
    WEIR_TRY(describe(made, arena, &asking.question));
    *prepared = made;
    return WEIR_OK;
}

size_t weir_prepared_columns(const struct weir_prepared *prepared,
                             const struct weir_result_column **columns) {
    *columns = prepared->columns;
    return prepared->column_count;
}
