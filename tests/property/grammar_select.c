/* Whole SELECTs: those within a question, and the question. */
#include "grammar_private.h"

#include <string.h>

#include "base/banned.h"

/* ---- rows for another SELECT ---- */

static bool has_name(const struct select *select, const char *name) {
    for (size_t i = 0; i < select->count; i++)
        if (strcmp(select->fields[i].name, name) == 0)
            return true;
    return false;
}

/* Of its own, or that of some column elsewhere: names prove nothing. */
static const char *new_name(struct grammar *grammar, const struct select *select,
                            const char *usual) {
    static const char *const others[] = {"pid", "vid", "x", "k2", "code"};
    const char *name = usual;
    if (grammar_chance(grammar, 12)) {
        grammar_note(grammar, FORM_RENAMED);
        name = others[grammar_below(grammar, WEIR_COUNT(others))];
    }
    return has_name(select, name) ? grammar_text(grammar, "c%d", grammar->names++) : name;
}

static void add_output(struct grammar *grammar, struct select *select, const char *expression,
                       struct field field, const char *usual) {
    if (select->count == WEIR_COUNT(select->fields))
        return;
    const char *name = new_name(grammar, select, usual);
    select->text = grammar_text(grammar, "%s%s %s AS %s", select->text,
                                select->count == 0 ? "" : ",", expression, name);
    field.name = name;
    select->fields[select->count++] = field;
}

/* Now and then a key of something of the person's under the name of the person's own. */
static void add_field(struct grammar *grammar, struct select *select, const struct field *field) {
    if (field == NULL)
        return;
    bool is_other_key = field->key != NULL && !field->is_unit_key;
    add_output(grammar, select, field->text, *field,
               is_other_key && grammar_chance(grammar, 50) ? "pid" : field->name);
}

static void add_number(struct grammar *grammar, struct select *select, const char *expression) {
    const struct field field = {.type = WEIR_TYPE_DOUBLE, .is_number = true};
    add_output(grammar, select, expression, field, "n");
}

static bool is_any(const struct field *field) {
    return field->text != NULL;
}

/* Keys first, mostly; then columns and expressions. */
static void add_rows(struct grammar *grammar, struct select *select, const struct scope *scope) {
    if (grammar_chance(grammar, 90))
        add_field(grammar, select, grammar_pick(grammar, scope, grammar_is_unit_key));
    for (size_t count = 1 + grammar_below(grammar, 3); count > 0; count--)
        add_field(grammar, select, grammar_pick(grammar, scope, is_any));
    if (grammar_chance(grammar, 40))
        add_number(grammar, select, grammar_number(grammar, scope, 2));
}

static struct select projection(struct grammar *grammar, bool is_owned, int depth) {
    struct scope scope = {0};
    struct select select = {.text = "SELECT", .is_owned = is_owned};
    const char *rest = grammar_from_where(grammar, &scope, is_owned, depth);
    if (grammar_chance(grammar, 15)) {
        grammar_note(grammar, FORM_DISTINCT);
        select.text = "SELECT DISTINCT";
    }
    add_rows(grammar, &select, &scope);
    select.text = grammar_text(grammar, "%s%s", select.text, rest);
    return select;
}

static const char *inner_aggregate(struct grammar *grammar, const struct scope *scope) {
    const char *number = grammar_number(grammar, scope, 1);
    switch (grammar_below(grammar, 7)) {
    case 0:
    case 1:
        return "count(*)";
    case 2:
        return grammar_text(grammar, "sum(%s)", number);
    case 3:
        return grammar_text(grammar, "avg(%s)", number);
    case 4:
        return grammar_text(grammar, "%s(%s)", grammar_chance(grammar, 50) ? "min" : "max", number);
    case 5:
        return grammar_text(grammar, "count(DISTINCT %s)", number);
    default:
        return grammar_text(grammar, "count(%s)", number);
    }
}

/* Called as the person's own key, and another's. */
static bool is_misnamed(const struct field *field) {
    return field->key != NULL && !field->is_unit_key && strcmp(field->name, "pid") == 0;
}

static const struct field *person_key(struct grammar *grammar, const struct scope *scope) {
    const struct field *misnamed = grammar_pick(grammar, scope, is_misnamed);
    const struct field *unit_key = grammar_pick(grammar, scope, grammar_is_unit_key);
    if (misnamed != NULL && grammar_chance(grammar, 60))
        return misnamed;
    return unit_key != NULL && grammar_chance(grammar, 75)
               ? unit_key
               : grammar_pick(grammar, scope, grammar_is_any_key);
}

