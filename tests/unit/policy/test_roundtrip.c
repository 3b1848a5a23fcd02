/* Printing and parsing are inverse: for random models, for the examples, for unusual spellings. */
#include "support.h"

#include <stdio.h>

#include "base/file.h"

#include "base/banned.h"

enum { ROUNDS = 2000 };

static void check_inverse(struct weir_arena *arena, const struct weir_policy *policy) {
    char *text = weir_policy_print(arena, policy);
    assert_non_null(text);
    struct weir_policy *read = weir_test_read(arena, text);
    const char *difference = weir_test_difference(policy, read);
    if (difference != NULL)
        fail_msg("%s differs after reading:\n%s", difference, text);
    char *again = weir_policy_print(arena, read);
    assert_non_null(again);
    assert_string_equal(again, text);
    uint8_t hash[WEIR_POLICY_HASH_BYTES], second[WEIR_POLICY_HASH_BYTES];
    assert_true(weir_policy_hash(arena, policy, hash));
    assert_true(weir_policy_hash(arena, read, second));
    assert_memory_equal(hash, second, sizeof hash);
}

static void random_models(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct weir_arena *arena = weir_arena_create(1 << 24);
        check_inverse(arena, weir_test_random_policy(arena, seed));
        weir_arena_destroy(arena);
    }
}

static void examples(void **state) {
    (void)state;
    static const char *const names[] = {"census/census.weir", "city/city.weir"};
    for (size_t i = 0; i < WEIR_COUNT(names); i++) {
        struct weir_arena *arena = weir_arena_create(1 << 24);
        struct weir_error error = {0};
        char path[1024], *text;
        size_t len;
        bool exhausted;
        snprintf(path, sizeof path, "%s/%s", WEIR_EXAMPLES, names[i]);
        if (!weir_file_read(arena, path, WEIR_POLICY_TEXT_LIMIT, &text, &len, &error).ok)
            fail_msg("%s", error.message);
        struct weir_policy *policy = weir_policy_parse(arena, text, len, &error);
        if (policy == NULL)
            fail_msg("%s: %s", names[i], error.message);
        check_inverse(arena, policy);
        assert_null(weir_policy_check(arena, policy, &exhausted));
        assert_false(exhausted);
        weir_arena_destroy(arena);
    }
}

/* Texts that differ in spelling, case, comments and the order of clauses have one canonical text.
 */
static void one_text_for_all_spellings(void **state) {
    (void)state;
    static const char canonical[] = "POLICY \"p\" VERSION 2\n"
                                    "  CONTROLLER \"say \"\"hi\"\"\"\n"
                                    "  UNTIL 2030-01-01;\n"
                                    "\n"
                                    "DATASET d UNIT person\n"
                                    "  BUDGET EPSILON 8 DELTA 1e-7 PER YEAR;\n"
                                    "\n"
                                    "TABLE d.t (\n"
                                    "  id BIGINT UNIT KEY,\n"
                                    "  n NUMERIC(5, 2) RANGE -1.00 .. 2.50 NOT NULL,\n"
                                    "  x DOUBLE PRECISION RANGE -2.5e-10 .. 1e20,\n"
                                    "  c TEXT VALUES ('a', 'it''s'),\n"
                                    "  load DATE RANGE '2020-01-01' .. '2021-01-01'\n"
                                    ") RETAIN 1 YEAR FROM \"load\" BOUND 20 ROWS;\n";
    static const char *const spellings[] = {
        canonical,
        "policy \"p\" until 2030-01-01 controller \"say \"\"hi\"\"\" version 2;"
        "dataset D budget epsilon 8.0 delta 0.0000001 per year unit PERSON;"
        "table d.T(ID bigint unit key,n decimal(5,2) not null range -1..2.5,"
        "x double range -0.00000000025..100000000000000000000,"
        "c text values('it''s','a'),load date range '2020-01-01'..'2021-01-01')"
        "bound 20 rows retain 1 years from \"load\";",
        "\r\n-- a comment; with 'quotes\nPOLICY \"p\" VERSION 2 CONTROLLER \"say \"\"hi\"\"\"\t"
        "UNTIL 2030-01-01; DATASET \"d\" UNIT \"person\" BUDGET EPSILON 0.8E+1 DELTA 10e-8 PER "
        "YEAR--\n; TABLE d.t (id BIGINT UNIT KEY, n NUMERIC(5,2) RANGE -1.0 .. 2.50 NOT NULL, "
        "x DOUBLE PRECISION RANGE -25e-11 .. 1E20, c TEXT VALUES ('a', 'it''s'), "
        "\"load\" DATE RANGE '2020-01-01' .. '2021-01-01') RETAIN 1 YEAR FROM \"load\" BOUND "
        "020 ROWS; -- end"};
    struct weir_arena *arena = weir_arena_create(1 << 22);
    for (size_t i = 0; i < WEIR_COUNT(spellings); i++) {
        char *text = weir_policy_print(arena, weir_test_read(arena, spellings[i]));
        assert_string_equal(text, canonical);
    }
    weir_arena_destroy(arena);
}

static void hash_is_of_the_canonical_text(void **state) {
    (void)state;
    struct weir_arena *arena = weir_arena_create(1 << 20);
    uint8_t hash[WEIR_POLICY_HASH_BYTES], other[WEIR_POLICY_HASH_BYTES];
    /* printf 'POLICY "p" VERSION 1;\n' | sha256sum */
    static const uint8_t expected[WEIR_POLICY_HASH_BYTES] = {
        0xc8, 0x89, 0x41, 0x35, 0xe9, 0x6c, 0xfe, 0x57, 0xc1, 0xbb, 0x4c,
        0xf2, 0xd8, 0x20, 0xb9, 0xc7, 0x80, 0xd9, 0xe9, 0x51, 0x5d, 0x92,
        0x89, 0x74, 0x69, 0x57, 0x9f, 0x32, 0xf9, 0x75, 0x9e, 0xde};
    assert_true(weir_policy_hash(arena, weir_test_read(arena, "policy \"p\"  version 1 ;"), hash));
    assert_memory_equal(hash, expected, sizeof hash);
    assert_true(weir_policy_hash(arena, weir_test_read(arena, "POLICY \"p\" VERSION 2;"), other));
    assert_memory_not_equal(hash, other, sizeof hash);
    weir_arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_models),
        cmocka_unit_test(examples),
        cmocka_unit_test(one_text_for_all_spellings),
        cmocka_unit_test(hash_is_of_the_canonical_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
