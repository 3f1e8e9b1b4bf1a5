#include "keeping.h"

#include "base/minmax.h"
#include "slot.h"

enum {
    ENTER_US = 100000,  /**< so long after its end a keyframe still serves (forward.c) */
    FALL_SHARE = 16,    /**< an age falls by one of so many parts at a time */
    GAP_FALL_SHARE = 64 /**< and the pause that is reckoned with */
};

void keeping_init(struct keeping *keeping)
{
    *keeping = (struct keeping){.check_us = INT64_MIN, .lossy_us = INT64_MIN};
}

static int64_t rtt_of(const struct egress *egress)
{
    int64_t rtt_us = max_i64(egress->rtt_us, transport_rtt_us(egress->transport));
    return rtt_us != 0 ? rtt_us : KEEPING_UNKNOWN_RTT_US;
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
    return silence_us + KEEPING_ROUND_TRIPS * rtt_of(egress) + wait_of(slot, now_us);
}

/** Of the newest keyframe, while somebody may still begin with it. */
static int64_t keyframe_need(const struct layer_keyframe *keyframe, int64_t now_us)
{
    bool serves = keyframe->state == LAYER_KEYFRAME_COMES ||
                  (keyframe->state == LAYER_KEYFRAME_ENDED &&
                   now_us - keyframe->ended_us < ENTER_US + KEEPING_CHECK_US);
    return serves ? now_us - keyframe->began_us : 0;
}

int64_t keeping_update(struct keeping *keeping, const struct layer *layer, int64_t now_us)
{
    int64_t need_us = keyframe_need(&layer->keyframe, now_us);
    LIST_FOR_EACH(link, &layer->slots)
    {
        need_us = max_i64(need_us, slot_need(LIST_ENTRY(link, struct slot, feed_link), now_us));
    }
    int64_t age_us = KEEPING_LEAST_US + keeping->gap_us + need_us;
    age_us = max_i64(age_us, keeping->age_us - keeping->age_us / FALL_SHARE);
    if (now_us < keeping->lossy_us) {
        age_us = RTX_CACHE_VIDEO_AGE_US;
    }
    keeping->age_us = min_i64(age_us, RTX_CACHE_VIDEO_AGE_US);
    keeping->gap_us -= keeping->gap_us / GAP_FALL_SHARE;
    keeping->check_us = now_us + KEEPING_CHECK_US;
    return keeping->age_us;
}
