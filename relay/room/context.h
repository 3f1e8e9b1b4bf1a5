/**
 * What all rooms of one worker share: borrowed tools, the present time, counters.
 */
#ifndef ROOM_CONTEXT_H
#define ROOM_CONTEXT_H

#include <stdint.h>

#include "base/list.h"
#include "base/pool.h"
#include "base/rand.h"
#include "base/wheel.h"
#include "room/event.h"

/** Whose timer it is, so that one wheel serves both. */
enum room_timer_kind { ROOM_TIMER_PARTICIPANT, ROOM_TIMER_SPEAKERS };

struct room_timer {
    struct wheel_timer timer;
    enum room_timer_kind kind;
};

struct room_context {
    struct list layers;     /**< layer.pending_link: layers with packets to forward */
    struct list rooms;      /**< room.restage_link: rooms whose stage is to be run */
    struct list agreements; /**< agreement.link: what slots agreed on */
    struct list bridgings;  /**< bridging.link: rooms that a bridge has to do with */
    uint32_t sinks_come;    /**< rises when a slot becomes a sink */
    struct list touched; /**< egress.touch_link: participants with something to send or to re-arm */
    uint32_t haste;      /**< those who wait for what comes: participants without a connection,
                            slots that a publisher's sound is forwarded to, pictures that come */
    int64_t now_us;      /**< of this loop turn */
    uint32_t abs_send_time; /**< 24 bits, seconds in 6.18, of now_us */
    uint32_t next_feed;     /**< last number given to a layer */
    int64_t wall_offset_us; /**< wall clock minus now_us */
    struct wheel *wheel;    /**< owned by the exchange */
    struct pool *waiting;   /**< memory of sendings that wait (send_queue.h); likewise */
    struct rand rand;
    uint32_t worker;
    void (*event)(void *owner, struct event *event);
    void *owner;
    struct event_counters counters;
};

/** Sets the present time and what is derived from it. */
static inline void room_context_now(struct room_context *context, int64_t now_us)
{
    if (context->now_us != now_us) {
        context->now_us = now_us;
        context->abs_send_time = (uint32_t)(((uint64_t)now_us << 18) / 1000000) & 0xFFFFFF;
    }
}

static inline void room_context_drop(struct room_context *context, enum drop_reason reason)
{
    drop_count(&context->counters.drops, reason);
}

/** Hands an event over to the sink. */
static inline void room_context_tell(struct room_context *context, struct event *event)
{
    event->worker = context->worker;
    context->event(context->owner, event);
}

#endif
