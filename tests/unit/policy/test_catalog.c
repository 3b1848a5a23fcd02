/* What a purpose sees, and on which days; a denial that tells nothing apart. */
#include "catalog/catalog.h"
#include "support.h"

#include "base/banned.h"

static const char text[] =
    "POLICY \"p\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2030-01-01;\n"
    "DATASET d UNIT person BUDGET EPSILON 8 DELTA 1e-7 PER YEAR UNTIL 2029-01-01;\n"
    "TABLE d.visit (day DATE, id INT UNIT KEY, name TEXT IDENTIFYING, face BLOB BIOMETRIC,\n"
    "  ward TEXT, doctor TEXT, days INT) RETAIN 1 YEAR FROM LOAD;\n"
    "TABLE d.person (id INT UNIT KEY, age INT) RETAIN 1 YEAR FROM LOAD;\n"
    "TABLE d.room (number INT KEY, floor INT, id INT UNIT VIA d.person(id), wing INT)\n"
    "  RETAIN 1 YEAR FROM LOAD;\n"
    "TABLE d.bed (room INT UNIT VIA d.room(number), made INT, k INT KEY) RETAIN 1 YEAR FROM LOAD;\n"
    "TABLE d.secret (id INT UNIT KEY, x INT) RETAIN 1 YEAR FROM LOAD;\n"
    "PUBLIC TABLE public.ward (code TEXT KEY, label TEXT, owner TEXT IDENTIFYING);\n"
    "PUBLIC TABLE public.person (code TEXT KEY);\n"
    "ROLE analyst; ROLE doctor; ROLE idle;\n"
    "PURPOSE waiting UNTIL 2028-01-01; PURPOSE ages UNTIL 2028-01-01; PURPOSE later;\n"
    "PERMIT AGGREGATE ON d.visit (days, ward), d.visit (day, name, face), d.person (age)\n"
    "  FOR waiting TO ROLE analyst BUDGET EPSILON 1 DELTA 1e-9 UNTIL 2027-01-01 QUERY EPSILON 1;\n"
    "PERMIT AGGREGATE ON d.person (age) FOR waiting TO ROLE doctor\n"
    "  BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;\n"
    "PERMIT AGGREGATE ON d.person (age) FOR ages TO ROLE analyst\n"
    "  BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;\n"
    "PERMIT AGGREGATE ON d.room (floor), d.bed (made) FOR later TO ROLE analyst\n"
    "  BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;\n"
    "PERMIT AGGREGATE ON d.room (wing) FOR ages TO ROLE doctor\n"
    "  BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;\n"
    "PERMIT AGGREGATE ON d.person (age) FOR later TO ROLE doctor\n"
    "  BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;\n"
    "PERMIT AGGREGATE ON public.ward (label) FOR later TO ROLE idle\n"
    "  BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;\n";

static int64_t day(int64_t year, int month, int day_of_month) {
    return weir_days_from_civil(year, month, day_of_month);
}

static const struct weir_catalog *open_catalog(struct weir_arena *arena,
                                               const struct weir_policy *policy,
                                               const char *purpose, const char *role,
                                               int64_t today) {
    const struct weir_catalog *catalog = NULL;
    struct weir_error error = {0};
    bool opened = weir_catalog_open(arena, policy, purpose, role, today, &catalog, &error).ok;
    assert_true(opened == (catalog != NULL));
    if (!opened) {
        assert_int_equal(error.class, WEIR_ERROR_DENIED);
        assert_string_equal(error.sqlstate, "3D000");
        assert_string_equal(error.message, "no purpose of this name is open to this role today");
        assert_string_equal(error.hint, "Ask for one of the purposes that your role may use.");
        assert_string_equal(error.detail, "");
    }
    return catalog;
}

static void assert_columns(const struct weir_catalog_table *table, const char *names) {
    char joined[256] = "";
    size_t len = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const char *name = table->columns[i]->name;
        memcpy(joined + len, name, strlen(name));
        len += strlen(name);
        joined[len++] = ' ';
    }
    assert_string_equal(joined, names);
}

static void visible_tables_and_columns(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const struct weir_policy *policy = weir_test_read(arena, text);
    const struct weir_catalog *catalog =
        open_catalog(arena, policy, "waiting", "analyst", day(2026, 11, 24));
    assert_non_null(catalog);
    assert_ptr_equal(catalog->policy, policy);
    assert_ptr_equal(catalog->purpose, &policy->purposes[0]);
    assert_ptr_equal(catalog->permit, &policy->permits[0]);
    assert_int_equal(catalog->table_count, 4);
    assert_string_equal(catalog->tables[0].table->name, "person");
    assert_columns(&catalog->tables[0], "id age ");
    assert_string_equal(catalog->tables[1].table->name, "visit");
    assert_columns(&catalog->tables[1], "day id ward days ");
    assert_string_equal(catalog->tables[2].table->schema, "public");
    assert_columns(&catalog->tables[2], "code ");
    assert_columns(&catalog->tables[3], "code label ");
    weir_arena_destroy(arena);
}

/* Columns that lead to the unit show without being granted, as far as granted tables need them. */
static void columns_that_lead_to_the_unit(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const struct weir_policy *policy = weir_test_read(arena, text);
    const struct weir_catalog *catalog =
        open_catalog(arena, policy, "later", "analyst", day(2026, 11, 24));
    assert_columns(weir_catalog_find(catalog, "d", "bed"), "room made ");
    assert_columns(weir_catalog_find(catalog, "d", "room"), "number floor id ");
    assert_null(weir_catalog_find(catalog, "d", "person"));
    catalog = open_catalog(arena, policy, "ages", "doctor", day(2026, 11, 24));
    assert_columns(weir_catalog_find(catalog, "d", "room"), "id wing ");
    weir_arena_destroy(arena);
}

