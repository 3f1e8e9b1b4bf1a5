/**
 * Who is shown as the dominant speaker, with the bandwidth that goes with it (QUALITY.md 1.7 (6)):
 * not for a word thrown in, and not taken away at once from one who may go on.
 */
#ifndef ROOM_SPOTLIGHT_H
#define ROOM_SPOTLIGHT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SPOTLIGHT_RISE_US = 300000, /**< of dominance, before the light comes */
    SPOTLIGHT_KEEP_US = 2000000 /**< and so long it stays after another one got it */
};

struct spotlight {
    uint32_t present; /**< participant in the light, 0 = nobody yet */
    uint32_t before;  /**< who was there before; he is what `present` himself looks at */
    bool fading;      /**< before is still in the light */
    int64_t fade_us;  /**< while fading: until when */
    uint32_t coming;  /**< dominates, but not long enough; 0 = nobody */
    int64_t rise_us;  /**< with coming: when he will have */
};

void spotlight_init(struct spotlight *spotlight);

/** @param dominant participant who dominates now, 0 = nobody. @return true when the light has moved
 */
bool spotlight_update(struct spotlight *spotlight, uint32_t dominant, int64_t now_us);

/** INT64_MAX when nothing is about to change. */
int64_t spotlight_next_deadline(const struct spotlight *spotlight);

/** Is this participant in the light, as this viewer sees it? */
bool spotlight_is_on(const struct spotlight *spotlight, uint32_t number, uint32_t viewer);

#endif
