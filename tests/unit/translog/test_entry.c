/* Entries: their exact text, and that only this text is read back. */
#include "translog/entry.h"
#include "translog/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

#define HASH "0101010101010101010101010101010101010101010101010101010101010101"
#define OTHER "02020202020202020202020202020202020202020202020202020202020202ff"
#define ID "03030303030303030303030303030303"

static const int64_t NOW = INT64_C(1795523696) * 1000000 + 999999; /* 2026-11-24T12:34:56.999999Z */
static uint8_t hash[32], other[32], id[16];

static int prepare(void **state) {
    (void)state;
    memset(hash, 1, sizeof hash);
    memset(other, 2, sizeof other);
    other[31] = 0xff;
    memset(id, 3, sizeof id);
    return 0;
}

static struct weir_entry_question question(void) {
    static const char *const columns[] = {"census.person.age", "census.person.\xc3\xa9tat"};
    return (struct weir_entry_question){
        .id = id,
        .purpose = "income_statistics",
        .role = "analyst",
        .analyst = "a7f3",
        .question = "SELECT count(*) FROM census.person WHERE \"x\" > $1",
        .column_count = 2,
        .columns = columns,
        .policy_hash = hash,
        .price = {.femto_rho = 123456789012345, .selection_delta = 7},
        .commitment = other,
        .data_version = 4,
    };
}

static void assert_parses(const struct weir_buffer *entry, struct weir_entry_facts *facts) {
    struct weir_error error = {0};
    assert_true(weir_entry_parse(entry->bytes, entry->len, facts, &error).ok);
}

static void start_and_policy(void **state) {
    (void)state;
    struct weir_buffer out = {0};
    struct weir_error error = {0};
    struct weir_entry_facts facts;
    struct weir_entry_start start = {.program = "weir 0.1.0", .policy_hash = hash};
    assert_true(weir_entry_print_start(&start, NOW, &out, &error).ok);
    assert_string_equal(out.bytes,
                        "{\"kind\":\"START\",\"policy_hash\":\"" HASH
                        "\",\"program\":\"weir 0.1.0\",\"time\":\"2026-11-24T12:34:56Z\"}");
    assert_parses(&out, &facts);
    assert_int_equal(facts.kind, WEIR_ENTRY_START);
    assert_memory_equal(facts.hash, hash, 32);
    weir_buffer_clear(&out);
    struct weir_entry_policy policy = {
        .name = "n", .version = 7, .hash = other, .text = "POLICY \"n\"\nVERSION 7;\t\xe2\x82\xac"};
    assert_true(weir_entry_print_policy(&policy, NOW, &out, &error).ok);
    assert_string_equal(
        out.bytes, "{\"hash\":\"" OTHER "\",\"kind\":\"POLICY\",\"name\":\"n\",\"text\":\"POLICY "
                   "\\\"n\\\"\\nVERSION 7;\\t\\u20AC\",\"time\":\"2026-11-24T12:34:56Z\","
                   "\"version\":7}");
    assert_parses(&out, &facts);
    assert_int_equal(facts.kind, WEIR_ENTRY_POLICY);
    assert_int_equal(facts.version, 7);
    assert_memory_equal(facts.hash, other, 32);
    weir_buffer_free(&out);
}

static void load_and_question(void **state) {
    (void)state;
    struct weir_buffer out = {0};
    struct weir_error error = {0};
    struct weir_entry_facts facts;
    struct weir_entry_load load = {
        .table = "census.person", .version = 2, .rounded_rows = 49000, .digest = hash};
    assert_true(weir_entry_print_load(&load, NOW, &out, &error).ok);
    assert_string_equal(out.bytes,
                        "{\"digest\":\"" HASH
                        "\",\"kind\":\"LOAD\",\"rounded_rows\":49000,\"table\":\"census.person\","
                        "\"time\":\"2026-11-24T12:34:56Z\",\"version\":2}");
    assert_parses(&out, &facts);
    assert_int_equal(facts.kind, WEIR_ENTRY_LOAD);
    assert_string_equal(facts.table, "census.person");
    assert_int_equal(facts.version, 2);
    assert_memory_equal(facts.hash, hash, 32);
    weir_buffer_clear(&out);
    struct weir_entry_question asked = question();
    assert_true(weir_entry_print_question(&asked, NOW, &out, &error).ok);
    assert_string_equal(
        out.bytes,
        "{\"analyst\":\"a7f3\",\"columns\":[\"census.person.age\",\"census.person.\\u00E9tat\"],"
        "\"commitment\":\"" OTHER "\",\"data_version\":4,\"id\":\"" ID
        "\",\"kind\":\"QUESTION\",\"policy_hash\":\"" HASH
        "\",\"price\":{\"femto_rho\":123456789012345,\"selection_delta\":7},\"purpose\":"
        "\"income_statistics\",\"question\":\"SELECT count(*) FROM census.person WHERE \\\"x\\\" > "
        "$1\","
        "\"role\":\"analyst\",\"time\":\"2026-11-24T12:34:56Z\"}");
    assert_parses(&out, &facts);
    assert_int_equal(facts.kind, WEIR_ENTRY_QUESTION);
    assert_memory_equal(facts.id, id, 16);
    assert_memory_equal(facts.hash, hash, 32);
    assert_memory_equal(facts.commitment, other, 32);
    assert_int_equal(facts.price.femto_rho, 123456789012345);
    assert_int_equal(facts.price.selection_delta, 7);
    assert_int_equal(facts.time, NOW / 1000000 * 1000000);
    assert_string_equal(facts.purpose, "income_statistics");
    assert_string_equal(facts.role, "analyst");
    weir_buffer_free(&out);
}

