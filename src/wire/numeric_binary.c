/* numeric's binary form: a count of base 10,000 digits, the weight of the first, a sign, the
 * display scale, the digits. */
#include "wire/types.h"

#include "base/banned.h"

enum {
    DIGIT_BASE = 10000,
    SIGN_PLUS = 0x0000,
    SIGN_MINUS = 0x4000,
    SCALE_LIMIT = 38,
    GROUP_LIMIT = 24 /* 38 digits on either side of the point, in fours */
};

/* 10^(4 - scale mod 4), so that the last group of four ends at a whole digit of base 10,000. */
static int padding(int scale) {
    static const int factors[] = {1, 1000, 100, 10};
    return factors[scale % 4];
}

void weir_numeric_write_binary(weir_int128 digits, int scale, struct weir_buffer *out) {
    weir_check(scale >= 0 && scale <= SCALE_LIMIT);
    int16_t groups[GROUP_LIMIT];
    int count = 0, fraction_groups = (scale + 3) / 4;
    weir_uint128 rest = digits < 0 ? -(weir_uint128)digits : (weir_uint128)digits;
    /* Least significant first. The first group is padded on the right, which 128 bits may not hold:
     * so split it off. */
    int factor = padding(scale);
    weir_uint128 part = DIGIT_BASE / (unsigned)factor;
    for (; rest != 0; factor = 1, part = DIGIT_BASE) {
        groups[count++] = (int16_t)((int)(rest % part) * factor);
        rest /= part;
    }
    int weight = count - 1 - fraction_groups, first = 0;
    while (first < count && groups[first] == 0)
        first++; /* trailing zero groups are not sent */
    weir_write_int16(out, (int16_t)(count - first));
    weir_write_int16(out, (int16_t)(count == 0 ? 0 : weight));
    weir_write_int16(out, digits < 0 ? SIGN_MINUS : SIGN_PLUS);
    weir_write_int16(out, (int16_t)scale);
    for (int i = count - 1; i >= first; i--)
        weir_write_int16(out, groups[i]);
}

/* Multiplies by a power of ten and adds, or says that it does not fit. */
static bool shift_in(weir_int128 *digits, int factor, int added) {
    return !__builtin_mul_overflow(*digits, (weir_int128)factor, digits) &&
           !__builtin_add_overflow(*digits, (weir_int128)added, digits);
}

bool weir_numeric_read_binary(struct weir_reader body, struct weir_value *value) {
    int16_t count = weir_read_int16(&body), weight = weir_read_int16(&body);
    int16_t sign = weir_read_int16(&body), scale = weir_read_int16(&body);
    if (body.failed || count < 0 || count > GROUP_LIMIT || scale < 0 || scale > SCALE_LIMIT ||
        weight < -GROUP_LIMIT || weight > GROUP_LIMIT || (sign != SIGN_PLUS && sign != SIGN_MINUS))
        return false;
    weir_int128 digits = 0;
    /* From the first group down to the last place of the scale; what the message leaves out is
     * zero. */
    int last_weight = -((scale + 3) / 4);
    for (int place = weight, i = 0; place >= last_weight || i < count; place--, i++) {
        int16_t group = i < count ? weir_read_int16(&body) : 0;
        if (group < 0 || group >= DIGIT_BASE)
            return false;
        int factor = DIGIT_BASE, dropped = 1;
        if (place == last_weight && scale > 0) {
            dropped = padding(scale);
            factor = DIGIT_BASE / dropped;
        }
        if (place < last_weight ? group != 0 : group % dropped != 0)
            return false; /* digits beyond the scale */
        if (place >= last_weight && !shift_in(&digits, factor, group / dropped))
            return false;
    }
    weir_int128 limit = 1;
    for (int i = 0; i < SCALE_LIMIT; i++)
        limit *= 10;
    if (!weir_reader_finish(&body) || digits >= limit)
        return false;
    *value = weir_value_numeric(sign == SIGN_MINUS ? -digits : digits, scale);
    return true;
}
