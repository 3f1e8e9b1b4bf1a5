/**
 * Puts whole VP8 frames together from the packets of a stream that come in order (behind the
 * hold-back), and lets only those through whose references are there (RFC 7741 4.2, RFC 6386).
 *
 * A hole breaks what follows until the next keyframe; but when the descriptors tell (TL0PICIDX,
 * TID, Y) that the base level is whole, its frames go on, and higher levels from their next
 * sync frame on.
 */
#ifndef MEDIA_VP8_FRAME_H
#define MEDIA_VP8_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VP8_FRAME_MAX_BYTES = 1 << 20 };

struct vp8_frames;

/** A packet's place and payload. */
struct vp8_frame_packet {
    int64_t ext_seq;
    uint32_t timestamp;
    bool marker;
    const uint8_t *payload; /**< with its descriptor; borrowed for the call */
    size_t bytes;
};

/** A whole frame. */
struct vp8_frame {
    const uint8_t *bytes; /**< borrowed until the next call */
    size_t len;
    uint32_t timestamp;
    bool keyframe;
    uint8_t tid; /**< 0 where there are no levels */
};

enum vp8_frame_verdict {
    VP8_FRAME_NONE,     /**< nothing to decode yet */
    VP8_FRAME_READY,    /**< *out is to be decoded */
    VP8_FRAME_BROKEN,   /**< something is lost that was needed: nothing comes before the next
                           keyframe, which is to be asked for */
    VP8_FRAME_MALFORMED /**< the packet is no VP8; passed over as if it had been lost */
};

/** @return 0 or ERR_NO_MEMORY */
int vp8_frames_new(struct vp8_frames **out);

/** Takes the next packet; those older than the newest are passed over. Frames longer than
 * VP8_FRAME_MAX_BYTES, or than memory allows, count as lost. */
enum vp8_frame_verdict vp8_frames_receive(struct vp8_frames *frames,
                                          const struct vp8_frame_packet *packet,
                                          struct vp8_frame *out);

/** True until a keyframe has come, and after a loss that mattered. */
bool vp8_frames_need_keyframe(const struct vp8_frames *frames);

/** The decoder could not use a frame, or the stream restarted: waits for a keyframe. */
void vp8_frames_reset(struct vp8_frames *frames);

void vp8_frames_free(struct vp8_frames **frames);

#endif
