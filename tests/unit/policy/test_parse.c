/* Well-formed texts: what the model holds, limits at their edge, memory that runs out anywhere. */
#include "support.h"

#include <stdlib.h>

#include "base/banned.h"

static const char hospital[] =
    "POLICY \"health statistics\" VERSION 7\n"
    "  SUPERSEDES sha256:9C1f000000000000000000000000000000000000000000000000000000000001\n"
    "  CONTROLLER \"Ministry of Health\"  EFFECTIVE 2027-01-01 UNTIL 2028-01-01;\n"
    "TABLE hospital.patient (\n"
    "  patient_id BIGINT UNIT KEY,\n"
    "  birth_year INT RANGE 1900 .. 2027,\n"
    "  district TEXT VALUES FROM public.district(code) NOT NULL,\n"
    "  name TEXT IDENTIFYING,\n"
    "  portrait BLOB BIOMETRIC,\n"
    "  weight NUMERIC(5, 1) RANGE 0 .. 300.5,\n"
    "  blood TEXT VALUES ('B', 'A', 'AB', '0'),\n"
    "  registered_on DATE\n"
    ") RETAIN 10 YEARS FROM registered_on;\n"
    "DATASET hospital UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR UNTIL 2029-01-01;\n"
    "PUBLIC TABLE public.district (code TEXT KEY, label TEXT);\n"
    "TABLE hospital.admission (patient_id BIGINT UNIT VIA hospital.patient(patient_id),\n"
    "  days INT, number TEXT KEY) BOUND 40 ROWS RETAIN 18 MONTHS FROM LOAD;\n"
    "PERMIT AGGREGATE ON hospital.admission (days), hospital.patient (district, birth_year)\n"
    "  FOR waiting_times TO ROLE statistician\n"
    "  MINIMUM 10 PEOPLE QUERY EPSILON 0.1 BUDGET EPSILON 3 DELTA 1e-9;\n"
    "PURPOSE waiting_times IS dpv:ProvideOfficialStatistics LEGAL BASIS \"GDPR 6(1)(e)\"\n"
    "  BECAUSE \"Quarterly tables\" UNTIL 2027-12-31;\n"
    "ROLE statistician IS \"Office of statistics\";\n"
    "ROLE nobody;\n"
    "TABLE hospital.bill (admission TEXT UNIT VIA hospital.admission(number), amount INT);\n";

static void header_and_declarations(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const struct weir_policy *policy = weir_test_read(arena, hospital);
    assert_string_equal(policy->name, "health statistics");
    assert_int_equal(policy->version, 7);
    assert_true(policy->has_supersedes);
    assert_int_equal(policy->supersedes[0], 0x9c);
    assert_int_equal(policy->supersedes[31], 1);
    assert_string_equal(policy->controller, "Ministry of Health");
    assert_int_equal(policy->effective, weir_days_from_civil(2027, 1, 1));
    assert_int_equal(policy->until, weir_days_from_civil(2028, 1, 1));
    assert_int_equal(policy->dataset_count, 1);
    const struct weir_policy_dataset *dataset = &policy->datasets[0];
    assert_string_equal(dataset->unit, "person");
    assert_true(dataset->budget.given && dataset->budget.has_until);
    assert_true(dataset->budget.epsilon == 8 && dataset->budget.delta == 1e-7);
    assert_int_equal(dataset->budget.period, WEIR_PERIOD_YEAR);
    assert_int_equal(dataset->line, 14);
    const struct weir_policy_purpose *purpose = weir_policy_find_purpose(policy, "waiting_times");
    assert_string_equal(purpose->term, "dpv:ProvideOfficialStatistics");
    assert_string_equal(purpose->legal_basis, "GDPR 6(1)(e)");
    assert_string_equal(purpose->because, "Quarterly tables");
    assert_int_equal(purpose->until, weir_days_from_civil(2027, 12, 31));
    assert_string_equal(weir_policy_find_role(policy, "statistician")->description,
                        "Office of statistics");
    assert_null(weir_policy_find_role(policy, "nobody")->description);
    assert_null(weir_policy_find_role(policy, "Nobody"));
    assert_null(weir_policy_find_purpose(policy, "statistician"));
    weir_arena_destroy(arena);
}

