/**
 * Does a receiver's link carry the voices that are forwarded to it? When even sound alone is too
 * much, one mix takes the place of several (DESIGN.md 1); pictures have gone long before.
 */
#ifndef ROOM_THIN_LINK_H
#define ROOM_THIN_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    THIN_LINK_PERIOD_US = 1000000,
    THIN_LINK_WORSE_PERIODS = 2,  /**< too little for so long: it is thin */
    THIN_LINK_BETTER_PERIODS = 10 /**< half as much again as would do, for so long: not any more */
};

struct thin_link {
    bool thin;
    int64_t since_us;  /**< begin of this period, INT64_MIN before the first */
    uint64_t bytes;    /**< then */
    uint64_t need_bps; /**< what the voices took when they were too much */
    uint8_t periods;   /**< in a row that speak for a change */
};

void thin_link_init(struct thin_link *link);

/** Is a period over? Then it is to be updated. */
static inline bool thin_link_is_due(const struct thin_link *link, int64_t now_us)
{
    return link->since_us == INT64_MIN || now_us - link->since_us >= THIN_LINK_PERIOD_US;
}

/**
 * @param bytes      of sound sent so far, on the wire
 * @param voices     slots to which one is forwarded
 * @param target_bps what the link carries, UINT64_MAX = not known
 * @return true when `thin` has changed
 */
bool thin_link_update(struct thin_link *link, uint64_t bytes, size_t voices, uint64_t target_bps,
                      int64_t now_us);

#endif
