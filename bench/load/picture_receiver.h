/**
 * A viewer of one stream of pictures: repairs, packets in order, whole frames whose references are
 * there, when they are shown (playback.h), and keyframes asked for when nothing can be decoded.
 *
 * As browsers do, it waits for what is missing as long as it asks for it, and passes over a hole
 * when a keyframe behind it has come.
 */
#ifndef LOAD_PICTURE_RECEIVER_H
#define LOAD_PICTURE_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "load/endpoint.h"
#include "load/intake.h"
#include "load/playback.h"
#include "media/hold_back.h"
#include "media/keyframe_request.h"
#include "media/vp8_frame.h"

enum {
    PICTURE_RECEIVER_WAIT_US = 1000000, /**< for what is asked for */
    PICTURE_RECEIVER_SKIP_US = 50000 /**< for what is before a keyframe, or cannot be asked for */
};

struct picture_receiver {
    struct intake intake;
    struct pool *packets; /**< borrowed */
    struct hold_back *hold;
    struct vp8_frames *frames;
    struct keyframe_request keyframe;
    struct playback playback;
    bool pli;             /**< may keyframes be asked for? */
    int64_t next;         /**< number due at the decoder, -1 before the first */
    int64_t keyframe_seq; /**< newest packet that begins a keyframe, -1 = none */
    uint16_t height;      /**< of the last keyframe */
    bool shown;           /**< there is a last frame: */
    int64_t timestamp;    /**< of it, unwrapped */
    struct mark mark;     /**< of it, caller 0 = none */
    struct endpoint_tap tap;
    unsigned stream;
};

/** @param run of our own marks; @param tap NULL = none. @return 0 or ERR_NO_MEMORY; deinit in any
 * case */
int picture_receiver_init(struct picture_receiver *receiver, const struct agreement_stream *stream,
                          uint16_t run, struct pool *packets, const struct endpoint_tap *tap,
                          unsigned number);

/** As voice_receiver_receive. */
bool picture_receiver_receive(struct picture_receiver *receiver, const uint8_t *data,
                              const struct rtp_header *header, bool rtx, int64_t arrived_us,
                              int64_t now_us);

/** Lets go of what has been waited for. */
void picture_receiver_timeout(struct picture_receiver *receiver, int64_t now_us);

/** Something is beyond repair. */
void picture_receiver_want_keyframe(struct picture_receiver *receiver, int64_t now_us);

/** Is a PLI to be sent now? */
bool picture_receiver_ask(struct picture_receiver *receiver, int64_t now_us);

/** Of timeout and ask. */
int64_t picture_receiver_next_deadline(const struct picture_receiver *receiver);

void picture_receiver_stats(const struct picture_receiver *receiver, int64_t now_us,
                            struct stats_received *out);

void picture_receiver_deinit(struct picture_receiver *receiver);

#endif
