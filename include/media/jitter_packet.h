/**
 * An audio packet on its way to play-out: what a jitter buffer has to know of it.
 */
#ifndef MEDIA_JITTER_PACKET_H
#define MEDIA_JITTER_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/packet.h"

enum {
    JITTER_BUFFER_PACKETS = 128,  /**< held at most: power of two */
    JITTER_BUFFER_FRAME = 960,    /**< samples of one tick */
    JITTER_BUFFER_MAX_STEP = 5760 /**< samples of the longest step: a packet of 120 ms */
};

/** A packet, as it came. */
struct jitter_packet {
    int64_t ext_seq; /**< never negative */
    uint32_t timestamp;
    uint16_t samples; /**< duration: 1..JITTER_BUFFER_MAX_STEP */
    bool fec;         /**< holds a copy of the sound right before it */
    bool dtx;         /**< says that the sender is silent from here on */
    bool repair;      /**< came inside another packet (RED) */
    int64_t arrival_us;
    struct packet *packet; /**< where the payload lies; the buffer takes a reference of its own */
    uint16_t offset;       /**< of the payload from packet->data */
    uint16_t bytes;
};

#endif
