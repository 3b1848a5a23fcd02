/* array_agg with DISTINCT and ORDER BY, which SQLite's own aggregates lack: weir_array_agg(flags,
 * value, key...). The flags are 'd' for DISTINCT or '-', then two letters a key: 'a' or 'd' for the
 * direction, 'f' or 'l' for nulls first or last. The result is a JSON array, null over no rows. */
#include "wire/shadow_values.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { KEY_LIMIT = 4, FLAG_BYTES = 2 * KEY_LIMIT + 2 };

struct item {
    sqlite3_value *values[1 + KEY_LIMIT]; /* the value, then its keys */
    size_t place;                         /* as it came */
};

struct collection {
    struct item *items;
    size_t count, capacity;
    int key_count;
    char flags[FLAG_BYTES];
    bool failed;
};

static bool reserve(struct collection *collection) {
    if (collection->count < collection->capacity)
        return true;
    size_t capacity = collection->capacity == 0 ? 16 : collection->capacity * 2;
    struct item *items = realloc(collection->items, capacity * sizeof *items);
    if (items == NULL || capacity > 2 * (size_t)WEIR_SHADOW_ROW_LIMIT) {
        collection->items = items != NULL ? items : collection->items;
        return false;
    }
    collection->items = items;
    collection->capacity = capacity;
    return true;
}

static void step(sqlite3_context *call, int count, sqlite3_value **values) {
    struct collection *collection = sqlite3_aggregate_context(call, sizeof *collection);
    const char *flags = weir_shadow_text_of(values[0]);
    if (collection == NULL || flags == NULL || count < 2 || count > 2 + KEY_LIMIT ||
        !reserve(collection)) {
        if (collection != NULL)
            collection->failed = true;
        return;
    }
    collection->key_count = count - 2;
    size_t len = strlen(flags);
    memcpy(collection->flags, flags, len < FLAG_BYTES ? len : FLAG_BYTES - 1);
    struct item *item = &collection->items[collection->count];
    *item = (struct item){.place = collection->count};
    collection->count++;
    for (int i = 0; i + 1 < count; i++) {
        item->values[i] = sqlite3_value_dup(values[i + 1]);
        collection->failed = collection->failed || item->values[i] == NULL;
    }
}

/* Numbers before text; null apart. */
static int compare_values(sqlite3_value *left, sqlite3_value *right) {
    bool left_is_text = sqlite3_value_type(left) == SQLITE_TEXT;
    bool right_is_text = sqlite3_value_type(right) == SQLITE_TEXT;
    if (left_is_text != right_is_text)
        return left_is_text ? 1 : -1;
    if (left_is_text)
        return strcmp((const char *)sqlite3_value_text(left),
                      (const char *)sqlite3_value_text(right));
    double a = sqlite3_value_double(left), b = sqlite3_value_double(right);
    return (a > b) - (a < b);
}

static int compare_key(sqlite3_value *left, sqlite3_value *right, bool descending,
                       bool nulls_first) {
    bool left_is_null = sqlite3_value_type(left) == SQLITE_NULL;
    bool right_is_null = sqlite3_value_type(right) == SQLITE_NULL;
    if (left_is_null || right_is_null) {
        int order = (int)left_is_null - (int)right_is_null;
        return nulls_first ? -order : order;
    }
    int order = compare_values(left, right);
    return descending ? -order : order;
}

static int compare_items(const void *left, const void *right, void *state) {
    const struct collection *collection = state;
    const struct item *a = left, *b = right;
    for (int i = 0; i < collection->key_count; i++) {
        int order =
            compare_key(a->values[1 + i], b->values[1 + i], collection->flags[1 + 2 * i] == 'd',
                        collection->flags[2 + 2 * i] == 'f');
        if (order != 0)
            return order;
    }
    if (collection->flags[0] == 'd') {
        int order = compare_key(a->values[0], b->values[0], false, false);
        if (order != 0)
            return order;
    }
    return (a->place > b->place) - (a->place < b->place);
}

static json_t *make_json(sqlite3_value *value) {
    if (sqlite3_value_type(value) == SQLITE_NULL)
        return json_null();
    if (sqlite3_value_type(value) == SQLITE_INTEGER)
        return json_integer(sqlite3_value_int64(value));
    if (sqlite3_value_type(value) == SQLITE_FLOAT)
        return json_real(sqlite3_value_double(value));
    return json_string((const char *)sqlite3_value_text(value));
}

static char *print(struct collection *collection) {
    json_t *array = json_array();
    bool distinct = collection->flags[0] == 'd', ok = array != NULL;
    if (collection->key_count > 0 || distinct)
        qsort_r(collection->items, collection->count, sizeof *collection->items, compare_items,
                collection);
    for (size_t i = 0; i < collection->count && ok; i++) {
        sqlite3_value *value = collection->items[i].values[0];
        if (distinct && i > 0 &&
            compare_key(collection->items[i - 1].values[0], value, false, false) == 0)
            continue;
        ok = json_array_append_new(array, make_json(value)) == 0;
    }
    char *text = ok ? json_dumps(array, JSON_COMPACT) : NULL;
    json_decref(array);
    return text;
}

static void finish(sqlite3_context *call) {
    struct collection *collection = sqlite3_aggregate_context(call, 0);
    if (collection == NULL)
        return;
    char *text = collection->failed || collection->count == 0 ? NULL : print(collection);
    if (text != NULL)
        sqlite3_result_text(call, text, -1, SQLITE_TRANSIENT);
    else if (collection->failed || collection->count > 0)
        sqlite3_result_error_toobig(call);
    free(text);
    for (size_t i = 0; i < collection->count; i++)
        for (int value = 0; value <= collection->key_count; value++)
            sqlite3_value_free(collection->items[i].values[value]);
    free(collection->items);
}

int weir_shadow_add_aggregate(struct weir_shadow *shadow) {
    return sqlite3_create_function_v2(shadow->database, "weir_array_agg", -1, SQLITE_UTF8, shadow,
                                      NULL, step, finish, NULL);
}
