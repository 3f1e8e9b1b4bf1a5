/**
 * VP8 payload descriptor (RFC 7741 4.2) and the keyframe's header (RFC 6386 9.1).
 *
 *    |X|R|N|S|R| PID | first octet
 *    |I|L|T|K| RSV   | when X
 *    |M| PictureID   | when I; 7 bits, or 15 in two octets when M
 *    |   TL0PICIDX   | when L
 *    |TID|Y| KEYIDX  | when T or K
 */
#ifndef RTP_VP8_PAYLOAD_H
#define RTP_VP8_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum { VP8_DESCRIPTOR_MAX_BYTES = 6, VP8_KEYIDX_MASK = 0x1f };

/** A parsed descriptor; offsets count from the first byte of the RTP payload, 0 = field absent. */
struct vp8_payload {
    uint8_t descriptor_bytes;
    uint8_t partition;       /**< PID, 0..7 */
    bool start;              /**< S: first packet of the partition */
    bool non_reference;      /**< N: the frame may be dropped without harm */
    bool keyframe;           /**< first packet of a keyframe: S, PID 0 and P bit 0 */
    uint8_t picture_id_bits; /**< 0 = absent, 7 or 15 */
    uint8_t picture_id_offset;
    uint8_t tl0picidx_offset;
    uint8_t tid_keyidx_offset; /**< octet of TID, Y and KEYIDX */
    bool has_tid;
    bool has_keyidx;
    bool layer_sync; /**< Y: depends only on the base layer; false without TID */
    uint8_t tid;     /**< 0..3 */
    uint8_t keyidx;  /**< 0..31 */
    uint8_t tl0picidx;
    uint16_t picture_id;
};

/**
 * Parses the descriptor at the start of an RTP payload.
 * @return 0, or ERR_MALFORMED when it is cut short or nothing follows it; *out means nothing then
 */
int vp8_payload_parse(const uint8_t *payload, size_t len, struct vp8_payload *out);

/** True at the first packet of a frame: S and PID 0. */
bool vp8_payload_frame_start(const struct vp8_payload *vp8);

/**
 * Picture size from the first packet of a keyframe, without the scaling bits.
 * @return 0, ERR_INVALID when it is no keyframe, ERR_MALFORMED without start code or cut short
 */
int vp8_payload_size(const uint8_t *payload, size_t len, const struct vp8_payload *vp8,
                     uint16_t *width, uint16_t *height);

/**
 * Writes new numbers over those of a parsed descriptor, in place; fields that are absent stay
 * absent, and the PictureID keeps its width (higher bits are cut off). Hot path.
 */
static inline void vp8_payload_rewrite(uint8_t *payload, const struct vp8_payload *vp8,
                                       uint16_t picture_id, uint8_t tl0picidx, uint8_t keyidx)
{
    if (vp8->picture_id_bits == 15) {
        bytes_put_u16(payload + vp8->picture_id_offset, (uint16_t)(0x8000 | picture_id));
    } else if (vp8->picture_id_bits == 7) {
        payload[vp8->picture_id_offset] = picture_id & 0x7f;
    }
    if (vp8->tl0picidx_offset != 0) {
        payload[vp8->tl0picidx_offset] = tl0picidx;
    }
    if (vp8->has_keyidx) {
        uint8_t *octet = &payload[vp8->tid_keyidx_offset];
        *octet = (uint8_t)((*octet & ~VP8_KEYIDX_MASK) | (keyidx & VP8_KEYIDX_MASK));
    }
}

#endif
