/* What a policy's text may consist of, and how errors name a place in it. */
#include "policy/lex.h"
#include "policy/policy.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

static const char *sqlstate_of(enum weir_error_class class) {
    if (class == WEIR_ERROR_REFUSED)
        return "0A000";
    return class == WEIR_ERROR_LIMIT ? "54000" : "42601";
}

weir_status weir_policy_fail_at(struct weir_error *error, enum weir_error_class class, int line,
                                int column, const char *format, ...) {
    if (weir_error_is_set(error))
        return WEIR_FAILED;
    char text[448];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    error->line = line;
    error->column = column;
    return weir_fail_state(error, class, sqlstate_of(class), "line %d, column %d: %s", line, column,
                           text);
}

/* Bytes of the character at `text`, 0 when it is not valid UTF-8 (overlong forms and surrogates are
 * not). */
static size_t decode(const unsigned char *text, size_t len, uint32_t *character) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = text[0] < 0x80             ? 1
                  : (text[0] & 0xe0) == 0xc0 ? 2
                  : (text[0] & 0xf0) == 0xe0 ? 3
                  : (text[0] & 0xf8) == 0xf0 ? 4
                                             : 0;
    if (size == 0 || size > len)
        return 0;
    *character = size == 1 ? text[0] : text[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *character = *character << 6 | (text[i] & 0x3f);
    }
    bool surrogate = *character >= 0xd800 && *character <= 0xdfff;
    return *character < smallest[size] || *character > 0x10ffff || surrogate ? 0 : size;
}

static bool is_control(uint32_t character) {
    return (character < 0x20 && character != '\t' && character != '\n' && character != '\r') ||
           (character >= 0x7f && character <= 0x9f);
}

/* Characters that make text look other than it reads: bidirectional marks, hidden line ends,
 * byte-order mark. */
static bool is_deceptive(uint32_t character) {
    return character == 0x61c || character == 0x200e || character == 0x200f ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}

weir_status weir_policy_check_text(const char *text, size_t len, struct weir_error *error) {
    if (len > WEIR_POLICY_TEXT_LIMIT)
        return weir_policy_fail_at(error, WEIR_ERROR_LIMIT, 1, 1,
                                   "a policy has at most %d bytes of text", WEIR_POLICY_TEXT_LIMIT);
    int line = 1, column = 1;
    for (size_t at = 0; at < len;) {
        uint32_t character = 0;
        size_t size = decode((const unsigned char *)text + at, len - at, &character);
        if (size == 0)
            return weir_policy_fail_at(error, WEIR_ERROR_INVALID, line, column,
                                       "the text is not valid UTF-8 here");
        if (is_control(character))
            return weir_policy_fail_at(error, WEIR_ERROR_INVALID, line, column,
                                       "found a control character, which a policy may not hold");
        if (is_deceptive(character))
            return weir_policy_fail_at(
                error, WEIR_ERROR_INVALID, line, column,
                "found an invisible character (U+%04X) that can make text look other than it reads",
                (unsigned)character);
        at += size;
        line += character == '\n';
        column = character == '\n' ? 1 : column + 1;
    }
    return WEIR_OK;
}
