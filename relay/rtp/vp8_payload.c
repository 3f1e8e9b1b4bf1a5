#include "rtp/vp8_payload.h"

#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

enum {
    BIT_EXTENDED = 0x80,
    BIT_NON_REFERENCE = 0x20,
    BIT_START = 0x10,
    BIT_PICTURE_ID = 0x80,
    BIT_TL0PICIDX = 0x40,
    BIT_TID = 0x20,
    BIT_KEYIDX = 0x10,
    BIT_LONG_PICTURE_ID = 0x80,
    BIT_LAYER_SYNC = 0x20,
    BIT_INTERFRAME = 0x01,
    FRAME_TAG_BYTES = 3,
    HEAD_BYTES = 8, /**< the longest descriptor and the first byte behind it */
    START_CODE = 0x9d012a,
    SIZE_MASK = 0x3fff /* the upper two bits are the scale */
};

/** Reads the fields that the extension octet announces. @return the descriptor's length */
static size_t read_extension(const uint8_t head[static VP8_DESCRIPTOR_MAX_BYTES],
                             struct vp8_payload *vp8)
{
    uint8_t flags = head[1];
    size_t at = 2;
    if ((flags & BIT_PICTURE_ID) != 0) {
        vp8->picture_id_offset = (uint8_t)at;
        uint8_t high = head[at++];
        vp8->picture_id_bits = 7;
        vp8->picture_id = high & 0x7f;
        if ((high & BIT_LONG_PICTURE_ID) != 0) {
            vp8->picture_id_bits = 15;
            vp8->picture_id = (uint16_t)((uint16_t)(vp8->picture_id << 8) | head[at++]);
        }
    }
    if ((flags & BIT_TL0PICIDX) != 0) {
        vp8->tl0picidx_offset = (uint8_t)at;
        vp8->tl0picidx = head[at++];
    }
    if ((flags & (BIT_TID | BIT_KEYIDX)) != 0) {
        vp8->tid_keyidx_offset = (uint8_t)at;
        uint8_t octet = head[at++];
        if ((flags & BIT_TID) != 0) {
            vp8->has_tid = true;
            vp8->tid = octet >> 6;
            vp8->layer_sync = (octet & BIT_LAYER_SYNC) != 0;
        }
        if ((flags & BIT_KEYIDX) != 0) {
            vp8->has_keyidx = true;
            vp8->keyidx = octet & VP8_KEYIDX_MASK;
        }
    }
    return at;
}

/** Hot path: reads from a copy of the beginning, which is long enough for every descriptor; whether
 * the payload was, is asked once. */
int vp8_payload_parse(const uint8_t *payload, size_t len, struct vp8_payload *out)
{
    uint8_t head[HEAD_BYTES] = {0};
    if (len >= sizeof(head)) {
        memcpy(head, payload, sizeof(head)); /* a size that needs no call */
    } else if (len > 0) {
        memcpy(head, payload, len);
    }
    memset(out, 0, sizeof(*out));
    out->partition = head[0] & 0x07;
    out->start = (head[0] & BIT_START) != 0;
    out->non_reference = (head[0] & BIT_NON_REFERENCE) != 0;
    size_t at = (head[0] & BIT_EXTENDED) != 0 ? read_extension(head, out) : 1;
    if (at >= len) {
        return ERR_MALFORMED;
    }
    out->descriptor_bytes = (uint8_t)at;
    out->keyframe = vp8_payload_frame_start(out) && (head[at] & BIT_INTERFRAME) == 0;
    return 0;
}

bool vp8_payload_frame_start(const struct vp8_payload *vp8)
{
    return vp8->start && vp8->partition == 0;
}

int vp8_payload_size(const uint8_t *payload, size_t len, const struct vp8_payload *vp8,
                     uint16_t *width, uint16_t *height)
{
    if (!vp8->keyframe) {
        return ERR_INVALID;
    }
    struct bytes in = bytes_over(payload, len);
    bytes_skip(&in, (size_t)vp8->descriptor_bytes + FRAME_TAG_BYTES);
    uint32_t start_code = bytes_u24(&in);
    const uint8_t *size = bytes_take(&in, 4);
    if (size == NULL || start_code != START_CODE) {
        return ERR_MALFORMED;
    }
    /* Little-endian, unlike everything around it. */
    *width = (uint16_t)((size[0] | size[1] << 8) & SIZE_MASK);
    *height = (uint16_t)((size[2] | size[3] << 8) & SIZE_MASK);
    return 0;
}
