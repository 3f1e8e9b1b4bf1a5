/**
 * Which missing packets of a received RED stream its redundant blocks bring (RFC 2198).
 *
 * Blocks have timestamps and no numbers. A block is given a number only where both fit exactly: the
 * packets missing between two received ones share the time between them evenly, and the block lasts
 * just as long as one of them. Pauses (DTX) and lies find no place.
 */
#ifndef MEDIA_RED_FILL_H
#define MEDIA_RED_FILL_H

#include <stddef.h>
#include <stdint.h>

#include "rtp/red.h"

enum { RED_FILL_MAX = 8 /**< packets that one payload may bring back */ };

struct red_fill {
    int64_t ext_seq;
    uint32_t timestamp;
    uint16_t offset; /**< in the payload */
    uint16_t bytes;
};

/** A received packet's place. */
struct red_fill_place {
    int64_t ext_seq;
    uint32_t timestamp;
};

/**
 * @param before  highest packet received before the hole
 * @param present the RED packet behind it
 * @param pt      of Opus blocks; others are passed over
 * @param out     ascending by ext_seq
 * @return count; 0 also for a payload that cannot be read
 */
size_t red_fill_find(const struct red_fill_place *before, const struct red_fill_place *present,
                     uint8_t pt, const uint8_t *payload, size_t len,
                     struct red_fill out[RED_FILL_MAX]);

#endif
