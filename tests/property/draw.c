/* Repeatable choices: SplitMix64 over a seed mixed with the number of the case. */
#include "draw.h"

#include "base/banned.h"

static uint64_t next(struct draw *draw) {
    uint64_t mixed = draw->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

struct draw draw_begin(uint64_t seed, uint64_t number) {
    struct draw draw = {seed};
    draw.state = next(&draw) ^ number;
    next(&draw);
    return draw;
}

uint64_t draw_below(struct draw *draw, uint64_t bound) {
    return next(draw) % bound;
}

int64_t draw_between(struct draw *draw, int64_t low, int64_t high) {
    return low + (int64_t)draw_below(draw, (uint64_t)high - (uint64_t)low + 1);
}

bool draw_chance(struct draw *draw, unsigned percent) {
    return draw_below(draw, 100) < percent;
}
