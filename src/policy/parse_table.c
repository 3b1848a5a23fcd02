/* TABLE and PUBLIC TABLE. */
#include "policy/parse.h"

#include <string.h>

#include "base/banned.h"

enum { LONGEST_RETENTION = 1000, MOST_BOUND_ROWS = 1000000 };

static weir_status read_columns(struct weir_policy_parser *parser,
                                struct weir_policy_draft_table *table) {
    WEIR_TRY(weir_policy_expect_mark(parser, "(", "before the table's columns"));
    for (bool more = true; more;) {
        struct weir_policy_draft_column *column =
            WEIR_NEW(parser->arena, struct weir_policy_draft_column);
        if (column == NULL)
            return WEIR_FAILED;
        WEIR_TRY(weir_policy_count_up(parser, &table->model.column_count, WEIR_POLICY_MAX_COLUMNS,
                                      "columns in one table"));
        WEIR_TRY(weir_policy_parse_column(parser, table->model.is_public, column));
        *table->columns_end = column;
        table->columns_end = &column->next;
        WEIR_TRY(weir_policy_accept_mark(parser, ",", &more));
    }
    return weir_policy_expect_mark(parser, ")", "after the table's columns");
}

static weir_status read_then(struct weir_policy_parser *parser) {
    struct weir_policy_place then = {parser->token.line, parser->token.column};
    bool given;
    WEIR_TRY(weir_policy_accept(parser, "THEN", &given));
    if (!given)
        return WEIR_OK;
    weir_policy_relies_on(parser, WEIR_POLICY_FEATURE_THEN_SHRED, then);
    return weir_policy_expect(parser, "SHRED", "after THEN");
}

static weir_status read_retain(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_draft_table *table = target;
    int64_t count;
    bool from_load;
    WEIR_TRY(weir_policy_read_count(parser, "how long rows are kept", LONGEST_RETENTION, &count));
    WEIR_TRY(weir_policy_read_span(parser, &table->model.retain_period));
    WEIR_TRY(weir_policy_expect(parser, "FROM", "after how long rows are kept"));
    WEIR_TRY(weir_policy_accept(parser, "LOAD", &from_load));
    if (!from_load)
        WEIR_TRY(weir_policy_read_name(parser, "LOAD or the name of a date column",
                                       &table->retain_from));
    table->model.has_retain = true;
    table->model.retain_count = (int)count;
    return read_then(parser);
}

static weir_status read_bound(struct weir_policy_parser *parser, void *target) {
    struct weir_policy_draft_table *table = target;
    WEIR_TRY(weir_policy_read_count(parser, "the most rows of one unit", MOST_BOUND_ROWS,
                                    &table->model.bound_rows));
    weir_policy_relies_on(parser, WEIR_POLICY_FEATURE_BOUND_ROWS, parser->clause);
    return weir_policy_expect(parser, "ROWS", "after the most rows of one unit");
}

static weir_status read_table(struct weir_policy_parser *parser, struct weir_policy_place place,
                              bool is_public) {
    static const struct weir_policy_clause clauses[] = {{"RETAIN", "RETAIN", read_retain, false},
                                                        {"BOUND", "BOUND", read_bound, false}};
    struct weir_policy_draft_table *table = WEIR_NEW(parser->arena, struct weir_policy_draft_table);
    if (table == NULL)
        return WEIR_FAILED;
    WEIR_TRY(weir_policy_count_up(parser, &parser->draft->model.table_count, WEIR_POLICY_MAX_TABLES,
                                  "tables"));
    struct weir_policy_reference reference = {0};
    WEIR_TRY(weir_policy_read_reference(parser, &reference, false));
    table->columns_end = &table->columns;
    table->schema = reference.schema;
    table->name = reference.table;
    table->model.schema = table->schema.text;
    table->model.name = table->name.text;
    table->model.is_public = is_public;
    table->model.line = place.line;
    WEIR_TRY(read_columns(parser, table));
    WEIR_TRY(weir_policy_read_clauses(parser, clauses, is_public ? 0 : WEIR_COUNT(clauses), table,
                                      ";", "after the table's columns"));
    *parser->draft->tables_end = table;
    parser->draft->tables_end = &table->next;
    return WEIR_OK;
}

weir_status weir_policy_parse_table(struct weir_policy_parser *parser,
                                    struct weir_policy_place place) {
    return read_table(parser, place, false);
}

weir_status weir_policy_parse_public_table(struct weir_policy_parser *parser,
                                           struct weir_policy_place place) {
    WEIR_TRY(weir_policy_expect(parser, "TABLE", "after PUBLIC"));
    return read_table(parser, place, true);
}
