/* Comparing decimals as decimals. A NUMERIC column compared with constants is compared exactly,
 * which the engine does fastest; everything else about NUMERIC goes through DOUBLE, since decimals
 * of different scales may meet in a type that is too narrow for some value, and then fail. */
#include "sql/bind_private.h"

#include <string.h>

#include "base/banned.h"

enum { NARROW_DIGITS = 18 }; /* two such decimals have a common type within 38 digits */

static bool is_comparison(const char *name, size_t count) {
    static const char *const names[] = {"=", "<>", "<", "<=", ">", ">="};
    for (size_t i = 0; count == 2 && i < WEIR_COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool is_narrow_column(const struct binder *binder, bound expression) {
    if (expression->kind != WEIR_EXPRESSION_COLUMN || expression->type != WEIR_TYPE_NUMERIC ||
        expression->as.column >= binder->scope_count)
        return false;
    const struct weir_policy_column *source = binder->scope[expression->as.column].source;
    return source != NULL && source->precision > 0 && source->precision <= NARROW_DIGITS;
}

static bool is_narrow(const struct weir_value *value) {
    weir_int128 limit = 1000000000000000000;
    return value->as.numeric.scale <= NARROW_DIGITS && value->as.numeric.digits < limit &&
           value->as.numeric.digits > -limit;
}

/* The constant as a decimal of the same text: 0.05 is five hundredths, not the double next to it.
 */
static bound as_numeric(struct binder *binder, bound constant) {
    struct weir_value value = weir_value_null(WEIR_TYPE_NUMERIC);
    struct weir_buffer text = {0};
    bool reads = true;
    if (!constant->as.constant.is_null) {
        weir_value_print(&constant->as.constant, &text);
        reads = !text.failed &&
                weir_value_parse(binder->arena, WEIR_TYPE_NUMERIC, text.bytes, text.len, &value);
        reads = reads && is_narrow(&value);
    }
    weir_buffer_free(&text);
    if (!reads)
        return NULL;
    bound made = weir_bind_constant(binder, value, constant->position);
    if (made != NULL)
        ((struct weir_expression *)made)->parameter = constant->parameter;
    return made;
}

/* False when memory is out or a side cannot be converted: the error says so. */
bool weir_bind_compare_numeric(struct binder *binder, const char *name, bound *sides,
                               size_t count) {
    if (!is_comparison(name, count) ||
        (sides[0]->type != WEIR_TYPE_NUMERIC && sides[1]->type != WEIR_TYPE_NUMERIC))
        return true;
    for (size_t i = 0; i < 2; i++) {
        bound other = sides[1 - i];
        if (!is_narrow_column(binder, sides[i]) || other->kind != WEIR_EXPRESSION_CONSTANT ||
            other->is_untyped || !weir_type_is_number(other->type))
            continue;
        bound exact = as_numeric(binder, other);
        if (exact != NULL)
            sides[1 - i] = exact;
        if (exact != NULL)
            return true;
    }
    for (size_t i = 0; i < 2; i++)
        if (sides[i]->type == WEIR_TYPE_NUMERIC && !sides[i]->is_untyped) {
            sides[i] = weir_bind_coerce(binder, sides[i], WEIR_TYPE_DOUBLE, name);
            if (sides[i] == NULL)
                return false;
        }
    return true;
}
