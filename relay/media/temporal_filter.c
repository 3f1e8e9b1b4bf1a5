#include "media/temporal_filter.h"

enum {
    ALL_WHOLE = 0xe, /**< bits of levels 1 to 3 */
    /** More pictures cannot be missing at once: then a new count has begun. */
    MAX_MISSING = 64
};

/** What follows from `want` and `whole`. */
static void settle(struct temporal_filter *filter, uint32_t timestamp)
{
    uint8_t open = 0;
    while (open < filter->want && (filter->whole >> (open + 1) & 1) != 0) {
        open++;
    }
    if (open > filter->open) {
        filter->risen = true;
        filter->open_from = timestamp;
    }
    filter->open = open;
    filter->busy = open < TEMPORAL_FILTER_ALL;
}

void temporal_filter_init(struct temporal_filter *filter, uint8_t want)
{
    *filter = (struct temporal_filter){.want = want, .open = want, .whole = ALL_WHOLE};
    settle(filter, 0);
}

void temporal_filter_want(struct temporal_filter *filter, uint8_t want)
{
    if (want != filter->want) {
        filter->blind = filter->blind || !filter->busy;
        filter->want = want;
        filter->busy = true;
    }
}

/** Decides about a new picture by its first packet, or the first that has come of it. */
static bool decide(struct temporal_filter *filter, const struct vp8_payload *vp8,
                   uint32_t timestamp)
{
    uint8_t tid = vp8->tid;
    uint8_t below = (uint8_t)(ALL_WHOLE & ((2U << tid) - 1)); /* levels 1 to tid */
    bool passes = tid == 0 || (filter->whole & below) == below;
    if (vp8->keyframe) {
        filter->whole = ALL_WHOLE;
    } else if (tid > 0 && vp8->layer_sync && vp8_payload_frame_start(vp8)) {
        passes = true;
    }
    passes = passes && tid <= filter->want;
    if (!passes) {
        filter->whole &= (uint8_t)((1U << tid) - 1);
    } else if (tid > 0) {
        filter->whole |= (uint8_t)(1U << tid);
    }
    settle(filter, timestamp);
    return passes;
}

/** Are the whole pictures that are missing between two such that none of them goes through? */
static bool between_left_out(const struct temporal_filter *filter, const struct vp8_payload *vp8)
{
    const struct vp8_payload *before = &filter->newest.vp8;
    if (vp8->picture_id_bits == 0 || vp8->picture_id_bits != before->picture_id_bits) {
        return false;
    }
    uint32_t mask = vp8->picture_id_bits == 7 ? 0x7f : 0x7fff;
    uint32_t missing = ((uint32_t)vp8->picture_id - before->picture_id - 1) & mask;
    if (missing == 0) {
        return true;
    }
    /* The base layer's count tells whether one of its pictures is among them. */
    uint8_t base = (uint8_t)(before->tl0picidx + (vp8->tid == 0 ? 1 : 0));
    return missing <= MAX_MISSING && filter->want == 0 && filter->open == 0 &&
           vp8->tl0picidx_offset != 0 && before->tl0picidx_offset != 0 && vp8->tl0picidx == base;
}

/** A late packet: as its picture was decided, where that is still known. */
static bool pass_late(const struct temporal_filter *filter, uint8_t tid, uint32_t timestamp)
{
    if (tid == 0) {
        return true;
    }
    if (filter->newest.known && filter->newest.timestamp == timestamp) {
        return filter->newest.passes;
    }
    return tid <= filter->open && (!filter->risen || (int32_t)(timestamp - filter->open_from) >= 0);
}

bool temporal_filter_pass(struct temporal_filter *filter, const struct vp8_payload *vp8,
                          uint32_t timestamp, bool marker, bool late, bool *left_out)
{
    struct temporal_picture *newest = &filter->newest;
    *left_out = false;
    if (late) {
        return pass_late(filter, vp8->tid, timestamp);
    }
    if (!filter->blind && newest->known && newest->timestamp == timestamp) {
        *left_out = !newest->passes;
        newest->ended = marker;
        return newest->passes;
    }
    if (filter->blind) {
        filter->blind = false;
        newest->known = false;
        if (!vp8_payload_frame_start(vp8)) {
            *newest = (struct temporal_picture){.known = true,
                                                .passes = true,
                                                .ended = marker,
                                                .timestamp = timestamp,
                                                .vp8 = *vp8};
            return true; /* the rest of one that went through so far */
        }
    }
    bool tail_passes = newest->known && !newest->ended && newest->passes;
    bool between = newest->known && between_left_out(filter, vp8);
    bool passes = decide(filter, vp8, timestamp);
    bool head_passes = passes && !vp8_payload_frame_start(vp8);
    *left_out = between && !tail_passes && !head_passes;
    *newest = (struct temporal_picture){
        .known = true, .passes = passes, .ended = marker, .timestamp = timestamp, .vp8 = *vp8};
    return passes;
}