static void answer_and_repeat(void **state) {
    (void)state;
    struct weir_buffer out = {0};
    struct weir_error error = {0};
    struct weir_entry_facts facts;
    struct weir_entry_answer answer = {.id = id, .digest = hash, .rows = 2};
    assert_true(weir_entry_print_answer(&answer, NOW, &out, &error).ok);
    assert_string_equal(out.bytes, "{\"digest\":\"" HASH "\",\"id\":\"" ID
                                   "\",\"kind\":\"ANSWER\",\"outcome\":\"given\",\"rows\":2,"
                                   "\"time\":\"2026-11-24T12:34:56Z\"}");
    assert_parses(&out, &facts);
    assert_int_equal(facts.kind, WEIR_ENTRY_ANSWER);
    assert_true(facts.has_digest);
    assert_memory_equal(facts.hash, hash, 32);
    assert_int_equal(facts.outcome, WEIR_ANSWER_GIVEN);
    weir_buffer_clear(&out);
    answer = (struct weir_entry_answer){.id = id, .outcome = WEIR_ANSWER_FAILED};
    assert_true(weir_entry_print_answer(&answer, NOW, &out, &error).ok);
    assert_string_equal(out.bytes, "{\"id\":\"" ID "\",\"kind\":\"ANSWER\",\"outcome\":\"failed\","
                                   "\"rows\":0,\"time\":\"2026-11-24T12:34:56Z\"}");
    assert_parses(&out, &facts);
    assert_false(facts.has_digest);
    assert_int_equal(facts.outcome, WEIR_ANSWER_FAILED);
    weir_buffer_clear(&out);
    struct weir_entry_repeat repeat = {.id = id, .purpose = "p", .analyst = "a", .times = 12};
    assert_true(weir_entry_print_repeat(&repeat, NOW, &out, &error).ok);
    assert_string_equal(out.bytes, "{\"analyst\":\"a\",\"id\":\"" ID
                                   "\",\"kind\":\"REPEAT\",\"purpose\":\"p\",\"time\":"
                                   "\"2026-11-24T12:34:56Z\",\"times\":12}");
    assert_parses(&out, &facts);
    assert_int_equal(facts.kind, WEIR_ENTRY_REPEAT);
    assert_memory_equal(facts.id, id, 16);
    weir_buffer_free(&out);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    struct weir_buffer out = {0};
    struct weir_error error = {0};
    static char text[WEIR_LOG_ENTRY_MAX + 1];
    memset(text, 'a', sizeof text - 1);
    struct weir_entry_policy policy = {.name = "n", .version = 1, .hash = hash, .text = text};
    assert_false(weir_entry_print_policy(&policy, NOW, &out, &error).ok);
    assert_int_equal(error.class, WEIR_ERROR_LIMIT);
    text[WEIR_LOG_ENTRY_MAX - 200] = '\0';
    weir_error_clear(&error);
    assert_true(weir_entry_print_policy(&policy, NOW, &out, &error).ok);
    assert_true(out.len <= WEIR_LOG_ENTRY_MAX);
    text[256] = '\0';
    struct weir_entry_load load = {.table = text, .digest = hash};
    assert_false(weir_entry_print_load(&load, NOW, &out, &error).ok);
    assert_int_equal(error.class, WEIR_ERROR_LIMIT);
    weir_buffer_free(&out);
}

static void texts_must_be_utf8(void **state) {
    (void)state;
    static const char *const texts[] = {"\xff", "a\xc3", "\xed\xa0\x80"};
    for (size_t i = 0; i < WEIR_COUNT(texts); i++) {
        struct weir_buffer out = {0};
        struct weir_error error = {0};
        struct weir_entry_question asked = question();
        asked.question = texts[i];
        assert_false(weir_entry_print_question(&asked, NOW, &out, &error).ok);
        assert_int_equal(error.class, WEIR_ERROR_INVALID);
        asked = question();
        asked.columns = &texts[i];
        asked.column_count = 1;
        weir_error_clear(&error);
        assert_false(weir_entry_print_question(&asked, NOW, &out, &error).ok);
        assert_int_equal(out.len, 0);
        weir_buffer_free(&out);
    }
}

