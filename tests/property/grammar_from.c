/* FROM with its joins, and WHERE with its subqueries. */
#include "grammar_private.h"

#include "ir/ir.h"

#include <string.h>

#include "base/banned.h"

enum { PENDING_MAX = 16 };

/* Conditions that go into WHERE. */
struct pending {
    size_t count;
    const char *items[PENDING_MAX];
};

static void add(struct pending *pending, const char *condition) {
    if (pending->count < PENDING_MAX)
        pending->items[pending->count++] = condition;
}

/* ---- tables ---- */

static struct field field_of(const struct weir_policy_table *table,
                             const struct weir_policy_column *column) {
    const struct weir_column seen = {.table = table, .source = column};
    bool is_number = column->type == WEIR_TYPE_INTEGER || column->type == WEIR_TYPE_BIGINT ||
                     column->type == WEIR_TYPE_NUMERIC || column->type == WEIR_TYPE_DOUBLE;
    return (struct field){.name = column->name,
                          .type = column->type,
                          .key = weir_column_identity(&seen),
                          .is_unit_key = weir_column_is_unit_key(&seen),
                          .is_public_key = table->is_public && column->is_key,
                          .is_bounded = column->has_range || column->value_count > 0,
                          .is_number = is_number};
}

static void add_field(struct grammar *grammar, struct scope *scope, const char *alias,
                      struct field field) {
    if (scope->count == SCOPE_MAX)
        return;
    field.text = grammar_text(grammar, "%s.%s", alias, field.name);
    field.item = scope->item_count;
    scope->fields[scope->count++] = field;
}

/* Names for the first columns, which may be those of other columns: names prove nothing. */
static const char *table_item(struct grammar *grammar, struct scope *scope, bool is_owned) {
    const struct weir_catalog_table *table = NULL;
    for (size_t i = 0, found = 0; i < grammar->catalog->table_count; i++)
        if (grammar->catalog->tables[i].table->is_public != is_owned &&
            grammar_below(grammar, ++found) == 0)
            table = &grammar->catalog->tables[i];
    weir_check(table != NULL);
    const char *alias = grammar_text(grammar, "t%d", grammar->names++);
    size_t renamed = grammar_chance(grammar, 10) && table->column_count >= 2 ? 2 : 0;
    static const char *const names[] = {"x", "pid"};
    for (size_t i = 0; i < table->column_count; i++) {
        struct field field = field_of(table->table, table->columns[i]);
        if (i < renamed)
            field.name = names[i];
        add_field(grammar, scope, alias, field);
    }
    if (renamed > 0)
        grammar_note(grammar, FORM_RENAMED);
    return grammar_text(grammar, "%s.%s AS %s%s", table->table->schema, table->table->name, alias,
                        renamed > 0 ? " (x, pid)" : "");
}

static const char *select_item(struct grammar *grammar, struct scope *scope,
                               const struct select *select, const char *text) {
    const char *alias = grammar_text(grammar, "t%d", grammar->names++);
    for (size_t i = 0; i < select->count; i++)
        add_field(grammar, scope, alias, select->fields[i]);
    return grammar_text(grammar, "%s AS %s", text, alias);
}

static const char *item(struct grammar *grammar, struct scope *scope, bool is_owned, int depth) {
    const char *text;
    const struct common *common =
        grammar->common_count == 0
            ? NULL
            : &grammar->commons[grammar_below(grammar, grammar->common_count)];
    if (common != NULL && common->select.is_owned == is_owned && grammar_chance(grammar, 60)) {
        grammar_note(grammar, FORM_WITH);
        text = select_item(grammar, scope, &common->select, common->name);
    } else if (depth > 0 && grammar->selects < 6 && grammar_chance(grammar, is_owned ? 40 : 30)) {
        struct select select = grammar_rows(grammar, is_owned, depth - 1);
        grammar_note(grammar, FORM_DERIVED);
        text = select_item(grammar, scope, &select, grammar_text(grammar, "(%s)", select.text));
    } else {
        text = table_item(grammar, scope, is_owned);
    }
    scope->item_count++;
    return text;
}

/* ---- joins ---- */

/* What the two columns of an equality have in common. */
enum match { MATCH_PERSONS, MATCH_PUBLIC_KEY, MATCH_PLAIN };

static bool matches(const struct field *left, const struct field *right, enum match match) {
    bool are_equal = left->type == right->type;
    if (match == MATCH_PERSONS)
        return left->key != NULL && left->key == right->key && are_equal;
    if (left->key != NULL || right->key != NULL)
        return false;
    return match == MATCH_PLAIN ? are_equal
                                : (are_equal || (left->is_number && right->is_number)) &&
                                      (left->is_public_key || right->is_public_key);
}

