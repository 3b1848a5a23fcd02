/* Registering the functions, and what DuckDB calls in them. */
#include "exec/duckdb_bound_function.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    PARAMETERS_MAX = 1 + WEIR_BOUNDER_KEYS_MAX + WEIR_BOUNDER_ARGUMENTS_MAX,
    FUNCTIONS_MAX = 1 << 14 /* DuckDB cannot forget one */
};

struct signature {
    size_t count;
    struct weir_duckdb_parameter parameters[PARAMETERS_MAX];
};

struct weir_duckdb_bounds {
    pthread_mutex_t lock; /* of all that follows, and of each run's failure */
    int64_t last_id;
    struct weir_duckdb_run *runs;
    struct signature *signatures;
    size_t signature_count, signature_room;
};

/* What DuckDB keeps for one thread. */
struct state {
    struct weir_bounder_part *part; /* NULL until the first rows */
    struct weir_duckdb_run *run;
};

struct weir_duckdb_bounds *weir_duckdb_bounds_create(void) {
    struct weir_duckdb_bounds *bounds = calloc(1, sizeof *bounds);
    if (bounds != NULL && pthread_mutex_init(&bounds->lock, NULL) != 0) {
        free(bounds);
        return NULL;
    }
    return bounds;
}

void weir_duckdb_bounds_destroy(struct weir_duckdb_bounds *bounds) {
    if (bounds == NULL)
        return;
    weir_check(bounds->runs == NULL);
    weir_check(pthread_mutex_destroy(&bounds->lock) == 0);
    free(bounds->signatures);
    free(bounds);
}

static void lock(struct weir_duckdb_bounds *bounds) {
    weir_check(pthread_mutex_lock(&bounds->lock) == 0);
}

static void unlock(struct weir_duckdb_bounds *bounds) {
    weir_check(pthread_mutex_unlock(&bounds->lock) == 0);
}

/* ---- runs ---- */

void weir_duckdb_run_begin(struct weir_duckdb_bounds *bounds, struct weir_duckdb_run *run) {
    lock(bounds);
    run->id = ++bounds->last_id;
    run->next = bounds->runs;
    bounds->runs = run;
    unlock(bounds);
}

void weir_duckdb_run_end(struct weir_duckdb_bounds *bounds, struct weir_duckdb_run *run) {
    lock(bounds);
    struct weir_duckdb_run **link = &bounds->runs;
    while (*link != run)
        link = &(*link)->next;
    *link = run->next;
    unlock(bounds);
}

static struct weir_duckdb_run *find_run(struct weir_duckdb_bounds *bounds, int64_t id) {
    lock(bounds);
    struct weir_duckdb_run *run = bounds->runs;
    while (run != NULL && run->id != id)
        run = run->next;
    unlock(bounds);
    return run;
}

/* ---- called by DuckDB ---- */

static idx_t state_size(duckdb_function_info info) {
    (void)info;
    return sizeof(struct state);
}

static void begin_state(duckdb_function_info info, duckdb_aggregate_state state) {
    (void)info;
    memset(state, 0, sizeof(struct state));
}

static void stop(duckdb_function_info info, struct weir_duckdb_bounds *bounds,
                 struct weir_duckdb_run *run, const struct weir_error *error) {
    lock(bounds);
    if (!run->failed)
        run->failure = *error;
    run->failed = true;
    unlock(bounds);
    duckdb_aggregate_function_set_error(info, "stopped");
}

static struct weir_bounder_vector vector_of(duckdb_data_chunk rows, idx_t column) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(rows, column);
    return (struct weir_bounder_vector){duckdb_vector_get_data(vector),
                                        duckdb_vector_get_validity(vector)};
}

static weir_status feed(struct state *state, duckdb_data_chunk rows, struct weir_error *error) {
    const struct weir_bounder_options *options = weir_bounder_options_of(state->run->bounder);
    struct weir_bounder_vector columns[WEIR_BOUNDER_KEYS_MAX + WEIR_BOUNDER_ARGUMENTS_MAX];
    size_t count = options->key_count + options->argument_count;
    if (duckdb_data_chunk_get_column_count(rows) != count + 2)
        return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    if (state->part == NULL)
        WEIR_TRY(weir_bounder_part_create(state->run->bounder, &state->part, error));
    for (size_t i = 0; i < count; i++)
        columns[i] = vector_of(rows, i + 2);
    struct weir_bounder_batch batch = {.row_count = duckdb_data_chunk_get_size(rows),
                                       .unit = vector_of(rows, 1),
                                       .keys = columns,
                                       .arguments = columns + options->key_count};
    return weir_bounder_feed(state->part, &batch, error);
}

