/**
 * What a video bridge is given: values only.
 */
#ifndef BRIDGE_VIDEO_BRIDGE_CONFIG_H
#define BRIDGE_VIDEO_BRIDGE_CONFIG_H

#include <stdint.h>

#include "base/pool.h"
#include "base/rand.h"
#include "bridge/compose_message.h"
#include "room/event.h"
#include "room/exchange.h"

struct video_bridge_config {
    struct exchange *exchange;       /**< borrowed; must outlive the bridge */
    struct event_pictures *counters; /**< borrowed; counted into */
    struct pool *packets; /**< borrowed; must outlive the exchange, which may hold some */
    unsigned worker;      /**< whose compositions they are */
    struct rand rand;     /**< copied */
    int (*request)(void *owner,
                   struct compose_request *request); /**< takes it over. @return 0 or ERR_FULL */
    unsigned (*place)(void *owner); /**< the thread for a new composition; NULL: there is one */
    void *owner;
};

#endif