static void columns(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const struct weir_policy *policy = weir_test_read(arena, hospital);
    const struct weir_policy_table *patient = weir_policy_find_table(policy, "hospital", "patient");
    const struct weir_policy_table *codes = weir_policy_find_table(policy, "public", "district");
    assert_ptr_equal(patient->dataset, &policy->datasets[0]);
    assert_true(codes->is_public && codes->dataset == NULL);
    const struct weir_policy_column *column = weir_policy_find_column(patient, "patient_id");
    assert_true(column->role == WEIR_COLUMN_UNIT_KEY && column->not_null);
    column = weir_policy_find_column(patient, "birth_year");
    assert_true(column->has_range && column->range_low.as.integer == 1900);
    assert_int_equal(column->range_high.type, WEIR_TYPE_INTEGER);
    assert_int_equal(column->line, 6);
    column = weir_policy_find_column(patient, "district");
    assert_ptr_equal(column->values_table, codes);
    assert_ptr_equal(column->values_column, &codes->columns[0]);
    assert_true(column->not_null && codes->columns[0].is_key && codes->columns[0].not_null);
    assert_int_equal(weir_policy_find_column(patient, "name")->role, WEIR_COLUMN_IDENTIFYING);
    assert_int_equal(weir_policy_find_column(patient, "portrait")->role, WEIR_COLUMN_BIOMETRIC);
    column = weir_policy_find_column(patient, "weight");
    assert_true(column->precision == 5 && column->scale == 1);
    assert_true(column->range_high.as.numeric.digits == 3005);
    assert_int_equal(column->range_low.as.numeric.scale, 1);
    column = weir_policy_find_column(patient, "blood");
    assert_int_equal(column->value_count, 4);
    assert_string_equal(column->values[0].as.text.bytes, "0");
    assert_string_equal(column->values[2].as.text.bytes, "AB");
    assert_null(weir_policy_find_column(patient, "label"));
    assert_null(weir_policy_find_table(policy, "hospital", "district"));
    weir_arena_destroy(arena);
}

static void retention_units_and_permits(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const struct weir_policy *policy = weir_test_read(arena, hospital);
    const struct weir_policy_table *patient = weir_policy_find_table(policy, "hospital", "patient");
    const struct weir_policy_table *admission =
        weir_policy_find_table(policy, "hospital", "admission");
    assert_true(patient->has_retain && patient->retain_count == 10);
    assert_int_equal(patient->retain_period, WEIR_PERIOD_YEAR);
    assert_string_equal(patient->retain_from->name, "registered_on");
    assert_true(admission->has_retain && admission->retain_from == NULL);
    assert_int_equal(admission->retain_count, 18);
    assert_int_equal(admission->retain_period, WEIR_PERIOD_MONTH);
    assert_int_equal(admission->columns[0].role, WEIR_COLUMN_UNIT_VIA);
    assert_ptr_equal(admission->columns[0].via_table, patient);
    assert_ptr_equal(admission->columns[0].via_column, &patient->columns[0]);
    assert_int_equal(patient->bound_rows, 0);
    assert_int_equal(admission->bound_rows, 40);
    const struct weir_policy_column *number = weir_policy_find_column(admission, "number");
    assert_true(number->is_key && number->not_null && number->role == WEIR_COLUMN_PLAIN);
    const struct weir_policy_table *bill = weir_policy_find_table(policy, "hospital", "bill");
    assert_ptr_equal(bill->columns[0].via_column, number);
    assert_false(bill->columns[0].not_null);
    assert_int_equal(policy->permit_count, 1);
    const struct weir_policy_permit *permit = &policy->permits[0];
    assert_int_equal(permit->line, 18);
    assert_int_equal(permit->grant_count, 2);
    assert_ptr_equal(permit->grants[0].table, admission);
    assert_int_equal(permit->grants[1].column_count, 2);
    assert_string_equal(permit->grants[1].columns[0]->name, "district");
    assert_int_equal(permit->minimum_people, 10);
    assert_true(permit->query_epsilon == 0.1 && permit->budget.epsilon == 3);
    assert_int_equal(permit->budget.period, WEIR_PERIOD_LIFETIME);
    assert_false(permit->budget.has_until);
    weir_arena_destroy(arena);
}

