/* Random valid models, built without the parser, for the property that printing and parsing are
 * inverse. */
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

struct source {
    struct weir_arena *arena;
    uint64_t state;
    unsigned names;
};

/* xorshift64*: repeatable, and nothing secret hangs on it. */
static uint64_t draw(struct source *source, uint64_t below) {
    source->state ^= source->state >> 12;
    source->state ^= source->state << 25;
    source->state ^= source->state >> 27;
    return (source->state * UINT64_C(2685821657736338717) >> 11) % below;
}

static bool toss(struct source *source) {
    return draw(source, 2) == 1;
}

static void *need(void *memory) {
    assert_non_null(memory);
    return memory;
}

/* A name nobody else has: plain, a keyword, in need of quotes, or not ASCII. */
static const char *draw_name(struct source *source) {
    static const char *const stems[] = {"a",    "load", "range", "values",   "Upper", "two words",
                                        "q\"q", "grün", "7up",   "unit_key", "",      "'"};
    return need(weir_arena_printf(source->arena, "%s%u", stems[draw(source, WEIR_COUNT(stems))],
                                  source->names++));
}

static const char *draw_prose(struct source *source) {
    static const char *const pieces[] = {"act 12/2026 s.4", "\"", "'", "--", "é", " ", ";", "𝛿"};
    char prose[WEIR_POLICY_STRING_BYTES] = "x";
    size_t len = 1;
    for (uint64_t count = draw(source, 12); count > 0; count--) {
        const char *piece = pieces[draw(source, WEIR_COUNT(pieces))];
        memcpy(prose + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return need(weir_arena_copy(source->arena, prose, len));
}

static int64_t draw_date(struct source *source) {
    int64_t first = weir_days_from_civil(1, 1, 1), last = weir_days_from_civil(9999, 12, 31);
    return first + (int64_t)draw(source, (uint64_t)(last - first + 1));
}

static double draw_between(struct source *source, double low, double high) {
    static const double round[] = {1, 0.1, 3, 1e-6, 0.3};
    double number = round[draw(source, WEIR_COUNT(round))];
    if (toss(source) || number < low || number > high)
        number = low * pow(high / low, (double)draw(source, 1u << 30) / (1u << 30));
    return fmin(fmax(number, low), high);
}

static struct weir_budget_terms draw_budget(struct source *source) {
    struct weir_budget_terms budget = {.given = true};
    budget.epsilon = draw_between(source, WEIR_POLICY_LOWEST_EPSILON, WEIR_POLICY_HIGHEST_EPSILON);
    budget.delta = draw_between(source, WEIR_POLICY_LOWEST_DELTA, WEIR_POLICY_HIGHEST_DELTA);
    budget.period = (enum weir_period)draw(source, WEIR_PERIOD_YEAR + 1);
    budget.has_until = toss(source);
    budget.until = budget.has_until ? draw_date(source) : 0;
    return budget;
}

static struct weir_value draw_value(struct source *source,
                                    const struct weir_policy_column *column) {
    int64_t small = (int64_t)draw(source, 41) - 20;
    int64_t limit = 1;
    switch (column->type) {
    case WEIR_TYPE_INTEGER:
        return weir_value_integer(column->type, toss(source) ? small : INT32_MIN);
    case WEIR_TYPE_BIGINT:
        return weir_value_integer(column->type, toss(source) ? small : INT64_MAX);
    case WEIR_TYPE_NUMERIC:
        for (int place = 0; place < column->precision; place++)
            limit *= 10;
        return weir_value_numeric((int64_t)draw(source, 2 * (uint64_t)limit - 1) - limit + 1,
                                  column->scale);
    case WEIR_TYPE_DOUBLE:
        return weir_value_double(toss(source) ? (double)small / 8
                                              : ldexp(1.0 / 3, (int)draw(source, 2000) - 1000));
    case WEIR_TYPE_DATE:
        return weir_value_integer(column->type, draw_date(source));
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BOOLEAN:
    case WEIR_TYPE_TIMESTAMP:
    case WEIR_TYPE_BLOB:
        break;
    }
    const char *text = toss(source) ? "" : draw_prose(source);
    return weir_value_text(text, strlen(text));
}

static int compare_values(const void *left, const void *right) {
    return weir_value_compare(left, right);
}

static void draw_range(struct source *source, struct weir_policy_column *column) {
    struct weir_value a = draw_value(source, column), b = draw_value(source, column);
    bool swap = weir_value_compare(&a, &b) > 0;
    column->has_range = true;
    column->range_low = swap ? b : a;
    column->range_high = swap ? a : b;
}

static void draw_values(struct source *source, struct weir_policy_column *column) {
    struct weir_value *values = need(WEIR_NEW_ARRAY(source->arena, 6, struct weir_value));
    size_t drawn = 1 + draw(source, 6), kept = 1;
    for (size_t i = 0; i < drawn; i++)
        values[i] = draw_value(source, column);
    qsort(values, drawn, sizeof *values, compare_values);
    for (size_t i = 1; i < drawn; i++)
        if (weir_value_compare(&values[i], &values[kept - 1]) != 0)
            values[kept++] = values[i];
    column->values = values;
    column->value_count = kept;
}

static void draw_type(struct source *source, struct weir_policy_column *column) {
    column->type = (enum weir_type)draw(source, WEIR_TYPE_BLOB + 1);
    if (column->type == WEIR_TYPE_NUMERIC) {
        column->precision = 1 + (int)draw(source, WEIR_POLICY_MAX_PRECISION);
        column->scale = (int)draw(source, (uint64_t)column->precision + 1);
    }
}

/* The public table's key, when the types agree. */
static void draw_values_from(struct weir_policy_column *column,
                             const struct weir_policy_table *codes) {
    if (codes == NULL || codes->columns[0].type != column->type)
        return;
    column->values_table = codes;
    column->values_column = &codes->columns[0];
}

static void draw_domain(struct source *source, struct weir_policy_column *column,
                        const struct weir_policy_table *codes) {
    bool ranged = column->type == WEIR_TYPE_INTEGER || column->type == WEIR_TYPE_BIGINT ||
                  column->type == WEIR_TYPE_NUMERIC || column->type == WEIR_TYPE_DOUBLE ||
                  column->type == WEIR_TYPE_DATE;
    bool listed = column->type == WEIR_TYPE_INTEGER || column->type == WEIR_TYPE_BIGINT ||
                  column->type == WEIR_TYPE_TEXT || column->type == WEIR_TYPE_DATE;
    switch (draw(source, 4)) {
    case 0:
        if (ranged)
            draw_range(source, column);
        return;
    case 1:
        if (listed)
            draw_values(source, column);
        return;
    case 2:
        draw_values_from(column, codes);
        return;
    default:
        return;
    }
}

/* The column that another table's UNIT VIA may lead to, or NULL. */
static const struct weir_policy_column *key_of(const struct weir_policy_table *table) {
    for (size_t i = table->column_count; i-- > 0;)
        if (table->columns[i].is_key || table->columns[i].role == WEIR_COLUMN_UNIT_KEY)
            return &table->columns[i];
    return NULL;
}

/* The first column is the key of a public table and leads to the unit in others. */
static void draw_first_column(struct source *source, struct weir_policy_column *column,
                              const struct weir_policy_table *table,
                              const struct weir_policy_table *parent) {
    column->type = parent != NULL ? key_of(parent)->type
                   : toss(source) ? WEIR_TYPE_BIGINT
                                  : WEIR_TYPE_TEXT;
    column->not_null = true;
    if (table->is_public) {
        column->is_key = true;
        return;
    }
    column->role = parent != NULL ? WEIR_COLUMN_UNIT_VIA : WEIR_COLUMN_UNIT_KEY;
    column->via_table = parent;
    column->via_column = parent != NULL ? key_of(parent) : NULL;
}

static void draw_columns(struct source *source, struct weir_policy_table *table,
                         const struct weir_policy_table *parent,
                         const struct weir_policy_table *codes) {
    table->column_count = 1 + draw(source, 8);
    struct weir_policy_column *columns =
        need(WEIR_NEW_ARRAY(source->arena, table->column_count, struct weir_policy_column));
    table->columns = columns;
    for (size_t i = 0; i < table->column_count; i++) {
        columns[i].name = i == 3 ? "load" : draw_name(source);
        if (i == 0) {
            draw_first_column(source, &columns[i], table, parent);
            continue;
        }
        if (i == 1 && !table->is_public && toss(source)) {
            columns[i].type = toss(source) ? WEIR_TYPE_INTEGER : WEIR_TYPE_TEXT;
            columns[i].is_key = columns[i].not_null = true;
            continue;
        }
        draw_type(source, &columns[i]);
        draw_domain(source, &columns[i], codes);
        columns[i].not_null = toss(source);
        if (!table->is_public && draw(source, 4) == 0)
            columns[i].role = toss(source) ? WEIR_COLUMN_IDENTIFYING : WEIR_COLUMN_BIOMETRIC;
    }
}

static void draw_retain(struct source *source, struct weir_policy_table *table) {
    static const enum weir_period periods[] = {WEIR_PERIOD_DAY, WEIR_PERIOD_WEEK, WEIR_PERIOD_MONTH,
                                               WEIR_PERIOD_YEAR};
    table->has_retain = toss(source);
    if (!table->has_retain)
        return;
    table->retain_count = 1 + (int)draw(source, 3);
    table->retain_period = periods[draw(source, WEIR_COUNT(periods))];
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].type == WEIR_TYPE_DATE ||
            table->columns[i].type == WEIR_TYPE_TIMESTAMP)
            table->retain_from = &table->columns[i];
}

