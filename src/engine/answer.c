/* Released rows as JSON, and back. */
#include "engine/answer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* ---- printing ---- */

static json_t *print_cell(const struct weir_value *value) {
    struct weir_buffer text = {0};
    if (value->is_null)
        return json_null();
    weir_value_print(value, &text);
    json_t *cell =
        text.failed ? NULL : json_stringn(text.bytes == NULL ? "" : text.bytes, text.len);
    weir_buffer_free(&text);
    return cell;
}

static json_t *print_row(const struct weir_value *values, size_t count) {
    json_t *row = json_array();
    for (size_t i = 0; row != NULL && i < count; i++)
        if (json_array_append_new(row, print_cell(&values[i])) != 0) {
            json_decref(row);
            return NULL;
        }
    return row;
}

static json_t *print_rows(const struct weir_rows *rows) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < rows->row_count; i++)
        if (json_array_append_new(
                list, print_row(&rows->values[i * rows->column_count], rows->column_count)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *print_types(const struct weir_rows *rows) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < rows->column_count; i++)
        if (json_array_append_new(list, json_string(weir_type_name(rows->types[i]))) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *print_noise(const struct weir_released *released) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < released->measure_count; i++) {
        const struct weir_measure_noise *noise = &released->noise[i];
        json_t *item = json_pack("{s:I, s:i, s:I, s:b, s:f, s:f}", "tau", (json_int_t)noise->tau,
                                 "bits", noise->lattice_bits, "sigma", (json_int_t)noise->sigma,
                                 "tells_clipped", (int)noise->tells_clipped, "clipped",
                                 noise->clipped, "clipped_half_width", noise->clipped_half_width);
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

weir_status weir_answer_print(struct weir_arena *arena, const struct weir_released *released,
                              const void **bytes, size_t *len, struct weir_error *error) {
    json_t *answer = json_pack("{s:o, s:o, s:o}", "noise", print_noise(released), "rows",
                               print_rows(&released->rows), "types", print_types(&released->rows));
    char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(answer);
    if (text == NULL)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "53200", "no memory to keep the answer");
    *len = strlen(text);
    *bytes = weir_arena_copy(arena, text, *len);
    free(text);
    return *bytes == NULL ? WEIR_FAILED : WEIR_OK;
}

/* ---- reading ---- */

static weir_status damaged(struct weir_error *error) {
    return weir_fail(error, WEIR_ERROR_INTERNAL, "a stored answer cannot be read");
}

static weir_status read_cell(struct weir_arena *arena, const json_t *cell, enum weir_type type,
                             struct weir_value *value, struct weir_error *error) {
    *value = weir_value_null(type);
    if (json_is_null(cell))
        return WEIR_OK;
    const char *text = json_string_value(cell);
    if (text == NULL || !weir_value_parse(arena, type, text, json_string_length(cell), value))
        return damaged(error);
    return WEIR_OK;
}

static weir_status check_types(const json_t *list, const enum weir_type *types, size_t count,
                               struct weir_error *error) {
    if (json_array_size(list) != count)
        return damaged(error);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name == NULL || strcmp(name, weir_type_name(types[i])) != 0)
            return damaged(error);
    }
    return WEIR_OK;
}

static weir_status read_rows(struct weir_arena *arena, const json_t *list,
                             const enum weir_type *types, size_t column_count,
                             struct weir_rows *rows, struct weir_error *error) {
    size_t row_count = json_array_size(list);
    struct weir_value *values = WEIR_NEW_ARRAY(arena, row_count * column_count, struct weir_value);
    if (values == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < row_count; i++) {
        const json_t *row = json_array_get(list, i);
        if (json_array_size(row) != column_count)
            return damaged(error);
        for (size_t k = 0; k < column_count; k++)
            WEIR_TRY(read_cell(arena, json_array_get(row, k), types[k],
                               &values[i * column_count + k], error));
    }
    *rows = (struct weir_rows){
        .column_count = column_count, .row_count = row_count, .types = types, .values = values};
    return WEIR_OK;
}

static weir_status read_noise(struct weir_arena *arena, json_t *list, size_t count,
                              struct weir_released *released, struct weir_error *error) {
    struct weir_measure_noise *noise = WEIR_NEW_ARRAY(arena, count, struct weir_measure_noise);
    if (noise == NULL)
        return WEIR_FAILED;
    if (json_array_size(list) != count)
        return damaged(error);
    for (size_t i = 0; i < count; i++) {
        json_int_t tau, sigma;
        int tells_clipped;
        if (json_unpack(json_array_get(list, i), "{s:I, s:i, s:I, s:b, s:F, s:F}", "tau", &tau,
                        "bits", &noise[i].lattice_bits, "sigma", &sigma, "tells_clipped",
                        &tells_clipped, "clipped", &noise[i].clipped, "clipped_half_width",
                        &noise[i].clipped_half_width) != 0 ||
            sigma < 1)
            return damaged(error);
        noise[i].tau = tau;
        noise[i].sigma = sigma;
        noise[i].tells_clipped = tells_clipped != 0;
    }
    released->measure_count = count;
    released->noise = noise;
    return WEIR_OK;
}

weir_status weir_answer_read(struct weir_arena *arena, const void *bytes, size_t len,
                             const enum weir_type *types, size_t column_count, size_t measure_count,
                             struct weir_released *released, struct weir_error *error) {
    json_t *answer = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *list = json_object_get(answer, "rows");
    weir_status status = json_is_array(list) ? check_types(json_object_get(answer, "types"), types,
                                                           column_count, error)
                                             : damaged(error);
    if (status.ok)
        status = read_rows(arena, list, types, column_count, &released->rows, error);
    if (status.ok)
        status =
            read_noise(arena, json_object_get(answer, "noise"), measure_count, released, error);
    json_decref(answer);
    return status;
}
