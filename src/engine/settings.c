/* SET and SHOW of what is named "weir.*". */
#include "engine/engine_private.h"

#include <math.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

double weir_session_epsilon(const struct weir_session *session) {
    return session->epsilon > 0 ? session->epsilon : session->catalog->permit->query_epsilon;
}

static struct weir_value text_value(const char *text) {
    return weir_value_text(text, strlen(text));
}

/* ---- the one that can be set ---- */

static weir_status check_epsilon(const struct weir_session *session, double epsilon,
                                 struct weir_error *error) {
    const struct weir_budget_terms *budget = &session->catalog->permit->budget;
    if (!isfinite(epsilon) || epsilon <= 0 || epsilon > budget->epsilon)
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "weir.epsilon is a number greater than 0 and at most %g, the budget of "
                         "this purpose",
                         budget->epsilon);
    struct weir_privacy_amount price =
        weir_question_price(epsilon, budget->epsilon, budget->delta, false);
    if (weir_gaussian_sigma(1, price.femto_rho) == 0)
        return weir_fail(error, WEIR_ERROR_INVALID,
                         "weir.epsilon is too small: no answer has noise for such a price");
    return WEIR_OK;
}

static weir_status set_epsilon(struct weir_session *session, const char *text,
                               struct weir_error *error) {
    struct weir_value value = {0};
    if (text == NULL) {
        session->epsilon = 0;
        return WEIR_OK;
    }
    struct weir_arena *scratch = weir_arena_create(64 << 10);
    bool is_number = scratch != NULL &&
                     weir_value_parse(scratch, WEIR_TYPE_DOUBLE, text, strlen(text), &value) &&
                     !value.is_null;
    weir_arena_destroy(scratch);
    double epsilon = is_number ? value.as.number : NAN;
    WEIR_TRY(check_epsilon(session, epsilon, error));
    session->epsilon = epsilon;
    return WEIR_OK;
}

/* ---- showing ---- */

static weir_status show_text(struct weir_arena *arena, const struct weir_result_column *column,
                             const char *text, struct weir_result *result) {
    struct weir_value *value = WEIR_NEW(arena, struct weir_value);
    if (value == NULL || text == NULL)
        return WEIR_FAILED;
    *value = text_value(text);
    *result =
        (struct weir_result){.column_count = 1, .row_count = 1, .columns = column, .values = value};
    return WEIR_OK;
}

static const char *print_epsilon(const struct weir_session *session, struct weir_arena *arena) {
    struct weir_value value = weir_value_double(weir_session_epsilon(session));
    struct weir_buffer text = {0};
    weir_value_print(&value, &text);
    const char *copy = text.failed ? NULL : weir_arena_string(arena, text.bytes);
    weir_buffer_free(&text);
    return copy;
}

static weir_status show_epsilon(struct weir_session *session, struct weir_arena *arena,
                                struct weir_result *result, struct weir_error *error) {
    static const struct weir_result_column column = {"weir.epsilon", WEIR_TYPE_TEXT};
    (void)error;
    return show_text(arena, &column, print_epsilon(session, arena), result);
}

static weir_status show_purpose(struct weir_session *session, struct weir_arena *arena,
                                struct weir_result *result, struct weir_error *error) {
    static const struct weir_result_column column = {"weir.purpose", WEIR_TYPE_TEXT};
    (void)error;
    return show_text(arena, &column, session->catalog->purpose->name, result);
}

static weir_status show_policy(struct weir_session *session, struct weir_arena *arena,
                               struct weir_result *result, struct weir_error *error) {
    static const struct weir_result_column columns[] = {
        {"name", WEIR_TYPE_TEXT}, {"version", WEIR_TYPE_BIGINT}, {"hash", WEIR_TYPE_TEXT}};
    (void)error;
    struct weir_value *values = WEIR_NEW_ARRAY(arena, WEIR_COUNT(columns), struct weir_value);
    char *hash = weir_arena_allocate(arena, 2 * WEIR_POLICY_HASH_BYTES + 1);
    if (values == NULL || hash == NULL)
        return WEIR_FAILED;
    sodium_bin2hex(hash, 2 * WEIR_POLICY_HASH_BYTES + 1,
                   weir_store_policy_hash(session->engine->store), WEIR_POLICY_HASH_BYTES);
    values[0] = text_value(session->catalog->policy->name);
    values[1] = weir_value_integer(WEIR_TYPE_BIGINT, session->catalog->policy->version);
    values[2] = text_value(hash);
    *result = (struct weir_result){
        .column_count = WEIR_COUNT(columns), .row_count = 1, .columns = columns, .values = values};
    return WEIR_OK;
}

