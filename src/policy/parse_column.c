/* One column of a table: its name, type and modifiers. */
#include "policy/parse.h"

#include <string.h>

#include "base/banned.h"

static weir_status take_role(struct weir_policy_parser *parser,
                             struct weir_policy_draft_column *column, enum weir_column_role role) {
    if (column->model.role != WEIR_COLUMN_PLAIN)
        return weir_policy_fail_at(
            parser->error, WEIR_ERROR_INVALID, parser->clause.line, parser->clause.column,
            "a column is one of UNIT KEY, UNIT VIA, IDENTIFYING and BIOMETRIC, not two");
    column->model.role = role;
    return WEIR_OK;
}

static weir_status read_unit(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_draft_column *column = target;
    bool key, via;
    WEIR_TRY(weir_policy_accept(parser, "KEY", &key));
    if (key) {
        column->model.not_null = true;
        return take_role(parser, column, WEIR_COLUMN_UNIT_KEY);
    }
    WEIR_TRY(weir_policy_accept(parser, "VIA", &via));
    if (!via)
        return weir_policy_expected(parser, "KEY or VIA after UNIT");
    WEIR_TRY(take_role(parser, column, WEIR_COLUMN_UNIT_VIA));
    weir_policy_relies_on(parser, WEIR_POLICY_FEATURE_UNIT_VIA, parser->clause);
    return weir_policy_read_reference(parser, &column->via, true);
}

static weir_status read_identifying(struct weir_policy_parser *parser, void *target) {
    return take_role(parser, target, WEIR_COLUMN_IDENTIFYING);
}

static weir_status read_biometric(struct weir_policy_parser *parser, void *target) {
    return take_role(parser, target, WEIR_COLUMN_BIOMETRIC);
}

static weir_status read_not_null(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_draft_column *column = target;
    column->model.not_null = true;
    return weir_policy_expect(parser, "NULL", "after NOT");
}

static weir_status read_key(struct weir_policy_parser *parser, void *target) {
    (void)parser;
    struct weir_policy_draft_column *column = target;
    column->model.is_key = true;
    column->model.not_null = true;
    return WEIR_OK;
}

static weir_status fail_column(struct weir_policy_parser *parser,
                               const struct weir_policy_draft_column *column, const char *what) {
    return weir_policy_fail_at(parser->error, WEIR_ERROR_INVALID, column->name.line,
                               column->name.column, "%s", what);
}

static bool may_be_key(enum weir_type type) {
    return type == WEIR_TYPE_INTEGER || type == WEIR_TYPE_BIGINT || type == WEIR_TYPE_TEXT;
}

/* What no single modifier can see. */
static weir_status check_column(struct weir_policy_parser *parser, bool is_public,
                                const struct weir_policy_draft_column *column) {
    const struct weir_policy_column *model = &column->model;
    bool unit = model->role == WEIR_COLUMN_UNIT_KEY || model->role == WEIR_COLUMN_UNIT_VIA ||
                (model->is_key && !is_public);
    bool domain = model->has_range || model->value_count > 0 || column->values_from.table.text;
    if ((unit || model->is_key) && !may_be_key(model->type))
        return fail_column(parser, column, "a key is of type INTEGER, BIGINT or TEXT");
    if (!is_public && model->is_key && model->role != WEIR_COLUMN_PLAIN)
        return fail_column(
            parser, column,
            "a column is one of KEY, UNIT KEY, UNIT VIA, IDENTIFYING and BIOMETRIC, not two");
    /* Clamping a unit's key into a range would merge two units into one. */
    if (unit && domain)
        return fail_column(parser, column,
                           "a column that leads to the unit takes no RANGE or VALUES");
    for (size_t i = 0; model->has_range && i < model->value_count; i++)
        if (weir_value_compare(&model->values[i], &model->range_low) < 0 ||
            weir_value_compare(&model->values[i], &model->range_high) > 0)
            return fail_column(parser, column, "one of the column's VALUES is outside its RANGE");
    return WEIR_OK;
}

weir_status weir_policy_parse_column(struct weir_policy_parser *parser, bool is_public,
                                     struct weir_policy_draft_column *column) {
    static const struct weir_policy_clause clauses[] = {
        {"KEY", "KEY", read_key, false},
        {"UNIT", "UNIT", read_unit, false},
        {"IDENTIFYING", "IDENTIFYING", read_identifying, false},
        {"BIOMETRIC", "BIOMETRIC", read_biometric, false},
        {"RANGE", "RANGE", weir_policy_parse_range, false},
        {"VALUES", "VALUES", weir_policy_parse_values, false},
        {"NOT", "NOT NULL", read_not_null, false}};
    WEIR_TRY(weir_policy_read_name(parser, "a column's name", &column->name));
    column->model.name = column->name.text;
    column->model.line = column->name.line;
    WEIR_TRY(weir_policy_parse_type(parser, &column->model));
    WEIR_TRY(weir_policy_read_clauses(parser, clauses, WEIR_COUNT(clauses), column, ",)",
                                      "after the column's type"));
    return check_column(parser, is_public, column);
}
