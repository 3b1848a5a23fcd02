/* Expressions and conditions over whatever is in scope. */
#include "grammar_private.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

const char *grammar_text(struct grammar *grammar, const char *format, ...) {
    char small[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    weir_check(len >= 0);
    char *text = weir_arena_allocate(grammar->arena, (size_t)len + 1);
    weir_check(text != NULL);
    va_start(arguments, format);
    vsnprintf(text, (size_t)len + 1, format, arguments);
    va_end(arguments);
    return text;
}

bool grammar_chance(struct grammar *grammar, unsigned percent) {
    return draw_chance(grammar->draw, percent);
}

size_t grammar_below(struct grammar *grammar, size_t bound) {
    return draw_below(grammar->draw, bound);
}

void grammar_note(struct grammar *grammar, enum form form) {
    grammar->forms |= UINT64_C(1) << form;
}

/* ---- columns ---- */

bool grammar_is_plain(const struct field *field) {
    return field->key == NULL;
}

bool grammar_is_unit_key(const struct field *field) {
    return field->is_unit_key;
}

bool grammar_is_any_key(const struct field *field) {
    return field->key != NULL;
}

bool grammar_is_public_key(const struct field *field) {
    return field->is_public_key;
}

static bool is_number(const struct field *field) {
    return field->key == NULL && field->is_number;
}

static bool is_bounded(const struct field *field) {
    return field->key == NULL && field->is_bounded && field->is_number;
}

static bool is_text(const struct field *field) {
    return field->key == NULL && field->type == WEIR_TYPE_TEXT;
}

static bool is_date(const struct field *field) {
    return field->key == NULL &&
           (field->type == WEIR_TYPE_DATE || field->type == WEIR_TYPE_TIMESTAMP);
}

static bool is_boolean(const struct field *field) {
    return field->key == NULL && field->type == WEIR_TYPE_BOOLEAN;
}

const struct field *grammar_pick(struct grammar *grammar, const struct scope *scope,
                                 bool (*wanted)(const struct field *field)) {
    size_t found = 0;
    const struct field *picked = NULL;
    for (size_t i = 0; i < scope->count; i++)
        if (wanted(&scope->fields[i]) && grammar_below(grammar, ++found) == 0)
            picked = &scope->fields[i];
    return picked;
}

static const char *column(struct grammar *grammar, const struct scope *scope,
                          bool (*wanted)(const struct field *field)) {
    const struct field *field = grammar_pick(grammar, scope, wanted);
    return field == NULL ? NULL : field->text;
}

/* ---- numbers ---- */

static const char *numeral(struct grammar *grammar) {
    static const char *const numerals[] = {"0",   "1",   "2",          "3",  "5",
                                           "100", "1.5", "2147483647", "-1", "NULL"};
    return numerals[grammar_below(grammar, WEIR_COUNT(numerals) - !grammar_chance(grammar, 10))];
}

static const char *operation(struct grammar *grammar, const struct scope *scope, int depth) {
    static const char *const operators[] = {"+", "-", "*", "/", "%"};
    grammar_note(grammar, FORM_ARITHMETIC);
    return grammar_text(
        grammar, "(%s %s %s)", grammar_number(grammar, scope, depth - 1),
        operators[grammar_below(grammar, WEIR_COUNT(operators) - grammar_chance(grammar, 75))],
        grammar_number(grammar, scope, depth - 1));
}

static const char *function(struct grammar *grammar, const struct scope *scope, int depth) {
    static const char *const names[] = {"abs", "floor", "ceil", "round", "sqrt",
                                        "ln",  "exp",   "sign", "trunc"};
    static const char *const types[] = {"integer", "bigint", "double precision"};
    const char *inner = grammar_number(grammar, scope, depth - 1),
               *date = column(grammar, scope, is_date);
    switch (grammar_below(grammar, 7)) {
    case 0:
        return grammar_text(grammar, "%s(%s)", names[grammar_below(grammar, WEIR_COUNT(names))],
                            inner);
    case 1:
        return grammar_text(grammar, "CAST(%s AS %s)", inner,
                            types[grammar_below(grammar, WEIR_COUNT(types))]);
    case 2:
        return grammar_text(grammar, "nullif(%s, %s)", inner, numeral(grammar));
    case 3:
        return grammar_text(grammar, "width_bucket(%s, 0, 10, %zu)", inner,
                            1 + grammar_below(grammar, 5));
    case 4:
        return grammar_text(grammar, "length(%s)", grammar_string(grammar, scope, depth - 1));
    case 5:
        return date == NULL ? inner : grammar_text(grammar, "extract(month FROM %s)", date);
    default:
        return grammar_text(grammar, "%s(%s, %s)",
                            grammar_chance(grammar, 50) ? "greatest" : "least", inner,
                            grammar_number(grammar, scope, depth - 1));
    }
}

static const char *choice(struct grammar *grammar, const struct scope *scope, int depth) {
    grammar_note(grammar, FORM_CASE);
    const char *condition = grammar_condition(grammar, scope, depth - 1);
    const char *first = grammar_number(grammar, scope, depth - 1);
    if (grammar_chance(grammar, 30))
        return grammar_text(grammar, "CASE WHEN %s THEN %s END", condition, first);
    return grammar_text(grammar, "CASE WHEN %s THEN %s ELSE %s END", condition, first,
                        grammar_number(grammar, scope, depth - 1));
}

const char *grammar_number(struct grammar *grammar, const struct scope *scope, int depth) {
    const char *name = column(grammar, scope, is_number);
    size_t kind = grammar_below(grammar, 10);
    if (depth <= 0 || kind < 5)
        return name == NULL || grammar_chance(grammar, 15) ? numeral(grammar) : name;
    if (kind < 7)
        return operation(grammar, scope, depth);
    if (kind == 7)
        return choice(grammar, scope, depth);
    if (kind == 8)
        return function(grammar, scope, depth);
    grammar_note(grammar, FORM_COALESCE);
    return grammar_text(grammar, "coalesce(%s, %s)", grammar_number(grammar, scope, depth - 1),
                        grammar_number(grammar, scope, depth - 1));
}

const char *grammar_summand(struct grammar *grammar, const struct scope *scope) {
    const char *bounded = column(grammar, scope, is_bounded);
    size_t kind = grammar_below(grammar, 10);
    if (bounded != NULL && kind < 4)
        return bounded;
    if (bounded != NULL && kind == 4)
        return grammar_text(grammar, "%s * %s", bounded, column(grammar, scope, is_bounded));
    if (bounded != NULL && kind == 5) {
        grammar_note(grammar, FORM_COALESCE);
        return grammar_text(grammar, "coalesce(%s, %s)", bounded,
                            grammar_chance(grammar, 50) ? "0" : "3");
    }
    if (kind < 8) {
        static const char *const ends[][2] = {
            {"0", "10"}, {"-3", "3"}, {"0.5", "0.75"}, {"1", "1000000"}};
        const char *const *end = ends[grammar_below(grammar, WEIR_COUNT(ends))];
        return grammar_text(grammar, "greatest(%s, least(%s, %s))", end[0],
                            grammar_number(grammar, scope, 2), end[1]);
    }
    if (kind == 8)
        return grammar_number(grammar, scope, 2);
    grammar_note(grammar, FORM_CASE);
    return grammar_text(grammar, "CASE WHEN %s THEN 1 ELSE %s END",
                        grammar_condition(grammar, scope, 1),
                        grammar_chance(grammar, 70) ? "0"
                        : bounded == NULL           ? "-2"
                                                    : bounded);
}

/* ---- texts and conditions ---- */

const char *grammar_string(struct grammar *grammar, const struct scope *scope, int depth) {
    static const char *const literals[] = {"'a'", "'b'", "''", "'ab'", "'1'"};
    const char *name = column(grammar, scope, is_text);
    size_t kind = grammar_below(grammar, 10);
    if (name == NULL && kind < 7)
        return grammar_text(grammar, "CAST(%s AS text)", grammar_number(grammar, scope, depth - 1));
    if (depth <= 0 || kind < 6)
        return name == NULL || grammar_chance(grammar, 10)
                   ? literals[grammar_below(grammar, WEIR_COUNT(literals))]
                   : name;
    if (kind == 6)
        return grammar_text(grammar, "lower(%s)", grammar_string(grammar, scope, depth - 1));
    if (kind == 7)
        return grammar_text(grammar, "(%s || %s)", grammar_string(grammar, scope, depth - 1),
                            grammar_string(grammar, scope, depth - 1));
    if (kind == 8) {
        grammar_note(grammar, FORM_CASE);
        return grammar_text(grammar, "CASE WHEN %s THEN 'a' ELSE %s END",
                            grammar_condition(grammar, scope, depth - 1),
                            grammar_chance(grammar, 50) ? "'b'" : "NULL");
    }
    grammar_note(grammar, FORM_COALESCE);
    return grammar_text(grammar, "coalesce(%s, 'none')", grammar_string(grammar, scope, depth - 1));
}

static const char *comparison(struct grammar *grammar) {
    static const char *const names[] = {"=", "<>", "<", "<=", ">", ">="};
    return names[grammar_below(grammar, WEIR_COUNT(names))];
}

/* Equal keys, or whether there is one; now and then what admission must refuse. */
static const char *key_condition(struct grammar *grammar, const struct scope *scope) {
    const struct field *one = grammar_pick(grammar, scope, grammar_is_any_key);
    if (one == NULL)
        return "1 = 1";
    for (size_t tries = 0; tries < 4; tries++) {
        const struct field *other = grammar_pick(grammar, scope, grammar_is_any_key);
        if (other != one && other->key == one->key)
            return grammar_text(grammar, "%s = %s", one->text, other->text);
    }
    if (grammar_chance(grammar, 5))
        return grammar_text(grammar, "%s = 1", one->text);
    return grammar_text(grammar, "%s IS %sNULL", one->text,
                        grammar_chance(grammar, 60) ? "NOT " : "");
}

static const char *simple_condition(struct grammar *grammar, const struct scope *scope, int depth) {
    const char *boolean = column(grammar, scope, is_boolean),
               *date = column(grammar, scope, is_date);
    const struct field *plain = grammar_pick(grammar, scope, grammar_is_plain);
    switch (grammar_below(grammar, 10)) {
    case 0:
    case 1:
    case 2:
        return grammar_text(grammar, "%s %s %s", grammar_number(grammar, scope, depth),
                            comparison(grammar), grammar_number(grammar, scope, depth - 1));
    case 3:
        return grammar_text(grammar, "%s %s %s", grammar_string(grammar, scope, depth),
                            comparison(grammar), grammar_string(grammar, scope, 0));
    case 4:
        return plain == NULL ? "TRUE"
                             : grammar_text(grammar, "%s IS %sNULL", plain->text,
                                            grammar_chance(grammar, 70) ? "NOT " : "");
    case 5:
        return grammar_text(grammar, "%s %sBETWEEN 0 AND %zu",
                            grammar_number(grammar, scope, depth - 1),
                            grammar_chance(grammar, 30) ? "NOT " : "", grammar_below(grammar, 6));
    case 6:
        return grammar_text(grammar, "%s %sIN (1, 2, 3)", grammar_number(grammar, scope, depth - 1),
                            grammar_chance(grammar, 30) ? "NOT " : "");
    case 7:
        return grammar_text(grammar, "%s %sLIKE 'a%%'", grammar_string(grammar, scope, depth - 1),
                            grammar_chance(grammar, 30) ? "NOT " : "");
    case 8:
        return boolean != NULL ? boolean
               : date != NULL  ? grammar_text(grammar, "%s > '2000-02-01'", date)
                               : "2 > 1";
    default:
        return key_condition(grammar, scope);
    }
}

const char *grammar_condition(struct grammar *grammar, const struct scope *scope, int depth) {
    size_t kind = grammar_below(grammar, 10);
    if (depth <= 0 || kind < 7)
        return simple_condition(grammar, scope, depth);
    if (kind == 7)
        return grammar_text(grammar, "NOT (%s)", grammar_condition(grammar, scope, depth - 1));
    return grammar_text(grammar, "(%s %s %s)", grammar_condition(grammar, scope, depth - 1),
                        kind == 8 ? "AND" : "OR", grammar_condition(grammar, scope, depth - 1));
}