/* ---- the budget ---- */

struct setting {
    const char *name, *description;
    weir_status (*set)(struct weir_session *session, const char *text, struct weir_error *error);
    weir_status (*show)(struct weir_session *session, struct weir_arena *arena,
                        struct weir_result *result, struct weir_error *error);
};

/* How many questions of the price fit into what is left: exact, since rho adds up. */
static int64_t questions_left(const struct weir_session *session,
                              const struct weir_ledger_account *account,
                              const struct weir_ledger_balance *balance) {
    const struct weir_budget_terms *budget = &session->catalog->permit->budget;
    struct weir_privacy_amount price =
        weir_question_price(weir_session_epsilon(session), budget->epsilon, budget->delta, false);
    int64_t left = account->limit.femto_rho - balance->period_spent.femto_rho;
    return left <= 0 || price.femto_rho <= 0 ? 0 : left / price.femto_rho;
}

enum { BUDGET_COLUMNS = 9 };
static const struct weir_result_column budget_columns[BUDGET_COLUMNS] = {
    {"account", WEIR_TYPE_TEXT},         {"epsilon_limit", WEIR_TYPE_DOUBLE},
    {"epsilon_spent", WEIR_TYPE_DOUBLE}, {"epsilon_left", WEIR_TYPE_DOUBLE},
    {"delta", WEIR_TYPE_DOUBLE},         {"period", WEIR_TYPE_TEXT},
    {"questions", WEIR_TYPE_BIGINT},     {"epsilon_lifetime", WEIR_TYPE_DOUBLE},
    {"questions_left", WEIR_TYPE_BIGINT}};

/* epsilon_left is the limit less what was spent, for orientation: rho adds up and epsilon does not,
 * so a first question takes more of it than a later one. questions_left is exact. */
static weir_status fill_budget(struct weir_session *session,
                               const struct weir_ledger_account *account,
                               const struct weir_budget_terms *terms, struct weir_value *values,
                               struct weir_error *error) {
    struct weir_status_budget budget;
    struct weir_ledger_balance balance;
    WEIR_TRY(
        weir_account_report(session->engine->ledger, account, terms, &budget, &balance, error));
    values[0] = text_value(budget.account);
    values[1] = weir_value_double(budget.epsilon_limit);
    values[2] = weir_value_double(budget.epsilon_spent);
    values[3] = weir_value_double(fmax(0, budget.epsilon_limit - budget.epsilon_spent));
    values[4] = weir_value_double(budget.delta);
    values[5] = text_value(budget.period);
    values[6] = weir_value_integer(WEIR_TYPE_BIGINT, budget.questions);
    values[7] = weir_value_double(budget.epsilon_lifetime);
    values[8] = weir_value_integer(WEIR_TYPE_BIGINT, questions_left(session, account, &balance));
    return WEIR_OK;
}

static weir_status show_budget(struct weir_session *session, struct weir_arena *arena,
                               struct weir_result *result, struct weir_error *error) {
    const struct weir_policy_dataset *dataset;
    enum { ROWS = WEIR_COUNT(session->accounts) };
    struct weir_value *values =
        WEIR_NEW_ARRAY(arena, (size_t)ROWS * BUDGET_COLUMNS, struct weir_value);
    if (values == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_account_dataset(session->catalog->permit, &dataset, error));
    const struct weir_budget_terms *const terms[ROWS] = {&session->catalog->permit->budget,
                                                         &dataset->budget};
    for (size_t i = 0; i < ROWS; i++)
        WEIR_TRY(fill_budget(session, &session->accounts[i], terms[i], values + i * BUDGET_COLUMNS,
                             error));
    *result = (struct weir_result){.column_count = BUDGET_COLUMNS,
                                   .row_count = ROWS,
                                   .columns = budget_columns,
                                   .values = values};
    return WEIR_OK;
}

