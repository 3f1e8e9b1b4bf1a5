/**
 * What comes in for one tile of a composed picture: whole frames of one of its source's layers,
 * and the change to another layer at that one's next keyframe.
 */
#ifndef BRIDGE_TILE_STREAM_H
#define BRIDGE_TILE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/vp8_frame.h"
#include "room/bridging.h"
#include "room/tap.h"

enum { TILE_STREAM_ASK_US = 500000 /**< wishes and requests for keyframes are said again */ };

/** One layer that is listened to. */
struct tile_layer {
    struct tap tap;
    struct vp8_frames *frames; /**< owned; NULL: not listened to */
    size_t index;
    uint32_t life; /**< of the packets seen last */
    bool seen;     /**< packets were seen */
    uint16_t turn; /**< as told last */
};

struct tile_stream {
    struct bridge_source *source; /**< borrowed; its link must be in a list while it is used */
    struct tile_layer layers[2];
    size_t present;   /**< which of them is shown */
    bool changing;    /**< the other one takes over at its keyframe */
    int64_t asked_us; /**< last wishes and requests */
    uint64_t lost;    /**< frames that could not be put together */
};

/** A frame for the decoder. */
struct tile_frame {
    struct vp8_frame frame; /**< borrowed until the next call */
    int64_t captured_us;    /**< its last packet came in */
    uint16_t turn;          /**< degrees clockwise for showing */
};

/** @return 0 or ERR_NO_MEMORY */
int tile_stream_new(struct tile_stream **out, struct bridge_source *source);

/**
 * Chooses the smallest layer that is at least so large, or the largest that there is.
 * @return 0 or ERR_NO_MEMORY (then it stays as it is)
 */
int tile_stream_fit(struct tile_stream *stream, uint32_t width, uint32_t height);

/** Says wishes again and asks for keyframes that are needed. */
void tile_stream_timeout(struct tile_stream *stream, int64_t now_us);

/** Next whole frame that can be decoded. @return false when there is none */
bool tile_stream_poll(struct tile_stream *stream, struct tile_frame *out);

/** A frame was not taken, or could not be decoded: goes on with a keyframe, which the next timeout
 * asks for. The source may be gone. */
void tile_stream_break(struct tile_stream *stream);

void tile_stream_free(struct tile_stream **stream);

#endif
