/* What the policy's tests share: reading texts, tables of malformed texts, random models, equality
 * of models. */
#ifndef WEIR_TEST_POLICY_SUPPORT_H
#define WEIR_TEST_POLICY_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/parse.h"
#include "policy/policy.h"

#define HEAD "POLICY \"p\" VERSION 1;\n"
#define SET HEAD "DATASET d UNIT person BUDGET EPSILON 1 DELTA 1e-9;\n"
#define COLUMN(text)                                                                               \
    SET "PUBLIC TABLE public.code (code TEXT KEY, label TEXT);\nTABLE d.t (\n" text "\n);"
#define FULL SET "TABLE d.t (a INT, b TEXT); ROLE r; PURPOSE p;\n"
#define TAIL " FOR p TO ROLE r BUDGET EPSILON 1 DELTA 1e-9 QUERY EPSILON 1;"

struct malformed {
    const char *text;
    int line, column;
    const char *message; /* after "line 1, column 2: " */
};

/* Each text fails with class INVALID at that place with that message. */
void weir_test_malformed(const struct malformed *cases, size_t count);

/* The model of a text that must parse. */
struct weir_policy *weir_test_read(struct weir_arena *arena, const char *text);

/* A valid model; the same seed gives the same one. */
struct weir_policy *weir_test_random_policy(struct weir_arena *arena, uint64_t seed);

/* NULL when the models agree in all but line numbers, else the name of what differs first. */
const char *weir_test_difference(const struct weir_policy *left, const struct weir_policy *right);

#endif
