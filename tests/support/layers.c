#include "support/layers.h"

#include <string.h>

#include "base/bytes.h"

static const char *const rids[LAYERS] = {"l", "m", "h"};

bool layers_join(struct call *call)
{
    struct session *session = call_session(1, "room");
    if (session == NULL) {
        return false;
    }
    struct session_media *video = call_add(session, MEDIA_VIDEO, "v", true, false);
    for (size_t i = 0; i < LAYERS; i++) {
        memcpy(video->rids[i], rids[i], 2);
    }
    video->rid_count = LAYERS;
    return call_join(call, session);
}

void layers_send(struct call *call, const struct layers_frame *frame)
{
    uint8_t payload[LAYERS_MAX_BYTES] = {0x90, 0x80, 0x80, 0};
    unsigned width = frame->width << frame->layer;
    unsigned height = width * 9 / 16;
    bytes_put_u16(payload + 2, (uint16_t)(0x8000 | frame->number));
    payload[4] = frame->key ? 0x10 : 0x11;
    payload[7] = 0x9d;
    payload[8] = 0x01;
    payload[9] = 0x2a;
    payload[10] = (uint8_t)width;
    payload[11] = (uint8_t)(width >> 8);
    payload[12] = (uint8_t)height;
    payload[13] = (uint8_t)(height >> 8);
    struct call_rtp rtp = {.from = 1,
                           .ssrc = 900 + frame->layer,
                           .pt = CALL_VP8,
                           .seq = frame->number,
                           .timestamp = 100000U * frame->layer + 3000U * frame->number,
                           .marker = true,
                           .mid = "v",
                           .rid = rids[frame->layer],
                           .level = -1,
                           .twcc = -1,
                           .payload = payload,
                           .payload_bytes = frame->bytes};
    call_rtp(call, &rtp);
}