/* One row a person, or a person and something. */
static struct select per_person(struct grammar *grammar, bool is_owned, int depth) {
    struct scope scope = {0};
    struct select select = {.text = "SELECT", .is_owned = is_owned};
    const char *rest = grammar_from_where(grammar, &scope, is_owned, depth), *keys;
    const struct field *key =
        is_owned ? person_key(grammar, &scope) : grammar_pick(grammar, &scope, grammar_is_plain);
    const struct field *other =
        grammar_chance(grammar, 35) ? grammar_pick(grammar, &scope, is_any) : NULL;
    if (key == NULL)
        return projection(grammar, is_owned, 0);
    add_field(grammar, &select, key);
    keys = key->text;
    if (other != NULL && other != key) {
        add_field(grammar, &select, other);
        keys = grammar_text(grammar, "%s, %s", keys, other->text);
    }
    for (size_t count = grammar_below(grammar, 3); count > 0; count--)
        add_number(grammar, &select, inner_aggregate(grammar, &scope));
    if (is_owned)
        grammar_note(grammar, FORM_PER_PERSON);
    select.text = grammar_text(grammar, "%s%s GROUP BY %s", select.text, rest, keys);
    if (!grammar_chance(grammar, 40))
        return select;
    grammar_note(grammar, FORM_HAVING_INSIDE);
    select.text = grammar_text(grammar, "%s HAVING %s > %zu", select.text,
                               inner_aggregate(grammar, &scope), grammar_below(grammar, 3));
    return select;
}

static const char *window_call(struct grammar *grammar, const struct scope *scope) {
    static const char *const plain[] = {"row_number()", "rank()", "dense_rank()", "count(*)"};
    static const char *const others[] = {"lag", "lead", "first_value", "last_value", "min",
                                         "max", "sum",  "avg",         "count"};
    if (grammar_chance(grammar, 45))
        return plain[grammar_below(grammar, WEIR_COUNT(plain))];
    return grammar_text(grammar, "%s(%s)", others[grammar_below(grammar, WEIR_COUNT(others))],
                        grammar_number(grammar, scope, 1));
}

static struct select windows(struct grammar *grammar, bool is_owned, int depth) {
    struct scope scope = {0};
    struct select select = {.text = "SELECT", .is_owned = is_owned};
    const char *rest = grammar_from_where(grammar, &scope, is_owned, depth);
    add_rows(grammar, &select, &scope);
    for (size_t count = 1 + grammar_below(grammar, 2); count > 0; count--) {
        const struct field *key =
            grammar_chance(grammar, 70) ? grammar_pick(grammar, &scope, grammar_is_any_key) : NULL;
        const struct field *other =
            grammar_chance(grammar, 30) ? grammar_pick(grammar, &scope, grammar_is_plain) : NULL;
        const struct field *order =
            grammar_chance(grammar, 70) ? grammar_pick(grammar, &scope, grammar_is_plain) : NULL;
        const char *call = window_call(grammar, &scope), *over = "";
        if (key != NULL || other != NULL)
            over = grammar_text(grammar, "PARTITION BY %s%s%s", key == NULL ? "" : key->text,
                                key != NULL && other != NULL ? ", " : "",
                                other == NULL ? "" : other->text);
        if (order != NULL)
            over = grammar_text(grammar, "%s ORDER BY %s%s", over, order->text,
                                grammar_chance(grammar, 30) ? " DESC" : "");
        add_number(grammar, &select, grammar_text(grammar, "%s OVER (%s)", call, over));
    }
    grammar_note(grammar, FORM_WINDOW);
    select.text = grammar_text(grammar, "%s%s", select.text, rest);
    return select;
}

/* Twice the rows of one table, or the keys and numbers of two. */
static struct select unions(struct grammar *grammar, bool is_owned, int depth) {
    struct select both = {.text = "", .is_owned = is_owned};
    bool is_all = grammar_chance(grammar, 60);
    for (int side = 0; side < 2; side++) {
        struct scope scope = {0};
        struct select select = {.text = "SELECT", .is_owned = is_owned};
        const char *rest = grammar_from_where(grammar, &scope, is_owned, side == 0 ? depth : 0);
        const struct field *key =
            grammar_pick(grammar, &scope, is_owned ? grammar_is_unit_key : grammar_is_public_key);
        if (key != NULL)
            add_output(grammar, &select, key->text, *key, "k");
        add_number(grammar, &select,
                   grammar_text(grammar, "CAST(%s AS double precision)",
                                grammar_number(grammar, &scope, 1)));
        add_output(grammar, &select, grammar_string(grammar, &scope, 1),
                   (struct field){.type = WEIR_TYPE_TEXT}, "s");
        const char *text = grammar_text(grammar, "%s%s", select.text, rest);
        if (side == 0)
            both = select;
        both.text = side == 0 ? text
                              : grammar_text(grammar, "%s UNION %s%s", both.text,
                                             is_all ? "ALL " : "", text);
    }
    grammar_note(grammar, is_all ? FORM_UNION_ALL : FORM_UNION);
    return both;
}