/* An ungrouped aggregate: all rows have the first row's state. */
static void update(duckdb_function_info info, duckdb_data_chunk rows,
                   duckdb_aggregate_state *states) {
    struct weir_duckdb_bounds *bounds = duckdb_aggregate_function_get_extra_info(info);
    if (duckdb_data_chunk_get_size(rows) == 0)
        return;
    struct state *state = (struct state *)states[0];
    if (state->run == NULL)
        state->run = find_run(bounds, *(const int64_t *)vector_of(rows, 0).data);
    if (state->run == NULL) {
        duckdb_aggregate_function_set_error(info, "no such run");
        return;
    }
    struct weir_error error = {0};
    if (!feed(state, rows, &error).ok)
        stop(info, bounds, state->run, &error);
}

/* Nothing to do: the parts belong to the run, which joins them when it is finished. */
static void combine(duckdb_function_info info, duckdb_aggregate_state *sources,
                    duckdb_aggregate_state *targets, idx_t count) {
    (void)info, (void)sources, (void)targets, (void)count;
}

static void finalize(duckdb_function_info info, duckdb_aggregate_state *states,
                     duckdb_vector result, idx_t count, idx_t offset) {
    (void)info, (void)states;
    memset((int64_t *)duckdb_vector_get_data(result) + offset, 0, count * sizeof(int64_t));
}

/* ---- registering ---- */

static void add_parameter(duckdb_aggregate_function function,
                          const struct weir_duckdb_parameter *parameter) {
    duckdb_logical_type type = parameter->type == DUCKDB_TYPE_DECIMAL
                                   ? duckdb_create_decimal_type(parameter->width, parameter->scale)
                                   : duckdb_create_logical_type(parameter->type);
    duckdb_aggregate_function_add_parameter(function, type);
    duckdb_destroy_logical_type(&type);
}

static bool register_function(struct weir_duckdb_bounds *bounds, duckdb_connection connection,
                              const struct signature *signature, size_t number) {
    char name[32];
    duckdb_aggregate_function function = duckdb_create_aggregate_function();
    snprintf(name, sizeof name, "weir_bound_%zu", number);
    duckdb_aggregate_function_set_name(function, name);
    add_parameter(function, &(struct weir_duckdb_parameter){.type = DUCKDB_TYPE_BIGINT});
    for (size_t i = 0; i < signature->count; i++)
        add_parameter(function, &signature->parameters[i]);
    duckdb_logical_type result = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    duckdb_aggregate_function_set_return_type(function, result);
    duckdb_destroy_logical_type(&result);
    duckdb_aggregate_function_set_functions(function, state_size, begin_state, update, combine,
                                            finalize);
    duckdb_aggregate_function_set_special_handling(function); /* NULLs come, too */
    duckdb_aggregate_function_set_extra_info(function, bounds, NULL);
    bool done = duckdb_register_aggregate_function(connection, function) == DuckDBSuccess;
    duckdb_destroy_aggregate_function(&function);
    return done;
}

static bool are_equal(const struct signature *left, const struct signature *right) {
    for (size_t i = 0; i < left->count && left->count == right->count; i++)
        if (left->parameters[i].type != right->parameters[i].type ||
            left->parameters[i].width != right->parameters[i].width ||
            left->parameters[i].scale != right->parameters[i].scale)
            return false;
    return left->count == right->count;
}

static weir_status add_signature(struct weir_duckdb_bounds *bounds, duckdb_connection connection,
                                 const struct signature *signature, struct weir_error *error) {
    if (bounds->signature_count == bounds->signature_room) {
        size_t room = bounds->signature_room == 0 ? 16 : bounds->signature_room * 2;
        struct signature *grown = NULL;
        if (room <= FUNCTIONS_MAX)
            grown = realloc(bounds->signatures, room * sizeof *grown);
        if (grown == NULL)
            return weir_duckdb_fail(DUCKDB_ERROR_OUT_OF_MEMORY, error);
        bounds->signatures = grown;
        bounds->signature_room = room;
    }
    if (!register_function(bounds, connection, signature, bounds->signature_count))
        return weir_duckdb_fail(DUCKDB_ERROR_INVALID, error);
    bounds->signatures[bounds->signature_count++] = *signature;
    return WEIR_OK;
}

weir_status weir_duckdb_bound_function(struct weir_duckdb_bounds *bounds,
                                       duckdb_connection connection,
                                       const struct weir_duckdb_parameter *parameters, size_t count,
                                       size_t *number, struct weir_error *error) {
    struct signature signature = {.count = count};
    weir_status status = WEIR_OK;
    weir_check(count <= PARAMETERS_MAX);
    memcpy(signature.parameters, parameters, count * sizeof *parameters);
    lock(bounds);
    for (*number = 0; *number < bounds->signature_count; (*number)++)
        if (are_equal(&bounds->signatures[*number], &signature))
            break;
    if (*number == bounds->signature_count)
        status = add_signature(bounds, connection, &signature, error);
    unlock(bounds);
    return status;
}
