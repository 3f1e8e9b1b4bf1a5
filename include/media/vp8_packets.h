/**
 * Cuts an encoded VP8 frame into RTP payloads (RFC 7741 4): payload descriptors with 15-bit
 * PictureID, TL0PICIDX and TID, and parts of nearly equal size, so that a frame's packets can leave
 * as segments of one message.
 */
#ifndef MEDIA_VP8_PACKETS_H
#define MEDIA_VP8_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VP8_PACKETS_MAX_PAYLOAD = 1200, /**< with descriptor */
    VP8_PACKETS_DESCRIPTOR_BYTES = 6
};

/** One stream's numbers; values. */
struct vp8_packets {
    uint16_t picture_id; /**< of the next frame, 15 bits */
    uint8_t tl0picidx;   /**< of the last frame of level 0 */
    /* of the frame that is being cut */
    const uint8_t *bytes; /**< borrowed */
    size_t left;
    size_t part; /**< most bytes of media in each of the next packets */
    uint8_t tid;
    bool layer_sync;
    bool first;
};

/** What one packet carries. */
struct vp8_packet {
    uint8_t descriptor[VP8_PACKETS_DESCRIPTOR_BYTES];
    const uint8_t *bytes; /**< media; borrowed from the frame */
    size_t len;
    bool first;
    bool last;
};

/** @param picture_id where to begin, 15 bits; any */
void vp8_packets_init(struct vp8_packets *packets, uint16_t picture_id, uint8_t tl0picidx);

/**
 * Begins a frame.
 *
 * @param bytes      of an encoded frame, borrowed until its last packet was taken; len > 0
 * @param tid        temporal level, 0 where there are none
 * @param layer_sync the frame depends on level 0 only
 */
void vp8_packets_frame(struct vp8_packets *packets, const uint8_t *bytes, size_t len, uint8_t tid,
                       bool layer_sync);

/** The frame's next packet. @return false when there is none */
bool vp8_packets_next(struct vp8_packets *packets, struct vp8_packet *out);

#endif
