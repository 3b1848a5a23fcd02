/* From a statement to a fed run: check the types, find the function, run the statement. */
#include "exec/duckdb_bound.h"

#include "exec/duckdb_bound_function.h"
#include "exec/duckdb_value.h"

#include "base/banned.h"

enum { COLUMNS_MAX = 1 + WEIR_BOUNDER_KEYS_MAX + WEIR_BOUNDER_ARGUMENTS_MAX };

/* What the statement's columns are: the unit, the keys, the arguments. */
struct shape {
    size_t count;
    struct weir_duckdb_parameter parameters[COLUMNS_MAX];
    enum weir_bounder_storage storages[COLUMNS_MAX];
};

/* How a type comes to the function. Narrow and unsigned integers and floats are widened by the
 * engine; decimals come as they are. */
static bool shape_type(const struct weir_duckdb_column *column,
                       struct weir_duckdb_parameter *parameter,
                       enum weir_bounder_storage *storage) {
    static const struct {
        enum weir_type ours;
        duckdb_type theirs;
        enum weir_bounder_storage storage;
    } plain[] = {
        {WEIR_TYPE_BOOLEAN, DUCKDB_TYPE_BOOLEAN, WEIR_BOUNDER_BOOL},
        {WEIR_TYPE_INTEGER, DUCKDB_TYPE_INTEGER, WEIR_BOUNDER_INT32},
        {WEIR_TYPE_BIGINT, DUCKDB_TYPE_BIGINT, WEIR_BOUNDER_INT64},
        {WEIR_TYPE_NUMERIC, DUCKDB_TYPE_HUGEINT, WEIR_BOUNDER_INT128},
        {WEIR_TYPE_DOUBLE, DUCKDB_TYPE_DOUBLE, WEIR_BOUNDER_DOUBLE},
        {WEIR_TYPE_TEXT, DUCKDB_TYPE_VARCHAR, WEIR_BOUNDER_STRING},
        {WEIR_TYPE_DATE, DUCKDB_TYPE_DATE, WEIR_BOUNDER_INT32},
        {WEIR_TYPE_TIMESTAMP, DUCKDB_TYPE_TIMESTAMP, WEIR_BOUNDER_INT64},
        {WEIR_TYPE_BLOB, DUCKDB_TYPE_BLOB, WEIR_BOUNDER_STRING},
    };
    static const struct {
        duckdb_type storage_type;
        enum weir_bounder_storage storage;
    } decimals[] = {
        {DUCKDB_TYPE_SMALLINT, WEIR_BOUNDER_INT16},
        {DUCKDB_TYPE_INTEGER, WEIR_BOUNDER_INT32},
        {DUCKDB_TYPE_BIGINT, WEIR_BOUNDER_INT64},
        {DUCKDB_TYPE_HUGEINT, WEIR_BOUNDER_INT128},
    };
    bool is_decimal = column->type == DUCKDB_TYPE_DECIMAL;
    for (size_t i = 0; is_decimal && i < WEIR_COUNT(decimals); i++) {
        if (decimals[i].storage_type == column->storage) {
            *parameter = (struct weir_duckdb_parameter){DUCKDB_TYPE_DECIMAL, (uint8_t)column->width,
                                                        (uint8_t)column->scale};
            *storage = decimals[i].storage;
            return true;
        }
    }
    for (size_t i = 0; !is_decimal && i < WEIR_COUNT(plain); i++) {
        if (plain[i].ours == column->ours) {
            *parameter = (struct weir_duckdb_parameter){.type = plain[i].theirs};
            *storage = plain[i].storage;
            return true;
        }
    }
    return false;
}

/* Column `place` is what the bounder was told. */
static weir_status shape_column(duckdb_prepared_statement statement, size_t place,
                                const struct weir_bounder_column *expected, struct shape *shape,
                                struct weir_error *error) {
    struct weir_duckdb_column column;
    duckdb_logical_type type = duckdb_prepared_statement_column_logical_type(statement, place);
    if (type == NULL)
        return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    weir_status status = weir_duckdb_describe(type, &column, error);
    duckdb_destroy_logical_type(&type);
    WEIR_TRY(status);
    if (column.ours != expected->type ||
        (column.ours == WEIR_TYPE_NUMERIC && column.scale != expected->scale) ||
        !shape_type(&column, &shape->parameters[place], &shape->storages[place]))
        return weir_fail(error, WEIR_ERROR_INTERNAL, "the data engine gave rows of another form");
    return WEIR_OK;
}

