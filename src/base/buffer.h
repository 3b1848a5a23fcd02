/* A growable run of bytes on the heap, with a sticky failure flag: append freely, check once at the
 * end. `bytes` is always NUL-terminated after a successful append; `len` does not count that NUL.
 */
#ifndef WEIR_BASE_BUFFER_H
#define WEIR_BASE_BUFFER_H

#include "base/checks.h"

struct weir_buffer {
    char *bytes;
    size_t len, capacity;
    size_t limit; /* 0 = 1 GiB; an append past it fails */
    bool failed;
};

void weir_buffer_append(struct weir_buffer *buffer, const void *bytes, size_t len);
void weir_buffer_text(struct weir_buffer *buffer, const char *text);
void weir_buffer_printf(struct weir_buffer *buffer, const char *format, ...) WEIR_PRINTF(2, 3);
void weir_buffer_byte(struct weir_buffer *buffer, unsigned char byte);
void weir_buffer_clear(struct weir_buffer *buffer); /* keeps the memory, clears the failure */
void weir_buffer_free(struct weir_buffer *buffer);

#endif
