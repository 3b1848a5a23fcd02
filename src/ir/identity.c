/* Keys that lead to a person. A UNIT KEY identifies the unit in every table of its dataset; a UNIT
 * VIA column holds the key that it leads to; a KEY of a protected table belongs to the one unit
 * that owns its row. */
#include "ir/ir.h"

#include "base/banned.h"

const void *weir_column_identity(const struct weir_column *column) {
    const struct weir_policy_column *source = column->source;
    const struct weir_policy_table *table = column->table;
    if (source == NULL || table->is_public)
        return NULL;
    if (source->role == WEIR_COLUMN_UNIT_VIA) {
        table = source->via_table;
        source = source->via_column;
    }
    if (source->role == WEIR_COLUMN_UNIT_KEY)
        return table->dataset;
    return source->is_key ? source : NULL;
}

bool weir_column_is_unit_key(const struct weir_column *column) {
    return column->source != NULL && !column->table->is_public &&
           weir_column_identity(column) == column->table->dataset;
}
