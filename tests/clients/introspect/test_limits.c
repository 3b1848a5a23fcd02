/* What bounds a catalog query, what it can never show, and that no text brings the shadow down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cases.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { MUTANTS = 500 };

static const char *folder;
static struct fixture fixture;

static int set_up(void **state) {
    (void)state;
    char path[4096];
    snprintf(path, sizeof path, "%s/clients.weir", folder);
    fixture_open(&fixture, path);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void expect(const char *sql, const char *beginning) {
    struct weir_buffer answer = {0};
    fixture_ask(&fixture, sql, strlen(sql), NULL, 0, &answer);
    if (strncmp(answer.bytes, beginning, strlen(beginning)) != 0)
        fail_msg("%.500s\ngave %.500s", sql, answer.bytes);
    weir_buffer_free(&answer);
}

static void test_time(void **state) {
    (void)state;
    expect("SELECT count(*) FROM pg_type a, pg_type b, pg_type c, pg_type d, pg_type e",
           "-- ! 57014");
    expect("SELECT 1 FROM pg_type", "-- > ");
}

static void test_rows(void **state) {
    (void)state;
    expect("SELECT a.oid FROM pg_type a, pg_type b, pg_type c", "-- ! 54000");
    expect("SELECT * FROM generate_series(1, 1000000000)", "-- ! 54000");
    expect("SELECT * FROM generate_series(1, 3, 0)", "-- ! 54000");
}

/* Which limit is met first depends on the machine: 53200, 54000 or 57014. */
static void test_memory(void **state) {
    (void)state;
    expect("SELECT array_agg(a.typname ORDER BY b.typname) FROM pg_type a, pg_type b, pg_type c",
           "-- ! 5");
    expect("WITH RECURSIVE x(n) AS (SELECT 'a'::text UNION ALL SELECT n || n FROM x) "
           "SELECT max(length(n)) FROM x, pg_am",
           "-- ! 5");
    expect("WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) "
           "SELECT n FROM x, pg_am WHERE n < 0",
           "-- ! 5");
}

/* What the C library's regular expressions would not end with, or not within memory. */
static void test_patterns(void **state) {
    (void)state;
    expect("SELECT 'aa' ~ '((((((((((((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+"
           ")+)+)+)+' FROM pg_am",
           "-- ! 2201B");
    expect("SELECT 'aa' ~ 'a++++++++++++++++++++++++++++++++++++++' FROM pg_am", "-- ! 2201B");
    expect("SELECT 'aa' ~ '(a{9}){9}' FROM pg_am", "-- ! 2201B");
    expect("SELECT 'aa' ~ '(a)\\1' FROM pg_am", "-- ! 2201B");
    expect("SELECT 'aa' ~ '(' FROM pg_am", "-- ! 2201B");
    expect("SELECT 'abc' ~ '^(?:a+?b)c*$' FROM pg_am LIMIT 1", "-- > ?column? bool\n-- > t\n");
    expect("SELECT 'a%c' LIKE '%\\%%', 'abc' LIKE 'a_' FROM pg_am LIMIT 1",
           "-- > ?column? bool|?column? bool\n-- > t|f\n");
}

static void test_nesting(void **state) {
    (void)state;
    struct weir_buffer sql = {0};
    weir_buffer_text(&sql, "SELECT count(*) FROM ");
    for (int i = 0; i < 60; i++)
        weir_buffer_text(&sql, "(SELECT * FROM ");
    weir_buffer_text(&sql, "pg_class");
    for (int i = 0; i < 60; i++)
        weir_buffer_text(&sql, ") x");
    expect(sql.bytes, "-- ");
    weir_buffer_clear(&sql);
    weir_buffer_text(&sql, "SELECT 1 FROM pg_class WHERE ");
    for (int i = 0; i < 3000; i++)
        weir_buffer_printf(&sql, "%soid = %d", i == 0 ? "" : " OR ", i);
    expect(sql.bytes, "-- ");
    weir_buffer_clear(&sql);
    weir_buffer_text(&sql, "SELECT 1 FROM pg_am");
    for (int i = 0; i < 100; i++)
        weir_buffer_printf(&sql, " NATURAL JOIN pg_am AS a%d", i);
    expect(sql.bytes, "-- ! 0A000");
    weir_buffer_free(&sql);
}

/* Every table can be read, and none tells of columns that are identifying or not granted, of tables
 * and purposes of others. */
