/**
 * What a video bridge is given, and what it counts: values only.
 */
#ifndef BRIDGE_VIDEO_BRIDGE_CONFIG_H
#define BRIDGE_VIDEO_BRIDGE_CONFIG_H

#include <stdint.h>

#include "base/pool.h"
#include "base/rand.h"
#include "bridge/compose_message.h"
#include "room/exchange.h"

struct video_bridge_config {
    struct exchange *exchange; /**< borrowed; must outlive the bridge */
    struct pool *packets;      /**< borrowed; must outlive the exchange, which may hold some */
    unsigned worker;           /**< upper 16 bits of its compositions' numbers */
    struct rand rand;          /**< copied */
    int (*request)(void *owner,
                   struct compose_request *request); /**< takes it over. @return 0 or ERR_FULL */
    void *owner;
};

/** Counters since the start. */
struct video_bridge_counters {
    uint64_t frames_in;    /**< whole frames of tiles given to the pool */
    uint64_t frames_lost;  /**< of tiles, that could not be put together or were not taken */
    uint64_t frames_out;   /**< encoded frames sent, of all renditions */
    uint64_t refused;      /**< compositions, for want of room in the pool */
    uint32_t compositions; /**< now */
};

#endif
