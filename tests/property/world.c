/* Random policies: public tables, tables of persons, and tables that lead to them by one to three
 * steps. */
#include "world.h"

#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { PUBLIC_MAX = 2, PROTECTED_MAX = 5 };

/* What a later table can lead to. */
struct target {
    size_t table;
    char column[16];
    const char *type;
};

struct writer {
    struct draw *draw;
    struct weir_buffer text;
    const char *open_key_types[PUBLIC_MAX];
    size_t open_count, protected_count, target_count;
    struct target targets[2 * PROTECTED_MAX];
    const char *unit_type;
    bool text_keys;
    struct weir_buffer grants;
};

static void text(struct writer *writer, const char *part) {
    weir_buffer_text(&writer->text, part);
}

/* Names are few, so that they meet: t0.x and t1.x, a plain column called as a key elsewhere. */
static const char *const plain_names[] = {"x", "y", "z", "s", "pid", "vid", "code", "label"};

static void write_range(struct writer *writer, const char *type) {
    static const char *const whole[] = {"0 .. 10", "-5 .. 5", "1 .. 1", "0 .. 250000",
                                        "-3 .. 1000000"};
    static const char *const decimal[] = {"0 .. 99.95", "-1.5 .. 1.5", "0 .. 250000"};
    static const char *const real[] = {"0 .. 1", "-1.5 .. 1e3", "-1e9 .. 1e9", "0.1 .. 0.3"};
    if (strcmp(type, "DATE") == 0)
        text(writer, " RANGE '2000-01-01' .. '2030-12-31'");
    else if (type[0] == 'I' || type[0] == 'B')
        weir_buffer_printf(&writer->text, " RANGE %s", DRAW_ONE(writer->draw, whole));
    else if (type[0] == 'N')
        weir_buffer_printf(&writer->text, " RANGE %s", DRAW_ONE(writer->draw, decimal));
    else
        weir_buffer_printf(&writer->text, " RANGE %s", DRAW_ONE(writer->draw, real));
}

static void write_domain(struct writer *writer, const char *type, bool is_public) {
    bool is_text = strcmp(type, "TEXT") == 0,
         is_whole = type[0] == 'I' || strcmp(type, "BIGINT") == 0;
    for (size_t i = 0; !is_public && i < writer->open_count; i++)
        if (strcmp(writer->open_key_types[i], type) == 0 && draw_chance(writer->draw, 45)) {
            weir_buffer_printf(&writer->text, " VALUES FROM public.p%zu(code)", i);
            return;
        }
    if ((is_text || is_whole) && draw_chance(writer->draw, 30))
        text(writer, is_text ? " VALUES ('a', 'b', 'c')" : " VALUES (1, 2, 3)");
    else if (!is_text && strcmp(type, "BOOLEAN") != 0 && strcmp(type, "TIMESTAMP") != 0 &&
             draw_chance(writer->draw, 75))
        write_range(writer, type);
}

/* Plain columns with different names; they are granted, most of them. */
static void write_plain_columns(struct writer *writer, bool is_public, const char *taken) {
    static const char *const types[] = {
        "INT",  "INT",  "BIGINT", "NUMERIC(9, 2)", "NUMERIC(16, 4)", "DOUBLE",
        "TEXT", "TEXT", "DATE",   "BOOLEAN",       "TIMESTAMP",      "DOUBLE"};
    size_t count = 2 + draw_below(writer->draw, 3),
           first = draw_below(writer->draw, WEIR_COUNT(plain_names));
    bool granted = false;
    for (size_t i = 0; i < count; i++) {
        const char *name = plain_names[(first + i) % WEIR_COUNT(plain_names)];
        const char *type = DRAW_ONE(writer->draw, types);
        if (strstr(taken, name) != NULL)
            continue;
        weir_buffer_printf(&writer->text, ",\n  %s %s", name, type);
        write_domain(writer, type, is_public);
        text(writer, draw_chance(writer->draw, 35) ? " NOT NULL" : "");
        if (is_public || (granted && draw_chance(writer->draw, 10)))
            continue;
        weir_buffer_printf(&writer->grants, "%s%s", granted ? ", " : "", name);
        granted = true;
    }
    if (is_public)
        return;
    text(writer, ",\n  own INT RANGE 0 .. 3");
    weir_buffer_printf(&writer->grants, "%sown", granted ? ", " : "");
}

static void write_public_table(struct writer *writer) {
    static const char *const types[] = {"TEXT", "INT", "BIGINT"};
    const char *type = DRAW_ONE(writer->draw, types);
    weir_buffer_printf(&writer->text, "PUBLIC TABLE public.p%zu (code %s KEY", writer->open_count,
                       type);
    write_plain_columns(writer, true, "code");
    text(writer, ");\n");
    writer->open_key_types[writer->open_count++] = type;
}

static void add_target(struct writer *writer, const char *column, const char *type) {
    struct target *target = &writer->targets[writer->target_count++];
    target->table = writer->protected_count;
    snprintf(target->column, sizeof target->column, "%s", column);
    target->type = type;
}

static void write_end(struct writer *writer) {
    text(writer, ") RETAIN 10 YEARS FROM LOAD");
    if (draw_chance(writer->draw, 50))
        weir_buffer_printf(
            &writer->text, " BOUND %lld ROWS",
            (long long)draw_between(writer->draw, 1, draw_chance(writer->draw, 50) ? 3 : 40));
    text(writer, ";\n");
    weir_buffer_text(&writer->grants, ")");
    writer->protected_count++;
}

