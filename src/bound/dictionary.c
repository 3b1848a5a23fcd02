/* Open addressing over dense ids, and a direct table for small numbers. */
#include "bound/dictionary.h"

#include "bound/mix.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum {
    DIRECT_COUNT = 4096,
    DIRECT_SIDE = 64,
    FIRST_SLOTS = 64,
    FIRST_ROOM = 32,
    INLINE_BYTES = 12
};

static const uint32_t no_id = UINT32_MAX; /* memory is out */

struct weir_bound_slot {
    uint64_t tag;      /* NARROW: the key; else its hash */
    uint32_t id_after; /* id + 1; 0 = free */
};

void weir_bound_dictionary_init(struct weir_bound_dictionary *dictionary,
                                struct weir_bound_memory *memory, enum weir_bound_keys keys) {
    *dictionary =
        (struct weir_bound_dictionary){.memory = memory, .keys = keys, .texts = {.memory = memory}};
}

void weir_bound_dictionary_free(struct weir_bound_dictionary *dictionary) {
    struct weir_bound_memory *memory = dictionary->memory;
    if (memory == NULL)
        return;
    weir_bound_give(memory, dictionary->entries, dictionary->room, sizeof *dictionary->entries);
    weir_bound_give(memory, dictionary->slots, dictionary->slot_count, sizeof *dictionary->slots);
    weir_bound_give(memory, dictionary->direct, DIRECT_COUNT, sizeof *dictionary->direct);
    weir_bound_slab_free(&dictionary->texts);
    *dictionary = (struct weir_bound_dictionary){0};
}

enum weir_bound_keys weir_bound_keys_of(enum weir_bounder_storage storage) {
    if (storage == WEIR_BOUNDER_INT128)
        return WEIR_BOUND_WIDE;
    return storage == WEIR_BOUNDER_STRING ? WEIR_BOUND_TEXT : WEIR_BOUND_NARROW;
}

/* ---- text ---- */

static uint64_t text_length(uint64_t low) {
    return low & UINT32_MAX;
}

static const char *text_bytes(const struct weir_bound_entry *text) {
    if (text_length(text->low) <= INLINE_BYTES)
        return (const char *)text + sizeof(uint32_t);
    return (const char *)(uintptr_t)text->high;
}

static uint64_t hash_bytes(const char *bytes, uint64_t length) {
    uint64_t hash = length, word;
    for (; length >= sizeof word; length -= sizeof word, bytes += sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = weir_bound_mix(hash, word);
    }
    word = 0;
    memcpy(&word, bytes, length);
    return weir_bound_mix(hash, word);
}

/* Zeros after the end, so that equal short texts have equal words whoever wrote them. */
static struct weir_bound_entry trim_text(struct weir_bound_entry text) {
    uint64_t length = text_length(text.low);
    if (length > INLINE_BYTES)
        return text;
    if (length < 4)
        text.low &= (UINT64_C(1) << (32 + 8 * length)) - 1;
    if (length <= 4)
        text.high = 0;
    else if (length < INLINE_BYTES)
        text.high &= (UINT64_C(1) << (8 * (length - 4))) - 1;
    return text;
}

/* ---- entries and slots ---- */

static uint64_t hash_of(const struct weir_bound_dictionary *dictionary,
                        const struct weir_bound_entry *key) {
    if (dictionary->keys == WEIR_BOUND_TEXT && text_length(key->low) > INLINE_BYTES)
        return hash_bytes(text_bytes(key), text_length(key->low));
    return weir_bound_mix(key->low, key->high);
}

static bool are_equal(const struct weir_bound_dictionary *dictionary,
                      const struct weir_bound_entry *left, const struct weir_bound_entry *right) {
    if (left->low != right->low)
        return false;
    if (dictionary->keys != WEIR_BOUND_TEXT || text_length(left->low) <= INLINE_BYTES)
        return left->high == right->high;
    return memcmp(text_bytes(left), text_bytes(right), text_length(left->low)) == 0;
}

