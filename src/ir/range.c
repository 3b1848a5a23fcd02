/* Interval arithmetic over declared ranges. What is unknown is unbounded; only a bounded result may
 * be summed. The result decides a public clamp, never what a row holds: a row outside it is clamped
 * into it. */
#include "ir/ir.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

static const struct weir_range unbounded = {-INFINITY, INFINITY};

double weir_value_number(const struct weir_value *value) {
    switch (value->type) {
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_BIGINT:
        return (double)value->as.integer;
    case WEIR_TYPE_NUMERIC:
        return (double)value->as.numeric.digits / pow(10, value->as.numeric.scale);
    case WEIR_TYPE_DOUBLE:
        return value->as.number;
    case WEIR_TYPE_BOOLEAN:
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_DATE:
    case WEIR_TYPE_TIMESTAMP:
    case WEIR_TYPE_BLOB:
        return NAN;
    }
    return NAN;
}

static struct weir_range ordered(double a, double b) {
    if (isnan(a) || isnan(b))
        return unbounded;
    return (struct weir_range){fmin(a, b), fmax(a, b)};
}

static struct weir_range join(struct weir_range a, struct weir_range b) {
    return (struct weir_range){fmin(a.low, b.low), fmax(a.high, b.high)};
}

/* An infinite end times zero is not a number, and then nothing is known. */
static struct weir_range times(struct weir_range a, struct weir_range b) {
    double products[] = {a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high};
    struct weir_range range = {products[0], products[0]};
    for (size_t i = 0; i < WEIR_COUNT(products); i++) {
        if (isnan(products[i]))
            return unbounded;
        range = join(range, (struct weir_range){products[i], products[i]});
    }
    return range;
}

static struct weir_range divided(struct weir_range a, struct weir_range b) {
    if (b.low <= 0 && b.high >= 0)
        return unbounded;
    struct weir_range quotient = times(a, (struct weir_range){1 / b.high, 1 / b.low});
    /* whole-number division truncates toward zero: never outside the real quotient and zero */
    return join(quotient, (struct weir_range){fmin(0, quotient.high), fmax(0, quotient.low)});
}

static struct weir_range of_date_field(const char *name) {
    static const struct {
        const char *name;
        double low, high;
    } fields[] = {
        {"extract_quarter", 1, 4}, {"extract_month", 1, 12}, {"extract_week", 1, 53},
        {"extract_day", 1, 31},    {"extract_dow", 0, 6},    {"extract_isodow", 1, 7},
        {"extract_doy", 1, 366},   {"extract_hour", 0, 23},  {"extract_minute", 0, 59},
    };
    for (size_t i = 0; i < WEIR_COUNT(fields); i++)
        if (strcmp(fields[i].name, name) == 0)
            return (struct weir_range){fields[i].low, fields[i].high};
    return unbounded;
}

static struct weir_range of_one(const char *name, struct weir_range a, enum weir_type result) {
    if (strcmp(name, "-") == 0)
        return (struct weir_range){-a.high, -a.low};
    if (strcmp(name, "abs") == 0) {
        bool spans_zero = a.low <= 0 && a.high >= 0;
        return (struct weir_range){spans_zero ? 0 : fmin(fabs(a.low), fabs(a.high)),
                                   fmax(fabs(a.low), fabs(a.high))};
    }
    if (strcmp(name, "sign") == 0)
        return (struct weir_range){-1, 1};
    bool rounds = strcmp(name, "floor") == 0 || strcmp(name, "ceil") == 0 ||
                  strcmp(name, "ceiling") == 0 || strcmp(name, "round") == 0 ||
                  strcmp(name, "trunc") == 0;
    bool is_number = result == WEIR_TYPE_INTEGER || result == WEIR_TYPE_BIGINT ||
                     result == WEIR_TYPE_DOUBLE || result == WEIR_TYPE_NUMERIC;
    if (rounds || (strcmp(name, "cast") == 0 && is_number && result != WEIR_TYPE_DOUBLE))
        return (struct weir_range){floor(a.low), ceil(a.high)};
    if (strcmp(name, "cast") == 0 && is_number)
        return a;
    return of_date_field(name);
}

