/**
 * Which pictures of a VP8 feed with temporal layers go to one receiver (RFC 7741 4.2, QUALITY.md
 * 1.8).
 *
 * Down at the next picture. Up at a picture that refers to the base layer alone (Y), level by
 * level: a picture that may refer to one that was left out does not go through, also when its level
 * is wanted. Whole pictures pass or are left out; the first packet decides.
 *
 * While everything goes through, nothing need be asked (temporal_filter_looks).
 */
#ifndef MEDIA_TEMPORAL_FILTER_H
#define MEDIA_TEMPORAL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "rtp/vp8_payload.h"

enum { TEMPORAL_FILTER_ALL = 3 /**< the highest TID there is: no bound */ };

/** The newest picture that was looked at. */
struct temporal_picture {
    bool known;
    bool passes;
    bool ended; /**< its last packet has come */
    uint32_t timestamp;
    struct vp8_payload vp8;
};

struct temporal_filter {
    bool blind;         /**< pictures have passed unseen: the present one may have begun */
    bool busy;          /**< every packet is to be looked at */
    uint8_t open;       /**< up to this level all goes through */
    uint8_t want;       /**< highest level that is to go through */
    uint8_t whole;      /**< bit of each level of which nothing was left out that still matters */
    bool risen;         /**< open_from is valid */
    uint32_t open_from; /**< timestamp of the picture at which `open` rose last */
    struct temporal_picture newest;
};

/** A new feed begins with a keyframe: all up to a level goes through. */
void temporal_filter_init(struct temporal_filter *filter, uint8_t want);

/** Another level from the next fit picture on. */
void temporal_filter_want(struct temporal_filter *filter, uint8_t want);

/** Is this packet to be asked about? */
static inline bool temporal_filter_looks(const struct temporal_filter *filter, uint8_t tid)
{
    return filter->busy || tid > filter->open;
}

/**
 * Does this packet go through?
 *
 * @param late     lower than the highest number before it
 * @param left_out out: whatever is missing between the packet before and this one belongs to
 *                 pictures that do not go through
 */
bool temporal_filter_pass(struct temporal_filter *filter, const struct vp8_payload *vp8,
                          uint32_t timestamp, bool marker, bool late, bool *left_out);

#endif
