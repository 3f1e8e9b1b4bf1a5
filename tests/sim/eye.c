#include "sim/eye.h"

#include "score/moving_picture.h"

int eye_init(struct eye *eye)
{
    *eye = (struct eye){.seen = 0};
    int err = vp8_frames_new(&eye->frames);
    return err != 0 ? err : vp8_decoder_new(&eye->decoder, VP8_DECODER_MAX_PIXELS);
}

static void look(struct eye *eye, const struct vp8_frame *frame, int64_t now_us)
{
    if (vp8_decoder_decode(eye->decoder, frame->bytes, frame->len) != 0) {
        eye->broken++;
        return;
    }
    int64_t since_us = now_us - eye->seen_us;
    if (eye->seen > 0) {
        eye->longest_us = since_us > eye->longest_us ? since_us : eye->longest_us;
        eye->backwards = eye->backwards || (int32_t)(frame->timestamp - eye->timestamp) <= 0;
    }
    eye->seen++;
    eye->keyframes += frame->keyframe ? 1 : 0;
    eye->timestamp = frame->timestamp;
    eye->seen_us = now_us;
}

static bool take(void *owner, const struct sink_sight *sight)
{
    struct eye *eye = owner;
    struct vp8_frame frame;
    const struct vp8_frame_packet packet = {.ext_seq = sight->ext_seq,
                                            .timestamp = sight->timestamp,
                                            .marker = sight->marker,
                                            .payload = sight->payload,
                                            .bytes = sight->bytes};
    eye->csrc_count = sight->csrc_count;
    switch (vp8_frames_receive(eye->frames, &packet, &frame)) {
    case VP8_FRAME_READY:
        look(eye, &frame, sight->arrival_us);
        break;
    case VP8_FRAME_BROKEN:
    case VP8_FRAME_MALFORMED:
        eye->broken++;
        break;
    case VP8_FRAME_NONE:
        break;
    }
    return !vp8_frames_need_keyframe(eye->frames);
}

void eye_attach(struct eye *eye, struct sink *sink)
{
    sink_set_watcher(sink, &(struct sink_watcher){.take = take, .owner = eye});
}

const struct picture *eye_picture(const struct eye *eye)
{
    return vp8_decoder_picture(eye->decoder);
}

bool eye_read(const struct eye *eye, const struct picture_rect *part, unsigned *source,
              unsigned *frame)
{
    if (eye_picture(eye) == NULL) {
        return false;
    }
    const struct picture view = picture_view(eye_picture(eye), part);
    return moving_picture_read(&view, source, frame);
}

void eye_deinit(struct eye *eye)
{
    vp8_frames_free(&eye->frames);
    vp8_decoder_free(&eye->decoder);
}
