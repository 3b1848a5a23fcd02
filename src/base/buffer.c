/* Growth by doubling under a limit. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static bool reserve(struct weir_buffer *buffer, size_t more) {
    size_t limit = buffer->limit != 0 ? buffer->limit : (size_t)1 << 30;
    if (buffer->failed || more > limit || buffer->len > limit - more) {
        buffer->failed = true;
        return false;
    }
    size_t needed = buffer->len + more + 1;
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity * 2;
    if (capacity < needed)
        capacity = needed;
    char *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

void weir_buffer_append(struct weir_buffer *buffer, const void *bytes, size_t len) {
    if (!reserve(buffer, len))
        return;
    if (len > 0)
        memcpy(buffer->bytes + buffer->len, bytes, len);
    buffer->len += len;
    buffer->bytes[buffer->len] = '\0';
}

void weir_buffer_text(struct weir_buffer *buffer, const char *text) {
    weir_buffer_append(buffer, text, strlen(text));
}

void weir_buffer_byte(struct weir_buffer *buffer, unsigned char byte) {
    weir_buffer_append(buffer, &byte, 1);
}

void weir_buffer_printf(struct weir_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0 || !reserve(buffer, (size_t)len)) {
        buffer->failed = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(buffer->bytes + buffer->len, (size_t)len + 1, format, arguments);
    va_end(arguments);
    buffer->len += (size_t)len;
}

void weir_buffer_clear(struct weir_buffer *buffer) {
    buffer->len = 0;
    buffer->failed = false;
}

void weir_buffer_free(struct weir_buffer *buffer) {
    free(buffer->bytes);
    *buffer = (struct weir_buffer){0};
}