struct select grammar_rows(struct grammar *grammar, bool is_owned, int depth) {
    size_t kind = grammar_below(grammar, 10);
    if (kind < 3)
        return projection(grammar, is_owned, depth);
    if (kind < 6)
        return per_person(grammar, is_owned, depth);
    return kind < (is_owned ? 8 : 7) ? windows(grammar, is_owned, depth)
                                     : unions(grammar, is_owned, depth);
}

/* ---- the question ---- */

static const char *aggregate(struct grammar *grammar, const struct scope *scope) {
    const struct field *key = grammar_pick(grammar, scope, grammar_is_unit_key);
    const struct field *any = grammar_pick(grammar, scope, is_any);
    switch (grammar_below(grammar, 10)) {
    case 0:
    case 1:
    case 2:
        grammar_note(grammar, FORM_COUNT_ROWS);
        return "count(*)";
    case 3:
        if (key == NULL)
            return "count(*)";
        grammar_note(grammar, FORM_COUNT_UNITS);
        return grammar_text(grammar, "count(DISTINCT %s)", key->text);
    case 4:
    case 5:
        grammar_note(grammar, FORM_COUNT_VALUES);
        return grammar_text(grammar, "count(%s)",
                            any == NULL || grammar_chance(grammar, 50)
                                ? grammar_number(grammar, scope, 2)
                                : any->text);
    case 6:
    case 7:
        grammar_note(grammar, FORM_AVG);
        return grammar_text(grammar, "avg(%s)", grammar_summand(grammar, scope));
    default:
        grammar_note(grammar, FORM_SUM);
        return grammar_text(grammar, "sum(%s)", grammar_summand(grammar, scope));
    }
}

static const char *group_key(struct grammar *grammar, const struct scope *scope) {
    const struct field *plain = grammar_pick(grammar, scope, grammar_is_plain);
    if (plain != NULL && grammar_chance(grammar, 65)) {
        grammar_note(grammar, FORM_KEY_COLUMN);
        return plain->text;
    }
    if (plain == NULL || grammar_chance(grammar, 2))
        return scope->count == 0 ? "1" : scope->fields[grammar_below(grammar, scope->count)].text;
    grammar_note(grammar, FORM_KEY_EXPRESSION);
    switch (grammar_below(grammar, 3)) {
    case 0:
        return grammar_text(grammar, "(%s)", grammar_condition(grammar, scope, 1));
    case 1:
        return grammar_text(grammar, "(%s + 0)", grammar_number(grammar, scope, 2));
    default:
        return grammar_text(grammar, "(%s || '')", grammar_string(grammar, scope, 1));
    }
}

static const char *question(struct grammar *grammar) {
    struct scope scope = {0};
    const char *rest = grammar_from_where(grammar, &scope, !grammar_chance(grammar, 1), 2);
    const char *targets = "", *keys = "";
    size_t key_count = grammar_chance(grammar, 35) ? 0 : 1 + grammar_chance(grammar, 25);
    size_t count = 1 + grammar_below(grammar, 3);
    for (size_t i = 0; i < key_count; i++) {
        targets = grammar_text(grammar, "%s%s AS g%zu, ", targets, group_key(grammar, &scope), i);
        keys = grammar_text(grammar, "%s%s%zu", keys, i == 0 ? " GROUP BY " : ", ", i + 1);
    }
    for (size_t i = 0; i < count; i++)
        targets = grammar_text(grammar, "%s%s%s AS n%zu", targets, i == 0 ? "" : ", ",
                               aggregate(grammar, &scope), i);
    if (key_count > 0 && grammar_chance(grammar, 10)) {
        grammar_note(grammar, FORM_HAVING);
        keys = grammar_text(grammar, "%s HAVING count(*) > 2", keys);
    }
    return grammar_text(grammar, "SELECT %s%s%s", targets, rest, keys);
}

struct asked grammar_ask(struct weir_arena *arena, const struct weir_catalog *catalog,
                         struct draw *draw) {
    struct grammar grammar = {.arena = arena, .catalog = catalog, .draw = draw};
    const char *with = "", *sql;
    size_t commons = grammar_chance(&grammar, 20) ? 1 + grammar_below(&grammar, COMMON_MAX) : 0;
    for (size_t i = 0; i < commons; i++) {
        const char *name = grammar_text(&grammar, "w%zu", i);
        struct select select = grammar_rows(&grammar, grammar_chance(&grammar, 90), 1);
        grammar.commons[grammar.common_count++] = (struct common){name, select};
        with = grammar_text(&grammar, "%s%s%s AS (%s)", with, i == 0 ? "WITH " : ", ", name,
                            select.text);
        grammar.selects = 0;
    }
    sql = question(&grammar);
    if (grammar_chance(&grammar, 5)) {
        grammar_note(&grammar, FORM_AFTER);
        sql = grammar_text(&grammar, "SELECT max(n0), count(*) FROM (%s) AS answer", sql);
    }
    return (struct asked){grammar_text(&grammar, "%s%s%s", with, commons > 0 ? " " : "", sql),
                          grammar.forms};
}