static bool parses(const char *text) {
    struct weir_error error = {0};
    struct weir_entry_facts facts;
    bool ok = weir_entry_parse(text, strlen(text), &facts, &error).ok;
    assert_int_equal(ok, !weir_error_is_set(&error));
    return ok;
}

#define TIME "\"time\":\"2026-11-24T12:34:56Z\""

static void only_the_canonical_form_is_read(void **state) {
    (void)state;
    assert_true(
        parses("{\"kind\":\"START\",\"policy_hash\":\"" HASH "\",\"program\":\"w\"," TIME "}"));
    static const char *const texts[] = {
        "", "{}", "[]", "null", "1", "\"START\"", "{\"kind\":\"START\"}", "{\"kind\":1," TIME "}",
        /* white space, order, escapes, duplicates, trailing bytes */
        "{\"kind\": \"START\",\"policy_hash\":\"" HASH "\",\"program\":\"w\"," TIME "}",
        "{\"policy_hash\":\"" HASH "\",\"kind\":\"START\",\"program\":\"w\"," TIME "}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH "\",\"program\":\"\\u0077\"," TIME "}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH "\",\"program\":\"\xc3\xa9\"," TIME "}",
        "{\"kind\":\"START\",\"kind\":\"START\",\"policy_hash\":\"" HASH
        "\",\"program\":\"w\"," TIME "}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH "\",\"program\":\"w\"," TIME "}\n",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH "\",\"program\":\"w\"," TIME "}{}",
        /* fields missing, unknown, of another type or form */
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH "\"," TIME "}",
        "{\"extra\":1,\"kind\":\"START\",\"policy_hash\":\"" HASH "\",\"program\":\"w\"," TIME "}",
        "{\"kind\":\"STOP\",\"policy_hash\":\"" HASH "\",\"program\":\"w\"," TIME "}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH "00\",\"program\":\"w\"," TIME "}",
        "{\"kind\":\"START\",\"policy_hash\":\"\",\"program\":\"w\"," TIME "}",
        "{\"kind\":\"START\",\"policy_hash\":1,\"program\":\"w\"," TIME "}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH "\",\"program\":2," TIME "}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH
        "\",\"program\":\"w\",\"time\":\"2026-11-24\"}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH
        "\",\"program\":\"w\",\"time\":\"2026-11-24 12:34:56Z\"}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH
        "\",\"program\":\"w\",\"time\":\"2026-13-24T12:34:56Z\"}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH
        "\",\"program\":\"w\",\"time\":\"2026-11-00T12:34:56Z\"}",
        "{\"kind\":\"START\",\"policy_hash\":\"" HASH
        "\",\"program\":\"w\",\"time\":\"2026-11-24T24:00:00Z\"}",
        "{\"analyst\":\"a\",\"id\":\"" ID "\",\"kind\":\"REPEAT\",\"purpose\":\"p\"," TIME
        ",\"times\":-1}",
        "{\"analyst\":\"a\",\"id\":\"" ID "\",\"kind\":\"REPEAT\",\"purpose\":\"p\"," TIME
        ",\"times\":1.0}",
        "{\"analyst\":\"a\",\"id\":\"0G\",\"kind\":\"REPEAT\",\"purpose\":\"p\"," TIME
        ",\"times\":1}",
        "{\"digest\":null,\"id\":\"" ID
        "\",\"kind\":\"ANSWER\",\"outcome\":\"given\",\"rows\":2," TIME "}",
        "{\"id\":\"" ID "\",\"kind\":\"ANSWER\",\"outcome\":\"maybe\",\"rows\":2," TIME "}",
        "{\"kind\":\"POLICY\",\"policy_hash\":\"" HASH "\",\"program\":\"w\"," TIME "}"};
    for (size_t i = 0; i < WEIR_COUNT(texts); i++)
        assert_false(parses(texts[i]));
}

static void every_cut_is_refused(void **state) {
    (void)state;
    struct weir_buffer out = {0};
    struct weir_error error = {0};
    struct weir_entry_facts facts;
    struct weir_entry_question asked = question();
    assert_true(weir_entry_print_question(&asked, NOW, &out, &error).ok);
    for (size_t len = 0; len < out.len; len++) {
        weir_error_clear(&error);
        assert_false(weir_entry_parse(out.bytes, len, &facts, &error).ok);
    }
    weir_buffer_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_and_policy),     cmocka_unit_test(load_and_question),
        cmocka_unit_test(answer_and_repeat),    cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(texts_must_be_utf8),   cmocka_unit_test(only_the_canonical_form_is_read),
        cmocka_unit_test(every_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