static void draw_terms(struct source *source, struct weir_policy_table *table) {
    draw_retain(source, table);
    table->bound_rows = toss(source) ? 1 + (int64_t)draw(source, 1000000) : 0;
}

static void draw_tables(struct source *source, struct weir_policy *policy) {
    policy->table_count = draw(source, 6);
    struct weir_policy_table *tables =
        need(WEIR_NEW_ARRAY(source->arena, policy->table_count, struct weir_policy_table));
    policy->tables = tables;
    const struct weir_policy_table *codes = NULL;
    for (size_t i = 0; i < policy->table_count; i++) {
        struct weir_policy_table *table = &tables[i];
        const struct weir_policy_table *parent = NULL;
        table->is_public = policy->dataset_count == 0 || draw(source, 3) == 0;
        table->name = draw_name(source);
        table->schema = "public";
        if (!table->is_public) {
            table->dataset = &policy->datasets[draw(source, policy->dataset_count)];
            table->schema = table->dataset->name;
        }
        for (size_t j = 0; j < i && !table->is_public; j++)
            if (tables[j].dataset == table->dataset && key_of(&tables[j]) != NULL && toss(source))
                parent = &tables[j];
        draw_columns(source, table, parent, codes);
        if (table->is_public)
            codes = table;
        else
            draw_terms(source, table);
    }
}