static void test_nothing_hidden_shows(void **state) {
    (void)state;
    static const struct {
        const char *schema, *name;
    } tables[] = {
#define WEIR_SHADOW_TABLE(oid, schema, name, columns) {schema, name},
#include "wire/shadow_tables.def"
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct weir_buffer answer = {0};
        char sql[300];
        snprintf(sql, sizeof sql, "SELECT * FROM %s.%s", tables[i].schema, tables[i].name);
        fixture_ask(&fixture, sql, strlen(sql), NULL, 0, &answer);
        if (strncmp(answer.bytes, "-- > ", 5) != 0 || strstr(answer.bytes, "secret") != NULL ||
            strstr(answer.bytes, "surname") != NULL)
            fail_msg("%s\ngave %.2000s", sql, answer.bytes);
        weir_buffer_free(&answer);
    }
}

/* The same numbers in every run (xorshift). */
static uint32_t next_number(uint32_t limit) {
    static uint32_t number = 2463534242;
    number ^= number << 13;
    number ^= number >> 17;
    number ^= number << 5;
    return number % limit;
}

struct corpus {
    char *texts[5];
    size_t count;
    struct client_case cases[400];
};

static void read_corpus(struct corpus *corpus) {
    static const char *const names[] = {"psql", "jdbc", "python", "tools", "language"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.sql", folder, names[i]);
        corpus->texts[i] = fixture_read_file(path);
        const char *at = corpus->texts[i];
        while (corpus->count < 400 && cases_next(&at, &corpus->cases[corpus->count]))
            corpus->count++;
    }
}

static void release_corpus(struct corpus *corpus) {
    for (size_t i = 0; i < corpus->count; i++)
        cases_release(&corpus->cases[i]);
    for (size_t i = 0; i < 5; i++)
        free(corpus->texts[i]);
}

struct word {
    const char *at;
    size_t len;
};

/* A word of the query, chosen at random: a name, a number, a literal, or one other byte. */
static struct word pick_word(const struct client_case *from) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'$";
    size_t place = next_number((uint32_t)from->sql_len);
    struct word word = {from->sql + place, 1};
    while (word.at > from->sql && strchr(letters, word.at[-1]) != NULL)
        word.at--;
    while (word.at + word.len < from->sql + from->sql_len && strchr(letters, word.at[0]) != NULL &&
           strchr(letters, word.at[word.len]) != NULL)
        word.len++;
    return word;
}

/* One word is left out, twice there, another one's, or what is seldom thought of. */
static void change_word(const struct client_case *from, const struct client_case *other,
                        struct weir_buffer *out) {
    static const char *const rare[] = {"NULL",       "'{}'", "-1",       "*",     "(SELECT 1)",
                                       "2147483647", "''",   "DISTINCT", "::oid", "ROW(1, 2)",
                                       "ARRAY[1]",   "$9",   "oid",      "||",    "pg_class"};
    struct word word = pick_word(from), others = pick_word(other);
    const char *end = from->sql + from->sql_len;
    weir_buffer_append(out, from->sql, (size_t)(word.at - from->sql));
    switch (next_number(8)) {
    case 0:
        break;
    case 1:
        weir_buffer_append(out, word.at, word.len);
        weir_buffer_append(out, word.at, word.len);
        break;
    case 2:
    case 3:
        weir_buffer_text(out, rare[next_number(sizeof rare / sizeof rare[0])]);
        break;
    default:
        weir_buffer_append(out, others.at, others.len);
        break;
    }
    weir_buffer_append(out, word.at + word.len, (size_t)(end - word.at) - word.len);
}

static void test_mutants(void **state) {
    (void)state;
    static struct corpus corpus;
    read_corpus(&corpus);
    assert_true(corpus.count > 150);
    for (int i = 0; i < MUTANTS; i++) {
        const struct client_case *from = &corpus.cases[next_number((uint32_t)corpus.count)];
        const struct client_case *other = &corpus.cases[next_number((uint32_t)corpus.count)];
        struct weir_buffer sql = {0}, answer = {0};
        change_word(from, other, &sql);
        fixture_ask(&fixture, sql.bytes, sql.len, from->parameters, from->parameter_count, &answer);
        bool told = strncmp(answer.bytes, "-- >", 4) == 0 || strncmp(answer.bytes, "-- !", 4) == 0;
        if (!told ||
            (strstr(answer.bytes, "secret") != NULL && strstr(sql.bytes, "secret") == NULL))
            fail_msg("%s\ngave %.2000s", sql.bytes, answer.bytes);
        weir_buffer_free(&sql);
        weir_buffer_free(&answer);
    }
    release_corpus(&corpus);
}

int main(int argc, char **argv) {
    folder = argc > 1 ? argv[1] : ".";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),    cmocka_unit_test(test_rows),
        cmocka_unit_test(test_memory),  cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_nesting), cmocka_unit_test(test_nothing_hidden_shows),
        cmocka_unit_test(test_mutants),
    };
    return cmocka_run_group_tests_name("introspection limits", tests, set_up, tear_down);
}
