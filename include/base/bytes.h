/**
 * Bounded cursors over byte buffers, big-endian as on the wire.
 *
 * A reader that is asked for more than is left sets `failed`, returns zeros and
 * stays failed: a parser reads a whole header and checks once.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *at;
    const uint8_t *end; /**< exclusive */
    bool failed;
};

/** Reader over len bytes at data; borrows them. */
static inline struct bytes bytes_over(const void *data, size_t len)
{
    const uint8_t *at = data;
    return (struct bytes){.at = at, .end = at == NULL ? at : at + len, .failed = false};
}

/** Bytes not yet read. */
static inline size_t bytes_left(const struct bytes *b)
{
    return (size_t)(b->end - b->at);
}

/** Borrows the next len bytes and moves past them; NULL and failed when there are fewer. */
static inline const uint8_t *bytes_take(struct bytes *b, size_t len)
{
    if (b->failed || bytes_left(b) < len) {
        b->failed = true;
        return NULL;
    }
    const uint8_t *at = b->at;
    b->at += len;
    return at;
}

/** Moves past len bytes. */
static inline void bytes_skip(struct bytes *b, size_t len)
{
    (void)bytes_take(b, len);
}

static inline uint8_t bytes_u8(struct bytes *b)
{
    const uint8_t *p = bytes_take(b, 1);
    return p == NULL ? 0 : p[0];
}

/** Big-endian value at p, which must have the bytes. */
static inline uint16_t bytes_get_u16(const uint8_t *p)
{
    return (uint16_t)((uint16_t)(p[0] << 8) | p[1]);
}

static inline uint32_t bytes_get_u24(const uint8_t *p)
{
    return ((uint32_t)p[0] << 16) | ((uint32_t)p[1] << 8) | p[2];
}

static inline uint32_t bytes_get_u32(const uint8_t *p)
{
    return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) | ((uint32_t)p[2] << 8) | p[3];
}

static inline uint64_t bytes_get_u64(const uint8_t *p)
{
    return ((uint64_t)bytes_get_u32(p) << 32) | bytes_get_u32(p + 4);
}

static inline void bytes_put_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void bytes_put_u24(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 16);
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)v;
}

static inline void bytes_put_u32(uint8_t *p, uint32_t v)
{
    bytes_put_u16(p, (uint16_t)(v >> 16));
    bytes_put_u16(p + 2, (uint16_t)v);
}

static inline void bytes_put_u64(uint8_t *p, uint64_t v)
{
    bytes_put_u32(p, (uint32_t)(v >> 32));
    bytes_put_u32(p + 4, (uint32_t)v);
}

static inline uint16_t bytes_u16(struct bytes *b)
{
    const uint8_t *p = bytes_take(b, 2);
    return p == NULL ? 0 : bytes_get_u16(p);
}

static inline uint32_t bytes_u24(struct bytes *b)
{
    const uint8_t *p = bytes_take(b, 3);
    return p == NULL ? 0 : bytes_get_u24(p);
}

static inline uint32_t bytes_u32(struct bytes *b)
{
    const uint8_t *p = bytes_take(b, 4);
    return p == NULL ? 0 : bytes_get_u32(p);
}

static inline uint64_t bytes_u64(struct bytes *b)
{
    const uint8_t *p = bytes_take(b, 8);
    return p == NULL ? 0 : bytes_get_u64(p);
}

/** Bounded writer; a write that does not fit sets `failed` and writes nothing. */
struct bytes_out {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end; /**< exclusive */
    bool failed;
};

/** Writer over cap bytes at data; borrows them. */
static inline struct bytes_out bytes_out_over(void *data, size_t cap)
{
    uint8_t *at = data;
    return (struct bytes_out){.start = at, .at = at, .end = at + cap, .failed = false};
}

/** Bytes written so far. */
static inline size_t bytes_out_len(const struct bytes_out *b)
{
    return (size_t)(b->at - b->start);
}

/** Room for len bytes, to be filled by the caller; NULL and failed when they do not fit. */
static inline uint8_t *bytes_out_take(struct bytes_out *b, size_t len)
{
    if (b->failed || (size_t)(b->end - b->at) < len) {
        b->failed = true;
        return NULL;
    }
    uint8_t *at = b->at;
    b->at += len;
    return at;
}

static inline void bytes_out_u8(struct bytes_out *b, uint8_t v)
{
    uint8_t *p = bytes_out_take(b, 1);
    if (p != NULL) {
        p[0] = v;
    }
}

static inline void bytes_out_u16(struct bytes_out *b, uint16_t v)
{
    uint8_t *p = bytes_out_take(b, 2);
    if (p != NULL) {
        bytes_put_u16(p, v);
    }
}

static inline void bytes_out_u24(struct bytes_out *b, uint32_t v)
{
    uint8_t *p = bytes_out_take(b, 3);
    if (p != NULL) {
        bytes_put_u24(p, v);
    }
}

static inline void bytes_out_u32(struct bytes_out *b, uint32_t v)
{
    uint8_t *p = bytes_out_take(b, 4);
    if (p != NULL) {
        bytes_put_u32(p, v);
    }
}

static inline void bytes_out_u64(struct bytes_out *b, uint64_t v)
{
    uint8_t *p = bytes_out_take(b, 8);
    if (p != NULL) {
        bytes_put_u64(p, v);
    }
}

static inline void bytes_out_copy(struct bytes_out *b, const void *data, size_t len)
{
    uint8_t *p = bytes_out_take(b, len);
    if (p != NULL && len > 0) {
        memcpy(p, data, len);
    }
}

#endif
