/**
 * A grid of time for deadlines that may be met a little late: then those of many participants fall
 * on the same wake-ups. A wake-up costs a worker far more than what most timers do.
 */
#ifndef BASE_GRID_H
#define BASE_GRID_H

#include <stdint.h>

enum { GRID_US = 10000 };

/** The first point of the grid that is not before `us`; INT64_MAX (none) stays what it is. */
static inline int64_t grid_up(int64_t us)
{
    return us > INT64_MAX - GRID_US ? INT64_MAX : (us + GRID_US - 1) / GRID_US * GRID_US;
}

/** When to meet a deadline that can wait: with one that cannot, if that comes soon after it. */
static inline int64_t grid_join(int64_t us, int64_t strict_us)
{
    return us < strict_us && us >= strict_us - GRID_US ? strict_us : us;
}

#endif
