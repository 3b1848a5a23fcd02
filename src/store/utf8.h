/* Whether bytes are UTF-8: shortest forms only, no surrogates, nothing above U+10FFFF. */
#ifndef WEIR_STORE_UTF8_H
#define WEIR_STORE_UTF8_H

#include "base/checks.h"

bool weir_utf8_is_valid(const char *bytes, size_t len);

#endif
