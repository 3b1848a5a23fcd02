/* The canonical text: statements by kind, each kind in the policy's order, clauses in one order,
 * one spelling. */
#include "policy/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void print_quoted(struct weir_buffer *out, char quote, const char *bytes, size_t len) {
    weir_buffer_byte(out, (unsigned char)quote);
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == quote)
            weir_buffer_byte(out, (unsigned char)quote);
        weir_buffer_byte(out, (unsigned char)bytes[i]);
    }
    weir_buffer_byte(out, (unsigned char)quote);
}

static void print_prose(struct weir_buffer *out, const char *before, const char *prose) {
    if (prose == NULL)
        return;
    weir_buffer_text(out, before);
    print_quoted(out, '"', prose, strlen(prose));
}

static void print_name(struct weir_buffer *out, const char *name) {
    bool bare = *name < '0' || *name > '9';
    for (const char *at = name; *at != '\0'; at++)
        bare = bare && ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '_');
    if (bare)
        weir_buffer_text(out, name);
    else
        print_quoted(out, '"', name, strlen(name));
}

static void print_table_name(struct weir_buffer *out, const struct weir_policy_table *table) {
    print_name(out, table->schema);
    weir_buffer_byte(out, '.');
    print_name(out, table->name);
}

static void print_reference(struct weir_buffer *out, const struct weir_policy_table *table,
                            const struct weir_policy_column *column) {
    print_table_name(out, table);
    weir_buffer_byte(out, '(');
    print_name(out, column->name);
    weir_buffer_byte(out, ')');
}

static void print_date(struct weir_buffer *out, const char *before, bool given, int64_t days) {
    if (!given)
        return;
    struct weir_value date = weir_value_integer(WEIR_TYPE_DATE, days);
    weir_buffer_text(out, before);
    weir_value_print(&date, out);
}

/* The shortest number that reads back as the same, its exponent without '+' and leading zeros:
 * 1e-7. */
static void print_double(struct weir_buffer *out, double number) {
    struct weir_value value = weir_value_double(number);
    size_t start = out->len;
    weir_value_print(&value, out);
    char *exponent = out->failed ? NULL : memchr(out->bytes + start, 'e', out->len - start);
    if (exponent == NULL)
        return;
    char *to = exponent + 1;
    const char *from = to, *end = out->bytes + out->len;
    if (*from == '-')
        *to++ = '-';
    from++;
    while (from + 1 < end && *from == '0')
        from++;
    while (from < end)
        *to++ = *from++;
    *to = '\0';
    out->len = (size_t)(to - out->bytes);
}

static void print_literal(struct weir_buffer *out, const struct weir_value *value) {
    if (value->type == WEIR_TYPE_DOUBLE) {
        print_double(out, value->as.number);
    } else if (value->type == WEIR_TYPE_TEXT) {
        print_quoted(out, '\'', value->as.text.bytes, value->as.text.len);
    } else {
        const char *quote = value->type == WEIR_TYPE_DATE ? "'" : "";
        weir_buffer_text(out, quote);
        weir_value_print(value, out);
        weir_buffer_text(out, quote);
    }
}

static const char *period_word(enum weir_period period) {
    switch (period) {
    case WEIR_PERIOD_DAY:
        return "DAY";
    case WEIR_PERIOD_WEEK:
        return "WEEK";
    case WEIR_PERIOD_MONTH:
        return "MONTH";
    case WEIR_PERIOD_QUARTER:
        return "QUARTER";
    case WEIR_PERIOD_YEAR:
        return "YEAR";
    case WEIR_PERIOD_LIFETIME:
        break;
    }
    return NULL;
}

static void print_budget(struct weir_buffer *out, const struct weir_budget_terms *budget) {
    weir_buffer_text(out, "\n  BUDGET EPSILON ");
    print_double(out, budget->epsilon);
    weir_buffer_text(out, " DELTA ");
    print_double(out, budget->delta);
    if (budget->period != WEIR_PERIOD_LIFETIME)
        weir_buffer_printf(out, " PER %s", period_word(budget->period));
    print_date(out, " UNTIL ", budget->has_until, budget->until);
}

static void print_header(struct weir_buffer *out, const struct weir_policy *policy) {
    print_prose(out, "POLICY ", policy->name);
    weir_buffer_printf(out, " VERSION %" PRId64, policy->version);
    if (policy->has_supersedes) {
        weir_buffer_text(out, "\n  SUPERSEDES sha256:");
        for (size_t i = 0; i < WEIR_POLICY_HASH_BYTES; i++)
            weir_buffer_printf(out, "%02x", policy->supersedes[i]);
    }
    print_prose(out, "\n  CONTROLLER ", policy->controller);
    print_date(out, "\n  EFFECTIVE ", policy->has_effective, policy->effective);
    print_date(out, "\n  UNTIL ", policy->has_until, policy->until);
    weir_buffer_text(out, ";\n");
}

static void print_dataset(struct weir_buffer *out, const struct weir_policy_dataset *dataset) {
    weir_buffer_text(out, "\nDATASET ");
    print_name(out, dataset->name);
    weir_buffer_text(out, " UNIT ");
    print_name(out, dataset->unit);
    print_budget(out, &dataset->budget);
    weir_buffer_text(out, ";\n");
}

static void print_role(struct weir_buffer *out, const struct weir_policy_column *column) {
    switch (column->role) {
    case WEIR_COLUMN_PLAIN:
        return;
    case WEIR_COLUMN_UNIT_KEY:
        weir_buffer_text(out, " UNIT KEY");
        return;
    case WEIR_COLUMN_UNIT_VIA:
        weir_buffer_text(out, " UNIT VIA ");
        print_reference(out, column->via_table, column->via_column);
        return;
    case WEIR_COLUMN_IDENTIFYING:
        weir_buffer_text(out, " IDENTIFYING");
        return;
    case WEIR_COLUMN_BIOMETRIC:
        weir_buffer_text(out, " BIOMETRIC");
        return;
    }
}

