/**
 * The smaller, the larger, and what is no further than two bounds. INT64_MAX as a deadline that is
 * not set loses against any other, as it should.
 */
#ifndef BASE_MINMAX_H
#define BASE_MINMAX_H

#include <stdint.h>

static inline int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/** @param least must not be above most */
static inline uint64_t clamp_u64(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

#endif
