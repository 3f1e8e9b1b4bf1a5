#include "media/vp8_packets.h"

enum {
    MAX_MEDIA = VP8_PACKETS_MAX_PAYLOAD - VP8_PACKETS_DESCRIPTOR_BYTES,
    /* first octet and extensions of the descriptor */
    EXTENDED = 0x80,
    START = 0x10,
    HAS_PICTURE_ID = 0x80,
    HAS_TL0PICIDX = 0x40,
    HAS_TID = 0x20,
    LONG_PICTURE_ID = 0x80,
    SYNC = 0x20
};

void vp8_packets_init(struct vp8_packets *packets, uint16_t picture_id, uint8_t tl0picidx)
{
    *packets = (struct vp8_packets){.picture_id = picture_id & 0x7FFF, .tl0picidx = tl0picidx};
}

void vp8_packets_frame(struct vp8_packets *packets, const uint8_t *bytes, size_t len, uint8_t tid,
                       bool layer_sync)
{
    size_t count = (len + MAX_MEDIA - 1) / MAX_MEDIA;
    packets->bytes = bytes;
    packets->left = len;
    packets->part = (len + count - 1) / count;
    packets->tid = tid;
    packets->layer_sync = layer_sync;
    packets->first = true;
    if (tid == 0) {
        packets->tl0picidx++;
    }
}

bool vp8_packets_next(struct vp8_packets *packets, struct vp8_packet *out)
{
    if (packets->left == 0) {
        return false;
    }
    size_t len = packets->left < packets->part ? packets->left : packets->part;
    *out = (struct vp8_packet){
        .descriptor = {(uint8_t)(EXTENDED | (packets->first ? START : 0)),
                       HAS_PICTURE_ID | HAS_TL0PICIDX | HAS_TID,
                       (uint8_t)(LONG_PICTURE_ID | packets->picture_id >> 8),
                       (uint8_t)packets->picture_id, packets->tl0picidx,
                       (uint8_t)(packets->tid << 6 | (packets->layer_sync ? SYNC : 0))},
        .bytes = packets->bytes,
        .len = len,
        .first = packets->first,
        .last = len == packets->left};
    packets->bytes += len;
    packets->left -= len;
    packets->first = false;
    if (out->last) {
        packets->picture_id = (packets->picture_id + 1) & 0x7FFF;
    }
    return true;
}
