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
static int64_t age_of(const struct slot *slot, int64_t now_us)
{
    const struct egress *egress = slot->egress;
    int64_t silence_us =
        egress->estimator == NULL ? INT64_MAX : estimator_silence_us(egress->estimator, now_us);
    if (silence_us >= RTX_CACHE_VIDEO_AGE_US) {
        return RTX_CACHE_VIDEO_AGE_US;
    }
    return silence_us + trips_us(rtt_of(egress)) + wait_of(slot, now_us);
}

/**
 * What came before this time has arrived at the slot's receiver: what left before the newest packet
 * that he told of has, and it came so much earlier as packets have waited lately. A round trip
 * more, since what he asked for before may be overtaken by what he told later. INT64_MIN = not
 * known.
 */
static int64_t arrived_of(const struct slot *slot, int64_t turn_us, int64_t now_us)
{
    struct egress *egress = slot->egress;
    if (slot->exts.number == 0 || egress->estimator == NULL) {
        return INT64_MIN;
    }
    int64_t arrived_us = estimator_arrived_us(egress->estimator, now_us);
    if (arrived_us == INT64_MIN) {
        return INT64_MIN;
    }
    int64_t waited_us = peak_highest(&egress->waits, arrived_us);
    return arrived_us - max_i64(waited_us, wait_of(slot, now_us)) - turn_us - rtt_of(egress);
}

/** Of the newest keyframe, while somebody may still begin with it. */
static int64_t keyframe_need(const struct layer_keyframe *keyframe, int64_t now_us)
{
    bool serves = keyframe->state == LAYER_KEYFRAME_COMES ||
                  (keyframe->state == LAYER_KEYFRAME_ENDED &&
                   now_us - keyframe->ended_us < ENTER_US + KEEPING_CHECK_US);
    return serves ? now_us - keyframe->began_us : 0;
}

/** Has everybody told who took the layer's pictures lately, and has left it since? */
static bool is_settled(const struct keeping *keeping, int64_t now_us)
{
    return keeping->left_us == INT64_MIN || now_us - keeping->left_us >= RTX_CACHE_VIDEO_AGE_US;
}

void keeping_need_find(struct layer *layer, int64_t now_us, struct keeping_need *out)
{
    bool settled = is_settled(&layer->keeping, now_us);
    int64_t turn_us = peak_highest(&layer->keeping.turns, now_us - RTX_CACHE_VIDEO_AGE_US);
    *out = (struct keeping_need){.arrived_us = INT64_MAX,
                                 .others = !settled,
                                 .keyframe_us = keyframe_need(&layer->keyframe, now_us)};
    LIST_FOR_EACH(link, &layer->slots)
    {
        const struct slot *slot = LIST_ENTRY(link, struct slot, feed_link);
        if (!slot->egress->connected) {
            continue;
        }
        int64_t arrived_us = arrived_of(slot, turn_us, now_us);
        if (settled && arrived_us != INT64_MIN) {
            out->arrived_us = min_i64(out->arrived_us, arrived_us);
        } else {
            out->others = true;
            out->age_us = max_i64(out->age_us, age_of(slot, now_us));
        }
    }
    out->others = out->others || out->arrived_us == INT64_MAX;
}
