/**
 * What a viewer sees in one slot: frames as they are shown, freezes by the rule of W3C
 * webrtc-stats, harmonic frame rate, height over time, changes of layer, pauses that the relay told
 * of (QUALITY.md 2.2).
 *
 * A freeze is a time between two frames that is at least max(3 * avg, avg + 150 ms), avg being the
 * mean of the last 30 such times. Time in a told pause is no freeze.
 */
#ifndef LOAD_PLAYBACK_H
#define LOAD_PLAYBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PLAYBACK_MEAN_OF = 30,
    PLAYBACK_FREEZE_EXTRA_US = 150000,
    PLAYBACK_DELAYS = 150, /**< frames that the buffer goes by */
    PLAYBACK_AIM_EACH = 10,
    PLAYBACK_LATE_PERCENT = 5,
    PLAYBACK_BUFFER_MOST_US = 500000
};

/** One frame shown. */
struct playback_frame {
    int64_t shown_us;
    int64_t capture_us;
    uint32_t publisher;
    uint16_t height;
    uint8_t layer;
    uint8_t tid;
};

/** A freeze or a told pause; end_us 0 = not over yet. */
struct playback_span {
    int64_t from_us;
    int64_t end_us;
};

struct playback_spans {
    struct playback_span *at; /**< owned */
    size_t count;
    size_t capacity;
};

/** Sums over what was shown. */
struct playback_sums {
    uint64_t frames;
    uint64_t freezes;
    int64_t frozen_us;
    uint64_t pauses;
    int64_t paused_us;
    uint64_t layer_switches;    /**< of one publisher, from layer to layer */
    uint64_t temporal_switches; /**< the highest TID changes, for two groups of frames at least */
    int64_t first_us;           /**< 0 before the first frame */
    int64_t shown_us;           /**< from the first frame on, pauses excluded */
    double interval_s;          /**< sum of the times between frames */
    double interval2_s2;        /**< sum of their squares */
    double height_s;            /**< height by time shown; nothing is shown in a pause */
};

struct playback {
    struct playback_sums sums;
    struct playback_frame last;
    int64_t intervals_us[PLAYBACK_MEAN_OF];
    size_t interval_count; /**< ever */
    bool paused;
    int64_t pause_us;
    int64_t delays_us[PLAYBACK_DELAYS]; /**< from capture to being there, of the last frames */
    size_t delay_count;                 /**< ever */
    int64_t aim_us;                     /**< what offset_us goes toward */
    int64_t offset_us;                  /**< from capture to being shown */
    int64_t there_us;                   /**< when the last frame was there */
    uint8_t group_tid;                  /**< highest TID since the last frame of TID 0 */
    uint8_t group_before;
    uint8_t level; /**< temporal layers as taken to be in use now */

    bool keep;                     /**< everything below is kept too, for plots and percentiles */
    struct playback_frame *frames; /**< owned */
    size_t frame_count;
    size_t frame_capacity;
    struct playback_spans freezes;
    struct playback_spans told_pauses;
};

void playback_init(struct playback *playback, bool keep);

/** A frame is there and can be decoded: it is shown then or later, when its shown_us will be set.
 */
void playback_take(struct playback *playback, const struct playback_frame *frame, int64_t now_us);

/** A frame is shown, at its shown_us. */
void playback_show(struct playback *playback, const struct playback_frame *frame);

/** The relay said that it sends nothing here for want of bandwidth, or that it does again. */
void playback_pause(struct playback *playback, bool on, int64_t now_us);

/** Sums as of now: a freeze or pause that still lasts is counted in. */
struct playback_sums playback_sums(const struct playback *playback, int64_t now_us);

/** What was summed from one time to another. */
struct playback_sums playback_since(const struct playback_sums *from,
                                    const struct playback_sums *to);

/** Total time over the sum of squared frame times; 0 without frames. */
double playback_harmonic_fps(const struct playback_sums *sums);

/** Mean over all the time since the first frame, pauses as 0. */
double playback_mean_height(const struct playback_sums *sums);

void playback_deinit(struct playback *playback);

#endif
