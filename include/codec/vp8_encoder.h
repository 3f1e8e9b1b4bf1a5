/**
 * VP8 encoder for calls (libvpx, real time): pictures in, frames out at a constant bitrate.
 *
 * No frame waits for a later one. Frames may be dropped when the rate demands it, and a keyframe
 * may be several times larger than an average frame (VP8_ENCODER_KEYFRAME_PERCENT), not more: it
 * begins coarse and the next frames repair it. There are no keyframes but the first and those asked
 * for.
 *
 * With two temporal layers every second frame refers only to the base layer and nothing refers to
 * it, so that a slot may leave it out (RFC 7741 4.2: TID, Y, TL0PICIDX).
 *
 * One encoder is for one stream and one thread at a time.
 */
#ifndef CODEC_VP8_ENCODER_H
#define CODEC_VP8_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/picture.h"

enum {
    VP8_ENCODER_MIN_BPS = 30000,
    VP8_ENCODER_MAX_BPS = 20000000,
    VP8_ENCODER_MAX_FPS = 60,
    VP8_ENCODER_MAX_LAYERS = 2,
    VP8_ENCODER_KEYFRAME_PERCENT = 600 /**< of an average frame */
};

struct vp8_encoder;

struct vp8_encoder_config {
    int width; /**< even, 16..PICTURE_MAX_WIDTH; for life */
    int height;
    uint32_t bitrate_bps;    /**< VP8_ENCODER_MIN_BPS..VP8_ENCODER_MAX_BPS */
    uint8_t fps;             /**< pictures a second that will come, 1..VP8_ENCODER_MAX_FPS */
    uint8_t temporal_layers; /**< 1 or 2 */
    bool screen;             /**< text and drawings rather than faces */
};

/** One frame, and what a payload descriptor says of it. */
struct vp8_encoded {
    const uint8_t *data; /**< belongs to the encoder until its next call */
    size_t len;          /**< 0: the picture was dropped; all else is then meaningless */
    bool keyframe;
    bool non_reference; /**< N: no later frame needs this one */
    bool layer_sync;    /**< Y: refers to the base layer only */
    uint8_t tid;        /**< 0 with one layer */
    uint8_t tl0picidx;  /**< number of the newest frame of the base layer, modulo 256 */
};

/** @return 0, ERR_INVALID for a value out of range, ERR_NO_MEMORY */
int vp8_encoder_new(struct vp8_encoder **out, const struct vp8_encoder_config *config);

/**
 * Encodes one picture.
 *
 * @param picture  of the encoder's size; borrowed for the call
 * @param time_us  when it is shown; higher than the time before, from any origin
 * @param keyframe must be a keyframe (never dropped)
 * @param out      the frame, len 0 when it was dropped
 * @return 0, ERR_INVALID for a wrong size or a time that does not rise, ERR_NO_MEMORY
 */
int vp8_encoder_encode(struct vp8_encoder *encoder, const struct picture *picture, int64_t time_us,
                       bool keyframe, struct vp8_encoded *out);

/**
 * Another rate from the next picture on; costs microseconds.
 *
 * @param bitrate_bps, fps as in the config; clamped to their ranges
 * @return 0, or ERR_INVALID when libvpx refuses; the rate is then unchanged
 */
int vp8_encoder_set_rate(struct vp8_encoder *encoder, uint32_t bitrate_bps, uint8_t fps);

void vp8_encoder_free(struct vp8_encoder **encoder);

#endif
