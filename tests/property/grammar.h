/* Random questions over a catalog: mostly such as are planned, now and then such as must be
 * refused. */
#ifndef WEIR_TESTS_PROPERTY_GRAMMAR_H
#define WEIR_TESTS_PROPERTY_GRAMMAR_H

#include "draw.h"

#include "catalog/catalog.h"

enum form {
#define FORM(name, text) FORM_##name,
#include "forms.def"
#undef FORM
    FORM_COUNT
};

struct asked {
    const char *sql;
    uint64_t forms; /* bit f: the question has form f */
};

/* In the arena. */
struct asked grammar_ask(struct weir_arena *arena, const struct weir_catalog *catalog,
                         struct draw *draw);

#endif