static void minimum_is_one_when_not_given(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 20);
    const struct weir_policy *policy =
        weir_test_read(arena, FULL "PERMIT AGGREGATE ON d.t (a)" TAIL);
    assert_int_equal(policy->permits[0].minimum_people, 1);
    weir_arena_destroy(arena);
}

/* Keywords are no names taken away: each may name a column. */
static void keywords_may_be_names(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 20);
    const struct weir_policy *policy = weir_test_read(
        arena, SET "TABLE d.table (range INT RANGE 1 .. 2, values TEXT, text TEXT, date DATE, "
                   "unit INT, key INT UNIT KEY, role TEXT, load INT, not INT NOT NULL);");
    assert_int_equal(policy->tables[0].column_count, 9);
    assert_string_equal(policy->tables[0].columns[0].name, "range");
    weir_arena_destroy(arena);
}

static void limit_of_strings_and_names(void **state) {
    (void)state;
    for (int extra = 0; extra <= 1; extra++) {
        struct weir_arena *arena = weir_arena_create(1 << 20);
        struct weir_error error = {0};
        char prose[WEIR_POLICY_STRING_BYTES + 2] = "", name[WEIR_POLICY_NAME_BYTES + 2] = "";
        memset(prose, 'x', WEIR_POLICY_STRING_BYTES + (size_t)extra);
        char *text = weir_arena_printf(arena, "POLICY \"%s\" VERSION 1;", prose);
        assert_int_equal(weir_policy_parse(arena, text, strlen(text), &error) != NULL, !extra);
        weir_error_clear(&error);
        memset(name, 'x', WEIR_POLICY_NAME_BYTES + (size_t)extra);
        text = weir_arena_printf(arena, HEAD "ROLE %s;", name);
        assert_int_equal(weir_policy_parse(arena, text, strlen(text), &error) != NULL, !extra);
        weir_arena_destroy(arena);
    }
}

static enum weir_error_class class_of(const char *text, size_t len) {
    struct weir_arena *arena = weir_arena_create(1 << 26);
    struct weir_error error = {0};
    bool parsed = weir_policy_parse(arena, text, len, &error) != NULL;
    assert_true(parsed == !weir_error_is_set(&error));
    weir_arena_destroy(arena);
    return error.class;
}

/* `before`, then `item` numbered from 1 to count, then `after`. */
static enum weir_error_class class_of_many(const char *before, const char *separator,
                                           const char *item, size_t count, const char *after) {
    struct weir_buffer text = {0};
    weir_buffer_text(&text, before);
    for (size_t i = 1; i <= count; i++) {
        weir_buffer_text(&text, i == 1 ? "" : separator);
        weir_buffer_printf(&text, "%s%zu", item, i);
        weir_buffer_text(&text, strcmp(item, "c") == 0 ? " INT" : "");
    }
    weir_buffer_text(&text, after);
    enum weir_error_class class = class_of(text.bytes, text.len);
    weir_buffer_free(&text);
    return class;
}