/* With a public table mostly by its key: only then do a person's rows not multiply. */
static enum match draw_match(struct grammar *grammar, bool are_persons) {
    return are_persons                   ? MATCH_PERSONS
           : grammar_chance(grammar, 70) ? MATCH_PUBLIC_KEY
                                         : MATCH_PLAIN;
}

/* A pair of columns across the join; false when there is none. `first` is where the right begins.
 */
static bool pick_pair(struct grammar *grammar, const struct scope *scope, size_t begin,
                      size_t first, enum match match, const struct field **left,
                      const struct field **right) {
    size_t found = 0;
    for (size_t i = begin; i < first; i++)
        for (size_t k = first; k < scope->count; k++)
            if (matches(&scope->fields[i], &scope->fields[k], match) &&
                grammar_below(grammar, ++found) == 0) {
                *left = &scope->fields[i];
                *right = &scope->fields[k];
            }
    return found > 0;
}

/* Mostly what the join needs; now and then only a condition. */
static const char *join_condition(struct grammar *grammar, const struct scope *scope, size_t begin,
                                  size_t first, bool are_persons) {
    const struct field *left, *right;
    const char *condition = NULL;
    if (grammar_chance(grammar, are_persons ? 95 : 75) &&
        pick_pair(grammar, scope, begin, first, draw_match(grammar, are_persons), &left, &right))
        condition = grammar_chance(grammar, 50)
                        ? grammar_text(grammar, "%s = %s", left->text, right->text)
                        : grammar_text(grammar, "%s = %s", right->text, left->text);
    if (condition == NULL)
        return grammar_condition(grammar, scope, 1);
    return grammar_chance(grammar, 25)
               ? grammar_text(grammar, "%s AND %s", condition, grammar_condition(grammar, scope, 1))
               : condition;
}

static size_t count_named(const struct scope *scope, size_t first, size_t end, const char *name) {
    size_t count = 0;
    for (size_t i = first; i < end; i++)
        count += strcmp(scope->fields[i].name, name) == 0;
    return count;
}

/* The name by which USING can say a key of both sides; NULL when there is none. */
static const char *shared_name(const struct scope *scope, size_t begin, size_t first,
                               enum match match) {
    for (size_t i = begin; i < first; i++)
        for (size_t k = first; k < scope->count; k++)
            if (matches(&scope->fields[i], &scope->fields[k], match) &&
                strcmp(scope->fields[i].name, scope->fields[k].name) == 0 &&
                count_named(scope, begin, first, scope->fields[i].name) == 1 &&
                count_named(scope, first, scope->count, scope->fields[k].name) == 1)
                return scope->fields[i].name;
    return NULL;
}

static const char *join(struct grammar *grammar, struct scope *scope, struct pending *pending,
                        const char *from, size_t begin, bool are_owned[2], int depth) {
    size_t first = scope->count, kind = grammar_below(grammar, 10);
    bool are_persons = are_owned[0] && are_owned[1];
    const char *right = item(grammar, scope, are_owned[1], depth);
    grammar_note(grammar, are_persons ? FORM_JOIN_PERSONS : FORM_JOIN_PUBLIC);
    const char *name = shared_name(scope, begin, first, draw_match(grammar, are_persons));
    if (name != NULL && kind < 3) {
        grammar_note(grammar, FORM_JOIN_USING);
        bool is_left = grammar_chance(grammar, 25);
        if (is_left)
            grammar_note(grammar, FORM_LEFT_JOIN);
        return grammar_text(grammar, "%s %sJOIN %s USING (%s)", from, is_left ? "LEFT " : "", right,
                            name);
    }
    if (!are_persons && kind == 3) {
        grammar_note(grammar, FORM_CROSS_JOIN);
        return grammar_text(grammar, "%s CROSS JOIN %s", from, right);
    }
    const char *condition = join_condition(grammar, scope, begin, first, are_persons);
    if (kind == 4 || kind == 5) {
        grammar_note(grammar, FORM_LEFT_JOIN);
        return grammar_text(grammar, "%s LEFT JOIN %s ON %s", from, right, condition);
    }
    if (kind == 6 && (grammar_chance(grammar, 30) || !are_owned[0])) {
        grammar_note(grammar, FORM_RIGHT_JOIN);
        return grammar_text(grammar, "%s RIGHT JOIN %s ON %s", from, right, condition);
    }
    if (kind == 7 || kind == 6) {
        grammar_note(grammar, FORM_JOIN_WHERE);
        add(pending, condition);
        return grammar_text(grammar, "%s, %s", from, right);
    }
    grammar_note(grammar, FORM_JOIN_ON);
    return grammar_text(grammar, "%s JOIN %s ON %s", from, right, condition);
}

