/* Random rows: NULLs, duplicates, values outside their declared ranges and lists, NaN and
 * infinities, units with many rows, and keys that lead to nobody. To whom a row belongs follows the
 * store's rule (store/load_write.c). */
#include "world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { UNITS_MAX = 12, ROWS_MAX = 30, ROWS_OFTEN_MAX = 300 };

/* ---- values ---- */

static struct weir_value text_of(const char *bytes) {
    return weir_value_text(bytes, strlen(bytes));
}

static int64_t whole(struct draw *draw, bool is_wide) {
    if (draw_chance(draw, 4)) {
        int64_t extremes[] = {is_wide ? INT64_MAX : INT32_MAX, is_wide ? INT64_MIN : INT32_MIN,
                              is_wide ? INT64_MAX - 1 : INT32_MAX - 1, -1};
        return DRAW_ONE(draw, extremes);
    }
    return draw_chance(draw, 15) ? draw_between(draw, -2000000, 2000000)
                                 : draw_between(draw, -2, 6);
}

static double real(struct draw *draw) {
    const double odd[] = {NAN, INFINITY, -INFINITY, -0.0, 1e308, -1e308, 5e-324, 0.1, 0.7};
    if (draw_chance(draw, 12))
        return DRAW_ONE(draw, odd);
    return (double)draw_between(draw, -400, 4000) / (draw_chance(draw, 50) ? 100 : 7);
}

static struct weir_value decimal(struct draw *draw, const struct weir_policy_column *column) {
    int64_t most = (int64_t)pow(10, column->precision) - 1;
    int64_t digits = draw_chance(draw, 10)   ? (draw_chance(draw, 50) ? most : -most)
                     : draw_chance(draw, 30) ? draw_between(draw, -most, most)
                                             : draw_between(draw, -200, 20000);
    return weir_value_numeric(digits, column->scale);
}

static struct weir_value plain_value(struct draw *draw, const struct weir_policy_column *column) {
    static const char *const texts[] = {"a",  "b",  "c", "d",  "",
                                        "ab", "A%", "1", "7 ", "gr\303\274n"};
    const int64_t day = (int64_t)86400 * 1000000;
    switch (column->type) {
    case WEIR_TYPE_BOOLEAN:
        return weir_value_boolean(draw_chance(draw, 50));
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_BIGINT:
        return weir_value_integer(column->type, whole(draw, column->type == WEIR_TYPE_BIGINT));
    case WEIR_TYPE_NUMERIC:
        return decimal(draw, column);
    case WEIR_TYPE_DOUBLE:
        return weir_value_double(real(draw));
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        return text_of(DRAW_ONE(draw, texts));
    case WEIR_TYPE_DATE:
        return weir_value_integer(column->type, draw_between(draw, 10900, 11100) +
                                                    (draw_chance(draw, 8) ? 2000000 : 0));
    case WEIR_TYPE_TIMESTAMP:
        return weir_value_integer(column->type, draw_between(draw, -3, 12000) * (day / 3));
    }
    return weir_value_null(column->type);
}

static struct weir_value value_of(const struct world *world, struct draw *draw,
                                  const struct weir_policy_column *column) {
    if (!column->not_null && draw_chance(draw, 15))
        return weir_value_null(column->type);
    if (column->value_count > 0 && draw_chance(draw, 90))
        return column->values[draw_below(draw, column->value_count)];
    if (column->values_table != NULL && draw_chance(draw, 90)) {
        const struct rows *rows = &world->open[world_place(world, column->values_table)];
        size_t place = (size_t)(column->values_column - column->values_table->columns);
        if (rows->count > 0)
            return rows->values[draw_below(draw, rows->count) * column->values_table->column_count +
                                place];
    }
    return plain_value(draw, column);
}

static struct weir_value key_of(struct weir_arena *arena, enum weir_type type, char family,
                                int64_t number) {
    if (type != WEIR_TYPE_TEXT)
        return weir_value_integer(type, number);
    char *text = weir_arena_printf(arena, "%c%lld", family, (long long)number);
    weir_check(text != NULL);
    return text_of(text);
}

/* ---- tables ---- */

static void make_room(struct weir_arena *arena, struct rows *rows, size_t count, size_t width) {
    rows->count = 0;
    rows->values = WEIR_NEW_ARRAY(arena, count * width, struct weir_value);
    rows->units = WEIR_NEW_ARRAY(arena, count, int64_t);
    rows->is_hidden = WEIR_NEW_ARRAY(arena, count, bool);
    weir_check(rows->values != NULL && rows->units != NULL && rows->is_hidden != NULL);
}

static size_t column_of_role(const struct weir_policy_table *table, enum weir_column_role role) {
    size_t place = 0;
    while (place < table->column_count && table->columns[place].role != role)
        place++;
    return place;
}

