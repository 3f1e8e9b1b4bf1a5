/**
 * How many bits and pictures a second one received video stream brings up to each of its temporal
 * levels: what it would cost to forward it.
 *
 * The rate is the larger of two: of the last second without keyframes, which come when somebody
 * asks and not by the content, and of the last few seconds with them. A stream that rests keeps the
 * rates it had. No call allocates.
 */
#ifndef MEDIA_STREAM_METER_H
#define MEDIA_STREAM_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STREAM_METER_LEVELS = 4, /**< TID 0..3 */
    STREAM_METER_OVERHEAD_BYTES =
        44 /**< what a packet is longer on the wire to a receiver: IP, UDP, SRTP */
};

struct stream_meter {
    int64_t since_us; /**< begin of this interval, INT64_MIN before the first packet */
    uint32_t intervals;
    uint32_t timestamp;                       /**< of the newest picture */
    uint8_t tid;                              /**< its level */
    bool keyframe;                            /**< it is one */
    uint8_t levels;                           /**< in use, at least 1 */
    uint32_t keyframe_bytes;                  /**< of the newest keyframe */
    uint32_t bytes[STREAM_METER_LEVELS];      /**< this interval, without keyframes */
    uint32_t key_bytes;                       /**< this interval */
    uint32_t frames[STREAM_METER_LEVELS];     /**< this interval */
    uint32_t last_bps[STREAM_METER_LEVELS];   /**< the interval before, all levels up to this one,
                                                 without keyframes */
    uint32_t recent_bps[STREAM_METER_LEVELS]; /**< the last two intervals, in the same way */
    uint32_t steady_bps[STREAM_METER_LEVELS]; /**< over seconds, with keyframes */
    uint32_t fps_q8[STREAM_METER_LEVELS];     /**< pictures a second up to this level, times 256 */
    uint8_t idle[STREAM_METER_LEVELS];        /**< intervals without a picture of this level */
};

void stream_meter_init(struct stream_meter *meter);

/** The source starts afresh: what was measured stays until there is something new. */
void stream_meter_restart(struct stream_meter *meter);

/**
 * A packet of media came.
 *
 * @param tid            0..3, 0 without temporal levels
 * @param keyframe_start first packet of a keyframe
 */
void stream_meter_receive(struct stream_meter *meter, uint8_t tid, bool keyframe_start,
                          uint32_t timestamp, size_t bytes, int64_t now_us);

/** True once the numbers below were measured over a second. */
bool stream_meter_ready(const struct stream_meter *meter);

/** Levels in use, 1..4. */
size_t stream_meter_levels(const struct stream_meter *meter);

/** Bits a second of all levels up to this one. */
uint64_t stream_meter_bps(const struct stream_meter *meter, size_t level);

/** Pictures a second of all levels up to this one, at least 1. */
uint8_t stream_meter_fps(const struct stream_meter *meter, size_t level);

#endif
