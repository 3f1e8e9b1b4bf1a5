/**
 * One room's composed picture on the worker's side: who is in it, the streams of its tiles, the
 * renditions that are wanted, the slots that take it.
 */
#ifndef BRIDGE_PICTURE_ROOM_H
#define BRIDGE_PICTURE_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "bridge/compose_message.h"
#include "bridge/video_bridge_config.h"
#include "media/vp8_packets.h"
#include "picture_tiles.h"
#include "room/bridging.h"
#include "room/feed.h"

/** What all rooms of a bridge share; borrowed. */
struct picture_context {
    struct video_bridge_config config;
    uint64_t compositions; /**< numbers given so far */
    uint32_t sources;      /**< likewise */
};

struct picture_rendition {
    bool wanted; /**< as the pool was told */
    bool lost;   /**< a picture did not go out whole: nothing before the next keyframe */
    struct vp8_packets packets;
};

struct picture_room {
    struct list link; /**< in the bridge's rooms */
    struct picture_context *context;
    struct bridging *bridging;
    uint64_t composition; /**< 0: none is open */
    struct feed *feed;    /**< owned; NULL until the pool has opened the composition */
    struct picture_tiles places;
    struct compose_scene scene; /**< as the pool was told */
    bool scene_told;
    struct picture_rendition renditions[COMPOSE_MAX_RENDITIONS];
    uint32_t timestamp_offset;
    bool refused;     /**< the last time; logged */
    int64_t retry_us; /**< refused, or not answered: not before this */
    int64_t used_us;  /**< last time that there was a sink */
};

/** @return 0 or ERR_NO_MEMORY */
int picture_room_new(struct picture_room **out, struct picture_context *context,
                     struct bridging *bridging, int64_t now_us);

/** Follows the room, and hands on what came in. @return false when nobody has wanted a picture for
 * a while, or the room is gone, and the composition is closed: to be freed */
bool picture_room_timeout(struct picture_room *room, int64_t now_us);

/** A result for its composition; borrowed. */
void picture_room_result(struct picture_room *room, const struct compose_result *result,
                         int64_t now_us);

/** Closes the composition and lets go of the bridging. */
void picture_room_free(struct picture_room **room);

#endif
