/* Whether bytes are UTF-8, by the table of well-formed sequences in the Unicode standard. */
#include "store/utf8.h"

#include <string.h>

#include "base/banned.h"

static size_t skip_ascii(const unsigned char *bytes, size_t at, size_t len) {
    uint64_t word;
    while (at + sizeof word <= len) {
        memcpy(&word, bytes + at, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
        at += sizeof word;
    }
    while (at < len && bytes[at] < 0x80)
        at++;
    return at;
}

/* Length of the sequence that `lead` begins and the bounds of its second byte; 0 when it begins
 * none. */
static size_t sequence(unsigned char lead, unsigned char *low, unsigned char *high) {
    *low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

bool weir_utf8_is_valid(const char *text, size_t len) {
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t at = skip_ascii(bytes, 0, len); at < len; at = skip_ascii(bytes, at, len)) {
        unsigned char low, high;
        size_t count = sequence(bytes[at], &low, &high);
        if (count == 0 || len - at < count || bytes[at + 1] < low || bytes[at + 1] > high)
            return false;
        for (size_t i = 2; i < count; i++)
            if ((bytes[at + i] & 0xc0) != 0x80)
                return false;
        at += count;
    }
    return true;
}