/* ---- all of them ---- */

static const struct setting settings[] = {
    {"weir.budget", "What is spent and left: SHOW weir.budget has the figures.", NULL, show_budget},
    {"weir.epsilon", "The price of the next questions.", set_epsilon, show_epsilon},
    {"weir.policy", "The policy in force: SHOW weir.policy has its hash.", NULL, show_policy},
    {"weir.purpose", "What this session asks for.", NULL, show_purpose},
};

/* A table in one line: what SHOW of one setting gives, first row only. */
static weir_status print_setting(struct weir_session *session, struct weir_arena *arena,
                                 const struct setting *setting, const char **text,
                                 struct weir_error *error) {
    struct weir_result result = {0};
    struct weir_buffer line = {0};
    WEIR_TRY(setting->show(session, arena, &result, error));
    for (size_t i = 0; i < result.column_count; i++) {
        if (i > 0)
            weir_buffer_printf(&line, ", %s ", result.columns[i].name);
        weir_value_print(&result.values[i], &line);
    }
    *text = line.failed ? NULL : weir_arena_string(arena, line.bytes);
    weir_buffer_free(&line);
    return *text != NULL ? WEIR_OK : WEIR_FAILED;
}

static weir_status show_all(struct weir_session *session, struct weir_arena *arena,
                            struct weir_result *result, struct weir_error *error) {
    static const struct weir_result_column columns[] = {
        {"name", WEIR_TYPE_TEXT}, {"setting", WEIR_TYPE_TEXT}, {"description", WEIR_TYPE_TEXT}};
    struct weir_value *values =
        WEIR_NEW_ARRAY(arena, WEIR_COUNT(columns) * WEIR_COUNT(settings), struct weir_value);
    if (values == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < WEIR_COUNT(settings); i++) {
        const char *text;
        WEIR_TRY(print_setting(session, arena, &settings[i], &text, error));
        values[3 * i] = text_value(settings[i].name);
        values[3 * i + 1] = text_value(text);
        values[3 * i + 2] = text_value(settings[i].description);
    }
    *result = (struct weir_result){.column_count = WEIR_COUNT(columns),
                                   .row_count = WEIR_COUNT(settings),
                                   .columns = columns,
                                   .values = values};
    return WEIR_OK;
}

static weir_status find(const char *name, const struct setting **setting,
                        struct weir_error *error) {
    for (size_t i = 0; i < WEIR_COUNT(settings); i++)
        if (strcasecmp(settings[i].name, name) == 0) {
            *setting = &settings[i];
            return WEIR_OK;
        }
    weir_fail_state(error, WEIR_ERROR_INVALID, "42704", "there is no setting \"%.64s\"", name);
    return weir_error_hint(error, "Weir's own settings are weir.budget, weir.epsilon, weir.policy "
                                  "and weir.purpose.");
}

weir_status weir_session_set(struct weir_session *session, const char *name, const char *value,
                             struct weir_error *error) {
    const struct setting *setting;
    WEIR_TRY(find(name, &setting, error));
    if (setting->set != NULL)
        return setting->set(session, value, error);
    return weir_fail_state(error, WEIR_ERROR_INVALID, "55P02",
                           "%s can be shown and not set: the policy and the connection decide it",
                           setting->name);
}

weir_status weir_session_show(struct weir_session *session, struct weir_arena *arena,
                              const char *name, struct weir_result *result,
                              struct weir_error *error) {
    const struct setting *setting;
    if (strcasecmp(name, "all") == 0)
        return show_all(session, arena, result, error);
    WEIR_TRY(find(name, &setting, error));
    return setting->show(session, arena, result, error);
}
