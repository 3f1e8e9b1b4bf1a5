/**
 * Serial arithmetic on wrapping counters, and their extension to 64 bits (RFC 3550 A.1, RFC 1982).
 *
 * Extended numbers carry the wire's value in their low bits and are never negative as long as the
 * first one is not, since the first cycle is 1.
 */
#ifndef RTP_SEQ_H
#define RTP_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/** a - b modulo 2^16, in -32768..32767: positive when a is the later. */
static inline int16_t seq_diff(uint16_t a, uint16_t b)
{
    return (int16_t)(uint16_t)(a - b);
}

/** True when a comes after b; false for equal ones. The distance 32768 counts as before. */
static inline bool seq_newer(uint16_t a, uint16_t b)
{
    return seq_diff(a, b) > 0;
}

/** Extended number with low 16 bits `seq` that is closest to `reference` (>= 0); may be lower. */
static inline int64_t seq_extend(int64_t reference, uint16_t seq)
{
    return reference + seq_diff(seq, (uint16_t)reference);
}

/** a - b modulo 2^32 for RTP timestamps: positive when a is the later. */
static inline int32_t seq_diff32(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static inline bool seq_newer32(uint32_t a, uint32_t b)
{
    return seq_diff32(a, b) > 0;
}

/** Extended timestamp with low 32 bits `value` that is closest to `reference`. */
static inline int64_t seq_extend32(int64_t reference, uint32_t value)
{
    return reference + seq_diff32(value, (uint32_t)reference);
}

/** Follows one 16-bit counter. Zeroed memory is ready for use. */
struct seq_unwrap {
    int64_t highest; /**< highest extended number so far; meaningless while !started */
    bool started;
};

/**
 * Extended number of `seq`: closest to the highest one seen, which rises with it. The first number
 * becomes 65536 + seq, so that reordering over it stays positive.
 */
int64_t seq_unwrap(struct seq_unwrap *unwrap, uint16_t seq);

/** Follows one 32-bit counter. Zeroed memory is ready for use. */
struct seq_unwrap32 {
    int64_t highest;
    bool started;
};

/** As seq_unwrap; the first value becomes 2^32 + value. */
int64_t seq_unwrap32(struct seq_unwrap32 *unwrap, uint32_t value);

#endif