static size_t place_of(const struct weir_bound_dictionary *dictionary, uint64_t tag,
                       size_t slot_count) {
    uint64_t hash = dictionary->keys == WEIR_BOUND_NARROW ? weir_bound_hash(tag) : tag;
    return (size_t)hash & (slot_count - 1);
}

static bool grow_slots(struct weir_bound_dictionary *dictionary) {
    size_t count = dictionary->slot_count == 0 ? FIRST_SLOTS : dictionary->slot_count * 2;
    struct weir_bound_slot *slots = weir_bound_take(dictionary->memory, count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < dictionary->slot_count; i++) {
        struct weir_bound_slot slot = dictionary->slots[i];
        if (slot.id_after == 0)
            continue;
        size_t place = place_of(dictionary, slot.tag, count);
        while (slots[place].id_after != 0)
            place = (place + 1) & (count - 1);
        slots[place] = slot;
    }
    weir_bound_give(dictionary->memory, dictionary->slots, dictionary->slot_count, sizeof *slots);
    dictionary->slots = slots;
    dictionary->slot_count = count;
    return true;
}

/* Room for one more id, below 2^32 - 1. */
static bool grow_entries(struct weir_bound_dictionary *dictionary) {
    uint32_t room = dictionary->room == 0 ? FIRST_ROOM : dictionary->room * 2;
    if (dictionary->room > UINT32_MAX / 4)
        return false;
    struct weir_bound_entry *entries = weir_bound_grow(dictionary->memory, dictionary->entries,
                                                       dictionary->room, room, sizeof *entries);
    if (entries == NULL)
        return false;
    dictionary->entries = entries;
    dictionary->room = room;
    return true;
}

static uint32_t append(struct weir_bound_dictionary *dictionary, struct weir_bound_entry key) {
    if (dictionary->count == dictionary->room && !grow_entries(dictionary))
        return no_id;
    if (dictionary->keys == WEIR_BOUND_TEXT && text_length(key.low) > INLINE_BYTES) {
        char *copy = weir_bound_slab_take(&dictionary->texts, text_length(key.low));
        if (copy == NULL)
            return no_id;
        memcpy(copy, text_bytes(&key), text_length(key.low));
        key.high = (uintptr_t)copy;
    }
    dictionary->entries[dictionary->count] = key;
    return dictionary->count++;
}

static __attribute__((noinline)) uint32_t insert(struct weir_bound_dictionary *dictionary,
                                                 uint64_t tag, const struct weir_bound_entry *key) {
    if ((size_t)dictionary->count * 2 >= dictionary->slot_count && !grow_slots(dictionary))
        return no_id;
    uint32_t id = append(dictionary, *key);
    if (id == no_id)
        return no_id;
    size_t place = place_of(dictionary, tag, dictionary->slot_count);
    while (dictionary->slots[place].id_after != 0)
        place = (place + 1) & (dictionary->slot_count - 1);
    dictionary->slots[place] = (struct weir_bound_slot){tag, id + 1};
    return id;
}

static inline uint32_t find_narrow(struct weir_bound_dictionary *dictionary, uint64_t key) {
    size_t mask = dictionary->slot_count - 1;
    if (dictionary->slot_count != 0) {
        size_t place = (size_t)weir_bound_hash(key) & mask;
        for (; dictionary->slots[place].id_after != 0; place = (place + 1) & mask)
            if (dictionary->slots[place].tag == key)
                return dictionary->slots[place].id_after - 1;
    }
    return insert(dictionary, key, &(struct weir_bound_entry){.low = key});
}

static inline uint32_t find_large(struct weir_bound_dictionary *dictionary,
                                  const struct weir_bound_entry *key) {
    uint64_t tag = hash_of(dictionary, key);
    size_t mask = dictionary->slot_count - 1;
    if (dictionary->slot_count != 0) {
        for (size_t place = (size_t)tag & mask; dictionary->slots[place].id_after != 0;
             place = (place + 1) & mask) {
            struct weir_bound_slot slot = dictionary->slots[place];
            if (slot.tag == tag &&
                are_equal(dictionary, &dictionary->entries[slot.id_after - 1], key))
                return slot.id_after - 1;
        }
    }
    return insert(dictionary, tag, key);
}

