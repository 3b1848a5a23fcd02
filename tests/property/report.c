/* Databases and statements of made-up persons, in words. */
#include "report.h"

#include "base/buffer.h"

#include <stdio.h>

#include "base/banned.h"

static void print_value(const struct weir_value *value) {
    struct weir_buffer text = {0};
    if (!value->is_null)
        weir_value_print(value, &text);
    printf(" %s%s%s", value->type == WEIR_TYPE_TEXT && !value->is_null ? "'" : "",
           value->is_null       ? "NULL"
           : text.bytes == NULL ? ""
                                : text.bytes,
           value->type == WEIR_TYPE_TEXT && !value->is_null ? "'" : "");
    weir_buffer_free(&text);
}

void report_database(const struct world *world, const struct database *database, int64_t unit) {
    for (size_t i = 0; i < world->policy->table_count; i++) {
        const struct weir_policy_table *table = &world->policy->tables[i];
        const struct rows *rows = &database->tables[i];
        printf("# %s.%s (", table->schema, table->name);
        for (size_t k = 0; k < table->column_count; k++)
            printf("%s%s", k == 0 ? "" : ", ", table->columns[k].name);
        printf("%s)\n", table->is_public ? "" : "; unit");
        for (size_t row = 0; row < rows->count; row++) {
            if (rows->is_hidden[row])
                continue;
            printf("#  ");
            for (size_t k = 0; k < table->column_count; k++)
                print_value(&rows->values[row * table->column_count + k]);
            if (!table->is_public)
                printf("; %lld%s", (long long)rows->units[row],
                       rows->units[row] == unit ? "  <- taken out" : "");
            printf("\n");
        }
    }
}

void report_statement(const struct weir_release_plan *plan, struct weir_arena *arena) {
    struct weir_release_sql sql =
        plan->one_row ? weir_release_sums_sql(arena, plan) : weir_release_feed_sql(arena, plan);
    printf("# canonical: %s\n# one row a unit: %s; statement: %s\n", plan->canonical,
           plan->one_row ? "yes" : "no", sql.text == NULL ? "" : sql.text);
    for (size_t i = 0; i < sql.constant_count; i++) {
        printf("#  $%zu =", i + 1);
        print_value(&sql.constants[i]);
        printf("\n");
    }
}
