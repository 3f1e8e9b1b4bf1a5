/**
 * RTP padding that makes the packets of a video frame equal (RFC 3550 5.1), so that they leave as
 * segments of one message.
 *
 * Chromium cuts a frame into packets that differ by one byte, the larger ones last (LIMITS.md 2);
 * of two sizes come two messages, and a message costs the kernel far more than the bytes in it. The
 * size aimed at is a multiple of four as well: then the datagrams touch in the outbox.
 */
#ifndef RELAY_ROOM_FRAME_PADDING_H
#define RELAY_ROOM_FRAME_PADDING_H

#include <stddef.h>

#include "base/packet.h"

enum {
    FRAME_PADDING_MAX_BYTES = 4,
    /** Payloads beyond are left alone: padding must not bring a packet over a path's MTU. */
    FRAME_PADDING_MAX_PAYLOAD = 1200
};

/**
 * Sets facts->padding of each packet: what it is to be lengthened by, where that makes it equal to
 * its frame's longest; else 0.
 *
 * @param packets of one layer, in order of arrival
 */
void frame_padding_plan(struct packet *const *packets, size_t count);

#endif