static uint32_t find_null(struct weir_bound_dictionary *dictionary) {
    if (dictionary->null_id == 0) {
        uint32_t id = append(dictionary, (struct weir_bound_entry){0});
        if (id == no_id)
            return no_id;
        dictionary->null_id = id + 1;
    }
    return dictionary->null_id - 1;
}

static bool make_direct(struct weir_bound_dictionary *dictionary) {
    if (dictionary->direct == NULL)
        dictionary->direct =
            weir_bound_take(dictionary->memory, DIRECT_COUNT, sizeof *dictionary->direct);
    return dictionary->direct != NULL;
}

/* ---- vectors ---- */

static uint64_t double_bits(double number) {
    uint64_t bits;
    if (isnan(number))
        return UINT64_C(0x7FF8000000000000);
    number += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

#define LOAD(type, expression)                                                                     \
    for (size_t i = 0; i < count; i++) {                                                           \
        type value = ((const type *)data)[first + i];                                              \
        keys[i] = (expression);                                                                    \
    }                                                                                              \
    break

static void load_narrow(enum weir_bounder_storage storage, const void *data, size_t first,
                        size_t count, uint64_t *keys) {
    switch (storage) {
    case WEIR_BOUNDER_BOOL:
        LOAD(uint8_t, value != 0);
    case WEIR_BOUNDER_INT16:
        LOAD(int16_t, (uint64_t)(int64_t)value);
    case WEIR_BOUNDER_INT32:
        LOAD(int32_t, (uint64_t)(int64_t)value);
    case WEIR_BOUNDER_INT64:
        LOAD(int64_t, (uint64_t)value);
    case WEIR_BOUNDER_DOUBLE:
        LOAD(double, double_bits(value));
    case WEIR_BOUNDER_INT128:
    case WEIR_BOUNDER_STRING:
        weir_check(false && "a wide value is no narrow key");
    }
}

static bool is_null(const struct weir_bounder_vector *vector, size_t row) {
    return vector->validity != NULL && (vector->validity[row / 64] >> (row % 64) & 1) == 0;
}

/* The id of a key that is not NULL and was not found in the direct table. */
static uint32_t find_indirect(struct weir_bound_dictionary *dictionary, uint64_t key) {
    uint32_t id = find_narrow(dictionary, key);
    if (key < DIRECT_COUNT && id != no_id)
        dictionary->direct[key] = id + 1;
    return id;
}

static bool lookup_narrow(struct weir_bound_dictionary *dictionary,
                          enum weir_bounder_storage storage,
                          const struct weir_bounder_vector *vector, size_t first, size_t count,
                          uint32_t *ids) {
    uint64_t keys[WEIR_BOUND_SLICE];
    if (!make_direct(dictionary))
        return false;
    load_narrow(storage, vector->data, first, count, keys);
    const uint32_t *direct = dictionary->direct;
    bool may_be_null = vector->validity != NULL;
    for (size_t i = 0; i < count; i++) {
        uint32_t known = keys[i] < DIRECT_COUNT ? direct[keys[i]] : 0;
        if (may_be_null && is_null(vector, first + i))
            ids[i] = find_null(dictionary);
        else
            ids[i] = known != 0 ? known - 1 : find_indirect(dictionary, keys[i]);
        if (ids[i] == no_id)
            return false;
    }
    return true;
}

/* Equal words of two rows of one batch are equal texts: an address means the same bytes. */
static bool lookup_large(struct weir_bound_dictionary *dictionary,
                         const struct weir_bounder_vector *vector, size_t first, size_t count,
                         uint32_t *ids) {
    const struct weir_bound_entry *values = (const struct weir_bound_entry *)vector->data + first;
    bool is_text = dictionary->keys == WEIR_BOUND_TEXT, repeats = false;
    for (size_t i = 0; i < count; i++) {
        if (is_null(vector, first + i)) {
            ids[i] = find_null(dictionary);
            repeats = false;
        } else if (repeats && values[i].low == values[i - 1].low &&
                   values[i].high == values[i - 1].high) {
            ids[i] = ids[i - 1];
        } else {
            struct weir_bound_entry key = is_text ? trim_text(values[i]) : values[i];
            ids[i] = find_large(dictionary, &key);
            repeats = true;
        }
        if (ids[i] == no_id)
            return false;
    }
    return true;
}

bool weir_bound_dictionary_lookup(struct weir_bound_dictionary *dictionary,
                                  enum weir_bounder_storage storage,
                                  const struct weir_bounder_vector *vector, size_t first,
                                  size_t count, uint32_t *ids) {
    weir_check(count <= WEIR_BOUND_SLICE && weir_bound_keys_of(storage) == dictionary->keys);
    if (dictionary->keys == WEIR_BOUND_NARROW)
        return lookup_narrow(dictionary, storage, vector, first, count, ids);
    return lookup_large(dictionary, vector, first, count, ids);
}

bool weir_bound_dictionary_pairs(struct weir_bound_dictionary *dictionary, const uint32_t *left,
                                 const uint32_t *right, size_t count, uint32_t *ids) {
    if (!make_direct(dictionary))
        return false;
    for (size_t i = 0; i < count; i++) {
        uint64_t key = (uint64_t)left[i] << 32 | right[i];
        bool small = left[i] < DIRECT_SIDE && right[i] < DIRECT_SIDE;
        uint32_t *direct = &dictionary->direct[small ? left[i] * DIRECT_SIDE + right[i] : 0];
        if (small && *direct != 0) {
            ids[i] = *direct - 1;
            continue;
        }
        ids[i] = find_narrow(dictionary, key);
        if (ids[i] == no_id)
            return false;
        if (small)
            *direct = ids[i] + 1;
    }
    return true;
}

bool weir_bound_dictionary_merge(struct weir_bound_dictionary *dictionary,
                                 const struct weir_bound_dictionary *other, uint32_t *map) {
    for (uint32_t id = 0; id < other->count; id++) {
        const struct weir_bound_entry *key = &other->entries[id];
        if (other->null_id == id + 1)
            map[id] = find_null(dictionary);
        else if (dictionary->keys == WEIR_BOUND_NARROW)
            map[id] = find_narrow(dictionary, key->low);
        else
            map[id] = find_large(dictionary, key);
        if (map[id] == no_id)
            return false;
    }
    return true;
}

struct weir_value weir_bound_dictionary_value(const struct weir_bound_dictionary *dictionary,
                                              uint32_t id, enum weir_type type, int scale) {
    const struct weir_bound_entry *entry = &dictionary->entries[id];
    double number;
    if (dictionary->null_id == id + 1)
        return weir_value_null(type);
    switch (type) {
    case WEIR_TYPE_BOOLEAN:
        return weir_value_boolean(entry->low != 0);
    case WEIR_TYPE_INTEGER:
    case WEIR_TYPE_BIGINT:
    case WEIR_TYPE_DATE:
    case WEIR_TYPE_TIMESTAMP:
        return weir_value_integer(type, (int64_t)entry->low);
    case WEIR_TYPE_NUMERIC:
        if (dictionary->keys == WEIR_BOUND_NARROW)
            return weir_value_numeric((int64_t)entry->low, scale);
        return weir_value_numeric((weir_int128)((weir_uint128)entry->high << 64 | entry->low),
                                  scale);
    case WEIR_TYPE_DOUBLE:
        memcpy(&number, &entry->low, sizeof number);
        return weir_value_double(number);
    case WEIR_TYPE_TEXT:
    case WEIR_TYPE_BLOB:
        break;
    }
    struct weir_value text = weir_value_text(text_bytes(entry), text_length(entry->low));
    text.type = type;
    return text;
}
