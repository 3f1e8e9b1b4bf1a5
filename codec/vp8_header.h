/**
 * The uncompressed start of a VP8 frame (RFC 6386 9.1), read and judged before a decoder sees it.
 *
 *    | first part size (19) | show (1) | version (3) | not key (1) |   3 bytes, little-endian
 *    | 0x9d 0x01 0x2a | scale (2) width (14) | scale (2) height (14) |  of keyframes only
 */
#ifndef CODEC_VP8_HEADER_H
#define CODEC_VP8_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vp8_header {
    bool keyframe;
    bool shown;
    uint32_t first_part_bytes;
    uint16_t width; /**< without the scaling bits; 0 unless keyframe */
    uint16_t height;
};

/**
 * Reads the header of a whole frame.
 *
 * @return 0, ERR_TRUNCATED when the frame is shorter than its header and first partition,
 *         ERR_MALFORMED without start code or with a side of 0, ERR_UNSUPPORTED for a version that
 *         RFC 6386 does not define
 */
int vp8_header_parse(const uint8_t *frame, size_t len, struct vp8_header *out);

#endif
