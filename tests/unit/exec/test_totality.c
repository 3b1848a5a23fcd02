/* Every row of the allow-list, with the worst values of its arguments' types as columns of a table:
 * a value of the declared type or NULL comes out, never an error, never a number that is not
 * finite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "backend_fixture.h"

#include "catalog/functions.h"
#include "sql/emit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define BOOLEAN WEIR_TYPE_BOOLEAN
#define INTEGER WEIR_TYPE_INTEGER
#define BIGINT WEIR_TYPE_BIGINT
#define NUMERIC WEIR_TYPE_NUMERIC
#define DOUBLE WEIR_TYPE_DOUBLE
#define TEXT WEIR_TYPE_TEXT
#define DATE WEIR_TYPE_DATE
#define TIMESTAMP WEIR_TYPE_TIMESTAMP
#define VARIADIC(type) (WEIR_FUNCTION_VARIADIC | (int)(type))
#define LIST(...) __VA_ARGS__
#define LENGTH(...) (sizeof((int[]){__VA_ARGS__}) / sizeof(int))
#define FUNCTION(name, shown, result, arguments, duckdb)                                           \
    {name, shown, result, {LIST arguments}, LENGTH arguments, duckdb},

static const struct weir_function functions[] = {
#include "catalog/functions.def"
};

enum { COMBINATIONS_MAX = 3000, CONSTANT_CALLS_MAX = 12, VARIADIC_MAX = 3 };

/* The values, NULL first. A column of DOUBLE holds finite numbers only: what is loaded is checked,
 * and so is what a call returns. Decimals of one type can have several scales, one a column. */
static const struct values {
    enum weir_type type;
    const char
        *columns[VARIADIC_MAX]; /* for the first, second and third argument; NULL = the first */
} all_values[] = {
    {BOOLEAN, {"[NULL, true, false]::BOOLEAN[]"}},
    {INTEGER,
     {"[NULL, 0, 1, -1, 2, -2, 7, -7, 10, 100, 65536, 2147483647, -2147483648, 2147483646, "
      "-2147483647]::INTEGER[]"}},
    {BIGINT,
     {"[NULL, 0, 1, -1, 2, -7, 10, 2147483647, 2147483648, -2147483648, -2147483649, 3037000500, "
      "-3037000500, 9223372036854775807, -9223372036854775808]::BIGINT[]"}},
    {NUMERIC,
     {"[NULL, '0', '1', '-1', '5', '2147483648', '9223372036854775808', '-9223372036854775809', "
      "'99999999999999999999999999999999999999', '-99999999999999999999999999999999999999']"
      "::DECIMAL(38, 0)[]",
      "[NULL, '0', '0.5', '-0.5', '0.00000000000000000000000000000000000001', "
      "'0.99999999999999999999999999999999999999', '0.1', '-0.1', '0.25', '0.75']"
      "::DECIMAL(38, 38)[]",
      "[NULL, '0', '0.5', '1.5', '-2.5', '9999999999.99', '-9999999999.99', '1', '-1', '7']"
      "::DECIMAL(12, 2)[]"}},
    {DOUBLE,
     {"[NULL, '0', '-0', '1', '-1', '0.5', '-0.5', '1.5', '2.5', '-2.5', '0.1', '1e-10', '5e-324', "
      "'-5e-324', '1e308', '-1e308', '1.7976931348623157e308', '-1.7976931348623157e308', "
      "'2147483647.5', '2147483648', '-2147483648.5', '-2147483649', '9223372036854775807', "
      "'-9223372036854775808', '9223372036854774784']::DOUBLE[]"}},
    {TEXT,
     {"[NULL, '', ' ', 'a', 'A%', '%', '_', '\\', 'a\\', '%a%_', 'abc', 'é', '日本', '🌊', "
      "chr(769), '1', '-1', ' 12 ', '1.5', '1e400', '1e-400', 'nan', 'inf', '-Infinity', "
      "'2147483648', '9223372036854775808', 'true', 'yes', '2020-02-29', '2020-02-30', "
      "'0001-01-01', 'infinity', 'epoch', '2020-01-01 00:00:00+05', '24:00:00', chr(10), chr(1), "
      "repeat('a', 100000), repeat('9', 100000), repeat('%a', 50000), repeat('_', 5000), "
      "repeat('(', 5000), repeat('[]*+?{}|^$.', 400)]::VARCHAR[]"}},
    {DATE,
     {"[NULL, '1970-01-01', '1969-12-31', '0001-01-01', '0001-01-01 (BC)', '9999-12-31', "
      "'2020-02-29', '1600-02-29', '2021-01-03', 'infinity', '-infinity', '5877642-06-25 (BC)', "
      "'5881580-07-10']::DATE[]"}},
    {TIMESTAMP,
     {"[NULL, '1970-01-01 00:00:00', '1969-12-31 23:59:59.999999', '0001-01-01 00:00:00', "
      "'0001-01-01 (BC) 00:00:00', '9999-12-31 23:59:59.999999', '2020-02-29 12:00:00', "
      "'infinity', "
      "'-infinity', '290309-12-22 (BC) 00:00:00', '294247-01-10 04:00:54.775806']::TIMESTAMP[]"}},
};

