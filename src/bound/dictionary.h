/* Dense ids for the distinct values of one column: 0, 1, 2, ... as they are first seen. NULL is a
 * value of its own, -0 is 0, and all NaNs are one. Text is copied, compared byte by byte. */
#ifndef WEIR_BOUND_DICTIONARY_H
#define WEIR_BOUND_DICTIONARY_H

#include "bound/bounder.h"
#include "bound/memory.h"

enum { WEIR_BOUND_SLICE = 2048 }; /* rows looked up at once, at most */

enum weir_bound_keys {
    WEIR_BOUND_NARROW, /* 64 bits: integers sign-extended, the bits of a double, a pair of ids */
    WEIR_BOUND_WIDE,   /* 128 bits */
    WEIR_BOUND_TEXT
};

/* NARROW has low alone. TEXT lies as in a duckdb_string_t: length and first 4 bytes in low; in high
 * up to 8 more with zeros after them, or the address of all bytes, which the dictionary owns. */
struct weir_bound_entry {
    uint64_t low, high;
};

struct weir_bound_dictionary {
    struct weir_bound_memory *memory;
    enum weir_bound_keys keys;
    uint32_t count, room;
    struct weir_bound_entry *entries; /* by id */
    uint32_t null_id;                 /* id of NULL + 1; 0 = none seen */
    struct weir_bound_slot *slots;    /* open addressing */
    size_t slot_count;                /* a power of two, or 0 */
    uint32_t *direct;                 /* NARROW: id + 1 of small numbers; NULL = not yet made */
    struct weir_bound_slab texts;
};

void weir_bound_dictionary_init(struct weir_bound_dictionary *dictionary,
                                struct weir_bound_memory *memory, enum weir_bound_keys keys);
void weir_bound_dictionary_free(struct weir_bound_dictionary *dictionary);

/* What one value of this storage is looked up as. */
enum weir_bound_keys weir_bound_keys_of(enum weir_bounder_storage storage);

/* ids[i] of rows first .. first + count - 1 of the vector; count <= WEIR_BOUND_SLICE. False when
 * memory is out, as below. */
bool weir_bound_dictionary_lookup(struct weir_bound_dictionary *dictionary,
                                  enum weir_bounder_storage storage,
                                  const struct weir_bounder_vector *vector, size_t first,
                                  size_t count, uint32_t *ids) WEIR_MUST_CHECK;
/* ids[i] of the pair (left[i], right[i]); NARROW only. May work in place on left. */
bool weir_bound_dictionary_pairs(struct weir_bound_dictionary *dictionary, const uint32_t *left,
                                 const uint32_t *right, size_t count,
                                 uint32_t *ids) WEIR_MUST_CHECK;
/* Puts in every value of `other`; map[its id] = the id here. */
bool weir_bound_dictionary_merge(struct weir_bound_dictionary *dictionary,
                                 const struct weir_bound_dictionary *other,
                                 uint32_t *map) WEIR_MUST_CHECK;

/* The value of an id: NUMERIC with `scale`; text lies in the dictionary. */
struct weir_value weir_bound_dictionary_value(const struct weir_bound_dictionary *dictionary,
                                              uint32_t id, enum weir_type type, int scale);
#endif
