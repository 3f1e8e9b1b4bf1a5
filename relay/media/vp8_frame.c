#include "media/vp8_frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "rtp/vp8_payload.h"

enum { FIRST_BYTES = 16384 };

struct vp8_frames {
    uint8_t *bytes; /**< of the frame that is being put together */
    size_t len;
    size_t capacity;
    int64_t newest;     /**< highest number seen, -1 = none */
    uint32_t timestamp; /**< of the frame under way */
    bool open;          /**< a frame is under way, unbroken so far */
    bool keyframe;
    uint8_t tid;
    bool layer_sync;
    bool lossy; /**< something was lost since the last frame that went through */
    bool need_keyframe;
    bool has_base; /**< TL0PICIDX of the last frame that went through is known */
    uint8_t base;
    uint8_t top; /**< levels above this wait for a sync frame */
};

int vp8_frames_new(struct vp8_frames **out)
{
    struct vp8_frames *frames = calloc(1, sizeof(*frames));
    if (frames == NULL) {
        return ERR_NO_MEMORY;
    }
    frames->bytes = malloc(FIRST_BYTES);
    if (frames->bytes == NULL) {
        free(frames);
        return ERR_NO_MEMORY;
    }
    frames->capacity = FIRST_BYTES;
    frames->newest = -1;
    frames->need_keyframe = true;
    *out = frames;
    return 0;
}

static bool append(struct vp8_frames *frames, const uint8_t *bytes, size_t len)
{
    if (len > VP8_FRAME_MAX_BYTES - frames->len) {
        return false;
    }
    size_t capacity = frames->capacity;
    while (capacity < frames->len + len) {
        capacity *= 2;
    }
    if (capacity != frames->capacity) {
        uint8_t *grown = realloc(frames->bytes, capacity);
        if (grown == NULL) {
            return false;
        }
        frames->bytes = grown;
        frames->capacity = capacity;
    }
    memcpy(frames->bytes + frames->len, bytes, len);
    frames->len += len;
    return true;
}

static void lose(struct vp8_frames *frames)
{
    frames->open = false;
    frames->lossy = true;
}

static void frame_begin(struct vp8_frames *frames, const struct vp8_frame_packet *packet,
                        const struct vp8_payload *vp8)
{
    frames->open = true;
    frames->len = 0;
    frames->timestamp = packet->timestamp;
    frames->keyframe = vp8->keyframe;
    frames->tid = vp8->has_tid ? vp8->tid : 0;
    frames->layer_sync = vp8->layer_sync;
}

/** After a loss: is the base level whole, as the descriptor tells? */
static bool base_is_whole(const struct vp8_frames *frames, const struct vp8_payload *vp8)
{
    if (!vp8->has_tid || vp8->tl0picidx_offset == 0 || !frames->has_base) {
        return false;
    }
    uint8_t expected = vp8->tid == 0 ? (uint8_t)(frames->base + 1) : frames->base;
    return vp8->tl0picidx == expected;
}

/** Are the references of the frame that is complete now there? Takes note of it. */
static bool is_decodable(struct vp8_frames *frames, const struct vp8_payload *vp8)
{
    if (frames->keyframe) {
        frames->need_keyframe = false;
        frames->top = UINT8_MAX;
    } else if (frames->lossy && !frames->need_keyframe) {
        frames->need_keyframe = !base_is_whole(frames, vp8);
        frames->top = 0;
    }
    frames->lossy = false;
    if (frames->need_keyframe) {
        return false;
    }
    frames->has_base = vp8->tl0picidx_offset != 0;
    frames->base = vp8->tl0picidx;
    if (frames->tid > frames->top && frames->layer_sync) {
        frames->top = frames->tid;
    }
    return frames->tid <= frames->top;
}

enum vp8_frame_verdict vp8_frames_receive(struct vp8_frames *frames,
                                          const struct vp8_frame_packet *packet,
                                          struct vp8_frame *out)
{
    struct vp8_payload vp8;
    if (packet->ext_seq <= frames->newest) {
        return VP8_FRAME_NONE;
    }
    if (frames->newest >= 0 && packet->ext_seq != frames->newest + 1) {
        lose(frames);
    }
    frames->newest = packet->ext_seq;
    if (vp8_payload_parse(packet->payload, packet->bytes, &vp8) != 0) {
        lose(frames);
        return VP8_FRAME_MALFORMED;
    }
    if (vp8_payload_frame_start(&vp8)) {
        if (frames->open) {
            lose(frames); /* without its last packet */
        }
        frame_begin(frames, packet, &vp8);
    } else if (frames->open && packet->timestamp != frames->timestamp) {
        lose(frames);
    }
    if (!frames->open) {
        return VP8_FRAME_NONE;
    }
    if (!append(frames, packet->payload + vp8.descriptor_bytes,
                packet->bytes - vp8.descriptor_bytes)) {
        lose(frames);
        return VP8_FRAME_NONE;
    }
    if (!packet->marker) {
        return VP8_FRAME_NONE;
    }
    frames->open = false;
    bool needed = frames->need_keyframe;
    if (!is_decodable(frames, &vp8)) {
        return frames->need_keyframe && !needed ? VP8_FRAME_BROKEN : VP8_FRAME_NONE;
    }
    *out = (struct vp8_frame){.bytes = frames->bytes,
                              .len = frames->len,
                              .timestamp = frames->timestamp,
                              .keyframe = frames->keyframe,
                              .tid = frames->tid};
    return VP8_FRAME_READY;
}

bool vp8_frames_need_keyframe(const struct vp8_frames *frames)
{
    return frames->need_keyframe;
}

void vp8_frames_reset(struct vp8_frames *frames)
{
    frames->open = false;
    frames->newest = -1;
    frames->lossy = false;
    frames->need_keyframe = true;
    frames->has_base = false;
}

void vp8_frames_free(struct vp8_frames **frames)
{
    struct vp8_frames *old = *frames;
    if (old == NULL) {
        return;
    }
    free(old->bytes);
    free(old);
    *frames = NULL;
}