static struct fixture fixture;

/* main.rows has one column a type and place: t<type>_<place>; shorter lists end in NULLs. */
static int set_up(void **state) {
    struct weir_buffer sql = {0};
    (void)state;
    weir_buffer_text(&sql, "CREATE TABLE rows AS SELECT range::INTEGER AS i");
    for (size_t t = 0; t < WEIR_COUNT(all_values); t++)
        for (size_t k = 0; k < VARIADIC_MAX && all_values[t].columns[k] != NULL; k++)
            weir_buffer_printf(&sql, ", (%s)[range + 1] AS t%d_%zu", all_values[t].columns[k],
                               (int)all_values[t].type, k);
    weir_buffer_text(&sql, " FROM range(60)");
    assert_false(sql.failed);
    fixture_open(&fixture, sql.bytes);
    weir_buffer_free(&sql);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* ---- one call ---- */

struct made_call {
    const struct weir_function *function;
    size_t count;
    struct weir_expression arguments[WEIR_FUNCTION_ARGUMENTS_MAX];
    const struct weir_expression *pointers[WEIR_FUNCTION_ARGUMENTS_MAX];
    struct weir_expression expression;
};

/* A call over columns c0, c1, ... */
static void make_call(struct made_call *call, const struct weir_function *function, size_t count) {
    *call = (struct made_call){.function = function, .count = count};
    for (size_t i = 0; i < count; i++) {
        call->arguments[i] = (struct weir_expression){.kind = WEIR_EXPRESSION_COLUMN,
                                                      .type = weir_function_argument(function, i)};
        call->arguments[i].as.column = i;
        call->pointers[i] = &call->arguments[i];
    }
    call->expression =
        (struct weir_expression){.kind = WEIR_EXPRESSION_CALL, .type = function->result};
    call->expression.as.call.function = function;
    call->expression.as.call.count = count;
    call->expression.as.call.arguments = call->pointers;
}

static const struct values *values_of(enum weir_type type) {
    for (size_t i = 0; i < WEIR_COUNT(all_values); i++)
        if (all_values[i].type == type)
            return &all_values[i];
    fail_msg("no values of type %s", weir_type_name(type));
    return NULL;
}

static size_t count_values(enum weir_type type) {
    const char *text = values_of(type)->columns[0];
    size_t count = 1;
    for (int depth = 0; *text != '\0'; text++) {
        depth += (*text == '(') - (*text == ')');
        count += *text == ',' && depth == 0;
    }
    return count;
}

static size_t combinations(const struct made_call *call) {
    size_t total = 1;
    for (size_t i = 0; i < call->count; i++)
        total *= count_values(call->arguments[i].type);
    return total;
}

/* sql/bind_numeric.c compares decimals of up to 18 digits only. */
static bool takes_narrow_decimals(const struct made_call *call) {
    return call->count == 2 && call->function->result == BOOLEAN &&
           call->arguments[0].type == NUMERIC && call->arguments[1].type == NUMERIC;
}

/* FROM and WHERE that give every combination of values, or an even sample of them. */
static void emit_rows(struct weir_emission *emission, const struct made_call *call,
                      size_t keep_one_in) {
    for (size_t i = 0; i < call->count; i++) {
        enum weir_type type = call->arguments[i].type;
        size_t place = values_of(type)->columns[i % VARIADIC_MAX] == NULL ? 0 : i % VARIADIC_MAX;
        weir_buffer_printf(&emission->sql, "%s(SELECT i AS i%zu, ", i == 0 ? " FROM " : ", ", i);
        if (takes_narrow_decimals(call))
            weir_buffer_printf(&emission->sql, "TRY_CAST(t%d_%zu AS DECIMAL(18, %zu))", (int)type,
                               place, 18 * i);
        else
            weir_buffer_printf(&emission->sql, "t%d_%zu", (int)type, place);
        weir_buffer_printf(&emission->sql, " AS c%zu FROM city.people WHERE i < %zu)", i,
                           count_values(type));
    }
    weir_buffer_text(&emission->sql, " WHERE (0");
    static const int strides[] = {7919, 104729, 1299709, 15485863};
    for (size_t i = 0; i < call->count; i++)
        weir_buffer_printf(&emission->sql, " + i%zu * %d", i, strides[i]);
    weir_buffer_printf(&emission->sql, ") %% %zu = 0", keep_one_in);
}

static void name_call(const struct made_call *call, char *name, size_t size) {
    size_t len = (size_t)snprintf(name, size, "%s(", call->function->name);
    for (size_t i = 0; i < call->count && len < size; i++)
        len += (size_t)snprintf(name + len, size - len, "%s%s", i == 0 ? "" : ", ",
                                weir_type_name(call->arguments[i].type));
    if (len < size)
        snprintf(name + len, size - len, ") -> %s", weir_type_name(call->function->result));
}

static weir_status run(struct weir_arena *arena, struct weir_emission *emission,
                       struct weir_rows *rows) {
    struct weir_error error = {0};
    const struct weir_value *constants = emission->constants;
    size_t count = emission->constant_count;
    const char *sql = weir_emission_finish(emission);
    assert_non_null(sql);
    return fixture.backend->operations->query(fixture.backend, arena, NULL, sql, constants, count,
                                              200000, rows, &error);
}

/* Prints the first combinations that fail by themselves. */
static void find_culprits(const struct made_call *call, const char *name) {
    int printed = 0;
    size_t total = combinations(call);
    for (size_t n = 0; n < total && printed < 5; n++) {
        struct weir_arena *arena = weir_arena_create((size_t)64 << 20);
        struct weir_emission emission = {.arena = arena};
        struct weir_rows rows;
        size_t rest = n;
        weir_buffer_text(&emission.sql, "SELECT ");
        weir_emit_expression(&emission, &call->expression);
        emit_rows(&emission, call, 1);
        for (size_t i = 0; i < call->count; i++) {
            size_t size = count_values(call->arguments[i].type);
            weir_buffer_printf(&emission.sql, " AND i%zu = %zu", i, rest % size);
            rest /= size;
        }
        if (!run(arena, &emission, &rows).ok) {
            print_error("%s: an error at combination %zu of %zu\n", name, n, total);
            printed++;
        }
        weir_arena_destroy(arena);
    }
}

static int check_result(const struct made_call *call, const char *name,
                        const struct weir_rows *rows) {
    int failed = 0;
    if (rows->types[0] != call->function->result) {
        print_error("%s: gives %s\n", name, weir_type_name(rows->types[0]));
        return 1;
    }
    for (size_t row = 0; row < rows->row_count; row++) {
        const struct weir_value *value = &rows->values[row * rows->column_count];
        if (value->is_null || value->type != WEIR_TYPE_DOUBLE || isfinite(value->as.number))
            continue;
        if (failed++ < 5) {
            print_error("%s: gives %g for the values", name, value->as.number);
            for (size_t i = 0; i < call->count; i++)
                print_error(" %lld", (long long)value[i + 1].as.integer);
            print_error("\n");
        }
    }
    return failed;
}

static int check_columns(const struct made_call *call, const char *name) {
    struct weir_arena *arena = weir_arena_create((size_t)512 << 20);
    struct weir_emission emission = {.arena = arena};
    struct weir_rows rows;
    weir_buffer_text(&emission.sql, "SELECT ");
    weir_emit_expression(&emission, &call->expression);
    for (size_t i = 0; i < call->count; i++)
        weir_buffer_printf(&emission.sql, ", i%zu", i);
    emit_rows(&emission, call, combinations(call) / COMBINATIONS_MAX + 1);
    int failed = 1;
    if (run(arena, &emission, &rows).ok) {
        assert_true(rows.row_count > 0);
        failed = check_result(call, name, &rows);
    } else {
        print_error("%s: an error among columns\n", name);
        find_culprits(call, name);
    }
    weir_arena_destroy(arena);
    return failed;
}

/* ---- the same with constants, which the engine computes while it plans ---- */

static int check_constants(const struct made_call *call, const char *name) {
    struct weir_arena *arena = weir_arena_create((size_t)512 << 20);
    struct weir_emission emission = {.arena = arena};
    struct weir_rows rows, answer;
    int failed = 0;
    weir_buffer_text(&emission.sql, "SELECT ");
    for (size_t i = 0; i < call->count; i++)
        weir_buffer_printf(&emission.sql, "%sc%zu", i == 0 ? "" : ", ", i);
    emit_rows(&emission, call, combinations(call) / CONSTANT_CALLS_MAX + 1);
    assert_true(run(arena, &emission, &rows).ok);
    for (size_t row = 0; row < rows.row_count && row < CONSTANT_CALLS_MAX; row++) {
        struct made_call constant;
        make_call(&constant, call->function, call->count);
        for (size_t i = 0; i < call->count; i++) {
            constant.arguments[i].kind = WEIR_EXPRESSION_CONSTANT;
            constant.arguments[i].as.constant = rows.values[row * rows.column_count + i];
        }
        emission = (struct weir_emission){.arena = arena};
        weir_buffer_text(&emission.sql, "SELECT ");
        weir_emit_expression(&emission, &constant.expression);
        if (run(arena, &emission, &answer).ok) {
            failed += check_result(
                call, name, &(struct weir_rows){1, answer.row_count, answer.types, answer.values});
        } else {
            print_error("%s: an error with constants, row %zu\n", name, row);
            failed++;
        }
    }
    weir_arena_destroy(arena);
    return failed;
}

/* ---- tests ---- */

static size_t fewest_arguments(const struct weir_function *function) {
    if (!weir_function_is_variadic(function))
        return function->argument_count;
    return strstr(function->duckdb, "$2*") != NULL ? 2 : 1;
}

static size_t most_arguments(const struct weir_function *function) {
    return weir_function_is_variadic(function) ? VARIADIC_MAX : function->argument_count;
}

static int check_function(const struct weir_function *function,
                          int (*check)(const struct made_call *call, const char *name)) {
    int failed = 0;
    for (size_t count = fewest_arguments(function); count <= most_arguments(function); count++) {
        struct made_call call;
        char name[200];
        make_call(&call, function, count);
        name_call(&call, name, sizeof name);
        failed += check(&call, name);
    }
    return failed;
}

static void test_columns(void **state) {
    int failed = 0;
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(functions); i++)
        failed += check_function(&functions[i], check_columns);
    assert_int_equal(failed, 0);
}

