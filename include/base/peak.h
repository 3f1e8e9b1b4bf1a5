/**
 * The highest of the values noted since some time, and perhaps of some before: two bags of them, of
 * which one is emptied when all in it are older.
 */
#ifndef BASE_PEAK_H
#define BASE_PEAK_H

#include <stdint.h>

struct peak_bag {
    int64_t highest;   /**< 0 = empty */
    int64_t newest_us; /**< when the last one was noted */
};

/** Zeroed memory is ready for use. Values are 0 or more, times do not fall. */
struct peak {
    struct peak_bag before;
    struct peak_bag present;
};

static inline void peak_note(struct peak *peak, int64_t value, int64_t now_us)
{
    struct peak_bag *bag = &peak->present;
    bag->highest = value > bag->highest ? value : bag->highest;
    bag->newest_us = now_us;
}

/** What was noted before since_us counts no more, as far as that is known; 0 = there is nothing. */
static inline int64_t peak_highest(struct peak *peak, int64_t since_us)
{
    if (peak->before.newest_us < since_us) {
        peak->before = peak->present;
        peak->present = (struct peak_bag){.highest = 0};
    }
    if (peak->before.newest_us < since_us) {
        peak->before = (struct peak_bag){.highest = 0};
    }
    int64_t before = peak->before.highest;
    return before > peak->present.highest ? before : peak->present.highest;
}

#endif
