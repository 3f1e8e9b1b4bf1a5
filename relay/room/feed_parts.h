/**
 * What a feed is made of, for those who give it to slots.
 */
#ifndef ROOM_FEED_PARTS_H
#define ROOM_FEED_PARTS_H

#include <stdint.h>

#include "room/bridge_ends.h"
#include "track.h"

struct feed {
    struct bridging *bridging;         /**< borrowed */
    struct track *track;               /**< owned; one layer for each rendition */
    uint16_t next[SESSION_MAX_LAYERS]; /**< number of the next packet */
    int64_t prepared;                  /**< packets so far that are for single sinks */
};

#endif