static void test_constants(void **state) {
    int failed = 0;
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(functions); i++)
        failed += check_function(&functions[i], check_constants);
    assert_int_equal(failed, 0);
}

/* A nest of calls must stay as long as it is written: an argument that a spelling repeats would
 * double it at every level. */
static void test_no_argument_is_repeated(void **state) {
    (void)state;
    for (size_t i = 0; i < WEIR_COUNT(functions); i++) {
        size_t uses[10] = {0};
        for (const char *at = functions[i].duckdb; (at = strchr(at, '$')) != NULL; at++)
            if (at[1] != '*' && ++uses[at[1] - '0'] > 1)
                fail_msg("%s repeats an argument: %s", functions[i].name, functions[i].duckdb);
    }
}

static void test_deep_nest(void **state) {
    struct weir_buffer sql = {0};
    struct weir_rows rows;
    (void)state;
    weir_buffer_text(&sql, "SELECT ");
    for (int i = 0; i < 150; i++)
        weir_buffer_text(&sql, "weir_finite(");
    weir_buffer_printf(&sql, "t%d_0", (int)DOUBLE);
    for (int i = 0; i < 150; i++)
        weir_buffer_text(&sql, " + 1)");
    weir_buffer_text(&sql, " FROM city.people WHERE i = 1");
    assert_true(fixture_query(&fixture, sql.bytes, &rows).ok);
    assert_true(rows.values[0].as.number >= 150 && rows.values[0].as.number <= 150);
    weir_buffer_free(&sql);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_no_argument_is_repeated),
        cmocka_unit_test(test_deep_nest),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
