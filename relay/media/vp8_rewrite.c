#include "media/vp8_rewrite.h"

enum {
    OUT_MASK = 0x7fff,
    KEYIDX_MASK = 0x1f,
    /** A step of PictureIDs beyond this is no gap of lost pictures but a new count. Half the range
       of 7 bits. */
    MAX_STEP = 64
};

void vp8_rewrite_init(struct vp8_rewrite *rewrite, struct rand *rand)
{
    *rewrite = (struct vp8_rewrite){
        .out_newest = (uint16_t)rand_below(rand, OUT_MASK + 1),
        .tl0_newest = (uint8_t)rand_below(rand, 256),
        .keyidx_newest = (uint8_t)rand_below(rand, KEYIDX_MASK + 1),
    };
}

static uint32_t frame_key(uint32_t change, bool dropped)
{
    return change << 1 | (dropped ? 1 : 0);
}

static struct vp8_rewrite_frame *frame_slot(struct vp8_rewrite *rewrite, uint16_t source)
{
    return &rewrite->frames[source % VP8_REWRITE_FRAMES];
}

/** Notes a picture under the newest outgoing number. */
static void frame_note(struct vp8_rewrite *rewrite, uint16_t source, bool dropped)
{
    *frame_slot(rewrite, source) =
        (struct vp8_rewrite_frame){.key = frame_key(rewrite->change, dropped),
                                   .source = source,
                                   .out = rewrite->out_newest & 0x7fffU};
}

static void out_step(struct vp8_rewrite *rewrite)
{
    rewrite->out_newest = (rewrite->out_newest + 1) & OUT_MASK;
}

static uint16_t source_mask(const struct vp8_payload *in)
{
    return in->picture_id_bits == 7 ? 0x7f : 0x7fff;
}

/** Distance from the newest picture to this one, by the source's width: -half..half-1. */
static int32_t source_step(const struct vp8_rewrite *rewrite, const struct vp8_payload *in)
{
    int32_t range = source_mask(in) + 1;
    int32_t step = (in->picture_id - rewrite->source_newest) & (range - 1);
    return step >= range / 2 ? step - range : step;
}

static void change_begin(struct vp8_rewrite *rewrite, uint32_t change)
{
    rewrite->change = change;
    rewrite->given.valid = false;
    rewrite->has_picture = false;
    rewrite->changes[change % VP8_REWRITE_CHANGES] = (struct vp8_rewrite_change){.change = change};
}

/** Is this a packet of the newest picture? */
static bool is_newest(const struct vp8_rewrite *rewrite, uint32_t timestamp,
                      const struct vp8_payload *in)
{
    return rewrite->has_picture && rewrite->timestamp_newest == timestamp &&
           rewrite->source_newest == in->picture_id;
}

/** A picture that comes after all before: reserves what is missing in between, and takes its own
 * number unless dropped. */
static void picture_begin(struct vp8_rewrite *rewrite, uint32_t timestamp,
                          const struct vp8_payload *in, bool dropped)
{
    bool same_count = rewrite->has_picture && rewrite->bits_newest == in->picture_id_bits;
    int32_t step = same_count ? source_step(rewrite, in) : 1;
    if (step > 1 && step <= MAX_STEP) {
        for (int32_t i = 1; i < step; i++) {
            out_step(rewrite);
            frame_note(rewrite, (uint16_t)(rewrite->source_newest + i) & source_mask(in), false);
        }
    }
    if (!dropped) {
        out_step(rewrite);
    }
    frame_note(rewrite, in->picture_id, dropped);
    frame_slot(rewrite, in->picture_id)->has_come = true;
    frame_slot(rewrite, in->picture_id)->timestamp = timestamp;
    rewrite->given.valid = false;
    rewrite->source_newest = in->picture_id;
    rewrite->bits_newest = in->picture_id_bits;
    rewrite->timestamp_newest = timestamp;
    rewrite->has_picture = true;
}

/** What is known of this picture, or NULL. One that was only reserved is known from now on. */
static struct vp8_rewrite_frame *frame_find(struct vp8_rewrite *rewrite, uint32_t change,
                                            uint32_t timestamp, const struct vp8_payload *in)
{
    struct vp8_rewrite_frame *frame = frame_slot(rewrite, in->picture_id);
    if (frame->source != in->picture_id || frame->key >> 1 != change ||
        (frame->has_come && frame->timestamp != timestamp)) {
        return NULL;
    }
    frame->has_come = true;
    frame->timestamp = timestamp;
    return frame;
}