static void begin_table(struct writer *writer) {
    weir_buffer_printf(&writer->text, "TABLE d.t%zu (", writer->protected_count);
    weir_buffer_printf(&writer->grants, "%s d.t%zu (", writer->protected_count == 0 ? "" : ",",
                       writer->protected_count);
}

static void write_unit_table(struct writer *writer) {
    const char *type = writer->text_keys               ? "TEXT"
                       : draw_chance(writer->draw, 70) ? "BIGINT"
                                                       : "INT";
    begin_table(writer);
    weir_buffer_printf(&writer->text, "pid %s UNIT KEY", type);
    add_target(writer, "pid", type);
    write_plain_columns(writer, false, "pid own");
    write_end(writer);
}

static void write_via_table(struct writer *writer) {
    const struct target target = writer->targets[draw_below(writer->draw, writer->target_count)];
    const char *name = draw_chance(writer->draw, 75) ? target.column : "lead";
    bool has_key = draw_chance(writer->draw, 60);
    char taken[64], key[16];
    begin_table(writer);
    weir_buffer_printf(&writer->text, "%s %s UNIT VIA d.t%zu(%s)", name, target.type, target.table,
                       target.column);
    snprintf(key, sizeof key, "k%zu", writer->protected_count);
    if (draw_chance(writer->draw, 50) && strcmp(name, "vid") != 0)
        snprintf(key, sizeof key, "vid");
    if (has_key) {
        const char *type = draw_chance(writer->draw, 70) ? "BIGINT" : "TEXT";
        weir_buffer_printf(&writer->text, ",\n  %s %s KEY", key, type);
        add_target(writer, key, type);
    }
    snprintf(taken, sizeof taken, "%s %s own", name, has_key ? key : "");
    write_plain_columns(writer, false, taken);
    write_end(writer);
}

static char *write_policy(struct weir_arena *arena, struct draw *draw) {
    struct writer writer = {.draw = draw, .text_keys = draw_chance(draw, 25)};
    text(&writer,
         "POLICY \"property\" VERSION 1 CONTROLLER \"c\" EFFECTIVE 2026-01-01 UNTIL 2036-01-01;\n"
         "DATASET d UNIT person BUDGET EPSILON 100000 DELTA 1e-6 PER YEAR;\n");
    size_t open = 1 + draw_below(draw, PUBLIC_MAX), units = 1 + draw_chance(draw, 45);
    size_t vias = draw_below(draw, 10) == 0 ? 0 : 1 + draw_below(draw, PROTECTED_MAX - units);
    for (size_t i = 0; i < open; i++)
        write_public_table(&writer);
    for (size_t i = 0; i < units; i++)
        write_unit_table(&writer);
    for (size_t i = 0; i < vias; i++)
        write_via_table(&writer);
    weir_buffer_printf(
        &writer.text,
        "ROLE analyst;\nPURPOSE reports IS dpv:PublicBenefit UNTIL 2036-01-01;\n"
        "PERMIT AGGREGATE ON%s\n  FOR reports TO ROLE analyst BUDGET EPSILON 90000 DELTA 1e-7 PER "
        "YEAR QUERY EPSILON 1;\n",
        writer.grants.bytes);
    weir_check(!writer.text.failed && !writer.grants.failed);
    char *made = weir_arena_copy(arena, writer.text.bytes, writer.text.len);
    weir_buffer_free(&writer.text);
    weir_buffer_free(&writer.grants);
    weir_check(made != NULL);
    return made;
}

static void give_up(const char *text_of_policy, const struct weir_error *error) {
    fprintf(stderr, "%s\n%s at %d:%d\n", text_of_policy, error->message, error->line,
            error->column);
    abort();
}

void world_make(struct world *world, struct weir_arena *arena, struct draw *draw) {
    struct weir_error error = {0};
    *world = (struct world){.arena = arena, .text = write_policy(arena, draw)};
    world->policy = weir_policy_parse(arena, world->text, strlen(world->text), &error);
    if (world->policy == NULL)
        give_up(world->text, &error);
    weir_check(world->policy->table_count <= TABLES_MAX);
    if (!weir_catalog_open(arena, world->policy, "reports", "analyst",
                           weir_days_from_civil(2026, 6, 1), &world->catalog, &error)
             .ok)
        give_up(world->text, &error);
    world_fill_open(world, draw);
}

size_t world_place(const struct world *world, const struct weir_policy_table *table) {
    return (size_t)(table - world->policy->tables);
}

static int by_value(const void *left, const void *right) {
    return weir_value_compare(left, right);
}

static weir_status read_domain(void *state, struct weir_arena *arena,
                               const struct weir_policy_table *table,
                               const struct weir_policy_column *column, size_t limit,
                               const struct weir_value **values, size_t *count,
                               struct weir_error *error) {
    const struct world *world = state;
    weir_check(table->is_public && !weir_error_is_set(error));
    const struct rows *rows = &world->open[world_place(world, table)];
    size_t place = (size_t)(column - table->columns), kept = 0;
    struct weir_value *made = WEIR_NEW_ARRAY(arena, rows->count, struct weir_value);
    weir_check(made != NULL && rows->count <= limit);
    for (size_t i = 0; i < rows->count; i++) {
        const struct weir_value *value = &rows->values[i * table->column_count + place];
        if (!value->is_null)
            made[kept++] = *value;
    }
    qsort(made, kept, sizeof *made, by_value);
    *count = 0;
    for (size_t i = 0; i < kept; i++)
        if (*count == 0 || weir_value_compare(&made[i], &made[*count - 1]) != 0)
            made[(*count)++] = made[i];
    *values = made;
    return WEIR_OK;
}

struct weir_domain_reader world_domain_reader(const struct world *world) {
    return (struct weir_domain_reader){(void *)world, read_domain};
}
