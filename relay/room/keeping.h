/**
 * How long the packets of a layer's pictures are kept to be sent again.
 *
 * A repair is asked for within a round trip or two after its packet has left, and then again and
 * again. So while no receiver misses anything, packets are kept until all receivers must have told
 * what they miss: a few round trips, what waited for its turn, and the pause between pictures,
 * since a receiver notices a loss only by what comes next. Where feedback stays away, where the
 * source is on a lossy link, and for some seconds after each request they are kept for as long as
 * anybody ever asks (RTX_CACHE_VIDEO_AGE_US). A keyframe is kept until those who wait for it have
 * had it.
 *
 * Pictures are most of what a relay holds: 1.25 s of a camera take ten times as much as all else
 * about its sender.
 */
#ifndef ROOM_KEEPING_H
#define ROOM_KEEPING_H

#include <stdint.h>

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

/** @param need_us keeping_need_us @return how long its packets are to be kept */
int64_t keeping_update(struct keeping *keeping, int64_t need_us, int64_t now_us);

#endif