static void print_domain(struct weir_buffer *out, const struct weir_policy_column *column) {
    if (column->has_range) {
        weir_buffer_text(out, " RANGE ");
        print_literal(out, &column->range_low);
        weir_buffer_text(out, " .. ");
        print_literal(out, &column->range_high);
    }
    for (size_t i = 0; i < column->value_count; i++) {
        weir_buffer_text(out, i == 0 ? " VALUES (" : ", ");
        print_literal(out, &column->values[i]);
    }
    if (column->value_count > 0)
        weir_buffer_byte(out, ')');
    if (column->values_table != NULL) {
        weir_buffer_text(out, " VALUES FROM ");
        print_reference(out, column->values_table, column->values_column);
    }
}

static void print_column(struct weir_buffer *out, const struct weir_policy_column *column) {
    print_name(out, column->name);
    weir_buffer_printf(out, " %s", weir_type_name(column->type));
    if (column->type == WEIR_TYPE_NUMERIC)
        weir_buffer_printf(out, "(%d, %d)", column->precision, column->scale);
    if (column->is_key)
        weir_buffer_text(out, " KEY");
    print_role(out, column);
    print_domain(out, column);
    if (column->not_null && !column->is_key && column->role != WEIR_COLUMN_UNIT_KEY)
        weir_buffer_text(out, " NOT NULL");
}

static void print_retain(struct weir_buffer *out, const struct weir_policy_table *table) {
    weir_buffer_printf(out, " RETAIN %d %s%s FROM ", table->retain_count,
                       period_word(table->retain_period), table->retain_count == 1 ? "" : "S");
    if (table->retain_from == NULL)
        weir_buffer_text(out, "LOAD");
    else if (strcmp(table->retain_from->name, "load") == 0)
        weir_buffer_text(out, "\"load\""); /* the column, not the keyword */
    else
        print_name(out, table->retain_from->name);
}

static void print_table(struct weir_buffer *out, const struct weir_policy_table *table) {
    weir_buffer_text(out, table->is_public ? "\nPUBLIC TABLE " : "\nTABLE ");
    print_table_name(out, table);
    for (size_t i = 0; i < table->column_count; i++) {
        weir_buffer_text(out, i == 0 ? " (\n  " : ",\n  ");
        print_column(out, &table->columns[i]);
    }
    weir_buffer_text(out, "\n)");
    if (table->has_retain)
        print_retain(out, table);
    if (table->bound_rows > 0)
        weir_buffer_printf(out, " BOUND %" PRId64 " ROWS", table->bound_rows);
    weir_buffer_text(out, ";\n");
}

static void print_purpose(struct weir_buffer *out, const struct weir_policy_purpose *purpose) {
    weir_buffer_text(out, "\nPURPOSE ");
    print_name(out, purpose->name);
    if (purpose->term != NULL)
        weir_buffer_printf(out, "\n  IS %s", purpose->term);
    print_prose(out, "\n  LEGAL BASIS ", purpose->legal_basis);
    print_prose(out, "\n  BECAUSE ", purpose->because);
    print_date(out, "\n  UNTIL ", purpose->has_until, purpose->until);
    weir_buffer_text(out, ";\n");
}

static void print_permit(struct weir_buffer *out, const struct weir_policy_permit *permit) {
    weir_buffer_text(out, "\nPERMIT AGGREGATE\n  ON ");
    for (size_t i = 0; i < permit->grant_count; i++) {
        const struct weir_policy_grant *grant = &permit->grants[i];
        weir_buffer_text(out, i == 0 ? "" : ",\n    ");
        print_table_name(out, grant->table);
        for (size_t j = 0; j < grant->column_count; j++) {
            weir_buffer_text(out, j == 0 ? " (" : ", ");
            print_name(out, grant->columns[j]->name);
        }
        weir_buffer_byte(out, ')');
    }
    weir_buffer_text(out, "\n  FOR ");
    print_name(out, permit->purpose->name);
    weir_buffer_text(out, " TO ROLE ");
    print_name(out, permit->role->name);
    print_budget(out, &permit->budget);
    weir_buffer_text(out, "\n  QUERY EPSILON ");
    print_double(out, permit->query_epsilon);
    weir_buffer_printf(out, "\n  MINIMUM %" PRId64 " PEOPLE;\n", permit->minimum_people);
}

void weir_policy_print_into(const struct weir_policy *policy, struct weir_buffer *out) {
    print_header(out, policy);
    for (size_t i = 0; i < policy->dataset_count; i++)
        print_dataset(out, &policy->datasets[i]);
    for (size_t i = 0; i < policy->table_count; i++)
        print_table(out, &policy->tables[i]);
    for (size_t i = 0; i < policy->role_count; i++) {
        weir_buffer_text(out, "\nROLE ");
        print_name(out, policy->roles[i].name);
        print_prose(out, " IS ", policy->roles[i].description);
        weir_buffer_text(out, ";\n");
    }
    for (size_t i = 0; i < policy->purpose_count; i++)
        print_purpose(out, &policy->purposes[i]);
    for (size_t i = 0; i < policy->permit_count; i++)
        print_permit(out, &policy->permits[i]);
}

char *weir_policy_print(struct weir_arena *arena, const struct weir_policy *policy) {
    struct weir_buffer text = {0};
    weir_policy_print_into(policy, &text);
    char *copy = text.failed ? NULL : weir_arena_copy(arena, text.bytes, text.len);
    weir_buffer_free(&text);
    return copy;
}