static void draw_grant(struct source *source, const struct weir_policy *policy,
                       struct weir_policy_grant *grant) {
    grant->table = &policy->tables[draw(source, policy->table_count)];
    const struct weir_policy_column **columns = need(WEIR_NEW_ARRAY(
        source->arena, grant->table->column_count, const struct weir_policy_column *));
    grant->columns = columns;
    for (size_t i = grant->table->column_count; i > 0; i--)
        if (toss(source) || (i == 1 && grant->column_count == 0))
            columns[grant->column_count++] = &grant->table->columns[i - 1];
}

/* One permit for each purpose at most, with a random role. */
static void draw_permits(struct source *source, struct weir_policy *policy) {
    struct weir_policy_permit *permits =
        need(WEIR_NEW_ARRAY(source->arena, policy->purpose_count, struct weir_policy_permit));
    policy->permits = permits;
    for (size_t i = 0; i < policy->purpose_count; i++) {
        if (policy->table_count == 0 || policy->role_count == 0 || draw(source, 4) == 0)
            continue;
        struct weir_policy_permit *permit = &permits[policy->permit_count++];
        permit->purpose = &policy->purposes[i];
        permit->role = &policy->roles[draw(source, policy->role_count)];
        permit->budget = draw_budget(source);
        permit->query_epsilon =
            draw_between(source, WEIR_POLICY_LOWEST_EPSILON, WEIR_POLICY_HIGHEST_EPSILON);
        permit->minimum_people = 1 + (int64_t)draw(source, 100);
        permit->grant_count = 1 + draw(source, 3);
        struct weir_policy_grant *grants =
            need(WEIR_NEW_ARRAY(source->arena, permit->grant_count, struct weir_policy_grant));
        permit->grants = grants;
        for (size_t j = 0; j < permit->grant_count; j++)
            draw_grant(source, policy, &grants[j]);
    }
}

