/**
 * Bounded cursor over single bits, most significant first, as video headers are written; and how
 * many bits of a word are set.
 *
 * As with base/bytes.h: reading past the end gives zeros and sets `failed`, which stays.
 */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bits {
    const uint8_t *data;
    size_t count; /**< bits there are */
    size_t at;    /**< bits read */
    bool failed;
};

/** Reader over len bytes at data; borrows them. */
static inline struct bits bits_over(const uint8_t *data, size_t len)
{
    return (struct bits){.data = data, .count = len * 8};
}

/** The next `width` bits as a number, width 0..32. */
static inline uint32_t bits_read(struct bits *b, unsigned width)
{
    if (b->failed || b->count - b->at < width) {
        b->failed = true;
        return 0;
    }
    uint32_t value = 0;
    for (unsigned i = 0; i < width; i++) {
        value = value << 1 | ((uint32_t)b->data[b->at / 8] >> (7 - b->at % 8) & 1);
        b->at++;
    }
    return value;
}

static inline bool bits_flag(struct bits *b)
{
    return bits_read(b, 1) != 0;
}

static inline void bits_skip(struct bits *b, size_t width)
{
    if (b->failed || b->count - b->at < width) {
        b->failed = true;
        return;
    }
    b->at += width;
}

/** Unsigned Exp-Golomb code (ITU-T H.264 9.1): ue(v). Fails above 32 leading zeros. */
static inline uint32_t bits_exp_golomb(struct bits *b)
{
    unsigned zeros = 0;
    while (!b->failed && !bits_flag(b)) {
        zeros++;
        b->failed = b->failed || zeros > 31;
    }
    return b->failed ? 0 : (uint32_t)((1U << zeros) - 1 + bits_read(b, zeros));
}

/** How many bits are set. By pairs, quads, bytes: the builtin is a call where the instruction may
 * be missing. */
static inline unsigned bits_set(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)(bits * UINT64_C(0x0101010101010101) >> 56);
}

#endif
