/* Bytes that grow, and lib0's variable-length numbers in them. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t size, capacity;
} Buffer;

static inline void put(Buffer *buffer, const void *data, size_t size) {
    if (buffer->size + size > buffer->capacity) {
        buffer->capacity = (buffer->size + size) * 2 + 64;
        buffer->bytes = realloc(buffer->bytes, buffer->capacity);
        if (!buffer->bytes) abort();
    }
    if (size) memcpy(buffer->bytes + buffer->size, data, size);
    buffer->size += size;
}

static inline void put_byte(Buffer *buffer, uint8_t byte) { put(buffer, &byte, 1); }

static inline void put_number(Buffer *buffer, uint64_t number) {
    for (; number > 127; number >>= 7) put_byte(buffer, 0x80 | (number & 127));
    put_byte(buffer, number);
}

static inline void put_bytes(Buffer *buffer, const void *data, size_t size) {
    put_number(buffer, size);
    put(buffer, data, size);
}

static inline void put_text(Buffer *buffer, const char *text) { put_bytes(buffer, text, strlen(text)); }

/* Read a number and move on; at the end of the bytes the rest counts as zeros. */
static inline uint64_t take_number(const uint8_t **at, const uint8_t *end) {
    uint64_t number = 0;
    for (int shift = 0; *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) break;
    }
    return number;
}

#endif