static weir_status shape_columns(duckdb_prepared_statement statement,
                                 const struct weir_bounder_options *options, struct shape *shape,
                                 struct weir_error *error) {
    static const struct weir_bounder_column unit = {.type = WEIR_TYPE_BIGINT};
    shape->count = 1 + options->key_count + options->argument_count;
    if (duckdb_prepared_statement_column_count(statement) != shape->count)
        return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    WEIR_TRY(shape_column(statement, 0, &unit, shape, error));
    for (size_t i = 0; i < options->key_count; i++)
        WEIR_TRY(shape_column(statement, 1 + i, &options->keys[i], shape, error));
    for (size_t i = 0; i < options->argument_count; i++)
        WEIR_TRY(shape_column(statement, 1 + options->key_count + i, &options->arguments[i], shape,
                              error));
    return WEIR_OK;
}

/* Finds out what the statement's columns are and which function takes them. The constants are
 * bound: their types are part of the statement's. */
static weir_status prepare(struct weir_duckdb *engine, const char *sql,
                           const struct weir_value *constants, size_t constant_count,
                           const struct weir_bounder_options *options, struct shape *shape,
                           size_t *function, struct weir_error *error) {
    duckdb_connection connection;
    duckdb_prepared_statement statement = NULL;
    if (duckdb_connect(engine->database, &connection) != DuckDBSuccess)
        return weir_duckdb_fail(DUCKDB_ERROR_CONNECTION, error);
    weir_status status = WEIR_FAILED;
    if (duckdb_prepare(connection, sql, &statement) != DuckDBSuccess ||
        duckdb_prepared_statement_type(statement) != DUCKDB_STATEMENT_TYPE_SELECT)
        weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    else
        status = weir_duckdb_bind(statement, constants, constant_count, error);
    if (status.ok)
        status = shape_columns(statement, options, shape, error);
    duckdb_destroy_prepare(&statement);
    if (status.ok)
        status = weir_duckdb_bound_function(engine->bounds, connection, shape->parameters,
                                            shape->count, function, error);
    duckdb_disconnect(&connection);
    return status;
}

static const char *wrap(struct weir_arena *arena, const char *sql, const struct shape *shape,
                        size_t function, int64_t run) {
    struct weir_buffer text = {.limit = 16 << 20};
    weir_buffer_printf(&text, "SELECT weir_bound_%zu(CAST(%lld AS BIGINT)", function,
                       (long long)run);
    for (size_t i = 0; i < shape->count; i++)
        weir_buffer_printf(&text, ", c%zu", i);
    weir_buffer_printf(&text, ") FROM (");
    weir_buffer_text(&text, sql);
    weir_buffer_text(&text, ") AS fed(");
    for (size_t i = 0; i < shape->count; i++)
        weir_buffer_printf(&text, "%sc%zu", i == 0 ? "" : ", ", i);
    weir_buffer_text(&text, ")");
    const char *wrapped = text.failed ? NULL : weir_arena_copy(arena, text.bytes, text.len);
    weir_buffer_free(&text);
    return wrapped;
}

weir_status weir_duckdb_bound(struct weir_backend *backend, struct weir_arena *arena,
                              struct weir_cancel *cancel, const char *sql,
                              const struct weir_value *constants, size_t constant_count,
                              struct weir_bounder *bounder, struct weir_error *error) {
    struct weir_duckdb *engine = (struct weir_duckdb *)backend;
    const struct weir_bounder_options *options = weir_bounder_options_of(bounder);
    struct shape shape;
    size_t function;
    WEIR_TRY(prepare(engine, sql, constants, constant_count, options, &shape, &function, error));
    WEIR_TRY(weir_bounder_set_storage(bounder, shape.storages + 1,
                                      shape.storages + 1 + options->key_count, error));
    struct weir_duckdb_run run = {.bounder = bounder};
    struct weir_rows rows;
    weir_duckdb_run_begin(engine->bounds, &run);
    const char *wrapped = wrap(arena, sql, &shape, function, run.id);
    weir_status status = WEIR_FAILED;
    if (wrapped != NULL)
        status = backend->operations->query(backend, arena, cancel, wrapped, constants,
                                            constant_count, 1, &rows, error);
    weir_duckdb_run_end(engine->bounds, &run);
    if (run.failed) { /* the engine only says that it was stopped */
        *error = run.failure;
        return WEIR_FAILED;
    }
    return status;
}
