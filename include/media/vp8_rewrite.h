/**
 * One slot's continuous VP8 PictureID, TL0PICIDX and KEYIDX (RFC 7741 4.2) over changes of feed and
 * dropped frames.
 *
 * Fields that the source does not send are not added, and the PictureID keeps the source's width (7
 * or 15 bits). Works beside stream_rewrite, whose `change` tells which feed a packet belongs to;
 * the same packet always gets the same values.
 */
#ifndef MEDIA_VP8_REWRITE_H
#define MEDIA_VP8_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"
#include "rtp/vp8_payload.h"

enum {
    VP8_REWRITE_FRAMES = 64, /**< pictures remembered for late packets and retransmissions: longer
                                than those are kept (rtx_cache.h) at 50 a second */
    VP8_REWRITE_CHANGES = 8  /**< changes of feed remembered */
};

/** What to write over a descriptor's fields, with vp8_payload_rewrite; fields that the source lacks
 * are 0. */
struct vp8_numbers {
    uint16_t picture_id; /**< 15 bits, or 7 when the source has 7 */
    uint8_t tl0picidx;
    uint8_t keyidx;
};

/** One picture of one feed, and what it became. */
struct vp8_rewrite_frame {
    uint32_t key;    /**< twice the change, plus one when the frame was dropped; 0 = never used */
    uint16_t source; /**< source PictureID */
    uint16_t out : 15;
    bool has_come : 1;
    uint32_t timestamp; /**< of the source, once it has come: PictureIDs alone come again, those of
                           7 bits soon */
};

struct vp8_rewrite_change {
    uint32_t change; /**< 0 = never used */
    uint8_t tl0_offset;
    uint8_t keyidx_offset;
    bool has_tl0; /**< the offsets are set by the first value seen */
    bool has_keyidx;
};

/** What the newest picture became, for the rest of its packets. */
struct vp8_rewrite_given {
    bool valid;
    uint32_t timestamp;
    struct vp8_payload source; /**< of a packet of it */
    struct vp8_numbers numbers;
};

struct vp8_rewrite {
    uint32_t change; /**< present one, 0 before the first packet */
    struct vp8_rewrite_given given;
    bool has_picture; /**< source_newest is valid for this change */
    uint8_t bits_newest;
    uint16_t source_newest;
    uint32_t timestamp_newest;
    uint16_t out_newest; /**< last PictureID used, 15 bits */
    uint8_t tl0_newest;
    uint8_t keyidx_newest;
    struct vp8_rewrite_change changes[VP8_REWRITE_CHANGES];
    struct vp8_rewrite_frame
        frames[VP8_REWRITE_FRAMES]; /**< by the low bits of the source PictureID */
};

/** Starts at random numbers. */
void vp8_rewrite_init(struct vp8_rewrite *rewrite, struct rand *rand);

/** As vp8_rewrite_forward, for packets of any picture. */
bool vp8_rewrite_map(struct vp8_rewrite *rewrite, uint32_t change, bool late, uint32_t timestamp,
                     const struct vp8_payload *in, struct vp8_numbers *out);

/** Do two descriptors have the same fields that are rewritten, with the same values? */
static inline bool vp8_rewrite_same(const struct vp8_payload *a, const struct vp8_payload *b)
{
    return a->picture_id == b->picture_id && a->tl0picidx == b->tl0picidx &&
           a->keyidx == b->keyidx && a->picture_id_bits == b->picture_id_bits &&
           a->tl0picidx_offset == b->tl0picidx_offset && a->has_keyidx == b->has_keyidx;
}

/**
 * Values for a packet that is forwarded or sent again. Hot path: most packets are of the same
 * picture as the one before.
 *
 * @param change    from stream_rewrite_out; a higher one than before continues every number at last
 * + 1
 * @param timestamp of the source, which tells pictures apart
 * @return false when the packet belongs to a frame that was dropped or is not remembered: do not
 * forward
 */
static inline bool vp8_rewrite_forward(struct vp8_rewrite *rewrite, uint32_t change, bool late,
                                       uint32_t timestamp, const struct vp8_payload *in,
                                       struct vp8_numbers *out)
{
    const struct vp8_rewrite_given *given = &rewrite->given;
    if (given->valid && !late && change == rewrite->change && timestamp == given->timestamp &&
        vp8_rewrite_same(in, &given->source)) {
        *out = given->numbers;
        return true;
    }
    return vp8_rewrite_map(rewrite, change, late, timestamp, in, out);
}

/**
 * A packet of a frame that is not forwarded as a whole (temporal layer). Its PictureID closes up;
 * late, when a number was reserved for it already, it is remembered as dropped.
 */
void vp8_rewrite_drop(struct vp8_rewrite *rewrite, uint32_t change, bool late, uint32_t timestamp,
                      const struct vp8_payload *in);

/** Frames missing between the newest one and this one will not be forwarded: their PictureIDs close
 * up. */
void vp8_rewrite_skip(struct vp8_rewrite *rewrite, uint32_t change, uint32_t timestamp,
                      const struct vp8_payload *in);

#endif
