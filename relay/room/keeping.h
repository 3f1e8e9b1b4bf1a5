/**
 * How long the packets of a layer's pictures are kept to be sent again.
 *
 * Until all who take them have told that they came, where feedback tells of every packet
 * (keeping_need.h). Else a repair is asked for within a round trip or two after its packet has
 * left, and then again and again: while nobody misses anything, packets are kept until all
 * receivers must have told what they miss: a few round trips, what waited for its turn, and the
 * pause between pictures, since a receiver notices a loss only by what comes next. Where feedback
 * stays away, where the source is on a lossy link, and for some seconds after each request they are
 * kept for as long as anybody ever asks (RTX_CACHE_VIDEO_AGE_US). A keyframe is kept until those
 * who wait for it have had it.
 *
 * Pictures are most of what a relay holds: 1.25 s of a camera take ten times as much as all else
 * about its sender.
 */
#ifndef ROOM_KEEPING_H
#define ROOM_KEEPING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/peak.h"

enum {
    KEEPING_CHECK_US = 25000,
    KEEPING_LEAST_US = 75000,  /**< of which a check may be late by KEEPING_CHECK_US */
    KEEPING_LOSSY_US = 5000000 /**< so long after a loss more is expected */
};

struct keeping {
    int64_t check_us; /**< next keeping_update while packets come */
    int64_t age_us;   /**< as of the last one: falls slowly */
    int64_t lossy_us; /**< until then everything is kept */
    int64_t gap_us;   /**< longest pause between packets lately */
    int64_t left_us;  /**< somebody takes them no more since, and has told nothing of the last ones;
                         INT64_MIN = nobody */
    struct peak turns; /**< longest time from a packet's arrival until it was looked at */
};

/** What those who take a layer's pictures need now. */
struct keeping_need {
    int64_t arrived_us;  /**< all that came before this time has arrived at those who tell of every
                            packet; INT64_MAX = there are none */
    int64_t age_us;      /**< so old may be what others ask for, ... */
    bool others;         /**< ... if there are any, or nobody */
    int64_t keyframe_us; /**< and so old a packet of a keyframe that may still be begun with */
};

void keeping_init(struct keeping *keeping);

/** A receiver misses something, or the relay did. */
static inline void keeping_note_loss(struct keeping *keeping, int64_t now_us)
{
    keeping->lossy_us = now_us + KEEPING_LOSSY_US;
}

/** A packet came so long after the one before. */
static inline void keeping_note_gap(struct keeping *keeping, int64_t gap_us)
{
    keeping->gap_us = gap_us > keeping->gap_us ? gap_us : keeping->gap_us;
}

/** Somebody takes the layer's pictures no more. */
static inline void keeping_note_left(struct keeping *keeping, int64_t now_us)
{
    keeping->left_us = now_us;
}

/** @return what arrived before this time may be let go */
int64_t keeping_update(struct keeping *keeping, const struct keeping_need *need, int64_t now_us);

#endif
