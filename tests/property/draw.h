/* Repeatable choices: a seed and the number of a case give the same ones everywhere. */
#ifndef WEIR_TESTS_PROPERTY_DRAW_H
#define WEIR_TESTS_PROPERTY_DRAW_H

#include "base/checks.h"

struct draw {
    uint64_t state;
};

struct draw draw_begin(uint64_t seed, uint64_t number);
uint64_t draw_below(struct draw *draw, uint64_t bound); /* 0 .. bound - 1; bound >= 1 */
int64_t draw_between(struct draw *draw, int64_t low, int64_t high);
bool draw_chance(struct draw *draw, unsigned percent);

#define DRAW_ONE(draw, array) ((array)[draw_below((draw), WEIR_COUNT(array))])

#endif
