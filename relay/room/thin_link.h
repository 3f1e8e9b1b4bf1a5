/**
 * Does a receiver's link carry the voices that are forwarded to it? When even sound alone is too
 * much, one mix takes the place of several (DESIGN.md 1); pictures have gone long before.
 *
 * So low, an estimate is often wrong (jitter looks like a queue), so it is believed only while the
 * receiver has something to suffer from: packets that wait, or are lost.
 */
#ifndef ROOM_THIN_LINK_H
#define ROOM_THIN_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    THIN_LINK_PERIOD_US = 1000000,
    THIN_LINK_WORSE_PERIODS = 2, /**< too little for so long: it is thin */
    THIN_LINK_QUEUE_US = 80000,  /**< round trips so much longer than the shortest are strain ... */
    THIN_LINK_LOSS_PERCENT = 10, /**< ... and so many lost packets */
    THIN_LINK_BETTER_PERIODS = 10, /**< half as much again as would do, for so long: not any more */
    THIN_LINK_NARROW_BPS = 600000, /**< carries less: narrow ... */
    THIN_LINK_WIDE_BPS = 900000    /**< ... until it carries so much */
};

struct thin_link {
    bool thin;
    bool narrow;          /**< carries voices, but they should not be lavish */
    int64_t since_us;     /**< begin of this period, INT64_MIN before the first */
    uint64_t bytes;       /**< then */
    uint64_t need_bps;    /**< what the voices took when they were too much */
    int64_t least_rtt_us; /**< INT64_MAX = none was measured */
    uint8_t periods;      /**< in a row that speak for a change */
};

/** What is known of a link and what goes over it. */
struct thin_link_input {
    uint64_t bytes;      /**< of sound sent so far, on the wire */
    size_t voices;       /**< slots to which one is forwarded */
    uint64_t target_bps; /**< what the link carries, UINT64_MAX = not known */
    int64_t rtt_us;      /**< 0 = not known */
    uint32_t lost;       /**< of the last packets that were reported ... */
    uint32_t expected;   /**< ... so many */
};

void thin_link_init(struct thin_link *link);

/** It is another link: what was measured says nothing of it. */
void thin_link_path_moved(struct thin_link *link);

/** Is a period over? Then it is to be updated. */
static inline bool thin_link_is_due(const struct thin_link *link, int64_t now_us)
{
    return link->since_us == INT64_MIN || now_us - link->since_us >= THIN_LINK_PERIOD_US;
}

/** Also follows `narrow`. @return true when `thin` has changed */
bool thin_link_update(struct thin_link *link, const struct thin_link_input *input, int64_t now_us);

#endif