static const char *from_clause(struct grammar *grammar, struct scope *scope,
                               struct pending *pending, bool is_owned, int depth) {
    size_t begin = scope->count, kind = grammar_below(grammar, 20);
    size_t joins = depth <= 0 ? kind < 5 : kind < 9 ? 0 : kind < 17 ? 1 : 2;
    bool are_owned[2] = {is_owned && (joins == 0 || !grammar_chance(grammar, 12)), false};
    const char *from = item(grammar, scope, are_owned[0], depth);
    for (size_t i = 0; i < joins; i++) {
        are_owned[1] = is_owned && (!are_owned[0] || grammar_chance(grammar, 55));
        from = join(grammar, scope, pending, from, begin, are_owned, depth);
        are_owned[0] = are_owned[0] || are_owned[1];
    }
    return from;
}

/* ---- subqueries ---- */

static const char *all_of(struct grammar *grammar, const struct pending *pending) {
    const char *text = "";
    for (size_t i = 0; i < pending->count; i++)
        text =
            grammar_text(grammar, "%s%s %s", text, i == 0 ? " WHERE" : " AND", pending->items[i]);
    return text;
}

static const char *exists(struct grammar *grammar, const struct scope *outer, bool is_owned,
                          int depth) {
    struct scope scope = *outer;
    struct pending pending = {0};
    bool is_negated = grammar_chance(grammar, 45);
    size_t first = scope.count;
    const char *from = from_clause(grammar, &scope, &pending, is_owned, depth - 1);
    if (is_owned || grammar_chance(grammar, 80))
        add(&pending, join_condition(grammar, &scope, 0, first, is_owned));
    grammar_note(grammar, is_negated ? FORM_NOT_EXISTS : FORM_EXISTS);
    return grammar_text(grammar, "%sEXISTS (SELECT 1 FROM %s%s)", is_negated ? "NOT " : "", from,
                        all_of(grammar, &pending));
}

/* A column within a column of another table, plain or grouped. */
static const char *membership(struct grammar *grammar, const struct scope *outer, bool is_owned,
                              int depth) {
    struct scope scope = {.item_count = outer->item_count};
    const struct field *left = NULL, *right = NULL;
    bool is_negated = grammar_chance(grammar, 45);
    enum match match = draw_match(grammar, is_owned);
    const char *rest = grammar_from_where(grammar, &scope, is_owned, depth - 1), *having = "";
    size_t found = 0;
    for (size_t i = 0; i < outer->count; i++)
        for (size_t k = 0; k < scope.count; k++)
            if (matches(&outer->fields[i], &scope.fields[k], match) &&
                grammar_below(grammar, ++found) == 0) {
                left = &outer->fields[i];
                right = &scope.fields[k];
            }
    if (left == NULL)
        return grammar_condition(grammar, outer, 1);
    if (grammar_chance(grammar, 30)) {
        grammar_note(grammar, FORM_HAVING_INSIDE);
        having = grammar_text(grammar, " GROUP BY %s HAVING count(*) > 1", right->text);
    }
    grammar_note(grammar, is_negated ? FORM_NOT_IN : FORM_IN);
    return grammar_text(grammar, "%s %sIN (SELECT %s%s%s)", left->text, is_negated ? "NOT " : "",
                        right->text, rest, having);
}

const char *grammar_from_where(struct grammar *grammar, struct scope *scope, bool is_owned,
                               int depth) {
    struct pending pending = {0};
    grammar->selects++;
    const char *from = from_clause(grammar, scope, &pending, is_owned, depth);
    for (size_t count = grammar_below(grammar, 3); count > 0; count--)
        if (grammar_chance(grammar, 60))
            add(&pending, grammar_condition(grammar, scope, 2));
    for (size_t count = grammar_below(grammar, 3); count > 0 && grammar->selects < 7; count--) {
        bool is_inner_owned = is_owned && grammar_chance(grammar, 70);
        if (grammar_chance(grammar, 45))
            add(&pending, grammar_chance(grammar, 50)
                              ? exists(grammar, scope, is_inner_owned, depth)
                              : membership(grammar, scope, is_inner_owned, depth));
    }
    return grammar_text(grammar, " FROM %s%s", from, all_of(grammar, &pending));
}
