/**
 * A stream that the relay makes itself: a mix, or a composed picture in one or more renditions.
 *
 * Slots take it like a publisher's stream: it is numbered, kept for retransmission, protected by
 * RED, paced, and allocated to (renditions are layers) by the same code. One feed serves all its
 * slots; each packet is written once per slot and nothing else.
 */
#ifndef ROOM_FEED_H
#define ROOM_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet.h"
#include "room/session.h"

struct bridging;
struct feed;

enum {
    FEED_MAX_SOURCES = 15, /**< RFC 3550 5.1: CC has four bits */
    FEED_MAX_PAYLOAD = 1280
};

struct feed_config {
    enum media_kind kind;
    size_t layers; /**< renditions; 1 for audio */
};

/** One packet's payload and what is told with it. */
struct feed_packet {
    struct packet *packet; /**< one reference, taken over; data and len are the payload alone, at
                              most FEED_MAX_PAYLOAD; what is behind it in the buffer is used */
    size_t layer;
    uint32_t timestamp; /**< the room's mix clock (audio: 48 kHz, shared by all mixes of a room), or
                           90 kHz */
    int64_t captured_us; /**< our time at which its content came in, for sender reports: sound and
                            picture are in step by it */
    bool marker;         /**< audio: first after a pause; video: last of its frame */
    uint32_t sources[FEED_MAX_SOURCES]; /**< participants heard or seen: CSRCs */
    uint8_t levels[FEED_MAX_SOURCES];   /**< audio: of each, -dBov (RFC 6465) */
    size_t source_count;
    uint8_t level; /**< audio: of the whole, -dBov (RFC 6464) */
    bool voice;    /**< audio */
    /* video: VP8; the payload begins with a payload descriptor with 15-bit PictureID, TL0PICIDX,
     * TID (RFC 7741 4.2) */
    bool keyframe_start;
    uint16_t width; /**< with keyframe_start */
    uint16_t height;
};

/** @return 0 or ERR_NO_MEMORY */
int feed_new(struct feed **out, struct bridging *bridging, const struct feed_config *config);

/** Queues a packet for the next exchange_flush. No allocation. */
void feed_send(struct feed *feed, const struct feed_packet *packet, int64_t now_us);

/**
 * Numbers a packet that is for single sinks (bridge_sink_send) and makes it ready, instead of
 * queueing it for all. A feed is used in one of the two ways only. Audio; no allocation.
 *
 * @return its number, good for a while (RTX_CACHE_AUDIO_AGE_US); ERR_MALFORMED: no payload
 */
int64_t feed_prepare(struct feed *feed, const struct feed_packet *packet, int64_t now_us);

/** True when a slot has this layer, waits for it, or may soon have it. */
bool feed_is_wanted(const struct feed *feed, size_t layer);

/** True once after somebody asked for a keyframe of this layer. */
bool feed_take_keyframe_request(struct feed *feed, size_t layer, int64_t now_us);

/** Lets go of all its slots. */
void feed_free(struct feed **feed);

#endif