static void limit_of_counts(void **state) {
    (void)state;
    static const struct {
        const char *before, *separator, *item, *after;
        size_t limit;
    } cases[] = {
        {HEAD, ";\n", "ROLE r", ";", WEIR_POLICY_MAX_ROLES},
        {HEAD, ";\n", "PURPOSE p", ";", WEIR_POLICY_MAX_PURPOSES},
        {SET "TABLE d.t (", ", ", "c", ");", WEIR_POLICY_MAX_COLUMNS},
        {SET "TABLE d.t (c INT VALUES (", ", ", "", "));", WEIR_POLICY_MAX_VALUES},
        {HEAD "PUBLIC TABLE public.", " (a INT);\nPUBLIC TABLE public.", "t", " (a INT);",
         WEIR_POLICY_MAX_TABLES},
        {HEAD "DATASET ", " UNIT u BUDGET EPSILON 1 DELTA 1e-9; DATASET ", "d",
         " UNIT u BUDGET EPSILON 1 DELTA 1e-9;", WEIR_POLICY_MAX_DATASETS},
    };
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        assert_int_equal(class_of_many(cases[i].before, cases[i].separator, cases[i].item,
                                       cases[i].limit, cases[i].after),
                         WEIR_ERROR_NONE);
        assert_int_equal(class_of_many(cases[i].before, cases[i].separator, cases[i].item,
                                       cases[i].limit + 1, cases[i].after),
                         WEIR_ERROR_LIMIT);
    }
}

static void limit_of_text(void **state) {
    (void)state;
    size_t len = WEIR_POLICY_TEXT_LIMIT;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, ' ', len + 1);
    memcpy(text, HEAD, strlen(HEAD));
    assert_int_equal(class_of(text, len), WEIR_ERROR_NONE);
    assert_int_equal(class_of(text, len + 1), WEIR_ERROR_LIMIT);
    free(text);
}

/* The canonical text spells INT out, so that a text below the limit could have one above it. */
static void limit_of_canonical_text(void **state) {
    (void)state;
    struct weir_buffer text = {0};
    weir_buffer_text(&text, SET);
    for (int table = 0; table < WEIR_POLICY_MAX_TABLES; table++) {
        weir_buffer_printf(&text, "TABLE d.t%d (", table);
        for (int column = 0; column < WEIR_POLICY_MAX_COLUMNS; column++)
            weir_buffer_printf(&text, "%sc%d DOUBLE", column == 0 ? "" : ",", column);
        weir_buffer_text(&text, ");");
    }
    assert_true(!text.failed && text.len < WEIR_POLICY_TEXT_LIMIT);
    assert_int_equal(class_of(text.bytes, text.len), WEIR_ERROR_LIMIT);
    weir_buffer_free(&text);
}

static void memory_may_run_out_anywhere(void **state) {
    (void)state;
    bool parsed = false;
    for (size_t cap = 0; !parsed; cap += 16) {
        struct weir_arena *arena = weir_arena_create(cap);
        struct weir_error error = {0};
        const struct weir_policy *policy =
            weir_policy_parse(arena, hospital, sizeof hospital - 1, &error);
        parsed = policy != NULL;
        if (!parsed)
            assert_true(weir_error_is_set(&error));
        weir_arena_destroy(arena);
        assert_true(cap < 1 << 20);
    }
}

/* Every beginning of a valid text is malformed or whole, and never crashes. */
static void any_beginning_ends_cleanly(void **state) {
    (void)state;
    for (size_t len = 0; len < sizeof hospital; len++) {
        enum weir_error_class class = class_of(hospital, len);
        assert_true(class == WEIR_ERROR_INVALID || class == WEIR_ERROR_NONE ||
                    class == WEIR_ERROR_REFUSED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_and_declarations),
        cmocka_unit_test(columns),
        cmocka_unit_test(retention_units_and_permits),
        cmocka_unit_test(minimum_is_one_when_not_given),
        cmocka_unit_test(keywords_may_be_names),
        cmocka_unit_test(limit_of_strings_and_names),
        cmocka_unit_test(limit_of_counts),
        cmocka_unit_test(limit_of_text),
        cmocka_unit_test(limit_of_canonical_text),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(any_beginning_ends_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