static void draw_header(struct source *source, struct weir_policy *policy) {
    policy->name = draw_prose(source);
    policy->version = 1 + (int64_t)draw(source, 1000);
    policy->has_supersedes = toss(source);
    for (size_t i = 0; policy->has_supersedes && i < WEIR_POLICY_HASH_BYTES; i++)
        policy->supersedes[i] = (uint8_t)draw(source, 256);
    policy->controller = toss(source) ? draw_prose(source) : NULL;
    policy->has_effective = toss(source);
    policy->effective = policy->has_effective ? draw_date(source) : 0;
    policy->has_until = toss(source);
    policy->until = policy->has_until ? draw_date(source) : 0;
}

static void draw_declarations(struct source *source, struct weir_policy *policy) {
    policy->dataset_count = draw(source, 4);
    policy->role_count = draw(source, 4);
    policy->purpose_count = draw(source, 5);
    struct weir_policy_dataset *datasets =
        need(WEIR_NEW_ARRAY(source->arena, policy->dataset_count, struct weir_policy_dataset));
    struct weir_policy_role *roles =
        need(WEIR_NEW_ARRAY(source->arena, policy->role_count, struct weir_policy_role));
    struct weir_policy_purpose *purposes =
        need(WEIR_NEW_ARRAY(source->arena, policy->purpose_count, struct weir_policy_purpose));
    for (size_t i = 0; i < policy->dataset_count; i++)
        datasets[i] = (struct weir_policy_dataset){
            .name = draw_name(source), .unit = draw_name(source), .budget = draw_budget(source)};
    for (size_t i = 0; i < policy->role_count; i++)
        roles[i] = (struct weir_policy_role){
            .name = draw_name(source), .description = toss(source) ? draw_prose(source) : NULL};
    for (size_t i = 0; i < policy->purpose_count; i++) {
        purposes[i] = (struct weir_policy_purpose){
            .name = draw_name(source),
            .term = toss(source) ? "dpv:Provide-Official_Statistics2" : NULL,
            .legal_basis = toss(source) ? draw_prose(source) : NULL,
            .because = toss(source) ? draw_prose(source) : NULL,
            .has_until = toss(source)};
        purposes[i].until = purposes[i].has_until ? draw_date(source) : 0;
    }
    policy->datasets = datasets;
    policy->roles = roles;
    policy->purposes = purposes;
}

struct weir_policy *weir_test_random_policy(struct weir_arena *arena, uint64_t seed) {
    struct source source = {.arena = arena, .state = seed * 2654435761 + 1};
    struct weir_policy *policy = need(WEIR_NEW(arena, struct weir_policy));
    draw_header(&source, policy);
    draw_declarations(&source, policy);
    draw_tables(&source, policy);
    draw_permits(&source, policy);
    return policy;
}