static void lookup_by_name(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const struct weir_policy *policy = weir_test_read(arena, text);
    const struct weir_catalog *catalog =
        open_catalog(arena, policy, "waiting", "analyst", day(2026, 11, 24));
    assert_ptr_equal(weir_catalog_find(catalog, "d", "visit"), &catalog->tables[1]);
    assert_ptr_equal(weir_catalog_find(catalog, NULL, "visit"), &catalog->tables[1]);
    assert_ptr_equal(weir_catalog_find(catalog, "public", "person"), &catalog->tables[2]);
    assert_null(weir_catalog_find(catalog, NULL, "person")); /* in d and in public */
    assert_null(weir_catalog_find(catalog, "d", "ward"));
    assert_null(weir_catalog_find(catalog, "d", "secret")); /* not granted: does not exist */
    assert_null(weir_catalog_find(catalog, NULL, "secret"));
    assert_null(weir_catalog_find(catalog, NULL, "VISIT"));
    weir_arena_destroy(arena);
}

/* First and last day of each bound: policy, purpose, permit's budget, dataset's budget. */
static void days(void **state) {
    (void)state;
    static const struct {
        const char *purpose, *role;
        int64_t year;
        int month, day;
        bool open;
    } cases[] = {
        {"ages", "analyst", 2025, 12, 31, false},   {"ages", "analyst", 2026, 1, 1, true},
        {"ages", "analyst", 2027, 12, 31, true},    {"ages", "analyst", 2028, 1, 1, false},
        {"waiting", "analyst", 2026, 12, 31, true}, {"waiting", "analyst", 2027, 1, 1, false},
        {"waiting", "doctor", 2027, 1, 1, true},    {"later", "doctor", 2028, 12, 31, true},
        {"later", "doctor", 2029, 1, 1, false},     {"later", "idle", 2029, 12, 31, true},
        {"later", "idle", 2030, 1, 1, false},       {"ages", "doctor", 2025, 6, 1, false},
        {"nothing", "analyst", 2026, 6, 1, false},  {"ages", "nobody", 2026, 6, 1, false},
        {"ages", "idle", 2026, 6, 1, false},        {"", "", 2026, 6, 1, false},
        {"AGES", "analyst", 2026, 6, 1, false},
    };
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const struct weir_policy *policy = weir_test_read(arena, text);
    for (size_t i = 0; i < WEIR_COUNT(cases); i++) {
        bool open = open_catalog(arena, policy, cases[i].purpose, cases[i].role,
                                 day(cases[i].year, cases[i].month, cases[i].day)) != NULL;
        if (open != cases[i].open)
            fail_msg("case %zu", i);
    }
    weir_arena_destroy(arena);
}

static void assert_purposes(struct weir_arena *arena, const struct weir_policy *policy,
                            const char *role, int64_t today, size_t expected_count,
                            const char *const *expected) {
    const struct weir_policy_purpose *const *purposes;
    struct weir_error error = {0};
    size_t count;
    assert_true(weir_catalog_purposes(arena, policy, role, today, &purposes, &count, &error).ok);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(purposes[i]->name, expected[i]);
}

static void purposes_of_a_role(void **state) {
    (void)state;
    static const char *const all[] = {"ages", "later", "waiting"}, *const later[] = {"later"};
    struct weir_arena *arena = weir_arena_create(1 << 22);
    const struct weir_policy *policy = weir_test_read(arena, text);
    assert_purposes(arena, policy, "analyst", day(2026, 11, 24), 3, all);
    assert_purposes(arena, policy, "analyst", day(2028, 1, 1), 1, later);
    assert_purposes(arena, policy, "doctor", day(2026, 11, 24), 3, all);
    assert_purposes(arena, policy, "doctor", day(2025, 11, 24), 0, NULL);
    assert_purposes(arena, policy, "nobody", day(2026, 11, 24), 0, NULL);
    weir_arena_destroy(arena);
}

static void an_empty_policy_opens_nothing(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 20);
    const struct weir_policy *policy = weir_test_read(arena, HEAD);
    assert_null(open_catalog(arena, policy, "p", "r", 0));
    assert_purposes(arena, policy, "r", 0, 0, NULL);
    weir_arena_destroy(arena);
}

static void exhausted_memory_is_no_denial(void **state) {
    (void)state;
    struct weir_arena *large = weir_arena_create(1 << 22), *small = weir_arena_create(64);
    const struct weir_policy *policy = weir_test_read(large, text);
    const struct weir_catalog *catalog = NULL;
    struct weir_error error = {0};
    assert_false(
        weir_catalog_open(small, policy, "ages", "analyst", day(2026, 11, 24), &catalog, &error)
            .ok);
    assert_false(weir_error_is_set(&error));
    assert_null(catalog);
    weir_arena_destroy(small);
    weir_arena_destroy(large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visible_tables_and_columns),
        cmocka_unit_test(columns_that_lead_to_the_unit),
        cmocka_unit_test(lookup_by_name),
        cmocka_unit_test(days),
        cmocka_unit_test(purposes_of_a_role),
        cmocka_unit_test(an_empty_policy_opens_nothing),
        cmocka_unit_test(exhausted_memory_is_no_denial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