static bool picture_map(struct vp8_rewrite *rewrite, uint32_t change, bool late, uint32_t timestamp,
                        const struct vp8_payload *in, uint16_t *out)
{
    if (!late && !is_newest(rewrite, timestamp, in)) {
        /* In order, so it is the next picture, however its number looks (an encoder may start to
         * count afresh). */
        picture_begin(rewrite, timestamp, in, false);
        *out = rewrite->out_newest & source_mask(in);
        return true;
    }
    const struct vp8_rewrite_frame *frame = frame_find(rewrite, change, timestamp, in);
    if (frame == NULL || (frame->key & 1) != 0) {
        return false;
    }
    *out = frame->out & source_mask(in);
    return true;
}

static uint8_t tl0_map(struct vp8_rewrite *rewrite, struct vp8_rewrite_change *entry, bool late,
                       uint8_t in)
{
    if (!entry->has_tl0) {
        entry->has_tl0 = true;
        entry->tl0_offset = (uint8_t)(rewrite->tl0_newest + 1 - in);
    }
    uint8_t out = (uint8_t)(in + entry->tl0_offset);
    if (!late) {
        rewrite->tl0_newest = out;
    }
    return out;
}

static uint8_t keyidx_map(struct vp8_rewrite *rewrite, struct vp8_rewrite_change *entry, bool late,
                          uint8_t in)
{
    if (!entry->has_keyidx) {
        entry->has_keyidx = true;
        entry->keyidx_offset = (uint8_t)((rewrite->keyidx_newest + 1 - in) & KEYIDX_MASK);
    }
    uint8_t out = (in + entry->keyidx_offset) & KEYIDX_MASK;
    if (!late) {
        rewrite->keyidx_newest = out;
    }
    return out;
}

bool vp8_rewrite_map(struct vp8_rewrite *rewrite, uint32_t change, bool late, uint32_t timestamp,
                     const struct vp8_payload *in, struct vp8_numbers *out)
{
    if (change > rewrite->change) {
        change_begin(rewrite, change);
    }
    struct vp8_rewrite_change *entry = &rewrite->changes[change % VP8_REWRITE_CHANGES];
    if (change == 0 || entry->change != change) {
        return false;
    }
    late = late || change != rewrite->change;
    *out = (struct vp8_numbers){0};
    if (in->picture_id_bits != 0 &&
        !picture_map(rewrite, change, late, timestamp, in, &out->picture_id)) {
        return false;
    }
    if (in->tl0picidx_offset != 0) {
        out->tl0picidx = tl0_map(rewrite, entry, late, in->tl0picidx);
    }
    if (in->has_keyidx) {
        out->keyidx = keyidx_map(rewrite, entry, late, in->keyidx);
    }
    if (!late && in->picture_id_bits != 0) {
        rewrite->given = (struct vp8_rewrite_given){
            .valid = true, .timestamp = timestamp, .source = *in, .numbers = *out};
    }
    return true;
}

void vp8_rewrite_drop(struct vp8_rewrite *rewrite, uint32_t change, bool late, uint32_t timestamp,
                      const struct vp8_payload *in)
{
    if (change < rewrite->change || in->picture_id_bits == 0) {
        return;
    }
    if (change > rewrite->change) {
        change_begin(rewrite, change);
    }
    if (!late) {
        if (!is_newest(rewrite, timestamp, in)) {
            picture_begin(rewrite, timestamp, in, true);
        }
        return;
    }
    struct vp8_rewrite_frame *frame = frame_slot(rewrite, in->picture_id);
    if (!frame->has_come && frame_find(rewrite, change, timestamp, in) != NULL) {
        frame->key = frame_key(change, true);
    }
}

void vp8_rewrite_skip(struct vp8_rewrite *rewrite, uint32_t change, uint32_t timestamp,
                      const struct vp8_payload *in)
{
    if (change == rewrite->change && rewrite->has_picture && in->picture_id_bits != 0 &&
        in->picture_id_bits == rewrite->bits_newest && !is_newest(rewrite, timestamp, in)) {
        rewrite->source_newest = (uint16_t)(in->picture_id - 1) & source_mask(in);
        rewrite->given.valid = false;
    }
}
