#include "keeping_need.h"

#include "base/minmax.h"
#include "slot.h"

enum {
    ENTER_US = 100000, /**< so long after its end a keyframe still serves (forward.c) */
    ROUND_TRIPS = 4,
    SHORT_US = 40000,       /* of a trip shorter than that the least age covers two, ... */
    SHORT_TRIPS = 2,        /* ... which leaves these */
    UNKNOWN_RTT_US = 150000 /**< a long way: what is lost at first counts most */
};

static int64_t rtt_of(const struct egress *egress)
{
    int64_t rtt_us = max_i64(egress->rtt_us, transport_rtt_us(egress->transport));
    return rtt_us != 0 ? rtt_us : UNKNOWN_RTT_US;
}

static int64_t trips_us(int64_t rtt_us)
{
    return rtt_us < SHORT_US ? SHORT_TRIPS * rtt_us : ROUND_TRIPS * rtt_us;
}

/** How long the oldest packet of the slot has waited for its turn. */
static int64_t wait_of(const struct slot *slot, int64_t now_us)
{
    return list_empty(&slot->flow.firsts)
               ? 0
               : now_us - LIST_ENTRY(slot->flow.firsts.next, struct pacer_item, link)->queued_us;
}

/** When a slot's receiver will have told what he misses of what comes now. */
static int64_t slot_need(const struct slot *slot, int64_t now_us)
{
    const struct egress *egress = slot->egress;
    if (!egress->connected) {
        return 0;
    }
    int64_t silence_us =
        egress->estimator == NULL ? INT64_MAX : estimator_silence_us(egress->estimator, now_us);
    if (silence_us >= RTX_CACHE_VIDEO_AGE_US) {
        return RTX_CACHE_VIDEO_AGE_US;
    }
    return silence_us + trips_us(rtt_of(egress)) + wait_of(slot, now_us);
}

/** Of the newest keyframe, while somebody may still begin with it. */
static int64_t keyframe_need(const struct layer_keyframe *keyframe, int64_t now_us)
{
    bool serves = keyframe->state == LAYER_KEYFRAME_COMES ||
                  (keyframe->state == LAYER_KEYFRAME_ENDED &&
                   now_us - keyframe->ended_us < ENTER_US + KEEPING_CHECK_US);
    return serves ? now_us - keyframe->began_us : 0;
}

int64_t keeping_need_us(const struct layer *layer, int64_t now_us)
{
    int64_t need_us = keyframe_need(&layer->keyframe, now_us);
    LIST_FOR_EACH(link, &layer->slots)
    {
        need_us = max_i64(need_us, slot_need(LIST_ENTRY(link, struct slot, feed_link), now_us));
    }
    return need_us;
}