static struct weir_range of_two(const char *name, struct weir_range a, struct weir_range b) {
    if (strcmp(name, "+") == 0)
        return ordered(a.low + b.low, a.high + b.high);
    if (strcmp(name, "-") == 0)
        return ordered(a.low - b.high, a.high - b.low);
    if (strcmp(name, "*") == 0)
        return times(a, b);
    if (strcmp(name, "/") == 0)
        return divided(a, b);
    if (strcmp(name, "nullif") == 0)
        return a;
    return unbounded;
}

/* A NULL among the arguments is passed over, so only one that is never NULL can hold the result
 * back. */
static struct weir_range of_extreme(const struct weir_column *scope,
                                    const struct weir_expression *call, bool greatest) {
    struct weir_range hull = {INFINITY, -INFINITY}, held = unbounded;
    for (size_t i = 0; i < call->as.call.count; i++) {
        struct weir_range next = weir_expression_range(scope, call->as.call.arguments[i]);
        hull = join(hull, next);
        if (weir_expression_may_be_null(scope, call->as.call.arguments[i]))
            continue;
        held.low = fmax(held.low, next.low);
        held.high = fmin(held.high, next.high);
    }
    return (struct weir_range){greatest ? fmax(hull.low, held.low) : hull.low,
                               greatest ? hull.high : fmin(hull.high, held.high)};
}

static struct weir_range of_call(const struct weir_column *scope,
                                 const struct weir_expression *call) {
    const char *name = call->as.call.function->name;
    const struct weir_expression **arguments = call->as.call.arguments;
    if (strcmp(name, "greatest") == 0 || strcmp(name, "least") == 0)
        return of_extreme(scope, call, name[0] == 'g');
    if (strcmp(name, "coalesce") == 0) {
        struct weir_range range = weir_expression_range(scope, arguments[0]);
        for (size_t i = 1; i < call->as.call.count; i++)
            range = join(range, weir_expression_range(scope, arguments[i]));
        return range;
    }
    if (strcmp(name, "width_bucket") == 0)
        return (struct weir_range){0, weir_value_number(&arguments[3]->as.constant) + 1};
    if (call->as.call.count == 1)
        return of_one(name, weir_expression_range(scope, arguments[0]), call->type);
    if (call->as.call.count == 2)
        return of_two(name, weir_expression_range(scope, arguments[0]),
                      weir_expression_range(scope, arguments[1]));
    return unbounded;
}

static struct weir_range of_case(const struct weir_column *scope,
                                 const struct weir_expression *expression) {
    struct weir_range range = {INFINITY, -INFINITY}; /* NULL results add nothing */
    for (size_t i = 0; i < expression->as.cases.count; i++)
        range = join(range, weir_expression_range(scope, expression->as.cases.results[i]));
    if (expression->as.cases.otherwise != NULL)
        range = join(range, weir_expression_range(scope, expression->as.cases.otherwise));
    return range;
}

struct weir_range weir_expression_range(const struct weir_column *scope,
                                        const struct weir_expression *expression) {
    switch (expression->kind) {
    case WEIR_EXPRESSION_COLUMN:
        return scope[expression->as.column].range;
    case WEIR_EXPRESSION_CONSTANT:
        if (expression->as.constant.is_null)
            return (struct weir_range){INFINITY, -INFINITY};
        return ordered(weir_value_number(&expression->as.constant),
                       weir_value_number(&expression->as.constant));
    case WEIR_EXPRESSION_CALL:
        return of_call(scope, expression);
    case WEIR_EXPRESSION_LOGIC:
        return unbounded;
    case WEIR_EXPRESSION_CASE:
        return of_case(scope, expression);
    }
    return unbounded;
}