/* All but the column that leads to the unit. Now and then as the row before. */
static void fill_row(const struct world *world, struct draw *draw,
                     const struct weir_policy_table *table, const struct rows *rows, size_t lead) {
    struct weir_value *row = &rows->values[rows->count * table->column_count];
    bool repeats = rows->count > 0 && draw_chance(draw, 15);
    for (size_t i = 0; i < table->column_count; i++) {
        if (i == lead)
            continue;
        row[i] =
            repeats ? (row - table->column_count)[i] : value_of(world, draw, &table->columns[i]);
        if (table->columns[i].is_key)
            row[i] =
                key_of(world->arena, table->columns[i].type, 'v', (int64_t)rows->count * 3 - 4);
    }
}

static bool is_new_key(const struct weir_policy_table *table, const struct rows *rows,
                       size_t column) {
    const struct weir_value *key = &rows->values[rows->count * table->column_count + column];
    for (size_t i = 0; table->columns[column].is_key && i < rows->count; i++)
        if (weir_value_compare(key, &rows->values[i * table->column_count + column]) == 0)
            return false;
    return true;
}

static void fill_unit_table(const struct world *world, struct draw *draw,
                            const struct database *database, const struct weir_policy_table *table,
                            struct rows *rows) {
    size_t lead = column_of_role(table, WEIR_COLUMN_UNIT_KEY);
    for (int64_t unit = 0; unit < database->unit_count; unit++) {
        if (draw_chance(draw, 20))
            continue;
        rows->values[rows->count * table->column_count + lead] =
            key_of(world->arena, table->columns[lead].type, 'p', unit * 7 - 7);
        fill_row(world, draw, table, rows, lead);
        rows->units[rows->count++] = unit;
    }
}

/* A row that leads to a parent belongs to whom the parent belongs; one that does not is left out.
 * Where a table leads to its unit by another's KEY, some databases lie: the promise must hold for
 * the units as they are numbered. */
static void fill_via_table(const struct world *world, struct draw *draw,
                           const struct database *database, const struct weir_policy_table *table,
                           struct rows *rows, size_t wanted) {
    size_t lead = column_of_role(table, WEIR_COLUMN_UNIT_VIA);
    const struct weir_policy_column *via = &table->columns[lead];
    const struct rows *parents = &database->tables[world_place(world, via->via_table)];
    size_t place = (size_t)(via->via_column - via->via_table->columns);
    bool lies = via->via_column->role == WEIR_COLUMN_PLAIN && draw_chance(draw, 30);
    if (parents->count == 0)
        return;
    size_t heavy = draw_below(draw, parents->count);
    for (size_t i = 0; i < wanted; i++) {
        size_t parent = draw_chance(draw, 40) ? heavy : draw_below(draw, parents->count);
        if (draw_chance(draw, 10)) /* an orphan */
            continue;
        rows->values[rows->count * table->column_count + lead] =
            parents->values[parent * via->via_table->column_count + place];
        if (!is_new_key(table, rows, lead))
            continue;
        fill_row(world, draw, table, rows, lead);
        rows->units[rows->count++] = lies && draw_chance(draw, 30)
                                         ? draw_between(draw, 0, database->unit_count - 1)
                                         : parents->units[parent];
    }
}

void database_make(const struct world *world, struct database *database, struct draw *draw) {
    *database = (struct database){.unit_count = draw_between(draw, 0, UNITS_MAX)};
    size_t most = draw_chance(draw, 4) ? ROWS_OFTEN_MAX : ROWS_MAX;
    for (size_t i = 0; i < world->policy->table_count; i++) {
        const struct weir_policy_table *table = &world->policy->tables[i];
        struct rows *rows = &database->tables[i];
        bool has_unit_key = column_of_role(table, WEIR_COLUMN_UNIT_KEY) < table->column_count;
        size_t wanted = draw_below(draw, most + 1);
        make_room(world->arena, rows, has_unit_key ? UNITS_MAX : wanted, table->column_count);
        if (table->is_public)
            *rows = world->open[i];
        else if (has_unit_key)
            fill_unit_table(world, draw, database, table, rows);
        else
            fill_via_table(world, draw, database, table, rows, wanted);
    }
}

/* A public key is there once. */
void world_fill_open(struct world *world, struct draw *draw) {
    for (size_t i = 0; i < world->policy->table_count; i++) {
        const struct weir_policy_table *table = &world->policy->tables[i];
        struct rows *rows = &world->open[i];
        size_t wanted = table->is_public ? draw_below(draw, 7) : 0;
        make_room(world->arena, rows, wanted, table->column_count);
        for (size_t k = 0; k < wanted; k++) {
            fill_row(world, draw, table, rows, table->column_count);
            struct weir_value *key = &rows->values[rows->count * table->column_count];
            *key = plain_value(draw, &table->columns[0]);
            if (is_new_key(table, rows, 0))
                rows->count++;
        }
    }
}
